"""What a shape can read of the data, seen from its focus nodes: an automaton over properties, from the shapes alone.

A state stands for the nodes that some part of a shape looks at: its focus nodes, the value nodes of a path, whatever a
variable of a query can be. A step leads from the nodes of one state over the triples of one property to those of
another; a read says that triples at the nodes of a state are looked at. So a changed triple can matter to a focus node
only if steps lead from it to where that triple is read: walked backwards, they find the focus nodes that a change can
affect; walked forwards, all triples that their validation needs. Where the connection is not known, the read has no
state, and such a triple matters to all targets of the shape.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from rdflib import RDF, SH, URIRef

from .compilation import find_roots
from .delta_queries import Position, Unknown, parse_constraint, read_query
from .paths import Path, Unsupported, read_list, read_path

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["Reach", "Read", "Step", "Target", "find_reach"]

_LISTS: Final = frozenset({"and", "or", "xone"})
_SHAPES: Final = frozenset({"node", "not", "property", "qualifiedValueShape"})
_PROPERTIES: Final = frozenset({"disjoint", "equals", "lessThan", "lessThanOrEquals"})
# What reads nothing but the value nodes themselves, or nothing at all.
_PLAIN: Final = frozenset(
    [
        *("class", "closed", "datatype", "flags", "hasValue", "ignoredProperties", "in", "languageIn", "maxCount"),
        *("maxExclusive", "maxInclusive", "maxLength", "minCount", "minExclusive", "minInclusive", "minLength"),
        *("nodeKind", "path", "pattern", "qualifiedMaxCount", "qualifiedMinCount", "qualifiedValueShapesDisjoint"),
        *("sparql", "targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf", "uniqueLang"),
        *("deactivated", "defaultValue", "description", "group", "message", "name", "order", "severity"),
    ]
)
_TRIPLE_ENDS: Final[dict[bool, tuple[Position, Position]]] = {False: ("s", "o"), True: ("o", "s")}


@dataclass(frozen=True, slots=True)
class Step:
    """From a node at ``start`` of a triple with ``predicate`` (None: any) to the node at its ``end``."""

    source: int
    predicate: Node | None
    start: Position
    end: Position
    target: int


@dataclass(frozen=True, slots=True)
class Read:
    """Triples with ``predicate`` (None: any) that have a node of ``state`` at ``position``.

    Args:
        shape: the shape with targets that reads.
        state: None where any triple with the predicate is read, whatever the focus node.
        predicate: the property.
        position: where in the triple the node stands.
        value: the only object that matters, or a subclass of it where the property is rdf:type; None for all.
        is_target: whether the triple makes the node a target, for which one of many such triples is enough.
    """

    shape: Node
    state: int | None
    predicate: Node | None
    position: Position = "s"
    value: Node | None = None
    is_target: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """What makes a node a target of a shape: one of the four kinds of SHACL, section 2.1.3, by its local name."""

    shape: Node
    kind: str
    value: Node


@dataclass
class Reach:
    """The automaton of a shapes graph; ``starts`` gives the state of each shape's targets."""

    starts: dict[Node, int] = field(default_factory=dict)
    steps: set[Step] = field(default_factory=set)
    reads: set[Read] = field(default_factory=set)
    targets: set[Target] = field(default_factory=set)


def find_reach(graph: Graph) -> Reach:
    """The automaton of all shapes of a graph that have targets."""
    reach = Reach()
    builder = _Builder(graph)
    for root in find_roots(graph):
        builder.root = root
        reach.starts[root] = start = builder.state()
        for target in _targets(graph, root):
            reach.targets.add(target)
            builder.read_target(target, start)
        try:
            builder.shape(root, start)
        except Unknown:
            builder.reads.add(Read(root, None, None))
    reach.steps, reach.reads = builder.without_epsilons()
    return reach


def _targets(graph: Graph, root: Node) -> set[Target]:
    kinds = ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")
    found = {Target(root, kind, value) for kind in kinds for value in graph.objects(root, SH[kind])}
    # A shape that is a class targets its instances; to take any shape for one is no error, since it has none then.
    return found | ({Target(root, "targetClass", root)} if isinstance(root, URIRef) else set())


class _Builder:
    """Collects steps and reads; an epsilon is a step that costs no triple."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.root: Node = RDF.nil
        self.steps: set[Step] = set()
        self.reads: set[Read] = set()
        self._epsilons: dict[int, set[int]] = defaultdict(set)
        self._states = 0

    def state(self) -> int:
        """A new state."""
        self._states += 1
        return self._states

    def read(
        self, state: int | None, predicate: Node | None, position: Position = "s", value: Node | None = None
    ) -> None:
        """The shape in hand reads triples."""
        self.reads.add(Read(self.root, state, predicate, position, value))

    def step(self, source: int, predicate: Node | None, ends: tuple[Position, Position], target: int) -> None:
        """The shape in hand walks triples, which it reads thereby."""
        self.steps.add(Step(source, predicate, *ends, target))
        self.read(source, predicate, ends[0])

    def read_target(self, target: Target, start: int) -> None:
        """What becomes or ceases to be a target is affected."""
        if target.kind == "targetClass":
            self.read(start, RDF.type, "s", target.value)
        elif target.kind == "targetSubjectsOf":
            self.read(start, target.value)
        elif target.kind == "targetObjectsOf":
            self.reads.add(Read(self.root, start, target.value, "o", is_target=True))

    # --- Shapes ------------------------------------------------------------------------------------------------------

    def shape(self, shape: Node, focus: int) -> None:
        """Whatever the validation of a shape reads at focus nodes of a state; a circle is refused when compiled.

        Raises:
            Unknown: it holds something that we cannot follow.
        """
        values = focus
        path = self._path(shape)
        if path is not None:
            values = self.state()
            self.walk(path, focus, values)
        for predicate, value in self.graph.predicate_objects(shape):
            self._parameter(str(predicate), value, focus, values)
        for query in self.graph.objects(shape, SH.sparql):
            read_query(parse_constraint(self.graph, query), self, focus, path)

    def _path(self, shape: Node) -> Path | None:
        node = self.graph.value(shape, SH.path)
        try:
            return None if node is None else read_path(self.graph, node)
        except Unsupported as error:
            raise Unknown from error

    def _parameter(self, predicate: str, value: Node, focus: int, values: int) -> None:
        name = predicate.removeprefix(str(SH))
        if name in _SHAPES:
            for inner in {value, *(self._siblings(value) if name == "qualifiedValueShape" else ())}:
                self.shape(inner, values)
        elif name in _LISTS:
            for inner in self._list(value):
                self.shape(inner, values)
        elif name in _PROPERTIES:
            self.read(focus, value)
        elif name == "class":
            self.read(values, RDF.type, "s", value)
        elif name == "closed":
            self.read(values, None)
        elif (predicate.startswith(str(SH)) and name not in _PLAIN) or URIRef(predicate) in self._custom():
            raise Unknown

    def _list(self, node: Node) -> list[Node]:
        try:
            return read_list(self.graph, node)
        except Unsupported as error:
            raise Unknown from error

    def _siblings(self, qualified: Node) -> set[Node]:
        """The qualified value shapes beside one, which sh:qualifiedValueShapesDisjoint holds its values against."""
        graph = self.graph
        shapes = graph.subjects(SH.qualifiedValueShape, qualified)
        parents = {parent for shape in shapes for parent in graph.subjects(SH.property, shape)}
        beside = {inner for parent in parents for inner in graph.objects(parent, SH.property)}
        return {found for inner in beside for found in graph.objects(inner, SH.qualifiedValueShape)}

    def _custom(self) -> set[Node]:
        """The parameters of constraint components that the shapes graph itself declares."""
        graph = self.graph
        parameters = {
            p for c in graph.subjects(RDF.type, SH.ConstraintComponent) for p in graph.objects(c, SH.parameter)
        }
        return {path for parameter in parameters for path in graph.objects(parameter, SH.path)}

    # --- Paths -------------------------------------------------------------------------------------------------------

    def walk(self, path: Path, source: int, target: int, *, inverse: bool = False) -> None:
        """Add the steps of a path from the nodes of one state to those of another."""
        match path.operator:
            case "predicate":
                self.step(source, path.predicate, _TRIPLE_ENDS[inverse], target)
            case "any":  # a negated property set, which may look both ways
                self.step(source, None, ("s", "o"), target)
                self.step(source, None, ("o", "s"), target)
            case "inversePath":
                self.walk(path.parts[0], source, target, inverse=not inverse)
            case "alternativePath":
                for part in path.parts:
                    self.walk(part, source, target, inverse=inverse)
            case "sequence":
                self._sequence(path.parts[::-1] if inverse else path.parts, source, target, inverse=inverse)
            case "zeroOrOnePath":
                self._epsilons[source].add(target)
                self.walk(path.parts[0], source, target, inverse=inverse)
            case _:
                self._closure(path, source, target, inverse=inverse)

    def _sequence(self, parts: tuple[Path, ...], source: int, target: int, *, inverse: bool) -> None:
        states = [source, *(self.state() for _ in parts[1:]), target]
        for part, start, end in zip(parts, states, states[1:], strict=False):
            self.walk(part, start, end, inverse=inverse)

    def _closure(self, path: Path, source: int, target: int, *, inverse: bool) -> None:
        loop = self.state()
        self.walk(path.parts[0], loop, loop, inverse=inverse)
        self._epsilons[loop].add(target)
        if path.operator == "zeroOrMorePath":
            self._epsilons[source].add(loop)
        else:
            self.walk(path.parts[0], source, loop, inverse=inverse)

    def without_epsilons(self) -> tuple[set[Step], set[Read]]:
        """The same steps and reads, each from every state that leads to it at no cost."""
        before: dict[int, set[int]] = {state: {state} for state in range(1, self._states + 1)}
        for state in before:
            for found in self._free(state):
                before[found].add(state)
        steps = {
            Step(state, step.predicate, step.start, step.end, step.target)
            for step in self.steps
            for state in before[step.source]
        }
        reads = {
            replace(read, state=state)
            for read in self.reads
            for state in (before[read.state] if read.state is not None else (None,))
        }
        return steps, reads

    def _free(self, state: int) -> set[int]:
        found, new = {state}, [state]
        while new:
            for following in self._epsilons[new.pop()] - found:
                found.add(following)
                new.append(following)
        return found
