"""Expressions of every function, one around the other, on terms of every kind at once: Oxigraph's values, or refused.

``test_compile_oxigraph.py`` draws queries whose terms are of one kind, and ``test_compile_functions.py`` asks each
function alone; here any function gets what any other gives. A case is an expression on some solutions; there are half
as many as random queries (``random_cases``).
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
import pytest
from hypothesis import strategies as st

from kg.columns.compile import Solutions, compile, run_compiled  # noqa: A004
from kg.errors import QueryUnsupportedError
from tests.random_cases import CASES, try_cases
from tests.random_expressions import filled, for_columns, for_oxigraph, less, zone
from tests.random_queries import DATES, WORDS, XSD, term, typed
from tests.refilled import Refilled
from tests.solutions import canonical, of_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HALF: Final = CASES // 2
EXPRESSIONS: Final = 10
SOLUTIONS: Final = 5
ANSWERED_SHARE: Final = 0.55
LINKS: Final = ("urn:a", "urn:b", "urn:c")
PATTERN: Final = "?r <urn:a> ?a ; <urn:b> ?b ; <urn:c> ?c"
QUERIES: Final = [
    f"SELECT ?r ({{e}} AS ?x) {{ {PATTERN} }}",
    f"SELECT ?r ({{e}} AS ?x) {{ {PATTERN} }}",
    f"SELECT ?r ?x {{ {PATTERN} FILTER({{b}}) }}",
    "SELECT ?r ?x { ?r <urn:a> ?a OPTIONAL { ?r <urn:b> ?b FILTER({b}) } ?r <urn:c> ?c BIND({e} AS ?x) }",
]
TERMS: Final = [
    *WORDS, *DATES,
    *(f'"{text}"' for text in ["ab", "abc", "aaa", "foo bar", "\u00df", "\u017f", "\u212a", "\u0130", "\u0131"]),
    *(f'"{text}"' for text in ["\u03a3\u03c2", "\ufb01", "a.b", "a*", "(", "[a-z]", "\\\\d", "$1", "a%20b"]),
    *(f'"{text}"' for text in ["http://example.org/a", "01", "-0", "1e0", "INF", "\\t", "\u200d", "\u65e5", "\u00a0"]),
    *('"abc"@en-US', '"\u00e9"@de', '"ab"@en'),
    *typed("integer", "0", "1", "-1", "2", "3", "10", "123456789012", "x", "1.0"),
    *typed("decimal", "0", "1.5", "-1.5", "2.5", "0.5", "-0.5", "1.1", "123456789.123456789", "0.001", "1e0"),
    *typed("double", "0.0E0", "1.0E0", "1.5E0", "-2.5E0", "NaN", "INF", "-INF", "0.1E0", "x"),
    *typed("float", "0.0E0", "1.5E0", "NaN", "-INF"),
    *typed("boolean", "true", "false", "x"),
    *typed("dateTime", "2020-01-01T00:00:00", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00+14:00"),
    *typed("dateTime", "2020-02-29T23:59:59.999", "2019-02-29T00:00:00", "2020-01-01T12:34:56.789-05:30"),
    *typed("dateTime", "2020-01-01T00:00:60", "x", "1969-12-31T23:59:59.5Z", "-0001-01-01T00:00:00"),
    *typed("dateTime", "0000-01-01T00:00:00Z"),
    *typed("date", "2020-01-01Z", "2020-01-01+05:00", "2020-12-31", "0001-01-01", "2019-12-31-14:00"),
    *typed("time", "12:00:00"), *typed("gYear", "2020", "x"), *typed("duration", "P1D"),
    *typed("dayTimeDuration", "PT1H"), *typed("anyURI", "a"), *typed("token", "a"), *typed("hexBinary", "AA"),
    '"a"^^<http://example.org/own>', "_:x", "<http://example.org/a>", "<http://example.org/\u00e9?a=b#c>",
]  # fmt: skip
NUMERALS: Final = ["0", "1", "2", "3", "-1", "1.5", "-0.5", "0.5", "100"]
REGEXES: Final = [
    *["a", "^a", "a$", "^$", ".", "a.b", "[a-c]+", "\\\\d+", "\\\\s", "(a)(b)", "(a|b)*", "a{2}", "a{1,}", "[^a]"],
    *["\\\\.", "a?", "(a", "*", "[", "^a|b$", "a*?", "\\\\n", "\\\\$", "\\\\-", "\\\\D", "[\\\\d]", "[.]", "[\\\\w-]"],
    *["\\\\p{Lu}", "(?i)a", "(a)\\\\1", "[a-z-[b]]", "\\\\i\\\\c*", "\u00e4", "\U0001f600"],
]  # fmt: skip
# Nobody says in which lexical form a computed double is a text.
TEXT: Final = f'IF(DATATYPE({{e}}) IN (<{XSD}double>, <{XSD}float>), "", STR({{e}}))'
ANY: Final = [
    *(f"({{e1}} {sign} {{e2}})" for sign in ("+", "-", "*", "/", "+", "*", "=", "!=")),
    *(less("{e1}", sign, "{e2}") for sign in ("<", ">", "<=", ">=")),
    *["(- {e})", "IF({b}, {e1}, {e2})", "COALESCE({e1}, {e2})", "sameTerm({e1}, {e2})"],
    *["({e1} IN ({e2}, {e3}))", "({e1} NOT IN ({e2}, {e3}))", TEXT],
    *(f"{name}({{e}})" for name in ("isIRI", "isBLANK", "isLITERAL", "isNUMERIC", "LANG", "DATATYPE", "STRLEN")),
    *(f"{name}({{e}})" for name in ("UCASE", "LCASE", "ENCODE_FOR_URI", "MD5", "SHA1", "SHA256", "IRI")),
    *(f"{name}({{e}})" for name in ("ABS", "ROUND", "CEIL", "FLOOR", "YEAR", "MONTH", "DAY")),
    *(f"{name}({{e}})" for name in ("HOURS", "MINUTES", "SECONDS")),
    *(f"xsd:{name}({{e}})" for name in ("integer", "decimal", "double", "float", "boolean", "dateTime", "date")),
    *["xsd:string({t})", zone("TZ", "{e}"), zone("TIMEZONE", "{e}"), "IRI({t})"],
    *(f"STRDT({{t}}, xsd:{name})" for name in ("integer", "string", "date", "double")),
    *(f'STRLANG({{t}}, "{tag}")' for tag in ("en", "de-AT", "", "x y")),
    *["SUBSTR({e}, {i})", "SUBSTR({e}, {i1}, {i2})", "SUBSTR({e1}, {e2})"],
    *(f"{name}({{e1}}, {{e2}})" for name in ("CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER", "CONCAT")),
    *["CONCAT({e1}, {e2}, {e3})", "LANGMATCHES(LANG({e1}), {e2})"],
    *(f'LANGMATCHES({{e}}, "{tag}")' for tag in ("*", "en", "EN-US", "e", "")),
    *['REGEX({e}, "{p}")', 'REGEX({t}, "{p}", "{f}")', "REGEX({e1}, {e2})"],
    *['REPLACE({e}, "{p}", "{w}")', 'REPLACE({e}, "{p}", "{w}", "{f}")', "REPLACE({e1}, {e2}, {e3})"],
]  # fmt: skip
# Oxigraph has no boolean value of some literals that have one (test_compile_differences.py).
BOOLEANS: Final = [
    *["BOUND({v})", "isIRI({e})", "isNUMERIC({e})", "({e1} = {e2})", "({e1} != {e2})", "CONTAINS({e1}, {e2})"],
    *["(! {b})", "({b1} && {b2})", "({b1} || {b2})"],
]  # fmt: skip


FIXED: Final = {
    "v": st.sampled_from(["?a", "?b", "?c"]),
    "i": st.sampled_from(NUMERALS),
    "p": st.sampled_from(REGEXES),
    "f": st.sampled_from(["", "i", "s", "m", "x", "q", "is", "z"]),
    "w": st.sampled_from(["", "x", "$1", "$0", "$2$1", "\\\\$", "$", "\\\\\\\\", "$10"]),
}
DEPTH: Final = 4


def queries() -> st.SearchStrategy[str]:
    """Queries with up to ``DEPTH`` functions around a term, which is a variable more often than not."""
    constants = [text for text in TERMS if not text.startswith("_:")] + NUMERALS
    parts: dict[str, st.SearchStrategy[str]] = {
        **FIXED,
        "e": st.sampled_from([*["?a", "?b", "?c"] * len(constants), *constants]),
        "b": filled(["BOUND({v})", "({v} = {i})"], FIXED),
        "t": filled(["LANG({v})"], FIXED),
    }
    made = []
    for _ in range(DEPTH):
        outer = {"b": filled(BOOLEANS, parts), "e": filled(ANY, parts), "t": filled([TEXT], parts)}
        made.append(filled(QUERIES, {**FIXED, **outer}))
        parts = {**FIXED, **{letter: st.one_of(parts[letter], outer[letter]) for letter in outer}}
    return st.one_of(made)


def quads(rows: Iterable[tuple[str, str, str]]) -> list[ox.Quad]:
    """Each row as the three values of a node."""
    return [
        ox.Quad(ox.NamedNode(f"urn:r:{number}"), ox.NamedNode(link), term(text))  # type: ignore[arg-type]
        for number, row in enumerate(rows)
        for link, text in zip(LINKS, row, strict=True)
    ]


@pytest.fixture(scope="module")
def columns() -> Iterator[Refilled]:
    with closing(Refilled(quads((text, text, text) for text in TERMS))) as refilled:
        yield refilled


def test_any_expression_that_is_accepted_has_oxigraphs_values(columns: Refilled) -> None:
    found: Counter[str] = Counter()
    texts = st.sampled_from(TERMS)
    rows = st.lists(st.tuples(texts, texts, texts), min_size=SOLUTIONS, max_size=SOLUTIONS)
    asked = st.lists(queries(), min_size=EXPRESSIONS, max_size=EXPRESSIONS)

    def check(rows: list[tuple[str, str, str]], asked: list[str]) -> None:
        db, store = columns.fill(quads(rows)), ox.Store()
        store.extend(quads(rows))
        for text in asked:
            query = f"PREFIX xsd: <{XSD}> {text}"
            found["asked"] += 1
            try:
                got = run_compiled(db, compile(for_columns(query)))
            except QueryUnsupportedError:
                continue
            assert isinstance(got, Solutions)
            found["answered"] += 1
            places = [got.variables.index(name) for name in "rx"]
            ours = {tuple(canonical(of_columns(row[place])) for place in places) for row in got.rows}
            theirs = {tuple(map(canonical, row)) for row in store.query(for_oxigraph(query))}
            assert ours == theirs, for_columns(query)

    try_cases(check, rows, asked, cases=HALF, each=EXPRESSIONS)

    assert found["asked"] >= HALF
    assert found["answered"] >= ANSWERED_SHARE * found["asked"], found
