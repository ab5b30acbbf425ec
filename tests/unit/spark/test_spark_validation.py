"""Compiled shapes find on two executors of Spark what they find in DuckDB: our own shapes, on all their examples.

Each shape is a job of its own, which takes Spark a second whatever the data: here are some of them, and all with
SPARK_TESTS=all in the environment.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.spark import ALL, require_spark

require_spark()

from kg.columns import write_columns  # noqa: E402 - they stand behind what they need
from kg.columns.compile import open_release_columns  # noqa: E402
from kg.spark import Database, open_tables  # noqa: E402
from kg.validation import Columns, Shapes, Stage, load_shapes  # noqa: E402
from kg.validation import compile as compile_shapes  # noqa: E402
from tests.conformance.test_shapes import CONFORMING, VIOLATING, flat, rules  # noqa: E402
from tests.shacl import graph_of  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

CLAIM = "https://w3id.org/habeas/claim/example"
# One shape of so many, the kinds of constraint mixed.
STEPS = {Stage.SOURCE: 19, Stage.RELEASE: 7}


def examples(stage: Stage, folder: Path) -> Path:
    """The columns of all that the shapes of a stage have for examples, which a claim says."""
    triples = b"".join(flat(path) for path in CONFORMING + VIOLATING if rules()[path.parent.name] is stage)
    said = triples.replace(b" .\n", f" <{CLAIM}> .\n".encode())
    (folder / "dataset.nq").write_bytes(triples + said)
    write_columns(folder / "dataset.nq", folder / "columns")
    return folder / "columns"


@pytest.mark.parametrize("stage", Stage)
def test_spark_and_duckdb_report_the_same(stage: Stage, spark: Any, tmp_path: Path) -> None:
    columns = examples(stage, tmp_path)
    engine = compile_shapes(load_shapes(stage))
    step = 1 if ALL else STEPS[stage]
    with open_release_columns(columns, memory_mb=512, threads=1) as db:
        whole = engine.validate(Columns.of_release(db))
        broken = sorted({result.shape for result in whole.results} & set(engine.coverage().compiled))
        shapes = broken[::step]
        expected = engine.validate(Columns.of_release(db), shapes=shapes)
    assert len(shapes) >= 2
    assert any(result.claims == (CLAIM,) for result in expected.results)

    open_tables(spark, str(columns))
    report = engine.validate(Columns.of_release(Database(spark)), shapes=shapes)

    assert report == expected
    assert spark._jsparkSession.sharedState().cacheManager().isEmpty()


def test_a_message_quotes_on_spark_what_it_quotes_in_duckdb(spark: Any, tmp_path: Path) -> None:
    query = "SELECT $this ?kind ?none ('x' AS ?made) WHERE { $this a ?kind FILTER (?none = 1 || true) }"
    rule = f'sh:sparql [ sh:message "{{?kind}} {{?none}} {{?made}}" ; sh:select "{query}" ]'
    columns = examples(Stage.RELEASE, tmp_path)
    engine = compile_shapes(Shapes(graph_of(f"ex:S sh:targetSubjectsOf rdf:type ; {rule} ."), ()))
    with open_release_columns(columns, memory_mb=512, threads=1) as db:
        expected = engine.validate(Columns.of_release(db))
    assert any(result.message.endswith(" {?none} x") for result in expected.results)

    open_tables(spark, str(columns))
    assert engine.validate(Columns.of_release(Database(spark))) == expected


def test_chosen_focus_nodes_and_a_limit_are_those_of_duckdb(spark: Any, tmp_path: Path) -> None:
    columns = examples(Stage.RELEASE, tmp_path)
    engine = compile_shapes(load_shapes(Stage.RELEASE))
    with open_release_columns(columns, memory_mb=512, threads=1) as db:
        results = engine.validate(Columns.of_release(db)).results
        (shape, times), *_ = Counter(result.shape for result in results).most_common(1)
        focus = [result.focus_node.strip("<>") for result in results if result.shape == shape][1:]
        limited = engine.validate(Columns.of_release(db), shapes=[shape], limit_per_shape=1)
        focused = engine.validate(Columns.of_release(db), shapes=[shape], focus=focus)
    assert times > 2
    assert (len(limited.results), limited.left_out) == (1, times - 1)
    assert 0 < len(focused.results) < times

    open_tables(spark, str(columns))
    there = Columns.of_release(Database(spark))

    assert engine.validate(there, shapes=[shape], limit_per_shape=1) == limited
    assert engine.validate(there, shapes=[shape], focus=focus) == focused
    assert there.known([*focus, "urn:nobody"]) == set(focus)
