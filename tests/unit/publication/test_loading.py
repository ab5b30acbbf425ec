"""Loading a remote store: what is sent is what the dump says, whatever a literal holds, and nothing is sent amiss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, serialize

from kg.errors import ReleaseError
from kg.publication import loading
from kg.publication.loading import _insertion, _send, _split
from kg.publication.remote import RemotePlace
from kg.store.remote_http import Address
from tests.material_pool import LIMITS
from tests.unit.store.remote_server import hostile, response, says

A = "http://example.com/a"
NAMES = st.sampled_from([A, "http://example.com/ж?x=1&y=(2)", "urn:example:g.h"])
HARD = ['" <http://example.com/g> .', "\\u0041", "\\U0001F600", "\\", '\\"', "\r\n\t\x00\x7f\uffff", "} INSERT"]
OBJECTS = st.one_of(
    NAMES.map(NamedNode),
    st.text(alphabet=st.characters(exclude_categories=["Cs"])).map(Literal),
    st.sampled_from(HARD).map(lambda text: Literal(text, language="be")),
    st.integers().map(lambda n: Literal(str(n), datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))),
)  # fmt: skip
QUADS = st.builds(
    lambda s, p, o, g: Quad(NamedNode(s), NamedNode(p), o, NamedNode(g) if g else DefaultGraph()),
    NAMES, NAMES, OBJECTS, st.one_of(st.none(), NAMES),
)  # fmt: skip


@given(st.lists(QUADS, max_size=8))
def test_what_is_inserted_is_what_the_dump_says(quads: list[Quad]) -> None:
    lines = (serialize(quads, format=RdfFormat.N_QUADS) or b"").decode().split("\n")[:-1]
    store = Store()

    store.update(_insertion([_split(line) for line in lines]))

    assert set(store) == set(quads)


@pytest.mark.parametrize(
    "line",
    [
        f"_:b <{A}> <{A}> .",
        f"<{A}> <{A}> _:b .",
        f"<{A}> <{A}> <http://example.com/\\u003E> .",
        f'<{A}> <{A}> "x" <http://example.com/\\u003E> .',
    ],
)
def test_what_cannot_be_sent_twice_alike_is_refused(line: str) -> None:
    with pytest.raises(ReleaseError):
        _split(line)


def place(url: str) -> RemotePlace:
    return RemotePlace(Address(url, user="writer", password="secret"), Address(url), LIMITS)


def test_an_update_is_sent_again_while_the_endpoint_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_PAUSES_S", (0.0, 0.0, 0.0))
    answers = [
        response(b"", status="503 Busy"),
        b"",
        response(b"", status="500 Sorry"),
        response(b"", status="204 No Content"),
    ]

    with hostile(lambda connection: connection.sendall(answers[len(server.asked) - 1])) as server:
        _send(_insertion([("", f"<{A}> <{A}> <{A}> .")]), place(server.url))

    assert len(server.asked) == 4
    assert {asked.headers["content-type"] for asked in server.asked} == {"application/sparql-update"}
    assert {asked.headers["authorization"] for asked in server.asked} == {"Basic d3JpdGVyOnNlY3JldA=="}


@pytest.mark.parametrize(
    ("status", "tries", "said"),
    [
        ("503 Busy", 3, "503"),
        ("401 Unauthorized", 1, "KG_PUBLISH_USER"),
        ("403 Forbidden", 1, "KG_PUBLISH_USER"),
        ("307 Temporary Redirect", 1, "redirect"),
        ("400 Bad Request", 1, "it says why"),
    ],
)
def test_a_refusal_is_told_and_never_with_the_password(
    monkeypatch: pytest.MonkeyPatch, status: str, tries: int, said: str
) -> None:
    monkeypatch.setattr(loading, "_PAUSES_S", (0.0, 0.0))

    with (
        hostile(says(response(b"it says why", "Location: /x", status=status))) as server,
        pytest.raises(ReleaseError, match=said) as caught,
    ):
        _send("INSERT DATA {}", place(server.url))

    assert len(server.asked) == tries
    assert "secret" not in str(caught.value)


def test_batches_are_cut_by_number_and_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_BATCH_QUADS", 3)
    monkeypatch.setattr(loading, "_BATCH_CHARACTERS", 10)
    quads = [("", text) for text in ("1", "2", "3", "4", "55555555", "666", "7" * 20, "8")]

    assert [[text for _, text in batch] for batch in loading._batches(quads)] == [
        ["1", "2", "3"], ["4", "55555555"], ["666"], ["7" * 20], ["8"]
    ]  # fmt: skip
