"""Small shapes and data for the tests of validation: as columns, and as the engine that they are held against."""

from __future__ import annotations

import logging
import os
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyoxigraph
import pyshacl
import rdflib
from hypothesis import HealthCheck, settings
from rdflib import SH, Graph

from kg.columns import load_triples, open_database
from kg.validation import Columns, Shapes
from kg.validation import compile as compile_shapes
from kg.validation.paths import path_turtle, read_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdflib.term import Node

    from kg.validation import CompiledShapes

__all__ = [
    "EX",
    "PREFIXES",
    "Told",
    "by_columns",
    "by_engine",
    "by_pyshacl",
    "columns_of",
    "compiled",
    "graph_of",
    "local",
    "term",
]

_CASES = os.environ.get("HABEAS_SHACL_CASES")


def tried(cases: int) -> settings:
    """What is tried of random shapes: HABEAS_SHACL_CASES cases, other ones each time; or ``cases``, always the same.

    For these are held against engines that have faults of their own, and who changes something else is not to meet one.
    """
    number = cases if _CASES is None else int(_CASES)
    return settings(
        max_examples=number, derandomize=_CASES is None, deadline=None, suppress_health_check=list(HealthCheck)
    )


PREFIXES = """\
@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
"""
EX = "http://example.org/"
Told = tuple[str, ...]


@contextmanager
def as_written() -> Iterator[None]:
    """Keep rdflib from making "1" of "01", and from logging what is ill-typed."""
    normalise, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    logging.getLogger("rdflib.term").disabled = True
    try:
        yield
    finally:
        logging.getLogger("rdflib.term").disabled = False
        rdflib.NORMALIZE_LITERALS = normalise


def graph_of(turtle: str) -> Graph:
    with as_written():
        return Graph(bind_namespaces="none").parse(data=PREFIXES + turtle, format="turtle")


def compiled(shapes: str) -> CompiledShapes:
    return compile_shapes(Shapes(graph_of(shapes), ()))


def by_columns(shapes: str, data: str) -> Counter[Told]:
    """What the columns find; all of it must be theirs."""
    engine = compiled(shapes)
    assert engine.coverage().reference == {}
    with TemporaryDirectory() as folder, columns_of(Path(folder), {None: PREFIXES + data}) as columns:
        breaches = engine.breaches(columns)
    found: Counter[Told] = Counter()
    for b in breaches:
        path = b.path or b.rule.path or ""
        found[b.focus, path, b.value or "", local(b.rule.component), local(b.rule.shape), local(b.rule.severity)] += (
            b.times
        )
    return found


def by_engine(shapes: str, data: str) -> Counter[Told]:
    """What the engine finds, be it by the columns or, of shapes that they leave to it, by the reference."""
    engine = compiled(shapes)
    with TemporaryDirectory() as folder, columns_of(Path(folder), {None: PREFIXES + data}) as columns:
        found = engine.find(columns)
    merged: Counter[Told] = Counter()
    for result, times in [*((found.told[b], n) for b, n in found.times.items()), *found.results.items()]:
        shape = local(result.shape) if result.part is None else ""
        kind = (local(result.component), shape, str(result.severity))
        merged[result.focus_node, result.path or "", result.value or "", *kind] += times
    return merged


def by_pyshacl(shapes: str, data: str) -> Counter[Told]:
    with as_written():
        graph = Graph(bind_namespaces="none").parse(data=PREFIXES + data, format="turtle")
        _, report, _ = pyshacl.validate(graph, shacl_graph=graph_of(shapes), inplace=True)
    assert isinstance(report, Graph)
    return Counter(told(report, node) for node in report.objects(None, SH.result))


def told(report: Graph, node: Node) -> Told:
    path = report.value(node, SH.resultPath)
    return (
        term(report.value(node, SH.focusNode)),
        "" if path is None else path_turtle(read_path(report, path)),
        term(report.value(node, SH.value)),
        *(local(str(report.value(node, p))) for p in (SH.sourceConstraintComponent, SH.sourceShape, SH.resultSeverity)),
    )


def term(node: Node | None) -> str:
    """A term in canonical N-Triples; "" for none."""
    if node is None:
        return ""
    if isinstance(node, rdflib.URIRef):
        return f"<{node}>"
    if not isinstance(node, rdflib.Literal):
        return f"_:{node}"
    text = '"' + str(node).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    datatype = None if node.datatype == rdflib.XSD.string else node.datatype
    return text + (f"@{node.language.lower()}" if node.language else f"^^<{datatype}>" if datatype else "")


def local(iri: str) -> str:
    return iri.rpartition("#")[2].rpartition("/")[2]


@contextmanager
def columns_of(folder: Path, graphs: Mapping[str | None, str]) -> Iterator[Columns]:
    """A database with the relation ``triple`` of named graphs in N-Triples or Turtle; None names no graph."""
    with open_database(folder / "columns.duckdb") as db:
        db.execute("CREATE TABLE triple (s INTEGER, p INTEGER, o INTEGER, g INTEGER)")
        db.execute("CREATE TABLE unnamed (s INTEGER, p INTEGER, o INTEGER)")
        for name, text in graphs.items():
            load_triples(db, canonical(text), into="unnamed" if name is None else "triple", graph=name)
        db.execute("INSERT INTO triple SELECT *, NULL FROM unnamed")
        yield Columns(db, "triple", "triple")


def canonical(text: str) -> bytes:
    """Canonical N-Triples."""
    triples = pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.TURTLE)
    return pyoxigraph.serialize((quad.triple for quad in triples), format=pyoxigraph.RdfFormat.N_TRIPLES) or b""
