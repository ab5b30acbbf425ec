"""The W3C test suite of SHACL against shapes compiled to the columns: 120 cases, every one taken and right.

Taken are all 98 cases of Core and the 15 of SHACL-SPARQL that have a report. The other seven must fail: the columns
refuse them, and the reference engine then says what is wrong with them.

Compared are focus node, path, value, component, shape and severity, as multisets, and messages where a case gives any.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rdflib
from rdflib import RDF, SH, BNode, Graph, Namespace, URIRef

from kg.errors import ShapesError
from kg.validation import Shapes, render_turtle
from kg.validation import compile as compile_shapes
from kg.validation.paths import path_turtle, read_path
from tests.shacl import as_written, canonical, columns_of, term
from tests.shared import shared

if TYPE_CHECKING:
    from rdflib.term import Node

    from kg.validation.columnar import Breach

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
SUITE = "suites/w3c-data-shapes/data-shapes-test-suite/tests"
CASES = {"core": 98, "sparql": 22}
FAILURES = 7
# Of which SHACL 1.2 makes no breach.
MILD = {str(SH.Warning), str(SH.Info)}

Told = tuple[str, ...]


@cache
def parsed(path: Path) -> Graph:
    """A file as it is written: rdflib would make "1" of "01"."""
    normalise, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        return Graph(bind_namespaces="none").parse(path, format="turtle", publicID=path.as_uri())
    finally:
        rdflib.NORMALIZE_LITERALS = normalise


def file_of(iri: Node | None) -> Path:
    return Path(str(iri).removeprefix("file://"))


def cases(manifest: Path) -> list[tuple[Graph, Node]]:
    graph = parsed(manifest)
    own = [(graph, case) for case in graph.subjects(RDF.type, SHT.Validate)]
    return own + [case for other in graph.objects(None, MF.include) for case in cases(file_of(other))]


def must_fail(graph: Graph, case: Node) -> bool:
    return graph.value(case, MF.result) == SHT.Failure


@pytest.mark.parametrize("part", CASES)
def test_every_case_is_taken_and_gives_the_answer_of_the_w3c(part: str, tmp_path: Path) -> None:
    found = cases(shared(SUITE) / part / "manifest.ttl")
    assert len(found) == CASES[part]

    wrong = {}
    for number, (graph, case) in enumerate(found):
        if must_fail(graph, case):
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        fault = fault_of(graph, case, folder)
        if fault:
            wrong[str(case).rpartition("/tests/")[2]] = fault

    assert wrong == {}


@pytest.mark.parametrize("part", CASES)
def test_a_report_kept_up_to_date_is_that_of_the_case(part: str, tmp_path: Path) -> None:
    """Of each case a third of the data is added and taken away again: those are the reports on what is there."""
    patched = 0
    for number, (graph, case) in enumerate(cases(shared(SUITE) / part / "manifest.ttl")):
        if must_fail(graph, case):
            continue
        action = graph.value(case, MF.action)
        data, shapes = (parsed(file_of(graph.value(action, role))) for role in (SHT.dataGraph, SHT.shapesGraph))
        lines = sorted(data.serialize(format="nt").splitlines(keepends=True))
        late = lines[number % 3 :: 3]
        text = canonical("".join(late))
        engine = compile_shapes(Shapes(shapes, ()))
        folder = tmp_path / str(number)
        folder.mkdir()
        with columns_of(folder, {None: "".join(sorted({*lines} - {*late}))}) as columns:
            baseline = engine.baseline(columns)
            without = baseline.report
            for added, removed in ((text, b""), (b"", text)):
                change = baseline.apply(added, removed)
                assert change.report == engine.validate(columns), case
                patched += not change.is_full
        assert change.report == without, case

    # A change of rdfs:subClassOf makes a full run.
    assert patched >= CASES[part]


def test_what_must_fail_fails(tmp_path: Path) -> None:
    """SHACL, appendix A: what a query may not say about variables that are bound before."""
    found = [graph for graph, case in cases(shared(SUITE) / "sparql/manifest.ttl") if must_fail(graph, case)]
    assert len(found) == FAILURES

    for number, graph in enumerate(found):
        folder = tmp_path / str(number)
        folder.mkdir()
        with columns_of(folder, {None: graph.serialize(format="nt")}) as columns, pytest.raises(ShapesError):
            compile_shapes(Shapes(graph, ())).validate(columns)


def fault_of(graph: Graph, case: Node, folder: Path) -> object:
    action, result = graph.value(case, MF.action), graph.value(case, MF.result)
    data, shapes = (parsed(file_of(graph.value(action, role))) for role in (SHT.dataGraph, SHT.shapesGraph))
    compiled = compile_shapes(Shapes(shapes, ()))
    if compiled.coverage().reference:
        return compiled.coverage().reference
    with columns_of(folder, {None: data.serialize(format="nt")}) as columns:
        breaches, report = compiled.breaches(columns), compiled.validate(columns)
    expected = Counter(told_in(graph, node) for node in graph.objects(result, SH.result))
    merged: Counter[Told] = Counter()
    for breach in breaches:
        merged[told(breach, shapes)] += breach.times
    if merged != expected:
        return {"missing": expected - merged, "too many": merged - expected}
    written = reported(render_turtle(report))
    if written != {tuple(map(unlabelled, row)) for row in expected}:
        return {"written": written, "expected": expected}
    messages = {str(m) for node in graph.objects(result, SH.result) for m in graph.objects(node, SH.resultMessage)}
    return messages - {breach.rule.message.text for breach in breaches}


def reported(turtle: str) -> set[Told]:
    """What a report graph says, without the labels of its blank nodes."""
    with as_written():
        graph = Graph(bind_namespaces="none").parse(data=turtle, format="turtle")
    found = {tuple(map(unlabelled, told_in(graph, node))) for node in graph.objects(None, SH.result)}
    assert (None, SH.conforms, rdflib.Literal(not found)) in graph or {row[-1] for row in found} <= MILD
    return found


def unlabelled(text: str) -> str:
    return "_:" if text.startswith("_:") else text


def told_in(graph: Graph, node: Node) -> Told:
    path = graph.value(node, SH.resultPath)
    return (
        term(graph.value(node, SH.focusNode)),
        "" if path is None else path_turtle(read_path(graph, path)),
        term(graph.value(node, SH.value)),
        str(graph.value(node, SH.sourceConstraintComponent)),
        term(graph.value(node, SH.sourceShape)),
        str(graph.value(node, SH.resultSeverity)),
    )


def told(breach: Breach, shapes: Graph) -> Told:
    rule = breach.rule
    named = URIRef(rule.shape)
    shape = term(named) if (named, None, None) in shapes else term(BNode(rule.shape))
    return (breach.focus, breach.path or rule.path or "", breach.value or "", rule.component, shape, rule.severity)
