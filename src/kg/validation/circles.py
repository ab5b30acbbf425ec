"""Shapes that refer to themselves, which SHACL leaves undefined (section 3.4.3), are refused before all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rdflib import SH

from ..errors import ShapesError
from .paths import Unsupported, read_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["refuse_circles"]

_SHAPES: Final = (SH.node, SH["not"], SH.property, SH.qualifiedValueShape)
_LISTS: Final = (SH["and"], SH["or"], SH.xone)


def refuse_circles(graph: Graph, shapes: Iterable[Node]) -> None:
    """Follow each reference from shapes on.

    Raises:
        ShapesError: one leads back to where it came from.
    """
    done: set[Node] = set()
    for shape in shapes:
        _follow(graph, shape, (), done)


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
