"""FROM, FROM NAMED and the graphs that a request names: the answers are those of Oxigraph."""

from __future__ import annotations

from itertools import product
from time import process_time
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from kg.columns.compile import Solutions, compile, open_columns, run_compiled  # noqa: A004
from tests.solutions import same_rows, to_oxigraph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

NQUADS = """\
<http://x/a> <http://x/p> <http://x/b> .
<http://x/a> <http://x/p> <http://x/c> <http://x/g> .
<http://x/b> <http://x/p> <http://x/c> <http://x/g> .
<http://x/a> <http://x/p> <http://x/c> <http://x/h> .
<http://x/c> <http://x/p> <http://x/a> <http://x/h> .
"""
PATTERNS = [
    "?s ?p ?o",
    "GRAPH ?g { ?s ?p ?o }",
    "GRAPH ?g {}",
    "GRAPH <http://x/nowhere> {}",
    "GRAPH <http://x/g> { ?s <http://x/p>* <http://x/c> }",
    "?s <http://x/p>+ ?o",
    "?s <http://x/p> ?o FILTER NOT EXISTS { GRAPH ?g { ?o <http://x/p> ?s } }",
]
CHOICES: list[Sequence[str]] = [(), ("g",), ("g", "h"), ("h", "g", "h"), ("nowhere", "g")]


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_columns(NQUADS.encode()) as columns:
        yield columns


def rows(db: duckdb.DuckDBPyConnection, query: str, **graphs: Sequence[str]) -> list[tuple[Any, ...]]:
    found = run_compiled(db, compile(query, **graphs))
    assert isinstance(found, Solutions)
    return [tuple(map(to_oxigraph, row)) for row in found.rows]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_request_or_a_query_may_choose_its_graphs(db: duckdb.DuckDBPyConnection, pattern: str) -> None:
    store = ox.Store()
    store.load(NQUADS.encode(), format=ox.RdfFormat.N_QUADS)
    head, body = "SELECT ?s ?p ?o ?g", f"{{ {pattern} }}"
    for default, named in product(CHOICES, CHOICES):
        if not default and not named:
            continue
        wanted = _merged(store, default, named).query(
            f"{head} {body}",
            default_graph=ox.DefaultGraph(),
            named_graphs=[ox.NamedNode(f"http://x/{name}") for name in dict.fromkeys(named)],
        )
        expected = [tuple(solution) for solution in wanted]
        clauses = " ".join([*(f"FROM <http://x/{d}>" for d in default), *(f"FROM NAMED <http://x/{n}>" for n in named)])
        of_request = {
            "default_graphs": [f"http://x/{d}" for d in default],
            "named_graphs": [f"http://x/{n}" for n in named],
        }

        assert same_rows(expected, rows(db, f"{head} {clauses} {body}"))
        assert same_rows(expected, rows(db, f"{head} FROM <http://x/other> {body}", **of_request))


@pytest.mark.parametrize("kind", ["default_graphs", "named_graphs"])
def test_thousands_of_graphs_are_no_more_than_a_list(db: duckdb.DuckDBPyConnection, kind: str) -> None:
    pattern = "GRAPH ?g { ?s ?p ?o }" if kind == "named_graphs" else "?s ?p ?o"
    graphs = ["http://x/g", *(f"http://x/nowhere{n}" for n in range(2000))]
    began = process_time()

    assert len(rows(db, f"SELECT * {{ {pattern} }}", **{kind: graphs})) == 2
    assert process_time() - began < 6  # as a chain of UNION ALL they took more than ten


def _merged(store: ox.Store, default: Sequence[str], named: Sequence[str]) -> ox.Store:
    """The dataset as a store: of several default graphs, Oxigraph gives each triple as often as it stands."""
    merged = ox.Store()
    for name in default:
        for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(f"http://x/{name}")):
            merged.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    for name in named:
        merged.extend(store.quads_for_pattern(None, None, None, ox.NamedNode(f"http://x/{name}")))
    return merged
