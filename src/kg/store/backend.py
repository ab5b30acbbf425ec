"""The one port between a question and whatever answers it, with the values that cross it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Final, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "BY_COLUMNS",
    "BY_INDEX",
    "BY_INDEX_AFTER_COLUMNS",
    "BY_INDEX_FOR_ROOM",
    "BY_REMOTE",
    "IN_MEMORY_BYTES",
    "Answer",
    "FormatChoice",
    "GraphFormat",
    "QueryBackend",
    "QueryRequest",
    "ResultFormat",
]

# What has answered a query.
BY_INDEX: Final = "index"
BY_COLUMNS: Final = "columns"
BY_INDEX_AFTER_COLUMNS: Final = "index, refused by columns"
BY_INDEX_FOR_ROOM: Final = "index, columns full"
BY_REMOTE: Final = "remote"

# A longer result is kept in a file on its way, and sent in pieces.
IN_MEMORY_BYTES: Final = 2**20
_CHUNK_BYTES: Final = 64 * 1024


class ResultFormat(StrEnum):
    """Formats of SELECT and ASK results; the value is the media type."""

    JSON = "application/sparql-results+json"
    XML = "application/sparql-results+xml"
    CSV = "text/csv"
    TSV = "text/tab-separated-values"


class GraphFormat(StrEnum):
    """Formats of CONSTRUCT and DESCRIBE results; the value is the media type."""

    TURTLE = "text/turtle"
    N_TRIPLES = "application/n-triples"
    JSON_LD = "application/ld+json"
    RDF_XML = "application/rdf+xml"


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """The format for each form that a query may turn out to have; None where the client accepts none.

    The form of a query is known only once it is parsed, so all three travel with it.

    Attributes:
        solutions: for SELECT.
        boolean: for ASK: JSON or XML. The CSV and TSV recommendation defines no boolean, so neither do we.
        graph: for CONSTRUCT and DESCRIBE.
    """

    solutions: ResultFormat | None = ResultFormat.JSON
    boolean: ResultFormat | None = ResultFormat.JSON
    graph: GraphFormat | None = GraphFormat.TURTLE


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query as it reaches a backend; it has passed admission.

    Attributes:
        text: SPARQL 1.1; relative IRIs without BASE are read against the base of our own names.
        formats: what the client accepts.
        default_graphs, named_graphs: IRIs of the protocol's dataset. If either is given, the two replace the
            dataset of the query's own FROM clauses wholly (SPARQL 1.1 Protocol §2.1.4).
        timeout_s: a deadline of the client's own; it can lower the backend's, never raise it.
        client: whose turn this takes, opaque; it is neither logged nor sent to a worker or a remote endpoint.
        statement: the query as a worker of ``columnar`` has compiled it, for another one; empty elsewhere.
        spent_s: seconds of its time that were spent before this backend was asked.
        waited_s: seconds that it had to wait for workers before that.
    """

    text: str
    formats: FormatChoice = FormatChoice()
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    timeout_s: float | None = None
    client: str = ""
    statement: str = ""
    spent_s: float = 0.0
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole result, as it will be sent; use it as a context manager, or close it.

    Attributes:
        media_type: a value of ``ResultFormat`` or ``GraphFormat``.
        size_bytes: length of the body.
        body: open at its start; in memory, or in an unnamed temporary file.
        timings_s: seconds by stage: "queue" until a worker was free, "work" until the answer was whole.
        route: what has answered: one of ``BY_…``.
    """

    media_type: str
    size_bytes: int
    body: IO[bytes]
    timings_s: Mapping[str, float] = field(default_factory=dict)
    route: str = BY_INDEX

    def __enter__(self) -> Self:
        """The answer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the body, and with it its file."""
        self.body.close()

    def read(self) -> bytes:
        """The whole body; the answer is then closed."""
        with self:
            return self.body.read()

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces; the answer is closed at the end, or when the iterator is."""
        with self:
            while chunk := self.body.read(_CHUNK_BYTES):
                yield chunk


class QueryBackend(Protocol):
    """What answers queries: a pool of workers over a release, or a remote endpoint."""

    async def answer(self, request: QueryRequest) -> Answer:
        """Evaluate a query to its end: the whole result or an error, never a part.

        Cancelling the call stops the evaluation.

        Raises:
            QueryError: one of its subclasses; ``kg.errors`` says when.
        """
        ...

    async def aclose(self) -> None:
        """Stop everything that belongs to this backend; calling it again does nothing."""
        ...
