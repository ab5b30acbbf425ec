"""The reference engine: pySHACL on plain rdflib (never its Oxigraph modes, which are incomplete and slower).

What makes many small files cheap is kept between calls: the shapes are compiled once, and each SPARQL query is
translated once, because pySHACL hands over the same text again for every focus node.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import chain
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

from pyparsing import ParseBaseException
from pyshacl import ShapesGraph, Validator
from pyshacl.errors import ReportableRuntimeError
from pyshacl.graph_abstraction import DataGraph
from rdflib import OWL, SH, Graph, URIRef, Variable
from rdflib.exceptions import ParserError
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kg.columns.compile.parsing import undeclared

from ..errors import KgError, ShapesError
from ..vocab import CLAIM
from .as_written import literals_as_written
from .circles import refuse_circles
from .compilation import find_roots
from .naming import Message, Name, message_of, name_of, ntriples
from .parameters import is_true
from .paths import Unsupported, path_turtle, read_path
from .prebinding import refuse_forbidden
from .report import BLANK_NODE, NO_MESSAGE, ValidationReport, ValidationResult, in_order, severity_of
from .sparql import find_components

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from pyshacl.shape import Shape
    from rdflib.plugins.sparql.sparql import Query
    from rdflib.query import Result
    from rdflib.term import Node

    from .shapes import Shapes

__all__ = ["find_results", "validate", "validate_each"]

# What comes to pySHACL and rdflib of shapes that are ill-formed.
_STOPS: Final = (
    ReportableRuntimeError,
    ParseBaseException,
    re.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    StopIteration,
    TypeError,
    ValueError,
)
_NOTHING: Final = URIRef("urn:habeas:nothing")
_LISTS: Final = frozenset({SH["and"], SH["or"], SH.xone})
_FAILURE: Final = Variable("failure")

# A process validates some 3.5 MB of N-Triples a second and takes most of a second to start: less is done sooner here.
_POOL_FROM_BYTES: Final = 6_000_000

_SILENT: Final = logging.getLogger("kg.validation.pyshacl")
_SILENT.disabled = True


def validate(ntriples: bytes, *, shapes: Shapes) -> ValidationReport:
    """Check one data graph.

    Args:
        ntriples: the data graph as N-Triples; what ``shapes`` adds to it from the ontology need not be in it.
        shapes: what to check it against.

    Raises:
        KgError: ``ntriples`` is not N-Triples.
        ShapesError: a shape cannot be evaluated.
    """
    return ValidationReport(in_order(set(find_results(ntriples, shapes=shapes))))


def find_results(ntriples: bytes, *, shapes: Shapes) -> list[ValidationResult]:
    """What ``validate`` reports, as often as it is found: once for each target that leads there."""
    compiled = _compile(shapes)
    with literals_as_written():
        data = _parse(ntriples)
        for triple in shapes.background:
            data.add(triple)
        return _run(data, compiled, shapes.graph)


def validate_each(
    items: Iterable[tuple[str, bytes]], *, shapes: Shapes, processes: int
) -> Iterator[tuple[str, ValidationReport]]:
    """Check many data graphs, each by itself, and yield each name with its report in the order of ``items``.

    Args:
        items: a name and the N-Triples of each data graph; read in this process, a few ahead of the results.
        shapes: what to check them against.
        processes: how many processes share the work, where there is enough of it; 1 for this one alone.

    Raises:
        KgError: an item is not N-Triples, or a process of the pool died.
        ShapesError: a shape cannot be evaluated.
    """
    rest = iter(items)
    first, enough = _read_ahead(rest, _POOL_FROM_BYTES)
    everything = chain(first, rest)
    if processes > 1 and enough:
        yield from _validate_in_pool(everything, shapes, processes)
    else:
        yield from ((name, validate(ntriples, shapes=shapes)) for name, ntriples in everything)


# --- One data graph --------------------------------------------------------------------------------------------------


class _TriedGraph(Graph):
    """A graph that translates the text of a query once and for all."""

    # Any: the arguments are handed on to rdflib as they come, and pySHACL gives them by their places.
    def query(self, query_object: str | Query, *args: Any, **kwargs: Any) -> Result:  # noqa: ANN401
        translated = _translate(query_object) if isinstance(query_object, str) else query_object
        if translated.algebra.name == "SelectQuery":
            # pySHACL binds $value to SELECT validators as well, which only ASK validators have (SHACL, section 6.3).
            processor, kind, prefixes, bound, *rest = args
            bound = {name: term for name, term in (bound or {}).items() if name != "value"}
            args = (processor, kind, prefixes, bound, *rest)
        return super().query(translated, *args, **kwargs)


class _DataGraph(_TriedGraph):
    """A graph of data, of which a query may tell that it fails (SHACL, section 5.3.1); to pySHACL, that is a result."""

    def query(self, query_object: str | Query, *args: Any, **kwargs: Any) -> Result:  # noqa: ANN401
        result = super().query(query_object, *args, **kwargs)
        if result.vars and _FAILURE in result.vars:
            if any(is_true(solution.get(_FAILURE)) for solution in result.bindings):
                raise ReportableRuntimeError("A query tells that it failed: its ?failure is true.")
            result.vars = [name for name in result.vars if name != _FAILURE]
        return result


@lru_cache(maxsize=256)
def _translate(query: str) -> Query:
    known = {prefix for prefix, _ in Graph(bind_namespaces="rdflib").namespaces()}
    if missing := undeclared(query) - known:  # rdflib's error for them is of no kind
        names = ", ".join(sorted(missing))
        raise ShapesError(f"The shapes cannot be evaluated. A query uses prefixes that no sh:declare gives: {names}.")
    translated = prepareQuery(query)
    if _asks_graphs(translated.algebra):  # rdflib's error for it is of no kind, too
        raise ReportableRuntimeError("A query asks named graphs (GRAPH), of which this engine has none.")
    return translated


def _asks_graphs(node: object) -> bool:
    if isinstance(node, CompValue):
        return node.name == "Graph" or any(map(_asks_graphs, node.values()))
    return isinstance(node, (list, tuple)) and any(map(_asks_graphs, node))


def _parse(ntriples: bytes) -> _DataGraph:
    graph = _DataGraph(bind_namespaces="none")
    try:
        graph.parse(data=ntriples, format="nt")
    except (ParserError, UnicodeDecodeError) as error:
        raise KgError("The data to be checked is not N-Triples in UTF-8. Serialise it as such.") from error
    return graph


@lru_cache(maxsize=4)
def _compile(shapes: Shapes) -> ShapesGraph:
    """What pySHACL makes of the shapes, those that have targets tried once on a node of which nothing is known."""
    refuse_forbidden(shapes.graph)
    asked = refuse_circles(shapes.graph, find_roots(shapes.graph))
    _refuse_several(shapes.graph, asked)
    where = None
    try:
        compiled = ShapesGraph(_as_pyshacl_reads(shapes.graph, asked), logger=_SILENT)
        for shape in compiled.shapes:
            if shape.node in asked:
                where = name_of(shapes.graph, shape.node).shape
                _try(compiled, shape, _TriedGraph(), _NOTHING)
    except _STOPS as error:
        said = str(error) or type(error).__name__
        where = where or _unreadable(shapes.graph, asked)
        raise ShapesError(f"The shapes cannot be evaluated: the reference engine stops at {where}. {said}") from error
    return compiled


def _try(compiled: ShapesGraph, shape: Shape, data: Graph, focus: URIRef | None = None) -> None:
    executor = _validator(data, compiled).make_executor()
    shape.validate(executor, DataGraph.from_rdflib(data), focus=focus)


def _unreadable(shapes: Graph, asked: Iterable[Node]) -> str:
    """The first shape that pySHACL cannot even read, found out when there is one."""
    for shape in asked:
        try:
            _ = ShapesGraph(_as_pyshacl_reads(shapes, {shape}), logger=_SILENT).shapes
        except _STOPS:
            return name_of(shapes, shape).shape
    return "one"


def _as_pyshacl_reads(shapes: Graph, asked: Container[Node]) -> Graph:
    """The shapes with what pySHACL does not look for written where it looks."""
    graph = Graph(bind_namespaces="none")
    for triple in shapes:
        # Over a list that is none it stops, whoever has it.
        if triple[0] in asked or triple[1] not in _LISTS:
            graph.add(triple)
    # The prefixes of imported ontologies (SHACL, section 5.2.1).
    for where in set(shapes.objects(None, SH.prefixes)):
        for imported in shapes.transitive_objects(where, OWL.imports):
            for declared in shapes.objects(imported, SH.declare):
                graph.add((where, SH.declare, declared))
    # The messages of components, where their validators have none (section 5.3.2).
    for component in find_components(shapes):
        for predicate in (SH.validator, SH.nodeValidator, SH.propertyValidator):
            for validator in shapes.objects(component.iri, predicate):
                if (validator, SH.message, None) not in shapes:
                    for message in shapes.objects(component.iri, SH.message):
                        graph.add((validator, SH.message, message))
    return graph


def _refuse_several(shapes: Graph, asked: Iterable[Node]) -> None:
    """Refuse several values of the parameter of a component, of which pySHACL takes any one."""
    paths = {path for component in find_components(shapes) for path in component.parameters.values()}
    for shape in asked:
        for path in paths:
            if len(set(shapes.objects(shape, path))) > 1:
                raise ShapesError(
                    f"{name_of(shapes, shape).shape}: it has more than one {path}, of which the reference engine would "
                    "check one. Give each to a shape of its own."
                )


def _validator(data: Graph, compiled: ShapesGraph) -> Validator:
    # Not "allow_warnings": with it, a node conforms to a shape whose severity is a mere warning (SHACL, section 3.4).
    options = {"inplace": True, "logger": _SILENT}
    validator = Validator(DataGraph.from_rdflib(data), shacl_graph=compiled.graph, options=options)
    # Validator compiles the shapes for itself, lazily; here is what is compiled already.
    validator.shacl_graph = compiled
    return validator


def _run(data: _DataGraph, compiled: ShapesGraph, shapes: Graph) -> list[ValidationResult]:
    try:
        _, graph, _ = _validator(data, compiled).run()  # type: ignore[no-untyped-call]  # pySHACL's, without types
    except ReportableRuntimeError as error:
        raise ShapesError(
            f"{_stopping(data, compiled, shapes)} it cannot be evaluated on this data. {error}"
        ) from error
    except ArithmeticError as error:  # what rdflib makes of NaN beside a decimal
        raise ShapesError(
            f"{_stopping(data, compiled, shapes)} it cannot be evaluated on this data: the reference engine fails on "
            "NaN and other extreme numbers. Mend them in the source."
        ) from error
    except _STOPS as error:  # its text may say what the data say
        raise ShapesError(
            f"{_stopping(data, compiled, shapes)} it cannot be evaluated on this data: the reference engine stops "
            f"({type(error).__name__})."
        ) from error
    # Not every result in the graph: what an inner shape found (sh:detail) is none of the report.
    found = list(graph.objects(None, SH.result))
    names = {shape: name_of(shapes, shape) for node in found for shape in graph.objects(node, SH.sourceShape)}
    # pySHACL tells the messages of constraints in SPARQL without their tags.
    written = list(shapes.objects(None, SH.message))
    return [_result(graph, node, shapes, names, written) for node in found]


def _stopping(data: _DataGraph, compiled: ShapesGraph, shapes: Graph) -> str:
    """The first shape that cannot be evaluated on a data graph, found out when one cannot."""
    for shape in compiled.shapes:
        try:
            _try(compiled, shape, data)
        except _STOPS:
            return f"{name_of(shapes, shape.node).shape}:"
    return "A shape:"


# --- Results ---------------------------------------------------------------------------------------------------------


def _result(graph: Graph, node: Node, shapes: Graph, names: dict[Node, Name], written: list[Node]) -> ValidationResult:
    def value(predicate: URIRef) -> Node | None:
        return graph.value(node, predicate)

    focus, path, constraint, shape = map(value, (SH.focusNode, SH.resultPath, SH.sourceConstraint, SH.sourceShape))
    name = Name(BLANK_NODE, None) if shape is None else names[shape]
    if not isinstance(path, URIRef):  # a query may bind anything to ?path
        path = shapes.value(shape, SH.path)
    severity = value(SH.resultSeverity)
    if not isinstance(severity, URIRef):
        raise ShapesError(f"{name.shape}: its sh:severity is no IRI. Write sh:Violation, sh:Warning or sh:Info.")
    message = message_of(graph.objects(node, SH.resultMessage), written) or Message(NO_MESSAGE, "en")
    return ValidationResult(
        focus_node=ntriples(focus) or "",
        path=None if path is None else _path(shapes, path, name.shape),
        value=ntriples(value(SH.value)),
        message=message.text,
        shape=name.shape,
        component=str(value(SH.sourceConstraintComponent)),
        constraint=None if constraint is None else str(constraint) if isinstance(constraint, URIRef) else BLANK_NODE,
        severity=severity_of(str(severity)),
        claims=(str(focus),) if str(focus).startswith(CLAIM) else (),
        part=name.part,
        language=message.language,
    )


def _path(shapes: Graph, path: Node, shape: str) -> str:
    try:
        return path_turtle(read_path(shapes, path))
    except Unsupported as error:
        raise ShapesError(f"{shape}: {error}. Write sh:path as SHACL has it (section 2.3.1).") from error


# --- Many data graphs ------------------------------------------------------------------------------------------------

# In a process of the pool: its shapes, sent once and not with every item.
_worker_shapes: list[Shapes] = []


def _validate_in_pool(
    items: Iterable[tuple[str, bytes]], shapes: Shapes, processes: int
) -> Iterator[tuple[str, ValidationReport]]:
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_start_worker, initargs=(shapes,))
    waiting: deque[tuple[str, Future[ValidationReport]]] = deque()
    try:
        for name, ntriples in items:
            waiting.append((name, pool.submit(_validate_in_worker, ntriples)))
            if len(waiting) > 4 * processes:
                yield _next_of(waiting)
        while waiting:
            yield _next_of(waiting)
    except BrokenProcessPool as error:
        raise KgError("A process that validates died, perhaps for want of memory. Use fewer processes.") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _next_of(waiting: deque[tuple[str, Future[ValidationReport]]]) -> tuple[str, ValidationReport]:
    name, future = waiting.popleft()
    return name, future.result()


def _read_ahead(items: Iterator[tuple[str, bytes]], size_bytes: int) -> tuple[list[tuple[str, bytes]], bool]:
    """The first items that make up ``size_bytes``, and whether there are so many."""
    taken: list[tuple[str, bytes]] = []
    for item in items:
        taken.append(item)
        size_bytes -= len(item[1])
        if size_bytes <= 0:
            return taken, True
    return taken, False


def _start_worker(shapes: Shapes) -> None:
    _worker_shapes.append(shapes)


def _validate_in_worker(ntriples: bytes) -> ValidationReport:
    return validate(ntriples, shapes=_worker_shapes[0])
