"""What docs/columns.md tells a reader to ask of the columns gives, on the data that ship, what it says."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import duckdb
import pytest

from kg.columns import COLUMNS_VERSION
from kg.publication import PublishedRelease, current_release

ROOT: Final = Path(__file__).parents[2]
GUIDE: Final = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def release(releases: Path) -> PublishedRelease:
    return current_release(releases)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_each_analysis_has_the_answer_beside_it(release: PublishedRelease) -> None:
    analyses, answers = blocks("sql"), blocks("csv")
    assert len(analyses) == len(answers) == 2

    with duckdb.connect(release.columns / "columns.duckdb", read_only=True) as columns:
        for sql, answer in zip(analyses, answers, strict=True):
            found = columns.execute(sql)
            names = [name for name, *_ in found.description or []]
            rows = [names, *([str(value) for value in row] for row in found.fetchall())]
            assert rows == list(csv.reader(io.StringIO(answer)))


def test_the_python_of_the_guide_runs_and_counts_what_the_index_counts(release: PublishedRelease) -> None:
    (script,) = blocks("python")
    told = script.replace("releases/current", str(release.path))
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)

    lines = done.stdout.splitlines()
    assert len(lines) == 3
    counts = [int(line.rpartition(" ")[2]) for line in lines]
    assert counts == sorted(counts, reverse=True)
    assert lines[0].startswith("http://www.w3.org/1999/02/22-rdf-syntax-ns#type ")


def test_the_tables_are_those_of_the_guide(release: PublishedRelease) -> None:
    said: list[tuple[str, str, str]] = []
    for table, columns, kind in re.findall(
        r"^\|\s*(`\w+`)?\s*\|\s*(`[^|]*`)\s*\|\s*([A-Z(), \d]+?)\s*\|", GUIDE, re.MULTILINE
    ):
        name = table.strip("`") or said[-1][0]
        said += [(name, column, kind.replace(", ", ",")) for column in re.findall(r"`(\w+)`", columns)]
    assert len(said) > 10

    with duckdb.connect(release.columns / "columns.duckdb", read_only=True) as columns:
        found = columns.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE NOT internal AND table_name <> 'about'"
        ).fetchall()
        predicates = columns.execute("SELECT DISTINCT 'p' || p FROM quad WHERE g = 0").fetchall()
        classes = [row[0] for row in columns.execute("SELECT class FROM run").fetchall()]
    # All columns of `subject` that are named by the id of a property are one line of the guide.
    own, named = ([row for row in found if bool(re.fullmatch(r"p\d+", row[1])) is of_ids] for of_ids in (False, True))
    assert {kind for *_, kind in named} == {"INTEGER"}
    assert {(name,) for _, name, _ in named} <= set(predicates)
    assert len(named) <= 100
    assert sorted(said) == sorted(own)
    assert "| | `p17`, `p32`, … | INTEGER |" in GUIDE
    assert re.findall(r"`(\w+)`", GUIDE.partition("each class of `run` (")[2].partition(")")[0]) == classes


def test_the_version_and_the_files_are_those_of_the_guide(release: PublishedRelease) -> None:
    assert f"the version of the tables, now {COLUMNS_VERSION}." in GUIDE
    assert release.manifest()["columns"] == {"version": COLUMNS_VERSION}
    files = set(re.findall(r"`(\w+\.(?:parquet|duckdb))`", GUIDE))
    assert files == {path.name for path in release.columns.iterdir()}


def test_the_columns_have_as_many_quads_and_default_triples_as_the_dump(release: PublishedRelease) -> None:
    with duckdb.connect(release.columns / "columns.duckdb", read_only=True) as columns:
        (counted,) = columns.execute("SELECT count(*) FROM quad").fetchall()
    assert counted == (release.manifest()["quads"],)
