"""SPARQL text to rdflib's parse tree, with IRIs made absolute and literals as written."""

from __future__ import annotations

import functools
import logging
import threading
import warnings
from typing import TYPE_CHECKING, Any, Final

import rdflib
from pyparsing import ParseException
from rdflib.plugins.sparql.algebra import translatePath, translatePName, translatePrologue, traverse
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import QuerySyntaxError

from .terms import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["children", "listed", "parse", "variables_in"]

# rdflib writes "01"^^xsd:integer as "1" unless a global of its own is off; only one thread may move it.
_AS_WRITTEN: Final = threading.Lock()
_RDFLIB_LOG: Final = logging.getLogger("rdflib.term")
_WRAPPERS: Final = {
    "ConditionalOrExpression", "ConditionalAndExpression", "RelationalExpression", "AdditiveExpression",
    "MultiplicativeExpression",
}  # fmt: skip


def parse(text: str, *, base: str | None = None) -> CompValue:
    """Parse a query into rdflib's tree ("SelectQuery", "AskQuery", "ConstructQuery" or "DescribeQuery").

    Raises:
        QuerySyntaxError: rdflib's grammar, which is SPARQL 1.1's, does not take it.
        QueryUnsupportedError: it is nested too deep for the parser.
    """
    with _AS_WRITTEN, warnings.catch_warnings():
        # rdflib tells of each literal that is ill-typed, in its words; what a query says is not for the log.
        warnings.simplefilter("ignore", UserWarning)
        normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
        is_silent, _RDFLIB_LOG.disabled = _RDFLIB_LOG.disabled, True
        try:
            return _parse(text, base)
        except ParseException as error:
            raise QuerySyntaxError(
                "It is no SPARQL 1.1 query that the parser takes.", line=error.lineno, column=error.column
            ) from error
        except RecursionError as error:
            raise refuse("a query nested so deep") from error
        finally:
            rdflib.NORMALIZE_LITERALS, _RDFLIB_LOG.disabled = normalize, is_silent


def _parse(text: str, base: str | None) -> CompValue:
    head, query = parseQuery(text)
    # rdflib knows some prefixes that no query has declared.
    declared = {str(line.prefix or "") for line in head if line.name == "PrefixDecl"}
    if not _prefixes_in(query) <= declared:
        raise QuerySyntaxError("A prefix is used that is not declared.")
    try:
        prologue = translatePrologue(head, base)
        query = traverse(query, visitPost=functools.partial(translatePName, prologue=prologue))
        query = traverse(query, visitPost=translatePath)
    except (TypeError, ValueError) as error:
        raise refuse("an IRI or a literal that the parser cannot make out") from error
    result = _plain(query)
    assert isinstance(result, CompValue)
    return result


def _prefixes_in(node: Any) -> set[str]:  # noqa: ANN401 - rdflib's trees are not typed
    if isinstance(node, CompValue) and node.name == "pname":
        return {str(node.prefix or "")}
    members = node.values() if isinstance(node, CompValue) else node if _is_list(node) else []
    return {prefix for member in members for prefix in _prefixes_in(member)}


def _is_list(node: object) -> bool:
    return isinstance(node, list | tuple) or hasattr(node, "as_list")


def _plain(node: Any) -> Any:  # noqa: ANN401 - rdflib's trees are not typed
    """The tree without the wrappers that the grammar puts around each expression for its precedence."""
    if isinstance(node, CompValue):
        if node.name in _WRAPPERS and node.other is None and node.op is None:
            return _plain(node["expr"])
        for key, value in node.items():
            node[key] = _plain(value)
    elif _is_list(node):
        return [_plain(member) for member in node]
    return node


def children(node: Any) -> Iterator[Any]:  # noqa: ANN401 - rdflib's trees are not typed
    """What stands directly inside a node of the tree."""
    if isinstance(node, CompValue):
        yield from node.values()
    elif isinstance(node, list | tuple):
        yield from node


def listed(node: Any) -> list[Any]:  # noqa: ANN401 - rdflib's trees are not typed
    """The members of a list in brackets; where it has none, rdflib gives the IRI of the empty list, or nothing."""
    return node if isinstance(node, list) else []


def variables_in(node: Any) -> set[str]:  # noqa: ANN401 - rdflib's trees are not typed
    """The variables that an expression mentions, those inside EXISTS left out."""
    if isinstance(node, rdflib.Variable):
        return {str(node)}
    if isinstance(node, CompValue) and node.name in {"Builtin_EXISTS", "Builtin_NOTEXISTS"}:
        return set()
    return {name for child in children(node) for name in variables_in(child)}
