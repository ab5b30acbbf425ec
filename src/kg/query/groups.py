"""A strict little parser for the groups that people write behind EXISTS: triples, FILTER, GRAPH, and nothing else.

It reads less than the grammar of SPARQL 1.1 §19.8 allows, and nothing that the grammar forbids, so that a query which
is no SPARQL does not become one when its group is written anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .tokens import Token

__all__ = ["Constraint", "Group", "Pattern", "UnreadableGroupError", "read_group", "union_of"]

# A BOUND has no meaning once its variable is substituted, and these differ each time that they are evaluated.
_NOT_MOVED: Final = frozenset({"BOUND", "RAND", "UUID", "STRUUID", "BNODE"})
_BOOLEANS: Final = frozenset({"true", "false"})
_ENDS_PROPERTIES: Final = frozenset({".", "]", "}"})


class UnreadableGroupError(Exception):
    """The group holds something that this parser does not read; it stays as it is."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One triple or path pattern.

    Attributes:
        graph: the name or variable of the GRAPH around it; "" for none.
        subject: a term, as text; so are predicate (or path, of one step) and object.
        may_be_empty: it is a path that may have no step, so that it matches what is no node of the graph.
    """

    graph: str
    subject: str
    predicate: str
    object: str
    may_be_empty: bool = False

    @property
    def ends(self) -> frozenset[str]:
        """Variables at subject and object."""
        return _variables(self.subject, self.object)

    @property
    def of_triple(self) -> frozenset[str]:
        """Variables of subject, predicate and object."""
        return _variables(self.subject, self.predicate, self.object)

    @property
    def variables(self) -> frozenset[str]:
        """All variables, that of the graph included."""
        return _variables(self.graph, self.subject, self.predicate, self.object)

    def __str__(self) -> str:
        """The pattern as SPARQL."""
        triple = f"{self.subject} {self.predicate} {self.object}"
        return f"GRAPH {self.graph} {{ {triple} }}" if self.graph else triple


@dataclass(frozen=True, slots=True)
class Constraint:
    """One FILTER.

    Attributes:
        start: place of its first token.
        end: place of the token after its last.
        variables: all that it names.
        inside: the variables of the triples beside it in its GRAPH block; None outside of GRAPH.
    """

    start: int
    end: int
    variables: frozenset[str]
    inside: frozenset[str] | None = None


@dataclass(slots=True)
class Group:
    """What stands in one group."""

    patterns: list[Pattern] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)


def _variables(*terms: str) -> frozenset[str]:
    return frozenset(f"?{term[1:]}" for term in terms if term[:1] in ("?", "$"))


def union_of(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """All members of all sets."""
    return frozenset[str]().union(*sets)


def read_group(tokens: Sequence[Token], start: int, end: int, *, fresh: str) -> Group:
    """Read what stands between two braces.

    Args:
        tokens: all tokens of the query.
        start: place of the first token inside.
        end: place of the closing brace.
        fresh: beginning of the names of new variables, used nowhere else in the query.

    Raises:
        UnreadableGroupError: it holds something else.
    """
    reader = _Reader(tokens, start, end, fresh)
    reader.read_elements("")
    return reader.group


@dataclass(slots=True)
class _Reader:
    tokens: Sequence[Token]
    place: int
    end: int
    fresh: str
    group: Group = field(default_factory=Group)
    _made: int = 0

    def read_elements(self, graph: str) -> None:
        """Triples, separated by dots; FILTER and GRAPH, each with a dot after it or none."""
        may_begin = True  # a triple needs a dot before it, unless FILTER, GRAPH or the brace stands there
        while self.place < self.end and self._text() != "}":
            word = self._text().upper() if self._kind() == "word" else ""
            if word == "FILTER":
                self._read_filter(graph)
            elif word == "GRAPH" and not graph:
                self._read_graph()
            elif may_begin:
                self._read_triples(graph)
            else:
                raise UnreadableGroupError
            may_begin = self._skip(".") or word in ("FILTER", "GRAPH")

    def _kind(self) -> str:
        return self.tokens[self.place].kind if self.place < self.end else "end"

    def _text(self) -> str:
        return self.tokens[self.place].text if self.place < self.end else ""

    def _next(self) -> str:
        text = self._text()
        self.place += 1
        return text

    def _skip(self, text: str) -> bool:
        if self._text() != text:
            return False
        self.place += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise UnreadableGroupError

    def _new_variable(self) -> str:
        self._made += 1
        return f"?{self.fresh}{self._made}"

    def _is_variable(self) -> bool:
        return self._kind() == "term" and self._text()[0] in "?$"

    def _is_name(self) -> bool:
        # A labelled blank node is refused: its label may stand elsewhere, too.
        text = self._text()
        return self._kind() == "iri" or (self._kind() == "term" and ":" in text and not text.startswith("_:"))

    def _read_graph(self) -> None:
        self.place += 1
        if not (self._is_variable() or self._is_name()):
            raise UnreadableGroupError
        graph, patterns, constraints = self._next(), len(self.group.patterns), len(self.group.constraints)
        self._expect("{")
        self.read_elements(graph)
        self._expect("}")
        if len(self.group.patterns) == patterns:
            raise UnreadableGroupError  # it asks whether there is such a graph
        inside = union_of(pattern.of_triple for pattern in self.group.patterns[patterns:])
        self.group.constraints[constraints:] = [
            replace(constraint, inside=inside) for constraint in self.group.constraints[constraints:]
        ]

    def _read_filter(self, graph: str) -> None:
        start = self.place
        self.place += 1
        if self._text() != "(":
            self._read_call()
        self._skip_brackets()
        inside = self.tokens[start : self.place]
        words = {token.text.upper() for token in inside if token.kind == "word"}
        has_labels = any(token.kind == "term" and token.text.startswith("_:") for token in inside)
        if words & _NOT_MOVED or has_labels or (graph and "EXISTS" in words):
            raise UnreadableGroupError
        variables = _variables(*(token.text for token in inside if token.kind == "term"))
        self.group.constraints.append(Constraint(start, self.place, variables))

    def _read_call(self) -> None:
        # `regex(…)`, `ex:near(…)`, `EXISTS {…}`, `NOT EXISTS {…}`
        if self._text().upper() == "NOT":
            self.place += 1
        brace = self._text().upper() == "EXISTS"
        if not (self._is_name() or self._kind() == "word"):
            raise UnreadableGroupError
        self.place += 1
        if self._text() != ("{" if brace else "("):
            raise UnreadableGroupError

    def _skip_brackets(self) -> None:
        depth = 0
        while self.place < self.end:
            depth += (self._kind() == "open") - (self._kind() == "close")
            self.place += 1
            if depth == 0:
                return
        raise UnreadableGroupError

    def _read_triples(self, graph: str) -> None:
        is_node = self._text() == "["
        subject = self._read_term(graph, is_subject=True)
        # A node of brackets that says something stands for itself (§4.1.4).
        if not (is_node and self.tokens[self.place - 2].text != "[" and self._text() in ("", *_ENDS_PROPERTIES)):
            self._read_properties(graph, subject)

    def _read_properties(self, graph: str, subject: str) -> None:
        self._read_objects(graph, subject)
        while self._skip(";"):
            if self._text() not in ("", ";", *_ENDS_PROPERTIES):
                if self._text().upper() in ("FILTER", "GRAPH"):
                    return
                self._read_objects(graph, subject)

    def _read_objects(self, graph: str, subject: str) -> None:
        steps = [self._next()] if self._is_variable() else self._read_path()
        self._add(graph, subject, steps, self._read_term(graph))
        while self._skip(","):
            self._add(graph, subject, steps, self._read_term(graph))

    def _add(self, graph: str, subject: str, steps: list[str], end: str) -> None:
        # §18.2.2.4: X a/b Y is X a ?new . ?new b Y
        for step in steps[:-1]:
            middle = self._new_variable()
            self.group.patterns.append(_pattern(graph, subject, step, middle))
            subject = middle
        self.group.patterns.append(_pattern(graph, subject, steps[-1], end))

    def _read_term(self, graph: str, *, is_subject: bool = False) -> str:
        if self._is_variable() or self._is_name():
            return self._next()
        if self._skip("["):
            node = self._new_variable()
            if self._text() != "]":
                self._read_properties(graph, node)
            self._expect("]")
            return node
        if is_subject:
            raise UnreadableGroupError
        return self._read_literal()

    def _read_literal(self) -> str:
        if self._kind() == "string":
            text = self._next()
            if self._kind() == "tag":
                return text + self._next()
            if not self._skip("^^"):
                return text
            if self._is_name():
                return f"{text}^^{self._next()}"
        elif self._text() in _BOOLEANS or (self._kind() == "term" and self._text()[0] in "0123456789."):
            return self._next()
        raise UnreadableGroupError

    def _read_path(self) -> list[str]:
        """The steps of a path; only one if it has alternatives outside of brackets."""
        steps = [self._read_step()]
        marks = set()
        while self._text() in ("/", "|"):
            marks.add(self._next())
            steps.append(self._read_step())
        if "|" not in marks:
            return steps
        if "/" in marks:
            raise UnreadableGroupError
        return [" | ".join(steps)]

    def _read_step(self) -> str:
        start = self.place
        self._skip("^")
        self._skip("!")
        if self._text() == "(":
            self._skip_brackets()
        elif self._is_name() or self._text() == "a":
            self.place += 1
        else:
            raise UnreadableGroupError
        if self._text() in ("*", "?", "+"):
            self.place += 1
            if self._kind() == "term" and self._text()[0] in "0123456789.":
                raise UnreadableGroupError  # `+1` is a number
        return " ".join(token.text for token in self.tokens[start : self.place])


def _pattern(graph: str, subject: str, step: str, end: str) -> Pattern:
    # What stands in brackets may hide anything.
    may_be_empty = step.endswith(("*", "?")) or "(" in step or " | " in step
    return Pattern(graph, subject, step, end, may_be_empty)
