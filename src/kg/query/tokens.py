"""The tokens of SPARQL 1.1 §19.8 (and of 1.2), as far as a scan tells them apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ..errors import QuerySyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PROLOGUE", "TERM_WORDS", "TOKEN", "Token", "check_closed", "matches"]

_PREFIX: Final = r"(?:[^\W\d][\w-]*)?"
# Every alternative is linear, and none but a prefix can fail after a long match: an unclosed string matches to where
# it would have had to end (so `"\"\"\"…` is not scanned again from each quote), and a prefix holds no dot. For what
# looks like a prefix, see ``matches``.
_GRAMMAR: Final = r"""
    (?: [ \t\r\n]+ | \#[^\n\r]* )*+
    (?: (?P<term>    [?$]\w+                                          # variable
                   | PREFIX:(?:(?:[\w:%-]|\\.)(?:\.*(?:[\w:%-]|\\.))*)?  # prefixed name, blank node
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
    """
TOKEN: Final = re.compile(_GRAMMAR.replace("PREFIX", _PREFIX), re.VERBOSE | re.DOTALL)
# The same where no prefix can begin, unless it is the empty one.
_IN_RUN: Final = re.compile(_GRAMMAR.replace("PREFIX", ""), re.VERBOSE | re.DOTALL)
_RUN: Final = re.compile(r"[\w-]*+")
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


def matches(text: str, start: int) -> Iterator[re.Match[str]]:
    """What ``TOKEN`` matches one after the other from a place on, in time linear in the length of the text.

    In `a-b-c-…` each word could begin a prefix, and ``TOKEN`` reads to the end of the run to see that no colon follows.
    Once it has seen that for the first word of a run, the others are not asked again.
    """
    run_end = start
    while True:
        is_in_run = start < run_end
        for match in (_IN_RUN if is_in_run else TOKEN).finditer(text, start):
            yield match
            start = match.end()
            if is_in_run:
                if start >= run_end:
                    break
            elif match.lastgroup == "word" and text.startswith("-", start):
                run = _RUN.match(text, start)
                run_end = run.end() if run else start
                break
        else:
            return


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
