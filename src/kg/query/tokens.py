"""The tokens of SPARQL 1.1 §19.8 (and of 1.2), as far as a scan tells them apart."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..errors import QuerySyntaxError

__all__ = ["PROLOGUE", "TERM_WORDS", "TOKEN", "Token", "check_closed"]

# Every alternative is linear, and none can fail after a long match: an unclosed string matches to where it would
# have had to end (so `"\"\"\"…` is not scanned again from each quote), and a prefix holds no dot.
TOKEN: Final = re.compile(
    r"""
    (?: [ \t\r\n]+ | \#[^\n\r]* )*+
    (?: (?P<term>    [?$]\w+                                            # variable
                   | (?:[^\W\d][\w-]*)?:(?:(?:[\w:%-]|\\.)(?:\.*(?:[\w:%-]|\\.))*)?  # prefixed name, blank node
                   | (?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)? )          # number
      | (?P<iri>     <(?:[^\x00-\x20<>"{}|^`\\]|\\[uU][0-9A-Fa-f]+)*+> )
      | (?P<string>  \"{3}(?:[^"\\]|\\.|\"(?!\"\"))*+(?P<end1>\"{3})?
                   | '{3}(?:[^'\\]|\\.|'(?!''))*+(?P<end2>'{3})?
                   | \"(?:[^"\\\n\r]|\\.)*+(?P<end3>\")?
                   | '(?:[^'\\\n\r]|\\.)*+(?P<end4>')? )
      | (?P<word>    [^\W\d]\w* )
      | (?P<open>    <<\(? | \{\|? | [(\[] )
      | (?P<close>   \)?>> | \|\} | [)\]}] )
      | (?P<tag>     @[A-Za-z][A-Za-z0-9-]* )
      | (?P<mark>    \^\^ | \|\| | && | [!<>]=? | \\. | . )
      | (?P<end>     \Z ) )
    """,
    re.VERBOSE | re.DOTALL,
)
# Most texts begin with these, and nothing in them counts.
PROLOGUE: Final = re.compile(
    r"(?:[ \t\r\n]*+PREFIX[ \t\r\n]++(?:[^\W\d][\w-]*)?:[ \t\r\n]*+<[^\x00-\x20<>\"{}|^`\\]*+>)*+", re.IGNORECASE
)
# Words that stand as terms.
TERM_WORDS: Final = frozenset({"a", "true", "false"})

_STRING_ENDS: Final = ("end1", "end2", "end3", "end4")


class Token(NamedTuple):
    """A piece of the text: its kind (a group's name in ``TOKEN``), what it says, and where it starts."""

    kind: str
    text: str
    start: int


def check_closed(match: re.Match[str]) -> None:
    """See that a string ends.

    Raises:
        QuerySyntaxError: it does not.
    """
    if not any(match[end] for end in _STRING_ENDS):
        start, text = match.start("string"), match.string
        line = text.count("\n", 0, start) + 1
        column = start - text.rfind("\n", 0, start)
        raise QuerySyntaxError(
            f"Line {line}, column {column}: the string that opens here is never closed.", line=line, column=column
        )
