"""What of a release is found: all of ours that has a label, and nothing that is not public."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kg.errors import ReleaseError
from kg.publication import verify
from kg.release import OnProblem
from kg.search import SearchIndex
from kg.vocab import HAB, ID
from tests.material import build_release, claim, source, trig, write_data

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kg.publication import PublishedRelease

PERSON = (
    "{person} a hab:Person ; hab:hasPublicRole <https://w3id.org/habeas/vocab/public-role/journalist> ; "
    'rdfs:label "{label}"@{language} ; <http://www.w3.org/2004/02/skos/core#altLabel> "{other}"@be .'
)
MERGE = """\
#mapping_set_id: https://example.org/links
#curie_map:
#  person: https://w3id.org/habeas/id/person/
#  dcterms: http://purl.org/dc/terms/
#  organisation: https://w3id.org/habeas/id/organisation/
subject_id\tpredicate_id\tobject_id\tmapping_justification\treviewer_id\treview_date\tconfidence
person:ivanawa\tdcterms:isReplacedBy\tperson:ivanova\tsemapv:ManualMappingCuration\torganisation:editors\t2031-05-01\t0.9
"""


def release_of(tmp_path: Path, claims: Mapping[str, str], *, level: str = "public", more: str = "") -> PublishedRelease:
    """A release of one article with these claims, and of a merge."""
    provenance = source("a") + "".join(claim(key, "a", level=level, more=more) for key in claims)
    data = write_data(tmp_path / "data", {"sources/a.trig": trig(provenance, claims), "links/a.sssom.tsv": MERGE})
    return build_release(data, tmp_path / "releases", on_problem=OnProblem.STOP).release


TWO = {
    "named222": PERSON.format(person="person:ivanova", label="Anna Ivanova", language="en", other="Ганна Іванова"),
    "named333": PERSON.format(person="person:ivanawa", label="Anna Iwanowa", language="pl", other="Ганна Івановая"),
}


def test_a_release_holds_an_index_that_verifies(tmp_path: Path) -> None:
    release = release_of(tmp_path, TWO)

    assert any(name.startswith("search/") for name in release.manifest()["files"])
    SearchIndex.open(release.search).match("Anna")
    verify(release)
    next(release.search.glob("*.idx")).write_bytes(b"")
    with pytest.raises(ReleaseError, match=r"search/\w+\.idx has 0 bytes, and not"):
        verify(release)


def test_an_entry_is_what_the_dataset_says_of_a_thing(tmp_path: Path) -> None:
    index = SearchIndex.open(release_of(tmp_path, {"named222": TWO["named222"]}).search)

    entry = index.find(f"{ID}person/ivanova")
    assert entry is not None
    assert entry.labels == {"en": "Anna Ivanova"}
    assert entry.names == ("Anna Ivanova", "Ганна Іванова")
    assert {f"{HAB}Person", f"{HAB}Agent"} <= set(entry.types)
    assert entry.former == ()


def test_a_merged_person_is_found_as_the_survivor_under_both_names_and_iris(tmp_path: Path) -> None:
    index = SearchIndex.open(release_of(tmp_path, TWO).search)

    entry = index.find(f"{ID}person/ivanawa")
    assert entry is not None
    assert entry.iri == f"{ID}person/ivanova"
    assert entry.former == (f"{ID}person/ivanawa",)
    assert {"Anna Ivanova", "Anna Iwanowa"} <= set(entry.names)
    assert entry.labels == {"en": "Anna Ivanova", "pl": "Anna Iwanowa"}
    assert index.match("Іванова Ганна")[0].entry == entry


def test_days_sources_concepts_and_terms_are_found_too(tmp_path: Path) -> None:
    event = {"event222": 'event:raid a hab:Event ; rdfs:label "raid"@en ; hab:when "2024-11"^^edtf:EDTF .'}
    index = SearchIndex.open(release_of(tmp_path, event).search)

    raid = index.find(f"{ID}event/raid")
    assert raid is not None
    assert (raid.not_before, raid.not_after) == ("2024-11-01", "2024-11-30")
    assert index.search("raid", not_before="2024-11-30").total == 1
    assert index.search("raid", not_before="2024-12-01").total == 0
    assert index.search("article", types=[f"{HAB}Source"]).total >= 1
    assert index.find(f"{HAB}Person") is not None
    assert index.find("https://w3id.org/habeas/vocab/sensitivity/public") is not None


@pytest.mark.parametrize("level", ["restricted", "confidential", "sealed"])
def test_what_is_not_public_leaves_no_trace(tmp_path: Path, level: str) -> None:
    index_folder = release_of(tmp_path, TWO, level=level).search

    assert SearchIndex.open(index_folder).find(f"{ID}person/ivanova") is None
    every = b"".join(file.read_bytes() for file in index_folder.iterdir()).lower()
    for trace in ("ivanova", "ivanawa", "іванова", "iwanowa"):
        assert trace.encode() not in every


def test_what_was_retracted_is_not_found(tmp_path: Path) -> None:
    more = " ; hab:claimStatus claim-status:retracted"
    index = SearchIndex.open(release_of(tmp_path, TWO, more=more).search)

    assert index.find(f"{ID}person/ivanova") is None
    assert index.match("Anna Ivanova", types=[f"{HAB}Person"]) == []
