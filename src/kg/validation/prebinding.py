"""Queries in which SHACL forbids something, for variables are bound before they are evaluated (SHACL, appendix A).

pySHACL looks for some of it with regular expressions and evaluates what they miss; so it is an error before any engine
sees a query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdflib import SH
from rdflib.plugins.sparql.parserutils import CompValue

from kg.columns.compile.parsing import children, parse
from kg.columns.compile.seeded import selected

from ..errors import QueryRefusedError, QuerySyntaxError, ShapesError
from .naming import name_of
from .parameters import is_true
from .paths import Unsupported
from .sparql import find_components, query_of, with_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["refuse_forbidden"]

_VALIDATORS = (SH.validator, SH.nodeValidator, SH.propertyValidator)
_PATTERNS = {"MinusGraphPattern": "MINUS", "InlineData": "VALUES", "ServiceGraphPattern": "SERVICE"}


def refuse_forbidden(graph: Graph) -> None:
    """Look at each query of the constraints and components of a shapes graph.

    Raises:
        ShapesError: SHACL forbids what queries say; all faults are told at once.
    """
    faults = sorted({*_of_constraints(graph), *_of_components(graph)})
    if faults:
        raise ShapesError("\n".join(["The shapes are broken.", *faults]))


def _of_constraints(graph: Graph) -> Iterator[str]:
    for shape, node in graph.subject_objects(SH.sparql):
        if not any(map(is_true, graph.objects(node, SH.deactivated))):
            for fault in _faults(graph, node, {"this"}):
                yield f"{name_of(graph, shape).shape}: {fault}"


def _of_components(graph: Graph) -> Iterator[str]:
    for component in find_components(graph):
        bound = {"this", *(component.parameters.keys() - component.optional)}
        for predicate in _VALIDATORS:
            for node in graph.objects(component.iri, predicate):
                asks = {"value"} if (node, SH.ask, None) in graph else set()
                yield from (f"{component.iri}: {fault}" for fault in _faults(graph, node, bound | asks))


def _faults(graph: Graph, node: Node, bound: set[str]) -> Iterator[str]:
    form = SH.ask if (node, SH.ask, None) in graph else SH.select
    try:
        tree = parse(with_path(query_of(graph, node, form), "<urn:habeas:path>"))
    except (Unsupported, QueryRefusedError, QuerySyntaxError):  # whoever evaluates it says so
        return
    # Of "SELECT *", none are listed.
    if tree.name == "SelectQuery" and "this" not in (selected(tree) or {"this"}):
        yield "its query does not select $this, the node that is checked (section 5.3.1). Select it."
    yield from _forbidden(tree, bound)


def _forbidden(node: Any, bound: set[str]) -> Iterator[str]:  # noqa: ANN401 - rdflib's trees
    if isinstance(node, CompValue):
        name = _PATTERNS.get(node.name) or ("VALUES" if node.valuesClause is not None else None)
        if name is not None:
            yield f"its query uses {name}, which SHACL forbids (appendix A). Say it with FILTER."
        made = {str(node.var)} if node.name in {"Bind", "GroupAs"} else _made(node)
        for variable in sorted(made & (bound | {"currentShape", "shapesGraph"})):
            yield f"its query gives ${variable} a value with AS, which SHACL binds (appendix A). Take another variable."
        if node.name == "SubSelect" and (left := bound - (selected(node) or bound)):
            names = ", ".join(f"${variable}" for variable in sorted(left))
            yield f"a SELECT inside of its query does not select {names} (appendix A). Select it there, too."
    for child in children(node):
        yield from _forbidden(child, bound)


def _made(node: CompValue) -> set[str]:
    listed = node.projection if isinstance(node.projection, list) else []
    return {str(v.evar) for v in listed if v.evar is not None}
