"""What a release tells of the decisions, and what it does not."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
import sssom_pydantic
from rdflib import Graph

from kg.errors import SourceError
from kg.vocab import ID
from tests.material import build_release, claim, source, trig, write_data
from tests.unit.identity import test_judgements as judgements

if TYPE_CHECKING:
    from pathlib import Path

    from kg.publication import PublishedRelease

SKOS = "http://www.w3.org/2004/02/skos/core#"
HEAD = judgements.HEAD.replace("person", "organisation")
AGENTS = ("ivanova", "petrova", "author", "reviewer")
PUBLIC = trig(
    source("s1") + claim("pepa2345", "s1"),
    {
        "pepa2345": 'organisation:old a hab:Organisation ; rdfs:label "Ivanava"@be . '
        + " ".join(f'organisation:{key} a hab:Organisation ; rdfs:label "{key.title()}"@en .' for key in AGENTS)
    },
)
HIDDEN = trig(
    source("s2") + claim("hjdd2345", "s2", level="restricted"),
    {"hjdd2345": 'organisation:sidorova a hab:Organisation ; rdfs:label "Sidorova"@en .'},
)


def row(**changes: str) -> str:
    return judgements.row(**changes).replace("person:", "organisation:")


EVIDENCE = "https://w3id.org/habeas/claim/hjdd2345|claim:pepa2345|https://example.org/page"
ROWS = (
    row(subject_id="organisation:old", predicate_id="dcterms:isReplacedBy", object_id="organisation:ivanova"),
    row(subject_id="organisation:old", see_also=EVIDENCE),
    row(object_id="wd:Q2", predicate_modifier="Not"),
    row(subject_id="organisation:petrova", object_id="organisation:ivanova", predicate_modifier="Not"),
    row(subject_id="organisation:petrova", object_id="organisation:sidorova", predicate_modifier="Not"),
    row(subject_id="organisation:sidorova", object_id="wd:Q3"),
    row(subject_id="organisation:petrova", object_id="wd:Q4", reviewer_id="person:sidorova|person:reviewer"),
)


def release_of(tmp_path: Path, *rows: str) -> PublishedRelease:
    files = {"sources/a.trig": PUBLIC, "sources/b.trig": HIDDEN, "links/x.sssom.tsv": HEAD + "".join(rows)}
    outcome = build_release(write_data(tmp_path / "data", files), tmp_path / "releases")
    assert outcome.quarantine_report == ""
    return outcome.release


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release_of(tmp_path_factory.mktemp("exports"), *ROWS).path / "links"


def table(links: Path, key: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((links / f"{key}.csv").read_text())))


def test_nothing_that_is_not_public_leaves_a_trace(links: Path) -> None:
    files = sorted(links.iterdir())
    assert len(files) == 8
    for file in files:
        text = file.read_text()
        for trace in ("sidorova", "Sidorova", "hjdd2345", "Q3"):
            assert trace not in text, file.name


def test_a_merged_things_link_is_its_survivors(links: Path) -> None:
    found = Graph().parse(links / "wikidata.nt")
    assert {tuple(map(str, triple)) for triple in found} == {
        (f"{ID}organisation/ivanova", f"{SKOS}exactMatch", "http://www.wikidata.org/entity/Q1"),
        (f"{ID}organisation/petrova", f"{SKOS}exactMatch", "http://www.wikidata.org/entity/Q4"),
    }


def test_decisions_against_a_link_are_told_but_are_no_triples(links: Path) -> None:
    assert [(r["subject"], r["object"]) for r in table(links, "wikidata") if r["modifier"] == "Not"] == [
        (f"{ID}organisation/ivanova", "http://www.wikidata.org/entity/Q2")
    ]
    assert "Q2" not in (links / "wikidata.nt").read_text()


def test_merges_and_what_is_kept_apart_are_told_as_links_within_this_dataset(links: Path) -> None:
    assert {(r["subject"], r["modifier"], r["object"]) for r in table(links, "habeas")} == {
        (f"{ID}organisation/old", "", f"{ID}organisation/ivanova"),
        (f"{ID}organisation/petrova", "Not", f"{ID}organisation/ivanova"),
    }


def test_each_decision_comes_with_how_it_came_about(links: Path) -> None:
    (link,) = (r for r in table(links, "wikidata") if r["object"].endswith("Q1"))

    assert link["label"] == "Ivanova"
    assert link["method"] == "https://w3id.org/semapv/vocab/ManualMappingCuration"
    assert (link["authors"], link["reviewers"]) == (f"{ID}organisation/author", f"{ID}organisation/reviewer")
    assert (link["date"], link["confidence"]) == ("2031-05-03", "0.9")
    assert link["evidence"] == "https://w3id.org/habeas/claim/pepa2345 https://example.org/page"


def test_the_sssom_file_is_sssom_and_says_the_same(links: Path) -> None:
    rows, converter, mapping_set, errors = sssom_pydantic.read(links / "wikidata.sssom.tsv", return_errors=True)

    assert errors == []
    assert str(mapping_set.license) == "https://creativecommons.org/licenses/by/4.0/"
    told = {(r["subject"], r["predicate"], r["object"], r["modifier"] == "Not") for r in table(links, "wikidata")}
    assert len(told) == 3
    assert told == {
        (
            *(converter.expand_reference(part, strict=True) for part in (found.subject, found.predicate, found.object)),
            found.predicate_modifier == "Not",
        )
        for found in rows
    }


def test_the_index_counts_what_is_there(links: Path) -> None:
    index = json.loads((links / "index.json").read_text())

    assert [entry["key"] for entry in index] == ["habeas", "wikidata"]
    for entry in index:
        assert len(entry["files"]) == 3
        assert all((links / name).is_file() for name in entry["files"])
        assert sum(entry["links"].values()) == len(Graph().parse(links / f"{entry['key']}.nt"))
        assert entry["negative"] == sum(r["modifier"] == "Not" for r in table(links, entry["key"]))


def test_a_comment_that_names_what_is_hidden_is_not_told(tmp_path: Path) -> None:
    head = HEAD.replace("see_also\tother", "see_also\tcomment")
    rows = [
        row(other=f"see {ID}organisation/sidorova"),
        row(subject_id="organisation:petrova", object_id="wd:Q2", other=f"see {ID}organisation/ivanova"),
    ]
    files = {"sources/a.trig": PUBLIC, "sources/b.trig": HIDDEN, "links/x.sssom.tsv": head + "".join(rows)}
    release = build_release(write_data(tmp_path / "data", files), tmp_path / "releases").release

    assert [r["comment"] for r in table(release.path / "links", "wikidata")] == ["", f"see {ID}organisation/ivanova"]


def test_evidence_that_nobody_has_said_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="claim/nane2345") as caught:
        release_of(tmp_path, row(see_also="claim:nane2345"))

    assert caught.value.where.startswith("links/x.sssom.tsv:")
    assert not (tmp_path / "releases").exists()


def test_a_release_without_decisions_has_an_empty_index(tmp_path: Path) -> None:
    release = build_release(write_data(tmp_path / "data", {"sources/a.trig": PUBLIC}), tmp_path / "releases").release
    assert json.loads((release.path / "links" / "index.json").read_text()) == []
