"""What the two engines read differently: patterns, parts of texts, whole-number division, lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.spark import require_spark

require_spark()

from kg.columns.compile.macros import expanded as macros_as_text  # noqa: E402 - it stands behind what it needs
from kg.errors import QueryUnsupportedError  # noqa: E402
from kg.spark.dialect import compiler_macros, expanded, guarded, macros_in, parsed, spark_sql  # noqa: E402
from kg.spark.regexes import java_pattern  # noqa: E402
from kg.spark.statements import Statements  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXTS = [
    "",
    "a",
    "ab\n",
    "a\nb",
    "a\rb",
    "a\u2028b",
    "a&b",
    "a[b",
    "٣",
    "𝟘",
    "7",
    "$",
    "x\\d",
    "é",
    "ſk",
    "K",
    "{2}",
    "aab",
]
PATTERNS = [
    "a$",
    "^a",
    "a.b",
    "a[&&b]b",
    "[^&&]$",
    r"a[\[]b",
    r"^\p{Nd}$",
    r"^[\p{Nd}a]$",
    r"\$",
    r"\\d",
    "a{2}b",
    "(a|b)*$",
]
NUMBERS = ["-7", "7", "-9223372036854775809", "400000000000000000001", "12345678901234567890123"]


MOMENTS = {
    "dateTime": ["2020-02-29T24:00:00Z", "2019-02-29T00:00:00", "12023-02-29T00:00:00", "-0001-01-01T00:00:60", "T"],
    "date": ["2020-01-01", "2020-02-30", "-2020-01-01+14:01", "12020-01-01Z", "2020-01-01\n", "0000-01-01"],
    "time": ["24:00:00.0", "24:00:01", "12:60:00", "12:00:00.5-05:00"],
    "gYear": ["2020", "202", "02020", "-0001Z", "x"],
    "gYearMonth": ["2020-12", "2020-13"],
    "gMonth": ["--12", "--13", "--1"],
    "gMonthDay": ["--02-29", "--02-30", "--04-31", "--12-31Z"],
    "gDay": ["---31", "---32"],
    "yearMonthDuration": ["P1Y", "P", "P1D", "-P1Y2M"],
    "dayTimeDuration": ["PT1.5S", "P1Y", "P1DT", "PT1M", "P1M", "P2DT1H"],
    "duration": ["P1Y2M3DT4H", "PT", "P1.5Y", "P1M"],
}


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize("flags", ["", "s"])
def test_patterns_match_what_re2_matches(flags: str, spark: Any) -> None:
    tests = ", ".join(
        f"regexp_matches(t, {quoted(p)}, '{flags}') AS m{i}, regexp_full_match(t, {quoted(p)}) AS f{i}"
        for i, p in enumerate(PATTERNS)
    )
    values = ", ".join(f"({i}, {quoted(text)})" for i, text in enumerate(TEXTS))
    sql = f"SELECT i, {tests} FROM (VALUES {values}) AS v(i, t)"

    found = Statements(spark, {}).frame(sql).collect()

    assert sorted(map(tuple, found)) == sorted(duckdb.execute(sql).fetchall())


def test_whole_numbers_are_divided_exactly(spark: Any) -> None:
    pairs = [f"{a}::HUGEINT {sign} {b}" for a in NUMBERS for b in ("3", "-1000", "1461") for sign in ("//", "%")]
    sql = f"SELECT {', '.join(f'({pair})::VARCHAR AS c{i}' for i, pair in enumerate(pairs))}"

    found = Statements(spark, {}).frame(sql).collect()

    assert tuple(found[0]) == duckdb.execute(sql).fetchone()


@pytest.mark.parametrize(
    "text", [r"\w", r"\pL", r"a(?i)b", "(?m)a$", "(?i)é", "a[b", r"\Qa\E", r"\b"]
)  # fmt: skip
def test_patterns_that_java_may_read_differently_are_refused(text: str) -> None:
    with pytest.raises(QueryUnsupportedError):
        java_pattern(text)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a.x[2:3]", "SELECT SUBSTRING(a.x, 2, 2)"),
        ("SELECT x[1]", "SELECT SUBSTRING(x, 1, 1)"),
        ("SELECT twice(once(b.c).d)", "SELECT (((b.c + 1).d) * 2)"),
        ("SELECT error('no')", "SELECT RAISE_ERROR('no')"),
        ("SELECT list(DISTINCT x ORDER BY x)", "SELECT SORT_ARRAY(COLLECT_SET(x))"),
        ("SELECT * FROM a ANTI JOIN b ON a.x = b.x", "SELECT * FROM a LEFT ANTI JOIN b ON a.x = b.x"),
    ],
)
def test_a_statement_is_written_anew(sql: str, expected: str) -> None:
    macros = macros_in("CREATE MACRO once(x) AS x + 1; CREATE OR REPLACE TEMP MACRO twice(x) AS x * 2;")

    assert spark_sql(expanded(parsed(sql), macros)) == expected


def test_every_macro_of_compiled_queries_is_written_anew() -> None:
    macros = compiler_macros()
    parts_of_patterns = {"zoned", "is_year", "is_day"}

    for name in macros.keys() - parts_of_patterns:
        call = f"SELECT {name}({', '.join(f't.{parameter}' for parameter in macros[name][0])})"
        assert spark_sql(expanded(parsed(call), macros)).startswith("SELECT "), name


def test_what_is_a_date_or_a_duration_is_so_on_spark(spark: Any) -> None:
    rows = ", ".join(f"({quoted(name)}, {quoted(text)})" for name, texts in MOMENTS.items() for text in texts)
    told = "name, t, moment_of_name(name, t) IS NULL AS ill, moment_of_name(name, t).us AS us"
    asked = f"SELECT {told} FROM (VALUES {rows}) AS v(name, t)"

    found = Statements(spark, compiler_macros()).frame(asked).collect()

    expected = duckdb.execute(macros_as_text(asked)).fetchall()
    assert sorted(map(str, map(tuple, found))) == sorted(map(str, expected))
    assert 10 < sum(row[2] for row in expected) < len(expected) - 10


def test_macros_that_are_written_out_already_stop_where_ours_differ() -> None:
    tree = guarded(parsed("SELECT floor(n.f), ceil(n.d), (n.f::FLOAT)::VARCHAR, n.d::VARCHAR, gcd(a, b), abs(n.f)"))

    stopped = [node.name == "raise_error" for node in tree.expressions]

    assert stopped == [True, False, True, False, True, False]


def test_a_text_ends_where_it_ends(spark: Any) -> None:
    hostile = ["'); DROP VIEW term; --", "\\", "\\'", "${x} :p1 $1", "\u202e\U0001f600\t", "a\nb"]
    sql = f"SELECT {', '.join(f'{quoted(text)} AS c{i}, ${i + 1} AS p{i}' for i, text in enumerate(hostile))}"
    given = {str(i): text for i, text in enumerate(hostile, start=1)}

    row: Sequence[str] = Statements(spark, {}).frame(sql, given).collect()[0]

    assert list(row) == [text for text in hostile for _ in range(2)]
