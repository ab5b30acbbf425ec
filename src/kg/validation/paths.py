"""Property paths (SHACL §2.3.1): read from a shapes graph, written as Turtle, and walked in SQL from a set of nodes."""

# ruff: noqa: S608 - what stands in this SQL are names of our own tables and variables

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rdflib import RDF, SH, Graph, URIRef

from ..errors import KgError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdflib.term import Node

__all__ = ["Path", "Unsupported", "Walker", "ends", "path_sparql", "path_turtle", "read_list", "read_path"]

_OPERATORS: Final = {
    SH.inversePath: "inversePath",
    SH.alternativePath: "alternativePath",
    SH.zeroOrMorePath: "zeroOrMorePath",
    SH.oneOrMorePath: "oneOrMorePath",
    SH.zeroOrOnePath: "zeroOrOnePath",
}
_PARTS_MIN: Final = 2
_CLOSURES: Final = frozenset({"zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath"})


class Unsupported(KgError):  # noqa: N818 - it is caught where it arises, and says why a shape goes to the reference
    """A shape that the columns do not check; the message says why."""


@dataclass(frozen=True, slots=True)
class Path:
    """One step of a path: ``predicate`` with its IRI, ``sequence``, or an operator by its local name in SHACL."""

    operator: str
    predicate: URIRef | None = None
    parts: tuple[Path, ...] = ()


def read_list(graph: Graph, node: Node) -> list[Node]:
    """The members of an RDF list.

    Raises:
        Unsupported: it is no well-formed list.
    """
    members, cells = [], set()
    while node != RDF.nil:
        if node in cells:
            raise Unsupported("a list goes round in a circle")
        cells.add(node)
        first, rest = list(graph.objects(node, RDF.first)), list(graph.objects(node, RDF.rest))
        if len(first) != 1 or len(rest) != 1:
            raise Unsupported("what should be a list is none")
        members += first
        (node,) = rest
    return members


def read_path(graph: Graph, node: Node, above: tuple[Node, ...] = ()) -> Path:
    """The path that a node of the shapes graph stands for.

    Raises:
        Unsupported: it is no well-formed path.
    """
    if isinstance(node, URIRef) and node != RDF.nil:
        return Path("predicate", node)
    if node in above:
        raise Unsupported("a path contains itself")
    below = (*above, node)
    if (node, RDF.first, None) in graph:
        return Path("sequence", parts=_parts(graph, node, below))
    given = [(name, value) for term, name in _OPERATORS.items() for value in graph.objects(node, term)]
    if len(given) != 1:
        raise Unsupported("a path is not well-formed")
    name, value = given[0]
    if name == "alternativePath":
        return Path(name, parts=_parts(graph, value, below))
    return Path(name, parts=(read_path(graph, value, below),))


def _parts(graph: Graph, node: Node, above: tuple[Node, ...]) -> tuple[Path, ...]:
    members = read_list(graph, node)
    if len(members) < _PARTS_MIN:
        raise Unsupported("a path has a list of fewer than two paths")
    return tuple(read_path(graph, member, above) for member in members)


def path_turtle(path: Path) -> str:
    """The path as Turtle with the prefix ``sh``; of a plain property its IRI alone, without angle brackets."""
    return str(path.predicate) if path.operator == "predicate" else _turtle(path)


def _turtle(path: Path) -> str:
    if path.operator == "predicate":
        return f"<{path.predicate}>"
    parts = " ".join(map(_turtle, path.parts))
    if path.operator == "sequence":
        return f"( {parts} )"
    return f"[ sh:{path.operator} {f'( {parts} )' if path.operator == 'alternativePath' else parts} ]"


def ends(path: Path) -> set[Node | None]:
    """The properties whose values a path leads to; None among them where it may lead to anything."""
    if path.predicate is not None:
        return {path.predicate}
    if path.operator == "sequence":
        return ends(path.parts[-1])
    if path.operator == "alternativePath":
        return {end for part in path.parts for end in ends(part)}
    return {None}


_SIGNS: Final = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}


def path_sparql(path: Path) -> str:
    """The path as SPARQL writes it, in brackets where it is longer than one property."""
    parts = [path_sparql(part) for part in path.parts]
    match path.operator:
        case "predicate":
            return f"<{path.predicate}>"
        case "inversePath":
            return f"(^{parts[0]})"
        case "sequence":
            return f"({'/'.join(parts)})"
        case "alternativePath":
            return f"({'|'.join(parts)})"
    return f"({parts[0]}{_SIGNS[path.operator]})"


# --- SQL -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Walker:
    """Writes the SQL that walks paths, a set of nodes at a time.

    Args:
        constant: gives the SQL expression of a term's id.
        table: makes a temporary table of a SELECT and gives its name.
    """

    constant: Callable[[Node], str]
    table: Callable[[str], str]

    def walk(self, path: Path, start: str, *, inverse: bool = False) -> str:
        """A SELECT of (origin, node): each node that ``path`` leads to from a node of the table ``start``.

        A pair may come twice. ``start`` has the columns origin and node.
        """
        if path.operator == "predicate":
            edges = self._edges(path, inverse=inverse, start=start)
            return f"SELECT i.origin, e.b AS node FROM {start} AS i JOIN {edges} AS e ON e.a = i.node"
        if path.operator == "inversePath":
            return self.walk(path.parts[0], start, inverse=not inverse)
        if path.operator == "alternativePath":
            return " UNION ALL ".join(f"SELECT * FROM ({self.walk(p, start, inverse=inverse)})" for p in path.parts)
        if path.operator in _CLOSURES:
            return self._closure(path.operator, path.parts[0], start, inverse=inverse)
        for part in reversed(path.parts) if inverse else path.parts:
            start = self.table(f"SELECT DISTINCT * FROM ({self.walk(part, start, inverse=inverse)})")
        return f"SELECT origin, node FROM {start}"

    def _closure(self, operator: str, path: Path, start: str, *, inverse: bool) -> str:
        if operator == "zeroOrOnePath":
            further = self.walk(path, start, inverse=inverse)
            return f"SELECT origin, node FROM {start} UNION ALL SELECT * FROM ({further})"
        edges = self._edges(path, inverse=inverse, start=start)
        step = f"SELECT w.origin, e.b FROM {{}} AS w JOIN {edges} AS e ON e.a = w.node"
        first = f"SELECT origin, node FROM {start}" if operator == "zeroOrMorePath" else step.format(start)
        return (
            f"WITH RECURSIVE walked(origin, node) AS ({first} UNION {step.format('walked')}) "
            "SELECT origin, node FROM walked"
        )

    def _edges(self, path: Path, *, inverse: bool, start: str) -> str:
        """A relation (a, b): all pairs that ``path`` joins, of nodes of the whole graph and of the table ``start``."""
        if path.operator == "predicate" and path.predicate is not None:
            ends = "o AS a, s AS b" if inverse else "s AS a, o AS b"
            return f"(SELECT {ends} FROM shacl_triple WHERE p = {self.constant(path.predicate)})"
        everywhere = self.table(
            "SELECT s AS origin, s AS node FROM shacl_triple UNION SELECT o, o FROM shacl_triple "
            f"UNION SELECT node, node FROM {start}"
        )
        pairs = self.walk(path, everywhere, inverse=inverse)
        return self.table(f"SELECT DISTINCT origin AS a, node AS b FROM ({pairs})")
