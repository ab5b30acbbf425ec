"""Answers are equal where their terms are, however an engine writes them, and different where one row is."""

from __future__ import annotations

import json

import pytest
from comparison import differences, read_answer

JSON = "application/sparql-results+json; charset=utf-8"
XSD = "http://www.w3.org/2001/XMLSchema#"


def rows(*values: dict[str, str]) -> bytes:
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [{"x": value} for value in values]}}).encode()


def literal(value: str, datatype: str) -> dict[str, str]:
    return {"type": "literal", "value": value, "datatype": XSD + datatype}


PLAIN = {"type": "literal", "value": "a"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (literal("2", "integer"), literal("2.0", "decimal")),
        (literal("2", "integer"), {**literal("2", "int"), "type": "typed-literal"}),
        (literal("0.1", "double"), literal("1.0E-1", "double")),
        (literal("0.333333333333333333", "decimal"), literal("0.3333333333333", "decimal")),
        (literal("a", "string"), PLAIN),
        ({**PLAIN, "xml:lang": "EN"}, {**PLAIN, "xml:lang": "en"}),
        ({"type": "bnode", "value": "b0"}, {"type": "bnode", "value": "nodeID://1"}),
    ],
)
def test_the_same_term_in_two_writings_is_no_difference(one: dict[str, str], other: dict[str, str]) -> None:
    assert differences(read_answer(JSON, rows(one)), read_answer(JSON, rows(other))) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (literal("2", "integer"), literal("3", "integer")),
        (literal("2", "integer"), literal("2", "string")),
        (literal("1000000000", "integer"), literal("1000000001", "integer")),
        (PLAIN, {**PLAIN, "xml:lang": "en"}),
        (PLAIN, {"type": "uri", "value": "a"}),
        ({"type": "uri", "value": "a"}, {"type": "uri", "value": "b"}),
        (literal("2024-01-01", "date"), literal("2024-01-02", "date")),
    ],
)
def test_another_term_is_told_on_both_sides(one: dict[str, str], other: dict[str, str]) -> None:
    told = differences(read_answer(JSON, rows(one)), read_answer(JSON, rows(other)))

    assert [line.partition(",")[0] for line in told] == ["1 rows only in the first", "1 rows only in the second"]


def test_rows_count_as_often_as_they_come_and_in_any_order() -> None:
    two_and_one = read_answer(JSON, rows(PLAIN, literal("1", "integer"), PLAIN))

    assert differences(two_and_one, read_answer(JSON, rows(literal("1", "integer"), PLAIN, PLAIN))) == []
    assert differences(two_and_one, read_answer(JSON, rows(PLAIN, literal("1", "integer")))) != []


def test_an_unbound_variable_is_not_an_empty_string() -> None:
    unbound = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [{}]}}).encode()

    assert differences(read_answer(JSON, unbound), read_answer(JSON, rows({"type": "literal", "value": ""}))) != []


def test_a_boolean_is_compared() -> None:
    yes, no = (json.dumps({"head": {}, "boolean": answer}).encode() for answer in (True, False))

    assert differences(read_answer(JSON, yes), read_answer(JSON, yes)) == []
    assert differences(read_answer(JSON, yes), read_answer(JSON, no)) != []


def test_graphs_are_compared_as_sets_across_formats() -> None:
    turtle = b"@prefix : <http://e/> . :a :p 1 , :b ; :q 'x' ."
    ntriples = (
        b'<http://e/a> <http://e/q> "x" .\n'
        b"<http://e/a> <http://e/p> <http://e/b> .\n<http://e/a> <http://e/p> <http://e/b> .\n"
        b'<http://e/a> <http://e/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    )
    read = read_answer("text/turtle", turtle)

    assert read.total() == 3
    assert differences(read, read_answer("application/n-triples", ntriples)) == []
    assert differences(read, read_answer("text/turtle", b"<http://e/a> <http://e/q> 'y' .")) != []


@pytest.mark.parametrize("media_type", ["text/html", "application/sparql-results+xml"])
def test_an_answer_of_another_type_is_refused(media_type: str) -> None:
    with pytest.raises(ValueError, match=media_type.replace("+", r"\+")):
        read_answer(media_type, b"<html/>")
