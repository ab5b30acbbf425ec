"""Which shapes lead where: those that refer to themselves are refused (SHACL, section 3.4.3); some nothing leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rdflib import SH

from ..errors import ShapesError
from .constraints import PARAMETERS
from .naming import name_of
from .parameters import is_true
from .paths import Unsupported, read_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["find_unused", "refuse_circles"]

_SHAPES: Final = (SH.node, SH["not"], SH.property, SH.qualifiedValueShape)
_LISTS: Final = (SH["and"], SH["or"], SH.xone)


def refuse_circles(graph: Graph, shapes: Iterable[Node]) -> set[Node]:
    """Follow each reference from shapes on, and return all shapes that are met.

    Raises:
        ShapesError: one leads back to where it came from.
    """
    done: set[Node] = set()
    for shape in shapes:
        _follow(graph, shape, (), done)
    return done


def find_unused(graph: Graph, used: Iterable[Node]) -> list[str]:
    """What to call the shapes that say what must hold, but of no node: without targets, and nothing names them.

    A deactivated shape is none of them.
    """
    says = {SH[name] for name in (*PARAMETERS, "property", "sparql")}
    shapes = {shape for predicate in says for shape in graph.subjects(predicate)} - set(used)
    idle = [s for s in shapes if (None, None, s) not in graph and not is_true(graph.value(s, SH.deactivated))]
    return sorted(" ".join(filter(None, name_of(graph, shape))) for shape in idle)


def _follow(graph: Graph, shape: Node, above: tuple[Node, ...], done: set[Node]) -> None:
    if shape in above:
        raise ShapesError(f"{shape}: it refers to itself, which SHACL leaves undefined. Take the circle apart.")
    if shape not in done:
        for inner in _referred(graph, shape):
            _follow(graph, inner, (*above, shape), done)
        done.add(shape)


def _referred(graph: Graph, shape: Node) -> Iterator[Node]:
    for predicate in _SHAPES:
        yield from graph.objects(shape, predicate)
    for predicate in _LISTS:
        for node in graph.objects(shape, predicate):
            try:
                yield from read_list(graph, node)
            except Unsupported:  # no list: whoever evaluates it says so
                continue
