"""What is done to a query before it is asked harms none: held against the W3C's suites and against random queries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QueryBoolean, Store

from kg.query.admission import QueryLimits
from kg.query.plan import plan
from kg.settings import Settings
from tests.shared import shared

LIMITS = QueryLimits.of(Settings())

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
XSD_INTEGER = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
ACTION = NamedNode(MF + "action")
EVALUATED = ("QueryEvaluationTest", "CSVResultFormatTest")
POSITIVE = (*EVALUATED, "PositiveSyntaxTest", "PositiveSyntaxTest11")


@dataclass(frozen=True)
class W3cTest:
    """A test of a query: its file, and the files of its default graph and of its named graphs."""

    query: Path
    data: tuple[Path, ...]
    graphs: tuple[Path, ...]


def w3c_tests(kinds: tuple[str, ...]) -> list[W3cTest]:
    manifests = sorted(shared("suites/w3c-rdf-tests/sparql").rglob("manifest.ttl"))
    assert len(manifests) > 50
    return [test for manifest in manifests for test in entries_of(manifest, kinds)]


def entries_of(manifest: Path, kinds: tuple[str, ...]) -> list[W3cTest]:
    store = Store()
    store.load(path=str(manifest), base_iri=manifest.as_uri())
    wanted = [NamedNode(MF + kind) for kind in kinds]
    named = [quad.subject for kind in wanted for quad in store.quads_for_pattern(None, TYPE, kind)]
    return [w3c_test(store, quad.object) for test in named for quad in store.quads_for_pattern(test, ACTION, None)]


def w3c_test(store: Store, action: object) -> W3cTest:
    if isinstance(action, NamedNode):
        return W3cTest(path_of(action), (), ())
    assert isinstance(action, BlankNode)

    def files(name: str) -> tuple[Path, ...]:
        found = store.quads_for_pattern(action, NamedNode(QT + name), None)
        return tuple(sorted(path_of(quad.object) for quad in found if isinstance(quad.object, NamedNode)))

    (query,) = files("query")
    return W3cTest(query, files("data"), files("graphData"))


def path_of(iri: NamedNode) -> Path:
    return Path(unquote(urlsplit(iri.value).path))


def test_no_limit_refuses_a_query_of_the_w3c() -> None:
    tests = w3c_tests(POSITIVE)
    assert len(tests) > 900
    for test in tests:
        plan(test.query.read_text(encoding="utf-8"), LIMITS)


def rows_of(store: Store, text: str) -> list[str]:
    """The solutions, in any order; how often each stands there counts."""
    results = store.query(text)
    if isinstance(results, QueryBoolean):
        return [str(bool(results))]
    return sorted(map(str, results))


# Data: few terms, so that patterns meet; a blank node, unequal literals of one value, and one that has no value.
NODES = [NamedNode("x:a"), NamedNode("x:b"), NamedNode("x:p"), NamedNode("x:g"), BlankNode("n")]
VALUES = [Literal(1), Literal("01", datatype=XSD_INTEGER), Literal("z", datatype=XSD_INTEGER), Literal("a", language="en")]
PREDICATES = [NamedNode("x:p"), NamedNode("x:q"), NamedNode("x:r")]
GRAPHS = [DefaultGraph(), DefaultGraph(), NamedNode("x:g"), NamedNode("x:h")]
QUADS = st.builds(
    Quad,
    st.sampled_from(NODES),
    st.sampled_from(PREDICATES),
    st.sampled_from([*NODES, *NODES, *VALUES]),
    st.sampled_from(GRAPHS),
)

# Queries: ?a to ?d stand inside and outside of EXISTS, ?i to ?k inside, ?g and ?h name graphs, too.
OUTSIDE, INSIDE = ("?a", "?b", "?c", "?d"), ("?a", "?b", "?i", "?j", "?k")
STEPS = ("<x:p>", "<x:q>", "<x:r>", "a", "^<x:p>", "<x:q>+", "<x:p>*", "<x:q>?", "(<x:p>|^<x:q>)*", "!<x:p>", "!(a|^<x:q>)")
PATHS = st.one_of(
    st.sampled_from(STEPS),
    st.lists(st.sampled_from(STEPS), min_size=2, max_size=3).map("/".join),
    st.lists(st.sampled_from(STEPS), min_size=2, max_size=3).map("|".join),
)
CONSTANTS = ("<x:a>", "<x:g>", "1", "'a'@en", "'01'^^<http://www.w3.org/2001/XMLSchema#integer>", "true")


def triples(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    name = st.sampled_from(names)
    predicate = st.one_of(st.sampled_from(STEPS[:3]), st.sampled_from(STEPS[:3]), PATHS, name)
    node = st.builds("[ {} {} ]".format, predicate, name)
    end = st.one_of(name, name, name, st.sampled_from(CONSTANTS), node, st.just("[]"))
    more = st.one_of(
        st.just(""), st.just(" ;"), st.builds(" , {}".format, end), st.builds(" ; {} {}".format, predicate, end)
    )
    subject = st.one_of(name, name, name, st.just("<x:a>"), node.map(lambda text: text.replace("[ ", "[ ")))
    return st.builds("{} {} {}{}".format, subject, predicate, end, more)


def filters(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    name = st.sampled_from(names)
    return st.one_of(
        st.builds("FILTER({} = {})".format, name, name),
        st.builds("FILTER({} != {} || isBlank({}))".format, name, name, name),
        st.builds("FILTER({}<{}&&{}>1)".format, name, name, name),
        st.builds("FILTER({} IN ({}, <x:a>))".format, name, name),
        st.builds("FILTER isIRI({})".format, name),
        st.builds("FILTER NOT EXISTS {{ {} <x:q> {} }}".format, name, name),
        st.builds("FILTER EXISTS {{ {} <x:q> ?l . ?l <x:p> {} }}".format, name, name),
    )


def joined(parts: list[str]) -> str:
    return " ".join(part if part.startswith(("FILTER", "GRAPH")) else part + " ." for part in parts)


GRAPH_NAMES = st.sampled_from(["<x:g>", "?g", "?h", "?a", "?i"])
BLOCKS = st.builds(
    "GRAPH {} {{ {} }}".format,
    GRAPH_NAMES,
    st.lists(st.one_of(triples(INSIDE), triples(INSIDE), filters(INSIDE)), min_size=1, max_size=3).map(joined),
)
ELEMENTS = st.one_of(triples(INSIDE), triples(INSIDE), triples(INSIDE), BLOCKS, filters((*INSIDE, "?c", "?g")))
BODIES = st.lists(ELEMENTS, min_size=2, max_size=4).map(joined)
GROUPS = st.one_of(BODIES, BODIES, st.lists(BODIES.map("{{ {} }}".format), min_size=1, max_size=2).map(" UNION ".join))
TESTS = st.builds("{}EXISTS {{ {} }}".format, st.sampled_from(["", "NOT "]), GROUPS)
PLACED = st.one_of(
    TESTS.map("FILTER {}".format),
    TESTS.map("FILTER(?a = <x:a> || {})".format),
    TESTS.map("FILTER(!({}) && BOUND(?a))".format),
    TESTS.map("BIND(IF({}, 1, 2) AS ?e)".format),
    TESTS.map("OPTIONAL {{ ?a <x:r> ?f FILTER({}) }}".format),
    TESTS.map("GRAPH ?h {{ ?a ?r ?s FILTER {} }}".format),
)
WHERE = st.builds(
    "{{ {} {} {} }}".format,
    st.lists(triples(OUTSIDE), min_size=1, max_size=2).map(joined),
    st.sampled_from(["", "OPTIONAL { ?a <x:q> ?d }", "GRAPH ?g { ?a <x:p> ?t }", "VALUES ?b { UNDEF <x:b> 1 }"]),
    PLACED,
)
QUERIES = st.one_of(
    WHERE.map("SELECT * {}".format),
    WHERE.map("ASK {}".format),
    st.builds("SELECT ?a (COUNT(*) AS ?n) {} GROUP BY ?a HAVING({})".format, WHERE, TESTS),
)


def is_read(text: str) -> bool:
    try:
        Store().query(text)
    except SyntaxError:
        return False
    return True


@settings(max_examples=1500, deadline=None)
@given(st.lists(QUADS, max_size=25), QUERIES)
def test_a_query_written_anew_has_the_same_answer(quads: list[Quad], text: str) -> None:
    asked = plan(text, LIMITS)
    assume(asked.rewrites)
    store = Store()
    store.extend(quads)

    assert is_read(asked.text) == is_read(text)
    if is_read(text):
        assert rows_of(store, asked.text) == rows_of(store, text)
