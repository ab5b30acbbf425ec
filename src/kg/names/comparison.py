"""How likely two names are spellings of one. Never enough to say that two persons are one: a score only proposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .likeness import likeness
from .parsing import Kind, parse
from .words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .parsing import Part

__all__ = ["LIKELY", "Comparison", "compare"]

# From this score on, most pairs are one name (tests/unit/bench/test_names.py holds how many).
LIKELY: Final = 0.79


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two names have in common.

    Attributes:
        score: from 0.0 to 1.0; 1.0 only where the names have the same words but for case, marks and order.
        features: what the score is made of, each from 0.0 to 1.0: ``average`` and ``weakest`` likeness of the words
            that go together, ``patronymic`` likeness (1.0 where one has none), ``covered`` words of the longer name.
    """

    score: float
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Pair:
    i: int
    j: int
    likeness: float
    kind: Kind

    @property
    def weight(self) -> float:
        return _WEIGHT[self.kind]


# How much a pair of words counts, and what a word costs that the other name lacks.
_WEIGHT: Final = {Kind.PLAIN: 1.0, Kind.PATRONYMIC: 0.6, Kind.LIGHT: 0.2}
_MISSING: Final = {Kind.PLAIN: 0.06, Kind.INITIAL: 0.03, Kind.PATRONYMIC: 0.01, Kind.LIGHT: 0.01}
# The weakest pair counts apart from the average: the same family name with another given name is another person.
_AVERAGE: Final = 0.55
# Fathers' names that are less alike contradict each other: namesakes.
_PATRONYMIC_MIN: Final = 0.72
_CONTRADICTED: Final = 0.8
# A single word is a name of many.
_ONE_WORD: Final = 0.12
# Each has a word that the other lacks.
_EACH_ITS_OWN: Final = 0.15
_LIGHT_MIN: Final = 0.9
_BELOW_SAME: Final = 0.99
_SAME: Final = Comparison(1.0, {"average": 1.0, "weakest": 1.0, "patronymic": 1.0, "covered": 1.0})
_NOTHING: Final = Comparison(0.0, {"average": 0.0, "weakest": 0.0, "patronymic": 1.0, "covered": 0.0})


def compare(left: str, right: str) -> Comparison:
    """Compare two names, in any script, spelling and order; the order of the arguments does not matter."""
    a, b = parse(left), parse(right)
    if len(b) < len(a) or (len(a) == len(b) and _order(b) < _order(a)):
        a, b = b, a
    if not a:
        return _NOTHING
    if len(a) == len(b) and sorted(_words(a)) == sorted(_words(b)) and sorted(words(left)) == sorted(words(right)):
        return _SAME
    return _compare(a, b)


def _order(parts: Sequence[Part]) -> list[tuple[str, str]]:
    return [(part.word, part.kind.value) for part in parts]


def _words(parts: Sequence[Part]) -> list[str]:
    return [part.word for part in parts]


def _compare(a: Sequence[Part], b: Sequence[Part]) -> Comparison:
    """Compare ``a`` with ``b``, which has at least as many words."""
    pairs = _align(a, b)
    if not pairs:
        return _NOTHING
    missing_a, missing_b = _missing(a, {pair.i for pair in pairs}), _missing(b, {pair.j for pair in pairs})
    missing = missing_a + missing_b
    core = [pair for pair in pairs if pair.kind is Kind.PLAIN] or pairs
    average = sum(p.weight * p.likeness for p in pairs) / sum(p.weight for p in pairs)
    weakest = min(pair.likeness for pair in core)
    patronymic = min((p.likeness for p in pairs if p.kind is Kind.PATRONYMIC), default=1.0)
    score = _AVERAGE * average + (1 - _AVERAGE) * weakest
    if patronymic < _PATRONYMIC_MIN:
        score *= _CONTRADICTED
    score -= sum(_MISSING[part.kind] for part in missing)
    if len(a) == 1 and any(part.kind is Kind.PLAIN for part in missing):
        score -= _ONE_WORD
    if missing_a and missing_b and any(part.kind is Kind.PLAIN for part in missing):
        score -= _EACH_ITS_OWN
    features = {
        "average": average,
        "weakest": weakest,
        "patronymic": patronymic,
        "covered": len(pairs) / len(b),
    }
    return Comparison(min(max(score, 0.0), _BELOW_SAME), features)


def _missing(parts: Sequence[Part], paired: set[int]) -> list[Part]:
    return [part for place, part in enumerate(parts) if place not in paired]


def _align(a: Sequence[Part], b: Sequence[Part]) -> list[_Pair]:
    """Pair off each word of ``a`` with one of ``b``, the likest first."""
    every = sorted((-likeness(x, y), i, j) for i, x in enumerate(a) for j, y in enumerate(b))
    left, right = set(range(len(a))), set(range(len(b)))
    pairs = []
    for negative, i, j in every:
        if i in left and j in right and not _is_beside(a[i], b[j], -negative):
            left.remove(i)
            right.remove(j)
            pairs.append(_Pair(i, j, -negative, _kind(a[i], b[j])))
    return pairs


def _is_beside(x: Part, y: Part, likeness: float) -> bool:
    """Whether a word that says little would be paired off with one that says much."""
    return (x.kind is Kind.LIGHT) != (y.kind is Kind.LIGHT) and likeness < _LIGHT_MIN


def _kind(x: Part, y: Part) -> Kind:
    """PATRONYMIC where both are, LIGHT where one is, PLAIN else: what a pair of words counts for."""
    if x.kind is y.kind is Kind.PATRONYMIC:
        return Kind.PATRONYMIC
    return Kind.LIGHT if Kind.LIGHT in (x.kind, y.kind) else Kind.PLAIN
