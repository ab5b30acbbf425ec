"""Every shape against data that conforms and data that breaks it, and nothing else.

``shapes/NAME/`` holds the data for the shape ``shapes:NAME``: ``conforms-*.trig`` breaks no rule of its stage,
``violates-*.trig`` breaks this one alone. A source file is checked as its triples, without their graphs; a release is
checked together with the ontology.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph
import pytest
from pyshacl import validate as pyshacl_validate
from rdflib import RDF, RDFS, SH, Graph, Literal, URIRef

from kg.rdf import turtle_to_ntriples
from kg.resources import ontology_files, shapes_files
from kg.validation import Shapes, Stage, ValidationReport, load_shapes, render_text, validate, validate_each
from kg.vocab import HAB, VOCAB
from kg.vocab import SHAPES as NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

FOLDER = Path(__file__).with_name("shapes")
DATA = Path(__file__).parents[2] / "data"
CONFORMING = sorted(FOLDER.glob("*/conforms-*.trig"))
VIOLATING = sorted(FOLDER.glob("*/violates-*.trig"))

PREFIXES = {
    "election-base": f"{VOCAB}election-base/",
    "hab": HAB,
    "power": f"{VOCAB}power/",
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "result-stage": f"{VOCAB}result-stage/",
}
# What a later sentence of a message starts with: the hand that mends.
MENDING = (
    "Add",
    "Check",
    "Correct",
    "Follow",
    "Give",
    "Keep",
    "Look",
    "Make",
    "Name",
    "Point",
    "Remove",
    "Rename",
    "State",
    "Take",
    "Use",
    "Write",
)
CONSTRAINTS = {
    SH["class"]: "Class",
    SH.datatype: "Datatype",
    SH.lessThanOrEquals: "LessThanOrEquals",
    SH.maxCount: "MaxCount",
    SH.maxInclusive: "MaxInclusive",
    SH.minCount: "MinCount",
    SH.minInclusive: "MinInclusive",
    SH.minLength: "MinLength",
    SH.nodeKind: "NodeKind",
    SH.pattern: "Pattern",
    SH.sparql: "SPARQL",
    SH.uniqueLang: "UniqueLang",
}
# What a shape says that is no constraint.
DESCRIPTION = {
    RDF.type,
    SH.description,
    SH.message,
    SH.name,
    SH.path,
    SH.severity,
    SH.targetClass,
    SH.targetObjectsOf,
    SH.targetSubjectsOf,
}


@cache
def shapes_of(stage: Stage) -> Shapes:
    return load_shapes(stage)


@cache
def rules() -> dict[str, Stage]:
    """The local name of every shape, with its stage."""
    found: dict[str, Stage] = {}
    for stage in Stage:
        graph = shapes_of(stage).graph
        for shape in {*graph.subjects(RDF.type, SH.NodeShape), *graph.subjects(RDF.type, SH.PropertyShape)}:
            name = str(shape).removeprefix(NAMESPACE)
            assert name not in found, f"{name} is a shape of both stages"
            found[name] = stage
    return found


@cache
def ontology() -> bytes:
    return b"".join(map(turtle_to_ntriples, ontology_files()))


def flat(path: Path) -> bytes:
    """All triples of a file, without their graphs."""
    triples = (quad.triple for quad in pyoxigraph.parse(path=path))
    data = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES)
    assert data, f"{path} is empty"
    return data


@cache
def report_of(path: Path) -> ValidationReport:
    stage = rules()[path.parent.name]
    data = flat(path)
    return validate(data if stage is Stage.SOURCE else data + ontology(), shapes=shapes_of(stage))


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def messages() -> list[tuple[str, str]]:
    return sorted(
        (str(node), str(text)) for s in Stage for node, text in shapes_of(s).graph.subject_objects(SH.message)
    )


def test_every_file_of_the_project_s_own_data_conforms_to_the_source_shapes() -> None:
    files = sorted(DATA.glob("*/*.trig"))
    assert files
    reports = validate_each(((path.name, flat(path)) for path in files), shapes=shapes_of(Stage.SOURCE), processes=1)
    assert {name: render_text(report) for name, report in reports if report.results} == {}


@pytest.mark.parametrize("path", CONFORMING, ids=name_of)
def test_conforming_data_breaks_no_rule(path: Path) -> None:
    assert report_of(path).results == ()


@pytest.mark.parametrize("path", VIOLATING, ids=name_of)
def test_violating_data_breaks_the_rule_it_is_named_after_and_no_other(path: Path) -> None:
    assert {result.shape for result in report_of(path).results} == {NAMESPACE + path.parent.name}


def test_every_shape_has_data_that_conforms_and_data_that_breaks_it() -> None:
    assert len(rules()) > 90
    assert {path.parent.name for path in CONFORMING} == set(rules())
    assert {path.parent.name for path in VIOLATING} == set(rules())


@pytest.mark.parametrize("name", sorted(rules()))
def test_every_constraint_of_a_shape_is_broken_by_some_data(name: str) -> None:
    """A shape may ask several things (one value, an IRI, of a class); each must be able to fail."""
    graph = shapes_of(rules()[name]).graph
    shape = URIRef(NAMESPACE + name)
    asked = set(graph.predicates(shape)) - DESCRIPTION
    results = [result for path in VIOLATING if path.parent.name == name for result in report_of(path).results]

    assert asked
    assert {r.component for r in results} == {f"{SH}{CONSTRAINTS[a]}ConstraintComponent" for a in asked}
    assert {r.constraint for r in results if r.constraint} == set(map(str, graph.objects(shape, SH.sparql)))


RELEASE_FILES = [path for path in CONFORMING + VIOLATING if rules()[path.parent.name] is Stage.RELEASE]


@pytest.mark.parametrize("path", RELEASE_FILES, ids=name_of)
def test_another_engine_finds_the_same_with_the_sparql_rules(path: Path) -> None:
    """Oxigraph, with $this bound to each target in turn: the queries must not lean on how rdflib reads them."""
    store = pyoxigraph.Store()
    store.extend(pyoxigraph.Quad(*quad.triple) for quad in pyoxigraph.parse(path=path))
    store.load(ontology(), format=pyoxigraph.RdfFormat.N_TRIPLES)
    expected = {(r.constraint, r.focus_node, _number_or_term(r.value)) for r in report_of(path).results if r.constraint}

    assert {row for shape in _sparql_shapes() for row in _oxigraph_results(store, shape)} == expected


def _sparql_shapes() -> list[Node]:
    shapes = sorted(shapes_of(Stage.RELEASE).graph.subjects(SH.sparql))
    assert shapes
    return shapes


def _oxigraph_results(store: pyoxigraph.Store, shape: Node) -> Iterator[tuple[str, str, str | None]]:
    graph = shapes_of(Stage.RELEASE).graph
    constraint = graph.value(shape, SH.sparql)
    query = str(graph.value(constraint, SH.select))
    for focus in _targets(store, shape):
        answer = store.query(query, prefixes=PREFIXES, substitutions={pyoxigraph.Variable("this"): focus})
        names = {variable.value for variable in answer.variables}
        for row in answer:
            yield str(constraint), str(focus), _number_or_term(str(row["value"]) if "value" in names else str(focus))


def _targets(store: pyoxigraph.Store, shape: Node) -> set[pyoxigraph.NamedNode]:
    graph = shapes_of(Stage.RELEASE).graph
    patterns = [f"?x a/rdfs:subClassOf* <{c}>" for c in graph.objects(shape, SH.targetClass)] + [
        f"?x <{p}> ?y" for p in graph.objects(shape, SH.targetSubjectsOf)
    ]
    return {row["x"] for where in patterns for row in store.query(f"SELECT ?x {{ {where} }}", prefixes=PREFIXES)}


def _number_or_term(term: str | None) -> str | None:
    return term and re.sub(r'^"(\d+)"\^\^.*', r"\1", term)


def test_every_message_names_the_rule_and_how_to_mend_it() -> None:
    found = messages()
    assert len(found) == len(rules()), "one message for each rule"
    for node, text in found:
        sentences = re.split(r"(?<=[.;:]) ", text)
        assert len(text.split()) >= 12, f"{node}: too short to help: {text}"
        assert len(sentences) >= 2, f"{node}: what to do is missing: {text}"
        assert any(s.split()[0] in MENDING for s in sentences[1:]), f"{node}: no word of mending: {text}"
        assert text.endswith("."), f"{node}: {text}"


def test_no_two_rules_say_the_same() -> None:
    texts = [text for _, text in messages()]
    assert len(texts) == len(set(texts))


def test_a_value_from_a_code_list_has_a_source_shape() -> None:
    """A property that the ontology binds to a list is held to it: adding one to the ontology asks for its shape."""
    terms = Graph().parse(data=ontology(), format="nt")
    graph = shapes_of(Stage.SOURCE).graph
    held = dict(graph.subject_objects(SH.path))
    listed = list(terms.subject_objects(URIRef(f"{HAB}valuesFrom")))

    assert listed
    for term, scheme in listed:
        patterns = {str(graph.value(shape, SH.pattern)) for shape, path in held.items() if path == term}
        assert "^" + re.escape(str(scheme)).replace("\\-", "-") + "/" in patterns, f"{term} takes any value"


def test_every_term_in_the_shapes_is_in_the_ontology() -> None:
    """A misspelt class or property would make a rule that never fires."""
    terms = {str(s) for s in Graph().parse(data=ontology(), format="nt").subjects()}
    for stage in Stage:
        graph = shapes_of(stage).graph
        used = {str(o) for _, p, o in graph if isinstance(o, URIRef) and o.startswith(HAB) and p != SH.declare}
        for query in graph.objects(None, SH.select):
            used |= {HAB + name for name in re.findall(r"hab:(\w+)", str(query))}
        assert used
        assert used <= terms


@pytest.mark.parametrize("stage", list(Stage))
def test_the_shapes_are_shacl(stage: Stage) -> None:
    """By the shapes that the SHACL recommendation gives for shapes."""
    conforms, _, text = pyshacl_validate(
        Graph().parse(data=b"".join(map(turtle_to_ntriples, shapes_files(stage))), format="nt"),
        shacl_graph=shapes_of(stage).graph,
        meta_shacl=True,
    )
    assert conforms, text


def test_literals_in_messages_are_english() -> None:
    for stage in Stage:
        for message in shapes_of(stage).graph.objects(None, SH.message):
            assert isinstance(message, Literal)
            assert message.language == "en"
