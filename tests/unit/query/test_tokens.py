"""Tokens are read in time that is linear in the length of the text, and are the same for it."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.query.tokens import TOKEN, matches

LETTERS = "SELECT * {} "
LENGTH = 65_536
# What may stand around, in and behind a run of words with hyphens.
PIECES = (
    *("a", "_", "é", "b-", "-", "--", "1", "1e", "1e-5", "e+5", ".5", ".", "²", ":", "a:b", "a-b:c", "_:b-c", "a\\-b"),
    *("?x", "$y-", "@en-a", "<a>", "<a-b", '"q"', '"a-', "'", " ", "\n", "#c-d\n", "\\u", "%", "(", ">", "^^", "!"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join) | st.text(alphabet="aé_-1e.:+ \\", max_size=30))
def test_a_run_that_is_read_once_has_the_tokens_of_one_that_is_read_at_each_word(text: str) -> None:
    read = [(match.lastgroup, match.span(match.lastgroup or 0)) for match in matches(text, 0)]

    assert read == [(match.lastgroup, match.span(match.lastgroup or 0)) for match in TOKEN.finditer(text)]


# The first five are read for 10 to 20 s where each word of a run is asked for a colon.
LONG = (
    *("a-", "é-", "_-", "a-1-", "a-1e-5-", "?a-b-", "a:b-c ", "a-b:", "a-b ", "a.b-", "-", "--a"),
    *("a:%", "a:\\a", "a:a.", "a:a..", "a:" + "." * 99, ":", "1e", "1.", ".1", "1.1", "@a-", "<a-", "<", "<<", "?a<b-"),
    *("\\u", "#\n", "# a-\n", "'''", '"', "'' ", "^", "&&", "{|", ")>>"),
)


@pytest.mark.parametrize("piece", LONG)
def test_the_longest_text_is_read_soon_whatever_it_repeats(piece: str) -> None:
    text = LETTERS + piece * ((LENGTH - len(LETTERS)) // len(piece))
    began = process_time()

    assert sum(1 for _ in matches(text, 0))

    assert process_time() - began < 2
