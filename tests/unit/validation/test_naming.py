"""What reports say of shapes of any kind: without a name, with several messages, with severities of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from rdflib import SH, Graph

from kg.errors import ShapesError
from kg.validation import Severity, Shapes, ValidationReport, render_text, render_turtle
from kg.validation import compile as compile_shapes
from kg.validation.naming import Message
from tests.shacl import EX, columns_of, graph_of

if TYPE_CHECKING:
    from pathlib import Path

DATA = "@prefix ex: <http://example.org/> . ex:a ex:p 1, 2 ."
QUERY = 'sh:sparql [ sh:select "SELECT $this WHERE { $this <http://example.org/p> 1 }" ]'
AGE = "sh:property [ sh:path ex:p ; sh:maxCount 1 ; sh:order 3 ; sh:message 'One.'@en ]"
PAIR = "sh:property [ sh:path ( ex:p ex:p ) ; sh:minCount 3 ]"


def report(shapes: str, folder: Path, engine: str = "both") -> ValidationReport:
    """What both engines report of ex:a, in the words of one of them."""
    with columns_of(folder, {None: DATA}) as columns:
        return compile_shapes(Shapes(graph_of(shapes), ())).validate(columns, engine=engine)


@pytest.mark.parametrize("engine", ["both", "reference"])
@pytest.mark.parametrize(
    ("shapes", "shape", "part"),
    [
        (f"ex:S sh:targetNode ex:a ; {AGE} .", f"{EX}S", f"[ sh:maxCount 1 ; sh:path <{EX}p> ]"),
        (f"ex:S sh:targetNode ex:a ; sh:and ( ex:T ) . ex:T sh:property [ sh:path ex:q ] ; {AGE} .", f"{EX}S", None),
        ("[] sh:targetNode ex:a ; sh:property ex:P . ex:P sh:path ex:p ; sh:maxCount 1 .", f"{EX}P", None),
        ("[] sh:targetNode ex:a ; sh:nodeKind sh:Literal .", "_:b", "[ sh:nodeKind sh:Literal ]"),
        (f"[] sh:targetNode ex:a ; {AGE} .", "_:b", f"[ sh:maxCount 1 ; sh:path <{EX}p> ]"),
        (f"ex:S sh:targetNode ex:a ; {PAIR} .", f"{EX}S", f"[ sh:minCount 3 ; sh:path ( <{EX}p> <{EX}p> ) ]"),
    ],
)  # fmt: skip
def test_a_shape_without_a_name_is_told_by_what_it_says_and_where_it_stands(
    tmp_path: Path, engine: str, shapes: str, shape: str, part: str | None
) -> None:
    found = report(shapes, tmp_path, engine)

    assert {(result.shape, result.part) for result in found.results} == {(shape, part)}
    graph = Graph().parse(data=render_turtle(found), format="turtle")
    (node,) = graph.objects(None, SH.sourceShape)
    assert str(node) == shape if part is None else str(graph.value(node, SH.path) or "") != shape
    assert not re.search("n[0-9a-f]{32}", render_text(found) + render_turtle(found))


def test_a_part_that_says_much_is_told_by_its_path(tmp_path: Path) -> None:
    many = " ".join(f'"{number:030}"' for number in range(20))
    found = report(f"ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:in ( {many} ) ] .", tmp_path)

    assert {result.part for result in found.results} == {f"[ sh:path <{EX}p> ]"}
    assert {result.message for result in found.results} == {"A value breaks sh:in."}


def test_a_default_message_says_what_is_asked(tmp_path: Path) -> None:
    found = report(
        "ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:datatype xsd:string ; sh:maxCount 1 ] .", tmp_path
    )

    assert {result.message for result in found.results} == {
        "A value breaks sh:datatype xsd:string.",
        "The number of values breaks sh:maxCount 1.",
    }


@pytest.mark.parametrize("engine", ["both", "reference"])
@pytest.mark.parametrize("shape", ["sh:nodeKind sh:Literal ; sh:message {}", QUERY.replace("[ ", "[ sh:message {} ; ")])
@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ('"Anders."@de , "In English."@en-gb', '"In English."@en-gb'),
        ('"Anders."@de , "Plain."', '"Plain."'),
        ('"Iné."@sk , "Anders."@de', '"Anders."@de'),
        ('"Bei {$this}."@de , "{?more} here."@en', '"{?more} here."@en'),
    ],
)
def test_of_several_messages_the_english_one_is_told_with_its_tag(
    tmp_path: Path, engine: str, shape: str, messages: str, told: str
) -> None:
    found = report(f"ex:S sh:targetNode ex:a ; {shape.replace('{}', messages)} .", tmp_path, engine)

    assert {f'"{result.message}"' for result in found.results} == {told.partition("@")[0]}
    assert f"sh:resultMessage {told} ;" in render_turtle(found)


@pytest.mark.parametrize("engine", ["both", "reference"])
def test_a_constraint_without_a_name_is_a_blank_node(tmp_path: Path, engine: str) -> None:
    found = report(f"ex:S sh:targetNode ex:a ; {QUERY} .", tmp_path, engine)

    assert {result.constraint for result in found.results} == {"_:b"}
    assert "sh:sourceConstraint [] ;" in render_turtle(found)


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_a_path_of_two_kinds_is_told(tmp_path: Path, engine: str) -> None:
    path = "[ sh:zeroOrMorePath ex:p ; sh:inversePath ex:p ]"
    with pytest.raises(ShapesError, match="S: a path is not well-formed"):
        report(f"ex:S sh:targetNode ex:a ; sh:property [ sh:path {path} ; sh:minCount 9 ] .", tmp_path, engine)


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_a_severity_that_is_no_iri_is_told(tmp_path: Path, engine: str) -> None:
    with pytest.raises(ShapesError, match="S: its sh:severity is no IRI"):
        report("ex:S sh:targetNode ex:a ; sh:nodeKind sh:Literal ; sh:severity 'bad' .", tmp_path, engine)


@pytest.mark.parametrize("engine", ["both", "reference"])
def test_a_severity_of_ones_own_is_told_and_is_no_mere_warning(tmp_path: Path, engine: str) -> None:
    shapes = [
        f"ex:{name} sh:targetNode ex:a ; sh:nodeKind sh:Literal ; sh:severity {severity} ."
        for name, severity in (("A", "sh:Info"), ("B", "sh:Warning"), ("C", "ex:Grave"), ("D", "sh:Violation"))
    ]
    found = report("\n".join(shapes), tmp_path, engine)

    assert [result.severity for result in found.results] == [
        *(Severity.VIOLATION, f"{EX}Grave", Severity.WARNING, Severity.INFO),
    ]
    assert f"sh:resultSeverity <{EX}Grave> ;" in render_turtle(found)
    assert render_text(found).endswith(f"Does not conform: 1 violation, 1 <{EX}Grave>, 1 warning, 1 info.\n")

    mild = ValidationReport(tuple(r for r in found.results if r.severity in (Severity.WARNING, Severity.INFO)))
    grave = ValidationReport(tuple(r for r in found.results if r.severity == f"{EX}Grave"))
    assert (mild.conforms, grave.conforms) == (True, False)


RULE = """sh:sparql [ sh:message "{message}"@en ;
  sh:select "SELECT $this {select} WHERE {{ $this <http://example.org/p> ?value ; ?q ?other }}" ]"""
SAYS = """ex:Says a sh:ConstraintComponent ; sh:parameter [ sh:path ex:least ] ;
  sh:validator [ a sh:SPARQLAskValidator ; sh:message "{$this} has {?value}, less than {$least}." ;
  sh:ask "ASK { FILTER ($value >= $least) }" ] ."""


@pytest.mark.parametrize(
    ("shapes", "told"),
    [
        (
            f"ex:S sh:targetNode ex:a ; {RULE.format(message='{$this} has {?value}.', select='?value')} .",
            {f"{EX}a has 1.", f"{EX}a has 2."},
        ),
        (f"ex:S sh:targetNode ex:a ; {RULE.format(message='It is {?this}.', select='')} .", {f"It is {EX}a."}),
        (
            f"{SAYS} ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:p ; ex:least 2 ] .",
            {f"{EX}a has 1, less than 2."},
        ),
    ],
)
def test_a_message_quotes_the_focus_node_and_the_value(tmp_path: Path, shapes: str, told: set[str]) -> None:
    assert compile_shapes(Shapes(graph_of(shapes), ())).coverage().reference == {}

    assert {result.message for result in report(shapes, tmp_path).results} == told


@pytest.mark.parametrize(
    ("message", "select", "told"),
    [
        ("{?other} of {$this}: {?q}", "?other ?q", {f"{n} of {EX}a: {EX}p" for n in (1, 2)}),
        # What no solution binds stays as it is written.
        ("{?other} {$q} {?value}", "?other", {f"{n} {{$q}} {{?value}}" for n in (1, 2)}),
        ("{?order}", "(UCASE('x') AS ?order)", {"X"}),
        ("{?none}", "?none", {"{?none}"}),
        ("By {?path}.", "?path", {f"By {EX}p."}),
        ("{?blank}.", "?blank", {"a blank node."}),
    ],
)
def test_a_message_quotes_any_variable_that_the_query_selects(
    tmp_path: Path, message: str, select: str, told: set[str]
) -> None:
    query = (
        f"SELECT $this {select} WHERE {{ $this <{EX}p> ?v ; ?q ?other ; ?path ?v OPTIONAL {{ ?blank <{EX}r> $this }} }}"
    )
    shapes = f'ex:S sh:targetNode ex:a ; sh:sparql [ sh:message "{message}" ; sh:select "{query}" ] .'
    with columns_of(tmp_path, {None: f"{DATA} [] ex:r ex:a ."}) as columns:
        engine = compile_shapes(Shapes(graph_of(shapes), ()))
        assert {result.message for result in engine.validate(columns).results} == told
        assert {result.message for result in engine.baseline(columns).report.results} == told
    assert engine.coverage().reference == {}


SAYS_ITSELF = (
    "SELECT $this ?message ?value { $this <http://example.org/p> ?value "
    "BIND (IF (?value = 1, STRLANG(CONCAT(STR(?value), ' is Eins.'), 'de'), ?unbound) AS ?message) }"
)


def test_a_message_that_the_query_makes_goes_before_others(tmp_path: Path) -> None:
    """SHACL, section 5.3.2."""
    shapes = f'ex:S sh:targetNode ex:a ; sh:sparql [ sh:message "Else."@en ; sh:select "{SAYS_ITSELF}" ] .'

    assert [(r.message, r.language) for r in report(shapes, tmp_path, "fast").results] == [
        ("1 is Eins.", "de"),
        ("Else.", "en"),
    ]


@pytest.mark.parametrize(
    ("validator", "component", "told"),
    [
        ('sh:message "Validator {$least}." ; ', 'sh:message "Component."', "Validator 2."),
        ("", 'sh:message "Component {$least}, {?value}."', "Component 2, 1."),
        ("", "rdfs:label 'c'", "Shape 2, 1."),
    ],
)
def test_a_component_says_what_is_wrong_unless_its_validator_does(
    tmp_path: Path, validator: str, component: str, told: str
) -> None:
    shapes = f"""ex:Says a sh:ConstraintComponent ; {component} ; sh:parameter [ sh:path ex:least ] ;
      sh:validator [ {validator} sh:ask "ASK {{ FILTER ($value >= $least) }}" ] .
    ex:S sh:targetNode ex:a ; sh:path ex:p ; ex:least 2 ; sh:message "Shape {{$least}}, {{?value}}." ."""

    assert {result.message for result in report(shapes, tmp_path, "fast").results} == {told}


def test_a_message_of_the_shape_quotes_what_its_query_finds(tmp_path: Path) -> None:
    shapes = f"ex:S sh:targetNode ex:a ; {QUERY.replace('$this WHERE', '$this ?q WHERE').replace('p> 1', 'p> ?q')}"

    found = report(f'{shapes} ; sh:message "{{$this}} has {{?q}}."@en .', tmp_path, "fast")

    assert {result.message for result in found.results} == {f"{EX}a has 1.", f"{EX}a has 2."}


def test_a_parameter_that_is_blank_is_told_as_such(tmp_path: Path) -> None:
    shapes = f"{SAYS} ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:p ; ex:least [] ] ."

    assert {result.message for result in report(shapes, tmp_path, "fast").results} == {
        f"{EX}a has {number}, less than a blank node." for number in (1, 2)
    }


@pytest.mark.parametrize(
    ("focus", "value", "told"),
    [
        ("<urn:a>", '"{$this} \\"x\\"\\n"', 'urn:a and {$this} "x"\n and {?more}'),
        ('"{?value}"@en', "_:b1", "{?value} and a blank node and {?more}"),
        ("<urn:a>", '""', "urn:a and  and {?more}"),
        ("<urn:a>", None, "urn:a and {?value} and {?more}"),
    ],
)
def test_what_is_quoted_is_quoted_once_and_as_it_is(focus: str, value: str | None, told: str) -> None:
    quotes = ("this", "value")
    assert Message("{$this} and {?value} and {?more}", "en", quotes).about(focus, value).text == told
    assert Message("{$this}", "en").about(focus, value).text == "{$this}"
