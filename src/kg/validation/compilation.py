"""SHACL compiled to SQL: each shape becomes one statement that checks all of its focus nodes at once.

What the columns do not check is told with the reason and left to the reference engine, target by target; it is never
skipped. Shapes that refer to themselves were refused before (``circles``).
"""

# ruff: noqa: S608 - what stands in this SQL are names of our own tables, and texts that `quoted` made

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rdflib import OWL, RDF, RDFS, SH, Graph, URIRef

from kg.columns.compile.terms import term_of

from ..errors import QueryRefusedError
from . import parameters
from .constraints import PARAMETERS, Place, constraints, edge_constraints, term_conditions
from .edges import Edge
from .naming import Message, Name, name_of, said_of
from .paths import Path, Unsupported, Walker, ends, path_turtle, read_path
from .sparql import SHAPES_GRAPH, find_components, sparql_constraints
from .syntax import SINGLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

    from kg.columns.compile import Term

    from .sparql import Found

__all__ = ["TARGETS", "Compiler", "Program", "Rule", "find_roots"]

_OF_EDGES: Final = frozenset({"class", "maxCount"})
_OF_CONSTRAINTS: Final = frozenset({"select", "prefixes"})
TARGETS: Final = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
_PROPERTY_ONLY: Final = frozenset({"minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals"})
_KNOWN: Final = frozenset(
    {*PARAMETERS, *SINGLE, *(str(target).removeprefix(str(SH)) for target in TARGETS)}
    | {"defaultValue", "description", "group", "message", "name", "order", "property", "sparql"}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What the results of one constraint have in common.

    ``path`` is as ``path_turtle`` gives it; ``constraint`` names the constraint in SPARQL.
    """

    shape: str
    name: Name
    component: str
    path: str | None
    severity: str
    message: Message
    steps: Path | None
    constraint: str | None = None


@dataclass(frozen=True, slots=True)
class Program:
    r"""What checks one shape with targets.

    In its SQL stand places that are filled for each data graph: the id of a term, \0t<number>\0; its ids as a node
    of the data, \0n<number>\0; the ids of a class and of all below it, \0c<number>\0; how many ids a data graph
    has, \0k0\0; and, after a condition, \0f<column>\0, which leaves out all other nodes than
    those asked for.

    Args:
        shape: the shape.
        targets: SELECT of its targets (node, n).
        results: SELECT of what breaks it (rule, focus, path, value, n, computed, quoted); None where nothing can.
        edges: what else is to be checked, together with those of other shapes.
    """

    shape: Node
    targets: str
    results: str | None
    edges: tuple[Edge, ...] = ()


def find_roots(graph: Graph) -> list[Node]:
    """The shapes that have targets, sorted; a class that is a shape targets its own instances (SHACL §2.1.3.3).

    A class (an owl:Class is one) is a shape as soon as a constraint is said of it (§2.1), be it declared so or not.
    """
    found = {shape for target in TARGETS for shape in graph.subjects(target, None)}
    custom = {path for component in find_components(graph) for path in component.parameters.values()}
    says = [p for p in graph.predicates(unique=True) if str(p).startswith(str(SH)) or p in custom]
    shapes = {shape for predicate in says for shape in graph.subjects(predicate, None)}
    return sorted(found | {shape for shape in shapes if _is_class(graph, shape)}, key=str)


def _is_class(graph: Graph, shape: Node) -> bool:
    kinds = {kind for own in graph.objects(shape, RDF.type) for kind in graph.transitive_objects(own, RDFS.subClassOf)}
    return isinstance(shape, URIRef) and bool(kinds & {RDFS.Class, OWL.Class})


class Compiler:
    """Turns the shapes of a graph into SQL. What the programs share is kept here: rules, constants, classes."""

    def __init__(self, graph: Graph, *, by_graph: bool = False) -> None:
        self.graph = graph
        self.by_graph = by_graph
        self.rules: list[Rule] = []
        self.constants: dict[Term, int] = {}
        self.classes: dict[Node, int] = {}
        # The properties whose values are compared; None for all of them.
        self.ordered: set[Node | None] = set()
        self._relations: dict[str, str] = {}
        self._edges: list[Edge] = []
        self._failures: dict[tuple[Node, str], str] = {}
        self._walker = Walker(self._constant, self._table)
        self._components = find_components(graph)
        self._custom = {path for component in self._components for path in component.parameters.values()}
        for term in (RDF.type, RDFS.subClassOf, SHAPES_GRAPH):
            self._constant(term)

    def targets(self, root: Node) -> Program:
        """A program that only finds the targets of a shape."""
        return Program(root, self._targets(root), None)

    def compile(self, root: Node) -> Program:
        """The program of one shape with targets.

        Raises:
            Unsupported: the columns do not check all of it.
        """
        self._failures = {}
        self._relations = {}
        targets = self._targets(root)
        self._edges = []
        selects = list(self._report(root, self._table(targets), ()))
        results = self._with_relations(" UNION ALL ".join(selects)) if selects else None
        return Program(root, targets, results, tuple(self._edges))

    # --- Shapes ------------------------------------------------------------------------------------------------------

    def _report(self, shape: Node, focus: str, above: tuple[Node, ...]) -> Iterator[str]:
        """SELECTs of the results of a shape at each node of the relation ``focus``."""
        values = self._values(shape, focus, above)
        if values is None:
            return
        below = (*above, shape)
        place = self._place(shape, focus, values, below)
        is_edge = values.startswith("(")
        if is_edge:
            self._add_edges(place)
        elif conditions := term_conditions(place):
            yield self._breaking_terms(place, conditions)
        for name, broken in constraints(place, but=_OF_EDGES if is_edge else frozenset()):
            component = f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent"
            yield f"SELECT {self._rule(shape, component)}, *, NULL, NULL FROM ({broken})"
        for found in sparql_constraints(place, self._components):
            yield f"SELECT {self._rule(shape, found.component, found)}, * FROM ({found.select})"
        for inner in self._inner(shape):
            nodes = self._table(f"SELECT value AS node, sum(n) AS n FROM {values} GROUP BY value")
            yield from self._report(inner, nodes, below)

    def _add_edges(self, place: Place) -> None:
        """Have constraints on all values of a property checked together with those of other shapes."""
        predicate = place.value("path")
        assert predicate is not None
        kinds: list[tuple[Literal["term", "class", "maxCount"], str, str]] = [
            *(("term", name, condition) for name, condition in term_conditions(place)),
            *((name, name, what) for name, what in edge_constraints(place)),
        ]
        for kind, name, what in kinds:
            rule = self._rule(place.shape, f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent")
            self._edges.append(Edge(kind, self._constant(predicate), rule, what))

    def _breaking_terms(self, place: Place, conditions: list[tuple[str, str]]) -> str:
        """One SELECT for all constraints that only look at the value's term, and at each term once."""
        rules = [
            (self._rule(place.shape, f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent"), condition)
            for name, condition in conditions
        ]
        broken = ", ".join(f"CASE WHEN coalesce({holds}, false) THEN NULL ELSE {rule} END" for rule, holds in rules)
        return (
            "SELECT i.rule, v.focus, NULL, v.value, v.n, NULL, NULL FROM "
            f"{place.values} AS v JOIN ("
            f"SELECT id, unnest(list_filter([{broken}], lambda rule: rule IS NOT NULL)) AS rule "
            f"FROM ({_broken_terms(place, conditions)}) AS t) AS i ON i.id = v.value"
        )

    def _failing(self, shape: Node, values: str, above: tuple[Node, ...]) -> str:
        """The relation (focus) of the values in the relation ``values`` that do not conform to a shape."""
        if (shape, values) not in self._failures:
            focus = self._table(f"SELECT DISTINCT value AS node, 1::BIGINT AS n FROM {values}")
            selects = self._failures_of(shape, focus, above)
            union = " UNION ALL ".join(["SELECT NULL::INTEGER AS focus", *selects])
            self._failures[shape, values] = self._table(f"SELECT DISTINCT focus FROM ({union}) WHERE focus IS NOT NULL")
        return self._failures[shape, values]

    def _failures_of(self, shape: Node, focus: str, above: tuple[Node, ...]) -> Iterator[str]:
        values = self._values(shape, focus, above)
        if values is None:
            return
        below = (*above, shape)
        place = self._place(shape, focus, values, below)
        conditions = term_conditions(place)
        if conditions:
            broken = f"SELECT id FROM ({_broken_terms(place, conditions)})"
            yield f"SELECT focus FROM {values} AS v WHERE v.value IN ({broken})"
        for _, select in constraints(place):
            yield f"SELECT focus FROM ({select}) AS broken(focus, path, value, n)"
        for found in sparql_constraints(place, self._components):
            yield f"SELECT focus FROM ({found.select}) AS broken(focus, path, value, n, computed, quoted)"
        for inner in self._inner(shape):
            yield f"SELECT focus FROM {values} WHERE value IN (SELECT focus FROM {self._failing(inner, values, below)})"

    def _values(self, shape: Node, focus: str, above: tuple[Node, ...]) -> str | None:
        """The relation (focus, n, value) of value nodes; None where the shape is deactivated."""
        self._check(shape)
        if any(parameters.is_true(value) for value in self.graph.objects(shape, SH.deactivated)):
            return None
        path = self._path(shape)
        if path is None:
            return self._table(f"SELECT node AS focus, n, node AS value FROM {focus}")
        if path.predicate is not None:
            return self._values_of(shape, path.predicate, focus, is_root=not above)
        start = self._table(f"SELECT node AS origin, node FROM {focus}")
        walked = self._walker.walk(path, start)
        return self._table(
            f"SELECT f.node AS focus, f.n, w.node AS value FROM {focus} AS f "
            f"JOIN (SELECT DISTINCT origin, node FROM ({walked})) AS w ON w.origin = f.node"
        )

    def _values_of(self, shape: Node, predicate: Node, focus: str, *, is_root: bool) -> str:
        """The values of a property: a triple comes once, and so does a focus node."""
        edges = f"SELECT s AS focus, 1::BIGINT AS n, o AS value FROM shacl_triple WHERE p = {self._constant(predicate)}"
        if is_root and self._target_kinds(shape) == [(SH.targetSubjectsOf, predicate)]:
            return f"({edges}\0fs\0)"
        return self._table(
            f"SELECT f.node AS focus, f.n, e.value FROM {focus} AS f JOIN ({edges}) AS e ON e.focus = f.node"
        )

    def _check(self, shape: Node) -> None:
        """Refuse what is not SHACL, or not well-formed."""
        predicates = list(self.graph.predicates(shape))
        is_constraint = (shape, RDF.type, SH.SPARQLConstraint) in self.graph
        for predicate in predicates:
            name = str(predicate).removeprefix(str(SH))
            is_known = name in _KNOWN or predicate in self._custom or (is_constraint and name in _OF_CONSTRAINTS)
            if str(predicate).startswith(str(SH)) and not is_known:
                raise Unsupported(f"it uses {'sh:' if name in SH else ''}{name}, which is not SHACL Core")
            if name in SINGLE and predicates.count(predicate) > 1:
                raise Unsupported(f"it has more than one sh:{name}")
            if name in _PROPERTY_ONLY and SH.path not in predicates:
                raise Unsupported(f"it has sh:{name}, but no sh:path")

    def _path(self, shape: Node) -> Path | None:
        node = self.graph.value(shape, SH.path)
        return None if node is None else read_path(self.graph, node)

    def _inner(self, shape: Node) -> list[Node]:
        """The property shapes that a shape names with sh:property."""
        found = sorted(self.graph.objects(shape, SH.property), key=str)
        if any(self.graph.value(inner, SH.path) is None for inner in found):
            raise Unsupported("its sh:property names something without sh:path")
        return found

    def _rule(self, shape: Node, component: str, found: Found | None = None) -> int:
        """The number of a new rule."""
        path = self._path(shape)
        severity, *others = list(self.graph.objects(shape, SH.severity)) or [SH.Violation]
        if others or not isinstance(severity, URIRef):
            raise Unsupported("it has not one severity")
        rule = Rule(
            shape=str(shape),
            name=name_of(self.graph, shape),
            component=component,
            path=None if path is None else path_turtle(path),
            severity=str(severity),
            message=said_of(self.graph, shape, component) if found is None else found.message,
            steps=path,
            constraint=None if found is None else found.constraint,
        )
        self.rules.append(rule)
        return len(self.rules) - 1

    def _place(self, shape: Node, focus: str, values: str, above: tuple[Node, ...]) -> Place:
        return Place(
            graph=self.graph,
            shape=shape,
            focus=focus,
            values=values,
            constant=self._constant,
            constant_of=self._constant_of,
            nodes=self._nodes,
            instances=self._instances,
            failing=lambda other: self._failing(other, values, above),
            table=self._table,
            compared=lambda others: self._compare(shape, others),
            by_graph=self.by_graph,
        )

    def _compare(self, shape: Node, others: set[Node | None]) -> None:
        """Have the values of a shape, and those of other properties, ready to be compared."""
        path = self._path(shape)
        self.ordered |= others | (ends(path) if path is not None else {None})

    # --- Targets and what the statements share -----------------------------------------------------------------------

    def _target_kinds(self, shape: Node) -> list[tuple[Node, Node]]:
        """The targets of a shape: the property of SHACL that gives it, and what it names."""
        found = [(target, value) for target in TARGETS for value in self.graph.objects(shape, target)]
        if _is_class(self.graph, shape):
            found.append((SH.targetClass, shape))
        return sorted(set(found), key=str)

    def _targets(self, shape: Node) -> str:
        selects = [self._target(kind, value) for kind, value in self._target_kinds(shape)]
        return f"SELECT DISTINCT node, 1::BIGINT AS n FROM ({' UNION ALL '.join(selects)}) AS found(node)"

    def _target(self, kind: Node, value: Node) -> str:
        if kind == SH.targetNode:
            return f"SELECT id FROM (SELECT unnest([{self._nodes(value)}]) AS id) WHERE true\0fid\0"
        if kind == SH.targetClass:
            return f"SELECT id FROM {self._instances(value)} WHERE true\0fid\0"
        place = "s" if kind == SH.targetSubjectsOf else "o"
        return f"SELECT {place} FROM shacl_triple WHERE p = {self._constant(value)}\0f{place}\0"

    def _instances(self, name: Node) -> str:
        """The relation (id) of the SHACL instances of a class: of it and of its subclasses; one may come twice."""
        number = self.classes.setdefault(name, len(self.classes))
        self._constant(name)
        return f"(SELECT s AS id FROM shacl_triple WHERE p = {self._constant(RDF.type)} AND o IN (\0c{number}\0))"

    def _constant(self, term: Node) -> str:
        try:
            return self._constant_of(term_of(term))
        except QueryRefusedError as error:
            raise Unsupported(f"it names a term that the columns do not hold. {error}") from error

    def _nodes(self, term: Node) -> str:
        return self._constant(term).replace("\0t", "\0n")

    def _constant_of(self, term: Term) -> str:
        return f"\0t{self.constants.setdefault(term, len(self.constants))}\0"

    def _table(self, select: str) -> str:
        name = f"shacl_{len(self._relations)}"
        self._relations[name] = select
        return name

    def _with_relations(self, select: str) -> str:
        """The SELECT with those of the relations that it needs; what is needed twice is computed once."""
        uses: dict[str, int] = {}
        waiting = [select]
        while waiting:
            for name in re.findall(r"\bshacl_\d+\b", waiting.pop()):
                if name in self._relations:
                    uses[name] = uses.get(name, 0) + 1
                    if uses[name] == 1:
                        waiting.append(self._relations[name])
        listed = [
            f"{name} AS {'' if uses[name] > 1 else 'NOT '}MATERIALIZED ({self._relations[name]})"
            for name in self._relations
            if name in uses
        ]
        return f"WITH {', '.join(listed)} {select}" if listed else select


def _broken_terms(place: Place, conditions: list[tuple[str, str]]) -> str:
    """SELECT of the rows of the dictionary that are values and break one of the conditions."""
    holds = " AND ".join(f"({condition})" for _, condition in conditions)
    return (
        f"SELECT t.* FROM shacl_term AS t SEMI JOIN {place.values} AS v ON v.value = t.id "
        f"WHERE NOT coalesce({holds}, false)"
    )
