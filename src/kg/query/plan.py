"""A query on its way to a backend: admitted, and known for what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from ..errors import QuerySyntaxError
from .admission import QueryLimits, admit, is_plain
from .exists import nest_exists

if TYPE_CHECKING:
    from ..store.backend import Answer, QueryBackend, QueryRequest
    from .tokens import Token

__all__ = ["QueryPlan", "ask", "plan"]

# Functions whose value differs from one evaluation to the next (SPARQL 1.1 §17.4), and what asks another endpoint.
_CHANGING: Final = ("NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE")

_TELLING: Final = (*_CHANGING, "EXISTS")


class QueryPlan(NamedTuple):
    """What becomes of a query.

    Attributes:
        text: what the backend is asked.
        rewrites: what was changed for it, in words; empty where the text is the client's own.
        is_fixed: the answer follows from text and release alone, so that it may be kept. Which of several right
            answers a LIMIT without ORDER BY or a SAMPLE gives does not matter: the one that is kept is right.
    """

    text: str
    rewrites: tuple[str, ...]
    is_fixed: bool


def plan(text: str, limits: QueryLimits) -> QueryPlan:
    """Admit a query and plan it.

    Raises:
        QueryRefusedError: it is over a limit.
        QuerySyntaxError: a string is never closed.
    """
    letters = text.upper()
    telling = any(word in letters for word in _TELLING)
    if not telling and is_plain(letters, limits):
        return QueryPlan(text, (), is_fixed=True)
    tokens: list[Token] | None = [] if telling else None
    admit(text, limits, tokens)
    if "\\U" in letters:  # an escape may be read as any letter, before all else (§19.2)
        return QueryPlan(text, (), is_fixed=False)
    is_fixed = not any(_is_changing(token) for token in tokens or ())
    asked, rewrites = nest_exists(text, tokens) if tokens and "EXISTS" in letters else (text, ())
    return QueryPlan(asked, rewrites, is_fixed)


async def ask(backend: QueryBackend, planned: QueryPlan, request: QueryRequest) -> Answer:
    """Ask a backend for what was planned of a request.

    Raises:
        QueryError: one of its subclasses; line and column are those of the client's own text.
    """
    try:
        return await backend.answer(replace(request, text=planned.text) if planned.rewrites else request)
    except QuerySyntaxError:
        if not planned.rewrites:
            raise
        return await backend.answer(request)


def _is_changing(token: Token) -> bool:
    return token.kind == "word" and token.text.upper() in _CHANGING
