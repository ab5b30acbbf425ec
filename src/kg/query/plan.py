"""A query on its way to a backend: admitted, and known for what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from ..errors import BackendBusyError, QuerySyntaxError, QueryUnsupportedError
from ..store.backend import BY_INDEX_AFTER_COLUMNS, BY_INDEX_FOR_ROOM
from .admission import QueryLimits, admit, is_plain, measure
from .exists import nest_exists
from .ordering import order_by_kinds
from .routing import Route, route

if TYPE_CHECKING:
    from ..store.backend import Answer, QueryBackend, QueryRequest
    from ..store.columnar import Columnar
    from .tokens import Token

__all__ = ["QueryPlan", "ask", "plan"]

# Functions whose value differs from one evaluation to the next (SPARQL 1.1 §17.4), and what asks another endpoint.
_CHANGING: Final = ("NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE")

_NO_COLUMNS: Final = Route(is_scan=False, reason="The index answers everything: no columns are open.")

_TELLING: Final = (*_CHANGING, "EXISTS", "ORDER")


class QueryPlan(NamedTuple):
    """What becomes of a query.

    Attributes:
        text: what the backend is asked.
        rewrites: what was changed for it, in words; empty where the text is the client's own.
        is_fixed: the answer follows from text and release alone, so that it may be kept. Which of several right
            answers a LIMIT without ORDER BY or a SAMPLE gives does not matter: the one that is kept is right.
        way: which way it goes, and why.
    """

    text: str
    rewrites: tuple[str, ...]
    is_fixed: bool
    way: Route = _NO_COLUMNS


def plan(text: str, limits: QueryLimits, *, has_columns: bool = False) -> QueryPlan:
    """Admit a query and plan it; linear in its length.

    Args:
        text: the query.
        limits: what is admitted.
        has_columns: whether there are columns to send it to.

    Raises:
        QueryRefusedError: it is over a limit.
        QuerySyntaxError: a string is never closed.
    """
    letters = text.upper()
    asked, rewrites, is_fixed = _admitted(text, letters, limits)
    return QueryPlan(asked, rewrites, is_fixed, route(text, letters) if has_columns else _NO_COLUMNS)


def _admitted(text: str, letters: str, limits: QueryLimits) -> tuple[str, tuple[str, ...], bool]:
    telling = any(word in letters for word in _TELLING)
    if not telling and is_plain(letters, limits):
        return text, (), True
    tokens: list[Token] | None = [] if telling else None
    admit(text, limits, tokens)
    if "\\U" in letters:  # an escape may be read as any letter, before all else (§19.2)
        return text, (), False
    is_fixed = not any(_is_changing(token) for token in tokens or ())
    asked, rewrites = nest_exists(text, tokens) if tokens and "EXISTS" in letters else (text, ())
    if "ORDER" not in letters or not tokens:
        return asked, rewrites, is_fixed
    if rewrites:
        measure(asked, tokens := [])
    ordered, more = order_by_kinds(asked, tokens)
    return ordered, (*rewrites, *more), is_fixed


async def ask(
    backend: QueryBackend, planned: QueryPlan, request: QueryRequest, *, columns: Columnar | None = None
) -> Answer:
    """Ask a backend for what was planned of a request, or the columns first, where it is one for them.

    What columns refuse, before it runs or while it does, or have no room for, the backend is asked in the time that is
    left. But what has run there for so long that it is not light is none for the backend either.

    Raises:
        QueryError: one of its subclasses; line and column are those of the client's own text.
    """
    if columns is None or not planned.way.is_scan:
        return await _ask(backend, planned, request)
    try:
        return await columns.answer(request)
    except (QueryUnsupportedError, BackendBusyError) as error:
        is_full = isinstance(error, BackendBusyError)
        if is_full and error.work_s >= columns.short_s:
            raise
        later = replace(request, spent_s=error.work_s, waited_s=error.waited_s)
    answer = await _ask(backend, planned, later)
    return replace(answer, route=BY_INDEX_FOR_ROOM if is_full else BY_INDEX_AFTER_COLUMNS)


async def _ask(backend: QueryBackend, planned: QueryPlan, request: QueryRequest) -> Answer:
    try:
        return await backend.answer(replace(request, text=planned.text) if planned.rewrites else request)
    except QuerySyntaxError:
        if not planned.rewrites:
            raise
        return await backend.answer(request)


def _is_changing(token: Token) -> bool:
    return token.kind == "word" and token.text.upper() in _CHANGING
