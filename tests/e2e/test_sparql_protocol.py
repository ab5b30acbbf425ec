"""``/sparql`` by the SPARQL 1.1 Protocol, asked of a real server."""

from __future__ import annotations

import gzip
import io
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import rdflib
from pyoxigraph import QueryResultsFormat, RdfFormat, parse, parse_query_results
from rdflib.query import Result

if TYPE_CHECKING:
    import httpx

    from tests.serving import Server

SIZES = """
PREFIX hab: <https://w3id.org/habeas/ontology#>
PREFIX group: <https://w3id.org/habeas/id/group/>
SELECT ?claim ?size WHERE { GRAPH ?claim { group:freed-2031 hab:size ?size } } ORDER BY ?size
"""
GROUP = "CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?s { <https://w3id.org/habeas/id/group/freed-2031> } ?s ?p ?o }"
JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
FORM = "application/x-www-form-urlencoded"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def ask(client: httpx.Client, query: str, accept: str = "*/*", **parameters: str | list[str]) -> httpx.Response:
    return client.get("/sparql", params={"query": query, **parameters}, headers={"Accept": accept})


def problem(response: httpx.Response, status: int) -> dict[str, object]:
    """The problem of a response, whose form is checked."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    members: dict[str, object] = response.json()
    assert members["status"] == status
    assert members["title"]
    return members


def test_all_three_ways_to_send_a_query_give_the_same_answer(client: httpx.Client) -> None:
    answers = [
        ask(client, SIZES),
        client.post("/sparql", data={"query": SIZES}),
        client.post("/sparql", content=SIZES, headers={"Content-Type": "application/sparql-query"}),
        client.post("/sparql", content=SIZES, headers={"Content-Type": 'application/sparql-query; charset="UTF-8"'}),
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["content-type"] for answer in answers} == {JSON}
    assert len({answer.content for answer in answers}) == 1
    assert [row["size"]["value"] for row in answers[0].json()["results"]["bindings"]] == ["11", "12"]


@pytest.mark.parametrize(("media_type", "name"), [(JSON, "json"), (XML, "xml"), (CSV, "csv"), (TSV, "tsv")])
def test_every_result_format_is_read_back_by_others(client: httpx.Client, media_type: str, name: str) -> None:
    answer = ask(client, SIZES, media_type)
    assert answer.headers["content-type"].partition(";")[0] == media_type

    rows = Result.parse(io.BytesIO(answer.content), format=name)
    assert [str(row[rdflib.Variable("size")]) for row in rows.bindings] == ["11", "12"]
    known = QueryResultsFormat.from_media_type(media_type)
    if known in (QueryResultsFormat.JSON, QueryResultsFormat.XML, QueryResultsFormat.TSV):
        solutions = parse_query_results(answer.content, format=known)
        assert [row["size"].value for row in solutions] == ["11", "12"]  # type: ignore[union-attr] # it is no boolean


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
        ("application/rdf+xml", "xml"),
    ],
)
# rdflib's JSON-LD parser warns of itself.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("query", [GROUP, "DESCRIBE <https://w3id.org/habeas/id/group/freed-2031>"])
def test_every_graph_format_is_read_back_by_others(
    client: httpx.Client, media_type: str, name: str, query: str
) -> None:
    answer = ask(client, query, media_type)
    assert answer.headers["content-type"].partition(";")[0] == media_type

    assert len(rdflib.Graph().parse(data=answer.content, format=name)) == 7
    assert len(list(parse(answer.content, format=RdfFormat.from_media_type(media_type)))) == 7


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", JSON),
        (CSV, CSV),
        (f"{CSV};q=0.5, {XML};q=0.9", XML),
        (f"{JSON};q=0, {CSV};q=0, */*;q=0.1", XML),
        ("text/*", CSV),
        (f"text/turtle, {TSV};q=0.1", TSV),
        ("application/json", "application/json"),
        ("application/xml", "application/xml"),
        (f"{CSV}, */*", CSV),
        (BROWSER, "text/html"),
    ],
)
def test_the_client_chooses_the_format(client: httpx.Client, accept: str, expected: str) -> None:
    answer = ask(client, SIZES, accept)

    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == expected
    assert "Accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        (SIZES, "image/png"),
        (SIZES, "text/turtle"),
        (SIZES, "*/*;q=0"),
        (GROUP, CSV),
        ("ASK {}", CSV),
        ("ASK {}", f"{TSV}, text/turtle"),
    ],
)
def test_what_is_not_acceptable_is_said_and_not_overridden(client: httpx.Client, query: str, accept: str) -> None:
    answer = ask(client, query, accept)

    assert "offered as" in str(problem(answer, 406)["detail"])
    assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize(("name", "status"), [("csv", 200), ("json", 200), ("turtle", 406), ("excel", 406), ("", 200)])
def test_a_link_can_name_the_format(client: httpx.Client, name: str, status: int) -> None:
    assert ask(client, SIZES, format=name).status_code == status


def test_a_boolean_is_a_boolean(client: httpx.Client) -> None:
    assert ask(client, "ASK {}").json() == {"head": {}, "boolean": True}
    assert b"<boolean>false</boolean>" in ask(client, "ASK { <x:a> <x:b> <x:c> }", XML).content


def test_head_says_what_get_would_say(client: httpx.Client) -> None:
    path = f"/sparql?query={quote(SIZES)}"
    head, get = client.head(path), client.get(path)

    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-type", "content-length", "vary"):
        assert head.headers[name] == get.headers[name]


def test_options_says_what_may_be_done_and_lets_any_page_ask(client: httpx.Client) -> None:
    answer = client.options("/sparql", headers={"Origin": "https://example.com"})

    assert answer.status_code == 204
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "QUERY", "OPTIONS"}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/sparql")

    problem(answer, 405)
    assert "GET" in answer.headers["allow"]


def test_the_dataset_of_the_protocol_replaces_that_of_the_query(client: httpx.Client) -> None:
    claim = "https://w3id.org/habeas/claim/m4p8w2xz"
    query = "SELECT ?o FROM <https://w3id.org/habeas/graph/derived> { ?s <https://w3id.org/habeas/ontology#size> ?o }"
    graphs = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"

    assert ask(client, query, CSV).text.split() == ["o"]
    assert ask(client, query, CSV, **{"default-graph-uri": claim}).text.split() == ["o", "11"]
    assert ask(client, graphs, CSV, **{"named-graph-uri": [claim, "x:none"]}).text.split() == ["g", claim]
    posted = client.post(
        "/sparql",
        params={"default-graph-uri": claim},
        content=query,
        headers={"Content-Type": "application/sparql-query", "Accept": CSV},
    )
    assert posted.text.split() == ["o", "11"]


@pytest.mark.parametrize(
    "path",
    [
        "/sparql?format=csv",
        "/sparql?default-graph-uri=x:a",
        f"/sparql?query={quote('ASK {}')}&query={quote('ASK {}')}",
        "/sparql?query=%FF%FE",
        f"/sparql?query={quote('ASK {}')}&default-graph-uri=no%20iri",
        "/sparql?update=DROP%20ALL",
        f"/sparql?query={quote('ASK {}')}&using-graph-uri=x:a",
    ],
)
def test_a_request_that_cannot_be_understood_is_a_bad_request(client: httpx.Client, path: str) -> None:
    assert problem(client.get(path), 400)["detail"]


def test_a_query_in_the_address_and_in_the_form_is_one_too_many(client: httpx.Client) -> None:
    problem(client.post("/sparql?query=ASK%7B%7D", data={"query": "ASK {}"}), 400)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/json", "application/sparql-query; charset=utf-16"]
)
def test_an_unknown_kind_of_body_is_unsupported(client: httpx.Client, content_type: str) -> None:
    problem(client.post("/sparql", content="ASK {}", headers={"Content-Type": content_type}), 415)


def test_a_body_that_is_no_utf_8_is_a_bad_request(client: httpx.Client) -> None:
    for content_type in ("application/sparql-query", FORM):
        body = b"query=ASK {} # \xff"
        problem(client.post("/sparql", content=body, headers={"Content-Type": content_type}), 400)


UPDATES = [
    "INSERT DATA { <x:a> <x:b> <x:c> }",
    "DROP ALL",
    "DELETE WHERE { ?s ?p ?o }",
    "INS\\u0045RT DATA { <x:a> <x:b> 1 }",
]


@pytest.mark.parametrize("update", UPDATES)
def test_an_update_is_refused_in_every_form_and_changes_nothing(client: httpx.Client, update: str) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    before = ask(client, count).content
    answers = [
        client.get("/sparql", params={"query": update}),
        client.get("/sparql", params={"update": update}),
        client.post("/sparql", data={"query": update}),
        client.post("/sparql", data={"update": update}),
        client.post("/sparql", content=update, headers={"Content-Type": "application/sparql-query"}),
        client.post("/sparql", content=update, headers={"Content-Type": "application/sparql-update"}),
        client.post("/sparql", params={"update": update}, data={"query": "ASK {}"}),
    ]

    for answer in answers:
        assert "pdates are not served" in str(problem(answer, 400)["detail"])
    assert ask(client, count).content == before


def test_a_syntax_error_is_a_problem_with_its_place(client: httpx.Client) -> None:
    members = problem(ask(client, "SELECT *\nWHERE { ?s foaf:name ?o }"), 400)

    assert (members["line"], members["type"]) == (2, "https://w3id.org/habeas/problem/query-syntax")
    assert "Prefix not found" in str(members["detail"])


def test_xml_is_well_formed_or_it_is_not_sent(client: httpx.Client) -> None:
    query = 'SELECT ("a\\u0001b" AS ?v) {}'

    assert "XML" in str(problem(ask(client, query, XML), 406)["detail"])
    assert json.loads(ask(client, query).content)["results"]["bindings"][0]["v"]["value"] == "a\x01b"


def test_a_browser_gets_the_form_the_rows_and_the_mistake(client: httpx.Client) -> None:
    form = client.get("/sparql", headers={"Accept": BROWSER})
    rows = ask(client, SIZES, BROWSER)
    wrong = ask(client, "SELECT <script>", BROWSER)

    assert (form.status_code, rows.status_code, wrong.status_code) == (200, 200, 400)
    assert "<textarea" in form.text
    assert "2 rows" in rows.text
    assert "<td><span>12</span></td>" in rows.text
    assert 'role="alert"' in wrong.text
    assert "SELECT &lt;script&gt;</textarea>" in wrong.text
    for page in (form, rows, wrong):
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["vary"] == "Accept"


def test_every_response_carries_the_standing_headers(client: httpx.Client) -> None:
    for path in ("/", "/sparql", "/nothing", "/health/live", "/static/style.css"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_the_service_is_ready_and_says_which_release_it_serves(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready", "release": "2031-05-03-small"}


def test_nothing_that_is_asked_is_logged(client: httpx.Client, small_server: Server) -> None:
    ask(client, "SELECT * { ?s ?p 'a secret question' }")
    ask(client, "SELECT * { 'a secret mistake' ")
    client.get("/doc/person/a-secret-person")

    log = small_server.log.read_text()
    assert "Uvicorn running" in log
    assert "secret" not in log
    assert "127.0.0.1:" not in log.replace(small_server.url, "")


def test_the_method_query_carries_a_query_and_is_safe(client: httpx.Client) -> None:
    """draft-ietf-httpbis-safe-method-w-body: both kinds of body, and GET's own headers."""
    get = ask(client, SIZES, JSON)
    bodies = [
        (SIZES.encode(), "application/sparql-query"),
        (f"query={quote(SIZES)}".encode(), FORM),
    ]
    for body, content_type in bodies:
        answer = client.request(
            "QUERY", "/sparql", content=body, headers={"Content-Type": content_type, "Accept": JSON}
        )
        assert answer.content == get.content
        for name in ("etag", "cache-control", "content-type"):
            assert answer.headers[name] == get.headers[name]
        known = {"Content-Type": content_type, "Accept": JSON, "If-None-Match": get.headers["etag"]}
        assert client.request("QUERY", "/sparql", content=body, headers=known).status_code == 304
    assert get.headers["accept-query"] == "application/sparql-query, application/x-www-form-urlencoded"


def test_what_the_method_query_may_not_carry_is_unsupported(client: httpx.Client) -> None:
    answer = client.request("QUERY", "/sparql", content="{}", headers={"Content-Type": "application/json"})

    problem(answer, 415)
    assert "application/sparql-query" in answer.headers["accept-query"]


def test_a_post_is_not_conditional(client: httpx.Client) -> None:
    tag = ask(client, SIZES, JSON).headers["etag"]
    answer = client.post("/sparql", data={"query": SIZES}, headers={"Accept": JSON, "If-None-Match": tag})

    assert answer.status_code == 200
    assert "etag" not in answer.headers


def test_a_packed_body_is_not_unpacked(client: httpx.Client) -> None:
    """A bomb of 10 MB in 10 kB is refused by its name."""
    headers = {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"}
    problem(client.post("/sparql", content=gzip.compress(b" " * 10**7), headers=headers), 415)


def test_two_lines_of_accept_are_one_list(client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": SIZES}, headers=[("Accept", f"{CSV};q=0.1"), ("Accept", TSV)])

    assert answer.headers["content-type"].startswith(TSV)


def test_a_query_is_explained_and_not_evaluated(client: httpx.Client) -> None:
    unasked = f"{SIZES} # unasked"
    explained = client.get("/sparql", params={"query": unasked, "explain": "", "timeout": "0.5"}).json()

    measures = {measure["name"]: measure for measure in explained["measures"]}
    assert measures["nesting"] == {"name": "nesting", "value": 2, "limit": 64, "setting": "KG_QUERY_NESTING_MAX"}
    assert (explained["fixed"], explained["cached"], explained["refused"]) == (True, False, "")
    assert (explained["backend"], explained["timeout_s"]) == ("workers", 0.5)
    ask(client, unasked)
    assert client.get("/sparql", params={"query": unasked, "explain": "yes"}).json()["cached"] is True
    assert client.get("/sparql", params={"query": "SELECT (NOW() AS ?x) {}", "explain": ""}).json()["fixed"] is False


def test_a_query_that_would_be_refused_is_explained_too(client: httpx.Client) -> None:
    wide = "SELECT * {" + "?s ?p ?o ." * 70 + "}"
    explained = client.post("/sparql", data={"query": wide, "explain": ""})
    page = client.get("/sparql", params={"query": wide, "explain": ""}, headers={"Accept": BROWSER})

    assert explained.status_code == page.status_code == 200
    assert "at most 50" in explained.json()["refused"]
    assert re.search(r"\b(5[1-9]|6[0-9]|70) or more – too much", page.text)
    assert page.headers["cache-control"] == "no-store"


PROBLEMS = [
    ("GET", {"query": "SELECT"}, {}, 400),
    ("GET", {"query": "ASK {}", "format": "csv"}, {}, 406),
    ("GET", {"query": "ASK {}", "timeout": "x"}, {}, 400),
    ("POST", {"query": "ASK {}"}, {"Content-Type": "text/plain"}, 415),
    ("PATCH", {}, {}, 405),
]


@pytest.mark.parametrize(("method", "parameters", "headers", "status"), PROBLEMS)
def test_a_problem_is_for_programs_or_for_people_and_never_kept(
    client: httpx.Client, method: str, parameters: dict[str, str], headers: dict[str, str], status: int
) -> None:
    answer = client.request(method, "/sparql", params=parameters, headers=headers)
    page = client.request(method, "/sparql", params=parameters, headers={**headers, "Accept": BROWSER})

    assert problem(answer, status)["type"]
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == page.headers["cache-control"] == "no-store"
