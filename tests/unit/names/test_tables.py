"""The tables of words: each word is typed in one script, or it would never be found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kg.names
from kg.names import compare, is_light

LINES = {
    name: [
        line.split()
        for line in (Path(kg.names.__file__).with_name(name)).read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    for name in ("given.txt", "light.txt")
}
CYRILLIC, LATIN = re.compile("[\u0400-\u052f]"), re.compile("[a-z\u00c0-\u024f]")


@pytest.mark.parametrize("name", LINES)
def test_words_are_in_small_letters_of_one_script_and_once_on_a_line(name: str) -> None:
    assert len(LINES[name]) >= 30
    for line in LINES[name]:
        assert len(set(line)) == len(line) > 0, line
        for word in line:
            assert word == word.lower(), word
            assert bool(CYRILLIC.search(word)) != bool(LATIN.search(word)), word


@pytest.mark.parametrize("line", LINES["given.txt"], ids=lambda line: line[0])
def test_the_spellings_of_a_given_name_are_one(line: list[str]) -> None:
    for word in line:
        assert compare(f"{line[0]} Ковалёв", f"Ковалёв {word}").score > 0.9, word


def test_words_that_say_little_are_known_in_every_language() -> None:
    assert LINES["light.txt"]
    assert all(is_light(word) for word in ("centre", "цэнтр", "ооо", "фонд", "von"))
    assert not is_light("вясна")
