"""Text into words that compare: one case, no marks, one script in a word, no punctuation."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["TEXT_MAX", "clean", "fold", "words"]

# Longer names are read as far as this; the longest in the material has 90 characters.
TEXT_MAX: Final = 400
_WORD: Final = re.compile(r"\w+")
_CYRILLIC: Final = re.compile(r"[\u0400-\u052f]")
# Apostrophes of all kinds, the soft sign in transliteration, and what is typed in their place: a word goes on.
_INSIDE: Final = re.compile("['\u2019\u2018\u02bc\u02b9\u02ba\u2032\u2033`\u00b4\u00b7\u00ad\u200b-\u200f\u2060\ufeff]")
# Letters that look alike (Unicode TR 39, confusables): what stands in a word of the other script is a slip of the
# keyboard or a way around filters. Small letters only: a word is lower-cased first.
_LATIN: Final = "aeopcyxijshvkmtb"
_LOOKALIKE: Final = "аеорсухіјѕһѵкмтв"
_TO_CYRILLIC: Final = str.maketrans(_LATIN, _LOOKALIKE)
_TO_LATIN: Final = str.maketrans(_LOOKALIKE, _LATIN)


def clean(text: str) -> str:
    """The first ``TEXT_MAX`` characters in one case, with the compatibility forms of letters (NFKC) made plain."""
    return _INSIDE.sub("", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text[:TEXT_MAX]).lower()))[
        :TEXT_MAX
    ]


def fold(word: str) -> str:
    """A word of ``clean`` text without marks, in one script.

    A mark that is a part of a letter of its own in Cyrillic is dropped too (й, ў, ё, ї): people leave it out.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    cyrillic = len(_CYRILLIC.findall(plain))
    if 0 < cyrillic < len(plain):
        return plain.translate(_TO_CYRILLIC if 2 * cyrillic >= len(plain) else _TO_LATIN)
    return plain


def words(text: str) -> list[str]:
    """The folded words of a text, in its order."""
    return [fold(word) for word in _WORD.findall(clean(text).replace("_", " "))]
