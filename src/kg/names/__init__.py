"""Names of persons and organisations across scripts, spellings and orders: keys to find them by, and a comparison.

``words.py`` makes text plain, ``sounds.py`` reads words, ``parsing.py`` takes names apart; ``keys.py`` and
``comparison.py`` are what that is for. What the languages have is data: ``letters.toml``, ``given.txt``, ``light.txt``.
"""

from __future__ import annotations

from .comparison import LIKELY, Comparison, compare
from .keys import keys
from .parsing import Kind, is_light, parse
from .words import words

__all__ = ["LIKELY", "Comparison", "compare", "is_light", "keys", "sounds", "telling_words", "words"]


def sounds(word: str) -> tuple[str, ...]:
    """The ways in which a single word may sound (sounds.py), the likeliest first."""
    return tuple(reading.sounds for part in parse(word)[:1] for reading in part.readings)


def telling_words(name: str) -> set[str]:
    """The words of a name that tell who is meant, in small letters without marks.

    Neither initials nor titles and particles (``light.txt``) do, nor numbers.
    """
    telling = [part.word for part in parse(name) if part.kind in (Kind.PLAIN, Kind.PATRONYMIC)]
    return {word for word in telling if not word.isnumeric()}
