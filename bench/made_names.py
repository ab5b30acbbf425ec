"""Invented names of persons to fill an index with: always the same ones, in several scripts, spellings and orders.

Family names are made of syllables and of endings that are common; given names are those that src/kg/names knows, so
that what fills the index is as easily taken for the persons sought as real namesakes are.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["made_names"]

GIVEN = Path(__file__).resolve().parents[1] / "src" / "kg" / "names" / "given.txt"
ONSETS = [
    "б",
    "в",
    "г",
    "д",
    "ж",
    "з",
    "к",
    "л",
    "м",
    "н",
    "п",
    "р",
    "с",
    "т",
    "х",
    "ц",
    "ч",
    "ш",
    "бр",
    "гр",
    "др",
    "кр",
    "пр",
    "тр",
    "ст",
    "сл",
    "бл",
    "гл",
    "кл",
    "зв",
    "св",
]
VOWELS = ["а", "э", "і", "о", "у", "ы", "я"]
CODAS = ["", "", "", "л", "р", "н", "с", "к", "м"]
# Endings in Belarusian and Russian, men's.
ENDINGS = [
    ("оў", "ов"),
    ("аў", "ов"),
    ("скі", "ский"),
    ("віч", "вич"),
    ("ук", "ук"),
    ("ка", "ко"),
    ("енка", "енко"),
    ("ін", "ин"),
    ("ік", "ик"),
    ("ец", "ец"),
    ("ёнак", "ёнок"),
    ("ч", "ч"),
]
FATHERS = [
    ("Іванавіч", "Иванович"),
    ("Пятровіч", "Петрович"),
    ("Мікалаевіч", "Николаевич"),
    ("Сяргеевіч", "Сергеевич"),
    ("Аляксандравіч", "Александрович"),
    ("Уладзіміравіч", "Владимирович"),
    ("Віктаравіч", "Викторович"),
    ("Міхайлавіч", "Михайлович"),
    ("Васільевіч", "Васильевич"),
    ("Андрэевіч", "Андреевич"),
]
LATIN = dict(
    zip(
        "абвгдеёжзйіклмнопрстуўфхцчшыьэюяищъ",
        "a b v h d e io zh z i i k l m n o p r s t u u f kh ts ch sh y - e iu ia i shch -".replace("-", "").split(" "),
        strict=True,
    )
)
WESTERN = [
    "ber",
    "mar",
    "hol",
    "stein",
    "win",
    "ford",
    "ton",
    "hart",
    "wald",
    "lan",
    "fer",
    "san",
    "dor",
    "vil",
    "gar",
    "rob",
    "col",
    "mor",
    "al",
    "bur",
    "chel",
    "den",
    "fair",
    "gre",
    "kin",
    "lam",
    "nor",
    "pel",
    "ros",
    "sut",
    "tan",
    "wes",
]
WESTERN_ENDINGS = ["", "son", "er", "mann", "ini", "ez", "ard", "el", "sen", "ski", "ley", "ton", "eau", "ová", "s"]


def made_names(count: int, *, seed: int = 1) -> Iterator[str]:
    """``count`` names; the first ones of a larger number are the same."""
    chance = random.Random(seed)
    given = [line.split() for line in GIVEN.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    cyrillic = [[word for word in names if word[0] > "а" or word[0] == "а"] for names in given]
    for _ in range(count):
        if chance.random() < 0.3:
            yield _western(chance, [word for word in chance.choice(given) if word.isascii()])
        else:
            yield _eastern(chance, [word for word in chance.choice(cyrillic) if word])


def _western(chance: random.Random, given: list[str]) -> str:
    family = "".join(chance.choices(WESTERN, k=chance.choice((1, 2, 2)))) + chance.choice(WESTERN_ENDINGS)
    first = chance.choice(given) if given else chance.choice(WESTERN)
    return f"{first.title()} {family.title()}"


def _eastern(chance: random.Random, given: list[str]) -> str:
    russian = chance.random() < 0.5
    syllables = (
        chance.choice(ONSETS) + chance.choice(VOWELS) + chance.choice(CODAS) for _ in range(chance.choice((1, 2, 2)))
    )
    family = "".join(syllables) + chance.choice(ENDINGS)[russian]
    if russian:
        family = family.replace("э", "е").replace("і", "и")
    first = chance.choice(given) if given else "иван"
    father = chance.choice(FATHERS)[russian] if chance.random() < 0.5 else ""
    ordered = [family, first, father] if chance.random() < 0.4 else [first, father, family]
    name = " ".join(part.title() for part in ordered if part)
    return name if chance.random() < 0.6 else "".join(LATIN.get(c, c) for c in name.lower()).title()
