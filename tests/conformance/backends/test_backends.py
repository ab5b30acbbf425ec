"""What every backend promises, whether it walks a release's index or asks a server: the same answers, or an error."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import QueryResultsFormat, RdfFormat, parse, parse_query_results

from kg.errors import (
    NotAcceptableError,
    QueryError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
    ResultTooLargeError,
)
from kg.store.backend import FormatChoice, GraphFormat, QueryRequest, ResultFormat

from .conftest import LIMITS, dataset
from .differences import DIFFERENCES

if TYPE_CHECKING:
    from .conftest import Backend

P = "PREFIX : <http://example.com/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
TSV = FormatChoice(ResultFormat.TSV, ResultFormat.XML, GraphFormat.N_TRIPLES)
LONG = P + "SELECT (COUNT(*) AS ?n) { ?a :is ?x . ?b :is ?y . ?c :is ?z FILTER (?x * ?y + ?z = 17) }"

# name: query, and the rows of its answer as TSV, in any order.
ROWS = {
    "plain text": ('SELECT ?o { :a :text ?o FILTER (LANG(?o) = "" && STRLEN(?o) = 5) }', '"plain"'),
    "language tags": (
        'SELECT ?o { :a :text ?o FILTER (LANG(?o) != "") }',
        '"Портовая варта"@be\n"Harbour Watch"@en-gb',
    ),
    "an empty text": ("SELECT ?o { :a :text ?o FILTER (STRLEN(?o) = 0) }", '""'),
    "what must be escaped": (
        'SELECT ?o { :a :text ?o FILTER (STRSTARTS(?o, "tab")) }',
        '"tab\\t line\\n return\\r quote\\" backslash\\\\ <&>"',
    ),
    "beyond the basic plane": ('SELECT ?o { :a :text ?o FILTER (STRSTARTS(?o, "astral")) }', '"astral 😀"'),
    "a control character": ('SELECT ?o { :a :text ?o FILTER (STRSTARTS(?o, "control")) }', '"control \x01 end"'),
    "numbers": ("SELECT ?o { :a :number ?o }", "1\n1.5\n123456789012345678901234567890\n-7"),
    "a double": ("SELECT ?o { :a :double ?o }", '"2.5"^^<http://www.w3.org/2001/XMLSchema#double>'),
    "a boolean": ("SELECT ?o { :a :truth ?o }", "true"),
    "dates": (
        "SELECT ?o { :a :date ?o }",
        '"2031-05-02"^^<http://www.w3.org/2001/XMLSchema#date>\n'
        '"2031-05-02T10:00:00+02:00"^^<http://www.w3.org/2001/XMLSchema#dateTime>\n'
        '"2031-05"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>',
    ),
    "a datatype of others": ("SELECT ?o { :a :edtf ?o }", '"2031-05~"^^<http://id.loc.gov/datatypes/edtf/EDTF>'),
    "names": ("SELECT ?o { :a :link ?o }", "<http://example.com/ö/ж?x=1&y=2#z>\n<urn:example:a>"),
    "unbound": ("SELECT ?s ?o { :shared :said ?s OPTIONAL { :shared :never ?o } }", '"twice"\t'),
    "no rows": ("SELECT ?o { :nobody :said ?o }", ""),
    "no columns": ("SELECT * { :shared :said 'twice' }", ""),
    "a relative name": ("SELECT (STR(<id/x>) AS ?o) {}", '"https://w3id.org/habeas/id/x"'),
    "the default graph once": ("SELECT (COUNT(*) AS ?n) { :shared :said ?o }", "1"),
    "all named graphs": (
        "SELECT ?g { GRAPH ?g { :shared :only ?o } }",
        "<http://example.com/claim1>\n<http://example.com/claim2>",
    ),
    "named graphs are not the default": ("SELECT ?o { :shared :only ?o }", ""),
    "the default graph is not named": ("SELECT ?g { GRAPH ?g { :a :truth ?o } }", ""),
    "who says so": (
        "SELECT ?by { GRAPH ?g { :shared :only 'two' } GRAPH :about { ?g :by ?by } }",
        "<http://example.com/y>",
    ),
    "FROM": ("SELECT ?o FROM :claim1 { :shared ?p ?o }", '"twice"\n"one"'),
    "FROM and FROM": ("SELECT ?o FROM :claim1 FROM :claim2 { :shared ?p ?o }", '"twice"\n"one"\n"two"'),
    "FROM NAMED": ("SELECT ?o FROM NAMED :claim2 { GRAPH ?g { :shared :only ?o } }", '"two"'),
    "FROM without FROM NAMED": ("SELECT ?o FROM :claim1 { GRAPH ?g { :shared :only ?o } }", ""),
    "FROM of nothing": ("SELECT ?o FROM :nothing { ?s ?p ?o }", ""),
    "MINUS": (
        "SELECT ?g { GRAPH ?g { :shared :said ?o } MINUS { GRAPH ?g { :shared :only 'one' } } }",
        "<http://example.com/claim2>",
    ),
    "NOT EXISTS": (
        "SELECT ?g { GRAPH ?g { :shared :said ?o } FILTER NOT EXISTS { GRAPH ?g { :shared :only 'one' } } }",
        "<http://example.com/claim2>",
    ),
    "a path": ("SELECT ?o { :a (:unnamed/:text) ?o }", '"inside"'),
    "sum": ("SELECT (SUM(?x) AS ?n) { ?s :is ?x }", "1124250"),
    "an average": ("SELECT (AVG(?x) AS ?n) { ?s :is ?x FILTER (?x < 4) }", "1.5"),
    "VALUES": ("SELECT ?v { VALUES ?v { 1 'a' <http://example.com/> } }", '1\n"a"\n<http://example.com/>'),
    "a comparison of dates": (
        'SELECT ?o { :a :date ?o FILTER (?o < "2031-05-03"^^xsd:date) }',
        '"2031-05-02"^^<http://www.w3.org/2001/XMLSchema#date>',
    ),
    "GROUP_CONCAT": (
        "SELECT (GROUP_CONCAT(STR(?x); separator='|') AS ?n) { SELECT ?x { [] :is ?x FILTER (?x < 3) } ORDER BY ?x }",
        '"0|1|2"',
    ),
}


def rows_of(tsv: bytes) -> list[str]:
    return sorted(tsv.decode().split("\n")[1:-1])


def outcome(backend: Backend, text: str) -> list[str] | str:
    """The rows, or the name of the error."""
    try:
        return rows_of(backend.ask(P + text, TSV).read())
    except QueryError as error:
        return type(error).__name__


@pytest.mark.parametrize("name", ROWS)
def test_a_query_has_the_same_answer_everywhere(backend: Backend, name: str) -> None:
    text, expected = ROWS[name]
    rows: list[str] | str = sorted(expected.split("\n") if expected or name == "no columns" else [])
    if name in DIFFERENCES[backend.name]:
        rows, reason = DIFFERENCES[backend.name][name]
        assert reason.endswith(".")

    assert outcome(backend, text) == rows


def test_every_difference_is_one_of_a_test() -> None:
    assert not DIFFERENCES["pool"], "ours is held to all of it"
    assert set().union(*DIFFERENCES.values()) <= ROWS.keys()


SELECT = "SELECT ?text { :a :text ?text FILTER (LANG(?text) = 'be') }"


@pytest.mark.parametrize("media_type", ResultFormat)
def test_rows_come_in_every_format(backend: Backend, media_type: ResultFormat) -> None:
    answer = backend.ask(P + SELECT, FormatChoice(solutions=media_type))

    body = answer.read()
    assert answer.media_type == media_type
    assert answer.size_bytes == len(body)
    if media_type is ResultFormat.CSV:
        assert body.decode() == "text\r\nПортовая варта\r\n"
    else:
        (row,) = parse_query_results(body, QueryResultsFormat.from_media_type(media_type))  # type: ignore[misc, arg-type]
        assert (row["text"].value, row["text"].language) == ("Портовая варта", "be")


@pytest.mark.parametrize("media_type", [ResultFormat.JSON, ResultFormat.XML])
@pytest.mark.parametrize(("text", "truth"), [("ASK { :a :truth ?o }", True), ("ASK { :a :said ?o }", False)])
def test_a_boolean_comes_in_both_formats(backend: Backend, media_type: ResultFormat, text: str, truth: bool) -> None:  # noqa: FBT001
    answer = backend.ask(P + text, FormatChoice(boolean=media_type))

    assert answer.media_type == media_type
    assert bool(parse_query_results(answer.read(), QueryResultsFormat.from_media_type(media_type))) is truth


@pytest.mark.parametrize("media_type", GraphFormat)
@pytest.mark.parametrize("form", ["CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER (?s = :a && !isBlank(?o) %s) }"])
def test_a_graph_comes_in_every_format(backend: Backend, media_type: GraphFormat, form: str) -> None:
    """All kinds of terms, but for those that Virtuoso keeps otherwise, and for what XML cannot say in RDF/XML."""
    alike = "&& ?p NOT IN (:number, :truth, :double)"
    in_xml = "&& ?p != :31 && !CONTAINS(STR(?o), 'control')" if media_type is GraphFormat.RDF_XML else ""
    answer = backend.ask(P + form % (alike + in_xml), FormatChoice(graph=media_type))

    found = {quad.triple for quad in parse(answer.read(), RdfFormat.from_media_type(media_type))}  # type: ignore[arg-type]
    expected = {
        quad.triple
        for quad in parse(dataset(), RdfFormat.N_QUADS)
        if str(quad.subject) == "<http://example.com/a>"
        and str(quad.predicate).rpartition("/")[2].rstrip(">") not in {"number", "truth", "double", "unnamed"}
        and not (media_type is GraphFormat.RDF_XML and ("/31>" in str(quad.predicate) or "control" in str(quad.object)))
    }
    assert answer.media_type == media_type
    assert len(expected) >= 12
    assert found == expected


def test_a_description_is_a_graph(backend: Backend) -> None:
    answer = backend.ask("DESCRIBE <http://example.com/n7>", TSV)

    assert answer.media_type == GraphFormat.N_TRIPLES
    assert b'<http://example.com/n7> <http://example.com/is> "7"^^' in answer.read()


def test_an_empty_graph_is_an_answer(backend: Backend) -> None:
    assert backend.ask(P + "CONSTRUCT { ?s ?p ?o } WHERE { ?s :never ?o . ?s ?p ?o }", TSV).read() == b""


@pytest.mark.parametrize("media_type", [ResultFormat.XML, GraphFormat.RDF_XML])
def test_what_xml_cannot_say_is_refused(backend: Backend, media_type: ResultFormat | GraphFormat) -> None:
    formats = FormatChoice(ResultFormat.XML, ResultFormat.XML, GraphFormat.RDF_XML)
    where = "{ :a :text ?o FILTER (STRSTARTS(?o, 'control')) }"
    text = f"SELECT ?o {where}" if media_type is ResultFormat.XML else f"CONSTRUCT {{ :a :text ?o }} WHERE {where}"

    with pytest.raises(NotAcceptableError):
        backend.ask(P + text, formats)


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("SELECT * { ?s ?p ?o }", FormatChoice(solutions=None)),
        ("ASK {}", FormatChoice(boolean=None)),
        ("CONSTRUCT WHERE { ?s ?p ?o }", FormatChoice(graph=None)),
    ],
)
def test_a_form_without_a_format_is_not_acceptable(backend: Backend, text: str, formats: FormatChoice) -> None:
    with pytest.raises(NotAcceptableError):
        backend.ask(text, formats)


def test_the_dataset_of_the_protocol_is_used(backend: Backend) -> None:
    claim1, claim2 = "http://example.com/claim1", "http://example.com/claim2"
    default = backend.ask(P + "SELECT ?o { :shared :only ?o }", TSV, default_graphs=(claim1,))
    named = backend.ask(P + "SELECT ?g { GRAPH ?g { :shared :only ?o } }", TSV, named_graphs=(claim2,))

    assert rows_of(default.read()) == ['"one"']
    assert rows_of(named.read()) == [f"<{claim2}>"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT ?s WHERE {\n ?s ?p", QuerySyntaxError),
        ("INSERT DATA { <http://example.com/a> <http://example.com/b> 1 }", QueryRefusedError),
        ("CLEAR ALL", QueryRefusedError),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", QueryRefusedError),
        ("SELECT * { SERV\\u0049CE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }", QueryRefusedError),
    ],
)
def test_what_is_no_query_is_refused(backend: Backend, text: str, error: type[QueryError]) -> None:
    with pytest.raises(error) as caught:
        backend.ask(text)

    if isinstance(caught.value, QuerySyntaxError):
        assert caught.value.line == 2


def test_a_query_that_takes_too_long_is_stopped_and_the_next_is_answered(backend: Backend) -> None:
    start = time.monotonic()
    with pytest.raises(QueryTimeoutError) as caught:
        backend.ask(LONG)

    assert time.monotonic() - start < LIMITS.query_timeout_s + 1
    assert caught.value.work_s < LIMITS.query_timeout_s + 1
    assert rows_of(backend.ask(P + ROWS["sum"][0], TSV).read()) == ["1124250"]


def test_a_result_over_the_cap_is_refused(backend: Backend) -> None:
    with pytest.raises(ResultTooLargeError):
        backend.ask(P + "SELECT * { ?a :is ?x . ?b :is ?y FILTER (?x < 10) }")


def test_many_queries_at_once_are_each_answered(backend: Backend) -> None:
    async def ask(n: int) -> list[str]:
        answer = await backend.port.answer(QueryRequest(f"{P} SELECT ?x {{ :n{n} :is ?x }}", TSV))
        return rows_of(answer.read())

    async def ask_all() -> list[list[str]]:
        return await asyncio.gather(*(ask(n) for n in range(40)))

    assert backend.run(ask_all()) == [[str(n)] for n in range(40)]


def test_a_cancelled_query_leaves_the_others_alone(backend: Backend) -> None:
    async def cancel() -> float:
        calls = [asyncio.create_task(backend.port.answer(QueryRequest(LONG))) for _ in range(4)]
        await asyncio.sleep(0.3)
        start = time.monotonic()
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        (await backend.port.answer(QueryRequest("ASK {}"))).read()
        return time.monotonic() - start

    assert backend.run(cancel()) < 1.5
