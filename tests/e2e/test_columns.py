"""Queries that scan are answered by columns, and nobody can tell but by what the service says of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pytest
from pyoxigraph import Dataset, QueryBoolean, QueryResultsFormat, RdfFormat, parse, parse_query_results

from tests.serving import SMALL, Server, figures_of, serve, serve_process, write_release, write_release_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = "application/sparql-results+json"
PREFIXES = "PREFIX hab: <https://w3id.org/habeas/ontology#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
# What the formats must keep apart, and a number that columns do not compute with.
MORE = (
    SMALL
    + """
graph:ontology {
  hab:tab rdfs:comment "a\\tb\\n\\"c\\" \\\\ \\r é"@en-GB , "x, y" , "" , "<&>'" , "plain" ,
    1.5 , true , 1e6 , -3 , _:node .
  hab:huge rdfs:seeAlso 123456789012345678901234567890 .
}
graph:twice { group:freed-2031 hab:size 11 . }
"""
)
SHARED = "https://w3id.org/habeas/claim/m4p8w2xz"
SELECTS = {
    "terms of all kinds": "SELECT ?s ?o ?none { ?s rdfs:comment ?o }",
    "computed values": "SELECT ?o (STRLEN(STR(?o)) AS ?n) (?n / 2 AS ?half) { ?s rdfs:comment ?o }",
    "an order": "SELECT ?n { ?s <http://example.com/number> ?n } ORDER BY DESC(?n) LIMIT 50",
    "groups": "SELECT ?p (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    "a mean": "SELECT (AVG(?n) AS ?mean) (MAX(?n) AS ?most) { ?s <http://example.com/number> ?n }",
    "no rows": "SELECT ?s { ?s rdfs:comment ?o FILTER(?o = 'nobody wrote this') }",
    "graphs": "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "an absence": "SELECT ?s { ?s a ?c FILTER NOT EXISTS { ?s hab:reportedIn ?o . ?o rdfs:label ?l } }",
}
ASKS = {
    "yes": "ASK { ?s rdfs:comment ?o FILTER(STRLEN(STR(?o)) > 4) }",
    "no": "ASK { ?s rdfs:comment ?o FILTER(STRLEN(STR(?o)) > 400) }",
}
CONSTRUCTS = {
    "a graph": "CONSTRUCT { ?s <http://example.com/says> ?o } { ?s rdfs:comment ?o FILTER(!ISBLANK(?o)) }",
    "what is no triple": "CONSTRUCT { ?o <http://example.com/of> ?s } { ?s rdfs:comment ?o FILTER(!ISBLANK(?o)) }",
}
# By the parameters of the protocol, or by FROM and FROM NAMED.
GRAPH = "https://w3id.org/habeas/graph/"
DATASETS = {
    "one graph": ((GRAPH + "ontology",), ()),
    "two that share triples": ((SHARED, GRAPH + "twice", SHARED), ()),
    "a graph that is not there": (("http://example.com/nowhere",), ()),
    "named graphs only": ((), (GRAPH + "ontology", SHARED, "http://example.com/nowhere")),
    "both": ((GRAPH + "twice", "http://example.com/nowhere"), (SHARED, GRAPH + "twice")),
}
PATTERNS = (
    "SELECT ?s ?p ?o {} {{ ?s ?p ?o }}",
    "SELECT ?g ?s ?p ?o {} {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "SELECT ?g {} {{ GRAPH ?g {{}} {{ SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} }} }}",
    "SELECT ?p (COUNT(*) AS ?n) {} {{ ?s ?p ?o FILTER NOT EXISTS {{ GRAPH ?g {{ ?s ?p ?o }} }} }} GROUP BY ?p",
)
TOO_LARGE = "SELECT (SUM(?o + 1) AS ?n) { ?s rdfs:seeAlso ?o }"
ENDLESS = "SELECT (SUM(STRLEN(CONCAT(STR(?a), STR(?d), STR(?g)))) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
GREEDY = (
    "SELECT (STRLEN(GROUP_CONCAT(?long)) AS ?n) { "
    "{ SELECT (GROUP_CONCAT(STR(?d)) AS ?long) ?a { ?a ?b ?c . ?d <http://example.com/number> ?f } GROUP BY ?a } }"
)
INDEX_SOONER = {
    "many rows": f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o VALUES ?o {{ {' '.join(map(str, range(5000)))} }} }}",
    "many sums": f"SELECT (MAX(STRLEN(STR(?o)){' + 1' * 240}) AS ?n) {{ ?s rdfs:comment ?o }}",
}
LOOKUP = "SELECT ?p ?o { <https://w3id.org/habeas/id/group/freed-2031> ?p ?o }"
LONG_WAY = {"Connection": "close"}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_release(tmp_path_factory.mktemp("columns") / "releases", trig=MORE)
    write_release_columns(folder)
    return folder


@pytest.fixture(scope="module")
def server(releases: Path) -> Iterator[Server]:
    # Nothing is kept, so that each query is evaluated.
    limits = {"KG_QUERY_TIMEOUT_S": "3", "KG_WORKER_MEMORY_MB": "512", "KG_RESULT_BYTES_MAX": "4000000"}
    limits["KG_COLUMNS_QUADS_MIN"] = "0"
    with serve_process(releases, KG_CACHE_MB="0", KG_COLUMNS_MEMORY_MB="128", **limits) as started:
        yield started


@pytest.fixture(scope="module")
def index(releases: Path) -> Iterator[str]:
    with serve(releases, KG_CACHE_MB="0", KG_COLUMNS="off") as url:
        yield url


def ask(url: str, query: str, accept: str = JSON, **parameters: str | tuple[str, ...]) -> httpx.Response:
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    return httpx.get(f"{url}/sparql", params={"query": PREFIXES + query, **parameters}, headers=headers, timeout=30)


def route_of(response: httpx.Response) -> str:
    """What answered, by Server-Timing."""
    found = re.search(r'route;desc="([^"]*)"', response.headers["server-timing"])
    assert found is not None
    return found[1]


def rows_of(response: httpx.Response, media_type: str) -> Counter[str]:
    if media_type == "text/csv":
        return Counter(response.text.splitlines())
    results = parse_query_results(response.content, QueryResultsFormat.from_media_type(media_type))
    assert not isinstance(results, QueryBoolean)
    return Counter(str([row[name] for name in results.variables]) for row in results)


@pytest.mark.parametrize(
    "media_type", [JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values"]
)
@pytest.mark.parametrize("name", SELECTS)
def test_columns_give_the_rows_of_the_index(server: Server, index: str, name: str, media_type: str) -> None:
    by_columns, by_index = (ask(url, SELECTS[name], media_type) for url in (server.url, index))

    assert (route_of(by_columns), route_of(by_index)) == ("columns", "index")
    assert by_columns.headers["content-type"] == by_index.headers["content-type"]
    mask = re.compile(r"_:\w+")  # labels of blank nodes mean nothing
    rows = [Counter(mask.sub("_:", row) for row in rows_of(answer, media_type)) for answer in (by_columns, by_index)]
    assert rows[0] == rows[1]
    assert by_columns.headers["etag"] == by_index.headers["etag"]


@pytest.mark.parametrize("media_type", [JSON, "application/sparql-results+xml"])
@pytest.mark.parametrize("name", ASKS)
def test_columns_give_the_boolean_of_the_index(server: Server, index: str, name: str, media_type: str) -> None:
    by_columns, by_index = (ask(url, ASKS[name], media_type) for url in (server.url, index))

    assert route_of(by_columns) == "columns"
    assert by_columns.content == by_index.content


@pytest.mark.parametrize("media_type", ["text/turtle", "application/n-triples", "application/ld+json"])
@pytest.mark.parametrize("name", CONSTRUCTS)
def test_columns_give_the_graph_of_the_index(server: Server, index: str, name: str, media_type: str) -> None:
    by_columns, by_index = (ask(url, CONSTRUCTS[name], media_type) for url in (server.url, index))

    assert route_of(by_columns) == "columns"
    graphs = [
        Dataset(parse(answer.content, RdfFormat.from_media_type(media_type))) for answer in (by_columns, by_index)
    ]
    assert graphs[0] == graphs[1]


def test_what_xml_cannot_say_is_not_acceptable_on_either_way(server: Server, index: str) -> None:
    query = "CONSTRUCT { ?s <http://example.com/31> ?o } { ?s rdfs:comment ?o }"

    assert {ask(url, query, "application/rdf+xml").status_code for url in (server.url, index)} == {406}


def test_an_order_is_kept(server: Server) -> None:
    answer = ask(server.url, SELECTS["an order"], "text/csv")

    assert route_of(answer) == "columns"
    numbers = [int(line) for line in answer.text.split()[1:]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 50


def test_what_columns_refuse_while_they_run_is_answered_by_the_index(server: Server, index: str) -> None:
    before = figures_of(server)["habeas_answers_refused_by_columns_total"]
    for _ in range(2):  # the second time nothing is tried
        answer = ask(server.url, TOO_LARGE)
        assert answer.status_code == 200
        assert route_of(answer) == "index, refused by columns"
        assert answer.json() == ask(index, TOO_LARGE).json()
    assert figures_of(server)["habeas_answers_refused_by_columns_total"] == before + 2


@pytest.mark.parametrize("name", INDEX_SOONER)
def test_what_takes_columns_long_to_read_the_index_answers(server: Server, index: str, name: str) -> None:
    by_either, by_index = (ask(url, INDEX_SOONER[name], "text/csv") for url in (server.url, index))

    assert (by_either.status_code, route_of(by_either)) == (200, "index, refused by columns")
    assert by_either.text == by_index.text


def test_terms_that_two_parsers_read_in_two_ways_are_those_of_the_index(server: Server, index: str) -> None:
    killed = figures_of(server)["habeas_workers_killed_total"]
    queries = [
        "BASE <urn:x:> SELECT (COUNT(*) AS ?n) (SAMPLE(?y) AS ?z) { ?s ?p ?o BIND(<y> AS ?y) }",
        "BASE <http://example.com/b#f> SELECT (COUNT(*) AS ?n) (SAMPLE(?y) AS ?z) { ?s ?p ?o BIND(<> AS ?y) }",
        "SELECT (COUNT(*) AS ?n) (SAMPLE(?y) AS ?z) { ?s ?p ?o BIND(rdfs:a\\,b AS ?y) }",
        "SELECT (COUNT(*) AS ?n) { ?s a _:kind OPTIONAL { _:kind ?p ?o } }",
        'SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(?o = "a"@nobodyspeaksthis) }',
        "CONSTRUCT { ?s rdfs:comment ?x } { ?s rdfs:label ?o BIND(IRI('http://example.com/a b') AS ?x) }",
    ]
    for query in queries:
        accept = "text/csv" if "SELECT" in query else "text/turtle"
        answers = [ask(url, query, accept) for url in (server.url, index)]
        assert answers[0].status_code == answers[1].status_code, query
        assert answers[0].text == answers[1].text or accept == "text/turtle", query
    assert figures_of(server)["habeas_workers_killed_total"] == killed


def test_a_lookup_stays_on_the_index(server: Server) -> None:
    before = figures_of(server)["habeas_answers_by_index_total"]

    assert route_of(ask(server.url, LOOKUP)) == "index"
    assert figures_of(server)["habeas_answers_by_index_total"] == before + 1


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_columns_read_the_graphs_that_a_request_or_a_query_names(
    server: Server, index: str, dataset: str, pattern: str
) -> None:
    default, named = DATASETS[dataset]
    clauses = " ".join([*(f"FROM <{graph}>" for graph in default), *(f"FROM NAMED <{graph}>" for graph in named)])
    parameters = {"default-graph-uri": default, "named-graph-uri": named}
    answers = [
        ask(url, pattern.format(said), **more)
        for url in (server.url, index)
        for said, more in ((clauses, {}), ("FROM <http://example.com/other>", parameters))
    ]

    assert [route_of(answer) for answer in answers] == ["columns", "columns", "index", "index"]
    mask = re.compile(r"_:\w+")
    rows = [Counter(mask.sub("_:", row) for row in rows_of(answer, JSON).elements()) for answer in answers]
    assert rows[0] == rows[1] == rows[2] == rows[3]


def test_a_triple_of_two_graphs_stands_once(server: Server) -> None:
    counting = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    parameters = {"default-graph-uri": (GRAPH + "twice", SHARED)}

    counted = [ask(server.url, counting, **more).json() for more in ({"default-graph-uri": (SHARED,)}, parameters)]
    assert counted[0] == counted[1]


def test_graphs_that_are_no_iris_are_refused_on_either_way(server: Server, index: str) -> None:
    parameters = {"default-graph-uri": ("a graph",)}
    problems = [ask(url, SELECTS["groups"], **parameters) for url in (server.url, index)]

    assert {problem.status_code for problem in problems} == {400}
    assert problems[0].json()["detail"] == problems[1].json()["detail"]


def test_a_statement_is_kept_for_its_own_graphs_only(server: Server) -> None:
    counting = "SELECT (COUNT(*) AS ?counted) { ?s ?p ?o }"
    chosen = ({}, {"default-graph-uri": (SHARED,)}, {"named-graph-uri": (SHARED,)})

    counted = [ask(server.url, counting, **more).json()["results"]["bindings"][0]["counted"] for more in chosen * 2]
    numbers = [int(count["value"]) for count in counted]
    assert numbers[0] > numbers[1] > numbers[2] == 0
    assert numbers[:3] == numbers[3:]


@pytest.mark.parametrize("limit", [{}, {"timeout": "1"}])
def test_what_never_ends_is_stopped_and_the_next_query_is_answered(server: Server, limit: dict[str, str]) -> None:
    stopped = ask(server.url, ENDLESS, **limit)

    assert stopped.status_code == 503
    assert stopped.json()["type"].endswith("/query-timeout")
    assert route_of(ask(server.url, SELECTS["groups"])) == "columns"


def test_what_takes_all_memory_is_stopped_and_the_next_query_is_answered(server: Server) -> None:
    stopped = ask(server.url, GREEDY)

    assert stopped.status_code == 503
    assert stopped.json()["type"].endswith(("/query-resources", "/query-timeout"))
    assert route_of(ask(server.url, SELECTS["groups"])) == "columns"


def test_a_result_over_the_cap_is_not_given_in_part(server: Server) -> None:
    too_long = ask(server.url, "SELECT ?s ?t { ?s <http://example.com/number> ?n . ?t <http://example.com/number> ?m }")

    assert too_long.status_code == 413
    assert too_long.json()["type"].endswith("/result-too-large")
    assert route_of(ask(server.url, SELECTS["groups"])) == "columns"


@pytest.mark.parametrize("name", ["terms of all kinds", "groups"])
def test_both_ways_through_the_service_say_the_same(server: Server, name: str) -> None:
    parameters = {"query": PREFIXES + SELECTS[name]}
    answers = [
        httpx.get(f"{server.url}/sparql", params=parameters, headers={"Accept": JSON, **way}) for way in ({}, LONG_WAY)
    ]

    assert [route_of(answer) for answer in answers] == ["columns", "columns"]
    assert rows_of(answers[0], JSON) == rows_of(answers[1], JSON)
    assert answers[0].headers["etag"] == answers[1].headers["etag"]


def test_explain_says_which_way_and_why(server: Server, index: str) -> None:
    scan, lookup, refused, without = (
        ask(url, query, "application/json", explain="1").json()
        for url, query in (
            (server.url, SELECTS["groups"]),
            (server.url, LOOKUP),
            (server.url, "SELECT (NOW() AS ?now) ?s { ?s rdfs:label ?o FILTER(<http://example.com/f>(?o)) }"),
            (index, SELECTS["groups"]),
        )
    )

    assert scan["route"] == "columns"
    assert "FROM quad" in scan["sql"]
    assert (lookup["route"], lookup["sql"]) == ("index", "")
    assert "walks" in lookup["reason"]
    assert refused["route"] == "index"
    assert "do not cover it" in refused["reason"]
    assert without["reason"] == "The index answers everything: columns are switched off (KG_COLUMNS)."


def test_explain_tells_of_a_rewrite_only_where_it_is_asked(server: Server, index: str) -> None:
    by_columns, by_index = (
        ask(url, SELECTS["an absence"], "application/json", explain="1").json() for url in (server.url, index)
    )

    assert by_columns["route"] == "columns"
    assert (by_columns["rewrites"], by_columns["asked"]) == ([], PREFIXES + SELECTS["an absence"])
    assert len(by_index["rewrites"]) == 1
    assert by_index["asked"] != by_columns["asked"]


def test_the_page_shows_what_columns_are_asked(server: Server) -> None:
    page = ask(server.url, "SELECT ?s { ?s rdfs:label '<b>' } ORDER BY ?s", "text/html", explain="1").text
    scan = ask(server.url, SELECTS["no rows"], "text/html", explain="1").text

    assert "Answered by" in page
    assert "As the columns are asked" in scan
    assert "nobody wrote this" in scan


def test_columns_that_cannot_be_opened_leave_the_index(tmp_path: Path) -> None:
    folder = write_release(tmp_path / "releases")
    columns = (folder / "current").resolve() / "columns"
    columns.mkdir()
    (columns / "columns.duckdb").write_bytes(b"no database")

    with serve_process(folder, KG_COLUMNS_QUADS_MIN="0") as started:
        assert route_of(ask(started.url, SELECTS["groups"])) == "index"
        assert "are not used" in started.log.read_text("utf-8")
        reason = ask(started.url, SELECTS["groups"], "application/json", explain="1").json()["reason"]
        assert reason == "The index answers everything: the columns cannot be opened."


def test_so_few_quads_are_scanned_in_the_index(releases: Path) -> None:
    with serve(releases) as url:
        assert route_of(ask(url, SELECTS["groups"])) == "index"
        reason = ask(url, SELECTS["groups"], "application/json", explain="1").json()["reason"]
        assert re.search(r"this release has [\d,]+ quads, and its columns are asked from [\d,]+ on", reason)


def test_explain_says_that_a_release_has_no_columns(small_server: Server) -> None:
    reason = ask(small_server.url, SELECTS["groups"], "application/json", explain="1").json()["reason"]
    assert reason == "The index answers everything: this release has no columns."
