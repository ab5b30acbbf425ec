"""Tags of representations: another one for anything else, and 304 for whoever has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.etags import not_modified, standing, tag_of
from tests.material_requests import request_with


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1))
def test_what_is_cut_elsewhere_has_another_tag(text: str) -> None:
    cut = {(text[:place], text[place:]) for place in range(len(text) + 1)} | {(text,), (text, "", "")}

    assert len({tag_of(*parts) for parts in cut}) == len(cut)
    assert tag_of(text) == tag_of(text)


TAG = tag_of("2031-05-03", "/doc/group/freed-2031", "text/turtle")


@pytest.mark.parametrize("given_tags", [f'W/"{TAG}"', f'"{TAG}"', f'"other", W/"{TAG}"', "*", f' W/"{TAG}" ,'])
@pytest.mark.parametrize("method", ["GET", "HEAD", "QUERY"])
def test_who_has_it_is_told_so_with_the_headers_of_the_whole(given_tags: str, method: str) -> None:
    answer = not_modified(request_with(("If-None-Match", given_tags), method=method), TAG)

    assert answer is not None
    assert (answer.status_code, answer.body) == (304, b"")
    assert {name: answer.headers[name] for name in standing(TAG)} == standing(TAG)


def test_tags_may_come_in_several_lines() -> None:
    request = request_with(("If-None-Match", '"a"'), ("If-None-Match", f'"{TAG}"'))

    assert not_modified(request, TAG) is not None


@pytest.mark.parametrize("given_tags", ["", '"other"', f'"{TAG[:-1]}"', f'W/"{TAG}x"', '"*"x', ",,,"])
def test_who_has_another_gets_the_whole(given_tags: str) -> None:
    assert not_modified(request_with(("If-None-Match", given_tags)), TAG) is None
    assert not_modified(request_with(), TAG) is None


def test_only_what_reads_is_conditional() -> None:
    assert not_modified(request_with(("If-None-Match", "*"), method="POST"), TAG) is None
