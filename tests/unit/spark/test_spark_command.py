"""``kg query`` and ``kg validate`` on a standalone cluster, as a user calls them: master, workers, and a release."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.spark import SMALL, require_spark, standalone

require_spark()

from kg.columns import write_columns  # noqa: E402 - they stand behind what they need
from kg.rdf import build_index  # noqa: E402
from kg.validation import Stage  # noqa: E402
from tests.conformance.test_shapes import VIOLATING, flat, rules  # noqa: E402
from tests.serving import free_port  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

COUNT = "SELECT ?type (COUNT(*) AS ?n) { ?s a ?type } GROUP BY ?type ORDER BY DESC(?n) ?type"
UPPER = 'SELECT (UCASE("é") AS ?u) {}'


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A releases folder whose one release breaks a shape."""
    folder = tmp_path_factory.mktemp("releases")
    place = folder / "2026-01-02-abc"
    place.mkdir()
    broken = next(path for path in VIOLATING if rules()[path.parent.name] is Stage.RELEASE)
    nquads = folder / "dataset.nq"
    nquads.write_bytes(flat(broken))
    quads = build_index(nquads, place / "store")
    write_columns(nquads, place / "columns")
    (place / "manifest.json").write_text(json.dumps({"quads": quads, "files": {}}))
    (folder / "current").symlink_to(place.name)
    (folder / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in SMALL.items()))
    return folder


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with standalone(tmp_path_factory.mktemp("cluster"), workers=2) as address:
        yield address


def kg(releases: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "KG_RELEASES": str(releases), "SPARK_CONF_DIR": str(releases), **environment}
    command = [sys.executable, "-c", "from kg.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=given, check=False, timeout=300)


def test_a_query_prints_what_it_prints_without_spark(releases: Path, master: str) -> None:
    here = kg(releases, "query", "--format", "json", COUNT)
    there = kg(releases, "query", "--format", "json", "--engine", "spark", "--master", master, COUNT)

    assert (there.returncode, there.stderr) == (0, "")
    assert json.loads(there.stdout) == json.loads(here.stdout)
    assert len(json.loads(there.stdout)["results"]["bindings"]) > 1


def test_a_release_that_does_not_conform_is_reported_with_exit_code_1(releases: Path, master: str) -> None:
    there = kg(releases, "validate", "--format", "ndjson", "--engine", "spark", "--master", master)

    assert (there.returncode, there.stderr) == (1, "")
    assert all(json.loads(line)["focus_node"] for line in there.stdout.splitlines())
    assert there.stdout


def test_less_than_everything_is_checked_as_it_is_without_spark(releases: Path, master: str) -> None:
    ndjson = ["validate", "--format", "ndjson", "--engine"]
    whole = [json.loads(line) for line in kg(releases, *ndjson, "fast").stdout.splitlines()]
    chosen = ["--shape", whole[0]["shape"], "--focus", whole[0]["focus_node"].strip("<>"), "--limit", "1"]

    here = kg(releases, *ndjson, "fast", *chosen)
    there = kg(releases, *ndjson, "spark", "--master", master, *chosen)

    assert (there.returncode, there.stderr, there.stdout) == (1, "", here.stdout)
    assert there.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["validate", "--focus", "urn:nobody"], 3, "urn:nobody: the data graph has no such node"),
        (["query", "--columns", "file:///nowhere", "ASK {}"], 3, "file:///nowhere holds no columns"),
        (["query", UPPER], 3, "The columns do not answer this"),
    ],
)
def test_what_goes_wrong_is_one_line(
    arguments: Sequence[str], code: int, told: str, releases: Path, master: str
) -> None:
    there = kg(releases, *arguments, "--engine", "spark", "--master", master)

    assert (there.returncode, there.stdout) == (code, "")
    assert there.stderr.startswith("kg: ")
    assert told in there.stderr
    assert there.stderr.count("\n") == 1


def test_a_release_without_columns_and_a_wrong_master_end_at_once(releases: Path, tmp_path: Path) -> None:
    spark = ["query", "ASK {}", "--engine", "spark", "--master"]
    wrong = kg(releases, *spark, f"spark://127.0.0.1:{free_port()}")
    usage = kg(releases, *spark, "cluster")
    no_java = kg(releases, *spark, "local[1]", JAVA_HOME=str(tmp_path))

    assert (wrong.returncode, usage.returncode, no_java.returncode) == (3, 2, 3)
    assert "No master of Spark can be reached" in wrong.stderr
    assert "is no master of Spark" in usage.stderr
    assert "There is no Java in JAVA_HOME" in no_java.stderr
