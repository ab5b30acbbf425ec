"""A grammar of SPARQL 1.1 over the project's vocabulary and over adversarial terms, and of datasets for it.

Each example draws a kind of literals ("numbers", "dates" …) of which its data and the constants of its query are made:
terms of one kind meet often, and what the W3C's text leaves open, or what Oxigraph is known to do otherwise
(``test_compile_differences.py``), does not meet at all.
"""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import pyoxigraph as ox
from hypothesis import strategies as st

from kg.vocab import CLAIM, HAB, ID
from tests.random_expressions import CASTS, EXACT, Expressions, count, filled, less
from tests.random_paths import Path, alternative, closure, inverse, sequence, without

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = TypeVar("Made")

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
PROV: Final = "http://www.w3.org/ns/prov#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAMED: Final = {"hab": HAB, "prov": PROV, "rdf": RDF}
PREFIXES: Final = " ".join(f"PREFIX {p}: <{iri}>" for p, iri in {**_NAMED, "id": ID, "xsd": XSD}.items()) + "\n"
_PLAIN: Final = "?x prov:wasDerivedFrom ?y ."
# A path of no steps, or one of several of which one may be.
_OPEN_PATH: Final = re.compile(r"\)[*?]")


def typed(name: str, *lexical: str) -> list[str]:
    """Literals of one datatype of XSD."""
    return [f'"{form}"^^<{XSD}{name}>' for form in lexical]


WORDS: Final = [
    '"a"', '"b"', '""', '"a"@en', '"a"@en-us', '"b"@be', '""@en', '"A"', '"\u00e9\U0001f600"', '"e\u0301"', '"aba"',
    '" a "', '"<http://example.org/a>"', '"_:a"', '"\\"a\\"@en"', '"\\\\"', '"a\\nb\\tc"', '"\\u0001"',
    "\"it's; DROP TABLE term --\"", '"%_"', '"$1 ? {0}"', '"\u202ea"', '"\u0410\u043b\u0435\u0441\u044c"@be',
    '"1"', '"true"', '"2020-01-01"', '"NaN"',
]  # fmt: skip
NUMBERS: Final = [
    *typed("integer", "0", "1", "2", "-3", "10", "99999999", "9007199254740993"),
    *typed("decimal", "1.5", "-0.25", "2", "0.000000000000000001", "1234567890.5"),
    *typed("double", "1.0E0", "2.5E0", "-1.0E3", "1.0E300", "INF", "-INF", "NaN", "-0.0E0"),
    *typed("float", "0.5E0", "3.0E0", "INF", "NaN"),
]
DISTINCT_NUMBERS: Final = [
    *typed("integer", "1", "2", "-3", "10", "99999999"),
    *typed("decimal", "1.5", "-0.25", "1234567890.5"),
    *typed("double", "2.5E0", "-1.0E3", "7.0E0"),
]
EXACT_NUMBERS: Final = [
    *typed("integer", "0", "1", "2", "3", "-3", "10", "99999999"),
    *typed("decimal", "1.5", "-0.25", "0.5", "2.5", "-2.5", "1234567890.5", "0.000001"),
]
DATES: Final = [
    *typed("date", "2020-01-01", "2020-01-02", "2020-02-29", "1999-12-31", "2022-06-15"),
    *typed("date", "2021-02-29", "2020-13-01", "2020-1-1"),
]  # fmt: skip
LOCAL: Final = [
    *DATES,
    *typed("dateTime", "2020-01-01T00:00:00", "2020-01-01T12:00:00", "2020-01-01T12:00:00.5", "2022-06-15T23:59:59"),
    *typed("dateTime", "2020-01-01T25:00:00", "2020-01-01"),
]  # fmt: skip
ZONED: Final = [
    *typed("date", "2020-01-01Z", "2020-01-01+14:00", "2019-12-31-10:00", "2022-06-15+03:00", "2020-01-01+15:00"),
    *typed("dateTime", "2020-01-01T00:00:00Z", "2019-12-31T19:00:00-05:00", "2020-01-01T12:00:00.25+05:30"),
    *typed("dateTime", "2022-06-15T23:59:59Z", "2020-01-01T12:00:00+14:00", "2020-01-01T12:00:00+14:01"),
]
ODD: Final = [
    *typed("boolean", "true", "false", "maybe", "TRUE"),
    *typed("integer", "x", "", "1.0", " 1"), *typed("decimal", "1e0"), *typed("date", ""),
    '"a"^^<http://example.org/own>', '"b"^^<http://example.org/own>', '"1"^^<http://example.org/own>', '""^^<http://example.org/own>',
    '"a"', '"b"@en', *typed("integer", "1"),
]  # fmt: skip
# The kinds in which all literals that compare as equal are one term, and each two can be compared, so that MIN, MAX and
# SAMPLE have one answer: which is less, a date or a dateTime, nobody says.
CLEAR: Final = ("distinct numbers", "exact", "dates")
KINDS: Final = {
    "words": WORDS, "numbers": NUMBERS, "distinct numbers": DISTINCT_NUMBERS, "exact": EXACT_NUMBERS,
    "dates": DATES, "local": LOCAL, "zoned": ZONED,
    "odd": ODD, "mixed": [*WORDS[:6], *NUMBERS[:9], *LOCAL[:4], *ODD[:6]],
}  # fmt: skip
ABSENT: Final = {
    "words": ['"absent"', '"absent"@en'], "numbers": typed("integer", "7777"),
    "distinct numbers": typed("decimal", "77.75"), "exact": typed("integer", "78"),
    "dates": typed("date", "2001-07-07"), "local": typed("date", "2001-07-07"),
    "zoned": typed("dateTime", "2001-07-07T07:07:07Z"), "odd": typed("byte", "y"),
    "mixed": ['"absent"^^<http://example.org/own>'],
}  # fmt: skip

NODES: Final = [f"<{ID}{name}>" for name in ("detention/1", "detention/2", "person/1")]
BLANK: Final = ["_:x", "_:y"]
CLAIMS: Final = [f"<{CLAIM}{name}>" for name in ("1", "2")]
LINKS: Final = ["hab:startedBy", "hab:affects", "rdf:type", "prov:wasDerivedFrom"]
VALUES: Final = ["hab:notBefore", "hab:notAfter"]
NOWHERE: Final = f"<{ID}nowhere>"


@functools.cache
def term(text: str) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """The term that a text of N-Triples, or a prefixed name of ours, is."""
    prefix, _, name = text.partition(":")
    if prefix in _NAMED:
        return ox.NamedNode(_NAMED[prefix] + name)
    line = f"<urn:s> <urn:p> {text} .".encode()
    found = next(iter(ox.parse(line, format=ox.RdfFormat.N_QUADS))).object
    assert not isinstance(found, ox.Triple)
    return ox.BlankNode(text[2:]) if isinstance(found, ox.BlankNode) else found


# Quads: subject, predicate, object, graph ("" for the default).
Rows = tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class Example:
    """Some queries, and some datasets on which each of them is to be asked."""

    kind: str
    queries: tuple[str, ...]
    datasets: tuple[Rows, ...]


def quad(subject: str, predicate: str, value: str, graph: str) -> ox.Quad:
    """A quad of texts."""
    terms = [term(text) for text in (subject, predicate, value)]
    name = ox.NamedNode(graph[1:-1]) if graph else ox.DefaultGraph()
    return ox.Quad(*terms, name)  # type: ignore[arg-type]  # the texts are chosen so that they fit


def all_quads() -> list[ox.Quad]:
    """Quads with every term that a dataset can hold."""
    literals = {literal for kind in KINDS.values() for literal in kind}
    nodes = [*NODES, *BLANK, *CLAIMS]
    return [
        *(quad(node, link, node, graph) for node in nodes for link in (*LINKS, *VALUES) for graph in ("", *CLAIMS)),
        *(quad(NODES[0], VALUES[0], literal, "") for literal in sorted(literals)),
    ]


VALUED: Final = [
    "?x hab:notBefore ?y . ?t hab:notAfter ?z .",
    "?x hab:notBefore ?y . ?x ?p ?z .",
    "?x hab:notBefore ?y . OPTIONAL { ?x hab:notAfter ?z }",
    "?x hab:notAfter ?y . GRAPH ?g { ?t hab:notBefore ?z . }",
]
# Of these, ``filled`` makes queries: p a pattern, s an exact number, d DISTINCT or nothing, c a cast, the others as of
# ``Expressions``.
COMPUTED: Final = [
    *["SELECT ?x ?y ?z ({e} AS ?w) { {p} }", "SELECT ?y ({n} AS ?w) ({t} AS ?v) { {p} FILTER({b}) }"] * 2,
    *["SELECT ?x ?y ?z { {p} FILTER({b}) }", "SELECT * { {p} BIND({e} AS ?n) FILTER({b}) }"] * 2,
    *["SELECT ?y (({n1} + {n2} - {i}) AS ?w) { {p} }"] * 3,
    "SELECT DISTINCT ({e} AS ?w) { {p} }",
    "SELECT ?y ({e} AS ?w) { {p} } ORDER BY ASC(?w)",
    "SELECT ?x ?y { {p} } ORDER BY DESC({n})",
    f"SELECT ?k ({count('{e1}')} AS ?c) {{ {{p}} }} GROUP BY (COALESCE({{e2}}) AS ?k) HAVING({count('{t}')} > {{i}})",
    f"SELECT ?x ({count('{e}', 'DISTINCT ')} AS ?c) {{ {{p}} }} GROUP BY ?x",
    "SELECT ?x (STRLEN(GROUP_CONCAT({d}{t})) AS ?c) { {p} } GROUP BY ?x",
    f"SELECT ?x {{ {{p}} }} GROUP BY ?x HAVING({count('{n}')} + {{i}} > {count('{t}', 'DISTINCT ')})",
    "SELECT ?y ?z ({c} AS ?w) { {p} }",
]
COMPUTED_SUMS: Final = [
    "SELECT ?x (SUM({d}{s}) AS ?c) (AVG({s2}) * {i} AS ?a) { {p} } GROUP BY ?x",
    "SELECT ?x (IF(AVG({s}) = {i}, SUM({s}), COUNT(*)) AS ?c) { {p} } GROUP BY ?x",
]
COMPUTED_EXTREMES: Final = [
    'SELECT ?x ((MIN({s}) + "0"^^xsd:double) AS ?c) (MAX(?y) AS ?a) { {p} } GROUP BY ?x',
]

one = st.sampled_from
VARIABLE: Final = one(["?x", "?y", "?z"])


def _rows(kind: str) -> list[tuple[str, str, str, str]]:
    """All quads that a dataset may hold; those of the default graph and those with literals more often."""
    nodes = [*NODES[:2], *BLANK]
    places = ["", "", "", *CLAIMS]
    linked = list(itertools.product(nodes, LINKS, nodes, places))
    valued = list(itertools.product(nodes, VALUES, KINDS[kind], places))
    sourced = list(itertools.product(CLAIMS, LINKS[3:], nodes, [""]))
    return [
        *linked,
        *valued * max(1, 2 * len(linked) // len(valued)),
        *sourced * max(1, len(linked) // len(sourced) // 3),
    ]


def datasets(kind: str) -> st.SearchStrategy[Rows]:
    """Small datasets whose literals are of one kind."""
    return st.lists(one(_rows(kind)), min_size=6, max_size=14).map(lambda rows: tuple(dict.fromkeys(rows)))


def nested(
    base: st.SearchStrategy[Made], extend: Callable[[st.SearchStrategy[Made]], st.SearchStrategy[Made]], depth: int
) -> st.SearchStrategy[Made]:
    """What ``base`` gives, and what is built of that, up to a depth."""
    found = base
    for _ in range(depth):
        found = st.one_of(base, extend(found))
    return found


class Grammar:
    """The queries for data of one kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.expressions = Expressions(kind, KINDS[kind])
        # A blank node or a language in small letters only is no constant of a query.
        self.literal = one([*KINDS[kind], *ABSENT[kind]])
        self.operand = st.one_of(VARIABLE, VARIABLE, VARIABLE, self.literal, one([NODES[0], CLAIMS[0], NOWHERE]))
        self.condition = nested(self._test(), self._logical, 2)
        self.basic = st.lists(self._triple(), min_size=1, max_size=3).map(" ".join)
        small, large = (nested(self.basic, self._around, depth) for depth in (1, 2))
        self.pattern = st.one_of(small, small, large)
        # Oxigraph counts what blank nodes stand for, too: see the differences.
        self.query = self._queries().map(
            lambda text: text.replace("COUNT(DISTINCT *)", "COUNT(*)") if "[]" in text else text
        )

    def _triple(self) -> st.SearchStrategy[str]:
        link = one([*LINKS, "hab:startedBy", "hab:startedBy", "hab:affects"])
        # A path of no steps has no end that the data may lack: see the differences.
        stepping, any_path = (self._path(st.one_of(link, link, one(VALUES)), signs) for signs in ("+", "+*?"))
        negated = one([without([*LINKS, *VALUES], names) for names in (LINKS[:2], VALUES[:1])])
        end = one([*["?x", "?y", "?z"] * 6, NODES[0], NODES[1], NODES[2], NOWHERE, "[]"])
        value = st.one_of(*[VARIABLE] * 6, self.literal)
        triple = "{} {} {} .".format
        return st.one_of(
            st.builds(triple, end, link, end),
            st.builds(triple, end, one(VALUES), value),
            st.builds(triple, end, one(VALUES), value),
            st.builds(Path.between, negated, end, end),
            st.builds(Path.between, stepping, end, end),
            st.builds(Path.between, any_path, VARIABLE, VARIABLE),
            st.builds(triple, end, one(["?p", "?x"]), value),
        )

    def _path(self, link: st.SearchStrategy[str], signs: str) -> st.SearchStrategy[Path]:
        steps = link.map(lambda name: Path(name, (name,)))

        def longer(inner: st.SearchStrategy[Path]) -> st.SearchStrategy[Path]:
            return st.one_of(
                st.builds(sequence, inner, inner),
                st.builds(alternative, inner, inner),
                st.builds(inverse, inner),
                st.builds(closure, inner, one(list(signs))),
            )

        return nested(steps, longer, 2)

    def _test(self) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("({} {} {})".format, self.operand, one(["=", "!="]), self.operand),
            st.builds(less, self.operand, one(["<", ">", "<=", ">="]), self.operand),
            st.builds("BOUND({})".format, VARIABLE),
            st.builds("{}({})".format, one(["isIRI", "isBLANK", "isLITERAL", "isNUMERIC"]), VARIABLE),
            st.builds("sameTerm({}, {})".format, self.operand, self.operand),
            st.builds("({} {}IN ({}, {}))".format, VARIABLE, one(["", "NOT "]), self.operand, self.operand),
            st.builds("LANGMATCHES(LANG({}), {})".format, VARIABLE, one(['"*"', '"en"', '"EN-us"'])),
            st.builds("EXISTS {{ {} {} {} }}".format, VARIABLE, one([*LINKS, *VALUES]), VARIABLE),
        )

    def _logical(self, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("({} {} {})".format, inner, one(["&&", "||"]), inner),
            inner.map("(! {})".format),
            st.builds("COALESCE({}, {})".format, inner, one(["true", "false"])),
        )

    def _around(self, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        """Patterns made of patterns."""
        values = st.lists(st.builds("({} {})".format, self._datum(), self._datum()), max_size=3).map(" ".join)
        fresh = one(["?n", "?m", "?k"])
        filtered = st.builds("{} FILTER({})".format, self.basic, self.condition)
        # See the differences: a sub-select, a GRAPH with a name and MINUS inside of GRAPH ?g; any GRAPH inside of one
        # that may not be there. Another pattern takes their place (a filter says what it has left out, at length).
        apart = ("SELECT", "GRAPH <", "MINUS")
        unnamed = inner.map(lambda pattern: _PLAIN if any(word in pattern for word in apart) else pattern)
        alone = inner.map(lambda pattern: _PLAIN if "SELECT" in pattern or "GRAPH" in pattern else pattern)
        # The same: what is joined from the one side is seen by an EXISTS of the other.
        closed = inner.map(lambda pattern: _PLAIN if "EXISTS" in pattern else pattern)
        # And a path of no steps inside of EXISTS, from or to what is bound outside of it.
        tested, tested_alone = (
            part.map(lambda pattern: _PLAIN if _OPEN_PATH.search(pattern) else pattern) for part in (inner, filtered)
        )
        constant = st.builds("GRAPH {} {{ {} }}".format, one([*CLAIMS[:2], NOWHERE]), alone)
        in_graph = st.builds("GRAPH ?g {{ {} }}".format, unnamed) | constant
        first = "{{ SELECT DISTINCT ?x {{ {} FILTER(isIRI(?x)) }} ORDER BY {}(?x) LIMIT {} }}"
        return st.one_of(
            st.builds("{} FILTER({})".format, inner, self.condition),
            st.builds("{} OPTIONAL {{ {} }}".format, inner, closed),
            st.builds("{} OPTIONAL {{ {} FILTER({}) }}".format, inner, closed, self.condition),
            st.builds("{{ {} }} UNION {{ {} }}".format, inner, inner),
            st.builds("{{ {} }} {{ {} }}".format, closed, closed),
            st.builds("{} MINUS {{ {} }}".format, inner, inner),
            st.builds("{} FILTER {}EXISTS {{ {} }}".format, inner, one(["", "NOT "]), tested),
            st.builds("{} FILTER {}EXISTS {{ {} }}".format, inner, one(["", "NOT "]), tested_alone),
            st.builds("{{ {} }} {}".format, closed, in_graph),
            in_graph,
            st.builds("GRAPH ?g {{ {} }} ?g prov:wasDerivedFrom {} .".format, self.basic, VARIABLE),
            st.builds("{{ {} }} VALUES (?x {}) {{ {} }}".format, closed, one(["?y", "?z"]), values),
            st.builds("{{ SELECT DISTINCT ?x ?y {{ {} }} }}".format, inner),
            st.builds("{{ SELECT ?x (COUNT(*) AS {}) {{ {} }} GROUP BY ?x }}".format, fresh, inner),
            st.builds(first.format, self.basic, one(["ASC", "DESC"]), one([0, 1, 2])),
            st.builds("{{ {} }} BIND({} AS {})".format, inner, self._term(), fresh),
        )  # fmt: skip

    def _datum(self) -> st.SearchStrategy[str]:
        return st.one_of(one(["UNDEF", NODES[0], NODES[1], NOWHERE]), self.literal)

    def _term(self) -> st.SearchStrategy[str]:
        return st.one_of(
            self.operand,
            st.builds("COALESCE({}, {})".format, VARIABLE, self.operand),
            st.builds("IF({}, {}, {})".format, self.condition, self.operand, self.operand),
            # Nobody says in which lexical form a double is held.
            st.builds("{}({})".format, one(["STR", "LANG", "DATATYPE"][self.kind.endswith("numbers") :]), VARIABLE),
            self.condition,
        )

    def _queries(self) -> st.SearchStrategy[str]:
        """Whole queries."""
        return st.one_of(
            st.builds("SELECT ?x ?y ?z ?g {{ {} }}".format, self.pattern),
            st.builds("SELECT ?x ?y ?z ?n {{ {} }}".format, self.pattern),
            st.builds("SELECT * {{ {} }}".format, self.pattern),
            st.builds("SELECT ?x ?y ({} AS ?w) {{ {} }}".format, self._term(), self.pattern),
            st.builds("SELECT DISTINCT ?x ?y {{ {} }}".format, self.pattern),
            st.builds("SELECT ?x ?y {{ {} }} ORDER BY {}(?y)".format, self.pattern, one(["ASC", "DESC"])),
            self._grouped(),
            st.builds("ASK {{ {} }}".format, self.pattern),
            st.builds("CONSTRUCT {{ ?x hab:affects ?y . ?y ?p [ hab:notBefore ?z ] }} {{ {} }}".format, self.pattern),
            *(self._computed() for _ in range(3)),
        )

    def _computed(self) -> st.SearchStrategy[str]:
        """Expressions at each place where there may be one."""
        found = self.expressions
        exact = st.one_of(found.first["n"], filled(EXACT, found.first))
        parts = {
            **{letter: found.of(letter) for letter in "ntbe"},
            "p": st.one_of(one(VALUED), one(VALUED), self.basic),
            "s": exact,
            "i": found.first["i"],
            "d": one(["", "DISTINCT "]),
            "c": filled(CASTS, found.first),
        }
        lines = COMPUTED + (COMPUTED_SUMS if self.kind != "numbers" else [])
        return filled(lines + (COMPUTED_EXTREMES if self.kind in CLEAR else []), parts)

    def _grouped(self) -> st.SearchStrategy[str]:
        column = one(["?y", "?z"])
        counts = st.builds("COUNT({}{})".format, one(["", "DISTINCT "]), column)
        aggregates = [st.one_of(counts, one(["COUNT(*)", "COUNT(DISTINCT *)"]))]
        if self.kind in CLEAR:
            aggregates.append(st.builds("{}({})".format, one(["MIN", "MAX"]), column))
        if self.kind != "numbers":
            aggregates.append(st.builds("{}({}{})".format, one(["SUM", "AVG"]), one(["", "DISTINCT "]), column))
        aggregates.append(
            st.builds("STRLEN(GROUP_CONCAT({}{}; SEPARATOR=', '))".format, one(["", "DISTINCT "]), column)
        )
        aggregate = st.one_of(aggregates)
        by_value = "SELECT ?k ({} AS ?c) {{ {} }} GROUP BY (COALESCE({}) AS ?k){}"
        having = st.one_of(st.just(""), st.builds(" HAVING({} > {})".format, counts, one([0, 1])))
        return st.one_of(
            st.builds("SELECT ?x ({} AS ?c) {{ {} }} GROUP BY ?x{}".format, aggregate, self.pattern, having),
            st.builds("SELECT ({} AS ?c) {{ {} }}".format, aggregate, self.pattern),
            st.builds("SELECT ?y (SAMPLE(?y) AS ?c) {{ {} }} GROUP BY ?y".format, self.pattern),
            st.builds(by_value.format, aggregate, self.basic, self._term(), having),
        )


GRAMMARS: Final = {kind: Grammar(kind) for kind in KINDS}
_DATASETS: Final = {kind: datasets(kind) for kind in KINDS}
# So many queries, and so many datasets, an example has: to parse a query takes longer than to run it on small data, and
# Hypothesis makes most of its examples from earlier ones by small changes.
QUERIES: Final = 4
DATASETS: Final = 5


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """Queries and datasets, of one kind of literals."""
    kind = draw(one(sorted(KINDS)))
    queries = tuple(draw(GRAMMARS[kind].query) for _ in range(QUERIES))
    return Example(kind, queries, tuple(draw(_DATASETS[kind]) for _ in range(DATASETS)))
