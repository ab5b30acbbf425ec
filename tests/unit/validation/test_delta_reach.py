"""What shapes can read, told from the shapes alone: by steps from the focus node, or whatever the focus node is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rdflib import RDF, URIRef

from kg.validation import Stage, load_shapes
from kg.validation.delta_reach import Reach, find_reach
from tests.shacl import EX, graph_of

if TYPE_CHECKING:
    from rdflib.term import Node

S = URIRef(f"{EX}S")


def reach_of(shape: str) -> Reach:
    return find_reach(graph_of(f"ex:S sh:targetNode ex:a ; {shape} ."))


def query(where: str, *, select: str = "$this") -> str:
    text = f"PREFIX ex: <{EX}> SELECT {select} WHERE {{ {where} }}"
    return f'sh:sparql [ sh:select """{text}""" ]'


def name_of(predicate: Node | None) -> str | None:
    return None if predicate is None else str(predicate).removeprefix(EX)


def anywhere(shape: str) -> set[str | None]:
    """The properties that are read wherever they stand, by local name; None for all of them."""
    reads = reach_of(shape).reads
    return {name_of(r.predicate) for r in reads if r.state is None}


def depths(shape: str) -> set[tuple[str | None, str, int]]:
    """Each property that is read, at which position, and over how many steps at least."""
    reach = reach_of(shape)
    found, far, distance = {reach.starts[S]: 0}, {reach.starts[S]}, 0
    while far:
        distance += 1
        far = {step.target for step in reach.steps if step.source in far} - found.keys()
        found |= dict.fromkeys(far, distance)
    return {
        (name_of(r.predicate), r.position, found[r.state])
        for r in reach.reads
        if r.state in found and r.predicate != RDF.type
    }


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("sh:path ex:p ; sh:minCount 1", {("p", "s", 0)}),
        ("sh:path [ sh:inversePath ex:p ] ; sh:minCount 1", {("p", "o", 0)}),
        ("sh:path ( ex:p [ sh:inversePath ex:q ] ) ; sh:minCount 1", {("p", "s", 0), ("q", "o", 1)}),
        ("sh:path [ sh:inversePath ( ex:p ex:q ) ] ; sh:minCount 1", {("q", "o", 0), ("p", "o", 1)}),
        ("sh:path [ sh:alternativePath ( ex:p ex:q ) ] ; sh:minCount 1", {("p", "s", 0), ("q", "s", 0)}),
        ("sh:path ( [ sh:zeroOrOnePath ex:p ] ex:q )", {("p", "s", 0), ("q", "s", 0), ("q", "s", 1)}),
        ("sh:path [ sh:oneOrMorePath ex:p ] ; sh:closed true", {("p", "s", 0), ("p", "s", 1), (None, "s", 1)}),
        ("sh:path ex:p ; sh:lessThan ex:q", {("p", "s", 0), ("q", "s", 0)}),
        ("sh:closed true", {(None, "s", 0)}),
        ("sh:property [ sh:path ex:p ; sh:node [ sh:property [ sh:path ex:q ] ] ]", {("p", "s", 0), ("q", "s", 1)}),
    ],
)
def test_a_shape_reads_along_its_paths(shape: str, expected: set[tuple[str | None, str, int]]) -> None:
    reads = depths(shape)

    assert expected <= reads
    assert {(p, at) for p, at, _ in reads} == {(p, at) for p, at, _ in expected}
    assert anywhere(shape) == set()


@pytest.mark.parametrize(
    "where",
    [
        "$this ex:p ?x . ?x ex:q ?y . FILTER NOT EXISTS { ?z ex:r ?y ; ex:s 1 }",
        "$this ex:p ?x OPTIONAL { ?x ex:q ?y FILTER EXISTS { ?y ex:r ?x } }",
        "{ ?x ex:p $this } UNION { $this ex:q ?x } { ?x ex:r ?y } FILTER EXISTS { ?y ex:s $this }",
        "{ SELECT $this (COUNT(?x) AS ?n) WHERE { $this ex:p ?x } GROUP BY $this } ",
        "?x $this ?y . ?y ex:p ?z",
    ],
)
def test_patterns_that_hold_together_with_this_are_connected(where: str) -> None:
    if "UNION" not in where:
        assert anywhere(query(where)) == set()
    else:
        # ?x comes from one branch or the other, and in neither is it certain for what stands beside them.
        assert anywhere(query(where)) == {"r"}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("?x ex:p ?y", {"p"}),
        ("$this ex:p ?x . ?y ex:q ?z", {"q"}),
        ("$this ex:p ex:c . ?y ex:q ex:c", {"q"}),
        ("$this ex:p ?x OPTIONAL { $this ex:q ?y } ?y ex:r ?z", {"r"}),
        ("$this ex:p ?x { ?w ex:q ?y OPTIONAL { ?x ex:r ?y2 } }", {"q", "r"}),
        ("$this ex:p ?x { SELECT ?x WHERE { ?x ex:q ?y } LIMIT 1 }", {"q"}),
        ("$this ex:p ?x BIND(?x AS ?y) ?y ex:q ?z", {"q"}),
        ("$this ex:p ?x MINUS { ?y ex:q ?x }", {"q"}),
        ("$this ex:p ?x . ?y ex:q* ?z", {None}),
        ("$this ex:p ?x . ?y ?q ?z", {None}),
        ("GRAPH ?g { $this ex:p ?x }", {None}),
        ("no query at all", {None}),
    ],
)
def test_what_is_not_connected_is_read_anywhere(where: str, expected: set[str | None]) -> None:
    assert anywhere(query(where)) == expected


def test_what_shacl_core_does_not_know_is_read_anywhere() -> None:
    component = "ex:C a sh:ConstraintComponent ; sh:parameter [ sh:path ex:limit ] . ex:S ex:limit 1"

    assert anywhere("sh:js ex:code") == {None}
    assert anywhere(f"sh:minCount 0 . {component}") == {None}


@pytest.mark.parametrize("stage", Stage)
def test_of_our_own_shapes_all_is_connected(stage: Stage) -> None:
    reach = find_reach(load_shapes(stage).graph)

    assert len(reach.starts) > 30
    assert not [read for read in reach.reads if read.state is None]
