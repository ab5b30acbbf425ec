"""Reading the parameters of a request."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from api.protocol import read_query_string

PIECES = (b"%", b"=", b"+", b"%3D", b"%3d", b"%25", b"%c3%A9", b"%zz", b"%4", b"a", b"\xc3\xa9", b"\n", b"\r")
ENCODED = st.lists(st.sampled_from(PIECES)).map(b"".join)


@given(ENCODED)
@example(b"%\rab%41\n")
@example(b"%aa")
@example(b"%=41")
@example(b"%%41")
@example(b"=%\n")
@example(b"%")
def test_a_value_is_read_as_the_standard_library_reads_it(encoded: bytes) -> None:
    try:
        expected = parse_qsl("query=" + encoded.decode(), keep_blank_values=True, errors="strict")[0][1]
    except UnicodeDecodeError:
        with pytest.raises(HTTPException):
            read_query_string(b"query=" + encoded)
        return

    assert read_query_string(b"query=" + encoded).query == expected


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_encoded_is_read_as_it_was(text: str) -> None:
    assert read_query_string(f"a=b&query={quote_plus(text)}".encode()).query == text


@pytest.mark.parametrize("encoded", [b"query=%FF", b"query=\xff", b"%C3=x", b"query=a&query=b", b"timeout=0"])
def test_what_cannot_be_read_is_refused(encoded: bytes) -> None:
    with pytest.raises(HTTPException) as refused:
        read_query_string(encoded)
    assert refused.value.status_code == 400
