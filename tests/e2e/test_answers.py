"""Answers that are kept: caching, conditional requests, content codings, budgets, and a client's own deadline."""

from __future__ import annotations

import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
from pyoxigraph import Store

from tests.serving import serve, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = "application/sparql-results+json"
CSV = "text/csv"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
NUMBERS = "SELECT ?n { ?s <http://example.com/number> ?n }"
_COUNTER = itertools.count()


def fresh(query: str = NUMBERS) -> str:
    """A query that nobody has asked before."""
    return f"{query} # {next(_COUNTER)}"


def ask(client: httpx.Client, query: str, accept: str = JSON, **headers: str) -> httpx.Response:
    known = {"If-None-Match" if name == "known" else name: value for name, value in headers.items()}
    return client.get("/sparql", params={"query": query}, headers={"Accept": accept, **known})


def cache_of(response: httpx.Response) -> str:
    """What Server-Timing says of the cache: "hit", "miss", or nothing."""
    metrics = dict(metric.strip().partition(";")[::2] for metric in response.headers["server-timing"].split(","))
    return metrics.get("cache", "").removeprefix("desc=").strip('"')


def test_an_answer_is_kept_and_the_next_is_the_same(client: httpx.Client) -> None:
    query = fresh()
    answers = [ask(client, query) for _ in range(4)]

    assert [cache_of(answer) for answer in answers] == ["miss", "hit", "hit", "hit"]
    assert len({answer.content for answer in answers}) == 1
    for name in ("etag", "vary", "cache-control", "content-type", "content-length", "content-security-policy"):
        assert len({answer.headers[name] for answer in answers}) == 1
    assert all("date" in answer.headers for answer in answers)
    assert answers[0].headers["etag"].startswith('W/"')
    assert answers[0].headers["cache-control"] == "public, no-cache"
    assert answers[0].headers["vary"] == "Accept, Accept-Encoding"


def test_the_tag_names_release_request_and_representation(client: httpx.Client) -> None:
    query = fresh()
    claim = "https://w3id.org/habeas/claim/m4p8w2xz"
    answers = [
        ask(client, query),
        ask(client, query, CSV),
        ask(client, query, "application/json"),
        ask(client, f"{query} "),
        client.get("/sparql", params={"query": query, "default-graph-uri": claim}),
        client.get("/sparql", params={"query": query, "named-graph-uri": claim}),
    ]
    same = client.request(
        "QUERY", "/sparql", content=query, headers={"Content-Type": "application/sparql-query", "Accept": JSON}
    )

    tags = [answer.headers["etag"] for answer in answers]
    assert len(set(tags)) == len(tags)
    assert same.headers["etag"] == tags[0]


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("form", ["{}", 'W/"x", {}', "{}, x", "*"])
def test_who_has_the_answer_is_told_so(client: httpx.Client, method: str, form: str, times: int) -> None:
    """Also the one who asks for the third time, whom the connection answers by itself."""
    query = fresh()
    answers = [ask(client, query) for _ in range(times)]
    headers = {"Accept": JSON, "If-None-Match": form.format(answers[0].headers["etag"])}
    again = client.request(method, "/sparql", params={"query": query}, headers=headers)

    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "vary", "cache-control", "access-control-allow-origin"):
        assert again.headers[name] == answers[0].headers[name]


def test_a_strong_tag_and_a_weak_one_are_the_same_to_a_condition(client: httpx.Client) -> None:
    query = fresh()
    tag = ask(client, query).headers["etag"]

    assert ask(client, query, known=tag.removeprefix("W/")).status_code == 304
    assert ask(client, query, known='W/"other"').status_code == 200
    assert ask(client, query, CSV, known=tag).status_code == 200


def test_an_answer_that_is_known_is_not_evaluated_again(small_releases: Path) -> None:
    """Nor after a restart: the tag says all that decides."""
    query = NUMBERS
    with serve(small_releases) as url, httpx.Client(base_url=url) as client:
        tag = ask(client, query).headers["etag"]
    with serve(small_releases) as url, httpx.Client(base_url=url) as client:
        again = ask(client, query, known=tag)

    assert again.status_code == 304
    assert "work" not in again.headers["server-timing"]


@pytest.mark.parametrize("call", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_may_be_another_answer_next_time_is_not_kept(client: httpx.Client, call: str) -> None:
    query = fresh(f"SELECT ({call} AS ?x) {{}}")
    answers = [ask(client, query) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert not any("etag" in answer.headers for answer in answers)
    if call in ("RAND()", "UUID()", "STRUUID()"):
        assert len({answer.content for answer in answers}) == 3


def test_an_error_is_never_kept(client: httpx.Client) -> None:
    for query, accept, status in ((fresh("SELECT"), JSON, 400), (fresh("ASK {}"), CSV, 406), (fresh(), "a/b", 406)):
        for _ in range(3):
            answer = ask(client, query, accept)
            assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")
            assert "etag" not in answer.headers


def test_a_page_is_not_named_by_the_tag_of_its_data(client: httpx.Client) -> None:
    query = fresh()
    ask(client, query)
    page = ask(client, query, "text/html")

    assert "etag" not in page.headers
    assert page.headers["cache-control"] == "no-cache"


def test_a_new_release_has_new_answers_under_new_tags(tmp_path: Path) -> None:
    releases = write_release(tmp_path / "releases")
    count = "SELECT (COUNT(*) AS ?n) { ?s <http://example.com/number> ?o }"
    with serve(releases) as url:
        old = [httpx.get(f"{url}/sparql", params={"query": count}, headers={"Accept": JSON}) for _ in range(3)]
    release = releases / "2031-06-01-larger"
    (releases / "2031-05-03-small").rename(release)
    Store(str(release / "store")).update('INSERT DATA { <x:a> <http://example.com/number> "one more" }')
    (releases / "current").unlink()
    (releases / "current").symlink_to(release.name)
    with serve(releases) as url:
        headers = {"Accept": JSON, "If-None-Match": old[0].headers["etag"]}
        new = httpx.get(f"{url}/sparql", params={"query": count}, headers=headers)

    assert {answer.json()["results"]["bindings"][0]["n"]["value"] for answer in old} == {"1500"}
    assert new.json()["results"]["bindings"][0]["n"]["value"] == "1501"


def test_equal_queries_at_once_are_evaluated_once(small_releases: Path) -> None:
    with (
        serve(
            small_releases, KG_QUERY_TIMEOUT_S="2", KG_WORKERS="1", KG_LONG_WORKERS="1", KG_QUEUE_TIMEOUT_S="1"
        ) as url,
        ThreadPoolExecutor(6) as others,
    ):
        query = f"{url}/sparql?query={quote(ENDLESS)}"
        answers = list(others.map(lambda _: httpx.get(query, timeout=30), range(6)))

    # Had each been evaluated, most would have waited in vain for a worker.
    assert {answer.json()["type"].rpartition("/")[2] for answer in answers} == {"query-timeout"}


def test_who_asked_first_may_leave_and_the_other_is_answered(small_releases: Path) -> None:
    number = "<http://example.com/number>"
    slow = f"SELECT (COUNT(*) AS ?n) {{ ?s {number} ?a . ?t {number} ?b FILTER (STRLEN(STR(?a + ?b)) > 0) }}"
    with serve(small_releases, KG_QUERY_TIMEOUT_S="30") as url, ThreadPoolExecutor() as others:
        query = f"{url}/sparql?query={quote(slow)}"
        first = others.submit(httpx.get, query, timeout=0.2)
        time.sleep(0.1)
        second = others.submit(httpx.get, query, timeout=30)
        with pytest.raises(httpx.ReadTimeout):
            first.result()
        assert second.result().json()["results"]["bindings"][0]["n"]["value"] == "2250000"


@pytest.mark.parametrize("coding", ["zstd", "br", "gzip"])
def test_an_answer_is_packed_as_the_client_takes_it(client: httpx.Client, coding: str) -> None:
    query = fresh()
    answers = [ask(client, query, **{"Accept-Encoding": coding}) for _ in range(3)]
    plain = ask(client, query, **{"Accept-Encoding": "identity"})

    for answer in answers:
        assert answer.headers["content-encoding"] == coding
        assert int(answer.headers["content-length"]) < len(plain.content) / 2
        assert answer.headers["etag"] == plain.headers["etag"]
        assert "Accept-Encoding" in answer.headers["vary"]
    assert "content-encoding" not in plain.headers
    if coding == "gzip":
        assert {answer.content for answer in answers} == {plain.content}


def test_what_fits_one_packet_is_not_packed(client: httpx.Client) -> None:
    answer = ask(client, fresh("ASK {}"), **{"Accept-Encoding": "gzip, br, zstd"})

    assert "content-encoding" not in answer.headers
    assert "Accept-Encoding" in answer.headers["vary"]


def test_a_long_answer_is_packed_whole(client: httpx.Client) -> None:
    """Longer than what is held in memory, and longer than what is kept."""
    query = fresh("SELECT * { ?s <http://example.com/number> ?n . ?t <http://example.com/number> ?m } LIMIT 60000")
    plain, packed = (ask(client, query, **{"Accept-Encoding": coding}) for coding in ("identity", "gzip"))

    assert len(plain.content) > 2**20
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert sorted(packed.text.split('{"n"')) == sorted(plain.text.split('{"n"'))
    assert len(packed.json()["results"]["bindings"]) == 60_000


def test_head_says_what_get_says_kept_or_not(client: httpx.Client) -> None:
    query = fresh()
    for coding in ("identity", "gzip"):
        headers = {"Accept": JSON, "Accept-Encoding": coding}
        head = client.head("/sparql", params={"query": query}, headers=headers)
        gets = [client.get("/sparql", params={"query": query}, headers=headers) for _ in range(3)]
        for get in gets:
            assert head.content == b""
            for name in ("content-type", "content-length", "etag", "vary", "cache-control"):
                assert head.headers[name] == get.headers[name]


@pytest.fixture(scope="module")
def bounded(small_releases: Path) -> Iterator[str]:
    with serve(small_releases, KG_BUDGET_S="1", KG_BUDGET_WINDOW_S="600", KG_QUERY_TIMEOUT_S="1.5") as url:
        yield url


def test_one_client_uses_up_its_share_and_others_keep_theirs(bounded: str) -> None:
    def ask_as(address: str, query: str) -> httpx.Response:
        headers = {"X-Forwarded-For": address, "Accept": JSON}
        return httpx.get(f"{bounded}/sparql", params={"query": query}, headers=headers, timeout=30)

    kept = fresh("ASK {}")
    first = ask_as("192.0.2.1", kept)
    assert first.headers["ratelimit-policy"] == '"work";q=1;w=600;qu="seconds-of-work"'
    assert first.headers["ratelimit"].startswith('"work";r=')
    assert ask_as("192.0.2.1", fresh(ENDLESS)).status_code == 503

    refused = ask_as("192.0.2.1", fresh("ASK {}"))
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (429, "budget-spent")
    assert 0 < int(refused.headers["retry-after"]) <= 600
    assert refused.headers["ratelimit-policy"] == first.headers["ratelimit-policy"]
    assert ask_as("192.0.2.2", fresh("ASK {}")).status_code == 200
    assert ask_as("192.0.2.1", kept).status_code == 200, "what is kept costs nothing"


def test_long_texts_and_long_pages_are_paid_for_too(small_releases: Path) -> None:
    """A text that is refused, one that is explained, and a page of what is kept: none of them reaches a worker."""
    long = "ASK {} " + "?a " * 18_000 + "{" * 70
    asked = (
        ({"query": long}, JSON, 400),
        ({"query": long, "explain": ""}, JSON, 200),
        ({"query": f"{NUMBERS} # paid"}, "text/html", 200),
    )
    for parameters, accept, status in asked:
        with serve(small_releases, KG_BUDGET_S="0.1", KG_BUDGET_WINDOW_S="600") as url:
            with httpx.Client(base_url=url, timeout=30) as client:
                given = [
                    client.post("/sparql", data=parameters, headers={"Accept": accept}).status_code for _ in range(60)
                ]
            assert given[0] == status
            assert given[-1] == 429, "the budget is never spent"


def test_who_hangs_up_pays_all_the_same(small_releases: Path) -> None:
    with serve(small_releases, KG_BUDGET_S="0.5", KG_QUERY_TIMEOUT_S="30") as url:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{url}/sparql", params={"query": ENDLESS}, timeout=1)
        time.sleep(0.3)
        assert httpx.get(f"{url}/sparql", params={"query": fresh()}).status_code == 429


def test_a_client_may_lower_the_deadline_and_not_raise_it(bounded: str) -> None:
    def ask_within(seconds: str, address: str) -> tuple[httpx.Response, float]:
        began = time.monotonic()
        parameters = {"query": fresh(ENDLESS), "timeout": seconds}
        response = httpx.get(f"{bounded}/sparql", params=parameters, headers={"X-Forwarded-For": address}, timeout=30)
        return response, time.monotonic() - began

    lower, lower_s = ask_within("0.3", "192.0.2.31")
    higher, higher_s = ask_within("3600", "192.0.2.32")
    assert lower.json()["type"] == higher.json()["type"] == "https://w3id.org/habeas/problem/query-timeout"
    assert 0.3 <= lower_s < 1.2
    assert 1.5 <= higher_s < 6


@pytest.mark.parametrize("seconds", ["0", "-1", "1e3", "soon", "NaN", "inf", "0.0", "١"])
def test_a_deadline_that_is_no_positive_number_is_refused(client: httpx.Client, seconds: str) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}", "timeout": seconds})

    assert answer.status_code == 400
    assert "timeout" in answer.json()["detail"]


def test_server_timing_says_where_the_time_went(client: httpx.Client) -> None:
    answer = ask(client, fresh())

    for stage in ("plan", "queue", "work", "total"):
        assert f"{stage};dur=" in answer.headers["server-timing"]
    assert json.loads(answer.content)["head"] == {"vars": ["n"]}


def test_kept_and_quick_answers_are_counted(small_releases: Path) -> None:
    with serve(small_releases) as url, httpx.Client(base_url=url) as client:
        for _ in range(5):
            ask(client, NUMBERS)
        figures = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if line[0] != "#")

    assert figures["habeas_cache_misses_total"] == "1.0"
    assert figures["habeas_cache_hits_total"] == "1.0"
    assert figures["habeas_quick_answers_total"] == "3.0"
    assert float(figures["habeas_cache_bytes"]) > 0


def test_what_is_kept_is_counted_with_the_dataset_that_was_asked(small_releases: Path) -> None:
    """Or long names of graphs would take memory that no bound knows of."""
    with serve(small_releases) as url, httpx.Client(base_url=url, timeout=30) as client:
        for n in range(3):
            form = {"query": "ASK {}", "default-graph-uri": f"urn:{n}:{'x' * 100_000}"}
            assert client.post("/sparql", data=form).status_code == 200
        figures = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if line[0] != "#")

    assert float(figures["habeas_cache_bytes"]) > 300_000
