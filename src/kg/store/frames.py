"""What a pool and its workers say to each other over a socket pair, and what the pool tells the zygote.

A request and a reply are a few numbers in a fixed header, then text or bytes: a small query crosses in some
microseconds, in one message each way. Both ends are this code, of one version, on one machine; nothing of a frame is
ever read by anyone else.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from .. import errors
from ..errors import KgError, QueryResourceError, QuerySyntaxError
from .backend import FormatChoice, GraphFormat, QueryRequest, ResultFormat

if TYPE_CHECKING:
    from enum import StrEnum

__all__ = [
    "COMPILE",
    "FAILED",
    "PID",
    "READY",
    "REPLY",
    "REQUEST",
    "WORN",
    "ColumnsPlace",
    "Orders",
    "Ready",
    "decode_request",
    "encode_error",
    "encode_request",
    "error_of",
    "kind_of",
    "media_type_of",
]

# Length of the text, and of the graphs with the statement; the formats for SELECT, ASK, and CONSTRUCT and DESCRIBE.
REQUEST: Final = struct.Struct("!IIBBB")
# Length of the body, its kind, and flags. A kind is ``FAILED``, ``READY`` (a worker's first word) or a media type.
REPLY: Final = struct.Struct("!QBB")
FAILED: Final = 0
READY: Final = 255
# Flag: the worker keeps so much memory after this query that it should be replaced.
WORN: Final = 1

# In the place of a statement: the query is to be compiled, and not to be answered.
COMPILE: Final = "compile"

# A worker's process id, as the zygote tells it.
PID: Final = struct.Struct("!I")

_FORMATS: Final[tuple[StrEnum | None, ...]] = (None, *ResultFormat, *GraphFormat)
_CODES: Final = {known: code for code, known in enumerate(_FORMATS)}
_KINDS: Final = {known.value: code for known, code in _CODES.items() if known is not None}
# A text that is not even Unicode reaches the engine as it is, and is refused there.
_LENIENT: Final = "surrogatepass"


@dataclass(frozen=True, slots=True)
class ColumnsPlace:
    """The columns of a release, and what DuckDB may take in each worker.

    Attributes:
        folder: the release's folder of columns.
        memory_mb: memory, in MiB.
        threads: threads of one query.
    """

    folder: str
    memory_mb: int
    threads: int


@dataclass(frozen=True, slots=True)
class Orders:
    """What a zygote is told once, and every worker inherits.

    Attributes:
        store: the release's Oxigraph folder.
        dataset: the same quads as N-Quads, packed with zstandard, to be held in memory; None to read ``store``.
        quads: how many ``dataset`` has; 0 if there is none.
        memory_bytes: address space that a query may take beyond what the idle worker has mapped.
        stack_bytes: stack of the evaluating thread.
        result_bytes_max: largest result, as serialised.
        cpu_s: CPU seconds one query may take; a second clock, should the parent's fail.
        services: endpoints that SERVICE may name.
        columns: asked instead of ``store``; None where the index is.
    """

    store: str
    dataset: str | None
    quads: int
    memory_bytes: int
    stack_bytes: int
    result_bytes_max: int
    cpu_s: int
    services: tuple[str, ...]
    columns: ColumnsPlace | None = None

    def encode(self) -> bytes:
        """These orders as bytes."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, content: bytes) -> Orders:
        """The orders as they were given."""
        fields: dict[str, Any] = json.loads(content)  # of this class, by its own `encode`
        columns = None if fields["columns"] is None else ColumnsPlace(**fields["columns"])
        return cls(**{**fields, "services": tuple(fields["services"]), "columns": columns})


@dataclass(frozen=True, slots=True)
class Ready:
    """The first word of a zygote.

    Attributes:
        error: why the release could not be opened; empty if it is open.
        isolated: whether the process has left the network.
    """

    error: str = ""
    isolated: bool = False

    def encode(self) -> bytes:
        """This word as bytes; never more than one small message."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, content: bytes) -> Ready:
        """The word as it was said."""
        return cls(**json.loads(content))


def encode_request(request: QueryRequest) -> bytes:
    """A request as a frame. Its client and its deadline are the pool's to know, and stay there."""
    text = request.text.encode("utf-8", _LENIENT)
    graphs = b""
    if request.default_graphs or request.named_graphs or request.statement:
        graphs = json.dumps([request.default_graphs, request.named_graphs, request.statement]).encode()
    formats = request.formats
    codes = (_CODES[formats.solutions], _CODES[formats.boolean], _CODES[formats.graph])
    return REQUEST.pack(len(text), len(graphs), *codes) + text + graphs


def decode_request(header: tuple[int, ...], content: bytes) -> QueryRequest:
    """The request of an unpacked ``REQUEST`` header and of the text and the graphs that followed it."""
    text_bytes, graphs_bytes, *codes = header
    default, named, statement = json.loads(content[text_bytes:]) if graphs_bytes else ((), (), "")
    return QueryRequest(
        text=content[:text_bytes].decode("utf-8", _LENIENT),
        formats=FormatChoice(*(_FORMATS[code] for code in codes)),  # type: ignore[arg-type] # as they were encoded
        default_graphs=tuple(default),
        named_graphs=tuple(named),
        statement=statement,
    )


def kind_of(media_type: str) -> int:
    """The number that stands for a body's media type in a reply."""
    return _KINDS[media_type]


def media_type_of(kind: int) -> str:
    """The media type that a reply's number stands for."""
    known = _FORMATS[kind]
    assert known is not None, "an error has no media type"
    return known.value


def encode_error(error: KgError) -> bytes:
    """An error on its way to the parent: the body of a reply that ``FAILED``."""
    place = getattr(error, "line", None), getattr(error, "column", None)
    return json.dumps([type(error).__name__, str(error), *place]).encode()


def error_of(body: bytes) -> KgError:
    """The error as it was raised in the worker."""
    name, message, line, column = json.loads(body)
    if name == QuerySyntaxError.__name__:
        return QuerySyntaxError(message, line=line, column=column)
    known = getattr(errors, name, QueryResourceError)
    error: KgError = known(message)
    return error
