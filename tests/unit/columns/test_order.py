"""The ids of the columns stand in the order of values, class by class, and ``run`` says so."""

from __future__ import annotations

import ctypes
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kg.columns.compile import Solutions, answer, open_columns
from kg.errors import QueryUnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
# In the order of ids.
CLASSES: Final = (
    *("blank", "iri", "exact", "float", "double", "nan", "dateTime", "dateTimeZoned", "date", "dateZoned", "beyond"),
    *("string", "tagged", "other"),
)
# Well-formed, and not compared here: one lexical form of each, which is none of any other.
BEYOND: Final = {
    "time": "24:00:00.0-14:00",
    "duration": "-P1Y2M3DT4H5M6.7S",
    "dayTimeDuration": "PT1M",
    "yearMonthDuration": "-P1M",
    "gYear": "-12022Z",
    "gYearMonth": "2022-12",
    "gMonth": "--12+05:30",
    "gMonthDay": "--02-29",
    "gDay": "---31",
    "date": "12024-02-29",
    "dateTime": "2024-02-29T24:00:00Z",
}
ILL_FORMED: Final = {
    "date": ["2022-13-01", "2022-02-30", "soon", "012022-01-01", "12023-02-29", "2022-01-01+14:01", "-0044-04-31"],
    "dateTime": [
        "2022-01-01T00:00:60",
        "2022-01-01T24:00:01",
        "2022-01-01",
        "12023-02-29T00:00:00",
        "-0044-01-01T99:00:00",
    ],
}


class Row(NamedTuple):
    """A term of the dictionary."""

    kind: int
    lexical: str
    datatype: str
    language: str


def typed(text: str, name: str) -> pyoxigraph.Literal:
    return pyoxigraph.Literal(text, datatype=pyoxigraph.NamedNode(XSD + name))


ZONE: Final = st.sampled_from(["", "Z", "+00:00", "-14:00", "+14:00", "+05:30"])
MOMENT: Final = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29))
NUMBER: Final = st.integers(-(10**19), 10**19) | st.integers(-3, 3)
LITERAL: Final = st.one_of(
    st.builds(lambda n, name: typed(str(n), name), NUMBER, st.sampled_from(["integer", "decimal", "long", "byte"])),
    st.builds(lambda n, zeros: typed(f"0{abs(n)}.{'0' * zeros}5", "decimal"), NUMBER, st.integers(0, 19)),
    st.builds(
        lambda f, name: typed(str(f).replace("inf", "INF").replace("nan", "NaN"), name),
        st.floats(),
        st.sampled_from(["double", "float"]),
    ),
    st.builds(lambda m, zone: typed(m.date().isoformat() + zone, "date"), MOMENT, ZONE),
    st.builds(lambda m, zone: typed(m.isoformat() + zone, "dateTime"), MOMENT, ZONE),
    st.sampled_from(sorted(BEYOND.items())).map(lambda item: typed(item[1], item[0])),
    st.builds(
        typed,
        st.sampled_from(["P", "PT", "P1YT", "--13", "--02-30", "---00", "25:00:00"]),
        st.sampled_from(sorted(BEYOND)),
    ),
    st.sampled_from([(name, text) for name, texts in ILL_FORMED.items() for text in texts]).map(
        lambda pair: typed(*pair[::-1])
    ),
    st.sampled_from(["9" * 39, "x", "1e400"]).map(lambda v: typed(v, "integer")),
    st.builds(typed, st.text("ab1 ", max_size=3), st.sampled_from(["boolean", "anyURI"])),
    st.text("aAäб\U0001f600", max_size=3).map(pyoxigraph.Literal),
    st.builds(
        lambda v, tag: pyoxigraph.Literal(v, language=tag), st.text("ab", max_size=2), st.sampled_from(["be", "en"])
    ),
)
TERM: Final = (
    LITERAL
    | st.sampled_from(["a:b", "urn:é", "a:a"]).map(pyoxigraph.NamedNode)
    | st.sampled_from(["b", "a"]).map(pyoxigraph.BlankNode)
)


def triples(objects: list[pyoxigraph.Literal]) -> bytes:
    node = pyoxigraph.NamedNode("a:s")
    text = pyoxigraph.serialize(
        {pyoxigraph.Quad(node, node, term) for term in objects}, format=pyoxigraph.RdfFormat.N_QUADS
    )
    assert text is not None
    return text


# Each example opens a database: to find a smaller one that fails would take many minutes.
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(TERM, min_size=30, max_size=120))
def test_the_ids_of_a_class_are_one_run_in_the_order_of_its_values(terms: list[pyoxigraph.Literal]) -> None:
    with open_columns(triples(terms), threads=1) as db:
        rows = {row[0]: Row(*row[1:]) for row in db.execute("FROM term").fetchall()}
        runs = db.execute("FROM run").fetchall()
        assert [row[0] for row in db.execute("SELECT id FROM term").fetchall()] == list(range(1, len(rows) + 1))

    assert [name for name, _, _ in runs] == list(CLASSES)
    assert [first for _, first, _ in runs] == [1, *(last + 1 for _, _, last in runs[:-1])]
    assert runs[-1][2] == len(rows)
    for name, first, last in runs:
        found = [rows[number] for number in range(first, last + 1)]
        assert {class_of(row) for row in found} <= {name}
        values = [value_of(name, row) for row in found]
        assert values == sorted(values)


def row_of(term: pyoxigraph.Literal) -> Row:
    return Row(3, term.value, term.datatype.value, (term.language or "").lower())


def class_of(row: Row) -> str:
    """The class of a term, by the words of ``schema.sql``, found with Python's own numbers and dates."""
    if row.kind < 3 or row.language:
        return {1: "blank", 2: "iri", 3: "tagged"}[row.kind]
    name = row.datatype.removeprefix(XSD)
    if name in ("integer", "long", "byte", "decimal"):
        return exact_class(name, row.lexical)
    if name in ("float", "double"):
        return "nan" if row.lexical == "NaN" else name
    if name in ("date", "dateTime"):
        return moment_class(name, row.lexical)
    return "string" if name == "string" else "beyond" if row.lexical == BEYOND.get(name) else "other"


def exact_class(name: str, text: str) -> str:
    try:
        value = Decimal(text)
    except ArithmeticError:
        return "other"
    if name != "decimal" and not text.lstrip("+-").isdigit():
        return "other"
    bound = {"long": 2**63, "byte": 2**7}.get(name, 10**20)
    digits = len(text.partition(".")[2].rstrip("0"))
    return "exact" if -bound <= value <= bound - 1 and digits <= 18 else "beyond"


def moment_class(name: str, text: str) -> str:
    if text in ILL_FORMED[name] or text == BEYOND[name]:
        return "other" if text in ILL_FORMED[name] else "beyond"
    try:
        zone = datetime.fromisoformat(split_zone(text)[0]) and split_zone(text)[1]
    except ValueError:
        return "other"
    return f"{name}Zoned" if zone else name


def split_zone(text: str) -> tuple[str, str]:
    if text.endswith("Z"):
        return text[:-1], "Z"
    return (text[:-6], text[-6:]) if text[-6:-5] in ("+", "-") and text[-3] == ":" else (text, "")


def value_of(name: str, row: Row) -> object:
    """What the terms of a class are sorted by."""
    if name == "exact":
        return Decimal(row.lexical)
    if name in ("float", "double"):
        number = float(row.lexical.lower())
        return ctypes.c_float(number).value if name == "float" else number
    if name.startswith("date"):
        plain, zone = split_zone(row.lexical)
        shift = timedelta() if zone in ("", "Z") else timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
        moment = datetime.fromisoformat(plain).replace(tzinfo=UTC)
        return moment + shift if zone[:1] == "-" else moment - shift
    return {"blank": row.lexical, "iri": row.lexical, "string": row.lexical, "tagged": (row.language, row.lexical)}.get(
        name, (row.datatype, row.lexical) if name == "other" else 0
    )


# What "<" compares with each other.
FAMILIES: Final = (
    *(("blank",), ("iri",), ("exact",), ("exact", "float", "double"), ("string",)),
    *(("dateTime", "dateTimeZoned"), ("date", "dateZoned")),
)
BOOLEANS: Final = {"false": False, "0": False, "true": True, "1": True}


@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(TERM, min_size=30, max_size=120), st.sampled_from(["ASC", "DESC"]))
def test_solutions_stand_in_the_order_of_their_values(terms: list[pyoxigraph.Literal], order: str) -> None:
    known = [term for term in terms if not isinstance(term, pyoxigraph.Literal) or class_of(row_of(term)) != "beyond"]
    with open_columns(triples(known), threads=1) as db:
        found = answer(db, f"SELECT ?o {{ ?s ?p ?o }} ORDER BY {order}(?o)")
        quads = db.execute("SELECT count(*) FROM quad").fetchone()

    assert isinstance(found, Solutions)
    ordered = [Row(*row[0]) for row in found.rows[:: 1 if order == "ASC" else -1] if row[0]]
    assert quads == (len(ordered),)
    assert [row.kind for row in ordered] == sorted(row.kind for row in ordered)
    for family in FAMILIES:
        members = [row for row in ordered if class_of(row) in family]
        # A number that is exact is compared with others as they are: as a double.
        values = [value_of(class_of(row), row) for row in members]
        values = list(map(float, values)) if "float" in family else values  # type: ignore[arg-type]
        assert values == sorted(values)  # type: ignore[type-var]
    truths = [BOOLEANS[row.lexical] for row in ordered if row.datatype == XSD + "boolean" and row.lexical in BOOLEANS]
    assert truths == sorted(truths)


@pytest.mark.parametrize("beyond", [typed("9" * 39, "integer"), typed(BEYOND["date"], "date")])
def test_what_has_no_place_among_others_is_not_put_in_order(beyond: pyoxigraph.Literal) -> None:
    data = triples([typed("1", "integer"), beyond])
    with open_columns(data, threads=1) as db, pytest.raises(QueryUnsupportedError, match="exactly"):
        answer(db, "SELECT ?o { ?s ?p ?o } ORDER BY ?o")


def test_durations_stand_in_the_order_of_their_lengths_before_what_is_compared_with_nothing() -> None:
    durations = [
        *(("-P1Y", "duration"), ("-P40D", "duration"), ("-PT0.5S", "dayTimeDuration"), ("P0M", "yearMonthDuration")),
        *(("PT5M", "duration"), ("P1DT1.5S", "duration"), ("PT36H", "dayTimeDuration"), ("P2D", "duration")),
        *(("P10D", "duration"), ("P1M", "duration"), ("P13M", "yearMonthDuration"), ("P2Y1M2DT3H4M5S", "duration")),
    ]
    others = [("2020", "gYear"), ("12:00:00", "time")]
    with open_columns(triples([typed(*pair) for pair in others + durations[::-1]]), threads=1) as db:
        found = answer(db, "SELECT ?o { ?s ?p ?o } ORDER BY ?o")

    assert isinstance(found, Solutions)
    assert [row[0] and row[0].lexical for row in found.rows] == [text for text, _ in durations + others]


@pytest.mark.parametrize("order", ["?n ?m", "(?n + 0) ?m"])
def test_what_is_equal_leaves_the_order_to_the_next_key(order: str) -> None:
    number, double = f"<{XSD}integer>", f"<{XSD}double>"
    lines = [
        f'<a:1> <a:n> "1"^^{number} .\n<a:1> <a:m> "1"^^{number} .\n',
        f'<a:2> <a:n> "1.0E0"^^{double} .\n<a:2> <a:m> "2"^^{number} .\n',
        f'<a:3> <a:n> "01"^^{number} .\n<a:3> <a:m> "3"^^{number} .\n',
        f'<a:4> <a:n> "0.5"^^{double} .\n<a:4> <a:m> "9"^^{number} .\n',
    ]
    with open_columns("".join(lines).encode(), threads=1) as db:
        found = answer(db, f"SELECT ?s {{ ?s <a:n> ?n ; <a:m> ?m }} ORDER BY {order}")

    assert isinstance(found, Solutions)
    assert [row[0] and row[0].lexical for row in found.rows] == ["a:4", "a:1", "a:2", "a:3"]


SOME: Final = """\
<a:s> <a:p> "2022-06-15"^^<http://www.w3.org/2001/XMLSchema#date> .
<a:s> <a:p> "2022-06-14"^^<http://www.w3.org/2001/XMLSchema#date> .
<a:s> <a:p> "2022-06-16"^^<http://www.w3.org/2001/XMLSchema#date> .
<a:s> <a:p> "2022-06-15Z"^^<http://www.w3.org/2001/XMLSchema#date> .
<a:s> <a:p> "P1D"^^<http://www.w3.org/2001/XMLSchema#duration> .
<a:s> <a:p> "2022-06-13" .
"""


@pytest.fixture(scope="module")
def some() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_columns(SOME.encode(), threads=1) as db:
        yield db


def test_a_comparison_with_a_constant_is_a_range_of_ids(some: duckdb.DuckDBPyConnection) -> None:
    until = """
        SELECT first_id, (SELECT coalesce(max(id), first_id - 1) FROM value
            WHERE id BETWEEN first_id AND last_id AND us <= epoch_us(DATE '2022-06-15'))
        FROM run WHERE class = 'date'"""
    ((first, last),) = some.execute(until).fetchall()

    found = some.execute("SELECT lexical FROM term WHERE id BETWEEN ? AND ? ORDER BY id", [first, last]).fetchall()
    assert found == [("2022-06-14",), ("2022-06-15",)]


def test_what_the_columns_do_not_compare_is_told(some: duckdb.DuckDBPyConnection) -> None:
    beyond = "SELECT lexical FROM term JOIN run ON id BETWEEN first_id AND last_id WHERE class = 'beyond'"
    assert some.execute(beyond).fetchall() == [("P1D",)]


def test_the_default_graph_comes_first_and_a_predicate_of_it_is_one_run() -> None:
    lines = [f"<a:{s}> <a:{p}> <a:{o}> {g}.\n" for s in "xyz" for p in "pq" for o in "xyz" for g in ("", "<a:g> ")]
    with open_columns("".join(sorted(lines, reverse=True)).encode()) as db:
        rows = db.execute("SELECT g <> 0, p, s, o, g FROM quad").fetchall()
    assert rows == sorted(rows)
    assert len(rows) == len(lines)
