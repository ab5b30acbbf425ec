"""Admission: what a query is made of, measured in one pass over its text before any parser sees it.

A parser that recurses can be killed by its input: in pyoxigraph 0.5.13, on the usual stack of 8 MiB, 840 nested
``EXISTS {``, 940 ``STR(``, 2,200 ``{``, 2,600 ``MINUS``, ``BIND`` or ``ORDER BY (…)`` in a row, 4,200 members of one
list, 6,600 steps of a path and 9,400 ``!`` each overflow it (a row costs 1 to 10 kB of stack). Two guards stand
before that, and each is enough alone: these limits, and the stack of ``kg.store.worker``, which grows with the
longest admitted text. What the limits leave uncounted (``||``, ``+``, VALUES, BIND, FILTER …) the stack carries.
Time is not guarded here but by the deadline: planning a join is cubic in its patterns.

The scan is a lexer, not a parser: it skips strings, IRIs and comments as SPARQL 1.1 §19 defines them, follows the
brackets, and counts. Text that is no SPARQL at all gets some count too; the engine will refuse it by line and column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import QueryRefusedError
from .scan import QueryScan

if TYPE_CHECKING:
    from ..settings import Settings

__all__ = ["QueryLimits", "QueryShape", "admit", "measure"]


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """How large a query may be; each limit is the setting ``KG_QUERY_…`` of its name.

    Attributes:
        bytes_max: length of the text, in bytes of UTF-8.
        nesting_max: depth of brackets of any kind.
        patterns_max: triple patterns and inner groups joined in one group, and steps of one property path.
        union_max: UNION, OPTIONAL and MINUS together, in the whole query.
    """

    bytes_max: int
    nesting_max: int
    patterns_max: int
    union_max: int

    @classmethod
    def of(cls, settings: Settings) -> QueryLimits:
        """The limits that an operator has set."""
        return cls(
            bytes_max=settings.query_bytes_max,
            nesting_max=settings.query_nesting_max,
            patterns_max=settings.query_patterns_max,
            union_max=settings.query_union_max,
        )


@dataclass(frozen=True, slots=True)
class QueryShape:
    """What a query is made of.

    Attributes:
        nesting: deepest nesting of brackets; a run of ``!`` counts as if each opened one.
        patterns: most triple patterns and inner groups joined in one group.
        path_steps: most steps of one property path.
        unions: UNION, OPTIONAL and MINUS together.
        tokens: steps the scan took; never more than the text has characters.
    """

    nesting: int
    patterns: int
    path_steps: int
    unions: int
    tokens: int


def measure(text: str) -> QueryShape:
    """Measure a query, in time linear in its length.

    Raises:
        QuerySyntaxError: a string is never closed, so that nothing after it can be told apart.
    """
    scan = QueryScan(text)
    scan.run()
    return QueryShape(
        nesting=scan.nesting,
        patterns=scan.patterns,
        path_steps=scan.path_steps,
        unions=scan.unions,
        tokens=scan.tokens,
    )


def admit(text: str, limits: QueryLimits) -> None:
    """Let a query pass to the parser, or refuse it.

    Raises:
        QueryRefusedError: it is over a limit; the message names the limit, the value and the setting.
        QuerySyntaxError: a string is never closed.
    """
    _keep(
        len(text.encode("utf-8", "surrogatepass")),
        limits.bytes_max,
        measured="bytes long",
        setting="KG_QUERY_BYTES_MAX",
    )
    shape = measure(text)
    _keep(shape.nesting, limits.nesting_max, measured="brackets deep", setting="KG_QUERY_NESTING_MAX")
    _keep(shape.patterns, limits.patterns_max, measured="patterns wide in one group", setting="KG_QUERY_PATTERNS_MAX")
    _keep(
        shape.path_steps,
        limits.patterns_max,
        measured="steps long in one property path",
        setting="KG_QUERY_PATTERNS_MAX",
    )
    _keep(
        shape.unions, limits.union_max, measured="UNION, OPTIONAL and MINUS clauses long", setting="KG_QUERY_UNION_MAX"
    )


def _keep(value: int, limit: int, *, measured: str, setting: str) -> None:
    if value > limit:
        raise QueryRefusedError(
            f"The query is {value:,} {measured}; this service takes at most {limit:,} ({setting}). "
            "Split it into smaller queries."
        )
