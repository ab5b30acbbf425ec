"""The shapes of a stage, loaded once and checked as code is: every rule has a name, a target and a message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

from pyparsing import ParseBaseException
from rdflib import DCTERMS, OWL, RDF, RDFS, SH, SKOS, Graph, Literal, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.sparql import prepareQuery

from ..errors import KgError, ShapesError
from ..rdf import any_turtle_to_ntriples, turtle_to_ntriples
from ..resources import ontology_files, shapes_files
from .as_written import literals_as_written
from .compilation import find_roots
from .syntax import syntax_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from rdflib.term import Node

__all__ = ["Shapes", "Stage", "load_shapes", "read_shapes"]

_TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
_NO_MESSAGE: Final = (
    "it has not exactly one sh:message in English that quotes no value. Say what the rule is and how to mend a breach."
)
_DESCRIPTION: Final = {str(p) for p in (SH.description, SH.message, SH.name, SH.path, SH.severity, *_TARGETS)}
_BACKGROUND: Final = frozenset(
    {RDFS.subClassOf, RDFS.subPropertyOf, SKOS.inScheme, SKOS.broader, OWL.deprecated, DCTERMS.isReplacedBy}
)
_SEVERITIES: Final = frozenset({SH.Violation, SH.Warning, SH.Info})


class Stage(StrEnum):
    """When shapes are applied: to one source file alone, or to the whole release."""

    SOURCE = "source"
    RELEASE = "release"


# Two sets of shapes are the same only if they are one object, so that what is compiled from one is kept for it.
@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Shapes that passed the check.

    Args:
        graph: the shapes graph.
        background: what the ontology adds to every data graph: its hierarchies, the concepts of its code lists, and
            which terms are deprecated. Nothing for a release, whose default graph holds the whole ontology.
    """

    graph: Graph
    background: tuple[tuple[Node, Node, Node], ...]


@cache
def load_shapes(stage: Stage) -> Shapes:
    """The shapes of ``stage`` that ship with Habeas.

    Raises:
        ShapesError: they are broken; the message names each shape and what it lacks.
    """
    ontology = ontology_files() if stage is Stage.SOURCE else ()
    return read_shapes(shapes_files(stage), ontology=ontology, is_house_style=True)


def read_shapes(files: Sequence[Path], *, ontology: Sequence[Path] = (), is_house_style: bool = False) -> Shapes:
    """Shapes from Turtle files, with the background that ``ontology`` gives to the data.

    Args:
        files: Turtle.
        ontology: Turtle.
        is_house_style: whether each shape must have what each of ours has: a name, a severity, a message in English.

    Raises:
        ShapesError: a file is not Turtle, the shapes would check nothing, or say something that is not SHACL, which
            engines pass over; all faults are told at once.
    """
    parse = turtle_to_ntriples if is_house_style else any_turtle_to_ntriples
    graph = _read(files, parse)
    faults = sorted({*syntax_faults(graph), *(_faults(graph) if is_house_style else _general_faults(graph))})
    if faults:
        broken = (
            "The shapes are broken." if is_house_style else f"The shapes of {', '.join(map(str, files))} are broken."
        )
        raise ShapesError("\n".join([broken, *faults]))
    return Shapes(graph, tuple(sorted(filter(_is_background, _read(ontology, parse)))))


def _read(files: Iterable[Path], parse: Callable[[Path], bytes]) -> Graph:
    # No prefix but the declared ones must work in a SPARQL constraint, so none is bound beforehand.
    graph = Graph(bind_namespaces="none")
    # A file that is named twice is read once: its blank nodes would be other ones, and tell everything again.
    for path in {path.resolve(): path for path in files}.values():
        try:
            with literals_as_written():
                graph.parse(data=parse(path), format="nt")
        except KgError as error:
            raise ShapesError(str(error)) from error
        except ParserError as error:
            raise ShapesError(
                f"{path}: it holds a triple inside of a triple, or a text with a direction. Write shapes in RDF 1.1."
            ) from error
    return graph


def _is_background(triple: tuple[Node, Node, Node]) -> bool:
    _, predicate, value = triple
    return predicate in _BACKGROUND or (predicate == RDF.type and value == SKOS.Concept)


# --- What every shape must have --------------------------------------------------------------------------------------


def _general_faults(graph: Graph) -> Iterator[str]:
    if not find_roots(graph):
        yield "No shape in these files has a target, so nothing is checked. Give one sh:targetClass or another target."


def _faults(graph: Graph) -> Iterator[str]:
    shapes = {*graph.subjects(RDF.type, SH.NodeShape), *graph.subjects(RDF.type, SH.PropertyShape)}
    if not shapes:
        yield "There is no shape in these files."
    for shape in shapes:
        yield from (f"{shape}: {fault}" for fault in _shape_faults(graph, shape))
    for constraint in {*graph.objects(None, SH.sparql), *graph.subjects(RDF.type, SH.SPARQLConstraint)}:
        yield from (f"{constraint}: {fault}" for fault in _constraint_faults(graph, constraint))


def _shape_faults(graph: Graph, shape: Node) -> Iterator[str]:
    if not any(graph.value(shape, target) for target in _TARGETS):
        yield "it has no target, so it checks nothing. Give it sh:targetClass or another target."
    if (shape, RDF.type, SH.PropertyShape) in graph:
        paths = list(graph.objects(shape, SH.path))
        if len(paths) != 1 or not isinstance(paths[0], URIRef) or (paths[0], None, None) in graph:
            yield "it has not exactly one sh:path that is a property. Give it one: a report names it to an editor."
    if len(list(graph.objects(shape, SH.severity))) != 1 or graph.value(shape, SH.severity) not in _SEVERITIES:
        yield "it has not exactly one sh:severity. Write sh:Violation, sh:Warning or sh:Info."
    if not graph.value(shape, SH.name):
        yield "it has no sh:name. Name the rule in a few words."
    if not {str(p) for p in graph.predicates(shape) if str(p).startswith(str(SH))} - _DESCRIPTION:
        yield "it has no constraint, so it checks nothing. Say what must hold."
    if not graph.value(shape, SH.sparql) and not _has_message(graph, shape):
        yield _NO_MESSAGE


def _constraint_faults(graph: Graph, constraint: Node) -> Iterator[str]:
    if (None, SH.sparql, constraint) not in graph:
        yield "no shape uses it. Name it in sh:sparql of a shape."
    if not _has_message(graph, constraint):
        yield _NO_MESSAGE
    queries = list(graph.objects(constraint, SH.select))
    if len(queries) != 1:
        yield "it has not exactly one sh:select. Write the query that finds what breaks the rule."
    else:
        yield from _query_faults(str(queries[0]), _prefixes(graph, constraint))


def _has_message(graph: Graph, node: Node) -> bool:
    messages = list(graph.objects(node, SH.message))
    # A message that quotes a value ({?value}) would carry what a restricted claim says into logs.
    return len(messages) == 1 and isinstance(m := messages[0], Literal) and m.language == "en" and "{" not in m


def _prefixes(graph: Graph, constraint: Node) -> dict[str, str]:
    declared = [d for where in graph.objects(constraint, SH.prefixes) for d in graph.objects(where, SH.declare)]
    return {str(graph.value(d, SH.prefix)): str(graph.value(d, SH.namespace)) for d in declared}


def _query_faults(query: str, prefixes: dict[str, str]) -> Iterator[str]:
    names = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'|<[^<>\s]*>", " ", query)
    unknown = sorted({*re.findall(r"([A-Za-z][\w-]*):", names)} - prefixes.keys())
    if unknown:
        yield f"its query uses prefixes that its sh:prefixes do not declare: {', '.join(unknown)}. Declare them."
        return
    if not re.search(r"[$?]this\b", names):
        yield "its query does not speak of $this. Select $this, the node that is checked."
    try:
        if prepareQuery(query, initNs=prefixes).algebra.name != "SelectQuery":
            yield "its query is no SELECT query. Select what breaks the rule."
    except ParseBaseException as error:
        yield f"its query is not SPARQL 1.1 ({error}). Mend the query."
