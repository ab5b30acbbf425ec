"""SPARQL text to rdflib's parse tree, with IRIs made absolute and literals as written."""

from __future__ import annotations

import functools
import logging
import re
import threading
import warnings
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph
import rdflib
from pyparsing import ParseException
from rdflib.paths import InvPath
from rdflib.plugins.sparql.algebra import translatePath, translatePName, translatePrologue, traverse
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import Prologue

from kg.errors import QuerySyntaxError

from .grammar import parse_query
from .terms import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["children", "listed", "parse", "undeclared", "variables_in"]

# rdflib writes "01"^^xsd:integer as "1" unless a global of its own is off; only one thread may move it.
_AS_WRITTEN: Final = threading.Lock()
_RDFLIB_LOG: Final = logging.getLogger("rdflib.term")
_WRAPPERS: Final = {
    "ConditionalOrExpression", "ConditionalAndExpression", "RelationalExpression", "AdditiveExpression",
    "MultiplicativeExpression",
}  # fmt: skip
_ESCAPE: Final = re.compile(r"\\(.)")


class _Prologue(Prologue):
    r"""What a query declares (SPARQL 1.1 §4.1.1), taken at its word.

    rdflib's own joins relative IRIs otherwise than RFC 3986 §5.2 (``<>`` keeps the fragment of its base), leaves the
    backslash in a name such as ``wd:a\-b``, and forgets a prefix when another is declared for the same namespace.
    """

    def __init__(self, base: str) -> None:  # rdflib's makes a graph, to keep in it what stands in a dict here
        self._base, self._namespaces = base, dict[str, str]()

    @property
    def base(self) -> str:
        return self._base

    @base.setter
    def base(self, iri: str) -> None:
        self._base = self._resolved(iri) if iri else ""

    def bind(self, prefix: str | None, uri: str) -> None:
        self._namespaces[prefix or ""] = uri

    def resolvePName(self, prefix: str | None, localname: str | None) -> rdflib.URIRef:  # noqa: N802 - rdflib's name
        return rdflib.URIRef(self._namespaces[prefix or ""] + _ESCAPE.sub(r"\1", localname or ""))

    def absolutize(self, iri: Any) -> Any:  # noqa: ANN401 - rdflib's trees are not typed
        return rdflib.URIRef(self._resolved(iri)) if isinstance(iri, rdflib.URIRef) else super().absolutize(iri)

    def _resolved(self, iri: str) -> str:
        """An IRI against the base.

        Raises:
            SyntaxError: it is none, or relative to nothing.
        """
        text = f"<{iri}> <a:a> <a:a> ."
        (triple,) = pyoxigraph.parse(text, pyoxigraph.RdfFormat.TURTLE, base_iri=self._base or None)
        assert isinstance(triple.subject, pyoxigraph.NamedNode)
        return triple.subject.value


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
    try:
        head, query = parse_query(text)
    except (TypeError, ValueError) as error:
        raise refuse("what the parser cannot make out") from error
    if _undeclared(head, query):  # rdflib knows some prefixes that no query has declared
        raise QuerySyntaxError("A prefix is used that is not declared.")
    labels = [label for pattern in _basic_patterns(query) for label in set(_blank_nodes_in(pattern))]
    if len(set(labels)) < len(labels):
        raise QuerySyntaxError("A blank node stands in two basic graph patterns (SPARQL 1.1 §5.1.1).")
    try:
        prologue = translatePrologue(head, None, prologue=_Prologue(base or ""))
        query = traverse(query, visitPost=functools.partial(translatePName, prologue=prologue))
        query = traverse(query, visitPost=_path)
    except (TypeError, ValueError, SyntaxError) as error:
        raise refuse("an IRI or a literal that the parser cannot make out") from error
    result = _plain(query)
    assert isinstance(result, CompValue)
    if result.where is None and result.name == "ConstructQuery":  # CONSTRUCT WHERE { }
        result["where"] = CompValue("GroupGraphPatternSub", part=[])
    return result


def _path(node: Any) -> Any:  # noqa: ANN401 - rdflib's trees are not typed
    if isinstance(node, CompValue) and node.name == "InversePath":
        return InvPath(node.part)
    if isinstance(node, CompValue) and node.name == "PathNegatedPropertySet" and not node.part:
        raise refuse("a path without a property")  # !(), for which rdflib has an error of no class
    return translatePath(node)


def undeclared(text: str) -> set[str]:
    """The prefixes that a query uses and does not declare.

    Raises:
        pyparsing.ParseException: it is no query.
    """
    return _undeclared(*parse_query(text))


def _undeclared(head: Any, query: Any) -> set[str]:  # noqa: ANN401 - rdflib's trees are not typed
    return _prefixes_in(query) - {str(line.prefix or "") for line in head if line.name == "PrefixDecl"}


def _prefixes_in(node: Any) -> set[str]:  # noqa: ANN401 - rdflib's trees are not typed
    if isinstance(node, CompValue) and node.name == "pname":
        return {str(node.prefix or "")}
    members = node.values() if isinstance(node, CompValue) else node if _is_list(node) else []
    return {prefix for member in members for prefix in _prefixes_in(member)}


def _basic_patterns(node: Any) -> Iterator[list[Any]]:  # noqa: ANN401 - rdflib's trees are not typed
    """The basic graph patterns of a tree (SPARQL 1.1 §5.1): triples with nothing but filters between them."""
    if isinstance(node, CompValue) and node.name == "GroupGraphPatternSub":
        parts = [part for part in node.part or [] if part.name != "Filter"]
        for are_triples, some in groupby(parts, key=lambda part: part.name == "TriplesBlock"):
            if are_triples:
                yield list(some)
    for member in node.values() if isinstance(node, CompValue) else node if _is_list(node) else []:
        yield from _basic_patterns(member)


def _blank_nodes_in(node: Any) -> Iterator[rdflib.BNode]:  # noqa: ANN401 - rdflib's trees are not typed
    if isinstance(node, rdflib.BNode):
        yield node
    for member in node.values() if isinstance(node, CompValue) else node if _is_list(node) else []:
        yield from _blank_nodes_in(member)


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
