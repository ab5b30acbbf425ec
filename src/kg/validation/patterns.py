"""sh:pattern: XPath's regular expressions (F&O §5.6.1; XSD 1.1 Part 2, appendix G) in words that RE2 reads alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import duckdb

from .datatypes import quoted
from .paths import Unsupported

if TYPE_CHECKING:
    from rdflib.term import Node

__all__ = ["FLAGS", "regular_expression"]

FLAGS: Final = frozenset("imqsx")

# \w is whatever is no punctuation, separator or other: these four. RE2 has no unassigned characters in \p{C}.
_SETS: Final = {"d": r"\p{Nd}", "s": r" \t\n\r", "w": r"\p{L}\p{M}\p{N}\p{S}"}
_CATEGORY: Final = r"\\[pP]\{(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfo])\}"
_ESCAPED: Final = r"\\[nrt\\|.?*+(){}\[\]^$-]"
# What RE2 reads alike, or has words for: plain characters, escapes, ".", anchors, alternatives, groups, classes without
# nesting, and repetition. What \s or \w stands for is no end of a range.
_CHARACTER: Final = rf"[^\\\[\](){{}}*+?|^$.]|{_ESCAPED}|\\[dDsSwW]|{_CATEGORY}|\."
_IN_CLASS: Final = rf"{_ESCAPED}|(?:\\[dDsw]|{_CATEGORY})(?!-(?!\]))"
_CLASS: Final = (
    rf"\[\^?(?:[^\\\[\]^-]|-(?![\[-])|{_IN_CLASS})"
    rf"(?:[^\\\[\]&~-]|&(?!&)|~(?!~)|-(?![\[-]|\\[swpP])|{_IN_CLASS})*\]"
)
_REPEATED: Final = r"(?:[*+?]|\{[0-9]{1,3}(?:,(?:[0-9]{1,3})?)?\})?\??"
_TOKEN: Final = re.compile(rf"(?:{_CHARACTER}|{_CLASS}|\)){_REPEATED}|[\^$|]|\((?:\?:)?")
_SPACE: Final = re.compile(rf"({_CLASS}|\\.)|[ \t\n\r]", re.DOTALL)
_SPECIAL: Final = re.compile(r"[\\|.?*+(){}\[\]^$]")


def regular_expression(term: Node, flags: str) -> str:
    """A pattern with its flags, each one of ``FLAGS``, as a literal of SQL.

    Raises:
        Unsupported: RE2 cannot say it, or may read it otherwise.
    """
    pattern = str(term)
    if "q" in flags:  # with it, the others but "i" mean nothing
        text = _SPECIAL.sub(r"\\\g<0>", pattern)
    else:
        text = "".join(_written(token, flags) for token in _tokens(pattern, flags))
    options = "".join(sorted({*flags} & set("i" if "q" in flags else "ims")))
    text = f"(?{options}){text}" if options else text
    try:
        duckdb.execute(f"SELECT regexp_matches('', {quoted(text)})")
    except duckdb.Error as error:
        raise Unsupported("its pattern is no regular expression of the columns") from error
    return quoted(text)


def _tokens(pattern: str, flags: str) -> list[str]:
    if "x" in flags:
        pattern = _SPACE.sub(lambda found: found[1] or "", pattern)
    tokens = [token[0] for token in _TOKEN.finditer(pattern)]
    # Of categories, "i" makes others in RE2, and not in XPath.
    if "".join(tokens) != pattern or "\0" in pattern or ("i" in flags and re.search(_CATEGORY, pattern)):
        raise Unsupported("its pattern uses more than XPath and the columns understand alike")
    return tokens


def _written(token: str, flags: str) -> str:
    """A token in the words of RE2; without "s", XPath's dot leaves out CR as well."""
    if token[0] == "." and "s" not in flags:
        return rf"[^\n\r]{token[1:]}"
    return re.sub(r"\\(.)", lambda found: _escape(found[1], is_class=token[0] == "["), token)


def _escape(letter: str, *, is_class: bool) -> str:
    if letter == "D":
        return r"\P{Nd}"
    if letter.lower() not in _SETS:
        return f"\\{letter}"
    characters = _SETS[letter.lower()]
    return characters if is_class else f"[{'^' if letter.isupper() else ''}{characters}]"
