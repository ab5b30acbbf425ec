"""A name taken apart: its words, how each may sound, and which are given names, patronymics, initials."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .sounds import Reading, readings
from .words import clean, fold, one_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["PARTS_MAX", "Kind", "Part", "is_light", "parse"]

PARTS_MAX: Final = 8
# Names come once or often. What is kept is bounded, and small enough that to collect garbage takes no long time.
_CACHED: Final = 1 << 15
_NAMES_CACHED: Final = 1 << 13
_WORD: Final = re.compile(r"([^\W_]+)(\.?)")
# -авіч, -евич, -овна, -івна, -ичич, -ична …, as they sound; G and T where ch or cz is read in another way.
_PATRONYMIC: Final = re.compile("(?:[AI]VIC|IC|[AI]VNA|ICNA)$")
_INITIAL_LETTERS_MAX: Final = 2
# Я, Е, Ю begin with y or j in Latin letters, and Уладзімір is Владимир in Russian.
_INITIALS: Final = {"y": "AIU", "j": "AIUD", "u": "UV", "у": "UV", "v": "UV", "w": "UV", "в": "UV"}
_TELLING: Final = 2


class Kind(Enum):
    """What a word of a name is, as far as its form tells."""

    PLAIN = "plain"
    PATRONYMIC = "patronymic"
    INITIAL = "initial"
    LIGHT = "light"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One word of a name; equal only to itself, so that what is known of a pair of words is found at once.

    Attributes:
        word: without marks, in small letters.
        kind: what it is.
        readings: the ways in which it may sound; the father's name, for a patronymic.
        senses: which names of ``given.txt`` (the father's, for a patronymic) or words of ``light.txt`` it is a spelling
            of, by number.
    """

    word: str
    kind: Kind
    readings: tuple[Reading, ...]
    senses: frozenset[int]


@lru_cache(_NAMES_CACHED)
def parse(name: str) -> tuple[Part, ...]:
    """The words of a name in its order, those without letters that sound left out; up to ``PARTS_MAX``."""
    found = [_part(word, dot) for word, dot in _WORD.findall(clean(name))]
    parts = [part for part in found if part.readings][:PARTS_MAX]
    place = _place_of_patronymic(parts)
    if place is not None:
        parts[place] = _patronymic(parts[place])
    if all(part.kind is Kind.LIGHT for part in parts):
        parts = [replace(part, kind=Kind.PLAIN) for part in parts]
    return tuple(parts)


def is_light(word: str) -> bool:
    """Whether a folded word says little about whom or what a name means (``light.txt``)."""
    return word in _LIGHT


def _part(word: str, dot: str) -> Part:
    is_initial = len(word) <= _INITIAL_LETTERS_MAX if dot else len(word) == 1
    return _initial(word) if is_initial and not word.isdigit() else _word(word)


@lru_cache(_CACHED)
def _initial(word: str) -> Part:
    part = _word(word)
    return Part(
        part.word, Kind.INITIAL, tuple(map(Reading.of, _INITIALS.get(part.word, ()))) or part.readings, frozenset()
    )


@lru_cache(_CACHED)
def _word(word: str) -> Part:
    word = one_script(word)
    plain = fold(word)
    sounds = readings(word) or ((Reading.of(word),) if word.isalnum() else ())
    if plain in _LIGHT:
        return Part(plain, Kind.LIGHT, sounds, _LIGHT[plain])
    return Part(plain, Kind.PLAIN, sounds, _GIVEN_WORDS.get(plain) or _names_of(sounds))


def _names_of(sounds: Iterable[Reading]) -> frozenset[int]:
    """The given names that sound so; of short sounds too many do, and only known spellings count."""
    telling = [sound.sounds for sound in sounds if len(sound.consonants) >= _TELLING]
    return frozenset().union(*(_GIVEN_SOUNDS.get(sound, ()) for sound in telling))


def _place_of_patronymic(parts: Sequence[Part]) -> int | None:
    """Where the patronymic stands in a name of three words or more; it is never the first word.

    A family name may have the same form (Шушкевич): then the word behind a given name is the patronymic.
    """
    plain = [place for place, part in enumerate(parts) if part.kind is Kind.PLAIN]
    places = [p for p in plain[1:] if any(_PATRONYMIC.search(r.sounds) for r in parts[p].readings)]
    if len(plain) < 3 or not places:  # noqa: PLR2004 - given name, patronymic and family name
        return None
    return next((place for place in places if parts[place - 1].senses), places[0])


@lru_cache(_CACHED)
def _patronymic(part: Part) -> Part:
    stems = tuple(dict.fromkeys(Reading.of(_PATRONYMIC.sub("", r.sounds) or r.sounds) for r in part.readings))
    # Сергеевич sounds SARG-AVIC, and Сергей SARGA: the row of vowels has become one.
    given = _names_of(Reading.of(stem.sounds + vowel) for stem in stems for vowel in ("", "A", "I"))
    return Part(part.word, Kind.PATRONYMIC, stems, given)


def _lines(file: str) -> list[list[str]]:
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def _number(file: str, by: Callable[[str], Iterable[str]]) -> dict[str, frozenset[int]]:
    """The numbers of the lines of a file, by what ``by`` gives for each of their words."""
    numbers: dict[str, set[int]] = {}
    for number, spellings in enumerate(_lines(file)):
        for key in {key for spelling in spellings for key in by(clean(spelling))}:
            numbers.setdefault(key, set()).add(number)
    return {key: frozenset(found) for key, found in numbers.items()}


_GIVEN_WORDS: Final = _number("given.txt", lambda word: [fold(word)])
# A spelling is listed as it is read in its own language; what it might be in another would mix up the names.
_GIVEN_SOUNDS: Final = _number("given.txt", lambda word: [reading.sounds for reading in readings(word)[:1]])
_LIGHT: Final = _number("light.txt", lambda word: [fold(word)])
