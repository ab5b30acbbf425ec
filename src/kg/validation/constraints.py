"""The constraints of one shape in SQL: the templates of ``constraints.toml``, filled with what the shape says."""

# ruff: noqa: S608 - what stands in this SQL are names of our own tables, and texts that `quoted` made

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from rdflib import SH, Graph, URIRef

from ..errors import ShapesError
from . import parameters
from .naming import name_of
from .paths import Unsupported, read_list
from .patterns import FLAGS, regular_expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdflib.term import Node

    from kg.columns.compile import Term

__all__ = ["PARAMETERS", "Place", "constraints", "edge_constraints", "term_conditions"]

_SQL: Final[dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("constraints.toml").read_text(encoding="utf-8")
)
PARAMETERS: Final = frozenset({*_SQL["term"], *_SQL["value"], *_SQL["breaks"]})
_BOUNDS: Final = frozenset({"maxExclusive", "maxInclusive", "minExclusive", "minInclusive"})
_ORDERS: Final = frozenset({"lessThan", "lessThanOrEquals"})
_QUALIFIED: Final = frozenset({"qualifiedMinCount", "qualifiedMaxCount"})


@dataclass(frozen=True, slots=True)
class Place:
    """A shape at the nodes where it is checked, and what its constraints may ask of the compiler.

    Args:
        graph: the shapes graph.
        shape: the shape.
        focus: relation (node, n) of its focus nodes.
        values: relation (focus, n, value) of their value nodes.
        constant: gives the SQL expression of a term's id.
        constant_of: the same for a term of the columns.
        nodes: gives the ids of a term as a node of the data, of which there are more in many data graphs.
        instances: gives the relation (id) of a class's instances.
        failing: gives the relation (focus) of the value nodes that do not conform to another shape.
        table: makes a relation of a SELECT and gives its name.
        by_graph: whether there are many data graphs, in each of which a node has an id of its own.
        compared: has the shape's values, and those of the properties given (None for all), ready to be compared.
    """

    graph: Graph
    shape: Node
    focus: str
    values: str
    constant: Callable[[Node], str]
    constant_of: Callable[[Term], str]
    nodes: Callable[[Node], str]
    instances: Callable[[Node], str]
    failing: Callable[[Node], str]
    table: Callable[[str], str]
    compared: Callable[[set[Node | None]], None]
    by_graph: bool

    def value(self, name: str) -> Node | None:
        """What the shape says with a property of SHACL, where it says one thing at most."""
        return self.graph.value(self.shape, SH[name])


def term_conditions(place: Place) -> list[tuple[str, str]]:
    """The constraints that look at nothing but the value's term: the parameter, and what must hold of its row ``t``.

    Raises:
        Unsupported: the columns do not check one of them.
    """
    return [
        (name, _SQL["term"][name].format(x=_of_a_value(place, name, value))) for name, value in _given(place, "term")
    ]


def edge_constraints(place: Place) -> Iterator[tuple[Literal["class", "maxCount"], str]]:
    """The constraints sh:class and sh:maxCount, each with what it says in SQL.

    Raises:
        Unsupported: the columns do not check one of them.
    """
    for value in place.graph.objects(place.shape, SH["class"]):
        yield "class", place.instances(value)
    for value in place.graph.objects(place.shape, SH.maxCount):
        yield "maxCount", parameters.number(value)


def constraints(place: Place, *, but: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Other constraints of Core, ``but`` some: the parameter, and a SELECT of what breaks it (focus, path, value, n).

    Raises:
        Unsupported: the columns do not check one of them.
    """
    for name, value in _given(place, "value", but):
        broken = _SQL["value"][name].format(x=_of_a_value(place, name, value))
        yield name, f"SELECT v.focus, NULL, v.value, v.n FROM {place.values} AS v {broken}"
    for name, value in _given(place, "breaks", but):
        if name not in _QUALIFIED or _is_qualified(place):
            x, c = _of_a_set(place, name, value)
            yield name, _SQL["breaks"][name].format(f=place.focus, v=place.values, x=x, c=c)


def _given(place: Place, kind: str, but: frozenset[str] = frozenset()) -> list[tuple[str, Node]]:
    """What a shape says with parameters of a kind, in one order."""
    given = sorted(place.graph.predicate_objects(place.shape), key=str)
    named = [(str(predicate).removeprefix(str(SH)), value) for predicate, value in given]
    return [(name, value) for name, value in named if name in _SQL[kind] and name not in but]


# --- Of a single value -----------------------------------------------------------------------------------------------


def _of_a_value(place: Place, name: str, value: Node) -> str:  # noqa: PLR0911 - one for each kind of parameter
    match name:
        case "node" | "not":
            return place.failing(value)
        case "and" | "or" | "xone":
            return _combined(place, name, value)
        case "class":
            return place.instances(value)
        case "in":
            return ", ".join(["-1", *map(place.nodes, read_list(place.graph, value))])
        case "languageIn":
            return parameters.language_ranges(place.graph, value)
        case "pattern":
            return regular_expression(value, _flags(place))
    return parameters.SIMPLE[name](value)


def _flags(place: Place) -> str:
    flags = str(place.value("flags") or "")
    if unknown := sorted({*flags} - FLAGS):
        raise ShapesError(
            f"{name_of(place.graph, place.shape).shape}: its sh:flags have {unknown[0]!r}, which is none of i, m, q, s "
            "and x. Correct them."
        )
    return flags


def _combined(place: Place, name: str, value: Node) -> str:
    """Whether a value conforms to all shapes of a list, to some, or to how many; one that comes twice counts twice."""
    conforms = [f"v.value NOT IN (SELECT focus FROM {place.failing(s)})" for s in read_list(place.graph, value)]
    if name == "and":
        return " AND ".join(["true", *conforms])
    if name == "or":
        return " OR ".join(["false", *conforms])
    return " + ".join(["0", *(f"({condition})::INTEGER" for condition in conforms)])


# --- Of the set of values --------------------------------------------------------------------------------------------


def _of_a_set(place: Place, name: str, value: Node) -> tuple[str, str]:
    """What ``{x}`` and ``{c}`` stand for."""
    match name:
        case "minCount" | "maxCount":
            return parameters.number(value), ""
        case "qualifiedMinCount" | "qualifiedMaxCount":
            return _qualified_values(place), parameters.number(value)
        case "uniqueLang":
            return str(str(value) == "true"), ""
        case "closed":
            return _closed(place) if parameters.is_true(value) else "t.p", ""
        case "hasValue":
            return place.nodes(value), ""
    return "shacl_literal", _compared(place, name, value)


def _compared(place: Place, name: str, value: Node) -> str:
    """The bound, or the property, that values are compared with."""
    if name in _BOUNDS:
        parameters.check_bound(value)
        place.compared(set())
        return place.constant(value)
    if not isinstance(value, URIRef):
        raise Unsupported(f"its sh:{name} is no property")
    if name in _ORDERS:
        place.compared({value})
    return place.constant(value)


def _closed(place: Place) -> str:
    """The properties that a closed shape allows."""
    ignored = place.value("ignoredProperties")
    named = [place.graph.value(inner, SH.path) for inner in place.graph.objects(place.shape, SH.property)]
    allowed = {*named, *(read_list(place.graph, ignored) if ignored is not None else ())}
    return ", ".join(["-1", *(place.constant(p) for p in sorted(p for p in allowed if isinstance(p, URIRef)))])


def _is_qualified(place: Place) -> bool:
    """Whether it is a property shape with sh:qualifiedValueShape; without, a qualified count says nothing."""
    return place.value("path") is not None and place.value("qualifiedValueShape") is not None


def _qualified_values(place: Place) -> str:
    """The table (focus, n, value) of values that conform to sh:qualifiedValueShape, and to no sibling if disjoint."""
    own = place.value("qualifiedValueShape")
    assert own is not None
    conditions = [f"value NOT IN (SELECT focus FROM {place.failing(own)})"]
    if parameters.is_true(place.value("qualifiedValueShapesDisjoint")):
        conditions += [f"value IN (SELECT focus FROM {place.failing(other)})" for other in _siblings(place, own)]
    return place.table(f"SELECT focus, n, value FROM {place.values} WHERE {' AND '.join(conditions)}")


def _siblings(place: Place, own: Node) -> list[Node]:
    """The qualified value shapes beside a property shape, in all shapes that name it (SHACL, section 4.7.3)."""
    graph = place.graph
    parents = graph.subjects(SH.property, place.shape)
    beside = {inner for parent in parents for inner in graph.objects(parent, SH.property)}
    return sorted({s for inner in beside for s in graph.objects(inner, SH.qualifiedValueShape)} - {own}, key=str)
