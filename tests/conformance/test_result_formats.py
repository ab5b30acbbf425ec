"""Whatever characters terms hold, each format is read back as the terms that the engine found, or it is refused."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BaseDirection,
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from kg.errors import NotAcceptableError, ResultTooLargeError
from kg.store.backend import FormatChoice, GraphFormat, QueryRequest, ResultFormat
from kg.store.evaluation import evaluate

Term = NamedNode | BlankNode | Literal | Triple

SIZE_MAX = 2**24
SUBJECT, PREDICATE = NamedNode("x:s"), NamedNode("x:p")
SPARQL = "{http://www.w3.org/2005/sparql-results#}"
ITS = "{http://www.w3.org/2005/11/its}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XSD = "http://www.w3.org/2001/XMLSchema#"
# XML 1.0 §2.2, production Char, turned round.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Random characters seldom meet what has a meaning of its own somewhere.
SPECIAL = (
    "\x00\x01\x08\t\n\x0b\r\x1f \"'&<>]]>,;\\{}|`^@_:?#%\x7f\x85\xa0\u2028\ufeff\ufffd\ufffe\uffff\U0001f600\U0010ffff"
)
CHARACTERS = st.one_of(st.sampled_from(SPECIAL), st.characters(exclude_categories=["Cs"]))
TEXTS = st.text(CHARACTERS, max_size=12)
NUMBERS = st.sampled_from(["1", "-1.5", "1.", ".5", "1e0", "+1", "01", "INF", "", " 1", "1\n", "true", "TRUE", "1E"])
DATATYPES = st.sampled_from([f"{XSD}{name}" for name in ("integer", "decimal", "double", "boolean", "string", "date")])


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(f"x:{text}")
    except ValueError:
        assume(False)  # noqa: FBT003 - hypothesis has it so
        raise


IRIS = st.text(CHARACTERS.filter(lambda c: c not in '\x7f<>"{}|^`\\%' and c > " "), max_size=8).map(_iri)
LANGUAGES = st.from_regex(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", fullmatch=True)
LITERALS = st.one_of(
    st.builds(Literal, TEXTS),
    st.builds(lambda text, language: Literal(text, language=language), TEXTS, LANGUAGES),
    st.builds(
        lambda text, language, direction: Literal(text, language=language, direction=direction),
        TEXTS,
        LANGUAGES,
        st.sampled_from([BaseDirection.LTR, BaseDirection.RTL]),
    ),
    st.builds(lambda text, datatype: Literal(text, datatype=datatype), TEXTS, IRIS),
    st.builds(lambda text, datatype: Literal(text, datatype=NamedNode(datatype)), NUMBERS, DATATYPES),
)
NODES = st.one_of(IRIS, st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_]{0,8}", fullmatch=True).map(BlankNode))
PLAIN = st.one_of(NODES, LITERALS)
TERMS = st.one_of(PLAIN, st.builds(Triple, NODES, IRIS, PLAIN))
VARIABLES = st.from_regex(r"[A-Za-zА-яé_][A-Za-zА-яé_0-9·‿]{0,6}", fullmatch=True)


def found(terms: list[Term]) -> tuple[Store, list[Term]]:
    """A store of these terms, and the terms as it holds them, in the order in which it finds them."""
    store = Store()
    store.extend([Quad(SUBJECT, PREDICATE, term) for term in terms])
    solutions: Any = store.query("SELECT ?o { <x:s> <x:p> ?o }")
    return store, [solution["o"] for solution in solutions]


def body_of(store: Store, variable: str, result_format: ResultFormat) -> str:
    query = f"SELECT ?{variable} ?nothing {{ <x:s> <x:p> ?{variable} }}"
    return evaluate(store, QueryRequest(query, FormatChoice(result_format)), size_max=SIZE_MAX)[1].decode()


def of_json(value: dict[str, Any]) -> Term:
    """A term of SPARQL 1.2 Query Results JSON."""
    kind, content = value["type"], value["value"]
    if kind == "triple":
        return Triple(of_json(content["subject"]), of_json(content["predicate"]), of_json(content["object"]))  # type: ignore[arg-type]
    if kind in ("uri", "bnode"):
        return NamedNode(content) if kind == "uri" else BlankNode(content)
    return literal(content, value.get("datatype"), value.get("xml:lang"), value.get("its:dir"))


def of_xml(element: ET.Element) -> Term:
    """A term of SPARQL 1.2 Query Results XML."""
    kind, text = element.tag.removeprefix(SPARQL), element.text or ""
    if kind == "triple":
        return Triple(*(of_xml(part[0]) for part in element))  # type: ignore[arg-type]
    if kind in ("uri", "bnode"):
        return NamedNode(text) if kind == "uri" else BlankNode(text)
    return literal(text, element.get("datatype"), element.get(XML_LANG), element.get(f"{ITS}dir"))


def literal(text: str, datatype: str | None, language: str | None, direction: str | None) -> Literal:
    if language is None:
        return Literal(text, datatype=None if datatype is None else NamedNode(datatype))
    if direction is None:
        return Literal(text, language=language)
    return Literal(text, language=language, direction=BaseDirection.RTL if direction == "rtl" else BaseDirection.LTR)


def texts_of(term: Term) -> list[str]:
    """Every text that a term is made of."""
    if isinstance(term, Triple):
        return [text for part in (term.subject, term.predicate, term.object) for text in texts_of(part)]
    return [term.value, term.datatype.value] if isinstance(term, Literal) else [term.value]


def is_xml(terms: list[Term]) -> bool:
    return not any(NOT_XML.search(text) for term in terms for text in texts_of(term))


@settings(max_examples=150)
@given(st.lists(TERMS, min_size=1, max_size=4), VARIABLES)
def test_json_holds_every_term(terms: list[Term], variable: str) -> None:
    store, held = found(terms)
    results = json.loads(body_of(store, variable, ResultFormat.JSON))

    assert results["head"]["vars"] == [variable, "nothing"]
    assert [of_json(row[variable]) for row in results["results"]["bindings"]] == held


@settings(max_examples=200)
@given(st.lists(TERMS, min_size=1, max_size=4), VARIABLES)
def test_xml_is_well_formed_and_whole_or_refused_with_reason(terms: list[Term], variable: str) -> None:
    store, held = found(terms)
    try:
        root = ET.fromstring(body_of(store, variable, ResultFormat.XML))
    except NotAcceptableError:
        assert not is_xml(held)
        return

    assert is_xml(held)
    assert [name.get("name") for name in root.findall(f"{SPARQL}head/{SPARQL}variable")] == [variable, "nothing"]
    bindings = root.findall(f"{SPARQL}results/{SPARQL}result/{SPARQL}binding")
    assert [binding.get("name") for binding in bindings] == [variable] * len(held)
    assert [of_xml(binding[0]) for binding in bindings] == held


@settings(max_examples=150)
@given(st.lists(TERMS, min_size=1, max_size=4), VARIABLES)
def test_tsv_holds_every_term_as_turtle_writes_it(terms: list[Term], variable: str) -> None:
    store, held = found(terms)
    body = body_of(store, variable, ResultFormat.TSV)

    assert body.endswith("\n")
    head, *rows = body[:-1].split("\n")
    assert head == f"?{variable}\t?nothing"
    cells = [row.split("\t") for row in rows]
    assert {len(row) for row in cells} == {2}
    assert {row[1] for row in cells} == {""}
    read = [next(parse(f"<x:s> <x:p> {row[0]} .", format=RdfFormat.TURTLE, rename_blank_nodes=False)) for row in cells]
    assert [quad.object for quad in read] == held


@settings(max_examples=150)
@given(st.lists(PLAIN, min_size=1, max_size=4), VARIABLES)
def test_csv_is_that_of_rfc_4180(terms: list[Term], variable: str) -> None:
    store, held = found(terms)
    body = body_of(store, variable, ResultFormat.CSV)

    assert body.endswith("\r\n")
    rows = list(csv.reader(io.StringIO(body, newline=""), strict=True))
    assert rows[0] == [variable, "nothing"]
    values = [f"_:{term.value}" if isinstance(term, BlankNode) else term.value for term in held]  # type: ignore[union-attr]
    assert rows[1:] == [[value, ""] for value in values]


def test_csv_quotes_what_has_a_comma_and_stops_at_the_cap_all_the_same() -> None:
    """The engine writes IRIs as they are; a place such as ``Paris,_Texas`` would be two columns."""
    store, held = found([NamedNode("http://example.com/Paris,_Texas"), Literal('a "b", c\r\n'), BlankNode("b")])
    query = QueryRequest("SELECT ?o { <x:s> <x:p> ?o }", FormatChoice(ResultFormat.CSV))
    media_type, body = evaluate(store, query, size_max=SIZE_MAX)

    assert media_type == ResultFormat.CSV
    rows = list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
    assert rows == [["o"], *([f"_:{t.value}" if isinstance(t, BlankNode) else t.value] for t in held)]  # type: ignore[union-attr]
    assert evaluate(store, query, size_max=len(body))[1] == body
    with pytest.raises(ResultTooLargeError):
        evaluate(store, query, size_max=len(body) - 1)


@pytest.mark.parametrize("graph_format", GraphFormat)
@settings(max_examples=80)
@given(terms=st.lists(st.one_of(IRIS, LITERALS), min_size=1, max_size=4))
def test_every_graph_format_holds_every_literal_or_says_that_it_cannot(
    graph_format: GraphFormat, terms: list[Term]
) -> None:
    store, held = found(terms)
    query = QueryRequest("CONSTRUCT { <x:s> <x:p> ?o } { <x:s> <x:p> ?o }", FormatChoice(graph=graph_format))
    try:
        body = evaluate(store, query, size_max=SIZE_MAX)[1]
    except NotAcceptableError:
        assert graph_format == GraphFormat.RDF_XML
        assert not is_xml(held)
        return

    if graph_format == GraphFormat.RDF_XML:
        ET.fromstring(body)
    read = parse(body, format=RdfFormat.from_media_type(graph_format))
    assert {quad.object for quad in read} == set(held)
