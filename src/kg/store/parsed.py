"""What only the parsed query can tell: which endpoints and graphs it names, and whether it is an update.

Decided on the parse tree of rdflib, never on the text: keyword filters can be passed. Parsing in Python is slow and
recursive, so it happens in a worker, under its deadline, and only for texts that can hold the clause at all.

The engine has a parser of its own, and where the two read a text differently a clause could hide. They differ in
escapes of code points (SPARQL 1.1 §19.2): rdflib expands them before it parses, so that an escaped quotation mark ends
a string or an escaped line end a comment; the engine, inside a token only. So a text with such an escape of anything
but a letter or a digit, which mean the same to both, is not judged. And they differ in line ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyparsing import ParseBaseException, ParseResults
from rdflib.plugins.sparql.algebra import translatePrologue
from rdflib.plugins.sparql.parser import ServiceGraphPattern, parseQuery, parseUpdate
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import URIRef

from ..vocab import BASE
from .evaluation import CODE_POINT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.plugins.sparql.sparql import Prologue

__all__ = ["dataset_of", "is_update", "services_of"]

_SERVICE_PATTERN: Final = "Service"
# Under the name it has, rdflib searches the whole text again at each clause, and inside of one without an end.
ServiceGraphPattern.set_name(_SERVICE_PATTERN)
_UNREADABLE: Final = (ParseBaseException, RecursionError, TypeError, ValueError)


def _with_plain_line_ends(text: str) -> str:
    # SPARQL ends a comment at CR or LF, rdflib at LF only: `#` CR `SERVICE …` would hide from it.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_read_alike(text: str) -> bool:
    return all(chr(int(match[1] or match[2], 16)).isalnum() for match in CODE_POINT.finditer(text))


def _nodes(tree: object) -> Iterator[CompValue]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, CompValue):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, (ParseResults, list, tuple)):
            waiting.extend(node)


def services_of(text: str) -> tuple[str | None, ...] | None:
    """The endpoints that the SERVICE clauses of a query name, SILENT or not.

    Returns:
        Each as it is written between its angle brackets; None in the place of one that is a variable, or has a
        prefix. None if rdflib cannot read the query as the engine does, so that nobody knows.
    """
    try:
        if not _is_read_alike(text):
            return None
        tree = parseQuery(_with_plain_line_ends(text))
    except _UNREADABLE:
        return None
    named = (node.term for node in _nodes(tree) if node.name == _SERVICE_PATTERN)
    return tuple(str(term) if isinstance(term, URIRef) else None for term in named)


def dataset_of(text: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The graphs that the FROM and the FROM NAMED clauses of a query name, as absolute IRIs.

    Returns:
        None if rdflib cannot read the query as the engine does, so that nobody knows.
    """
    try:
        if not _is_read_alike(text):
            return None
        prologue, query = parseQuery(_with_plain_line_ends(text))
        known = translatePrologue(prologue, BASE)
        clauses = query.datasetClause or ()
        default = tuple(_absolute(clause.default, known) for clause in clauses if clause.default)
        named = tuple(_absolute(clause.named, known) for clause in clauses if clause.named)
    except _UNREADABLE:
        return None
    return default, named


def _absolute(name: CompValue | URIRef, known: Prologue) -> str:
    # rdflib raises a bare Exception here, which nobody can tell from any other.
    if isinstance(name, CompValue) and known.namespace_manager.store.namespace(name.prefix or "") is None:
        raise ValueError("an unknown prefix")
    return str(known.absolutize(name))


def is_update(text: str) -> bool:
    """Whether a text that is no query is a SPARQL 1.1 update of at least one operation."""
    try:
        tree = parseUpdate(_with_plain_line_ends(text))
    except _UNREADABLE:
        return False
    return bool(tree.request)
