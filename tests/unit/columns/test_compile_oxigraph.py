"""Random queries over random, adversarial data: SQL over columns gives the multiset that Oxigraph gives, or refuses.

A case is a query on a dataset. There are 2,000; HABEAS_COMPILE_CASES says another number and HABEAS_COMPILE_SEED where
to begin, so that no two long runs are alike (``make test-nightly``). Where Oxigraph differs from the text of SPARQL,
the grammar stays away; ``test_compile_differences.py`` lists these places and holds us to the text there.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from contextlib import closing
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from kg.columns.compile import Compiled, Solutions, compile, run_compiled  # noqa: A004
from kg.errors import QueryUnsupportedError
from tests.random_queries import DATASETS_PER_QUERY, PREFIXES, Example, all_quads, examples, quad
from tests.refilled import Refilled
from tests.solutions import canonical, same_graph, same_rows, to_oxigraph

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES: Final = int(os.environ.get("HABEAS_COMPILE_CASES", "2000"))
SEED: Final = int(os.environ.get("HABEAS_COMPILE_SEED", "0"))
# Hypothesis remembers all examples of one run.
BATCH: Final = 4000
# What a query has, and which share of all cases accepted must have it: a grammar that rots into refusals is seen.
FEATURES: Final = {
    "path": (r"\)[+*?] | !|\^\(|\|hab|/\(?hab", 0.03),
    "?g": (r"GRAPH \?g", 0.03),
    "<g>": (r"GRAPH <", 0.01),
    "OPTIONAL": ("OPTIONAL", 0.05),
    "UNION": ("UNION", 0.01),
    "MINUS": ("MINUS", 0.01),
    "EXISTS": ("EXISTS", 0.03),
    "FILTER": (r"FILTER\(", 0.05),
    "BIND": ("BIND", 0.01),
    "VALUES": ("VALUES", 0.01),
    "UNDEF": ("UNDEF", 0.005),
    "sub-select": (r"\{ SELECT", 0.05),
    "LIMIT": ("LIMIT", 0.01),
    "GROUP BY": ("GROUP BY", 0.05),
    "HAVING": ("HAVING", 0.02),
    "COUNT": ("COUNT", 0.05),
    "SUM": (r"SUM\(", 0.005),
    "MIN": (r"MIN|MAX", 0.002),
    "GROUP_CONCAT": ("GROUP_CONCAT", 0.01),
    "SAMPLE": ("SAMPLE", 0.01),
    "ORDER BY": ("ORDER BY", 0.05),
    "CONSTRUCT": ("CONSTRUCT", 0.03),
    "ASK": ("ASK", 0.03),
}
ACCEPTED_SHARE: Final = 0.9


@pytest.fixture(scope="module")
def columns() -> Iterator[Refilled]:
    with closing(Refilled(all_quads())) as refilled:
        yield refilled


@lru_cache(maxsize=512)
def compiled_of(text: str) -> Compiled | None:
    """Hypothesis asks the same query on other data as well; None if it is refused."""
    try:
        return compile(text)
    except QueryUnsupportedError:
        return None


def test_any_query_that_is_accepted_has_oxigraphs_answer(columns: Refilled) -> None:
    found: Counter[str] = Counter()
    batches = [min(BATCH, CASES - start) for start in range(0, CASES, BATCH)]
    for number, cases in enumerate(batches):

        @seed(SEED * 1000 + number)
        @settings(
            max_examples=-(-cases // DATASETS_PER_QUERY),
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(examples())
        def check(example: Example) -> None:
            found.update(checked(columns, example))

        check()

    assert found["asked"] >= CASES
    assert found["accepted"] >= ACCEPTED_SHARE * found["asked"], found
    assert [name for name, (_, share) in FEATURES.items() if found[name] < share * CASES] == [], found


def checked(columns: Refilled, example: Example) -> Counter[str]:
    """Compare the answers on all datasets of an example, and count what was asked, accepted and used."""
    text, accepted = PREFIXES + example.query, 0
    compiled = compiled_of(text)
    for rows in example.datasets if compiled else ():
        assert compiled is not None
        quads = [quad(*row) for row in rows]
        try:
            got = run_compiled(columns.fill(quads), compiled)
        except QueryUnsupportedError:
            continue
        accepted += 1
        assert is_same(of_oxigraph(quads, text), got, example.query), rows
    features = {name: accepted for name, (pattern, _) in FEATURES.items() if re.search(pattern, example.query)}
    return Counter({"asked": len(example.datasets), "accepted": accepted, **features})


def of_oxigraph(quads: list[ox.Quad], text: str) -> Any:
    store = ox.Store()
    store.extend(quads)
    return store.query(text)


def is_same(wanted: Any, got: Any, query: str) -> bool:
    """Whether two answers are the same: booleans, graphs up to blank nodes, multisets of solutions and their order."""
    if isinstance(wanted, ox.QueryBoolean):
        return got is bool(wanted)
    if isinstance(wanted, ox.QueryTriples):
        return same_graph(list(wanted), [ox.Triple(*map(to_oxigraph, triple)) for triple in got])
    assert isinstance(got, Solutions)
    names = [variable.value for variable in wanted.variables]
    if set(names) != set(got.variables):
        return False
    order = [got.variables.index(name) for name in names]
    left, right = list(map(tuple, wanted)), [tuple(to_oxigraph(row[i]) for i in order) for row in got.rows]
    is_ordered = query.endswith("SC(?y)")
    return same_rows(left, right) and (not is_ordered or in_order(left, names) == in_order(right, names))


def in_order(rows: list[tuple[Any, ...]], names: list[str]) -> list[Any]:
    """What §15.1 fixes of the order by ?y: unbound, blank nodes, IRIs, literals; IRIs and strings by text."""
    keys = [row[names.index("y")] for row in rows]
    kinds = [type(key).__name__ for key in keys]
    iris = [key.value for key in keys if isinstance(key, ox.NamedNode)]
    strings = [
        str(canonical(key)) for key in keys if isinstance(key, ox.Literal) and key.datatype.value.endswith("#string")
    ]
    return [kinds, iris, strings]
