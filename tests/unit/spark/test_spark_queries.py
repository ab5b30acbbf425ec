"""Compiled queries give on two executors of Spark what they give in DuckDB."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.spark import executors, require_spark

require_spark()

from asking import Query, Subjects, fill, read_queries  # noqa: E402 - they stand behind what they need
from domain import write_domain  # noqa: E402

from kg.columns import write_columns  # noqa: E402
from kg.columns.compile import Solutions, compile, open_release_columns, run_compiled  # noqa: A004, E402
from kg.columns.compile.compiling import statement  # noqa: E402
from kg.errors import KgError, QueryUnsupportedError  # noqa: E402
from kg.rdf import to_nquads  # noqa: E402
from kg.spark import open_tables  # noqa: E402
from kg.spark import run_compiled as run_on_spark  # noqa: E402
from kg.spark.dialect import compiler_macros  # noqa: E402
from kg.spark.statements import Statements  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb


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


def told(answer: Any) -> Any:
    """An answer as something that is equal to another of the same rows."""
    return (
        Counter(answer.rows) if isinstance(answer, Solutions) else answer if isinstance(answer, bool) else set(answer)
    )


def subjects_of(db: duckdb.DuckDBPyConnection) -> Subjects:
    found = [
        tuple(
            str(row[0])
            for row in db.execute(
                f"SELECT lexical FROM term WHERE lexical LIKE '%/id/{kind}/%' ORDER BY ALL"
            ).fetchall()
        )
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


# What is asked of each ?x and its value ?v.
ASKED = [
    ("(?v * 2 AS ?double) (?v / 3 AS ?third)", "FILTER(DATATYPE(?v) IN (xsd:integer, xsd:decimal))"),
    ("(FLOOR(?v) AS ?f) (CEIL(-?v) AS ?c)", "FILTER(DATATYPE(?v) = xsd:double)"),
    ("(ROUND(?v) AS ?r) (?v / 0 AS ?q)", "FILTER(DATATYPE(?v) = xsd:double)"),
    ("?y", ". ?y <urn:x:value> ?w FILTER(?v < ?w)"),
    ("(STRLEN(?v) AS ?n) (SUBSTR(?v, 2, 3) AS ?part)", "FILTER(DATATYPE(?v) = xsd:string)"),
    ("(ENCODE_FOR_URI(?v) AS ?uri) (SHA256(?v) AS ?h)", "FILTER(DATATYPE(?v) = xsd:string)"),
    ("(REPLACE(?v, '(s)(t)?', '[$2-$1]') AS ?r)", "FILTER(DATATYPE(?v) = xsd:string)"),
    ("", "FILTER REGEX(?v, 'a.b$', 's')"),
    ("", "FILTER REGEX(?v, '[&&]. .co.$', 's')"),
    ("", "FILTER REGEX(?v, 'STRA', 'i')"),
    ("(YEAR(?v) AS ?y) (SECONDS(?v) AS ?s) (TZ(?v) AS ?z)", "FILTER(?v < '2022-07-01T00:00:00Z'^^xsd:dateTime)"),
    ("(xsd:string(?v) AS ?text) (xsd:boolean(?v) AS ?b)", "FILTER(isNumeric(?v) && ABS(?v) > 0.01 && ?v < 3)"),
    ("", "FILTER NOT EXISTS { ?y <urn:x:value> ?w FILTER(?w > ?v) }"),
    ("?a", "VALUES ?a { <urn:nowhere> 'it\"s \\\\ ${x} :p1 $1' UNDEF } FILTER(?v = 2)"),
]
WHOLE = [
    "SELECT ?x ?v { ?x <urn:x:value> ?v } ORDER BY ?v ?x",
    "SELECT (SUM(?v) AS ?s) (MIN(?v) AS ?m) (AVG(?v) AS ?a) { ?x <urn:x:value> ?v FILTER(DATATYPE(?v) = xsd:integer) }",
    "SELECT (COUNT(DISTINCT ?v) AS ?n) (COUNT(*) AS ?all) { ?x ?p ?v }",
    "SELECT ?k (COUNT(*) AS ?n) { ?x <urn:x:value> ?v BIND(DATATYPE(?v) AS ?k) } GROUP BY ?k",
    "ASK { <urn:x:1> <urn:x:value> 2 }",
    "SELECT ?a ?b { ?a (<urn:x:value>|^<urn:x:value>)+ ?b }",
]  # fmt: skip


@pytest.mark.parametrize("query", [*(f"SELECT ?x {a} {{ ?x <urn:x:value> ?v {f}\n}}" for a, f in ASKED), *WHOLE])
def test_values_are_those_of_duckdb(query: str, session: Any, db: duckdb.DuckDBPyConnection) -> None:
    compiled = compile(f"PREFIX xsd: <{XSD}> {query}")
    expected = run_compiled(db, compiled)

    found = run_on_spark(session, compiled)

    assert told(found) == told(expected)
    if "ORDER BY" in query:
        assert isinstance(found, Solutions)
        assert isinstance(expected, Solutions)
        assert found.rows == expected.rows


@pytest.mark.parametrize("joined", ["DISTINCT ?v", "DISTINCT STR(?v)", "?v"])
def test_texts_are_joined_in_some_order(joined: str, session: Any, db: duckdb.DuckDBPyConnection) -> None:
    among = f"VALUES ?y {{ 1 2 }} ?x <urn:x:value> ?v FILTER(DATATYPE(?v) = <{XSD}string>)"
    compiled = compile(f"SELECT (GROUP_CONCAT({joined}; SEPARATOR='|') AS ?c) {{ {among} }}")
    expected, found = (answer(of, compiled) for answer, of in ((run_compiled, db), (run_on_spark, session)))

    texts = [Counter(answer.rows[0][0].lexical.split("|")) for answer in (expected, found)]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 4


def test_what_only_a_path_connects_is_no_product(session: Any) -> None:
    """Spark joins what stands nearest: a product of two properties would be all of its time."""
    compiled = compile("SELECT ?a ?y { ?a <urn:p> ?b . ?x <urn:q> ?y . ?a (<urn:p>|<urn:q>) ?x }")
    sql, _ = statement(replace(compiled, sql=compiled.called), {})

    plan = Statements(session, compiler_macros()).frame(sql)._jdf.queryExecution().toString()

    assert "SortMergeJoin" in plan or "HashJoin" in plan
    assert "CartesianProduct" not in plan
    assert "NestedLoopJoin" not in plan


@pytest.mark.parametrize(
    ("computed", "among"),
    [
        ("?v / 7", "DATATYPE(?v) = xsd:double && ?v = 0.5"),
        ("UCASE(?v)", "STRSTARTS(?v, 'Stra')"),
        ("SUM(DISTINCT ?v)", "DATATYPE(?v) = xsd:integer"),
        ("?v * 0.0000000001 * 0.0000000001", "?v = 1.5"),
    ],
)
def test_what_spark_may_compute_otherwise_is_refused(computed: str, among: str, session: Any) -> None:
    query = f"PREFIX xsd: <{XSD}> SELECT ({computed} AS ?c) {{ ?x <urn:x:value> ?v FILTER({among}) }}"

    with pytest.raises(QueryUnsupportedError):
        run_on_spark(session, compile(query))


def test_two_processes_did_the_work(session: Any) -> None:
    context = session.sparkContext
    session.sql("SELECT count(*) FROM quad").collect()
    session.range(0, 1000, 1, 8).selectExpr("sum(id)").collect()

    listed = context._jsc.sc().statusStore().executorList(True)  # noqa: FBT003 - a method of Java's
    done = {listed.apply(i).id(): listed.apply(i).completedTasks() for i in range(listed.size())}
    assert set(done) == {"driver", "0", "1"}
    assert all(done[name] > 0 for name in ("0", "1"))
    assert len(set(executors(context.applicationId))) == 2


def test_a_folder_without_columns_is_told(spark: Any, tmp_path: Path) -> None:
    with pytest.raises(KgError, match="holds no columns"):
        open_tables(spark, str(tmp_path))
