"""XPath's regular expressions (F&O §5.6.1) to RE2's, where both mean the same."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from .terms import STRING, refuse

if TYPE_CHECKING:
    from .values import Value

__all__ = ["flags_and_pattern", "replacement"]

_SPACES: Final = {"\t", "\n", "\r", " "}
_SPECIAL: Final = re.compile(r"[\\|.?*+(){}\[\]^$]")
# One piece of a pattern: an escape, a bracket expression without subtraction, or a character.
_PIECE: Final = re.compile(
    r"\\[\\|.?*+(){}\[\]^$-]|\\[nrt]"
    r"|\[\^?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[ _.,;:!@#%&=/<>'\"]|\\[nrt\\])+\]"
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
    if not set(given) <= {"i", "q", "s", "x"}:
        raise refuse("this flag of a regular expression")
    if "i" in given and not text.isascii():
        raise refuse("letters outside of ASCII in a regular expression without case")
    # "q" takes each character for itself, and with it "s" and "x" mean nothing.
    result = _SPECIAL.sub(r"\\\g<0>", text) if "q" in given else "".join(_pieces(text, given))
    try:
        re.compile(result)
    except (re.error, OverflowError) as error:
        raise refuse("a broken regular expression") from error
    return result, "c" + ("i" if "i" in given else "") + "s"


def _pieces(text: str, given: str) -> list[str]:
    pieces, end = [], 0
    for piece in _PIECE.finditer(text):
        if piece.start() != end:
            break
        end = piece.end()
        if "x" not in given or piece[0] not in _SPACES:
            # Without "s", XPath's dot leaves out CR as well.
            pieces.append(r"[^\n\r]" if piece[0] == "." and "s" not in given else piece[0])
    # Two pieces that only meet without the spaces of "x" are no piece that RE2 may read otherwise.
    if end != len(text) or re.search(r"[*+?}][*+?{]", "".join(pieces)) or ("(", "?") in pairwise(pieces):
        raise refuse("this syntax of regular expressions")
    return pieces


def replacement(value: Value, pattern: str) -> str:
    """A replacement text for RE2; ``pattern`` is what ``flags_and_pattern`` gave.

    Raises:
        QueryUnsupportedError: it is not a constant, or has escapes or groups that the pattern has not.
    """
    text = _constant(value)
    if "\\" in text or re.search(r"\$(?![1-9](?![0-9]))", text):
        raise refuse("escapes in REPLACE")
    if any(int(number) > re.compile(pattern).groups for number in re.findall(r"\$(\d)", text)):
        raise refuse("groups in REPLACE that the pattern has not")
    return re.sub(r"\$(\d)", r"\\\1", text)
