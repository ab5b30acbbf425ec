"""rdflib's grammar of SPARQL 1.1, with a short way to operands that are a single term."""

from __future__ import annotations

import functools
import importlib.util
from typing import TYPE_CHECKING, Any, Final

from pyparsing import FollowedBy, Group, Literal, Suppress

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["parse_query"]

_GRAMMAR: Final = "rdflib.plugins.sparql.parser"


def parse_query(text: str) -> Any:  # noqa: ANN401 - rdflib's trees are not typed
    """A query's prologue and its tree, as rdflib's ``parseQuery`` gives them.

    Raises:
        pyparsing.ParseException: it is no query.
    """
    return _grammar().parseQuery(text)


@functools.cache
def _grammar() -> ModuleType:
    """A grammar of our own: rdflib's is everybody's in this process.

    It goes down nine levels for each operand, and tries the sixty functions before it looks for a term, which takes a
    millisecond. An operand that is a term is found at once here, as is a member of a list that is nothing else.
    """
    spec = importlib.util.find_spec(_GRAMMAR)
    assert spec is not None
    assert spec.loader is not None
    own = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(own)
    # The order is that of the grammar: "true:a" is a name. A sign before a number is left to the operators.
    term = (own.iri + ~Literal("(")) | own.RDFLiteral | own.NumericLiteralUnsigned | own.BooleanLiteral | own.Var
    member = (term + FollowedBy(Literal(",") | ")")) | own.Expression
    members = Group(Suppress("(") + own.DelimitedList(member) + Suppress(")"))
    own.UnaryExpression.exprs.insert(0, term)
    own.ExpressionList.exprs[1] = members
    for added in (term, members):
        added.ignore(own.QueryUnit.ignoreExprs[-1])  # comments, which are read before and after each part
    return own
