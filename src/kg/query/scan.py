"""The scan behind admission: one pass over a query's tokens that follows brackets and counts what is joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from .tokens import PROLOGUE, TERM_WORDS, Token, check_closed, matches

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ["QueryScan", "QueryShape"]

_COUNTED: Final = frozenset({"UNION", "OPTIONAL", "MINUS"})
# After these, terms belong to the clause and not to a triple pattern, until the next group opens …
_UNTIL_GROUP: Final = _COUNTED | {
    "SELECT", "CONSTRUCT", "DESCRIBE", "ASK", "FROM", "GRAPH", "SERVICE", "LATERAL", "VALUES",
    "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET",
}  # fmt: skip
# … or, after these, until the bracket of their expression closes.
_UNTIL_CLOSED: Final = frozenset({"FILTER", "BIND"})
_CLAUSES: Final = _UNTIL_GROUP | _UNTIL_CLOSED
# Groups that are not joined with what stands before them: counted by their own limit, or tested row by row.
_NOT_JOINED: Final = _COUNTED | _UNTIL_CLOSED
# Brackets after these are no expressions, or are counted with their word.
_WITHOUT_EXPRESSIONS: Final = _UNTIL_CLOSED | {"VALUES"}
_OPERATORS: Final = frozenset({"||", "&&", "+", "-", "*", "/"})
# Tokens between two looks at what has been counted.
_STRETCH: Final = 128
_OPERANDS: Final = frozenset({"term", "iri", "string"})


class _Kind(Enum):
    TOP = auto()  # outside of all brackets
    GROUP = auto()  # { … }
    NODE = auto()  # [ … ], << … >>, {| … |}: patterns of the group around it
    LIST = auto()  # ( … ) among patterns: a collection, or a property path
    EXPRESSION = auto()  # ( … ) of an expression, a call, a SELECT item
    ROWS = auto()  # { … } of VALUES
    INERT = auto()  # one row of VALUES, a CONSTRUCT template


_WITH_PATTERNS: Final = frozenset({_Kind.GROUP, _Kind.NODE})
_WITH_STEPS: Final = _WITH_PATTERNS | {_Kind.LIST}
_WITH_CLAUSES: Final = frozenset({_Kind.TOP, _Kind.GROUP})
_WITHOUT_PATTERNS: Final = frozenset({_Kind.ROWS, _Kind.INERT})


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
    members: int = 0  # of a LIST; rows of ROWS
    is_path: bool = False  # of a LIST: it holds an operator of paths


@dataclass(slots=True, kw_only=True)
class QueryShape:
    """What a query is made of, or what of it has been read so far.

    Attributes:
        nesting: deepest nesting of brackets; a run of ``!`` counts as if each opened one.
        patterns: most triple patterns and inner groups joined in one group.
        path_steps: most steps of one property path.
        unions: UNION, OPTIONAL and MINUS together.
        rows: rows of VALUES.
        expressions: FILTER, BIND, the expressions of SELECT, GROUP BY, HAVING and ORDER BY, the things of DESCRIBE,
            and the operators ``|| && + - * /`` in all of them.
        tokens: steps the scan took; never more than the text has characters.
    """

    nesting: int = 0
    patterns: int = 0
    path_steps: int = 0
    unions: int = 0
    rows: int = 0
    expressions: int = 0
    tokens: int = 0


@dataclass(slots=True)
class QueryScan(QueryShape):
    """One scan, with what it has counted so far.

    Attributes:
        text: the query.
        kept: takes the tokens, without those of the PREFIX lines; None where nobody needs them.
    """

    text: str
    kept: list[Token] | None = None
    _frames: list[_Frame] = field(default_factory=lambda: [_Frame(_Kind.TOP, _Joined())])
    _after_operand: bool = False
    _after_string: bool = False
    _bangs: int = 0
    _describes: bool = False

    def shapes(self) -> Iterator[QueryShape]:
        """Read every token once; the shape of what has been read, every so often and at the end.

        Raises:
            QuerySyntaxError: a string is never closed.
        """
        prologue = PROLOGUE.match(self.text)
        position: int | None = prologue.end() if prologue else 0
        while position is not None:
            position = yield from self._read(position)
        while len(self._frames) > 1:
            self._leave()
        yield self._shape()

    def _read(self, position: int) -> Generator[QueryShape, None, int | None]:
        # Returns where to read on when what looked like an IRI was a comparison. Terms first: most tokens are.
        for match in matches(self.text, position):
            kind = match.lastgroup or ""
            token = match[kind]
            if token[:1] == "<" and self._is_less_than(kind):
                self._take("mark", "<", match.start(kind))
                return match.start(kind) + 1
            if kind != "end":
                self._take(kind, token, match.start(kind))
            if kind == "string":
                check_closed(match)
            if self.tokens % _STRETCH == 0:
                yield self._shape()
        return None

    def _shape(self) -> QueryShape:
        described = self._frames[0].members if self._describes else 0
        return QueryShape(
            nesting=self.nesting,
            patterns=self.patterns,
            path_steps=self.path_steps,
            unions=self.unions,
            rows=self.rows + sum(frame.members for frame in self._frames if frame.kind is _Kind.ROWS),
            expressions=self.expressions + described,
            tokens=self.tokens,
        )

    def _is_less_than(self, kind: str) -> bool:
        # `?a<?b&&?c>?d` looks like an IRI; after an operand of an expression no IRI can stand.
        return self._after_operand and kind != "mark" and self._frames[-1].kind is _Kind.EXPRESSION

    def _take(self, kind: str, token: str, start: int) -> None:
        self.tokens += 1
        if self.kept is not None:
            self.kept.append(Token(kind, token, start))
        if kind in _OPERANDS or token in TERM_WORDS:
            frame = self._frames[-1]
            frame.members += 1
            frame.in_pattern = not frame.clause
            self._after_operand = True
            self._bangs = 0
        elif kind != "tag":
            self._structure(kind, token)
        self._after_string = kind == "string"

    def _structure(self, kind: str, token: str) -> None:
        self._bangs = self._bangs + 1 if token == "!" else 0  # noqa: S105 - a mark, no secret
        self._after_operand = kind == "close"
        if kind == "word":
            self._keyword(token.upper())
        elif kind == "mark":
            self._mark(token)
        elif kind == "open":
            self._enter(token)
        else:
            self._leave()

    def _keyword(self, word: str) -> None:
        frame = self._frames[-1]
        if word in _CLAUSES:
            self.unions += word in _COUNTED
            self.expressions += word in _UNTIL_CLOSED
            if frame.kind in _WITH_CLAUSES:
                self._end_pattern(frame)
                frame.clause = word
                self._describes = self._describes or word == "DESCRIBE"
        elif word == "WHERE" and frame.clause == "CONSTRUCT":
            frame.clause = ""
        elif word == "UNDEF":
            frame.members += 1

    def _mark(self, mark: str) -> None:
        frame = self._frames[-1]
        if frame.kind is _Kind.EXPRESSION:
            self.expressions += mark in _OPERATORS
        elif mark in ".;," and frame.kind in _WITH_PATTERNS:
            self._end_pattern(frame)
        elif mark in "/|" and frame.kind in _WITH_STEPS:
            frame.joined.path_steps += 1
            self.path_steps = max(self.path_steps, frame.joined.path_steps + 1)
        elif mark == "^^" and self._after_string:
            frame.members -= 1  # the datatype that follows is no member of its own
        if mark == "!":
            self._deepen(self._bangs)
        frame.is_path = frame.is_path or mark in "/|^*+?!"

    def _deepen(self, more: int = 0) -> None:
        self.nesting = max(self.nesting, len(self._frames) - 1 + more)

    def _end_pattern(self, frame: _Frame) -> None:
        frame.joined.path_steps = 0
        if frame.in_pattern and frame.kind in _WITH_PATTERNS:
            self._join(frame.joined, 1)
        frame.in_pattern = False

    def _join(self, joined: _Joined, more: int) -> None:
        joined.patterns += more
        self.patterns = max(self.patterns, joined.patterns)

    def _enter(self, bracket: str) -> None:
        outer = self._frames[-1]
        if outer.kind in _WITHOUT_PATTERNS:
            outer.members += 1
            kind, joined = _Kind.INERT, outer.joined
        elif bracket == "{":
            kind, joined = self._enter_group(outer), _Joined()
        else:
            kind, joined = self._enter_node(outer, bracket), outer.joined
        self._frames.append(_Frame(kind, joined))
        self._deepen()

    def _enter_node(self, outer: _Frame, bracket: str) -> _Kind:
        if bracket != "(":
            return _Kind.NODE
        if outer.kind in _WITH_STEPS and not outer.clause:
            return _Kind.LIST
        self.expressions += outer.kind in _WITH_CLAUSES and outer.clause not in _WITHOUT_EXPRESSIONS
        return _Kind.EXPRESSION

    def _enter_group(self, outer: _Frame) -> _Kind:
        clause = outer.clause
        if outer.kind is _Kind.GROUP:
            self._end_pattern(outer)
            self._join(outer.joined, clause not in _NOT_JOINED)
        if clause not in _UNTIL_CLOSED:
            outer.clause = ""
        if clause == "VALUES":
            return _Kind.ROWS
        return _Kind.INERT if clause == "CONSTRUCT" else _Kind.GROUP

    def _leave(self) -> None:
        if len(self._frames) == 1:
            return  # more closed than opened: the engine will say so, by line and column
        inner = self._frames.pop()
        if inner.kind in _WITH_PATTERNS:
            self._end_pattern(inner)
        elif inner.kind is _Kind.ROWS:
            self.rows += inner.members
        elif inner.kind is _Kind.LIST and not inner.is_path:
            self._join(inner.joined, 2 * inner.members)  # rdf:first and rdf:rest
        self._return_to(self._frames[-1], inner.kind)

    def _return_to(self, outer: _Frame, closed: _Kind) -> None:
        if outer.clause in _UNTIL_CLOSED:
            outer.clause = ""
        elif closed in (_Kind.NODE, _Kind.LIST) and not outer.clause:
            outer.members += 1
            outer.in_pattern = True
