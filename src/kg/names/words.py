"""Text into words that compare: one case, no marks, one script in a word, no punctuation."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["TEXT_MAX", "clean", "fold", "one_script", "words"]

# Longer names are read as far as this; the longest in the material has 90 characters.
TEXT_MAX: Final = 400
_WORD: Final = re.compile(r"[^\W_]+")
_CYRILLIC: Final = re.compile(r"[\u0400-\u052f]")
# Apostrophes of all kinds, the soft sign in transliteration, and what is typed in their place: a word goes on.
_INSIDE: Final = re.compile("['\u2019\u2018\u02bc\u02b9\u02ba\u2032\u2033`\u00b4\u00b7\u00ad\u200b-\u200f\u2060\ufeff]")
# What is left of these when letters are composed makes no letter of its own, as the stress in textbooks.
_MARKS: Final = re.compile("[\u0300-\u036f]")
# Letters that look alike, in capitals or small (Unicode TS 39, confusables): one that stands in a word of the other
# script is a slip of the keyboard, or a way around a filter.
_LATIN: Final = "aeopcyxikmthbjsïë"
_LOOKALIKE: Final = "аеорсухікмтнвјѕїё"
_TO_CYRILLIC: Final = str.maketrans(_LATIN, _LOOKALIKE)
_TO_LATIN: Final = str.maketrans(_LOOKALIKE, _LATIN)


def clean(text: str) -> str:
    """The first ``TEXT_MAX`` characters in small letters and composed (NFKC), without what stands inside of words."""
    # Composed last: to take out what stands inside, and small letters, may set a mark behind another letter.
    # Halves of characters (lone surrogates) are no text.
    whole = text[:TEXT_MAX].encode(errors="ignore").decode()
    plain = unicodedata.normalize("NFKC", whole)[:TEXT_MAX].lower()
    return _MARKS.sub("", unicodedata.normalize("NFC", _INSIDE.sub("", plain)))


def one_script(word: str) -> str:
    """A word of ``clean`` text with its lookalikes in the script that most of its letters have."""
    cyrillic = len(_CYRILLIC.findall(word))
    if 0 < cyrillic < len(word):
        return word.translate(_TO_CYRILLIC if 2 * cyrillic >= len(word) else _TO_LATIN)
    return word


def fold(word: str) -> str:
    """A word of ``clean`` text in one script and without marks, those that make a letter of its own (й, ў, ё) too."""
    parts = unicodedata.normalize("NFKD", one_script(word))
    return "".join(c for c in parts if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """The folded words of a text, in its order."""
    return [fold(word) for word in _WORD.findall(clean(text))]
