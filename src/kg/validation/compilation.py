"""SHACL Core compiled to SQL: each shape becomes statements that check all of its focus nodes at once.

Recursive shapes are refused. What else the columns do not check (SHACL-SPARQL, above all) is told with the reason and
left to the reference engine, target by target; it is never skipped.
"""

# ruff: noqa: S608 - what stands in this SQL are names of our own tables, and texts that `quoted` made

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rdflib import RDF, RDFS, SH, Graph, URIRef

from ..errors import ShapesError
from . import parameters
from .constraints import PARAMETERS, Place, constraints
from .paths import Path, Unsupported, Walker, path_turtle, read_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

__all__ = ["TARGETS", "Compiler", "Program", "Rule", "find_roots"]

TARGETS: Final = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
_PROPERTY_ONLY: Final = frozenset({"minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals"})
_SINGLE: Final = frozenset(
    [
        "closed",
        "datatype",
        "flags",
        "ignoredProperties",
        "in",
        "languageIn",
        "maxCount",
        "maxLength",
        "minCount",
        "minLength",
        "nodeKind",
        "path",
        "qualifiedMaxCount",
        "qualifiedMinCount",
        "qualifiedValueShape",
        "qualifiedValueShapesDisjoint",
        "severity",
        "uniqueLang",
    ]
)
_KNOWN: Final = frozenset(
    {*PARAMETERS, *_SINGLE, *(str(target).removeprefix(str(SH)) for target in TARGETS)}
    | {"deactivated", "defaultValue", "description", "group", "message", "name", "order", "property"}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What the results of one constraint have in common; ``path`` is as ``path_turtle`` gives it."""

    shape: str
    component: str
    path: str | None
    severity: str
    message: str
    steps: Path | None


@dataclass(frozen=True, slots=True)
class Program:
    """What checks one shape with targets: the first statement makes ``targets``, the others fill ``shacl_result``.

    Args:
        shape: the shape.
        targets: name of the table (node, n) of its targets.
        statements: SQL, to be run in this order.
    """

    shape: Node
    targets: str
    statements: tuple[str, ...]


def find_roots(graph: Graph) -> list[Node]:
    """The shapes that have targets, sorted; a class that is a shape targets its own instances."""
    found = {shape for target in TARGETS for shape in graph.subjects(target, None)}
    declared = {shape for kind in (SH.NodeShape, SH.PropertyShape) for shape in graph.subjects(RDF.type, kind)}
    return sorted(found | {shape for shape in declared if _is_class(graph, shape)}, key=str)


def _is_class(graph: Graph, shape: Node) -> bool:
    kinds = {kind for own in graph.objects(shape, RDF.type) for kind in graph.transitive_objects(own, RDFS.subClassOf)}
    return isinstance(shape, URIRef) and RDFS.Class in kinds


class Compiler:
    """Turns the shapes of a graph into SQL. What the programs share is kept here: rules, constants, tables of classes.

    Constants are variables of the connection, ``shacl_0`` and on: ids of terms, which differ from database to database.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.rules: list[Rule] = []
        self.constants: dict[Node, int] = {}
        self.shared: list[str] = []
        self._classes: dict[Node, str] = {}
        self._statements: list[str] = []
        self._failures: dict[tuple[Node, str], str] = {}
        self._tables = 0
        self._walker = Walker(self._constant, self._table)
        self._custom = {
            path
            for component in graph.subjects(RDF.type, SH.ConstraintComponent)
            for parameter in graph.objects(component, SH.parameter)
            for path in graph.objects(parameter, SH.path)
        }

    def targets(self, root: Node) -> Program:
        """A program that only finds the targets of a shape."""
        self._statements = []
        return Program(root, self._table(self._targets(root)), tuple(self._statements))

    def compile(self, root: Node) -> Program:
        """The program of one shape with targets.

        Raises:
            Unsupported: the columns do not check all of it.
            ShapesError: it refers to itself.
        """
        targets = self.targets(root).targets
        self._failures = {}
        self._report(root, targets, ())
        return Program(root, targets, tuple(self._statements))

    # --- Shapes ------------------------------------------------------------------------------------------------------

    def _report(self, shape: Node, focus: str, above: tuple[Node, ...]) -> None:
        """Add the statements that record the results of a shape at each node of the table ``focus``."""
        values = self._values(shape, focus, above)
        if values is None:
            return
        below = (*above, shape)
        for name, broken in constraints(self._place(shape, focus, values, below)):
            self._statements.append(f"INSERT INTO shacl_result SELECT {len(self.rules)}, * FROM ({broken})")
            self.rules.append(self._rule(shape, name))
        for inner in self._inner(shape):
            nodes = self._table(f"SELECT value AS node, sum(n) AS n FROM {values} GROUP BY value")
            self._report(inner, nodes, below)

    def _failing(self, shape: Node, values: str, above: tuple[Node, ...]) -> str:
        """The table (focus) of the values in the table ``values`` that do not conform to a shape."""
        if (shape, values) not in self._failures:
            focus = self._table(f"SELECT DISTINCT value AS node, 1::HUGEINT AS n FROM {values}")
            selects = self._failures_of(shape, focus, above)
            union = " UNION ALL ".join(["SELECT NULL::INTEGER AS focus", *selects])
            self._failures[shape, values] = self._table(f"SELECT DISTINCT focus FROM ({union}) WHERE focus IS NOT NULL")
        return self._failures[shape, values]

    def _failures_of(self, shape: Node, focus: str, above: tuple[Node, ...]) -> Iterator[str]:
        values = self._values(shape, focus, above)
        if values is None:
            return
        below = (*above, shape)
        for _, broken in constraints(self._place(shape, focus, values, below)):
            yield f"SELECT focus FROM ({broken}) AS broken(focus, path, value, n)"
        for inner in self._inner(shape):
            yield f"SELECT focus FROM {values} WHERE value IN (SELECT focus FROM {self._failing(inner, values, below)})"

    def _values(self, shape: Node, focus: str, above: tuple[Node, ...]) -> str | None:
        """The table (focus, n, value) of value nodes; None where the shape is deactivated."""
        if shape in above:
            raise ShapesError(f"{shape}: it refers to itself, which SHACL leaves undefined. Take the circle apart.")
        self._check(shape)
        if any(parameters.is_true(value) for value in self.graph.objects(shape, SH.deactivated)):
            return None
        path = self._path(shape)
        if path is None:
            return self._table(f"SELECT node AS focus, n, node AS value FROM {focus}")
        start = self._table(f"SELECT node AS origin, node FROM {focus}")
        walked = self._walker.walk(path, start)
        return self._table(
            f"SELECT f.node AS focus, f.n, w.node AS value FROM {focus} AS f "
            f"JOIN (SELECT DISTINCT origin, node FROM ({walked})) AS w ON w.origin = f.node"
        )

    def _check(self, shape: Node) -> None:
        """Refuse what is not SHACL Core, or not well-formed."""
        if (None, SH.entailment, None) in self.graph:
            raise Unsupported("the shapes ask for entailment")
        predicates = list(self.graph.predicates(shape))
        for predicate in predicates:
            name = str(predicate).removeprefix(str(SH))
            if predicate in self._custom or (str(predicate).startswith(str(SH)) and name not in _KNOWN):
                raise Unsupported(f"it uses {'sh:' if name in SH else ''}{name}, which is not SHACL Core")
            if name in _SINGLE and predicates.count(predicate) > 1:
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

    def _rule(self, shape: Node, name: str) -> Rule:
        path = self._path(shape)
        return Rule(
            shape=str(shape),
            component=f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent",
            path=None if path is None else path_turtle(path),
            severity=str(self.graph.value(shape, SH.severity, default=SH.Violation)),
            message=min(map(str, self.graph.objects(shape, SH.message)), default=f"A value breaks sh:{name}."),
            steps=path,
        )

    def _place(self, shape: Node, focus: str, values: str, above: tuple[Node, ...]) -> Place:
        return Place(
            graph=self.graph,
            shape=shape,
            focus=focus,
            values=values,
            constant=self._constant,
            instances=self._instances,
            failing=lambda other: self._failing(other, values, above),
            table=self._table,
        )

    # --- Targets and what the statements share -----------------------------------------------------------------------

    def _targets(self, shape: Node) -> str:
        objects, constant = self.graph.objects, self._constant
        classes = {*objects(shape, SH.targetClass), *([shape] if _is_class(self.graph, shape) else ())}
        selects = [
            *(f"SELECT {constant(node)}" for node in objects(shape, SH.targetNode)),
            *(f"SELECT id FROM {self._instances(name)}" for name in sorted(classes, key=str)),
            *(f"SELECT s FROM shacl_triple WHERE p = {constant(p)}" for p in objects(shape, SH.targetSubjectsOf)),
            *(f"SELECT o FROM shacl_triple WHERE p = {constant(p)}" for p in objects(shape, SH.targetObjectsOf)),
        ]
        return f"SELECT DISTINCT node, 1::HUGEINT AS n FROM ({' UNION ALL '.join(selects)}) AS found(node)"

    def _instances(self, name: Node) -> str:
        """The table (id) of the SHACL instances of a class: of it and of its subclasses."""
        if name not in self._classes:
            table = self._classes[name] = f"shacl_class_{len(self._classes)}"
            self.shared.append(
                f"CREATE TEMP TABLE {table} AS WITH RECURSIVE below(id) AS (SELECT {self._constant(name)} UNION "
                "SELECT t.s FROM shacl_triple AS t JOIN below AS b ON b.id = t.o "
                f"WHERE t.p = {self._constant(RDFS.subClassOf)}) SELECT DISTINCT s AS id FROM shacl_triple "
                f"WHERE p = {self._constant(RDF.type)} AND o IN (SELECT id FROM below)"
            )
        return self._classes[name]

    def _constant(self, term: Node) -> str:
        return f"getvariable('shacl_{self.constants.setdefault(term, len(self.constants))}')"

    def _table(self, select: str) -> str:
        name = f"shacl_{self._tables}"
        self._tables += 1
        self._statements.append(f"CREATE TEMP TABLE {name} AS {select}")
        return name
