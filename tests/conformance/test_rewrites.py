"""What is done to a query before it is asked harms none: held against the W3C's suites and against random queries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyoxigraph import BlankNode, NamedNode, Store

from kg.query.admission import QueryLimits
from kg.query.plan import plan
from kg.settings import Settings
from tests.shared import shared

LIMITS = QueryLimits.of(Settings())

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
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
