"""A request as the SPARQL 1.1 Protocol (§2.1) reads it: what is asked, of which dataset."""

from __future__ import annotations

import re
from binascii import a2b_qp
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.exceptions import HTTPException

from kg.errors import QueryRefusedError

from .limits import read_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.settings import Settings

__all__ = ["ACCEPT_QUERY", "Operation", "read_operation", "read_query_string"]

_FORM: Final = "application/x-www-form-urlencoded"
_QUERY: Final = "application/sparql-query"
_UPDATE: Final = "application/sparql-update"
_METHODS_WITH_BODY: Final = ("POST", "QUERY")
# What the method QUERY may carry (draft-ietf-httpbis-safe-method-w-body §3), best first.
ACCEPT_QUERY: Final = f"{_QUERY}, {_FORM}"
_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_UPDATE_PARAMETERS: Final = frozenset({"update", "using-graph-uri", "using-named-graph-uri"})
_READ_ONLY: Final = "Updates are not served: this service is read-only."
# Percent-encoding makes three bytes of one; the rest is for the graphs of the dataset.
_FORM_BYTES_PER_QUERY_BYTE: Final = 3
_FORM_MORE_BYTES: Final = 16_384


class Operation(NamedTuple):
    """A query operation.

    Attributes:
        query: its text; None where the request names none.
        format_name: the parameter ``format``, our own addition for links and forms; None where it is missing.
        timeout_s: the parameter ``timeout``, our own too: seconds after which the client wants no answer any more.
        is_explained: the parameter ``explain``, our own: the query is not to be answered but explained.
    """

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format_name: str | None = None
    timeout_s: float | None = None
    is_explained: bool = False


async def read_operation(request: Request, settings: Settings) -> Operation:
    """Read a request of any method that asks.

    Raises:
        HTTPException: 400, a parameter is repeated, wrong, or no UTF-8; 408, 413 and 415, about the body.
        QueryRefusedError: it is an update.
    """
    if request.method not in _METHODS_WITH_BODY:
        return read_query_string(request.scope["query_string"])
    parameters = _pairs(request.scope["query_string"])
    media_type, charset = _content_type(request)
    if media_type == _UPDATE:
        raise QueryRefusedError(_READ_ONLY)
    if media_type not in (_FORM, _QUERY) or charset not in ("", "utf-8") or "content-encoding" in request.headers:
        raise HTTPException(415, f"Send the query as {_QUERY} or {_FORM}, in UTF-8, not compressed.")
    is_form = media_type == _FORM
    bytes_max = settings.query_bytes_max * (_FORM_BYTES_PER_QUERY_BYTE if is_form else 1)
    body = await read_body(request, bytes_max=bytes_max + is_form * _FORM_MORE_BYTES, timeout_s=settings.body_timeout_s)
    return _operation(parameters + (_pairs(body) if is_form else [("query", _utf_8(body))]))


def read_query_string(query_string: bytes) -> Operation:
    """Read what a request of a method without a body asks.

    Raises:
        HTTPException: 400, a parameter is repeated, wrong, or no UTF-8.
        QueryRefusedError: it is an update.
    """
    return _operation(_pairs(query_string))


def _content_type(request: Request) -> tuple[str, str]:
    media_type, *parameters = request.headers.get("content-type", "").lower().split(";")
    pairs = (parameter.strip().partition("=") for parameter in parameters)
    charset = next((value.strip('"') for name, _, value in pairs if name == "charset"), "")
    return media_type.strip(), charset


def _utf_8(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HTTPException(400, "The request is not UTF-8.") from error


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Names and values of application/x-www-form-urlencoded."""
    try:
        parts = [part.partition(b"=") for part in encoded.split(b"&") if part]
        return [(_decoded(name), _decoded(value)) for name, _, value in parts]
    except UnicodeDecodeError as error:
        raise HTTPException(400, "A parameter is not percent-encoded UTF-8.") from error


def _decoded(part: bytes) -> str:
    """A name or a value without its percent-encoding.

    What quoted-printable writes with "=" is what this writes with "%", and there is a decoder of that in C; the
    standard library's own for this takes longer than the engine does for a lookup.
    """
    escapes = part.count(b"%")
    if not escapes:
        return part.replace(b"+", b" ").decode()
    size, plain = len(part), part.replace(b"=", b"=3D").replace(b"+", b" ")
    decoded = a2b_qp(plain.replace(b"%", b"="))
    # Each escape makes one byte of three; where some are none, or a line ends behind one, the decoders differ.
    if b"\n" in part or b"\r" in part or size - len(decoded) != 2 * escapes:
        return unquote_to_bytes(part.replace(b"+", b" ")).decode()
    return decoded.decode()


def _operation(parameters: list[tuple[str, str]]) -> Operation:
    if len(parameters) == 1 and parameters[0][0] == "query":  # as most are
        return Operation(parameters[0][1])
    if any(name in _UPDATE_PARAMETERS for name, _ in parameters):
        raise QueryRefusedError(_READ_ONLY)
    return Operation(
        query=_single(parameters, "query"),
        default_graphs=tuple(value for name, value in parameters if name == "default-graph-uri"),
        named_graphs=tuple(value for name, value in parameters if name == "named-graph-uri"),
        format_name=_single(parameters, "format") or None,
        timeout_s=_seconds(_single(parameters, "timeout")),
        is_explained=_single(parameters, "explain") is not None,
    )


def _single(parameters: list[tuple[str, str]], name: str) -> str | None:
    values = [value for known, value in parameters if known == name]
    if len(values) > 1:
        raise HTTPException(400, f"The parameter “{name}” is given {len(values)} times; it may be given once.")
    return values[0] if values else None


def _seconds(value: str | None) -> float | None:
    if not value:
        return None
    if _SECONDS.fullmatch(value) is None or float(value) == 0:
        raise HTTPException(400, "The parameter “timeout” is a number of seconds above 0, such as 2 or 0.5.")
    return float(value)
