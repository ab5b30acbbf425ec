"""Random queries over random, adversarial data: SQL over columns gives the multiset that Oxigraph gives, or refuses.

A case is a query on a dataset. There are 2,000; HABEAS_COMPILE_CASES says another number and HABEAS_COMPILE_SEED where
to begin, so that no two long runs are alike (``make test-nightly``). Where Oxigraph differs from the text of SPARQL,
the grammar stays away, or asks it in other words that it answers as the text says (``random_expressions.either``);
``test_compile_differences.py`` lists these places and holds us to the text there. Columns get each query in another
spelling than Oxigraph does.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from functools import lru_cache
from math import isnan
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyoxigraph as ox
import pytest
from hypothesis import Phase
from hypothesis import strategies as st

from kg.columns.compile import Arrangement, Compiled, Solutions, compile, run_compiled  # noqa: A004
from kg.errors import QueryUnsupportedError
from tests.random_cases import CASES, try_cases
from tests.random_expressions import for_columns, for_oxigraph
from tests.random_queries import BLANK, CLAIMS, DATASETS, NODES, PREFIXES, QUERIES, Example, all_quads, examples, quad
from tests.refilled import Refilled
from tests.respelled import respelled
from tests.solutions import canonical, of_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What queries have: if one of these is drawn or accepted no more, that is seen.
FEATURES: Final = {
    "sequence": r"[a-zA-Z)]/\(*hab:",
    "inverse": r"\^\(",
    "closure": r"\)[+*?]",
    "negated": r"!\(hab",
    "alternative": r"[^!]\([^()|]*\|",
    "arithmetic": r"[a-z)] [-+*/] ",
    "functions": "CONCAT|SUBSTR|STRBEFORE|STRAFTER|REPLACE|CONTAINS|STRSTARTS|STRENDS|REGEX|YEAR|MONTH|DAY|HOURS|TZ",
    "GRAPH ?g": r"GRAPH \?g",
    "GRAPH <g>": "GRAPH <",
    "OPTIONAL": "OPTIONAL",
    "UNION": "UNION",
    "MINUS": "MINUS",
    "EXISTS": "EXISTS",
    "FILTER": r"FILTER\(",
    "comparison": " (<|>|<=|>=|=|!=) ",
    "BIND": "BIND",
    "VALUES": "VALUES",
    "sub-select": r"\{ SELECT",
    "LIMIT": "LIMIT",
    "GROUP BY": "GROUP BY",
    "HAVING": "HAVING",
    "COUNT": "COUNT",
    "SUM or AVG": r"SUM\(|AVG\(",
    "MIN or MAX": "MIN|MAX",
    "GROUP_CONCAT": "GROUP_CONCAT",
    "SAMPLE": "SAMPLE",
    "ORDER BY": "ORDER BY",
    "CONSTRUCT": "CONSTRUCT",
    "ASK": "ASK",
}
# How many examples Hypothesis makes of one does not depend on the seed alone: 100 had no sum at all once, where a
# thousand have 2 to 5 of each feature in a hundred queries.
EXAMPLES: Final = 1000
FEATURE_SHARE: Final = 0.005
SOLUTIONS_SHARE: Final = 0.1
ANSWERED_SHARE: Final = 0.9
NAMED_SHARE: Final = 0.1
# IRIs of graphs that a request names for its default graph, and of those for its named graphs; two pairs of none: all.
Named: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
GRAPHS: Final = st.lists(
    st.sampled_from([name[1:-1] for name in (*CLAIMS, NODES[0], "<urn:none>")]), max_size=2, unique=True
).map(tuple)


@pytest.fixture(scope="module")
def columns() -> Iterator[Refilled]:
    with closing(Refilled(all_quads())) as refilled:
        yield refilled


@lru_cache(maxsize=512)
def compiled_of(text: str, arrangement: Arrangement | None, named: Named = ((), ())) -> Compiled | None:
    """Hypothesis asks the same query on other data as well; None if it is refused."""
    default, graphs = named
    try:
        return compile(text, arrangement=arrangement, default_graphs=default, named_graphs=graphs)
    except QueryUnsupportedError:
        return None


def test_any_query_that_is_accepted_has_oxigraphs_answer(columns: Refilled) -> None:
    found: Counter[str] = Counter()

    def check(example: Example, named: Named) -> None:
        for number, rows in enumerate(example.datasets):
            quads = [quad(*row) for row in rows]
            # SQL for any database, and SQL for this one.
            found.update(checked(columns, example.queries, quads, named, is_arranged=number % 2 == 0))

    named = st.just(((), ())) | st.just(((), ())) | st.tuples(GRAPHS, GRAPHS)
    try_cases(check, examples(), named, cases=CASES, each=QUERIES * DATASETS)

    assert found["asked"] >= CASES
    assert found["answered"] >= ANSWERED_SHARE * found["asked"], found
    assert found["of named graphs"] >= NAMED_SHARE * found["asked"], found
    assert found["with solutions"] >= SOLUTIONS_SHARE * found["asked"], found


def test_the_queries_have_every_feature_and_each_is_accepted() -> None:
    found: Counter[str] = Counter()
    accepted: set[str] = set()

    def draw(example: Example) -> None:
        for query in map(for_columns, example.queries):
            features = {name for name, pattern in FEATURES.items() if re.search(pattern, query)}
            found.update(["drawn", *features])
            if not features <= accepted and compiled_of(PREFIXES + query, None):
                accepted.update(features)

    try_cases(draw, examples(), cases=EXAMPLES, phases=(Phase.generate,))

    assert found["drawn"] >= EXAMPLES * QUERIES
    assert [name for name in FEATURES if found[name] < FEATURE_SHARE * found["drawn"]] == [], found
    assert accepted == set(FEATURES)


def checked(
    columns: Refilled, queries: Iterable[str], quads: list[ox.Quad], named: Named, *, is_arranged: bool
) -> Counter[str]:
    """Compare the answers to some queries on a dataset, and count what was asked and answered."""
    found: Counter[str] = Counter()
    db, store = columns.fill(quads), ox.Store()
    store.extend(dataset_of(quads, *named) if any(named) else quads)
    arrangement = Arrangement(db) if is_arranged else None
    for asked in queries:
        query = for_columns(asked)
        found["asked"] += 1
        compiled = compiled_of(respelled(PREFIXES + query), arrangement, named)
        try:
            got = run_compiled(db, compiled) if compiled else None
        except QueryUnsupportedError:
            got = None
        if got is not None:
            assert is_same(store.query(PREFIXES + for_oxigraph(asked)), got, query), query
            found.update(["answered", *["with solutions"] * bool(got.rows if isinstance(got, Solutions) else got)])
            found["of named graphs"] += any(named)
    return found


def dataset_of(quads: Iterable[ox.Quad], default: Iterable[str], named: Iterable[str]) -> Iterator[ox.Quad]:
    """The dataset that a request describes (§13.2): the merge of some graphs, in which a triple stands once, and some.

    Oxigraph, asked for the merge, gives a triple of two of the graphs twice.
    """
    for found in quads:
        if isinstance(found.graph_name, ox.NamedNode):
            if found.graph_name.value in default:
                yield ox.Quad(found.subject, found.predicate, found.object)
            if found.graph_name.value in named:
                yield found


def is_same(wanted: Any, got: Any, query: str) -> bool:
    """Whether two answers are the same: booleans, graphs up to blank nodes, multisets of solutions and their order."""
    if isinstance(wanted, ox.QueryBoolean):
        return got is bool(wanted)
    if isinstance(wanted, ox.QueryTriples):
        return of_template(wanted) == of_template(ox.Triple(*map(of_columns, triple)) for triple in got)
    assert isinstance(got, Solutions)
    names = [variable.value for variable in wanted.variables]
    if set(names) != set(got.variables):
        return False
    order = [got.variables.index(name) for name in names]
    left = [tuple(map(canonical, row)) for row in wanted]
    right = [tuple(canonical(of_columns(row[i])) for i in order) for row in got.rows]
    if Counter(left) != Counter(right):
        return False
    order_by = re.search(r"SC\(\?(\w)\)$", query)
    if order_by is None or order_by[1] not in names:  # what is not told cannot be seen to be in order
        return True
    place = names.index(order_by[1])
    return in_order([row[place] for row in left]) == in_order([row[place] for row in right])


def of_template(triples: Iterable[ox.Triple]) -> Counter[Any]:
    """A constructed graph: each new blank node by the triples in which it stands, for none stands beside another."""
    old = {ox.BlankNode(name.removeprefix("_:")) for name in BLANK}
    found: dict[Any, set[Any]] = {}
    for triple in triples:
        places = [triple.subject, triple.predicate, canonical(triple.object)]
        new = next((place for place in places if isinstance(place, ox.BlankNode) and place not in old), None)
        places = [None if place == new else place for place in places] if new is not None else places
        found.setdefault(new, set()).add(tuple(places))
    ground = found.pop(None, set())
    return Counter([frozenset(ground), *map(frozenset, found.values())])


def in_order(keys: list[Any]) -> list[Any]:
    """What §15.1 fixes of the order: unbound, blank nodes, IRIs, literals; IRIs, strings and numbers by value."""
    kinds = [type(key).__name__ for key in keys]
    iris = [key.value for key in keys if isinstance(key, ox.NamedNode)]
    literals = [key for key in keys if isinstance(key, ox.Literal)]
    strings = [key.value for key in literals if key.datatype.value.endswith("#string")]
    numbers = [number_of(key) for key in literals]
    return [kinds, iris, strings, [] if None in numbers else numbers]


def number_of(literal: ox.Literal) -> float | None:
    """The value of a number; None for any other literal, and for NaN, which is in no order."""
    if not re.search("#(integer|decimal|double)$", literal.datatype.value):
        return None
    try:
        value = float(literal.value)
    except ValueError:
        return None
    return None if isnan(value) else value
