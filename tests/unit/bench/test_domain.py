"""The benchmark's data: always the same, of the size that is asked for, and such that a build takes every source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from domain import dossiers_for, write_domain

from kg.importers import read_inputs
from kg.rdf import open_index
from kg.release import OnProblem, build

if TYPE_CHECKING:
    from pathlib import Path

    from kg.publication import PublishedRelease

DOSSIERS = 12


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*.trig")}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> PublishedRelease:
    folder = tmp_path_factory.mktemp("domain")
    write_domain(folder / "data", dossiers=DOSSIERS)
    inputs = read_inputs(folder / "data")
    return build(inputs, folder / "releases", on_problem=OnProblem.STOP, progress=lambda *_: None).release


def test_the_same_bytes_are_written_each_time(tmp_path: Path) -> None:
    write_domain(tmp_path / "one", dossiers=5)
    write_domain(tmp_path / "two", dossiers=5)

    assert len(files_of(tmp_path / "one")) == 6
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_a_larger_set_begins_with_the_smaller_one(tmp_path: Path) -> None:
    write_domain(tmp_path / "small", dossiers=2)
    write_domain(tmp_path / "large", dossiers=4)

    assert files_of(tmp_path / "small").items() < files_of(tmp_path / "large").items()


def test_the_build_takes_every_source_and_its_release_has_the_size_asked_for(release: PublishedRelease) -> None:
    """A source that is set aside would stop this build."""
    manifest = release.manifest()

    assert manifest["not_public"] == {
        "quads": {"public": 0, "quarantined": 0, "read": 0, "withheld": 0},
        "quarantined": 0,
        "sources": 0,
    }
    assert dossiers_for(manifest["quads"]) == pytest.approx(DOSSIERS, abs=1)


def test_there_is_something_to_ask_about(release: PublishedRelease) -> None:
    """Bounds that rules derive, detentions that lasted and that last, restated arrests, and conflicts."""
    store = open_index(release.store)
    prefixes = (
        "PREFIX hab: <https://w3id.org/habeas/ontology#> PREFIX graph: <https://w3id.org/habeas/graph/> "
        "PREFIX prov: <http://www.w3.org/ns/prov#>"
    )
    for pattern in (
        "?d a hab:Detention ; hab:notBefore ?from ; hab:notAfter ?to",
        "?d a hab:Detention . FILTER NOT EXISTS { ?d hab:endedBy ?end }",
        "GRAPH ?one { ?e hab:when ?date } GRAPH ?other { ?e hab:when ?date } FILTER (?one != ?other)",
        "GRAPH graph:conflicts { ?c a hab:Conflict }",
        "?p a hab:Pardon ; hab:affects ?g . ?g a hab:PersonGroup ; hab:size ?n",
        "?s a hab:Sentence ; hab:consequenceOf ?arrest . ?st a hab:Statement ; hab:about ?about",
    ):
        assert store.query(f"{prefixes} ASK {{ {pattern} }}"), pattern
