"""Regular expressions of RE2, as the compilers write them, in Java's words, where both match the same texts."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import duckdb

from kg.columns.compile.terms import refuse

__all__ = ["FOLDED", "java_pattern"]

_PIECE: Final = re.compile(
    r"\\(?P<escape>p\{Nd\}|.)"
    r"|\[(?P<not>\^?)(?P<class>(?:\\p\{Nd\}|\\.|[^\\\]])+)\]"
    r"|\(\?(?P<flags>[a-z]*)(?P<close>[:)])"
    r"|(?P<end>\$)|[^\\\[$]",
    re.DOTALL,
)
_LETTERS: Final = frozenset("nrtd")
# The long s and the Kelvin sign: to RE2, and not to Java without its tables, other forms of ASCII letters.
FOLDED: Final = "[\\x{17F}\\x{212A}]"


@cache
def java_pattern(text: str, options: str = "") -> str:
    """A pattern for Java, with its flags written into it.

    Args:
        text: the pattern for RE2.
        options: DuckDB's letters: "i" without case, "s" the dot takes in newlines; "c" and "g" do not change a pattern.

    Raises:
        QueryUnsupportedError: Java may read it differently.
    """
    flags, pieces, end = set(options) & set("is"), [], 0
    for piece in _PIECE.finditer(text):
        if piece.start() != end:
            break
        end = piece.end()
        if piece["close"] == ")":
            if piece.start() != 0:
                raise refuse("flags within a regular expression, on Spark")
            flags |= set(piece["flags"])
        elif piece["flags"]:
            raise refuse("flags within a regular expression, on Spark")
        else:
            pieces.append(_java(piece))
    if end != len(text) or not flags <= set("is") or ("i" in flags and not text.isascii()):
        raise refuse("this regular expression on Spark")
    # (?d): nothing but U+000A ends a line, which RE2's dot leaves out as well.
    return f"(?{''.join(sorted(flags | {'d'}))}){''.join(pieces)}"


def _java(piece: re.Match[str]) -> str:
    if piece["end"]:
        return r"\z"
    escape, members = piece["escape"], piece["class"]
    if members is not None:
        # In Java "[" begins a class within the class, and "&&" is an intersection.
        inner = re.sub(r"\\p\{Nd\}|\\.|[&\[]", lambda match: _member(match[0]), members, flags=re.DOTALL)
        return f"[{piece['not']}{inner}]"
    if escape is None:
        return piece[0]
    return f"[{_digits()}]" if escape == "p{Nd}" else _member(piece[0])


def _member(text: str) -> str:
    if text == r"\p{Nd}":
        return _digits()
    if text[-1].isalnum() and text[-1] not in _LETTERS:
        raise refuse("this regular expression on Spark")
    return text if text[0] == "\\" else f"\\{text}"


@cache
def _digits() -> str:
    """The decimal digits of the Unicode that DuckDB knows, one by one; Java may know another."""
    row = duckdb.execute(
        # Between the two ranges are the surrogates, which are no characters.
        r"SELECT list(i ORDER BY i) FROM (SELECT unnest(list_concat(range(1, 55296), range(57344, 1114112))) AS i) "
        r"WHERE regexp_full_match(chr(i::INTEGER), '\p{Nd}')"
    ).fetchone()
    assert row is not None
    return "".join(f"\\x{{{i:X}}}" for i in row[0])
