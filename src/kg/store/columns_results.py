"""Answers of compiled queries in the formats that the index offers, written by the database itself.

A term that is decoded, put into objects and written down again in Python takes longer than most queries; so each row
comes out of the database as the text that it is in the format asked for.
"""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QueryResultsFormat, Triple, parse_query_results

from ..columns.compile import constructed, run_compiled, stream
from ..columns.database import run
from .backend import ResultFormat
from .evaluation import CappedBuffer, finish, serialise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

    from ..columns.compile import Compiled, Term

__all__ = ["as_term", "define_formats", "write_boolean", "write_graph", "write_solutions"]

_BLANK: Final = 1
_IRI: Final = 2
_LITERAL: Final = 3
_XML_HEAD: Final = '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'


@dataclass(frozen=True, slots=True)
class _Format:
    """How solutions are written: what stands around them, around each, and between its terms."""

    macro: str
    head: str
    row: tuple[bytes, bytes]
    between_rows: bytes
    between_terms: str
    tail: bytes


def _format(media_type: str, names: tuple[str, ...]) -> _Format:
    if media_type == ResultFormat.JSON:
        head = f'{{"head":{{"vars":{json.dumps(names, ensure_ascii=False)}}},"results":{{"bindings":['
        return _Format("columns_json", head, (b"{", b"}"), b",", ",", b"]}}")
    if media_type == ResultFormat.XML:
        head = "".join([_XML_HEAD, *(f'<variable name="{name}"/>' for name in names), "</head><results>"])
        return _Format("columns_xml", head, (b"<result>", b"</result>"), b"", "", b"</results></sparql>")
    if media_type == ResultFormat.CSV:
        return _Format("columns_csv", ",".join(names) + "\r\n", (b"", b"\r\n"), b"", ",", b"")
    head = "\t".join(f"?{name}" for name in names) + "\n"
    return _Format("columns_tsv", head, (b"", b"\n"), b"", "\t", b"")


def define_formats(db: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the macros that write terms down."""
    run(db, Path(__file__).with_name("columns_formats.sql"))


def write_solutions(db: duckdb.DuckDBPyConnection, compiled: Compiled, media_type: str, *, size_max: int) -> bytes:
    """The answer to a SELECT.

    Raises:
        NotAcceptableError: XML cannot express it.
        ResultTooLargeError: it takes more than ``size_max`` bytes.
        QueryError: another of its subclasses, as ``kg.columns.compile.stream`` says.
    """
    form = _format(media_type, compiled.variables)
    buffer = CappedBuffer(size_max)
    buffer.write(form.head.encode())
    before, after = form.row
    between, separator = b"", after + form.between_rows + before
    for batch in stream(db, _as_lines(compiled, form)):
        lines = separator.join(row[0].lexical.encode() for row in batch if row[0] is not None)
        buffer.write(b"".join((between, before, lines, after)))
        between = form.between_rows
    buffer.write(form.tail)
    return finish(buffer.getvalue(), media_type, size_max=size_max)


def _as_lines(compiled: Compiled, form: _Format) -> Compiled:
    """The same query, each of its solutions a line of text in the place of a literal."""
    count, width = len(compiled.parameters), len(compiled.variables)
    terms = ", ".join(f"{form.macro}(${count + 1 + i}, k{i}, v{i}, d{i}, l{i})" for i in range(width))
    line = f"concat_ws(${count + 1 + width}, {terms})" if terms else "''"
    columns = f"({', '.join(f'k{i}, v{i}, d{i}, l{i}' for i in range(width))})" if width else ""
    sql = f"SELECT {_LITERAL}, {line}, '', '' FROM ({compiled.sql}) AS r{columns}"
    more = (*compiled.variables, form.between_terms) if width else ()
    return replace(compiled, sql=sql, parameters=(*compiled.parameters, *more), variables=("line",))


def write_boolean(db: duckdb.DuckDBPyConnection, compiled: Compiled, media_type: str, *, size_max: int) -> bytes:
    """The answer to an ASK; errors as of ``write_solutions``."""
    value = b"true" if run_compiled(db, compiled) else b"false"
    result = parse_query_results(b'{"head":{},"boolean":%s}' % value, QueryResultsFormat.JSON)
    assert isinstance(result, QueryBoolean)
    return serialise(result, media_type, size_max=size_max)


def write_graph(db: duckdb.DuckDBPyConnection, compiled: Compiled, media_type: str, *, size_max: int) -> bytes:
    """The answer to a CONSTRUCT, each triple once; errors as of ``write_solutions``."""
    rows = (row for batch in stream(db, compiled) for row in batch)
    return serialise(map(_triple, _once(constructed(compiled, rows))), media_type, size_max=size_max)


def _once(triples: Iterable[tuple[Term, Term, Term]]) -> Iterator[tuple[Term, Term, Term]]:
    seen: set[tuple[Term, Term, Term]] = set()
    for triple in triples:
        if triple not in seen:
            seen.add(triple)
            yield triple


def _triple(terms: tuple[Term, Term, Term]) -> Triple:
    subject, predicate, value = terms
    node = BlankNode(subject.lexical) if subject.kind == _BLANK else NamedNode(subject.lexical)
    return Triple(node, NamedNode(predicate.lexical), as_term(value))


def as_term(term: Term) -> BlankNode | NamedNode | Literal:
    """A term of the columns as the engine's own."""
    if term.kind == _BLANK:
        return BlankNode(term.lexical)
    if term.kind == _IRI:
        return NamedNode(term.lexical)
    if term.language:
        return Literal(term.lexical, language=term.language)
    return Literal(term.lexical, datatype=NamedNode(term.datatype))
