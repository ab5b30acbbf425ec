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

    # pySHACL tells no value of an ASK validator on a property shape.
    assert {result.message for result in report(shapes, tmp_path, "fast").results} == told


@pytest.mark.parametrize(("message", "select"), [("{?other}", "?other"), ("{?value}", "")])
def test_a_message_that_quotes_another_variable_is_the_references(tmp_path: Path, message: str, select: str) -> None:
    shapes = f"ex:S sh:targetNode ex:a ; {RULE.format(message=message, select=select)} ."

    assert "quotes variables" in compile_shapes(Shapes(graph_of(shapes), ())).coverage().reference[f"{EX}S"]
    assert report(shapes, tmp_path).results


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
    assert Message("{$this} and {?value} and {?more}", "en", quotes=True).about(focus, value) == told
    assert Message("{$this}", "en").about(focus, value) == "{$this}"
