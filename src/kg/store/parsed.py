"""What only the parsed query can tell: whether it federates, whether it is an update.

Decided on the parse tree of rdflib, never on the text: an escaped letter passes every keyword filter. Parsing in
Python is slow and recursive, so it happens in a worker, under its deadline, and only for texts that can hold the
clause at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyparsing import ParseBaseException, ParseResults
from rdflib.plugins.sparql.parser import parseQuery, parseUpdate
from rdflib.plugins.sparql.parserutils import CompValue

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_update", "refers_to_service"]

_SERVICE_PATTERN: Final = "ServiceGraphPattern"
_UNREADABLE: Final = (ParseBaseException, RecursionError, TypeError, ValueError)


def _with_plain_line_ends(text: str) -> str:
    # SPARQL ends a comment at CR or LF, rdflib at LF only: `#` CR `SERVICE …` would hide from it.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _nodes(tree: object) -> Iterator[CompValue]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, CompValue):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, (ParseResults, list, tuple)):
            waiting.extend(node)


def refers_to_service(text: str) -> bool | None:
    """Whether a query holds a SERVICE clause, SILENT or not.

    Returns:
        None if rdflib cannot read the query, so that nobody knows.
    """
    try:
        tree = parseQuery(_with_plain_line_ends(text))
    except _UNREADABLE:
        return None
    return any(node.name == _SERVICE_PATTERN for node in _nodes(tree))


def is_update(text: str) -> bool:
    """Whether a text that is no query is a SPARQL 1.1 update of at least one operation."""
    try:
        tree = parseUpdate(_with_plain_line_ends(text))
    except _UNREADABLE:
        return False
    return bool(tree.request)
