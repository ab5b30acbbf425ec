"""Keys by which a name is found among many: names that may be one share a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .parsing import Kind, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .parsing import Part

__all__ = ["keys"]

# What a shared key tells beside its rarity.
_SAME_SOUND: Final = 1.0
_SAME_CONSONANTS: Final = 0.9
_ONE_APART: Final = 0.7
_FATHER: Final = 0.3
# Two words that differ in one of three consonants or fewer have little in common: their vowels count too.
_CONSONANTS_MIN: Final = 4
_SOUNDS_MIN: Final = 4


def keys(name: str) -> tuple[dict[str, float], ...]:
    """The keys of each word of a name, each with what it counts for (up to 1.0), whatever the order of the words.

    A word is found by the given names that it is a spelling of ("#17"), by how it may sound ("=MIKALA"), by its
    consonants ("MKL"), and by what is left of these without one of them ("~MKL"), so that two words meet that differ
    in one sound (deletion neighbourhoods: T. Bocek and others, Fast Similarity Search in Large Dictionaries, 2007).
    Initials and words that say little have no keys, where there is another word.
    """
    parts = parse(name)
    telling = [part for part in parts if part.kind in (Kind.PLAIN, Kind.PATRONYMIC)]
    return tuple(map(_keys, sorted(telling or parts, key=lambda part: part.word)))


def _keys(part: Part) -> dict[str, float]:
    weight = _FATHER if part.kind is Kind.PATRONYMIC else 1.0
    near = {} if part.senses or weight < 1 else {f"~{key}": _ONE_APART for key in _near(part)}
    return {
        **near,
        **{reading.consonants: weight * _SAME_CONSONANTS for reading in part.readings},
        **{f"={reading.sounds}": weight * _SAME_SOUND for reading in part.readings},
        **{f"#{number}": weight for number in part.senses},
    }


def _near(part: Part) -> Iterator[str]:
    for reading in part.readings:
        sounds = reading.consonants if len(reading.consonants) >= _CONSONANTS_MIN else reading.sounds
        yield sounds
        if len(sounds) >= _SOUNDS_MIN:
            yield from (sounds[:place] + sounds[place + 1 :] for place in range(len(sounds)))
