"""How a word sounds, so roughly that spellings of one name in several languages sound alike.

A reading is a string over these sounds, after Taft's and Zobel and Dart's finding that a key for names must keep the
order of all consonants, unlike Soundex (J. Zobel, P. Dart, Phonetic String Matching, SIGIR 1996):

=====  ======================================================================================================
sound  what falls together, and why
=====  ======================================================================================================
``A``  а о э е ё я: unstressed о is written а in Belarusian (аканне) and о in Russian; е, ё and я alternate
``I``  и і ї ы: one letter of Ukrainian is another of Russian
``U``  у ю
``V``  в ў w: and Latin u behind a vowel, which is how officials write ў (Bazanau)
``G``  г ґ х: h of Belarusian and Ukrainian is g of Russian; foreign h is г in one and х in the other
``D``  д дз дж: д before a soft vowel is дз in Belarusian (дзеканне); English j is дж
``T``  т ц: т before a soft vowel is ц in Belarusian (цеканне)
``Z``  з ж; ``S``  с ш: marks are dropped in print
``C``  ч; ``SC`` щ, шч, сч; and ``B F K L M N P R`` as they are
=====  ======================================================================================================

й and ь are nothing, a row of vowels is one vowel, and a doubled consonant is one. A Latin spelling is ambiguous (``ch``
is х in Polish and ч in English), so a word has several readings, one for each way in which it can be read.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["READINGS_MAX", "WORD_MAX", "Reading", "readings"]

READINGS_MAX: Final = 6
WORD_MAX: Final = 40
_CACHED: Final = 1 << 13
_CYRILLIC: Final = re.compile(r"[\u0400-\u052f]")
_VOWELS: Final = re.compile("[AIU]{2,}")
_DOUBLED: Final = re.compile(r"(.)\1+")
_CLUSTER: Final = re.compile("[DT]S?K")
_NO_VOWELS: Final = str.maketrans("", "", "AIU")


class Reading(NamedTuple):
    """How a word may sound: all of its sounds, and its consonants alone (all sounds, where it has none)."""

    sounds: str
    consonants: str

    @classmethod
    def of(cls, sounds: str) -> Reading:
        """The reading with these sounds."""
        return cls(sounds, _DOUBLED.sub(r"\1", sounds.translate(_NO_VOWELS)) or sounds)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to read letters: what to rewrite first, and the sounds of groups of letters."""

    first: tuple[tuple[re.Pattern[str], str], ...]
    groups: re.Pattern[str]
    sounds: dict[str, str]

    def read(self, word: str) -> str:
        for pattern, replacement in self.first:
            word = pattern.sub(replacement, word)
        sounds = "".join(map(self.sounds.__getitem__, self.groups.findall(word)))
        return _DOUBLED.sub(r"\1", _CLUSTER.sub("TK", _VOWELS.sub(_one_vowel, sounds)))


def _one_vowel(row: re.Match[str]) -> str:
    return next(vowel for vowel in "AUI" if vowel in row[0])


def _ways() -> dict[str, _Way]:
    tables = tomllib.loads(Path(__file__).with_name("letters.toml").read_text(encoding="utf-8"))
    latin = _by_letters(tables["slavic"])
    ways = {}
    for name, table in tables.items():
        sounds = ({} if name == "cyrillic" else latin) | _by_letters(table)
        longest_first = "|".join(sorted(map(re.escape, sounds), key=len, reverse=True))
        first = tuple((re.compile(pattern), replacement) for pattern, replacement in table["first"])
        ways[name] = _Way(first, re.compile(longest_first), sounds)
    return ways


def _by_letters(table: dict[str, dict[str, str]]) -> dict[str, str]:
    return {letters: sound for sound, groups in table["sounds"].items() for letters in groups.split()}


_WAYS: Final = _ways()
_LETTERS: Final = {name: frozenset("".join(way.sounds)) for name, way in _WAYS.items()}
# Letters that only languages have in which a letter is a sound.
_ONE_WAY: Final = re.compile("[šžčćśźńłżŭěřůėįųūāēīļņķģąęđşğı]")
_SHORT_U: Final = re.compile("(?<=[aeo])u(?![aeiouy])")
_BALTIC_END: Final = re.compile("(?<=[^aeiouy])(?:as|is|ys|us|es|s)$|(?<=[aeiou])s$")
_STEM_MIN: Final = 3
_NASAL: Final = re.compile("[ąę]")
# Which ways a word invites: the letters that make a difference there.
_INVITES: Final = (
    ("german", re.compile("[wäöüß]|sch|ch|ei|eu|tz|z")),
    ("french", re.compile("ch|j|ou|oi|eau|qu|gn|ill|[çéèêâ]|ault$|[aeio]nd?t?$|[eo]t$|x$")),
)


@lru_cache(_CACHED)
def readings(word: str) -> tuple[Reading, ...]:
    """The ways in which a word of ``clean`` text sounds, the likeliest first; none for a word without letters.

    Returns:
        Up to ``READINGS_MAX`` of them; of a longer word, the first ``WORD_MAX`` letters count.
    """
    word = word[:WORD_MAX]
    if _CYRILLIC.search(word):
        found = [_WAYS["cyrillic"].read(_only(word, _LETTERS["cyrillic"]))]
    else:
        found = [_WAYS[way].read(text) for way, text in _latin_texts(_only(word, _LETTERS["slavic"]))]
    return tuple(map(Reading.of, dict.fromkeys(filter(None, found))))[:READINGS_MAX]


def _latin_texts(word: str) -> list[tuple[str, str]]:
    """The ways to read a word in Latin letters, each with the text to read."""
    short = _SHORT_U.sub("ŭ", word)
    nasal = _NASAL.sub("an", word)
    texts = [("slavic", short), *([("slavic", nasal)] if nasal != word else [])]
    if not _ONE_WAY.search(word):
        texts += [("romanised", short), ("english", word)]
        texts += [(way, word) for way, invites in _INVITES if invites.search(word)]
    if short != word:
        texts.append(("slavic", word))
    stem = _BALTIC_END.sub("", short)
    if stem != short and len(stem) >= _STEM_MIN:
        texts.insert(1, ("slavic", stem))
    return texts


def _only(word: str, letters: frozenset[str]) -> str:
    """A word with the letters of a table, their marks with them, and with all other letters bare of marks."""
    if word.isascii():
        return word
    return "".join(c if c in letters else _bare(c) for c in unicodedata.normalize("NFC", word))


def _bare(letter: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
