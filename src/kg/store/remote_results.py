"""Results of a remote endpoint: read to the end of the document, and written anew in the format that was asked for.

Such servers answer 200 and then stop in the middle when their time is up, so only a document whose end can be seen is
taken. JSON results end with a bracket; CSV and TSV just stop. Of graphs, JSON-LD ends with a bracket too, but Virtuoso
drops language tags in it, and hides triples of its RDF/XML in comments; its N-Triples are exact, and come with their
length. So N-Triples are taken where their length is told before the first byte, and JSON-LD elsewhere.
"""

from __future__ import annotations

import io
import json
import re
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO, Final

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results

from ..errors import (
    BackendBusyError,
    QueryError,
    QueryResourceError,
    QuerySyntaxError,
    QueryTimeoutError,
    RemoteError,
)
from .backend import GraphFormat, ResultFormat
from .evaluation import serialise
from .remote_http import PieceReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyoxigraph import Triple

    from .remote_http import Exchange

__all__ = ["Wanted", "check_head", "read_results"]

_PIECE_BYTES: Final = 64 * 1024
# JSON says in up to so many bytes what a format without names and datatypes says in one.
_READ_PER_RESULT_BYTE: Final = 8
_BOOLEAN_BYTES_MAX: Final = 64 * 1024

# Virtuoso sends these with 200 when the result stops short: at its own deadline, or at ResultSetMaxRows.
_SIGNS_OF_A_PART: Final = ("X-SQL-State", "X-SQL-Message", "X-SPARQL-MaxRows")
_TIMED_OUT: Final = re.compile(r"time(d)?[ -]?out|time ?limit", re.IGNORECASE)
_LINE: Final = re.compile(r"\bline ([0-9]{1,6})\b", re.IGNORECASE)
_BUSY: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_TOO_LATE: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT)
_REDIRECTS: Final = range(300, 400)


class Wanted(Enum):
    """What a query is answered with."""

    SOLUTIONS = "solutions"
    BOOLEAN = "boolean"
    GRAPH_WITH_LENGTH = "graph, its length told before it"
    GRAPH_WITH_END = "graph, in a document whose end can be seen"

    @property
    def media_types(self) -> tuple[str, ...]:
        """What it may come as; the first is what is asked for."""
        if self is Wanted.GRAPH_WITH_LENGTH:
            return (GraphFormat.N_TRIPLES.value,)
        if self is Wanted.GRAPH_WITH_END:
            return (GraphFormat.JSON_LD.value,)
        return (ResultFormat.JSON.value, "application/json")


def check_head(exchange: Exchange, *, media_types: tuple[str, ...]) -> None:
    """See that the response promises a whole result.

    Raises:
        BackendBusyError, QuerySyntaxError, QueryTimeoutError: the endpoint says so.
        RemoteError: it answers otherwise, with a redirect, with a part, or with another type than was asked for.
    """
    response = exchange.response
    if response.status != HTTPStatus.OK:
        raise _failure(response.status, "" if response.status in _REDIRECTS else exchange.excerpt())
    for name in _SIGNS_OF_A_PART:
        if response.headers.get(name) is not None:
            raise RemoteError(f"The remote endpoint gives a part of the result only ({name}).")
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise RemoteError("The remote endpoint sends a compressed body that was not asked for.")
    if response.chunked and response.headers.get("Content-Length") is not None:
        raise RemoteError("The remote endpoint tells two lengths of one body (RFC 9112 §6.3).")
    media_type = response.headers.get_content_type()
    if media_type not in media_types:
        raise RemoteError(f"The remote endpoint answered with another media type than {media_types[0]}.")


def _failure(status: int, text: str) -> QueryError:
    if status in _TOO_LATE or _TIMED_OUT.search(text):
        return QueryTimeoutError("The remote endpoint stopped the query at a deadline of its own.")
    if status in _BUSY:
        return BackendBusyError("The remote endpoint has too much to do. Try again in a moment.")
    if status == HTTPStatus.BAD_REQUEST:
        # Its words are for whoever runs it: they may name hosts, files, or what else it was asked. Columns are those of
        # the text as it was sent.
        line = _LINE.search(text)
        where = f" It stopped in line {line[1]}." if line else ""
        return QuerySyntaxError(
            f"The remote endpoint cannot read this query, although it is SPARQL 1.1.{where}",
            line=int(line[1]) if line else None,
        )
    if status in _REDIRECTS:
        return RemoteError(f"The remote endpoint answered {status}, a redirect, and redirects are not followed.")
    return RemoteError(f"The remote endpoint answered {status}.")


def read_results(exchange: Exchange, wanted: Wanted, media_type: str, *, size_max: int) -> bytes | None:
    """Read a whole result and write it as ``media_type``, in the thread that sent the request.

    Args:
        exchange: entered.
        wanted: what was asked for.
        media_type: a value of ``ResultFormat`` or ``GraphFormat``.
        size_max: largest result, in bytes as written.

    Returns:
        The body; None if the end of a graph could not be seen, so that it must be asked for ``GRAPH_WITH_END``.

    Raises:
        NotAcceptableError: XML cannot express the result.
        RemoteError: it is not whole, or not what was asked for.
        QueryError: another of its subclasses, for what the endpoint says or the result takes.
    """
    check_head(exchange, media_types=wanted.media_types)
    if wanted is Wanted.GRAPH_WITH_LENGTH and exchange.response.length is None:
        return None
    pieces = PieceReader(exchange.response, size_max=size_max * _READ_PER_RESULT_BYTE)
    reader = io.BufferedReader(pieces, buffer_size=_PIECE_BYTES)
    try:
        return serialise(_parsed(reader, wanted), media_type, size_max=size_max)
    except (RecursionError, SyntaxError, ValueError) as error:
        raise RemoteError("The answer of the remote endpoint is cut off, or not what its type says.") from error
    except MemoryError as error:
        raise QueryResourceError("A term in the answer of the remote endpoint is too long.") from error


def _parsed(reader: BinaryIO, wanted: Wanted) -> QuerySolutions | QueryBoolean | Iterator[Triple]:
    if wanted is Wanted.BOOLEAN:
        return _boolean(reader)
    if wanted is Wanted.SOLUTIONS:
        results = parse_query_results(reader, QueryResultsFormat.JSON)
        if not isinstance(results, QuerySolutions):
            raise ValueError("a boolean")
        return results
    quads = parse(reader, RdfFormat.from_media_type(wanted.media_types[0]), without_named_graphs=True)
    return (quad.triple for quad in quads)


def _boolean(reader: BinaryIO) -> QueryBoolean:
    """Read by Python's own parser: the engine's stops behind the value and does not see what follows."""
    content = reader.read(_BOOLEAN_BYTES_MAX + 1)
    if len(content) > _BOOLEAN_BYTES_MAX:
        raise ValueError("too long for a boolean")
    document = json.loads(content)
    value = document.get("boolean") if isinstance(document, dict) else None
    if not isinstance(value, bool) or "results" in document or "head" not in document:
        raise ValueError("no boolean")
    results = parse_query_results(
        b'{"head":{},"boolean":%s}' % (b"true" if value else b"false"), QueryResultsFormat.JSON
    )
    assert isinstance(results, QueryBoolean)
    return results
