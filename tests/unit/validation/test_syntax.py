"""What is not SHACL, or not as SHACL has it, is refused by name: it would check nothing, or find fault with all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rdflib import Graph

from kg.errors import ShapesError
from kg.validation import read_shapes
from kg.validation.syntax import syntax_faults
from tests.shacl import EX, PREFIXES, as_written
from tests.shared import shared

if TYPE_CHECKING:
    from pathlib import Path

W3C = "suites/w3c-data-shapes/data-shapes-test-suite/tests"
# What is said there to no effect, on purpose or not: counts without a shape, and a type that SHACL does not know.
ODD = {"qualified-001-shapes.ttl", "qualifiedValueShape-001.ttl"}


def refused(shapes: str, folder: Path) -> str:
    """What is told of shapes, beside one that is well-formed."""
    (folder / "own.ttl").write_text(f"{PREFIXES} {shapes}\nex:Good sh:targetNode ex:a ; sh:nodeKind sh:IRI .")
    with pytest.raises(ShapesError) as error:
        read_shapes([folder / "own.ttl"])
    first, *faults = str(error.value).splitlines()
    assert first == f"The shapes of {folder / 'own.ttl'} are broken."
    return "\n".join(faults)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ('sh:closed "true"', 'sh:closed is "true", and should be true or false, without quotes'),
        ('sh:closed "yes"^^xsd:boolean', "and should be true or false"),
        ('sh:deactivated "true"', 'sh:deactivated is "true", and should be true or false'),
        ("sh:nodeKind sh:Iri", "sh:nodeKind is <http://www.w3.org/ns/shacl#Iri>, and should be sh:IRI, sh:Literal"),
        ("sh:in ex:notalist", f"sh:in is <{EX}notalist>, and should be a list"),
        ("sh:or [ sh:class ex:C ]", "sh:or is a blank node, and should be a list of shapes"),
        ('sh:or ( "x" )', "and should be a list of shapes"),
        ("sh:closed true ; sh:ignoredProperties rdf:type", "and should be a list of IRIs"),
        ("sh:languageIn ( ex:en )", "and should be a list of texts"),
        ('sh:datatype "xsd:string"', 'sh:datatype is "xsd:string", and should be an IRI'),
        ("sh:datatype xsd:string, xsd:date", "it has more than one sh:datatype"),
        ('sh:class "C"', 'sh:class is "C", and should be an IRI'),
        ('sh:targetClass "x"', 'sh:targetClass is "x", and should be an IRI'),
        ('sh:targetSubjectsOf "p"', 'sh:targetSubjectsOf is "p", and should be an IRI'),
        ("sh:targetNode [ ]", "sh:targetNode is a blank node, and should be an IRI or a literal"),
        ("sh:node ex:Typo", f"sh:node is <{EX}Typo>, and should be a shape, of which these files say something"),
        ('sh:not "x"', 'sh:not is "x", and should be a shape'),
        ("sh:property ex:Typo", f"sh:property is <{EX}Typo>, and should be a property shape"),
        ("sh:message ex:msg", f"sh:message is <{EX}msg>, and should be a text"),
        ('sh:severity "Warning"', 'sh:severity is "Warning", and should be an IRI'),
        ("sh:severity sh:warning", "which SHACL does not know and engines pass over. Correct the name. The nearest is"),
        ("sh:minLength -1", "and should be a whole number from 0 on, without quotes"),
        ("sh:minInclusive ex:x", "and should be a literal"),
        ('sh:flags "i"', "it has sh:flags without sh:pattern, so it checks nothing"),
        ("sh:minCount 1", "it has sh:minCount, but no sh:path"),
        ("sh:lessThan ex:p", "it has sh:lessThan, but no sh:path"),
        ("sh:qualifiedMinCount 1 ; sh:qualifiedValueShape [ sh:class ex:C ]", "sh:qualifiedMinCount, but no sh:path"),
        ("a sh:PropertyShape", "it is a sh:PropertyShape without sh:path"),
        ("a sh:NodeShape ; sh:path ex:p", "it is a sh:NodeShape with sh:path"),
        (r'sh:targetNode "a\u0000"', r"it names a text with the character \u0000"),
    ],
)
def test_a_parameter_of_the_wrong_kind_is_refused(said: str, fault: str, tmp_path: Path) -> None:
    told = refused(f"ex:S sh:targetNode ex:a ; {said} .", tmp_path)

    assert told.startswith(f"{EX}S: ")
    assert fault in told


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ('sh:path ex:p ; sh:uniqueLang "true"', "without quotes"),
        ('sh:path ex:p ; sh:minCount "1"', "a whole number from 0 on, without quotes"),
        ('sh:path "ex:p"', "an IRI, a list of two paths or more"),
        ("sh:path ()", "an IRI, a list of two paths or more"),
        ("sh:path ( ex:p )", "an IRI, a list of two paths or more"),
        ("sh:path [ sh:alternativePath ( ex:p ) ]", "an IRI, a list of two paths or more"),
        ("sh:path ex:p, ex:q", "it has more than one sh:path"),
        ("sh:path ex:p ; sh:qualifiedMinCount 1", "it has sh:qualifiedMinCount without sh:qualifiedValueShape"),
        ("sh:path ex:p ; sh:qualifiedValueShape [ ]", "without sh:qualifiedMinCount or sh:qualifiedMaxCount"),
    ],
)
def test_a_shape_without_a_name_is_told_by_what_it_says(said: str, fault: str, tmp_path: Path) -> None:
    told = refused(f"ex:S sh:targetNode ex:a ; sh:property [ {said} ] .", tmp_path)

    assert told.startswith(f"{EX}S [")
    assert fault in told


@pytest.mark.parametrize(
    ("shapes", "fault"),
    [
        ("ex:S sh:targetClas ex:A .", "#targetClas, which SHACL does not know and engines pass over."),
        ("ex:S sh:targetClas ex:A .", "The nearest is sh:targetClass."),
        ("ex:S a sh:NodeShap ; sh:targetNode ex:a .", "The nearest is sh:NodeShape."),
        (
            'ex:S sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this {}" ] .',
            "it uses sh:target, of SHACL's extensions",
        ),
        ("ex:S sh:targetNode ex:a ; sh:expression [ sh:path ex:p ] .", "it uses sh:expression, of SHACL's extensions"),
        ('ex:S sh:targetNode ex:a ; sh:js [ sh:jsFunctionName "f" ] .', "it uses sh:js, of SHACL's extensions"),
        ("ex:S sh:targetNode ex:a ; sh:rule ex:R .", "it uses sh:rule, of SHACL's extensions"),
        ("ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:values 1 ] .", "it uses sh:values, of SHACL's"),
        ("ex:S a sh:SPARQLFunction ; sh:returnType xsd:string .", "it uses sh:SPARQLFunction, of SHACL's extensions"),
        ("ex:S sh:entailment <http://www.w3.org/ns/entailment/RDFS> .", "it asks for entailment (sh:entailment)"),
    ],
)
def test_a_term_that_nothing_here_evaluates_is_refused(shapes: str, fault: str, tmp_path: Path) -> None:
    """SHACL §1.5: a processor that does not support a regime of entailment must say so."""
    told = [line for line in refused(shapes, tmp_path).splitlines() if line.startswith(f"{EX}S")]

    assert any(fault in line for line in told)


PREFIX = 'sh:declare [ sh:prefix "x" ; sh:namespace "http://example.org/{}"^^xsd:anyURI ]'
RULE = 'ex:S sh:targetNode ex:a ; sh:sparql ex:Rule . ex:Rule sh:select "SELECT $this WHERE {{ $this x:p 1 }}" ; {}'


def test_a_prefix_has_one_namespace_wherever_it_is_declared(tmp_path: Path) -> None:
    ontologies = f"ex:O {PREFIX.format('a')} ; owl:imports ex:P . ex:P {PREFIX.format('b')} ."
    told = refused(f"{RULE.format('sh:prefixes ex:O .')} {ontologies}", tmp_path)

    assert told == (f"{EX}Rule: its sh:prefixes give x more than one namespace: {EX}a, {EX}b. Keep one.")


@pytest.mark.parametrize(
    "declared", ['sh:prefix "x"', f'sh:namespace "{EX}"^^xsd:anyURI', f'sh:namespace "{EX}", "{EX}b"']
)
def test_a_declaration_has_a_prefix_and_a_namespace(declared: str, tmp_path: Path) -> None:
    told = refused(f"ex:O sh:declare [ {declared} ] .", tmp_path)

    assert told.startswith(f"{EX}O: its sh:declare is a blank node, and should be a declaration with one sh:prefix")


@pytest.mark.parametrize("term", ['"x"@en--ltr', "<<( ex:a ex:b ex:c )>>"])
def test_what_rdf_1_1_does_not_have_is_refused_with_the_file(term: str, tmp_path: Path) -> None:
    (tmp_path / "own.ttl").write_text(f"{PREFIXES} ex:S sh:targetNode ex:a ; sh:in ( {term} ) .")

    with pytest.raises(
        ShapesError, match=r"own\.ttl: it holds a triple inside of a triple, or a text with a direction"
    ):
        read_shapes([tmp_path / "own.ttl"])


def test_what_describes_the_terms_of_shacl_may_name_them_all(tmp_path: Path) -> None:
    (tmp_path / "own.ttl").write_text(f"{PREFIXES} sh:js a rdf:Property ; sh:new 1 . ex:S sh:targetObjectsOf sh:rule .")

    assert len(read_shapes([tmp_path / "own.ttl"]).graph) == 3


def test_the_shapes_of_the_w3c_are_well_formed_but_for_two() -> None:
    files = sorted(shared(W3C).rglob("*.ttl"))
    assert len(files) > 100

    odd = set()
    for file in files:
        with as_written():
            graph = Graph(bind_namespaces="none").parse(file, format="turtle")
        if list(syntax_faults(graph)):
            odd.add(file.name)

    assert odd == ODD
