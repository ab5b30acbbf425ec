"""Content codings: the one a client takes, and packing that can be undone."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from api.encoding import choose_coding, pack, pack_pieces

if TYPE_CHECKING:
    from collections.abc import Callable

UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda packed: zstandard.ZstdDecompressor().decompressobj().decompress(packed),
    "br": brotli.decompress,
    "gzip": lambda packed: zlib.decompress(packed, wbits=31),
}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("GZIP;Q=0.5, identity;q=0.1", "gzip"),
        ("zstd;q=0.5, br;q=0.8", "br"),
        ("zstd;q=0, *", "br"),
        ("*;q=0", ""),
        ("gzip;q=0.5, identity", ""),
        ("gzip;q=high", ""),
        ("deflate, x-gzip", ""),
        (";;;,,,=", ""),
        ("gzip," * 205, ""),
        ("gzip," * 204, "gzip"),
    ],
)
def test_the_best_that_a_client_takes(accepted: str, coding: str) -> None:
    assert choose_coding(accepted) == coding


@pytest.mark.parametrize("coding", UNPACK)
@given(pieces=st.lists(st.binary()))
def test_what_is_packed_can_be_unpacked(coding: str, pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    packed, size_bytes = pack_pieces(pieces, coding)
    with packed:
        packed.seek(0)
        from_file = packed.read()

    assert UNPACK[coding](pack(content, coding)) == content
    assert UNPACK[coding](from_file) == content
    assert len(from_file) == size_bytes
