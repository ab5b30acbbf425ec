"""What crosses between a pool and its workers arrives as it was sent."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from kg.errors import QueryError, QuerySyntaxError
from kg.store.backend import FormatChoice, GraphFormat, QueryRequest, ResultFormat
from kg.store.frames import (
    REPLY,
    REQUEST,
    Orders,
    decode_request,
    encode_error,
    encode_request,
    error_of,
    kind_of,
    media_type_of,
)

GRAPHS = st.lists(st.text(), max_size=3).map(tuple)
FORMATS = st.builds(
    FormatChoice,
    solutions=st.none() | st.sampled_from(ResultFormat),
    boolean=st.none() | st.sampled_from(ResultFormat),
    graph=st.none() | st.sampled_from(GraphFormat),
)


@given(st.builds(QueryRequest, text=st.text(), formats=FORMATS, default_graphs=GRAPHS, named_graphs=GRAPHS))
def test_a_request_arrives_as_it_was_sent(request: QueryRequest) -> None:
    frame = encode_request(request)

    assert decode_request(REQUEST.unpack_from(frame), frame[REQUEST.size :]) == request


def test_a_text_that_is_no_unicode_arrives_too() -> None:
    frame = encode_request(QueryRequest("\ud800"))

    assert decode_request(REQUEST.unpack_from(frame), frame[REQUEST.size :]).text == "\ud800"


def test_who_asks_and_for_how_long_stays_with_the_pool() -> None:
    assert encode_request(QueryRequest("ASK {}", client="198.51.100.7", timeout_s=1.5)) == encode_request(
        QueryRequest("ASK {}")
    )


def test_every_media_type_has_a_kind_of_its_own() -> None:
    media_types = [known.value for known in (*ResultFormat, *GraphFormat)]

    assert [media_type_of(kind_of(name)) for name in media_types] == media_types
    assert all(REPLY.pack(0, kind_of(name), 0) for name in media_types)


@given(st.text(), st.none() | st.integers(1, 10**6), st.none() | st.integers(1, 10**6))
def test_a_syntax_error_keeps_its_place(message: str, line: int | None, column: int | None) -> None:
    error = error_of(encode_error(QuerySyntaxError(message, line=line, column=column)))

    assert isinstance(error, QuerySyntaxError)
    assert (str(error), error.line, error.column) == (message, line, column)


def test_every_error_of_a_query_arrives_as_itself() -> None:
    plain = [kind for kind in QueryError.__subclasses__() if kind.__init__ is QueryError.__init__]
    assert len(plain) > 5
    for kind in plain:
        error = error_of(encode_error(kind("why")))
        assert (type(error), str(error)) == (kind, "why")


def test_orders_arrive_as_they_were_given() -> None:
    orders = Orders("/x", None, 0, 1, 2, 3, 4, ("http://a.example/", "http://b.example/"))

    assert Orders.decode(orders.encode()) == orders
    assert json.loads(orders.encode())["dataset"] is None
