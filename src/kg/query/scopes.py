"""Where the brackets, the variables and the EXISTS groups of a query stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .tokens import Token

__all__ = ["Scopes", "UnmatchedBracketError"]

_CLOSING: Final = {"{": "}", "(": ")", "[": "]", "<<": ">>", "<<(": ")>>", "{|": "|}"}
# A variable right after these may be unbound, or is none of the group's.
_UNSURE: Final = frozenset({"VALUES", "SERVICE"})


class UnmatchedBracketError(Exception):
    """The brackets do not match; the engine will say so."""


@dataclass(slots=True)
class Scopes:
    """A query's tokens, and what can be known of their places.

    Attributes:
        tokens: the tokens; a place is an index into them.
        pairs: for each opening bracket, its partner.
        exists: the braces of the groups behind EXISTS, in their order.

    Raises:
        UnmatchedBracketError: the brackets do not match.
    """

    tokens: Sequence[Token]
    pairs: dict[int, int] = field(default_factory=dict)
    exists: list[int] = field(default_factory=list)
    _outer: dict[int, int | None] = field(default_factory=dict)
    _spans: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Follow the brackets, and find where each variable stands."""
        opened: list[int] = []
        for place, token in enumerate(self.tokens):
            if token.kind == "open":
                self._open(place, opened)
            elif token.kind == "close":
                if not opened or _CLOSING[self.tokens[opened[-1]].text] != token.text:
                    raise UnmatchedBracketError
                self.pairs[opened.pop()] = place
        if opened:
            raise UnmatchedBracketError
        for name, place in self._names(range(len(self.tokens))):
            self._spans[name] = (self._spans.get(name, (place, place))[0], place)

    def _open(self, place: int, opened: list[int]) -> None:
        self._outer[place] = opened[-1] if opened else None
        opened.append(place)
        before = self.tokens[place - 1] if place else None
        if before and before.kind == "word" and before.text.upper() == "EXISTS" and self.tokens[place].text == "{":
            self.exists.append(place)

    def _names(self, places: Iterable[int]) -> Iterator[tuple[str, int]]:
        for place in places:
            token = self.tokens[place]
            if token.kind == "term" and token.text[0] in "?$":
                yield f"?{token.text[1:]}", place

    def is_outside(self, name: str, brace: int) -> bool:
        """Whether a variable stands outside of a group, wherever else it stands."""
        first, last = self._spans.get(name, (brace, brace))
        return first < brace or last > self.pairs[brace]

    def sees_only_its_row(self, brace: int) -> bool:
        """Whether an EXISTS group sees the same in every row, however the group that it tests is joined with others.

        It does if that group is all of the query; or else if its own triples, or those of the EXISTS groups between,
        bind every variable that this group shares with the query outside of it.
        """
        bound, around = self.group_tested_by(brace)
        if around is None or self._around(around) is None:
            return True
        shared = {name for name, _ in self._names(range(brace, self.pairs[brace])) if self.is_outside(name, brace)}
        return shared <= bound | self._bound(around)

    def tests_the_whole(self, brace: int) -> bool:
        """Whether what an EXISTS group tests are the rows of the query itself, and not those of a group in it."""
        _, around = self.group_tested_by(brace)
        return around is None or self._around(around) is None

    def group_tested_by(self, brace: int) -> tuple[set[str], int | None]:
        """The brace around an EXISTS group that is of no EXISTS itself, and the variables bound in those between."""
        bound, around = set[str](), self._around(brace)
        while around in self.exists:
            bound |= self._bound(around)
            around = self._around(around)
        return bound, around

    def _around(self, bracket: int) -> int | None:
        place = self._outer[bracket]
        while place is not None and self.tokens[place].text != "{":
            place = self._outer[place]
        return place

    def _bound(self, brace: int) -> set[str]:
        """Variables of the triples, and of the names of GRAPH, that stand in a group, and not in brackets in it."""
        places, place = [], brace + 1
        if self.tokens[place].text.upper() == "SELECT":
            return set()
        while place < self.pairs[brace]:
            if self.tokens[place - 1].text.upper() not in _UNSURE:
                places.append(place)
            place = self.pairs.get(place, place) + 1
        return {name for name, _ in self._names(places)}
