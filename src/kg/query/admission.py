"""Admission: what a query is made of, measured in one pass over its text before any parser sees it.

A parser that recurses can be killed by its input: in pyoxigraph 0.5.13, on the usual stack of 8 MiB, 840 nested
``EXISTS {``, 940 ``STR(``, 2,200 ``{``, 2,600 ``MINUS``, ``BIND`` or ``ORDER BY (…)`` in a row, 4,200 members of one
list, 6,600 steps of a path and 9,400 ``!`` each overflow it (a row costs 1 to 10 kB of stack). Two guards stand
before that, and each is enough alone: these limits, and the stack of ``kg.store.worker``, which grows with the
longest admitted text.

Planning takes time, too, by the square of what stands in a row (of a join by the cube): within 64 kB, on three quads,
a chain of ``||``, ``&&`` or ``+`` takes 3 to 5 s, DESCRIBE of many things 11 s, and GRAPH, VALUES, ORDER BY or HAVING
more than 20 s; at 1,000 of each it is 10 to 120 ms. The deadline guards what a query asks for, not how it is written.

The scan is a lexer, not a parser: it skips strings, IRIs and comments as SPARQL 1.1 §19 defines them, follows the
brackets, and counts; a text that is over a limit is read no further. Text that is no SPARQL at all gets some count too;
the engine will refuse it by line and column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import attrgetter, gt
from typing import TYPE_CHECKING, Final

from ..errors import QueryRefusedError
from .scan import QueryScan, QueryShape

if TYPE_CHECKING:
    from ..settings import Settings
    from .tokens import Token

__all__ = ["MEASURES", "QueryLimits", "QueryShape", "admit", "is_plain", "measure"]

# With none of these in it, a text has no strings, escapes and lists, no expressions but those of FILTER and BIND, and
# neither things nor templates that follow each other without a mark between them.
_MARKS_OF_MORE: Final = ("(", '"', "'", "\\", "<<", "DESCRIBE", "CONSTRUCT")
_IRI: Final = re.compile(r"<[^\x00-\x20<>{}|^`]*+>")
_PLAIN_CHARACTERS: Final = 4096

# What is measured, the limit on it, what it is in words, and the middle of its setting's name.
MEASURES: Final = (
    ("nesting", "nesting_max", "brackets deep", "NESTING"),
    ("patterns", "patterns_max", "patterns wide in one group", "PATTERNS"),
    ("path_steps", "patterns_max", "steps long in one property path", "PATTERNS"),
    ("unions", "union_max", "UNION, OPTIONAL and MINUS clauses long", "UNION"),
    ("rows", "values_max", "rows of VALUES long", "VALUES"),
    ("expressions", "expressions_max", "expressions and operators long", "EXPRESSIONS"),
)
_MEASURED: Final = attrgetter(*(measured for measured, *_ in MEASURES))
_MOST: Final = attrgetter(*(limit for _, limit, *_ in MEASURES))


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """How large a query may be; each limit is the setting ``KG_QUERY_…`` of its name.

    Attributes:
        bytes_max: length of the text, in bytes of UTF-8.
        nesting_max: depth of brackets of any kind.
        patterns_max: triple patterns and inner groups joined in one group, and steps of one property path.
        union_max: UNION, OPTIONAL and MINUS together, in the whole query.
        values_max: rows of VALUES, in the whole query.
        expressions_max: expressions and operators, in the whole query.
    """

    bytes_max: int
    nesting_max: int
    patterns_max: int
    union_max: int
    values_max: int
    expressions_max: int

    @classmethod
    def of(cls, settings: Settings) -> QueryLimits:
        """The limits that an operator has set."""
        return cls(
            bytes_max=settings.query_bytes_max,
            nesting_max=settings.query_nesting_max,
            patterns_max=settings.query_patterns_max,
            union_max=settings.query_union_max,
            values_max=settings.query_values_max,
            expressions_max=settings.query_expressions_max,
        )


def measure(text: str, kept: list[Token] | None = None, limits: QueryLimits | None = None) -> QueryShape:
    """Measure a query, in time linear in its length.

    Args:
        text: the query.
        kept: takes its tokens, without those of the PREFIX lines; None where nobody needs them.
        limits: where it is over one of these, the rest is not looked at; None measures it whole.

    Raises:
        QuerySyntaxError: a string is never closed, so that nothing after it can be told apart.
    """
    shape = QueryShape()
    for shape in QueryScan(text, kept).shapes():
        if limits is not None and _is_over(shape, limits):
            break
    return shape


def _is_over(shape: QueryShape, limits: QueryLimits) -> bool:
    return any(map(gt, _MEASURED(shape), _MOST(limits)))


def is_plain(letters: str, limits: QueryLimits) -> bool:
    """Whether a look at the characters shows that a text is within all limits; most lookups are so plain.

    Each count is of the whole text but its IRIs, comments included, and so never less than what it bounds.

    Args:
        letters: the text in upper case.
        limits: that it is held to.
    """
    if len(letters) > min(_PLAIN_CHARACTERS, limits.bytes_max) or not letters.isascii():
        return False
    if any(mark in letters for mark in _MARKS_OF_MORE):
        return False
    letters = _IRI.sub("<>", letters)
    groups = letters.count("{") + letters.count("[")
    clauses = letters.count("UNION") + letters.count("OPTIONAL") + letters.count("MINUS")
    return (
        groups + letters.count("!") <= limits.nesting_max
        # A group counts itself, and ends the pattern before it.
        and 2 * groups + letters.count(".") + letters.count(";") + letters.count(",") < limits.patterns_max
        and letters.count("/") + letters.count("|") < limits.patterns_max
        and clauses <= limits.union_max
        and ("VALUES" not in letters or len(letters) <= limits.values_max)
        and letters.count("FILTER") + letters.count("BIND") <= limits.expressions_max
    )


def admit(text: str, limits: QueryLimits, kept: list[Token] | None = None) -> QueryShape:
    """Let a query pass to the parser, or refuse it; takes and returns what ``measure`` does.

    Raises:
        QueryRefusedError: it is over a limit; the message names the limit, the value and the setting.
        QuerySyntaxError: a string is never closed.
    """
    size_bytes = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    _keep(size_bytes, limits.bytes_max, "bytes long", "BYTES")
    shape = measure(text, kept, limits)
    if _is_over(shape, limits):
        for measured, limit, what, setting in MEASURES:
            _keep(getattr(shape, measured), getattr(limits, limit), what, setting)
    return shape


def _keep(value: int, most: int, what: str, setting: str) -> None:
    if value > most:
        raise QueryRefusedError(
            f"The query is at least {value:,} {what}; this service takes at most {most:,} (KG_QUERY_{setting}_MAX). "
            "Split it into smaller queries."
        )
