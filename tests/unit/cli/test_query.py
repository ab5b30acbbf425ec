"""``kg query`` goes the ways that the service goes, and has an answer on each of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from kg.cli import app
from kg.columns import write_columns
from tests.serving import write_release

if TYPE_CHECKING:
    from pathlib import Path

IT = "<http://example.com/it> <http://example.com/written>"
# Columns keep a number as it is written, and the index its value: by that one sees which has answered.
TRIPLE = f'{IT} "007"^^<http://www.w3.org/2001/XMLSchema#integer> .'
SCAN = "SELECT ?o { ?s <http://example.com/written> ?o }"
LOOKUP = f"SELECT ?o {{ {IT} ?o }}"
UNCOVERED = "SELECT ?o { ?s <http://example.com/written> ?o FILTER(!BOUND(?p) || <http://example.com/f>(?o)) }"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("query")
    (folder / "dataset.nq").write_text(TRIPLE + "\n")
    releases = write_release(folder / "releases", trig=f"{{ {TRIPLE} }}")
    write_columns(folder / "dataset.nq", releases / "current" / "columns")
    return releases


def value(releases: Path, query: str, **settings: str) -> str:
    """The one value of an answer."""
    place = {"KG_RELEASES": str(releases), "KG_COLUMNS_QUADS_MIN": "0", **settings}
    outcome = CliRunner().invoke(app, ["query", "--format", "json", query], env=place, catch_exceptions=False)
    (row,) = json.loads(outcome.stdout)["results"]["bindings"]
    return str(row["o"]["value"])


def test_a_scan_is_answered_by_columns_and_a_lookup_by_the_index(releases: Path) -> None:
    assert value(releases, SCAN) == "007"
    assert value(releases, LOOKUP) == "7"


@pytest.mark.parametrize("settings", [{"KG_COLUMNS": "off"}, {"KG_COLUMNS_QUADS_MIN": "300000"}])
def test_where_columns_are_not_wanted_the_index_answers(releases: Path, settings: dict[str, str]) -> None:
    assert value(releases, SCAN, **settings) == "7"


def test_what_columns_do_not_cover_the_index_answers(releases: Path) -> None:
    assert value(releases, UNCOVERED) == "7"
