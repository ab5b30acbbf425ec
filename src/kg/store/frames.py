"""What a pool and its workers say to each other, over a socket pair: JSON headers, each with its length before it.

A worker sends one ``Ready`` when its store is open, then one outcome for each request: the body's media type and
length, with the body after it, or an error by its class name in ``kg.errors``. Both ends are this code, of one
version, on one machine; nothing of a frame is ever read by anyone else.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import Any, Final

from .. import errors
from ..errors import KgError, QueryResourceError, QuerySyntaxError
from .backend import FormatChoice, GraphFormat, QueryRequest, ResultFormat

__all__ = [
    "LENGTH_BYTES",
    "Outcome",
    "Ready",
    "WorkerOrders",
    "decode_request",
    "encode_frame",
    "encode_request",
    "error_of",
    "frame_length",
    "outcome_of",
]

_LENGTH: Final = struct.Struct("!I")
LENGTH_BYTES: Final = _LENGTH.size


@dataclass(frozen=True, slots=True)
class WorkerOrders:
    """What a worker is told once, at its start.

    Attributes:
        store: the release's Oxigraph folder.
        memory_bytes: address space that a query may take beyond what the idle worker has mapped.
        stack_bytes: stack of the evaluating thread.
        result_bytes_max: largest result, as serialised.
        cpu_s: CPU seconds one query may take; a second clock, should the parent's fail.
    """

    store: str
    memory_bytes: int
    stack_bytes: int
    result_bytes_max: int
    cpu_s: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker's first word.

    Attributes:
        error: why the store could not be opened; empty if it is open.
        isolated: whether the worker has left the network.
    """

    error: str = ""
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one request.

    Attributes:
        media_type, size_bytes: of the body that follows; empty and 0 with an error.
        error, message, line, column: class in ``kg.errors`` and what it carries; empty without an error.
        worn: the worker keeps so much memory after this query that it should be replaced.
    """

    media_type: str = ""
    size_bytes: int = 0
    error: str = ""
    message: str = ""
    line: int | None = None
    column: int | None = None
    worn: bool = False


def encode_frame(value: WorkerOrders | Ready | Outcome | dict[str, Any]) -> bytes:
    """A header with its length before it."""
    content = json.dumps(value if isinstance(value, dict) else asdict(value)).encode()
    return _LENGTH.pack(len(content)) + content


def frame_length(prefix: bytes) -> int:
    """The length that ``LENGTH_BYTES`` bytes announce."""
    length: int = _LENGTH.unpack(prefix)[0]
    return length


def encode_request(request: QueryRequest) -> bytes:
    """A request as a frame."""
    return encode_frame(asdict(request))


def decode_request(content: bytes) -> QueryRequest:
    """The request of a frame's content."""
    value = json.loads(content)
    solutions, boolean, graph = (value["formats"][form] for form in ("solutions", "boolean", "graph"))
    return QueryRequest(
        text=value["text"],
        formats=FormatChoice(
            solutions=None if solutions is None else ResultFormat(solutions),
            boolean=None if boolean is None else ResultFormat(boolean),
            graph=None if graph is None else GraphFormat(graph),
        ),
        default_graphs=tuple(value["default_graphs"]),
        named_graphs=tuple(value["named_graphs"]),
    )


def outcome_of(error: KgError) -> Outcome:
    """An error on its way to the parent."""
    return Outcome(
        error=type(error).__name__,
        message=str(error),
        line=getattr(error, "line", None),
        column=getattr(error, "column", None),
    )


def error_of(outcome: Outcome) -> KgError:
    """The error as it was raised in the worker."""
    if outcome.error == QuerySyntaxError.__name__:
        return QuerySyntaxError(outcome.message, line=outcome.line, column=outcome.column)
    known = getattr(errors, outcome.error, QueryResourceError)
    error: KgError = known(outcome.message)
    return error
