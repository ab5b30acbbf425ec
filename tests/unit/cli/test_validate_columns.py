"""``kg validate --engine``: columns are checked in whole and in part, and what is asked for in vain is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from rdflib import RDFS, SH, Graph
from typer.testing import CliRunner

from kg.cli import app
from kg.columns import write_columns
from kg.errors import KgError, SettingsError, ShapesError
from kg.vocab import HAB, ID, SHAPES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from click.testing import Result

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
AGENCIES = "".join(
    f'<{ID}organisation/{name}> {LABEL} "{text}"@en .\n'
    for name in ("bureau", "office")
    for text in ("One name", "Another")
)
EVENT = f"<{ID}event/k7f3m2qa> <{HAB}orderedBy> <{ID}organisation/bureau> .\n"


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two bodies with two names each, one of which is nothing that can order anything."""
    folder = tmp_path_factory.mktemp("dataset")
    (folder / "dataset.nq").write_text(AGENCIES + EVENT)
    write_columns(folder / "dataset.nq", folder / "columns")
    return folder / "columns"


def run(columns: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["validate", "--columns", str(columns), *options])


def told(result: Result) -> list[tuple[str, str]]:
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return [(one["shape"].removeprefix(SHAPES), one["focus_node"].rpartition("/")[2][:-1]) for one in found]


@pytest.mark.parametrize("engine", ["fast", "reference", "both"])
def test_every_engine_checks_what_is_asked_for(columns: Path, engine: str) -> None:
    part = ["--shape", "shapes:label-onePerLanguage", "--shape", f"{SHAPES}Agent-type", "--format", "ndjson"]
    whole = run(columns, "--engine", engine, *part)
    only = run(columns, "--engine", engine, *part, "--focus", f"{ID}organisation/office")
    first = run(columns, "--engine", engine, *part, "--limit", "1")

    assert (whole.exit_code, only.exit_code, first.exit_code) == (1, 1, 1)
    assert told(whole) == [
        ("Agent-type", "bureau"),
        ("label-onePerLanguage", "bureau"),
        ("label-onePerLanguage", "office"),
    ]
    assert told(only) == [("label-onePerLanguage", "office")]
    assert told(first) == [("Agent-type", "bureau"), ("label-onePerLanguage", "bureau")]
    assert "1 more results are left out" in first.stderr


OWN = """\
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<http://example.org/Named> sh:targetSubjectsOf rdfs:label ; sh:property [ sh:path rdfs:label ; sh:maxCount 1 ] .
"""


@pytest.mark.parametrize("engine", ["fast", "reference", "both"])
def test_shapes_of_ones_own_are_checked_and_reported_as_a_graph(columns: Path, tmp_path: Path, engine: str) -> None:
    (tmp_path / "own.ttl").write_text(OWN)

    result = run(columns, "--engine", engine, "--shapes", str(tmp_path / "own.ttl"), "--format", "turtle")

    assert result.exit_code == 1
    report = Graph().parse(data=result.stdout, format="turtle")
    assert {str(node) for node in report.objects(None, SH.focusNode)} == {
        f"{ID}organisation/{name}" for name in ("bureau", "office")
    }
    owners = {
        str(node) for shape in report.objects(None, SH.sourceShape) for node in report.objects(shape, RDFS.isDefinedBy)
    }
    assert owners == {"http://example.org/Named"}


def test_shapes_that_nothing_targets_and_no_shape_names_are_told(columns: Path, tmp_path: Path) -> None:
    library = "".join(f"<http://example.org/{name}> sh:nodeKind sh:IRI ." for name in ("Idle", "Other"))
    (tmp_path / "own.ttl").write_text(f"{OWN}{library} <http://example.org/Named> sh:node <http://example.org/Other> .")

    result = run(columns, "--engine", "fast", "--shapes", str(tmp_path / "own.ttl"))

    assert "1 shapes are not checked" in result.stderr
    assert "(http://example.org/Idle)" in result.stderr


def test_shapes_that_are_named_twice_are_read_once(columns: Path, tmp_path: Path) -> None:
    (tmp_path / "own.ttl").write_text(OWN)
    named = ["--shapes", str(tmp_path / "own.ttl")]

    once, twice = (run(columns, "--engine", "fast", "--limit", "1", *named * times) for times in (1, 2))

    assert "1 more results are left out" in once.stderr
    assert (twice.stdout, twice.stderr) == (once.stdout, once.stderr)


def test_what_conforms_ends_well(columns: Path) -> None:
    result = run(columns, "--engine", "fast", "--shape", "shapes:Bounds-order")

    assert (result.exit_code, result.stdout) == (0, "Conforms: no rule is broken.\n")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (["--engine", "fast", "--shape", "shapes:Agent-typ"], ShapesError, f"nearest .*{SHAPES}Agent-type"),
        (
            ["--engine", "fast", "--focus", f"{ID}organisation/offices"],
            KgError,
            "organisation/offices: .* no such node",
        ),
        (["--engine", "fast", "--focus", HAB], KgError, "no such node"),
        (
            ["--engine", "fast", "--columns", "/nowhere"],
            SettingsError,
            "--columns /nowhere: it holds no columns.duckdb",
        ),
        (["--focus", f"{ID}organisation/office"], SettingsError, "add --engine fast"),
        (["--engine", "both", "--master", "local[1]"], SettingsError, "for --engine spark"),
        (["--engine", "fast", "tern.trig"], SettingsError, "about sources"),
        (["--engine", "fast", "--shapes", "/nowhere.ttl"], ShapesError, "/nowhere.ttl"),
        (["--shapes", "own.ttl"], SettingsError, "add --engine fast"),
        (["--engine", "fast", "--data", "/nowhere"], SettingsError, "about sources"),
        (["--engine", "spark", "--master", "local[1]", "--accept"], SettingsError, "about sources"),
    ],
)
def test_what_is_asked_for_in_vain_is_named(
    columns: Path, options: Sequence[str], error: type[KgError], message: str
) -> None:
    result = run(columns, *options)

    assert type(result.exception) is error
    result.exception.__traceback__ = None
    with pytest.raises(error, match=message):
        raise result.exception
