"""A SPARQL endpoint somewhere else, asked by the SPARQL 1.1 Protocol through SPARQLWrapper."""

from __future__ import annotations

import asyncio
import contextlib
import math
import tempfile
from http.client import HTTPException, HTTPResponse
from typing import IO, Final
from urllib.error import HTTPError, URLError

from SPARQLWrapper import POST, URLENCODED, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from ..errors import QueryRefusedError, QueryTimeoutError, RemoteError, ResultTooLargeError
from .backend import Answer, FormatChoice, QueryRequest

__all__ = ["RemoteEndpoint"]

_AGENT: Final = "habeas-kg (https://w3id.org/habeas/)"
_IN_MEMORY_BYTES: Final = 2**20
_PIECE_BYTES: Final = 256 * 1024
_QUOTED_CHARACTERS: Final = 300


class RemoteEndpoint:
    """Asks one endpoint; the query is sent as it is, and only if it is no update.

    Args:
        url: the endpoint's address.
        timeout_s: seconds until an answer must be here whole.
        result_bytes_max: largest answer taken.
    """

    def __init__(self, url: str, *, timeout_s: float, result_bytes_max: int) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._result_bytes_max = result_bytes_max

    async def answer(self, request: QueryRequest) -> Answer:
        """Ask the endpoint.

        Raises:
            QueryRefusedError: the text is an update.
            QueryTimeoutError: no whole answer came in time.
            RemoteError: the endpoint failed, or answered with something else than was asked for.
            ResultTooLargeError: the answer is over the cap.
        """
        wrapper = self._wrapper(request)
        if wrapper.isSparqlUpdateRequest():
            raise QueryRefusedError("This is an update, and updates are not sent.")
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.to_thread(self._fetch, wrapper, _media_types(request.formats))
        except TimeoutError as error:
            raise QueryTimeoutError(f"{self._url} gave no whole answer within {self._timeout_s:g} s.") from error

    async def aclose(self) -> None:
        """Nothing is kept open between answers."""

    def _wrapper(self, request: QueryRequest) -> SPARQLWrapper:
        wrapper = SPARQLWrapper(self._url, agent=_AGENT)
        wrapper.setMethod(POST)
        wrapper.setRequestMethod(URLENCODED)
        wrapper.setTimeout(math.ceil(self._timeout_s))
        wrapper.setOnlyConneg(True)  # no format= beside the Accept header
        # XML exists for every form of query, so the wrapper has no reason to warn; the header says what we take.
        wrapper.setReturnFormat(XML)
        wrapper.addCustomHttpHeader("Accept", ", ".join(_media_types(request.formats)))
        wrapper.setQuery(request.text)
        for name, iris in (("default-graph-uri", request.default_graphs), ("named-graph-uri", request.named_graphs)):
            for iri in iris:
                wrapper.addParameter(name, iri)
        return wrapper

    def _fetch(self, wrapper: SPARQLWrapper, media_types: tuple[str, ...]) -> Answer:
        try:
            with wrapper.query().response as response:
                return self._take(response, media_types)
        except SPARQLWrapperException as error:
            raise RemoteError(f"{self._url} refused the query: {_quote(str(error))}") from error
        except HTTPError as error:
            error.close()
            raise RemoteError(f"{self._url} answered {error.code} {error.reason}.") from error
        except (HTTPException, URLError, OSError) as error:
            raise RemoteError(f"{self._url} cannot be asked: {error}.") from error

    def _take(self, response: HTTPResponse, media_types: tuple[str, ...]) -> Answer:
        media_type = response.headers.get_content_type()
        if media_type not in media_types:
            raise RemoteError(f"{self._url} answered with {media_type}; asked for was {' or '.join(media_types)}.")
        with contextlib.ExitStack() as undo:
            body = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - the answer closes it
            undo.callback(body.close)
            size_bytes = self._copy(response, body)
            body.seek(0)
            undo.pop_all()
        return Answer(media_type=media_type, size_bytes=size_bytes, body=body)

    def _copy(self, response: HTTPResponse, body: IO[bytes]) -> int:
        size_bytes = 0
        while piece := response.read(_PIECE_BYTES):
            size_bytes += len(piece)
            if size_bytes > self._result_bytes_max:
                raise ResultTooLargeError(f"The answer of {self._url} is over {self._result_bytes_max:,} bytes.")
            body.write(piece)
        if response.length:  # announced, and never sent
            raise RemoteError(f"{self._url} broke off its answer, {response.length:,} bytes before its end.")
        return size_bytes


def _media_types(formats: FormatChoice) -> tuple[str, ...]:
    chosen = (formats.solutions, formats.boolean, formats.graph)
    return tuple(dict.fromkeys(known.value for known in chosen if known is not None))


def _quote(message: str) -> str:
    text = " ".join(message.split())
    return text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]}…"
