"""Names of persons and organisations across scripts, spellings and orders: keys to find them by, and a comparison.

``words.py`` makes text plain, ``sounds.py`` reads words, ``parsing.py`` takes names apart; ``keys.py`` and
``comparison.py`` are what that is for. What the languages have is data: ``letters.toml``, ``given.txt``, ``light.txt``.
"""

from __future__ import annotations

from .comparison import LIKELY, Comparison, compare
from .keys import keys
from .words import clean, words

__all__ = ["LIKELY", "Comparison", "clean", "compare", "keys", "words"]
