"""ORDER BY with keys written anew, so that any two values of a key can be compared.

Oxigraph 0.5.13 compares by value where "<" does, and else by text: 9 < 10 < "5x" < 9. Such an order goes round in
circles; a sort by it sets numbers behind greater ones and, from some twenty solutions on, may end the process
(oxigraph#1542). So

    ORDER BY DESC(?o)

is asked as two keys, DESC(kind) DESC(value). SPARQL 1.1 §15.1 wants unbound before blank nodes before IRIs before
literals, and those that "<" compares by "<"; the rest is the engine's to choose. The kind of a literal is its datatype;
all numbers are of one, and so are all durations. What is no literal has an error for it, as good as unbound, so that
blank nodes and IRIs stand before. The value of a moment without a timezone is that in UTC: wherever "<" is true of one
without and one with, it is of that, too (XML Schema part 2 §3.2.7.4). That of a duration is where it ends if it begins
at the first of the moments by which durations are compared (§3.2.6.2), and that of anything else is itself.

What is left as it is: a call of a function whose values are all of one kind; RAND and its like, which differ each time
that they are asked; EXISTS; and what is long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from .scopes import Scopes, UnmatchedBracketError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .tokens import Token

__all__ = ["order_by_kinds"]

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
# Kinds that are common are numbers: a text costs as much in each comparison as the value itself.
_NUMBERED: Final = (
    f"<{_XSD}string>",
    "<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>",
    f"<{_XSD}date>",
    f"<{_XSD}dateTime>, <{_XSD}dateTimeStamp>",
    f"<{_XSD}duration>, <{_XSD}dayTimeDuration>, <{_XSD}yearMonthDuration>",
)
_KIND: Final = "IF(isLITERAL({{0}}), IF(isNUMERIC({{0}}), 0, {}{}{}), IF(isTRIPLE({{0}}), '~', 1/0))".format(
    "".join(f"IF(DATATYPE({{0}}) IN ({named}), {number}, " for number, named in enumerate(_NUMBERED, 1)),
    "STR(DATATYPE({0}))",
    ")" * len(_NUMBERED),
)
_VALUE: Final = (
    "COALESCE(IF(TZ({0}) = '', STRDT(CONCAT(STR({0}), 'Z'), DATATYPE({0})), {0}), "
    f"'1696-09-01T00:00:00Z'^^<{_XSD}dateTime> + {{0}}, {{0}})"
)
# Calls whose values may be of several kinds; those of all others are of one.
_MIXING: Final = frozenset({"IF", "COALESCE", "MIN", "MAX", "SAMPLE", "STRDT"})
_NOT_REPEATED: Final = frozenset({"RAND", "UUID", "STRUUID", "BNODE", "EXISTS"})
# A key is named a dozen times, and each costs its parsing; what is longer or more is machines' work.
_KEY_CHARACTERS_MAX: Final = 256
_KEYS_MAX: Final = 8


class _Key(NamedTuple):
    """One condition of ORDER BY: the places of its first and last token, and of the first of what it sorts by."""

    first: int
    last: int
    value: int
    direction: str


def order_by_kinds(text: str, tokens: Sequence[Token]) -> tuple[str, tuple[str, ...]]:
    """Write the keys of every ORDER BY anew whose values may be of several kinds.

    Args:
        text: an admitted query without code point escapes.
        tokens: its tokens, without those of the PREFIX lines.

    Returns:
        The query to ask, and a sentence for each ORDER BY that was written anew.
    """
    try:
        scopes = Scopes(tokens)
    except UnmatchedBracketError:
        return text, ()
    pieces, position, sentences = list[str](), 0, list[str]()
    for place, token in enumerate(tokens[:-1]):
        if not (_is(token, "ORDER") and _is(tokens[place + 1], "BY")):
            continue
        keys = [key for key in _keys(scopes, place + 2) if _is_mixed(scopes, key)]
        if not 0 < len(keys) <= _KEYS_MAX:
            continue
        for key in keys:
            value, end = text[tokens[key.value].start : _end(tokens[key.last])], _end(tokens[key.last])
            written = " ".join(f"{key.direction}({part.format(value)})" for part in (_KIND, _VALUE))
            pieces += [text[position : tokens[key.first].start], written]
            position = end
        line = text.count("\n", 0, token.start) + 1
        sentences.append(f"ORDER BY on line {line} was given the kind of each value first, which the engine mixes up.")
    return "".join([*pieces, text[position:]]), tuple(sentences)


def _keys(scopes: Scopes, place: int) -> Iterator[_Key]:
    """The conditions that begin at a place, up to the first that is none (SPARQL 1.1 §19.8 [23], [24])."""
    tokens, pairs = scopes.tokens, scopes.pairs
    while place < len(tokens):
        token = tokens[place]
        if token.kind == "term" and token.text[0] in "?$":
            yield _Key(place, place, place, "ASC")
            place += 1
            continue
        # In brackets, which may have a direction or the name of a function before them.
        bracket = place + (token.kind in {"word", "iri", "term"})
        if bracket not in pairs or tokens[bracket].text != "(":
            return
        is_directed = _is(token, "ASC", "DESC")
        value, direction = (bracket, token.text.upper()) if is_directed else (place, "ASC")
        yield _Key(place, pairs[bracket], value, direction)
        place = pairs[bracket] + 1


def _is_mixed(scopes: Scopes, key: _Key) -> bool:
    """Whether the values of a key may be of several kinds, and it may be asked more than once."""
    first, last = key.value, key.last
    if _end(scopes.tokens[last]) - scopes.tokens[first].start > _KEY_CHARACTERS_MAX:
        return False
    if any(_is(token, *_NOT_REPEATED) for token in scopes.tokens[first:last]):
        return False
    while scopes.tokens[first].text == "(" and scopes.pairs[first] == last and last - first > 1:
        first, last = first + 1, last - 1
    is_call = scopes.pairs.get(first + 1) == last
    return not is_call or _is(scopes.tokens[first], *_MIXING)


def _is(token: Token, *words: str) -> bool:
    return token.kind == "word" and token.text.upper() in words


def _end(token: Token) -> int:
    return token.start + len(token.text)
