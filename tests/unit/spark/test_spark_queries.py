"""Compiled queries give on two executors of Spark what they give in DuckDB."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.spark import executors, require_spark

require_spark()

from asking import Query, Subjects, fill, read_queries  # noqa: E402 - they stand behind what they need
from domain import write_domain  # noqa: E402

from kg.columns import write_columns  # noqa: E402
from kg.columns.compile import Solutions, compile, open_release_columns, run_compiled  # noqa: A004, E402
from kg.errors import KgError, QueryUnsupportedError  # noqa: E402
from kg.rdf import to_nquads  # noqa: E402
from kg.spark import open_tables  # noqa: E402
from kg.spark import run_compiled as run_on_spark  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from kg.columns.compile.answers import Triple

XSD = "http://www.w3.org/2001/XMLSchema#"
# Values that two engines may compute, compare, match or write differently.
VALUES = [
    ('"1.50"', "decimal"),
    ('"2"', "integer"),
    ('"-7"', "integer"),
    ('"0.5"', "double"),
    ('"-0.0"', "double"),
    ('"NaN"', "double"),
    ('"INF"', "float"),
    ('"1e-7"', "double"),
    ('"3.25E20"', "double"),
    ('"0.1"', "float"),
    ('"true"', "boolean"),
    ('"2022-06-15"', "date"),
    ('"2022-06-15Z"', "date"),
    ('"2022-06-15T10:00:00.5+03:00"', "dateTime"),
    (r'"a\u0085b\nc"', "string"),
    (r'"Straße \U0001F600 k"', "string"),
    (r"""'it"s \\ ${x}'""".replace('"', r"\"").replace("'", '"'), "string"),
    ('"kelvin & [co]"', "string"),
]
ODD = "".join(f"<urn:x:{i}> <urn:x:value> {text}^^<{XSD}{kind}> .\n" for i, (text, kind) in enumerate(VALUES))


def shipped(folder: Path) -> str:
    """Invented sources as a dataset: what each claim says stands in the default graph too."""
    write_domain(folder, dossiers=6)
    lines = [
        line
        for path in sorted(folder.rglob("*.trig"))
        for line in to_nquads(path.read_bytes(), suffix=".trig", where=path.name).decode().splitlines()
    ]
    return "\n".join({*lines, *(f"{line.rsplit(' ', 2)[0]} ." for line in lines)}) + "\n"


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release's columns, with their Parquet."""
    folder = tmp_path_factory.mktemp("spark")
    nquads = folder / "dataset.nq"
    nquads.write_text(shipped(folder / "data") + ODD, encoding="utf-8")
    write_columns(nquads, folder / "columns")
    return folder / "columns"


@pytest.fixture(scope="module")
def db(columns: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_release_columns(columns, memory_mb=512, threads=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def session(spark: Any, columns: Path) -> Any:
    open_tables(spark, str(columns))
    return spark


def told(answer: Solutions | bool | list[Triple]) -> Any:
    """An answer as something that is equal to another of the same rows."""
    return Counter(answer.rows) if isinstance(answer, Solutions) else answer if isinstance(answer, bool) else set(answer)


def subjects_of(db: duckdb.DuckDBPyConnection) -> Subjects:
    found = [
        tuple(str(row[0]) for row in db.execute(f"SELECT lexical FROM term WHERE lexical LIKE '%/id/{kind}/%' ORDER BY ALL").fetchall())
        for kind in ("person", "event")
    ]
    assert all(len(names) > 20 for names in found)
    return Subjects(*found)


@pytest.mark.parametrize("query", read_queries(), ids=lambda query: query.name)
def test_the_queries_have_the_answers_of_duckdb(query: Query, session: Any, db: duckdb.DuckDBPyConnection) -> None:
    text = fill(query, subjects_of(db), 3)
    try:
        compiled = compile(text)
    except QueryUnsupportedError:
        # DESCRIBE is the index's.
        assert query.name == "08-describe-thing"
        return

    assert told(run_on_spark(session, compiled)) == told(run_compiled(db, compiled))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?x ?v { ?x <urn:x:value> ?v } ORDER BY ?v",
        "SELECT ?x (?v * 2 AS ?double) (?v / 3 AS ?third) (ABS(?v) AS ?size) { ?x <urn:x:value> ?v FILTER(DATATYPE(?v) IN (xsd:integer, xsd:decimal)) }",
        "SELECT (SUM(?v) AS ?sum) (MIN(?v) AS ?least) (COUNT(DISTINCT ?v) AS ?n) { ?x <urn:x:value> ?v FILTER(DATATYPE(?v) = xsd:integer) }",
        "SELECT ?x (FLOOR(?v) AS ?f) (CEIL(-?v) AS ?c) (ROUND(?v) AS ?r) (?v / 0 AS ?q) { ?x <urn:x:value> ?v FILTER(DATATYPE(?v) = xsd:double) }",
        "SELECT ?x ?y { ?x <urn:x:value> ?v . ?y <urn:x:value> ?w FILTER(?v < ?w) }",
        "SELECT ?x (STRLEN(?v) AS ?n) (SUBSTR(?v, 2, 3) AS ?part) (ENCODE_FOR_URI(?v) AS ?uri) (SHA256(?v) AS ?h) { ?x <urn:x:value> ?v FILTER(DATATYPE(?v) = xsd:string) }",
        "SELECT ?x { ?x <urn:x:value> ?v FILTER REGEX(?v, 'a.b$', 's') }",
        "SELECT ?x { ?x <urn:x:value> ?v FILTER REGEX(?v, '[&&]. .co.$', 's') }",
        "SELECT ?x (YEAR(?v) AS ?y) (SECONDS(?v) AS ?s) (TZ(?v) AS ?z) { ?x <urn:x:value> ?v FILTER(?v < '2022-07-01T00:00:00Z'^^xsd:dateTime) }",
        "SELECT ?x (xsd:string(?v) AS ?text) (xsd:boolean(?v) AS ?b) { ?x <urn:x:value> ?v FILTER(isNumeric(?v) && ?v != 3.25E20 && ?v != 1e-7) }",
        "SELECT ?x { ?x <urn:x:value> ?v FILTER NOT EXISTS { ?y <urn:x:value> ?w FILTER(?w > ?v) } }",
        "SELECT ?kind (COUNT(*) AS ?n) (GROUP_CONCAT(DISTINCT ?kind; separator='\\\\\\'') AS ?all) { ?x <urn:x:value> ?v BIND(DATATYPE(?v) AS ?kind) } GROUP BY ?kind",
        "ASK { <urn:x:1> <urn:x:value> 2 }",
        "SELECT ?a ?b { ?a (<urn:x:value>|^<urn:x:value>)+ ?b }",
        '''SELECT ?x { VALUES ?x { <urn:nowhere> 'it"s \\\\ ${x} :p1 $1' UNDEF } OPTIONAL { ?x <urn:x:value> ?v } }''',
    ],
)  # fmt: skip
def test_values_are_those_of_duckdb(query: str, session: Any, db: duckdb.DuckDBPyConnection) -> None:
    compiled = compile(f"PREFIX xsd: <{XSD}> {query}")
    expected = run_compiled(db, compiled)

    found = run_on_spark(session, compiled)

    assert told(found) == told(expected)
    if "ORDER BY" in query:
        assert isinstance(found, Solutions)
        assert isinstance(expected, Solutions)
        assert found.rows == expected.rows


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (?v / 7 AS ?q) { <urn:x:3> <urn:x:value> ?v }",
        "SELECT (UCASE(?v) AS ?u) { ?x <urn:x:value> ?v FILTER(STRSTARTS(?v, 'Stra')) }",
        "SELECT (SUM(DISTINCT ?v) AS ?s) { <urn:x:1> <urn:x:value> ?v }",
        "SELECT (?v * 1e-10 * 0.0000000001 AS ?p) { <urn:x:0> <urn:x:value> ?v FILTER(?v * 0.0000000001 * 0.0000000001 > 0) }",
    ],
)
def test_what_spark_may_compute_otherwise_is_refused(query: str, session: Any) -> None:
    with pytest.raises(QueryUnsupportedError):
        run_on_spark(session, compile(query))


def test_two_processes_did_the_work(session: Any) -> None:
    context = session.sparkContext
    session.sql("SELECT count(*) FROM quad").collect()
    session.range(0, 1000, 1, 8).selectExpr("sum(id)").collect()

    listed = context._jsc.sc().statusStore().executorList(True)
    done = {listed.apply(i).id(): listed.apply(i).completedTasks() for i in range(listed.size())}
    assert set(done) == {"driver", "0", "1"}
    assert all(done[name] > 0 for name in ("0", "1"))
    assert len(set(executors(context.applicationId))) == 2


def test_a_folder_without_columns_is_told(spark: Any, tmp_path: Path) -> None:
    with pytest.raises(KgError, match="holds no columns"):
        open_tables(spark, str(tmp_path))
