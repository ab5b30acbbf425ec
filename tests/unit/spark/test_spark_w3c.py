"""The W3C's query-evaluation cases on two executors of Spark: what the columns accept is right here, or is refused.

A case takes Spark a second or two, so here are some of them, and all with SPARK_TESTS=all in the environment.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.spark import ALL, require_spark

require_spark()

from kg.columns.compile import compile  # noqa: A004, E402 - they stand behind what they need
from kg.columns.compile.store import POSITION  # noqa: E402
from kg.errors import QueryRefusedError, QuerySyntaxError, QueryUnsupportedError  # noqa: E402
from kg.spark import run_compiled  # noqa: E402
from tests.conformance.w3c.test_columns import is_expected, is_rdf_11  # noqa: E402
from tests.refilled import Refilled  # noqa: E402
from tests.w3c_cases import Case, cases  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.columns.compile import Compiled

STEP = 1 if ALL else 40
MOST_REFUSED = 0.1
# Of 3,400 nodes of SQL, which Spark planned for minutes.
LONG = "sparql10/expr-ops/add-literals"


DICTIONARY = {
    "term": "id INT, kind TINYINT, lexical STRING, datatype STRING, language STRING",
    "value": "id INT, t TINYINT, d DECIMAL(38, 18), f DOUBLE, c TINYINT, us BIGINT, tz INT",
}


def accepted(every: Sequence[Case]) -> list[tuple[Case, Compiled]]:
    """The cases that compile, and what they compile to."""
    found = []
    for case in every:
        try:
            found.append((case, compile(case.text, base=case.base)))
        except (QueryRefusedError, QuerySyntaxError):
            continue
    return found


def hold(session: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[int]]) -> None:
    """Make whole numbers a table of the session."""
    casts = ", ".join(f"CAST(col{i} AS INT) AS {name}" for i, name in enumerate(columns, start=1))
    zero = ", ".join("0" for _ in columns)
    values = ", ".join(f"({', '.join(map(str, row))})" for row in rows) or f"({zero})"
    where = "" if rows else " WHERE false"
    session.sql(f"SELECT {casts} FROM VALUES {values}{where}").createOrReplaceTempView(table)


def outcome(session: Any, columns: Refilled, case: Case, compiled: Compiled) -> str:
    """What became of a case: "pass", "fail", or why it is refused."""
    db = columns.fill(case.quads, case.graphs)
    hold(session, "quad", "spog", db.execute("FROM quad").fetchall())
    hold(session, "graph", "g", db.execute("FROM graph").fetchall())
    try:
        return "pass" if is_expected(case, run_compiled(session, compiled)) else "fail"
    except QueryUnsupportedError as error:
        return str(error)


def test_cases_have_the_answer_of_the_suite_or_none(spark: Any) -> None:
    every = accepted([case for case in cases() if is_rdf_11(case)])
    chosen = [pair for i, pair in enumerate(every) if i % STEP == 0 or pair[0].name == LONG]
    assert len(chosen) >= 10
    quads, graphs = [q for case, _ in chosen for q in case.quads], {g for case, _ in chosen for g in case.graphs}
    with closing(Refilled(quads, graphs)) as columns:
        for table, schema in DICTIONARY.items():
            rows = columns.db.execute(f"FROM {table}").fetchall()
            spark.createDataFrame(rows, schema).localCheckpoint().createOrReplaceTempView(table)
        spark.sql(POSITION.read_text(encoding="utf-8")).createOrReplaceTempView("position")
        outcomes = {case.name: outcome(spark, columns, case, compiled) for case, compiled in chosen}

    refused = Counter(result for result in outcomes.values() if result not in {"pass", "fail"})
    print(f"{len(outcomes)} cases, refused: {dict(refused)}")
    assert outcomes[LONG] == "pass"
    assert [name for name, result in outcomes.items() if result == "fail"] == []
    assert refused.total() <= MOST_REFUSED * len(outcomes), refused
