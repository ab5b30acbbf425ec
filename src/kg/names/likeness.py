"""How alike two words of names are, from 0.0 to 1.0."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rapidfuzz.distance import Levenshtein

from .parsing import Kind

if TYPE_CHECKING:
    from .parsing import Part
    from .sounds import Reading

__all__ = ["likeness"]

_CACHED: Final = 1 << 16
_INITIAL: Final = 0.75
_SAME_GIVEN: Final = 0.98
_OTHER_GIVEN: Final = 0.55
_OTHER_KIND: Final = 0.85
# Two readings with the same consonants: many, or few.
_SAME_CONSONANTS: Final = 0.9
_SAME_FEW: Final = 0.8
# How much of the likeness is that of the consonants, where there are enough of them.
_CONSONANTS: Final = 0.4
_TELLING: Final = 3


@lru_cache(_CACHED)
def likeness(x: Part, y: Part) -> float:
    """Compare two words; the order of the arguments does not matter.

    Two spellings of one given name are alike (0.98), spellings of two are not (0.55 or less), however they sound. An
    initial fits any word that may begin so (0.75).
    """
    if x.kind is Kind.INITIAL or y.kind is Kind.INITIAL:
        return _INITIAL if {r.sounds[0] for r in x.readings} & {r.sounds[0] for r in y.readings} else 0.0
    if x.word == y.word:
        alike = 1.0
    elif x.senses & y.senses:
        alike = _SAME_GIVEN
    else:
        alike = _alike(x.readings, y.readings)
        if x.senses and y.senses:
            alike = min(alike, _OTHER_GIVEN)
    return alike if (x.kind is Kind.PATRONYMIC) == (y.kind is Kind.PATRONYMIC) else _OTHER_KIND * alike


def _alike(xs: tuple[Reading, ...], ys: tuple[Reading, ...]) -> float:
    best = 0.0
    for x in xs:
        for y in ys:
            best = max(best, _sounds_alike(x, y))
            if best == 1:
                return best
    return best


def _sounds_alike(x: Reading, y: Reading) -> float:
    """Compare two readings by edit distance (Levenshtein 1966), and their consonants apart: vowels vary more."""
    if x.sounds == y.sounds:
        return 1.0
    alike: float = Levenshtein.normalized_similarity(x.sounds, y.sounds)
    a, b = x.consonants, y.consonants
    if a == b and len(a) > 1:
        return max(alike, _SAME_CONSONANTS if len(a) >= _TELLING else _SAME_FEW)
    if len(a) >= _TELLING and len(b) >= _TELLING:
        consonants: float = Levenshtein.normalized_similarity(a, b)
        return max(alike, (1 - _CONSONANTS) * alike + _CONSONANTS * consonants)
    return alike
