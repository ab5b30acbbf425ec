"""A query on its way to a backend: admitted, and known for what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .admission import QueryLimits, admit

__all__ = ["QueryPlan", "plan"]

_ESCAPE: Final = re.compile(r"\\[uU]")
_CHANGING: Final = re.compile(r"NOW|RAND|UUID|BNODE", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """What becomes of a query.

    Attributes:
        text: what the backend is asked.
        rewrites: what was changed for it, in words; empty where the text is the client's own.
        is_fixed: the answer follows from text and release alone, so that it may be kept.
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
    admit(text, limits)
    is_fixed = _CHANGING.search(text) is None and _ESCAPE.search(text) is None
    return QueryPlan(text, (), is_fixed)
