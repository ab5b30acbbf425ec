"""Spellings of one word in several languages sound alike."""

from __future__ import annotations

import time

import pytest

from kg.names import sounds


@pytest.mark.parametrize(
    "spellings",
    [
        "Уладзімір Владимир Uladzimir Uładzimir Vladimir",
        "Ціханоўская Тихановская Tsikhanouskaya Cichanoŭskaja Tichanowskaja",
        "Бяляцкі Беляцкий Bialiatski Bialacki Belyatsky Bjaljazki",
        "Завадскі Завадский Завадзкі Zavadski Zawadzki Zavadsky",
        "Лукашэнка Лукашенко Lukashenka Łukašenka Loukachenko Lukaschenko Lukašenka",
        "Шчарбакоў Щербаков Shcharbakou Ščarbakoŭ Szczerbakow Shcherbakov",
        "Джордж George",
        "Тэтчер Thatcher",
        "Шрёдер Schröder Schroeder",
        "Ширак Chirac",
        "Валенса Wałęsa",
        "Говард Howard",
    ],
    ids=lambda spellings: spellings.split()[0],
)
def test_spellings_share_a_reading_with_the_first(spellings: str) -> None:
    first, *others = spellings.split()

    for other in others:
        assert set(sounds(first)) & set(sounds(other)), other


@pytest.mark.parametrize(("one", "other"), [("Міхаіл", "Мікалай"), ("Сапега", "Сапелка"), ("Бабарыка", "Бандарка")])
def test_other_words_sound_otherwise(one: str, other: str) -> None:
    assert not set(sounds(one)) & set(sounds(other))


def test_what_has_no_letters_has_no_sound() -> None:
    assert sounds("...") == ()
    assert sounds("") == ()


def test_a_script_that_is_not_read_stands_for_itself() -> None:
    assert sounds("北京") == ("北京",)


@pytest.mark.parametrize("hostile", ["ch" * 50_000, "щ" * 100_000, "a\u0301" * 100_000, "dzk" * 99_999, "ﷺ" * 9_999])
def test_a_long_word_takes_no_long_time(hostile: str) -> None:
    began = time.process_time()

    assert all(len(sound) <= 120 for sound in sounds(hostile))
    assert time.process_time() - began < 0.2
