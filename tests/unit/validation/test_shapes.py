"""Shapes are refused if they could not do what they seem to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SH, SKOS

from kg.errors import ShapesError
from kg.validation import Shapes, Stage, load_shapes, read_shapes
from kg.vocab import HAB, VOCAB

if TYPE_CHECKING:
    from pathlib import Path

PREFIXES = """\
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://example.org/> .
@prefix shapes: <https://w3id.org/habeas/shapes#> .
"""
COMMON = 'sh:name "a rule"@en ; sh:targetClass ex:Thing ; sh:severity sh:Violation'
MESSAGE = 'sh:message "A thing has a name. Add it."@en'
PROPERTY = f"shapes:Thing-name a sh:PropertyShape ; sh:path ex:name ; {COMMON}"
NODE = f"shapes:Thing a sh:NodeShape ; {COMMON} ; sh:sparql shapes:Thing-query ."


def read(folder: Path, text: str) -> Shapes:
    path = folder / "shapes.ttl"
    path.write_text(PREFIXES + text)
    return read_shapes([path], is_house_style=True)


def query(select: str) -> str:
    return f'{NODE} shapes:Thing-query a sh:SPARQLConstraint ; {MESSAGE} ; sh:select "{select}" .'


def test_the_shapes_of_both_stages_are_shipped() -> None:
    assert len(load_shapes(Stage.SOURCE).graph) > len(load_shapes(Stage.RELEASE).graph) > 100


def test_source_shapes_bring_the_hierarchy_and_the_code_lists_and_no_more() -> None:
    background = load_shapes(Stage.SOURCE).background
    told = {tuple(map(str, triple)) for triple in background}

    assert (f"{HAB}NewsArticle", str(RDFS.subClassOf), f"{HAB}Source") in told
    assert (f"{VOCAB}sensitivity/public", str(RDF.type), str(SKOS.Concept)) in told
    assert str(RDFS.label) not in {predicate for _, predicate, _ in told}


def test_source_shapes_bring_what_the_ontology_says_of_deprecated_terms(tmp_path: Path) -> None:
    ontology = tmp_path / "old.ttl"
    ontology.write_text(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "@prefix ex: <https://example.org/> . ex:old owl:deprecated true ; dcterms:isReplacedBy ex:new ."
    )
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(f"{PREFIXES}{PROPERTY} ; {MESSAGE} ; sh:minCount 1 .")

    told = {tuple(map(str, triple)) for triple in read_shapes([shapes], ontology=[ontology]).background}
    assert told == {
        ("https://example.org/old", str(OWL.deprecated), "true"),
        ("https://example.org/old", str(DCTERMS.isReplacedBy), "https://example.org/new"),
    }


def test_release_shapes_bring_nothing_because_a_release_holds_the_ontology() -> None:
    assert load_shapes(Stage.RELEASE).background == ()


def test_a_whole_shape_is_taken(tmp_path: Path) -> None:
    assert len(read(tmp_path, f"{PROPERTY} ; {MESSAGE} ; sh:minCount 1 .").graph) == 7


def test_a_whole_query_is_taken(tmp_path: Path) -> None:
    assert len(read(tmp_path, query("SELECT $this WHERE { $this <https://example.org/name> ?name }")).graph) == 8


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "There is no shape in these files."),
        (f"{PROPERTY} ; sh:minCount 1 .", "not exactly one sh:message in English"),
        (f'{PROPERTY} ; sh:message "Rien." ; sh:minCount 1 .', "not exactly one sh:message in English"),
        (f'{PROPERTY} ; sh:message "Not {{?value}}."@en ; sh:minCount 1 .', "that quotes no value"),
        (f"{PROPERTY} ; {MESSAGE} .", "it has no constraint"),
        (f"{PROPERTY} ; {MESSAGE} ; sh:mincount 1 .", "which SHACL does not know"),
        (f"{PROPERTY} ; sh:path ex:title ; {MESSAGE} ; sh:minCount 1 .", "not exactly one sh:path"),
        (f"{PROPERTY} ; {MESSAGE} ; sh:minCount 1 ; sh:severity ex:Bad .", "not exactly one sh:severity"),
        (f"{PROPERTY.replace('sh:targetClass', 'ex:about')} ; {MESSAGE} ; sh:minCount 1 .", "it has no target"),
        (f"{PROPERTY.replace('sh:name', 'ex:called')} ; {MESSAGE} ; sh:minCount 1 .", "it has no sh:name"),
        (f"shapes:Thing-query a <http://www.w3.org/ns/shacl#SPARQLConstraint> ; {MESSAGE} .", "no shape uses it"),
        (f"{NODE} shapes:Thing-query a sh:SPARQLConstraint ; {MESSAGE} .", "not exactly one sh:select"),
        (query("SELECT $this WHERE { $this hab:when ?date }"), "prefixes that its sh:prefixes do not declare: hab"),
        (query("SELECT ?thing WHERE { ?thing ?p ?o }"), "does not speak of $this"),
        (query("SELECT $this WHERE { $this ?p"), "is not SPARQL 1.1"),
        (query("ASK { $this ?p ?o }"), "no SELECT query"),
    ],
)
def test_a_shape_that_could_not_do_its_work_is_refused(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ShapesError) as refused:
        read(tmp_path, text)
    assert fault in str(refused.value)


def test_shapes_of_anybody_need_no_more_than_shacl_asks(tmp_path: Path) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(f"{PREFIXES} ex:S sh:targetClass ex:Thing ; sh:property [ sh:path ex:name ; sh:minCount 1 ] .")

    assert len(read_shapes([path]).graph) == 4


def test_shapes_of_several_files_keep_apart_what_has_no_name_and_are_as_written(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.ttl", "two.ttl")]
    for number, file in enumerate(files):
        file.write_text(
            f"{PREFIXES} <#S> sh:property _:b . _:b sh:path ex:p{number} ; sh:hasValue 01 ; sh:targetNode ex:a ."
        )

    graph = read_shapes(files).graph

    assert len(graph) == 8
    assert {str(shape) for shape in graph.subjects(SH.property)} == {f"{file.as_uri()}#S" for file in files}
    assert {str(value) for value in graph.objects(None, SH.hasValue)} == {"01"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "No shape in these files has a target, so nothing is checked."),
        ("ex:S a sh:NodeShape ; sh:nodeKind sh:IRI .", "No shape in these files has a target, so nothing is checked."),
        (
            "ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:mincount 1 ] .",
            "https://example.org/S [ sh:mincount 1 ; sh:path <https://example.org/p> ]: it uses "
            "http://www.w3.org/ns/shacl#mincount, which SHACL does not know",
        ),
        (
            "ex:S a sh:NodeShape ; sh:targetclass ex:C .",
            "https://example.org/S: it uses http://www.w3.org/ns/shacl#targetclass",
        ),
    ],
)
def test_shapes_that_would_check_nothing_are_refused_whose_ever_they_are(text: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(PREFIXES + text)
    with pytest.raises(ShapesError) as refused:
        read_shapes([path])
    assert fault in str(refused.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ShapesError) as refused:
        read(tmp_path, "shapes:A a sh:NodeShape . shapes:B a sh:NodeShape .")
    assert {line.split(":")[1].split("#")[1] for line in str(refused.value).splitlines()[1:]} == {"A", "B"}


def test_a_file_that_is_not_turtle_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ShapesError, match=r"shapes\.ttl.*line 5"):
        read(tmp_path, "shapes:A a sh:NodeShape ;\n;; sh:name .")
