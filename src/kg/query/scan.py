"""The scan behind admission: one pass over a query's tokens that follows brackets and counts what is joined."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from ..errors import QuerySyntaxError

__all__ = ["QueryScan"]

# Every alternative is linear, and none can fail after a long match: an unclosed string matches to where it would
# have had to end (so `"\"\"\"…` is not scanned again from each quote), and a prefix holds no dot.
_TOKEN: Final = re.compile(
    r"""
      (?P<space>     [ \t\r\n]+ | \#[^\n\r]* )
    | (?P<string>    \"{3}(?:[^"\\]|\\.|\"(?!\"\"))*+(?P<end1>\"{3})?
                   | '{3}(?:[^'\\]|\\.|'(?!''))*+(?P<end2>'{3})?
                   | \"(?:[^"\\\n\r]|\\.)*+(?P<end3>\")?
                   | '(?:[^'\\\n\r]|\\.)*+(?P<end4>')? )
    | (?P<iri>       <(?:[^\x00-\x20<>"{}|^`\\]|\\[uU][0-9A-Fa-f]+)*+> )
    | (?P<term>      [?$]\w+                                            # variable
                   | @[A-Za-z][A-Za-z0-9-]*                             # language tag
                   | (?:[^\W\d][\w-]*)?:(?:(?:[\w:%-]|\\.)(?:\.*(?:[\w:%-]|\\.))*)?  # prefixed name, blank node
                   | (?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)? )          # number
    | (?P<word>      [^\W\d][\w-]* )
    | (?P<open>      <<\(? | \{\|? | [(\[] )
    | (?P<close>     \)?>> | \|\} | [)\]}] )
    | (?P<mark>      \^\^ | \|\| | && | [!<>]=? | \\. | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_STRING_ENDS: Final = ("end1", "end2", "end3", "end4")

# Words that stand as terms.
_TERMS: Final = frozenset({"a", "true", "false"})
_COUNTED: Final = frozenset({"UNION", "OPTIONAL", "MINUS"})
# After these, terms belong to the clause and not to a triple pattern, until the next group opens …
_UNTIL_GROUP: Final = _COUNTED | {
    "SELECT", "CONSTRUCT", "DESCRIBE", "ASK", "FROM", "GRAPH", "SERVICE", "LATERAL", "VALUES",
    "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET",
}  # fmt: skip
# … or, after these, until the bracket of their expression closes.
_UNTIL_CLOSED: Final = frozenset({"FILTER", "BIND"})
# Groups that are not joined with what stands before them: counted by their own limit, or tested row by row.
_NOT_JOINED: Final = _COUNTED | _UNTIL_CLOSED


class _Kind(Enum):
    TOP = auto()  # outside of all brackets
    GROUP = auto()  # { … }
    NODE = auto()  # [ … ], << … >>, {| … |}: patterns of the group around it
    LIST = auto()  # ( … ) among patterns: a collection, or a property path
    EXPRESSION = auto()  # ( … ) of an expression, a call, a SELECT item
    INERT = auto()  # the rows of VALUES, a CONSTRUCT template


_WITH_PATTERNS: Final = (_Kind.GROUP, _Kind.NODE)
_WITH_CLAUSES: Final = (_Kind.TOP, _Kind.GROUP)


@dataclass(slots=True)
class _Joined:
    """What is joined in one group, its blank nodes and collections included."""

    patterns: int = 0
    path_steps: int = 0


@dataclass(slots=True)
class _Frame:
    """One open bracket."""

    kind: _Kind
    joined: _Joined
    in_pattern: bool = False  # a term was seen since the last separator
    clause: str = ""  # the keyword whose terms are being read
    members: int = 0  # of a LIST
    is_path: bool = False  # of a LIST: it holds an operator of paths


@dataclass(slots=True)
class QueryScan:
    """One scan; the counts mean what ``QueryShape`` says."""

    text: str
    nesting: int = 0
    patterns: int = 0
    path_steps: int = 0
    unions: int = 0
    tokens: int = 0
    _frames: list[_Frame] = field(default_factory=lambda: [_Frame(_Kind.TOP, _Joined())])
    _after_operand: bool = False
    _bangs: int = 0

    def run(self) -> None:
        """Read every token once.

        Raises:
            QuerySyntaxError: a string is never closed.
        """
        position = 0
        while position < len(self.text):
            position = self._step(position)
        while len(self._frames) > 1:
            self._leave()

    def _step(self, position: int) -> int:
        match = _TOKEN.match(self.text, position)
        assert match is not None  # the last alternative takes any character
        self.tokens += 1
        kind, token = str(match.lastgroup), match.group()
        if kind == "space":
            return match.end()
        if self._is_less_than(kind, token):
            kind, token = "mark", "<"
        if kind == "string":
            self._check_closed(match)
        self._take(kind, token)
        return position + len(token)

    def _is_less_than(self, kind: str, token: str) -> bool:
        # `?a<?b&&?c>?d` looks like an IRI; after an operand of an expression no IRI can stand.
        expression = self._frames[-1].kind is _Kind.EXPRESSION
        return expression and self._after_operand and (kind == "iri" or token.startswith("<<"))

    def _check_closed(self, match: re.Match[str]) -> None:
        if not any(match.group(end) for end in _STRING_ENDS):
            line = self.text.count("\n", 0, match.start()) + 1
            column = match.start() - self.text.rfind("\n", 0, match.start())
            raise QuerySyntaxError(
                f"Line {line}, column {column}: the string that opens here is never closed.", line=line, column=column
            )

    def _take(self, kind: str, token: str) -> None:
        self._bangs = self._bangs + 1 if token == "!" else 0  # noqa: S105 - a mark, no secret
        self.nesting = max(self.nesting, len(self._frames) - 1 + self._bangs)
        if kind == "open":
            self._enter(token)
        elif kind == "close":
            self._leave()
        elif kind == "word" and token not in _TERMS:
            self._keyword(token.upper())
        elif kind == "mark":
            self._mark(token)
        else:
            self._term()
        self._after_operand = kind in ("term", "string", "iri", "close") or token in _TERMS

    def _keyword(self, word: str) -> None:
        self.unions += word in _COUNTED
        frame = self._frames[-1]
        if frame.kind in _WITH_CLAUSES and word in _UNTIL_GROUP | _UNTIL_CLOSED:
            self._end_pattern(frame)
            frame.clause = word
        elif word == "WHERE" and frame.clause == "CONSTRUCT":
            frame.clause = ""

    def _term(self) -> None:
        frame = self._frames[-1]
        frame.members += 1
        frame.in_pattern = not frame.clause

    def _mark(self, mark: str) -> None:
        frame = self._frames[-1]
        if frame.kind is _Kind.LIST:
            frame.is_path = frame.is_path or mark in "/|^*+?!"
        if mark in ".;," and frame.kind in _WITH_PATTERNS:
            self._end_pattern(frame)
        elif mark in "/|" and frame.kind in (*_WITH_PATTERNS, _Kind.LIST):
            frame.joined.path_steps += 1
            self.path_steps = max(self.path_steps, frame.joined.path_steps + 1)

    def _end_pattern(self, frame: _Frame) -> None:
        frame.joined.patterns += frame.in_pattern and frame.kind in _WITH_PATTERNS
        frame.joined.path_steps = 0
        frame.in_pattern = False
        self.patterns = max(self.patterns, frame.joined.patterns)

    def _enter(self, bracket: str) -> None:
        outer = self._frames[-1]
        if outer.kind is _Kind.INERT:
            self._frames.append(_Frame(_Kind.INERT, outer.joined))
        elif bracket == "{":
            self._enter_group(outer)
        elif bracket == "(":
            among_patterns = outer.kind in (*_WITH_PATTERNS, _Kind.LIST) and not outer.clause
            self._frames.append(_Frame(_Kind.LIST if among_patterns else _Kind.EXPRESSION, outer.joined))
        else:
            self._frames.append(_Frame(_Kind.NODE, outer.joined))
        self.nesting = max(self.nesting, len(self._frames) - 1)

    def _enter_group(self, outer: _Frame) -> None:
        inert = outer.clause in ("VALUES", "CONSTRUCT")
        if outer.kind is _Kind.GROUP:
            self._end_pattern(outer)
            outer.joined.patterns += outer.clause not in _NOT_JOINED
            self.patterns = max(self.patterns, outer.joined.patterns)
        if outer.clause not in _UNTIL_CLOSED:
            outer.clause = ""
        self._frames.append(_Frame(_Kind.INERT if inert else _Kind.GROUP, _Joined()))

    def _leave(self) -> None:
        if len(self._frames) == 1:
            return  # more closed than opened: the engine will say so, by line and column
        inner = self._frames.pop()
        if inner.kind in _WITH_PATTERNS:
            self._end_pattern(inner)
        elif inner.kind is _Kind.LIST and not inner.is_path:
            inner.joined.patterns += 2 * inner.members  # rdf:first and rdf:rest
            self.patterns = max(self.patterns, inner.joined.patterns)
        self._return_to(self._frames[-1], inner.kind)

    def _return_to(self, outer: _Frame, closed: _Kind) -> None:
        if outer.clause in _UNTIL_CLOSED:
            outer.clause = ""
        elif closed in (_Kind.NODE, _Kind.LIST) and not outer.clause:
            outer.members += 1
            outer.in_pattern = True
