"""rdflib's grammar of SPARQL 1.1, with short ways to single terms and through texts without comments."""

from __future__ import annotations

import functools
import importlib.util
import re
from typing import TYPE_CHECKING, Any, Final

import rdflib
from pyparsing import FollowedBy, Group, Literal, ParseException, Suppress

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["parse_query"]

_GRAMMAR: Final = "rdflib.plugins.sparql.parser"
# A line that is a comment, where no string goes on to a second line.
_COMMENT_LINE: Final = re.compile(r"^[ \t]*#[^\r\n]*", re.MULTILINE)
_LONG_QUOTES: Final = ('"""', "'''")


def parse_query(text: str) -> Any:  # noqa: ANN401 - rdflib's trees are not typed
    """A query's prologue and its tree, as rdflib's ``parseQuery`` gives them.

    To look for a comment before each part of a query takes two fifths of the time. So lines that are comments are made
    blank, and what then has none is read without; a text with others is read once more.

    Raises:
        pyparsing.ParseException: it is no query.
        ValueError: an escape stands for no character.
    """
    expanded = _grammar().expandUnicodeEscapes(text)
    expanded.encode()  # fails where an escape stands for half of a character
    bare = expanded if any(quotes in expanded for quotes in _LONG_QUOTES) else _COMMENT_LINE.sub(_blank, expanded)
    try:
        return _grammar(comments=False).Query.parse_string(bare, parse_all=True)
    except ParseException:
        if "#" not in bare:
            raise
    return _grammar().Query.parse_string(expanded, parse_all=True)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _signed(sign: str, number: list[rdflib.Literal]) -> rdflib.Literal:
    return rdflib.Literal(sign + number[0], datatype=number[0].datatype)


@functools.cache
def _grammar(*, comments: bool = True) -> ModuleType:
    """A grammar of our own: rdflib's is everybody's in this process.

    It goes down nine levels for each operand, and tries the sixty functions before it looks for a term, which takes a
    millisecond. An operand that is a term is found at once here, as is a member of a list that is nothing else.

    Args:
        comments: whether a text may have any; to look for them takes two fifths of the time.
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
    for kind in ("INTEGER", "DECIMAL", "DOUBLE"):
        for name, sign in ((f"{kind}_POSITIVE", "+"), (f"{kind}_NEGATIVE", "-")):
            # rdflib computes what "-1.5E03" is, or loses its sign; a term is what is written.
            getattr(own, name).set_parse_action(functools.partial(_signed, sign))
    # In a negated set rdflib reads an inverse property and forgets which.
    own.PathOneInPropertySet.exprs[-1] = own.Comp("InversePath", Suppress("^") + own.Param("part", own.iri | own.A))
    own.Query.parse_with_tabs()  # or those in strings become spaces
    for part in () if comments else own.QueryUnit.visit_all():
        part.ignoreExprs.clear()
    return own
