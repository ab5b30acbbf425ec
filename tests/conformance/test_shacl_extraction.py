"""The reference engine finds on what is extracted for it what it finds on the whole graph."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from kg.validation import Shapes, validate
from kg.validation import compile as compile_shapes
from tests.conformance.test_shacl_deltas import rules
from tests.conformance.test_shacl_random import NODES, data_graphs, rules_graphs, shapes_graphs
from tests.shacl import EX, PREFIXES, canonical, columns_of, graph_of, tried


@given(shapes_graphs | rules_graphs | rules, data_graphs)
@tried(8)
def test_what_is_found_on_an_extract_is_found_on_the_whole_and_the_other_way_round(shapes: str, data: str) -> None:
    read = Shapes(graph_of(shapes), ())
    with TemporaryDirectory() as folder, columns_of(Path(folder), {None: PREFIXES + data}) as columns:
        found = compile_shapes(read).validate(columns, engine="reference")

    assert found.results == validate(canonical(PREFIXES + data), shapes=read).results


@given(shapes_graphs | rules, data_graphs, st.sets(st.sampled_from(NODES), min_size=1, max_size=2))
@tried(4)
def test_at_some_nodes_both_engines_find_the_same(shapes: str, data: str, nodes: set[str]) -> None:
    focus = [node.replace("ex:", EX) for node in nodes]
    with TemporaryDirectory() as folder, columns_of(Path(folder), {None: PREFIXES + data}) as columns:
        compile_shapes(Shapes(graph_of(shapes), ())).validate(columns, focus=focus, engine="both")
