"""Shapes compiled once and held against columns: by the columns, by the reference engine, or by both."""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

from rdflib import RDF, SH, Graph, URIRef

from kg.columns import ntriples_by_source

from ..errors import KgError, ShapesError
from ..vocab import CLAIM
from .agreement import refuse_difference
from .circles import find_unused, refuse_circles
from .columnar import breaches, target_nodes
from .compilation import TARGETS, Compiler, find_roots
from .delta import Baseline, Findings
from .extraction import extract
from .halves import INEXACT, run_exactly
from .paths import Unsupported
from .prebinding import refuse_forbidden
from .preparation import Job
from .reference import find_results, validate
from .report import BLANK_NODE, ValidationReport, ValidationResult, in_order, severity_of
from .separately import breaches_by_source
from .shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import duckdb
    from rdflib.term import Node

    from .columnar import Breach
    from .compilation import Program, Rule
    from .preparation import Columns

__all__ = ["CompiledShapes", "Coverage", "Engine", "compile"]


class Engine(StrEnum):
    """Who validates: the columns, pySHACL, or both of them, which must agree."""

    FAST = "fast"
    REFERENCE = "reference"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Coverage:
    """IRIs of the shapes with targets: those that the columns check; those that they do not, each with the reason.

    Beside them, ``unused`` has the shapes that are not checked: they have no target, and no other shape names them.
    """

    compiled: tuple[str, ...]
    reference: dict[str, str]
    unused: tuple[str, ...] = ()


def compile(shapes: Shapes, *, by_graph: bool = False) -> CompiledShapes:  # noqa: A001 - as SHACL's own tools say it
    """Compile shapes to SQL.

    Args:
        shapes: the shapes.
        by_graph: for ``validate_each``, many data graphs at once, and not for ``validate``.

    Raises:
        ShapesError: a shape refers to itself, or a query says what SHACL forbids.
    """
    refuse_forbidden(shapes.graph)
    used = refuse_circles(shapes.graph, find_roots(shapes.graph))
    compiler = Compiler(shapes.graph, by_graph=by_graph)
    programs: dict[Node, Program] = {}
    reasons: dict[Node, str] = {}
    rules: dict[Node, range] = {}
    for root in find_roots(shapes.graph):
        first = len(compiler.rules)
        try:
            programs[root] = compiler.compile(root)
            rules[root] = range(first, len(compiler.rules))
        except Unsupported as reason:
            reasons[root] = str(reason)
    targets = {root: compiler.targets(root) for root in reasons}
    unused = tuple(find_unused(shapes.graph, used))
    return CompiledShapes(shapes, compiler, programs, targets, reasons, rules, unused)


@dataclass(frozen=True)
class CompiledShapes:
    """Shapes as SQL, ready for any number of data graphs; made by ``compile``."""

    _shapes: Shapes
    _compiler: Compiler
    _programs: dict[Node, Program]
    _others: dict[Node, Program]
    _reasons: dict[Node, str]
    _rules: dict[Node, range]
    _unused: tuple[str, ...]
    # What the reference engine was asked to check, kept because it compiles anew what is another object.
    _kept: dict[frozenset[Node], Shapes] = field(default_factory=dict)

    def coverage(self) -> Coverage:
        """Which shapes the columns check, why the reference engine must check the rest, and which nothing uses."""
        reasons = {str(shape): why for shape, why in self._reasons.items()}
        return Coverage(tuple(map(str, self._programs)), reasons, self._unused)

    def breaches(self, columns: Columns) -> tuple[Breach, ...]:
        """What the columns alone find of the shapes that are compiled, as a multiset in no order."""
        return breaches(columns, self._job(self._programs)).breaches

    def validate(
        self,
        columns: Columns,
        *,
        focus: Collection[str] | None = None,
        shapes: Collection[str] | None = None,
        limit_per_shape: int | None = None,
        engine: Engine | str = Engine.FAST,
    ) -> ValidationReport:
        """Hold a data graph against the shapes.

        Args:
            columns: the data graph.
            focus: IRIs of the only targets to check; None for all.
            shapes: IRIs of the only shapes with targets to check; None for all.
            limit_per_shape: how many results of a shape are told, at least 1; the report says how many are left out.
            engine: who validates. What the columns cannot check, be it for a value in the data, goes to the reference
                engine in any case, and the report names it.

        Raises:
            ShapesError: a shape cannot be evaluated, or ``shapes`` names one that has no target.
            KgError: both engines validated and do not agree, or what is asked for would check nothing.
        """
        _check_iris("focus", focus)
        _check_iris("shapes", shapes)
        if limit_per_shape is not None and limit_per_shape < 1:
            raise KgError(f"limit_per_shape is {limit_per_shape}. Ask for one result of each shape, or more.")
        chosen = self._choose(shapes)
        compiled = {r for r in chosen if r in self._programs and Engine(engine) is not Engine.REFERENCE}
        is_both = Engine(engine) is Engine.BOTH
        fast, stopped = self._by_columns(columns, compiled, focus, None if is_both else limit_per_shape)
        rest = self._by_reference(columns, (chosen - compiled) | stopped, focus)
        if is_both:
            refuse_difference(fast, self._by_reference(columns, compiled - stopped, focus), self._shapes.graph)
        return _joined(fast, rest, limit_per_shape)

    def validate_each(self, db: duckdb.DuckDBPyConnection, quads: str) -> Iterator[tuple[int, ValidationReport]]:
        """Hold many data graphs against the shapes, each by itself, in one run; the shapes are compiled ``by_graph``.

        Args:
            db: a database of ``kg.columns``.
            quads: a relation (s, p, o, source) of it; the triples of one source are one data graph.

        Raises:
            ShapesError: a shape cannot be evaluated.
        """
        runs, stopped = run_exactly(
            list(self._programs), lambda roots: breaches_by_source(db, quads, self._job(self._chosen(roots)))
        )
        rest = frozenset({*self._others, *stopped})
        texts = ntriples_by_source(db, quads) if rest else ((source, b"") for source in _sources(db, quads))
        for source, text in texts:
            report = ValidationReport(in_order({_result(breach) for found in runs for breach in found.get(source, [])}))
            if rest:
                checked = validate(text, shapes=self._only(rest))
                others = replace(checked, by_reference=tuple(sorted(map(str, rest))))
                report = _joined(report, others, None)
            yield source, report

    # --- Kept up to date ---------------------------------------------------------------------------------------------

    @property
    def shapes(self) -> Shapes:
        """What is compiled."""
        return self._shapes

    def baseline(self, columns: Columns) -> Baseline:
        """Validate all of a data graph, and keep the report for the changes that follow.

        Raises:
            KgError: a relation of the columns is no table.
            ShapesError: a shape cannot be evaluated.
        """
        return Baseline(self, columns)

    @property
    def job(self) -> Job:
        """What runs all that the columns check."""
        return self._job(self._programs)

    def find(
        self,
        columns: Columns,
        *,
        shapes: Collection[str] | None = None,
        run: Callable[[Job], tuple[Breach, ...]] | None = None,
    ) -> Findings:
        """What breaks the shapes, as multisets.

        The reference engine checks all that the data hold of what is its.

        Args:
            columns: the data graph.
            shapes: IRIs of the only shapes with targets to check; None for all.
            run: runs what the columns check; None to run it on the columns.
        """
        chosen = self._choose(shapes)
        programs = self._chosen(chosen)
        try:
            job = self._job(programs)
            found = () if not programs else breaches(columns, job).breaches if run is None else run(job)
        except INEXACT as error:
            raise KgError(
                "The data hold a date or a number that the columns do not compute with exactly, so no report is kept "
                "up to date over them. Validate all of them instead; the reference engine checks what they cannot."
            ) from error
        others = frozenset(self._others) if chosen & self._others.keys() else frozenset()
        times: Counter[Breach] = Counter()
        for breach in found:
            times[replace(breach, times=0, claims=())] += breach.times
        told = {replace(breach, times=0, claims=()): _result(breach) for breach in found}
        slow = find_results(self._extract(columns, others, None), shapes=self._only(others)) if others else ()
        return Findings(told, times, Counter(slow))

    def rules_of_focus(self) -> dict[str, frozenset[Rule]]:
        """The rules of each shape whose breaches are all of its own focus nodes, and are no other shape's."""
        own = {root: frozenset(self._compiler.rules[i] for i in numbers) for root, numbers in self._rules.items()}
        times = Counter(rule for rules in own.values() for rule in rules)
        return {
            str(root): rules
            for root, rules in own.items()
            if not _tells_of_values(self._shapes.graph, root) and all(times[rule] == 1 for rule in rules)
        }

    def tell(self, claims: dict[Breach, tuple[str, ...]]) -> dict[Breach, ValidationResult]:
        """The results of breaches, with the claims of each."""
        return {breach: _result(replace(breach, claims=told)) for breach, told in claims.items()}

    # --- The columns -------------------------------------------------------------------------------------------------

    def _choose(self, shapes: Collection[str] | None) -> set[Node]:
        known = {str(root): root for root in (*self._programs, *self._others)}
        unknown = sorted(set(shapes or ()) - known.keys())
        if unknown:
            near = get_close_matches(unknown[0], known, n=3, cutoff=0) or ["none at all"]
            raise ShapesError(
                f"{', '.join(unknown)}: no such shape has a target. The nearest of {len(known)} are {', '.join(near)}."
            )
        return {root for name, root in known.items() if shapes is None or name in shapes}

    def _job(self, programs: dict[Node, Program]) -> Job:
        compiler = self._compiler
        return Job(
            programs=tuple(programs.values()),
            rules=compiler.rules,
            constants=compiler.constants,
            classes=compiler.classes,
            ordered=compiler.ordered,
            background=self._shapes.background,
            shapes=self._shapes.graph,
        )

    def _by_columns(
        self, columns: Columns, roots: set[Node], focus: Collection[str] | None, limit_per_shape: int | None
    ) -> tuple[ValidationReport, set[Node]]:
        """The report, and the shapes that a value in the data keeps the columns from checking."""
        runs, stopped = run_exactly(
            list(self._chosen(roots)),
            lambda some: breaches(columns, self._job(self._chosen(some)), focus=focus, limit_per_shape=limit_per_shape),
        )
        told = in_order({_result(breach) for found in runs for breach in found.breaches})
        return ValidationReport(told, left_out=sum(found.left_out for found in runs)), stopped

    def _chosen(self, roots: Collection[Node]) -> dict[Node, Program]:
        return {root: program for root, program in self._programs.items() if root in roots}

    # --- The reference engine ----------------------------------------------------------------------------------------

    def _by_reference(self, columns: Columns, roots: set[Node], focus: Collection[str] | None) -> ValidationReport:
        if not roots:
            return ValidationReport(())
        shapes = self._only(frozenset(roots)) if focus is None else self._only_at(columns, roots, focus)
        report = validate(self._extract(columns, roots, focus), shapes=shapes)
        return replace(report, by_reference=tuple(sorted(map(str, roots))))

    def _only(self, roots: frozenset[Node]) -> Shapes:
        """The shapes, of which none but ``roots`` has a target."""
        if roots not in self._kept:
            others = {*self._programs, *self._others} - roots
            graph = Graph(bind_namespaces="none")
            for triple in self._shapes.graph:
                if triple[0] not in others or not _is_target(triple):
                    graph.add(triple)
            self._kept[roots] = Shapes(graph, self._shapes.background)
        return self._kept[roots]

    def _targeting(self, roots: Collection[Node]) -> Job:
        """What only finds the targets of shapes."""
        both = {**self._programs, **self._others}
        return self._job({root: replace(both[root], results=None, edges=()) for root in roots})

    def _extract(self, columns: Columns, roots: Collection[Node], focus: Collection[str] | None) -> bytes:
        return extract(columns, self._targeting(roots), self._only(frozenset(roots)).graph, focus)

    def _only_at(self, columns: Columns, roots: set[Node], focus: Collection[str]) -> Shapes:
        """The same, and ``roots`` target nothing but nodes of ``focus`` that they target anyhow."""
        job = self._targeting(roots)
        graph = Graph(bind_namespaces="none")
        graph += self._only(frozenset()).graph
        for root, nodes in target_nodes(columns, job, focus).items():
            for node in nodes:
                graph.add((root, SH.targetNode, URIRef(node)))
        return Shapes(graph, self._shapes.background)


def _check_iris(name: str, iris: Collection[str] | None) -> None:
    """Refuse what would check nothing, and so conform."""
    if isinstance(iris, str) or (iris is not None and not iris):
        raise KgError(f"{name} is {iris!r}. Give a list of IRIs; None for all.")
    for iri in iris or ():
        if iri.startswith("<"):
            raise KgError(f"{name} has {iri}. Give the IRI without angle brackets.")


def _tells_of_values(graph: Graph, shape: Node) -> bool:
    """Whether a shape has breaches of nodes that a path leads to: those of sh:property below a property shape."""
    inner = list(graph.objects(shape, SH.property))
    return bool(inner) and ((shape, SH.path, None) in graph or any(_tells_of_values(graph, found) for found in inner))


def _sources(db: duckdb.DuckDBPyConnection, quads: str) -> list[int]:
    rows = db.execute(f"SELECT DISTINCT source FROM {quads} ORDER BY source").fetchall()
    return [int(row[0]) for row in rows]


def _is_target(triple: tuple[Node, Node, Node]) -> bool:
    """Whether a triple gives its subject a target; a type that is no kind of shape may be that of a class."""
    _, predicate, value = triple
    return predicate in TARGETS or (predicate == RDF.type and value not in (SH.NodeShape, SH.PropertyShape))


# --- Reports ---------------------------------------------------------------------------------------------------------


def _result(breach: Breach) -> ValidationResult:
    rule = breach.rule
    message = rule.message.about(breach.focus, breach.value, breach.path, breach.quoted)
    own = (breach.focus[1:-1],) if breach.focus.startswith(f"<{CLAIM}") else ()
    return ValidationResult(
        focus_node=_anonymous(breach.focus),
        path=breach.path or rule.path,
        value=None if breach.value is None else _anonymous(breach.value),
        message=message.text,
        shape=rule.name.shape,
        component=rule.component,
        constraint=rule.constraint,
        severity=severity_of(rule.severity),
        claims=tuple(sorted({*own, *breach.claims})),
        part=rule.name.part,
        language=message.language,
    )


def _anonymous(term: str) -> str:
    return BLANK_NODE if term.startswith("_:") else term


def _joined(fast: ValidationReport, rest: ValidationReport, limit_per_shape: int | None) -> ValidationReport:
    """One report of two, with at most so many results of each shape."""
    results = in_order({*fast.results, *rest.results})
    by_shape: dict[tuple[str, str | None], list[ValidationResult]] = {}
    for result in results:
        by_shape.setdefault((result.shape, result.part), []).append(result)
    told = tuple(result for of_one in by_shape.values() for result in of_one[:limit_per_shape])
    left_out = fast.left_out + len(results) - len(told)
    return ValidationReport(in_order(told), by_reference=rest.by_reference, left_out=left_out)
