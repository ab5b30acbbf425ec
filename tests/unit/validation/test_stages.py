"""What the validation of sources tells: what keeps a source from being taken, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kg.importers import accept, read_inputs
from kg.release import check
from kg.resources import ontology_files, shapes_files
from kg.validation import Stage, load_shapes, read_shapes, stages
from tests.material import build_release, claim, source, trig, write_data

if TYPE_CHECKING:
    from pathlib import Path

DEPRECATION = """\
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix dcterms: <http://purl.org/dc/terms/> .
@prefix hab: <https://w3id.org/habeas/ontology#> .
hab:receivedBy owl:deprecated true ; dcterms:isReplacedBy hab:affects .
"""
WITH_AN_OLD_TERM = trig(
    source("report") + claim("k7f3m2qa", "report"),
    {"k7f3m2qa": "event:arrest-1 a hab:Arrest ; hab:receivedBy person:m2qak7f3 . person:m2qak7f3 a hab:Person ."},
)


def deprecate_a_term(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "deprecated.ttl"
    path.write_text(DEPRECATION, encoding="utf-8")
    shapes = read_shapes(shapes_files("source"), ontology=(*ontology_files(), path))
    shipped = load_shapes
    monkeypatch.setattr(stages, "load_shapes", lambda stage: shapes if stage is Stage.SOURCE else shipped(stage))


# Whatever the size, the columns validate, or never.
ENGINES = pytest.mark.parametrize("columns_from_triples", [0, 1_000_000])


@ENGINES
def test_a_source_that_uses_a_deprecated_term_is_taken_and_its_author_is_told_the_successor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns_from_triples: int
) -> None:
    monkeypatch.setattr(stages, "_COLUMNS_FROM_TRIPLES", columns_from_triples)
    deprecate_a_term(tmp_path, monkeypatch)
    data = write_data(tmp_path / "data", {"sources/report.trig": WITH_AN_OLD_TERM})

    outcome = check(read_inputs(data), progress=lambda *_: None)

    assert outcome.refused == ()
    for told in ("sources/report.trig", "WARNING", "hab:receivedBy", "hab:affects"):
        assert told in outcome.warnings
    assert "gazette.trig" not in outcome.warnings


@ENGINES
def test_a_release_does_not_tell_which_source_was_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns_from_triples: int
) -> None:
    """A source may be confidential, and what is published has no word of it."""
    monkeypatch.setattr(stages, "_COLUMNS_FROM_TRIPLES", columns_from_triples)
    deprecate_a_term(tmp_path, monkeypatch)
    data = write_data(tmp_path / "data", {"sources/report.trig": WITH_AN_OLD_TERM})
    release = build_release(data, tmp_path / "releases").release
    reports = [path.read_text(encoding="utf-8") for path in (release.path / "report").iterdir()]

    assert reports
    assert not any("report.trig" in report or "Deprecated-term" in report for report in reports)


TWO_CLAIMS_OF_ONE_GROUP = trig(
    source("report") + claim("aaaaaaaa", "report") + claim("bbbbbbbb", "report"),
    {
        "aaaaaaaa": "group:freed a hab:PersonGroup ; hab:size 30 .",
        "bbbbbbbb": 'group:freed a hab:PersonGroup ;\n  hab:size "31" .',
    },
)


@ENGINES
def test_a_fault_is_told_once_in_the_claim_that_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns_from_triples: int
) -> None:
    """The size is neither of the datatype nor a number that can be compared: two constraints, one fault."""
    monkeypatch.setattr(stages, "_COLUMNS_FROM_TRIPLES", columns_from_triples)
    data = write_data(tmp_path, {"sources/report.trig": TWO_CLAIMS_OF_ONE_GROUP})
    line = TWO_CLAIMS_OF_ONE_GROUP.splitlines().index("claim:bbbbbbbb { group:freed a hab:PersonGroup ;") + 1

    outcome = check(read_inputs(data), progress=lambda *_: None)

    assert [problem.claim for _, problem in outcome.problems] == ["https://w3id.org/habeas/claim/bbbbbbbb"]
    places = [text for text in outcome.report.splitlines() if text.startswith("  size:")]
    assert places == [
        f"  size: line {line} <https://w3id.org/habeas/id/group/freed> in <https://w3id.org/habeas/claim/bbbbbbbb>"
    ]


def test_of_a_fault_that_may_not_be_quoted_the_claim_is_named_that_holds_it(tmp_path: Path) -> None:
    restricted = TWO_CLAIMS_OF_ONE_GROUP.replace("sensitivity:public .\nclaim:b", "sensitivity:restricted .\nclaim:b")
    assert restricted != TWO_CLAIMS_OF_ONE_GROUP
    data = write_data(tmp_path, {"sources/report.trig": restricted})

    outcome = check(read_inputs(data), progress=lambda *_: None)

    assert "claim/bbbbbbbb" in outcome.report
    for trace in ("freed", "aaaaaaaa"):
        assert trace not in outcome.report


def test_a_new_file_is_told_all_that_is_wrong_with_it_before_it_is_in_the_manifest(tmp_path: Path) -> None:
    data = write_data(tmp_path, {})
    accept(data, {path: (data / path).read_bytes() for path in ("reference/gazette.trig",)}, whole=True)
    write_data(data, {"sources/report.trig": TWO_CLAIMS_OF_ONE_GROUP})

    outcome = check(read_inputs(data), progress=lambda *_: None)

    assert outcome.refused == ("sources/report.trig",)
    assert [problem.rule for _, problem in outcome.problems] == ["files-are-whole-and-well-formed", "size"]


def test_a_file_that_the_manifest_does_not_know_takes_no_name_from_one_that_it_knows(tmp_path: Path) -> None:
    data = write_data(tmp_path, {})
    accept(data, {"reference/gazette.trig": (data / "reference/gazette.trig").read_bytes()}, whole=True)
    (data / "reference/a-copy.trig").write_bytes((data / "reference/gazette.trig").read_bytes())

    outcome = check(read_inputs(data), progress=lambda *_: None)

    assert (outcome.accepted, outcome.refused) == (("reference/gazette.trig",), ("reference/a-copy.trig",))
