"""XPath's regular expressions (F&O §5.6.1) to RE2's, where both mean the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .terms import STRING, refuse

if TYPE_CHECKING:
    from .values import Value

__all__ = ["flags_and_pattern", "replacement"]

# One piece of a pattern: an escape, a bracket expression without escapes or subtraction, or a character.
_PIECE: Final = re.compile(
    r"\\[\\|.?*+(){}\[\]^$-]|\\[nrt]"
    r"|\[\^?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[ _.,;:!@#%&=/<>'\"])+\]"
    r"|\{\d{1,3}(?:,\d{0,3})?\}"
    r"|\((?!\?)|[)|*+?^$.]|[^\\\[\]{}()|*+?^$.]",
    re.DOTALL,
)


def _constant(value: Value) -> str:
    if value.term is None or value.term.datatype != STRING:
        raise refuse("a regular expression that is not a plain constant")
    return value.term.lexical


def flags_and_pattern(pattern: Value, flags: Value | None) -> tuple[str, str]:
    """A pattern for RE2, and the options for DuckDB's functions.

    Raises:
        QueryUnsupportedError: it is not a constant, or of a syntax that the two languages may understand differently.
    """
    text, given = _constant(pattern), _constant(flags) if flags is not None else ""
    if not set(given) <= {"i", "s"}:
        raise refuse("this flag of a regular expression")
    if "i" in given and not text.isascii():
        raise refuse("letters outside of ASCII in a regular expression without case")
    pieces, end = [], 0
    for piece in _PIECE.finditer(text):
        if piece.start() != end:
            break
        end = piece.end()
        # Without "s", XPath's dot leaves out CR as well.
        pieces.append(r"[^\n\r]" if piece[0] == "." and "s" not in given else piece[0])
    if end != len(text) or re.search(r"[*+?}][*+?{]", text):
        raise refuse("this syntax of regular expressions")
    result = "".join(pieces)
    try:
        re.compile(result)
    except (re.error, OverflowError) as error:
        raise refuse("a broken regular expression") from error
    return result, "c" + ("i" if "i" in given else "") + "s"


def replacement(value: Value) -> str:
    """A replacement text for RE2.

    Raises:
        QueryUnsupportedError: it is not a constant, or has groups or escapes.
    """
    text = _constant(value)
    if "$" in text or "\\" in text:
        raise refuse("groups in REPLACE")
    return text
