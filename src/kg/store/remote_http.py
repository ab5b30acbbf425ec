"""One request to a remote endpoint, on a connection of its own: SPARQLWrapper writes it, this module sends it.

urllib, which SPARQLWrapper would send it with, follows redirects to other hosts, takes proxies from the environment
and cannot be interrupted. Here the host is fixed, nothing is followed, no cookie is kept, and a connection can be cut
from another thread at any moment.
"""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from SPARQLWrapper import BASIC, POST, POSTDIRECTLY, SELECT, URLENCODED, XML, SPARQLWrapper

from ..errors import QueryTimeoutError, RemoteError, ResultTooLargeError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from urllib.request import Request

    from _typeshed import WriteableBuffer

__all__ = ["Address", "Exchange", "PieceReader", "query_request", "update_request"]

_AGENT: Final = "habeas-kg (https://w3id.org/habeas/)"
_CONNECT_S: Final = 5.0
_EXCERPT_BYTES: Final = 4096


class Address:
    """Where an endpoint is, and as whom it is asked.

    Raises:
        SettingsError: it is no absolute http or https address, or holds a name and password.
    """

    def __init__(self, url: str, *, user: str = "", password: str = "") -> None:
        if not _is_address(url):
            raise SettingsError(
                "The address of a SPARQL endpoint starts with http:// or https:// and a host; name and password are "
                "given apart from it (KG_REMOTE_USER, KG_REMOTE_PASSWORD)."
            )
        self.url = url
        self.user = user
        self.password = password


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port, or of an IPv6 address
        return False
    return whole and "@" not in parts.netloc and url.isascii() and url.isprintable() and " " not in url


class _Writer(SPARQLWrapper):
    """SPARQLWrapper without its guess at the form of a text.

    It guesses by regular expressions, which a text can mislead or slow down, and prints the texts it cannot place.
    """

    def __init__(self, address: Address, *, is_update: bool) -> None:
        self._is_update = is_update
        super().__init__(address.url, agent=_AGENT)
        self.setMethod(POST)
        self.setRequestMethod(POSTDIRECTLY if is_update else URLENCODED)
        self.setOnlyConneg(True)  # no format= beside the Accept header
        self.setReturnFormat(XML)  # of any form there is; what we accept stands in a header of our own
        self.setHTTPAuth(BASIC)
        if address.user:
            self.setCredentials(address.user, address.password)

    def _parseQueryType(self, query: str) -> str:  # noqa: ARG002, N802 - SPARQLWrapper's name for it
        return str(SELECT)

    def isSparqlUpdateRequest(self) -> bool:  # noqa: N802 - SPARQLWrapper's name for it
        """Whether it sends an update; told by the caller, never by the text."""
        return self._is_update

    def request(self) -> Request:
        """The request, ready to be sent."""
        request: Request = self._createRequest()
        return request


def query_request(address: Address, text: str, *, accept: str, dataset: Sequence[tuple[str, str]] = ()) -> Request:
    """A query by the SPARQL 1.1 Protocol §2.1.2, as a form.

    Args:
        address: the endpoint.
        text: the query, sent as it is.
        accept: the Accept header.
        dataset: pairs of "default-graph-uri" or "named-graph-uri" and an IRI.
    """
    writer = _Writer(address, is_update=False)
    writer.addCustomHttpHeader("Accept", accept)
    writer.setQuery(text)
    for name, iri in dataset:
        writer.addParameter(name, iri)
    return writer.request()


def update_request(address: Address, text: str) -> Request:
    """An update by the SPARQL 1.1 Protocol §2.2.2, as it is."""
    writer = _Writer(address, is_update=True)
    writer.setQuery(text)
    return writer.request()


class Exchange:
    """A request and its response; use it as a context manager in one thread, and ``abort`` it from any other.

    Args:
        request: from ``query_request`` or ``update_request``.
        timeout_s: seconds of silence after which the connection is given up. The whole may take longer: whoever
            waits for it keeps the clock, and calls ``abort``.

    Raises:
        RemoteError: entering: the endpoint cannot be reached, or does not speak HTTP.
        QueryTimeoutError: entering: it was silent for too long.
    """

    def __init__(self, request: Request, *, timeout_s: float) -> None:
        self._request = request
        self._timeout_s = timeout_s
        self._connection = _connection_to(request.full_url, min(timeout_s, _CONNECT_S))
        self._socket: socket.socket | None = None
        self._aborted = False
        self.response: HTTPResponse

    def __enter__(self) -> Self:
        """Send the request and read the head of the response."""
        if self._aborted:
            raise RemoteError("The request was given up.")
        with contextlib.ExitStack() as undo:
            undo.callback(self._connection.close)
            try:
                self._connection.connect()
            except OSError as error:
                raise RemoteError(f"The remote endpoint cannot be reached: {_words_of(error)}.") from error
            self._send()
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.response.close()
        self._connection.close()

    def _send(self) -> None:
        # Kept here, for the connection forgets it when it has read the head.
        self._socket = self._connection.sock
        if self._aborted:
            raise RemoteError("The request was given up.")
        self._socket.settimeout(self._timeout_s)
        headers = {**dict(self._request.header_items()), "Connection": "close", "Accept-Encoding": "identity"}
        with _failures_told():
            self._connection.request("POST", self._request.selector, self._request.data, headers)
            self.response = self._connection.getresponse()

    def abort(self) -> None:
        """Cut the connection; the thread that waits for it goes on at once, with an error."""
        self._aborted = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def excerpt(self) -> str:
        """The beginning of the response's body as text, for what it may say about a failure."""
        try:
            return self.response.read(_EXCERPT_BYTES).decode("utf-8", "replace")
        except (HTTPException, OSError):
            return ""


class PieceReader(io.RawIOBase):
    """The body of a response, to its end as HTTP frames it; wrap it in ``io.BufferedReader``.

    Args:
        response: its head has been read.
        size_max: largest body taken, in bytes.
    """

    def __init__(self, response: HTTPResponse, *, size_max: int) -> None:
        self._response = response
        self._left = size_max

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read some bytes.

        Raises:
            QueryTimeoutError: the endpoint fell silent.
            RemoteError: it broke off before the end that it had announced.
            ResultTooLargeError: there is more than may be taken.
        """
        with _failures_told():
            size = self._response.readinto(buffer)
        if size == 0 and self._response.length:
            raise RemoteError(f"The remote endpoint broke off, {self._response.length:,} bytes before the end.")
        self._left -= size
        if self._left < 0:
            raise ResultTooLargeError("The answer of the remote endpoint is too large (KG_RESULT_BYTES_MAX).")
        return size


@contextlib.contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise QueryTimeoutError("The remote endpoint fell silent before its answer was whole.") from error
    except (HTTPException, OSError) as error:
        raise RemoteError(f"The remote endpoint broke off: {_words_of(error)}.") from error


def _connection_to(url: str, timeout_s: float) -> HTTPConnection:
    parts = urlsplit(url)
    assert parts.hostname is not None
    if parts.scheme == "https":
        return HTTPSConnection(parts.hostname, parts.port, timeout=timeout_s, context=ssl.create_default_context())
    return HTTPConnection(parts.hostname, parts.port, timeout=timeout_s)


def _words_of(error: Exception) -> str:
    """What happened, without addresses: those who read it may be the public."""
    # What TLS says about a certificate names the host.
    strerror = None if isinstance(error, ssl.SSLError) else getattr(error, "strerror", None)
    return str(strerror) if strerror else type(error).__name__
