"""Text into plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.names import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Алесь БЯЛЯЦКІ", ["алесь", "бяляцкі"]),
        ("Święta-Krajna", ["swieta", "krajna"]),
        ("д’Артаньян, Дар'я", ["дартаньян", "даря"]),
        ("«Вясна» (№ 96)", ["вясна", "no", "96"]),
        ("Ціхано\u0301ўская", ["ціханоуская"]),
        ("ﬁnal ½", ["final", "1", "2"]),
        ("", []),
        ("\ud800 ... _", []),
    ],
)
def test_words_have_one_case_and_no_marks(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_latin_letters_that_slipped_into_a_cyrillic_word_are_cyrillic() -> None:
    """The Latin i, a, c and o cannot be told from the Cyrillic ones by eye."""
    assert words("Цiхaнoўcкaя") == words("Ціханоўская")
    assert words("Bіalіаtskі") == words("Bialiatski")


@given(st.text(max_size=60))
def test_words_of_words_are_the_same(text: str) -> None:
    once = words(text)

    assert [word for part in once for word in words(part)] == once
