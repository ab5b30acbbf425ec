"""Which names are likely spellings of one, and what must hold of every comparison."""

from __future__ import annotations

import random  # noqa: TC003 - Hypothesis reads the annotations
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kg.names import LIKELY, compare, keys

# Public persons and organisations, as the press of several countries writes them.
SAME = [
    ("Алесь Бяляцкі", "Ales Bialiatski"),
    ("Алесь Бяляцкі", "Алаксандр Беляцкий"),
    ("Алесь Віктаравіч Бяляцкі", "Беляцкий Александр"),
    ("Алесь Бяляцкі", "Aleś Bialacki"),
    ("Святлана Ціханоўская", "Svetlana Tikhanovskaya"),
    ("Святлана Ціханоўская", "Śviatłana Cichanoŭskaja"),
    ("Святлана Ціханоўская", "Світлана Тихановська"),
    ("Святлана Ціханоўская", "Swiatłana Cichanouska"),
    ("Святлана Ціханоўская", "Sviatlana Cichanouskaja"),
    ("Цiхaнoўcкaя Святлана", "Святлана Ціханоўская"),
    ("Мікола Статкевіч", "Nikolai Statkevich"),
    ("Мікола Статкевіч", "Mikalojus Statkevičius"),
    ("LUKASHENKO, Alexander Grigoryevich", "Аляксандр Лукашэнка"),
    ("А. Бяляцкі", "Ales Bialiatski"),
    ("Ю. Захаранка", "Yury Zakharanka"),
    ("John Major", "Джон Мейджор"),
    ("George W. Bush", "Джордж Буш"),
    ("Jacques Chirac", "Жак Ширак"),
    ("Gerhard Schröder", "Герхард Шредер"),
    ("Recep Tayyip Erdoğan", "Реджеп Тайип Эрдоган"),
    ("Human Rights Centre «Viasna»", "Вясна"),
    ("Human Rights Centre «Viasna»", "Весна"),
    ("Праваабарончы цэнтр «Вясна»", "Viasna Human Rights Centre"),
    ("Праваабарончы цэнтр «Вясна»", "Правозащитный центр Весна"),
    ("ТАА «Вектар»", "ООО Вектор"),
    ("Беларускі Хельсінкскі Камітэт", "Belarusian Helsinki Committee"),
]
OTHER = [
    ("Святлана Ціханоўская", "Сяргей Ціханоўскі"),
    ("Иван Петрович Ковалёв", "Иван Сергеевич Ковалёв"),
    ("Павел Сапелка", "Алесь Сапелка"),
    ("Мария Колесникова", "Марина Колесникова"),
    ("Human Rights Watch", "Human Rights Foundation"),
    ("Алесь Бяляцкі", "Алесь Пушкін"),
    ("Minsk City Court", "Minsk Regional Court"),
    ("", ""),
    ("...", "..."),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_spellings_of_one_name_are_likely_one(left: str, right: str) -> None:
    assert compare(left, right).score >= LIKELY


@pytest.mark.parametrize(("left", "right"), OTHER)
def test_other_names_are_not(left: str, right: str) -> None:
    assert compare(left, right).score < LIKELY


def test_a_comparison_says_what_it_is_made_of() -> None:
    brothers = compare("Иван Петрович Ковалёв", "Степан Петрович Ковалёв").features
    namesakes = compare("Иван Петрович Ковалёв", "Иван Сергеевич Ковалёв").features

    assert brothers["weakest"] < 0.6 < brothers["patronymic"]
    assert namesakes["patronymic"] < 0.6 < namesakes["weakest"]


def test_only_the_same_words_are_wholly_alike() -> None:
    assert compare("Алесь Бяляцкі", "БЯЛЯЦКІ, Алесь").score == 1
    assert compare("Алесь Бяляцкі", "Ales Bialacki").score < 1


TEXT = st.text(max_size=40) | st.lists(
    st.sampled_from([*" ".join(name for pair in SAME for name in pair).split(), "ович", "и", "A.", "«", "ў"]),
    max_size=9,
).map(" ".join)


@given(TEXT, TEXT)
@example("Я", "a\u0301")
@example("\ud800", "ß ﬁ")
def test_a_comparison_is_symmetric_and_between_0_and_1(left: str, right: str) -> None:
    there, back = compare(left, right), compare(right, left)

    assert there == back
    assert 0 <= there.score <= 1
    assert all(0 <= share <= 1 for share in there.features.values())


@given(TEXT)
def test_a_name_is_itself(name: str) -> None:
    assert compare(name, name).score == (1 if keys(name) else 0)


@given(st.sampled_from(SAME), st.randoms(use_true_random=False))
def test_keys_know_no_order_and_no_case(names: tuple[str, str], chance: random.Random) -> None:
    parts = names[0].split()
    chance.shuffle(parts)
    other = " ".join(part.upper() if chance.random() < 0.5 else part.lower() for part in parts)

    # Which word is the patronymic does hang on the order, and how much its keys count with it.
    if len(parts) < 3:
        assert _set(other) == _set(names[0])


@given(st.sampled_from([name for pair in SAME for name in pair]), st.randoms(use_true_random=False))
def test_keys_know_no_lookalikes(name: str, chance: random.Random) -> None:
    """Up to a letter in three of each word is written in the other script."""
    assert _set(_disguise(name, chance)) == _set(name)


def _set(name: str) -> set[str]:
    return {key for word in keys(name) for key in word}


def _disguise(name: str, chance: random.Random) -> str:
    pairs = dict(zip("аеорсухі", "aeopcyxi", strict=True))
    pairs |= {latin: cyrillic for cyrillic, latin in pairs.items()}
    disguised = []
    for word in name.split(" "):
        letters = list(word)
        places = [place for place, letter in enumerate(letters) if letter in pairs]
        for place in chance.sample(places, min(len(places), len(letters) // 3)):
            letters[place] = pairs[letters[place]]
        disguised.append("".join(letters))
    return " ".join(disguised)


@pytest.mark.parametrize("left", ["ковалёв " * 20_000, "ch" * 100_000, "a b c d e f g h i j k " * 999, "«" * 99_999])
def test_long_names_take_no_long_time(left: str) -> None:
    began = time.process_time()

    compare(left, left.replace("o", "a")[1:])
    keys(left)

    assert time.process_time() - began < 0.2
