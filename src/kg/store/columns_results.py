"""Answers of compiled queries in the formats that the index offers.

Python writes each term once, and then rows of texts: in an answer the same terms stand again and again. To have the
database write the rows takes longer for most answers, as it plans for milliseconds how to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Final

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QueryResultsFormat, Triple, parse_query_results

from ..columns.compile import constructed, run_compiled, stream, written
from .backend import ResultFormat
from .evaluation import CappedBuffer, finish, serialise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import duckdb

    from ..columns.compile import Compiled, Term

__all__ = ["as_term", "write_boolean", "write_graph", "write_solutions"]

_BLANK: Final = 1
_IRI: Final = 2
_ROWS_AT_ONCE: Final = 256
_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_XML_HEAD: Final = '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_ESCAPED_TSV: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


@dataclass(frozen=True, slots=True)
class _Format:
    """How solutions are written: a term, a solution, and what stands between solutions and around all of them.

    Args:
        term: writes a term, given its kind, lexical form, datatype and language.
        head: what stands before all solutions; ``tail``, what stands behind them.
        bindings: for each variable, what is written of its term ("%s").
        row: what is written of a solution; ``between_terms`` and ``between_rows``, what stands between two.
        unbound: what is written in the place of a term where there is none; None where its whole binding is left out.
    """

    term: Callable[[int, str, str, str], str]
    head: str
    bindings: tuple[str, ...]
    between_terms: str
    row: str
    between_rows: str
    tail: str
    unbound: str | None = None

    def lines(self, rows: Iterable[tuple[str | None, ...]]) -> str:
        """Some solutions."""
        whole = self.row % self.between_terms.join(self.bindings)
        return self.between_rows.join([whole % row if None not in row else self._partly(row) for row in rows])

    def _partly(self, row: tuple[str | None, ...]) -> str:
        if self.unbound is not None:
            terms = [self.unbound if term is None else term for term in row]
        else:
            terms = [binding % term for binding, term in zip(self.bindings, row, strict=True) if term is not None]
        return self.row % self.between_terms.join(terms)


def _format(media_type: str, names: tuple[str, ...]) -> _Format:
    if media_type == ResultFormat.JSON:
        head = f'{{"head":{{"vars":{json.dumps(names, ensure_ascii=False)}}},"results":{{"bindings":['
        bindings = tuple(f'"{name}":%s' for name in names)
        return _Format(_json, head, bindings, ",", "{%s}", ",", "]}}")
    if media_type == ResultFormat.XML:
        head = "".join([_XML_HEAD, *(f'<variable name="{name}"/>' for name in names), "</head><results>"])
        bindings = tuple(f'<binding name="{name}">%s</binding>' for name in names)
        return _Format(_xml, head, bindings, "", "<result>%s</result>", "", "</results></sparql>")
    plain = ("%s",) * len(names)
    if media_type == ResultFormat.CSV:
        return _Format(_csv, ",".join(names) + "\r\n", plain, ",", "%s\r\n", "", "", unbound="")
    return _Format(_tsv, "\t".join(f"?{name}" for name in names) + "\n", plain, "\t", "%s\n", "", "", unbound="")


def _json(kind: int, lexical: str, datatype: str, language: str) -> str:
    """SPARQL 1.1 Query Results JSON §3.2.2."""
    value = encode_basestring(lexical)
    if kind == _IRI:
        return f'{{"type":"uri","value":{value}}}'
    if kind == _BLANK:
        return f'{{"type":"bnode","value":{value}}}'
    if language:
        return f'{{"type":"literal","value":{value},"xml:lang":"{language}"}}'
    if datatype == _STRING:
        return f'{{"type":"literal","value":{value}}}'
    return f'{{"type":"literal","value":{value},"datatype":{encode_basestring(datatype)}}}'


def _xml(kind: int, lexical: str, datatype: str, language: str) -> str:
    """SPARQL Query Results XML §2.3.1."""
    value = lexical.translate(_ESCAPED)
    if kind == _IRI:
        return f"<uri>{value}</uri>"
    if kind == _BLANK:
        return f"<bnode>{value}</bnode>"
    if language:
        return f'<literal xml:lang="{language}">{value}</literal>'
    if datatype == _STRING:
        return f"<literal>{value}</literal>"
    return f'<literal datatype="{datatype.translate(_ESCAPED)}">{value}</literal>'


def _csv(kind: int, lexical: str, datatype: str, language: str) -> str:  # noqa: ARG001 - CSV says neither
    """SPARQL 1.1 Query Results CSV §3: the lexical form, quoted by RFC 4180 where it must be."""
    if kind == _BLANK:
        return f"_:{lexical}"
    if any(sign in lexical for sign in '",\n\r'):
        return '"' + lexical.replace('"', '""') + '"'
    return lexical


def _tsv(kind: int, lexical: str, datatype: str, language: str) -> str:
    """The same document, §4: the term in Turtle."""
    if kind == _IRI:
        return f"<{lexical}>"
    if kind == _BLANK:
        return f"_:{lexical}"
    value = f'"{lexical.translate(_ESCAPED_TSV)}"'
    if language:
        return f"{value}@{language}"
    return value if datatype == _STRING else f"{value}^^<{datatype}>"


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
    between = ""
    for batch in written(db, compiled, form.term):
        # Few at once: each row may be of long texts, and only what is written is held to the limit.
        for start in range(0, len(batch), _ROWS_AT_ONCE):
            buffer.write((between + form.lines(batch[start : start + _ROWS_AT_ONCE])).encode())
            between = form.between_rows
    buffer.write(form.tail.encode())
    return finish(buffer.getvalue(), media_type, size_max=size_max)


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
