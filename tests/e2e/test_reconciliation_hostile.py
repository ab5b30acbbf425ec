"""Whatever JSON a client sends, it is told what is wrong or gets an answer; the service never fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.material_names import MILA, write_named_release
from tests.serving import Server, serve_process

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANSWERED = {200, 400, 413}

# Names, identifiers, and what breaks queries, addresses, pages and numbers.
texts = st.text(max_size=40) | st.sampled_from(
    [
        "Mila Tern",
        MILA,
        "Q90000001",
        "person/mila-tern",
        "1970-05-02",
        "urn:x:\u0000",
        "http://a> } . ?s ?p ?o #",
        "http://" + "a" * 600,
        '"\\',
        "\ud800",
        "’".join("абв"),
        "a" * 300,
        "*",
        "-" * 200,
        " ".join("abcdefghijklmnopqrstuvwxyz"),
        "\U0001f426" * 50,
        "0" * 5000,
    ]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
ids = st.sampled_from(["birth", "organisation", "link", "name", "size", "date", "place", "nothing"]) | texts
entities = st.fixed_dictionaries({"id": texts}, optional={"name": texts})
known = st.lists(scalars | entities, max_size=3) | scalars | entities
old_queries = st.fixed_dictionaries(
    {},
    optional={
        "query": texts,
        "type": texts | st.lists(texts, max_size=3) | st.sampled_from(["Person", "hab:Event"]),
        "type_strict": st.sampled_from(["any", "all", "should", "none"]),
        "limit": st.integers(-2, 10**12) | scalars,
        "properties": st.lists(st.fixed_dictionaries({"pid": ids, "v": known}), max_size=4),
    },
)
conditions = st.fixed_dictionaries(
    {"matchType": st.sampled_from(["name", "property", "shape"]), "v": known},
    optional={
        "pid": ids,
        "required": st.booleans() | scalars,
        "matchQuantifier": st.sampled_from(["any", "all", "none", "some"]),
        "matchQualifier": scalars,
    },
)
draft_queries = st.fixed_dictionaries(
    {"conditions": st.lists(conditions, max_size=4)}, optional={"type": texts, "limit": scalars, "lang": texts}
)
extensions = st.fixed_dictionaries(
    {
        "ids": st.lists(texts, max_size=5) | values,
        "properties": st.lists(st.fixed_dictionaries({"id": ids}, optional={"settings": values}), max_size=4),
    }
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service over the release of invented names, where nobody runs out of budget."""
    releases = write_named_release(tmp_path_factory.mktemp("names") / "releases")
    with serve_process(releases, KG_BUDGET_S="100000") as server:
        yield server
        assert '"level": "error"' not in server.log.read_text().replace("uvicorn.error", "")


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of it."""
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


def answered(response: httpx.Response) -> Any:
    """The answer, which is none of the service's failures."""
    assert response.status_code in ANSWERED, (response.status_code, response.request.content[:500])
    return response.json()


@EXAMPLES
@given(batch=st.dictionaries(texts, old_queries | values, max_size=4) | values)
def test_batches_before_the_draft(client: httpx.Client, batch: Any) -> None:
    sent = json.dumps(batch)
    answer = answered(client.post("/reconcile", data={"queries": sent}))
    if "status" not in answer:
        assert list(answer) == list(json.loads(sent))
        scores = [candidate["score"] for result in answer.values() for candidate in result["result"]]
        assert all(0 <= score <= 100 for score in scores)


@EXAMPLES
@given(batch=st.fixed_dictionaries({"queries": st.lists(draft_queries | values, max_size=4)}) | values)
def test_batches_of_the_draft(client: httpx.Client, batch: Any) -> None:
    sent = json.dumps(batch)
    headers = {"Content-Type": "application/json"}
    answer = answered(client.post("/reconcile/match", content=sent, headers=headers))
    if "results" in answer:
        assert len(answer["results"]) == len(json.loads(sent)["queries"])
        for result in answer["results"]:
            assert sum(candidate["match"] for candidate in result["candidates"]) <= 1


@EXAMPLES
@given(query=extensions | values)
def test_extensions(client: httpx.Client, query: Any) -> None:
    sent = json.dumps(query)
    answered(client.post("/reconcile", data={"extend": sent}))
    answered(client.post("/reconcile/extend", content=sent, headers={"Content-Type": "application/json"}))


@EXAMPLES
@given(content=st.binary(max_size=60) | st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"1" * 10_000, b"1e999"]))
def test_what_is_no_json_is_refused(client: httpx.Client, content: bytes) -> None:
    answered(
        client.post("/reconcile/match", content=content, headers={"Content-Type": "application/json; charset=utf-8"})
    )
    response = client.post("/reconcile", content=content, headers={"Content-Type": "application/x-www-form-urlencoded"})
    answered(response)


@EXAMPLES
@given(text=texts, number=st.integers(-(10**10), 10**10) | texts, kind=texts)
def test_parameters(client: httpx.Client, text: str, number: int | str, kind: str) -> None:
    text, number, kind = (str(value).encode("utf-8", "replace").decode() for value in (text, number, kind))
    answered(client.get("/search", params={"q": text, "type": kind, "offset": number}))
    answered(client.get("/search", params={"q": text, "from": number, "to": kind}))
    answered(client.get("/reconcile", params={"query": text}))
    answered(client.get("/reconcile/suggest/entity", params={"prefix": text, "type": kind, "cursor": number}))
    answered(client.get("/reconcile/suggest/type", params={"prefix": text}))
    answered(client.get("/reconcile/extend/propose", params={"type": kind, "limit": number}))
    for address in ("/reconcile/preview", "/reconcile/view", "/reconcile/flyout/entity"):
        assert client.get(address, params={"id": text}).status_code in {200, 303, 400, 404}
