"""One query, evaluated and serialised by the engine inside a worker: the whole result in memory, or an error."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    serialize,
)

from ..errors import (
    NotAcceptableError,
    QueryRefusedError,
    QueryResourceError,
    QuerySyntaxError,
    QueryUnsupportedError,
    ResultTooLargeError,
)
from ..vocab import BASE
from .backend import GraphFormat, ResultFormat
from .merging import merged_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .backend import FormatChoice, QueryRequest

__all__ = ["CODE_POINT", "CappedBuffer", "accepted", "evaluate", "finish", "graphs_of", "serialise"]

_Results: TypeAlias = QuerySolutions | QueryBoolean | QueryTriples

# An escape of a code point (SPARQL 1.1 §19.2).
CODE_POINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LAST_CODE_POINT: Final = 0x10FFFF
# No step "." or "..", no "%2e" that some servers read as one, no "\\" that some clients read as "/".
_PLAIN_PATH: Final = re.compile(r"(?i)(?!.*/\.{1,2}(?:[/?#]|$))(?!.*%2[ef5]|.*%5c|.*\\).*", re.DOTALL)
_UNREAD: Final = "The store could not be read to the end of this query."
_UPDATE_WORDS: Final = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY")

# FROM with an IRI or a prefixed name behind it, NAMED left out: two of them make a default graph of several.
# A variable ?from, or a name that ends so, is none: reading the query for it would take longer than most queries do.
_FROM: Final = re.compile(r"(?<![?$:@\w])FROM\b(?!\s+NAMED\b)")

_ENGINE_ERROR: Final = re.compile(r"error at (\d+):(\d+): expected (.*)", re.DOTALL)
# The engine lists some of the tokens it could read next; among them stand sentences such as "Prefix not found".
_SENTENCE: Final = re.compile(r"[A-Z][A-Za-z]+(?: [A-Za-z]+)+")
_EXCERPT_CHARACTERS: Final = 16

_XML_FORMATS: Final = (ResultFormat.XML, GraphFormat.RDF_XML)
# XML 1.0 §2.2 has no way to write these, and the engine writes them all the same.
_NOT_IN_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
# A quoted field of CSV.
_QUOTED: Final = re.compile(rb'"[^"]*"')
# What the engine writes for a predicate that ends in no XML name, such as <http://example.com/31>.
_NO_XML_NAME: Final = b"<oxprefix: "


class _UnquotedError(NotAcceptableError):
    """The engine's CSV holds a comma that is none."""


class CappedBuffer(io.BytesIO):
    """Memory that an engine writes into, in pieces; it stops at a size."""

    def __init__(self, size_max: int) -> None:
        super().__init__()
        self._size_max = size_max

    def write(self, piece: bytes, /) -> int:  # type: ignore[override] # the engine writes bytes only
        """Take a piece.

        Raises:
            ResultTooLargeError: it is one too many.
        """
        _keep_size(self.tell() + len(piece), self._size_max)
        return super().write(piece)


def _keep_size(size: int, size_max: int) -> None:
    if size > size_max:
        raise ResultTooLargeError(
            "The whole result is larger than this service sends at once (KG_RESULT_BYTES_MAX). "
            "Ask for fewer columns, or for one part after the other with ORDER BY, LIMIT and OFFSET."
        )


def evaluate(store: Store, request: QueryRequest, *, size_max: int, services: Sequence[str] = ()) -> tuple[str, bytes]:
    """Evaluate a query and serialise its result.

    Args:
        store: the release, open read-only.
        request: the query, with the formats that its client accepts.
        size_max: largest result, in bytes.
        services: endpoints that SERVICE may name; what ends in "/" stands for all addresses below it.

    Returns:
        The media type and the body.

    Raises:
        QueryError: one of its subclasses; ``kg.errors`` says when.
    """
    _refuse_service(request.text, services)
    try:
        return _whole(store, request, size_max)
    except MemoryError as error:
        raise QueryResourceError("The query needs more memory than it may take (KG_WORKER_MEMORY_MB).") from error
    except OSError as error:
        what = "An endpoint of SERVICE could not be asked." if _mentions(request.text, ("SERVICE",)) else _UNREAD
        raise QueryResourceError(what) from error
    except (RuntimeError, ValueError) as error:
        raise QueryUnsupportedError(f"The engine cannot evaluate this query: {error}.") from error


def _mentions(text: str, words: Sequence[str]) -> bool:
    """Whether a word's letters stand anywhere in the text, code point escapes read (SPARQL 1.1 §19.2).

    If not, no clause of that name can be in it; if so, the parser must tell.
    """
    letters = _plain_letters(text)
    return any(word in letters for word in words)


def _plain_letters(text: str) -> str:
    return CODE_POINT.sub(_unescape, text).upper()


def _unescape(match: re.Match[str]) -> str:
    code_point = int(match[1] or match[2], 16)
    return chr(code_point) if code_point <= _LAST_CODE_POINT else match[0]


def _refuse_service(text: str, services: Sequence[str]) -> None:
    if not _mentions(text, ("SERVICE",)):
        return
    # Imported late: rdflib takes longer to load than a worker to start, and most workers never need it.
    from .parsed import services_of  # noqa: PLC0415

    named = services_of(text)
    if named is None:
        raise QueryRefusedError(
            "The query mentions SERVICE and cannot be checked for a SERVICE clause. If the word stands in an IRI or "
            "a string only, write the query in plain SPARQL 1.1."
        )
    if named and not services:
        raise QueryUnsupportedError(
            "SERVICE is refused: this service answers from its own release only and asks no other endpoint."
        )
    if not all(_is_listed(endpoint, services) for endpoint in named):
        raise QueryUnsupportedError(
            "SERVICE is refused: it may name the endpoints that this service's operator lists (KG_SERVICES), each by "
            "its whole IRI in angle brackets, and no others."
        )


def _is_listed(endpoint: str | None, services: Sequence[str]) -> bool:
    """Whether an endpoint, None for a variable or a name with a prefix, is an entry or lies below one."""
    if endpoint is None:
        return False
    below = tuple(entry for entry in services if entry.endswith("/"))
    # A step up, however written, would leave what the entry allows.
    return endpoint in services or (endpoint.startswith(below) and _PLAIN_PATH.fullmatch(endpoint) is not None)


def graphs_of(iris: Sequence[str]) -> list[NamedNode]:
    """The graphs that a request names, each of them once.

    Raises:
        QueryRefusedError: one is no absolute IRI.
    """
    try:
        return [NamedNode(iri) for iri in dict.fromkeys(iris)]
    except ValueError as error:
        raise QueryRefusedError(f"A graph of the dataset is no absolute IRI: {error}.") from error


def _results(store: Store, request: QueryRequest) -> _Results:
    try:
        default, named = _dataset(request)
        if len(default) > 1:
            store = merged_store(store, default, named)
            return store.query(request.text, base_iri=BASE, default_graph=DefaultGraph(), named_graphs=list(named))
        if default or named:
            # Both, even if one is empty: what is left out would come from FROM, or be the whole store.
            return store.query(request.text, base_iri=BASE, default_graph=list(default), named_graphs=list(named))
        return store.query(request.text, base_iri=BASE)
    except SyntaxError as error:
        _refuse_update(request.text)
        raise _syntax_error(request.text, str(error)) from error


def _dataset(request: QueryRequest) -> tuple[list[NamedNode], list[NamedNode]]:
    """The graphs of the protocol's dataset, or of a query that names several as its default graph; else none."""
    default, named = request.default_graphs, request.named_graphs
    if not (default or named) and len(_FROM.findall(_plain_letters(request.text))) > 1:
        from .parsed import dataset_of  # noqa: PLC0415 - see _refuse_service

        clauses = dataset_of(request.text)
        if clauses is None:
            Store().query(request.text, base_iri=BASE)  # where it is no query, that is what is wrong with it
            raise QueryRefusedError(
                "The query names several graphs with FROM, and cannot be read by those who would merge them. Name them "
                "by the parameters default-graph-uri and named-graph-uri, or write the query in plain SPARQL 1.1."
            )
        default, named = clauses
    return graphs_of(default), graphs_of(named)


def _refuse_update(text: str) -> None:
    if not _mentions(text, _UPDATE_WORDS):
        return
    from .parsed import is_update  # noqa: PLC0415 - see _refuse_service

    if is_update(text):
        raise QueryRefusedError("This is an update, and updates are not served: the release is read-only.")


def _syntax_error(text: str, message: str) -> QuerySyntaxError:
    match = _ENGINE_ERROR.fullmatch(message)
    if match is None:
        return QuerySyntaxError(f"This is not a SPARQL 1.1 query: {message}.")
    line, column = int(match[1]), int(match[2])
    sentence = _SENTENCE.search(match[3])
    reason = sentence[0] if sentence else "the query cannot be read on"
    message = f"Line {line}, column {column}: {reason}, {_place(text, line, column)}."
    return QuerySyntaxError(message, line=line, column=column)


def _place(text: str, line: int, column: int) -> str:
    """The words around a place; the engine stops behind what it could not take."""
    lines = text.split("\n")
    words = lines[line - 1][max(0, column - 1 - _EXCERPT_CHARACTERS) :][: 2 * _EXCERPT_CHARACTERS].strip()
    return f"near “{words}”" if words else "at the end"


def serialise(results: _Results | Iterable[Triple], media_type: str, *, size_max: int) -> bytes:
    """Write results down: those of an evaluation, those of another endpoint, or triples.

    Raises:
        NotAcceptableError: XML cannot express them, or the engine's CSV would be torn.
        ResultTooLargeError: they take more than ``size_max`` bytes.
    """
    buffer = CappedBuffer(size_max)
    if isinstance(results, QuerySolutions | QueryBoolean):
        results.serialize(buffer, format=QueryResultsFormat.from_media_type(media_type))
    elif isinstance(results, QueryTriples):
        results.serialize(buffer, format=RdfFormat.from_media_type(media_type))
    else:
        serialize(results, buffer, RdfFormat.from_media_type(media_type))
    body = buffer.getvalue()
    if media_type == ResultFormat.CSV and not _is_rectangular(body):
        raise _UnquotedError("The result holds an IRI with a comma, which would be two columns of CSV. Ask for TSV.")
    return finish(body, media_type, size_max=size_max)


def finish(body: bytes, media_type: str, *, size_max: int) -> bytes:
    """A written result as it is sent: XML is held to what XML can say.

    Raises:
        NotAcceptableError: XML cannot express it.
        ResultTooLargeError: it takes more than ``size_max`` bytes.
    """
    if media_type in _XML_FORMATS:
        body = _well_formed(body)
        _keep_size(len(body), size_max)
    return body


def _whole(store: Store, request: QueryRequest, size_max: int) -> tuple[str, bytes]:
    results = _results(store, request)
    media_type = _accepted(results, request.formats)
    try:
        return media_type, serialise(results, media_type, size_max=size_max)
    except _UnquotedError:
        return media_type, _csv(_results(store, request), size_max)


def _is_rectangular(body: bytes) -> bool:
    """Whether each record of a CSV result has as many fields as the first.

    The engine quotes literals but no IRIs, and a comma in one adds a field; nothing ever takes one away.
    """
    unquoted = _QUOTED.sub(b"", body) if b'"' in body else body
    return unquoted.count(b",") == unquoted.count(b"\r\n") * unquoted.partition(b"\r\n")[0].count(b",")


def _csv(results: _Results, size_max: int) -> bytes:
    """The same as SPARQL 1.1 Query Results CSV (§3) has it, quoted by RFC 4180."""
    assert isinstance(results, QuerySolutions)
    buffer = CappedBuffer(size_max)
    with io.TextIOWrapper(buffer, "utf-8", newline="", write_through=True) as text:
        rows = csv.writer(text)
        rows.writerow(variable.value for variable in results.variables)
        rows.writerows([_csv_value(term) for term in solution] for solution in results)
        return buffer.getvalue()


def _csv_value(term: object) -> str:
    if isinstance(term, Triple):
        return " ".join(map(_csv_value, term))
    if isinstance(term, (Literal, NamedNode)):
        return term.value
    return "" if term is None else str(term)  # a blank node with its "_:"


def _accepted(results: _Results, formats: FormatChoice) -> str:
    if isinstance(results, QueryTriples):
        return accepted("CONSTRUCT and DESCRIBE", formats)
    return accepted("ASK" if isinstance(results, QueryBoolean) else "SELECT", formats)


def accepted(form: str, formats: FormatChoice) -> str:
    """The media type that a client accepts for a form of query.

    Raises:
        NotAcceptableError: none is.
    """
    chosen: ResultFormat | GraphFormat | None
    if form == "SELECT":
        chosen, offered = formats.solutions, ", ".join(ResultFormat)
    elif form == "ASK":
        chosen, offered = formats.boolean, f"{ResultFormat.JSON}, {ResultFormat.XML}"
    else:
        chosen, offered = formats.graph, ", ".join(GraphFormat)
    if chosen is None:
        raise NotAcceptableError(f"The result of {form} is offered as {offered}; the request accepts none of them.")
    return chosen.value


def _well_formed(body: bytes) -> bytes:
    if _NOT_IN_XML.search(body) or _NO_XML_NAME in body:
        raise NotAcceptableError(
            "The result holds a character, or a predicate, that XML cannot express. Ask for another format, "
            "such as JSON, TSV, Turtle or N-Triples."
        )
    # The engine's markup has no CR; one in a literal would be read back as LF (XML 1.0 §2.11).
    return body.replace(b"\r", b"&#xD;")
