"""How well an entry fits the words that somebody types: by how much of one of its names they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kg.names import is_light, sounds, words

from .entries import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .entries import Entry

__all__ = ["rank"]

# Of how many names of an entry each is looked at; the inverted index finds all of them.
_NAMES_MAX: Final = 32
_LIGHT: Final = 0.2
# What a word is worth that is a beginning, or only sounds like it.
_BEGUN: Final = 0.95
_SOUNDS_ALIKE: Final = 0.9
# The least score of a name that has all words, and the most of what has not.
_NAMED: Final = 50.0
_WEIGHT_OF_HALF: Final = 5.0


def rank(wanted: Sequence[str], found: Iterable[tuple[Entry, float]]) -> list[Hit]:
    """Hits for entries, each given with its weight in the inverted index: first those that are named so.

    A name that is made of the wanted words scores 100; with more words it scores less, down to 50; where a text has the
    words the weight decides, below 50.
    """
    hits = [_hit(wanted, entry, weight) for entry, weight in found]
    return sorted(hits, key=lambda hit: (-round(hit.score, 6), hit.entry.iri)) if wanted else hits


def _hit(wanted: Sequence[str], entry: Entry, weight: float) -> Hit:
    sounding = [sounds(word) for word in wanted]
    shares = ((_share(wanted, sounding, words(name)), name) for name in entry.names[:_NAMES_MAX])
    share, name = max(shares, key=lambda pair: pair[0], default=(0.0, ""))
    if share == 0:
        return Hit(entry, (_NAMED - 1) * weight / (weight + _WEIGHT_OF_HALF))
    return Hit(entry, _NAMED + (100 - _NAMED) * share, name, {"name": share})


def _share(wanted: Sequence[str], sounding: Sequence[Sequence[str]], name: Sequence[str]) -> float:
    """How much of a name the wanted words are, from 0.0, where one of them is missing, to 1.0."""
    if not wanted:
        return 0.0
    if set(wanted) == set(name):
        return 1.0
    got = [
        max(((_likeness(*pair, word), word) for word in name), default=(0.0, ""))
        for pair in zip(wanted, sounding, strict=True)
    ]
    if min(got)[0] == 0:
        return 0.0
    part = sum(likeness * _weight(word) for likeness, word in got)
    return min(_BEGUN, part / sum(map(_weight, name)))


def _weight(word: str) -> float:
    return _LIGHT if is_light(word) else 1.0


def _likeness(wanted: str, sounding: Sequence[str], word: str) -> float:
    if word == wanted:
        return 1.0
    if word.startswith(wanted):
        return _BEGUN
    return _SOUNDS_ALIKE if any(s.startswith(w) for w in sounding if len(w) > 2 for s in sounds(word)) else 0.0  # noqa: PLR2004
