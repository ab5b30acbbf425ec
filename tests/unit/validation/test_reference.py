"""The reference engine on small source files with invented names."""

from __future__ import annotations

import logging
import multiprocessing
import random
from typing import TYPE_CHECKING

import pytest

from kg.errors import KgError, ShapesError
from kg.validation import Severity, Shapes, Stage, load_shapes, read_shapes, reference, validate, validate_each
from kg.vocab import CLAIM, HAB, ID, SHAPES, SOURCE, VOCAB
from tests.shacl import graph_of, local

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
ATTRIBUTED = "<http://www.w3.org/ns/prov#wasAttributedTo>"
CLAIM_IRI = f"{CLAIM}k7f3m2qa"
ARTICLE = f"""\
<{SOURCE}herald> {RDF_TYPE} <{HAB}NewsArticle> .
<{SOURCE}herald> <http://www.w3.org/2000/01/rdf-schema#label> "The Example Herald on an arrest"@en .
<{SOURCE}herald> <http://purl.org/dc/terms/publisher> <{ID}organisation/example-herald> .
<{SOURCE}herald> <{HAB}sensitivity> <{VOCAB}sensitivity/public> .
<{CLAIM_IRI}> {RDF_TYPE} <{HAB}Claim> .
<{CLAIM_IRI}> <{HAB}reportedIn> <{SOURCE}herald> .
<{CLAIM_IRI}> <{HAB}sensitivity> <{VOCAB}sensitivity/public> .
"""
SPEAKER = f"<{CLAIM_IRI}> {ATTRIBUTED} <{ID}organisation/example-office> .\n"
WHOLE = (ARTICLE + SPEAKER).encode()
SPEECHLESS = ARTICLE.encode()


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return load_shapes(Stage.SOURCE)


def test_a_whole_source_conforms(shapes: Shapes) -> None:
    report = validate(WHOLE, shapes=shapes)
    assert report.conforms
    assert report.results == ()


def test_a_result_says_what_is_missing_where_and_how_to_mend_it(shapes: Shapes) -> None:
    (result,) = validate(SPEECHLESS, shapes=shapes).results

    assert result.focus_node == f"<{CLAIM_IRI}>"
    assert result.path == "http://www.w3.org/ns/prov#wasAttributedTo"
    assert result.value is None
    assert result.shape == f"{SHAPES}Claim-wasAttributedTo"
    assert result.severity is Severity.VIOLATION
    assert result.claims == (CLAIM_IRI,)
    assert "exactly one speaker" in result.message
    assert "prov:wasAttributedTo" in result.message


def test_a_value_is_given_as_it_would_stand_in_n_triples(shapes: Shapes) -> None:
    locator = rf'<{CLAIM_IRI}> <{HAB}locator> "page \"3\"\nor \\ 4"@en .'
    (result,) = validate(WHOLE + locator.encode(), shapes=shapes).results
    assert result.value == r'"page \"3\"\nor \\ 4"@en'


def test_a_number_is_reported_as_it_is_written(shapes: Shapes) -> None:
    size = f'<{ID}group/k7f3m2qa> <{HAB}size> "-01"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    (result,) = validate(size.encode(), shapes=shapes).results
    assert result.value == '"-01"^^<http://www.w3.org/2001/XMLSchema#integer>'


def test_the_order_of_results_does_not_depend_on_the_order_of_the_file(shapes: Shapes) -> None:
    claims = [SPEECHLESS.replace(b"k7f3m2qa", f"k7f3m2q{last}".encode()) for last in "abcdefgh"]
    lines = b"".join(claims).splitlines(keepends=True)
    shuffled = random.Random(7).sample(lines, len(lines))

    report = validate(b"".join(lines), shapes=shapes)

    assert len(report.results) == 8
    assert list(report.results) == sorted(report.results, key=lambda result: result.focus_node)
    assert validate(b"".join(shuffled), shapes=shapes) == report


def test_one_validation_leaves_nothing_behind_for_the_next(shapes: Shapes) -> None:
    before = len(shapes.graph)
    assert not validate(SPEECHLESS, shapes=shapes).conforms
    assert validate(WHOLE, shapes=shapes).conforms
    assert len(shapes.graph) == before


def test_an_empty_graph_conforms(shapes: Shapes) -> None:
    assert validate(b"", shapes=shapes).conforms


def test_blank_nodes_have_one_name_because_their_labels_mean_nothing(shapes: Shapes) -> None:
    reports = {validate(f"_:{label} {RDF_TYPE} <{HAB}Place> .\n".encode(), shapes=shapes) for label in "ab"}
    assert {result.focus_node for report in reports for result in report.results} == {"_:b"}
    assert len(reports) == 1


def test_nothing_is_printed_or_logged_of_what_claims_say(
    shapes: Shapes, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """An ill-typed number is a violation, and rdflib would log its text with a traceback."""
    wrong = f'<{ID}group/k7f3m2qa> <{HAB}size> "the secret 31"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    with caplog.at_level(logging.DEBUG):
        assert not validate(wrong.encode(), shapes=shapes).conforms

    assert capfd.readouterr() == ("", "")
    assert "secret" not in caplog.text


def test_text_that_is_not_n_triples_is_refused(shapes: Shapes) -> None:
    for text in (b"<a> <b> .", b"\xff\xfe"):
        with pytest.raises(KgError, match="not N-Triples"):
            validate(text, shapes=shapes)


def test_a_warning_is_told_and_does_not_forbid(tmp_path: Path) -> None:
    shapes = small_shapes(
        tmp_path, 'sh:severity sh:Warning ; sh:minCount 1 ; sh:message "A place has a name. Add it."@en'
    )
    report = validate(f"<{ID}place/x> {RDF_TYPE} <{HAB}Place> .\n".encode(), shapes=shapes)

    assert [result.severity for result in report.results] == [Severity.WARNING]
    assert report.conforms


@pytest.mark.parametrize(
    ("shape", "component"),
    [
        ("sh:or ( [ sh:class ex:C ; sh:severity sh:Warning ] )", "Or"),
        ("sh:node [ sh:class ex:C ; sh:severity sh:Info ]", "Node"),
        ("sh:not [ sh:class ex:C ; sh:severity sh:Warning ]", None),
        (
            "sh:property [ sh:path ex:p ; sh:qualifiedMinCount 1 ; "
            "sh:qualifiedValueShape [ sh:class ex:C ; sh:severity sh:Warning ] ]",
            "QualifiedMinCount",
        ),
    ],
)
def test_a_node_does_not_conform_to_a_shape_because_its_severity_is_mild(shape: str, component: str | None) -> None:
    """SHACL, section 3.4: who conforms is a matter of results, whatever their severity."""
    shapes = Shapes(graph_of(f"ex:S sh:targetNode ex:a ; {shape} ."), ())
    report = validate(b"<http://example.org/a> <http://example.org/p> <http://example.org/b> .\n", shapes=shapes)

    told = [local(result.component).removesuffix("ConstraintComponent") for result in report.results]
    assert told == ([] if component is None else [component])


@pytest.mark.parametrize(
    "constraint",
    [
        'sh:pattern "["',
        'sh:minCount "many"',
        "sh:minCount 1, 2",
        # Of this the engine's error is of no kind of its own.
        "sh:minCount 'x'^^<http://www.w3.org/2001/XMLSchema#integer>",
    ],
)
def test_a_shape_that_cannot_be_evaluated_is_an_error_and_not_a_silence(constraint: str) -> None:
    shapes = Shapes(graph_of(f"ex:S a sh:PropertyShape ; sh:targetNode ex:a ; sh:path ex:p ; {constraint} ."), ())
    with pytest.raises(ShapesError, match="cannot be evaluated"):
        validate(b"", shapes=shapes)


def in_rule(query: str, shape: str = "") -> Shapes:
    rule = f"[ sh:prefixes ex:Mine ; sh:select '{query}' ]"
    return Shapes(
        graph_of(
            f"ex:S sh:targetNode ex:a ; sh:sparql {rule} . {shape} ex:Mine owl:imports ex:Between . "
            "ex:Between owl:imports ex:Theirs . ex:Theirs sh:declare "
            "[ sh:prefix 'ex' ; sh:namespace 'http://example.org/'^^xsd:anyURI ] ."
        ),
        (),
    )


DATA = b"<http://example.org/a> <http://example.org/p> <http://example.org/b> .\n"


def test_prefixes_come_from_imported_ontologies() -> None:
    """SHACL, section 5.2.1."""
    assert len(validate(DATA, shapes=in_rule("SELECT $this { $this ex:p ex:b }")).results) == 1


def test_a_shape_that_nothing_refers_to_stops_nothing() -> None:
    shapes = in_rule("SELECT $this { $this ex:p ex:b }", "ex:Other sh:or () .")
    assert len(validate(DATA, shapes=shapes).results) == 1

    with pytest.raises(ShapesError, match=r"stops at http://example\.org/Other"):
        validate(DATA, shapes=in_rule("SELECT $this { }", "ex:Other sh:targetNode ex:a ; sh:or () ."))


def test_a_query_that_asks_named_graphs_is_an_error_that_names_the_shape() -> None:
    with pytest.raises(ShapesError, match=r"http://example\.org/S. A query asks named graphs"):
        validate(b"", shapes=in_rule("SELECT $this { { GRAPH ?g { $this ex:p ?x } } UNION { $this ex:p 1 } }"))


def test_a_query_that_fails_is_an_error_and_no_result() -> None:
    """SHACL, section 5.3.1: where ?failure is true, and only there."""
    query = "SELECT $this ?failure { $this ex:p ?x BIND (%s AS ?failure) }"

    with pytest.raises(ShapesError, match=r"http://example\.org/S: .* tells that it failed"):
        validate(DATA, shapes=in_rule(query.replace("%s", "true")))

    (result,) = validate(DATA, shapes=in_rule(query.replace("%s", "1 = 2"))).results
    assert result.focus_node == "<http://example.org/a>"
    assert validate(b"", shapes=in_rule("SELECT $this ?failure { ?y ex:p ?x BIND (true AS ?failure) }")).conforms


def test_a_select_validator_knows_no_value() -> None:
    """SHACL, section 6.3; pySHACL binds it, and finds nothing."""
    component = """ex:Link a sh:ConstraintComponent ; sh:parameter [ sh:path ex:link ] ; sh:message "M {$link}."@en ;
      sh:nodeValidator [ sh:select "SELECT $this ?value { $this ?p ?value FILTER (?value = $link) }" ] .
    ex:T sh:targetNode ex:a ; ex:link ex:b ."""

    (result,) = validate(DATA, shapes=in_rule("SELECT $this { $this ex:none 1 }", component)).results
    assert (result.value, result.message) == ("<http://example.org/b>", "M http://example.org/b.")


def test_of_several_values_of_a_parameter_none_is_left_out_in_silence() -> None:
    component = """ex:Most a sh:ConstraintComponent ; sh:parameter [ sh:path ex:most ] ;
      sh:validator [ sh:ask "ASK { FILTER ($value <= $most) }" ] .  ex:T sh:targetNode 1 ; ex:most 0, 1 ."""
    with pytest.raises(ShapesError, match=r"http://example\.org/T: it has more than one http://example\.org/most"):
        validate(b"", shapes=in_rule("SELECT $this { $this ex:none 1 }", component))


def test_what_stops_the_engine_on_data_is_an_error_that_does_not_quote_them() -> None:
    path = "[ rdf:first ex:p ; rdf:rest [ rdf:first ex:q ] ]"
    shapes = Shapes(graph_of(f"ex:S a sh:PropertyShape ; sh:targetNode ex:a ; sh:path {path} ; sh:minCount 1 ."), ())
    with pytest.raises(ShapesError, match=r"S: .*on this data: the reference engine stops") as raised:
        validate(b'<http://example.org/a> <http://example.org/p> "secret" .\n', shapes=shapes)

    assert "secret" not in str(raised.value)


def test_a_query_with_prefixes_that_nobody_declares_is_an_error_that_names_them() -> None:
    query = 'sh:select "SELECT $this WHERE { $this own:p other:o ; rdfs:label ?l }"'
    shapes = Shapes(graph_of(f"ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql [ {query} ] ."), ())
    with pytest.raises(ShapesError, match="no sh:declare gives: other, own"):
        validate(b"", shapes=shapes)


def test_a_query_that_is_none_is_an_error_before_there_is_data() -> None:
    shapes = Shapes(graph_of("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql [ sh:select '^a' ] ."), ())
    with pytest.raises(ShapesError, match="cannot be evaluated"):
        validate(b"", shapes=shapes)


def test_a_query_that_shacl_forbids_is_an_error_before_there_is_data(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .\n"
        'ex:S a sh:NodeShape ; sh:name "s"@en ; sh:targetClass ex:C ; sh:severity sh:Violation ; sh:sparql ex:Q .\n'
        'ex:Q a sh:SPARQLConstraint ; sh:message "A rule. Mend it."@en ;\n'
        '  sh:select "SELECT $this WHERE { $this ?p ?o MINUS { $this a ?c } }" .'
    )
    with pytest.raises(ShapesError, match="MINUS"):
        validate(b"", shapes=read_shapes([path]))


def small_shapes(folder: Path, rest: str) -> Shapes:
    path = folder / "shapes.ttl"
    path.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        f'<{SHAPES}Place-label> a sh:PropertyShape ; sh:name "a name"@en ; sh:targetClass <{HAB}Place> ;\n'
        f"  sh:path rdfs:label ; {rest} ."
    )
    return read_shapes([path])


# --- Many data graphs ------------------------------------------------------------------------------------------------


def test_few_graphs_are_validated_in_this_process(shapes: Shapes) -> None:
    items = iter([("whole", WHOLE), ("speechless", SPEECHLESS)])
    reports = validate_each(items, shapes=shapes, processes=2)

    assert [(name, report.conforms) for name, report in reports] == [("whole", True), ("speechless", False)]
    assert multiprocessing.active_children() == []


def test_a_pool_gives_the_same_reports_in_the_same_order(shapes: Shapes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "_POOL_FROM_BYTES", 1)
    texts = [WHOLE if number % 3 else SPEECHLESS for number in range(30)]
    items = [(str(number), text) for number, text in enumerate(texts)]

    expected = [(name, validate(text, shapes=shapes)) for name, text in items]

    assert list(validate_each(items, shapes=shapes, processes=2)) == expected
    assert multiprocessing.active_children() == []


def test_what_fails_in_a_process_of_the_pool_fails_here(shapes: Shapes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "_POOL_FROM_BYTES", 1)
    with pytest.raises(KgError, match="not N-Triples"):
        list(validate_each([("whole", WHOLE), ("broken", b"<a> <b> .")], shapes=shapes, processes=2))
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_is_an_error(shapes: Shapes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "_POOL_FROM_BYTES", 1)

    def items() -> Iterator[tuple[str, bytes]]:
        for number in range(100):
            if number == 20:
                for child in multiprocessing.active_children():
                    child.kill()
            yield str(number), WHOLE

    with pytest.raises(KgError, match="process that validates died"):
        list(validate_each(items(), shapes=shapes, processes=2))
