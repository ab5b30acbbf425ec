"""What a query of SHACL-SPARQL can read, as steps and reads from ``$this``.

A triple pattern is connected with ``$this`` only by patterns that hold in every solution in which it takes part: those
of its own group and of the groups that this one is joined with, what stands before an OPTIONAL, what an EXISTS is asked
of. One path of such patterns is enough, since each of them must hold. Variables connect, constants do not: they would
connect everything that is of one type. What is not connected is read whatever ``$this`` is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from rdflib import SH, BNode, URIRef, Variable
from rdflib import paths as sparql
from rdflib.plugins.sparql.parserutils import CompValue

from kg.columns.compile.parsing import children, parse

from ..errors import KgError
from .paths import Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["Position", "Unknown", "parse_constraint", "read_query"]

_MODIFIERS: Final = {"*": "zeroOrMorePath", "+": "oneOrMorePath", "?": "zeroOrOnePath"}
_EXISTS: Final = frozenset({"Builtin_EXISTS", "Builtin_NOTEXISTS"})
_ANY: Final = Path("any")

Position = Literal["s", "p", "o"]
_POSITIONS: Final[tuple[Position, ...]] = ("s", "p", "o")
Known = dict[Any, int]
Triple = tuple[Any, Any, Any]


class Unknown(KgError):  # noqa: N818 - it is caught where it arises, and means that any change may matter
    """A shape of which it cannot be told what it reads."""


class Builder(Protocol):
    """What collects steps and reads: see ``delta_reach``."""

    def state(self) -> int: ...
    def read(
        self, state: int | None, predicate: Node | None, position: Position = "s", value: Node | None = None
    ) -> None: ...
    def step(self, source: int, predicate: Node | None, ends: tuple[Position, Position], target: int) -> None: ...
    def walk(self, path: Path, source: int, target: int, *, inverse: bool = False) -> None: ...


def parse_constraint(graph: Graph, constraint: Node) -> CompValue:
    """The query of a constraint in SPARQL.

    Raises:
        Unknown: it has none that can be read.
    """
    declared = [d for where in graph.objects(constraint, SH.prefixes) for d in graph.objects(where, SH.declare)]
    prefixes = {f"PREFIX {graph.value(d, SH.prefix)}: <{graph.value(d, SH.namespace)}>\n" for d in declared}
    try:
        return parse("".join(sorted(prefixes)) + str(graph.value(constraint, SH.select)))
    except KgError as error:
        raise Unknown from error


def read_query(query: CompValue, builder: Builder, focus: int, path: Path | None) -> None:
    """Add what a query reads for the nodes of a state as ``$this``, with ``path`` as ``$PATH``.

    Raises:
        Unknown: it looks into other graphs or has a part that we do not know.
    """
    if query.name != "SelectQuery" or query.datasetClause:
        raise Unknown
    _Reader(builder, focus, path).select(query, {Variable("this"): focus})


@dataclass(frozen=True, slots=True)
class _Reader:
    builder: Builder
    focus: int
    path: Path | None

    def select(self, node: CompValue, known: Known) -> None:
        rest = [value for key, value in node.items() if key != "where"]
        if any(_exists_in(value) for value in rest):
            raise Unknown
        self.group(node.where, known, known, known)

    def group(self, node: CompValue, joined: Known, inside: Known, filtered: Known) -> None:
        """A group: what it is joined with, what is put into it, and what its filters see beside its own."""
        if node.name == "SubSelect":
            self._sub_select(node)
            return
        parts = list(node.part or [])
        own = [triple for part in parts for triple in _triples(part)]
        joined, seen = self._extended(joined, own), self._extended(filtered, own)
        for triple in own:
            self._read(triple, joined)
        before: list[Triple] = []
        for part in parts:
            before += _triples(part)
            if part.name == "Filter":
                self._exists(part.expr, seen)
            elif part.name == "GroupOrUnionGraphPattern":
                for branch in part.graph:
                    self.group(branch, joined, inside, inside)
            elif part.name != "TriplesBlock":
                self._other(part, inside, self._extended(inside, before))

    def _other(self, part: CompValue, inside: Known, left: Known) -> None:
        if part.name == "OptionalGraphPattern":
            self.group(part.graph, left, inside, left)
        elif part.name == "Bind":
            self._exists(part.expr, left)
        elif part.name == "MinusGraphPattern":
            self.group(part.graph, inside, inside, inside)
        elif part.name != "InlineData":
            raise Unknown

    def _sub_select(self, node: CompValue) -> None:
        """It is evaluated for itself; nothing but ``$this`` is put into it, and that only where it is selected."""
        listed = node.projection if isinstance(node.projection, list) else None
        has_this = listed is None or any(item.var == Variable("this") for item in listed)
        self.select(node, {Variable("this"): self.focus} if has_this else {})

    def _exists(self, expression: Any, known: Known) -> None:  # noqa: ANN401 - rdflib's trees are not typed
        for found in _exists_in(expression):
            self.group(found.graph, known, known, known)

    # --- Triple patterns ---------------------------------------------------------------------------------------------

    def _extended(self, known: Known, triples: list[Triple]) -> Known:
        """The states of the variables that the triples connect with known ones."""
        found, waiting = dict(known), list(triples)
        while waiting:
            ready = [triple for triple in waiting if any(_is_name(n) and n in found for n in triple)]
            if not ready:
                break
            for triple in ready:
                waiting.remove(triple)
                self._connect(triple, found)
        return found

    def _connect(self, triple: Triple, found: Known) -> None:
        for position, node in zip(_POSITIONS, triple, strict=True):
            if not _is_name(node) or node in found or node == Variable("PATH"):
                continue
            anchor = next(p for p, n in zip(_POSITIONS, triple, strict=True) if _is_name(n) and n in found)
            found[node] = self.builder.state()
            self._walk(triple, anchor, position, found)

    def _walk(self, triple: Triple, start: Position, end: Position, found: Known) -> None:
        """Steps from the node at one position of a pattern to that at another, both known by now."""
        source, target = (found[triple[_POSITIONS.index(place)]] for place in (start, end))
        path = self._path(triple[1])
        if path is None:
            self.builder.step(source, None, (start, end), target)
        else:
            self.builder.walk(path, source, target, inverse=start == "o")

    def _path(self, node: Any) -> Path | None:  # noqa: ANN401 - rdflib's trees are not typed
        """The path of a pattern; None where it is a variable."""
        if node == Variable("PATH") and self.path is not None:
            return self.path
        return None if _is_name(node) else _read_path(node)

    def _read(self, triple: Triple, known: Known) -> None:
        """What a pattern reads: at its subject, its object or its predicate, whichever is known, or anywhere."""
        path = self._path(triple[1])
        if path is not None and path.operator == "predicate":
            self._read_plain(triple, path.predicate, known)
            return
        for position, node in zip(_POSITIONS, triple, strict=True):
            if _is_name(node) and node in known:
                self._read_at(position, known[node], path)
                return
        for predicate in _predicates(path) if path is not None else [None]:
            self.builder.read(None, predicate)

    def _read_plain(self, triple: Triple, predicate: Node | None, known: Known) -> None:
        subject, _, value = triple
        if _is_name(subject) and subject in known:
            self.builder.read(known[subject], predicate, "s", value if isinstance(value, URIRef) else None)
        elif _is_name(value) and value in known:
            self.builder.read(known[value], predicate, "o")
        else:
            self.builder.read(None, predicate)

    def _read_at(self, position: Position, state: int, path: Path | None) -> None:
        if path is None:
            self.builder.read(state, None, position)
        else:
            self.builder.walk(path, state, self.builder.state(), inverse=position == "o")


def _triples(part: CompValue) -> Iterator[Triple]:
    for block in part.triples if part.name == "TriplesBlock" else ():
        for i in range(0, len(block), 3):
            yield tuple(block[i : i + 3])


def _is_name(node: object) -> bool:
    """Whether it is a variable; a blank node of a query is one that nothing else can name."""
    return isinstance(node, Variable | BNode)


def _exists_in(node: Any) -> list[CompValue]:  # noqa: ANN401 - rdflib's trees are not typed
    if isinstance(node, CompValue) and node.name in _EXISTS:
        return [node]
    return [found for child in children(node) for found in _exists_in(child)]


def _read_path(node: Any) -> Path:  # noqa: ANN401 - rdflib's trees are not typed
    match node:
        case URIRef():
            return Path("predicate", node)
        case sparql.SequencePath():
            return Path("sequence", parts=tuple(map(_read_path, node.args)))
        case sparql.AlternativePath():
            return Path("alternativePath", parts=tuple(map(_read_path, node.args)))
        case sparql.InvPath():
            return Path("inversePath", parts=(_read_path(node.arg),))
        case sparql.MulPath():
            return Path(_MODIFIERS[str(node.mod)], parts=(_read_path(node.path),))
        case sparql.NegatedPath():
            return _ANY
    raise Unknown


def _predicates(path: Path) -> list[Node | None]:
    """The properties that a path reads; None, which stands for any, where it can match no triple at all."""
    if path.operator in ("any", "zeroOrMorePath", "zeroOrOnePath"):
        return [None]
    if path.operator == "predicate":
        return [path.predicate]
    return [found for part in path.parts for found in _predicates(part)]
