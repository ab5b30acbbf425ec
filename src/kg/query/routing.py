"""Which way a query goes: a walk from a node that it names to the index, a scan over many to the columns.

The index finds what is around a node in microseconds, and counts slowly; columns count fast, and need milliseconds for
anything (DESIGN §4). Which of the two a query is, its patterns tell: whether one of them, which every solution needs,
names a node to start from. Classes, properties, code-list concepts and names of graphs are none: too much hangs on
them. No parser is asked, for it would take longer than a lookup. Whichever way is chosen, the answer is the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from ..errors import QuerySyntaxError
from ..vocab import HAB, VOCAB
from .scan import QueryScan
from .scopes import Scopes, UnmatchedBracketError
from .tokens import TERM_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .tokens import Token

__all__ = ["Route", "route"]


class Route(NamedTuple):
    """Where a query goes, and why, in one sentence."""

    is_scan: bool
    reason: str


_WALK: Final = Route(is_scan=False, reason="It starts from a node that it names, and the index walks.")
_DESCRIBE: Final = Route(is_scan=False, reason="DESCRIBE is left to the index.")
_NO_PATTERN: Final = Route(is_scan=False, reason="It has no triple pattern.")
_FIRST_ROWS: Final = Route(
    is_scan=False, reason="It takes the first solutions that come, and the index has those at once."
)
_UNREAD: Final = Route(is_scan=False, reason="It cannot be read without a parser, and the index has one.")
_SCAN: Final = Route(
    is_scan=True, reason="No pattern names a node to start from: it scans, and columns do that faster."
)

# Namespaces whose terms have too many neighbours to start from.
_VOCABULARIES: Final = (
    HAB,
    VOCAB,
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://www.w3.org/2002/07/owl#",
    "http://www.w3.org/2004/02/skos/core#",
    "http://www.w3.org/ns/prov#",
)
_OPENED: Final = tuple(f"<{namespace}" for namespace in _VOCABULARIES)
# Longer than any of them, with white space before it.
_FIRST_CHARACTERS: Final = 128
_TYPE: Final = f"<{_VOCABULARIES[2]}type>"
# An IRI that is not closed ends where the next begins, or each would be read to the end of the text.
_NAMESPACE: Final = r":\s*<([^<>\x00-\x20]*)>"
_PREFIX: Final = re.compile(rf"PREFIX\s+([\w-]*){_NAMESPACE}", re.IGNORECASE)
_NAME: Final = r"(<[^\x00-\x20<>\"{}|^`\\]*>|(?:[^\W\d][\w-]*)?:[\w-][\w.:%-]*+(?<!\.))"
# A name as the subject of the first triples of a group, or as the object of a triple (not of `a`).
_NODE: Final = re.compile(rf"[{{.]\s*+{_NAME}\s|(?<!\sa)\s{_NAME}\s*+[.;,}}]")
# From here on a name may stand in a pattern that a solution can do without, or in none.
_UNSURE: Final = ("OPTIONAL", "MINUS", "EXISTS", "FILTER", "BIND", "SERVICE", '"', "'", "\\")
# Fewer characters hold none of them that matters.
_MARKS_BEFORE: Final = 3
# For each the text is searched; a walk names its node among the first.
_NAMES_LOOKED_AT: Final = 16

_ALL_NEEDED: Final = frozenset(
    {"COUNT", "SUM", "AVG", "MIN", "MAX", "GROUP_CONCAT", "SAMPLE", "GROUP", "HAVING", "ORDER", "DISTINCT", "REDUCED"}
)
_PICKY: Final = frozenset({"FILTER", "MINUS", "HAVING"})
_SKIPPED: Final = frozenset({"FILTER", "OPTIONAL", "MINUS", "BIND"})
_PATH_MARKS: Final = frozenset("/|^!*+?")
# Tokens after which a group goes on: marks between triples, and GRAPH with its name.
_STEPS: Final = {".": 1, ";": 1, ",": 1, "GRAPH": 2}
_TERM_WORDS: Final = frozenset(word.upper() for word in TERM_WORDS)
# Escapes of code points and lone ends of lines, which two parsers may read in two ways (``kg.store.parsed``).
_READ_OTHERWISE: Final = re.compile(r"\\[uU]|\r(?!\n)")
# A text no longer than this is looked at first, and remembered with its route.
_REMEMBERED_CHARACTERS: Final = 4096


def route(text: str, letters: str) -> Route:
    """Choose for an admitted query; a pure function of its text, linear in its length.

    Args:
        text: the query.
        letters: the same in capitals.
    """
    if len(text) > _REMEMBERED_CHARACTERS:
        return _read(text)
    return _WALK if _names_a_node(text, letters) else _remembered(text)


@lru_cache(maxsize=256)
def _remembered(text: str) -> Route:
    return _read(text)


def _read(text: str) -> Route:
    tokens: list[Token] = []
    try:
        for _ in QueryScan(text, tokens).shapes():
            pass
        pairs = Scopes(tokens).pairs
    except (QuerySyntaxError, UnmatchedBracketError):
        return _UNREAD
    words = {token.text.upper() for token in tokens if token.kind == "word"}
    if "DESCRIBE" in words:
        return _DESCRIBE
    if "SERVICE" in words or _READ_OTHERWISE.search(text):
        return _UNREAD
    patterns = _Patterns(tokens, pairs, dict(_PREFIX.findall(text)))
    if patterns.name_a_node():
        return _WALK
    if not patterns.count:
        return _NO_PATTERN
    stops_early = "ASK" in words or "LIMIT" in words
    return _FIRST_ROWS if stops_early and not words & (_ALL_NEEDED | _PICKY) else _SCAN


def _names_a_node(text: str, letters: str) -> bool:
    """Whether a look at the characters shows it; most lookups are so plain. A mistake costs time, nothing else."""
    start = text.find("{")
    # Most lookups are a SELECT that begins with its node: they are told by as few looks as can be.
    first = text[start + 1 : start + _FIRST_CHARACTERS].lstrip()
    if (
        first[:1] == "<"
        and not first.startswith(_OPENED)
        and letters.find("SELECT", 0, start) >= 0
        and "UNION" not in letters
    ):
        return True
    if start < 0 or letters.find("DESCRIBE", 0, start) >= 0:
        return False
    if letters.find("CONSTRUCT", 0, start) >= 0:
        start = letters.find("WHERE")
    wanted = 1 + letters.count("UNION")  # one for each branch
    place = start
    for _ in range(_NAMES_LOOKED_AT):
        found = _NODE.search(text, place) if wanted and place >= 0 else None
        if found is None:
            break
        before = letters[start : found.start()]
        if len(before) > _MARKS_BEFORE and any(word in before for word in _UNSURE):
            return False
        wanted -= not _is_vocabulary(found[1] or found[2], text)
        place = found.end()
    return not wanted


def _is_vocabulary(name: str, text: str) -> bool:
    if name[0] == "<":
        return name.startswith(_OPENED)
    prefix, _, local = name.partition(":")
    namespace = re.search(rf"(?i:PREFIX)\s+{re.escape(prefix)}{_NAMESPACE}", text)
    return namespace is not None and (namespace[1] + local).startswith(_VOCABULARIES)


class _Patterns:
    """The triple patterns that every solution needs, read from the tokens.

    Attributes:
        count: how many were read until the answer was known.
    """

    def __init__(self, tokens: list[Token], pairs: Mapping[int, int], prefixes: Mapping[str, str]) -> None:
        self._tokens = tokens
        self._pairs = pairs
        self._prefixes = prefixes
        self._place = 0
        self._end = 0
        self.count = 0

    def name_a_node(self) -> bool:
        """Whether one of them has a node to start from as its subject or object."""
        place, tokens = 0, self._tokens
        while place < len(tokens):
            word = tokens[place].text.upper()
            if word == "CONSTRUCT" and self._text(place + 1) == "{" and self._text(self._after(place + 1)) != "":
                place = self._after(place + 1)
            elif word == "{":
                if self._group(place + 1, self._pairs[place]):
                    return True
                place = self._after(place)
            else:
                place = self._after(place)
        return False

    def _text(self, place: int) -> str:
        return self._tokens[place].text if place < len(self._tokens) else ""

    def _after(self, place: int) -> int:
        """The place behind a token, or behind the brackets that it opens."""
        return self._pairs.get(place, place) + 1

    def _group(self, place: int, end: int) -> bool:
        while place < end:
            place, is_bound = self._element(place, end)
            if is_bound:
                return True
        return False

    def _element(self, place: int, end: int) -> tuple[int, bool]:
        """One clause, one group, or the triples of one subject."""
        token = self._tokens[place]
        word = token.text.upper() if token.kind == "word" else ""
        if token.text == "{":
            return self._branches(place)
        if steps := _STEPS.get(word or token.text):
            return place + steps, False
        if word in _SKIPPED:
            return self._after_clause(place + 1), False
        if word == "VALUES":
            return self._values(place + 1)
        if word and word not in _TERM_WORDS:
            return end, self._sub_select(place, end)
        return self._triples(place, end)

    def _after_clause(self, place: int) -> int:
        """The place behind the brackets of FILTER, OPTIONAL, MINUS or BIND."""
        while place < len(self._tokens) and place not in self._pairs:
            place += 1
        return self._after(place)

    def _branches(self, place: int) -> tuple[int, bool]:
        """`{ … } UNION { … }`: each branch must be bound, or all of it is a scan."""
        is_bound = True
        while True:
            is_bound = self._group(place + 1, self._pairs[place]) and is_bound
            place = self._after(place)
            if self._text(place).upper() != "UNION" or place + 1 not in self._pairs:
                return place, is_bound
            place += 1

    def _values(self, place: int) -> tuple[int, bool]:
        """The rows of VALUES: a node among them is one to start from."""
        while place < len(self._tokens) and self._text(place) != "{":
            place = self._after(place)
        end = self._pairs.get(place, place)
        return end + 1, any(
            self._is_node(inside) and self._text(inside - 1) != "^^" for inside in range(place + 1, end)
        )

    def _sub_select(self, place: int, end: int) -> bool:
        while place < end and self._text(place) != "{":
            place = self._after(place)
        return place < end and self._group(place + 1, self._pairs[place])

    def _triples(self, place: int, end: int) -> tuple[int, bool]:
        """Triples of one subject, up to the dot or whatever else ends them."""
        if self._is_node(place) or self._brackets_name_a_node(place):
            return place, True
        return self._properties(self._after(place), end)

    def _properties(self, place: int, end: int) -> tuple[int, bool]:
        while place < end and self._text(place) not in (".", "{"):
            if self._text(place) == ";":
                place += 1
                continue
            if self._tokens[place].kind == "word" and self._text(place) != "a":
                break
            place, is_type = self._verb(place, end)
            place, is_bound = self._objects(place, end, is_type=is_type)
            if is_bound:
                return place, True
        return place, False

    def _verb(self, place: int, end: int) -> tuple[int, bool]:
        """A property or a path, and whether it is rdf:type."""
        start, wants_step = place, True
        while place < end:
            mark = self._text(place)
            if wants_step and mark not in ("^", "!"):
                place, wants_step = self._after(place), False
            elif wants_step or mark in _PATH_MARKS:
                place, wants_step = place + 1, wants_step or mark in ("/", "|")
            else:
                break
        return place, place == start + 1 and (self._text(start) == "a" or self._name(start) == _TYPE)

    def _objects(self, place: int, end: int, *, is_type: bool) -> tuple[int, bool]:
        while place < end:
            self.count += 1
            if not is_type and (self._is_node(place) or self._tokens[place].kind == "string"):
                return place, True
            if self._brackets_name_a_node(place):
                return place, True
            place = self._after(place)
            if self._text(place) != ",":
                break
            place += 1
        return place, False

    def _brackets_name_a_node(self, place: int) -> bool:
        return self._text(place) == "[" and self._properties(place + 1, self._pairs[place])[1]

    def _name(self, place: int) -> str:
        """A name as an IRI in angle brackets; empty for anything else."""
        token = self._tokens[place]
        if token.kind == "iri":
            return token.text
        if token.kind != "term" or ":" not in token.text or token.text.startswith("_:"):
            return ""
        prefix, _, local = token.text.partition(":")
        return f"<{self._prefixes.get(prefix, '')}{local}>"

    def _is_node(self, place: int) -> bool:
        name = self._name(place)
        return bool(name) and not name.startswith(_OPENED)
