"""Names of persons and organisations across scripts, spellings and orders: keys to find them by, and a comparison.

``words.py`` makes text plain, ``sounds.py`` reads words, ``parsing.py`` takes names apart; ``keys.py`` and
``comparison.py`` are what that is for. What the languages have is data: ``letters.toml``, ``given.txt``, ``light.txt``.
"""

from __future__ import annotations

from .comparison import LIKELY, Comparison, compare
from .keys import keys
from .parsing import is_light, parse
from .words import words

__all__ = ["LIKELY", "Comparison", "compare", "is_light", "keys", "sounds", "words"]


def sounds(word: str) -> tuple[str, ...]:
    """The ways in which a single word may sound (sounds.py), the likeliest first."""
    return tuple(reading.sounds for part in parse(word)[:1] for reading in part.readings)
