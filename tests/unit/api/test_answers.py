"""Results that a backend holds in memory, such as a remote endpoint's, are served whatever their size."""

from __future__ import annotations

import io

import pytest

from api.answers import Result
from kg.store.backend import Answer


@pytest.mark.parametrize("size_bytes", [0, 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_a_result_in_memory_is_read_whole(size_bytes: int) -> None:
    content = b"x" * size_bytes
    result = Result.of(Answer("text/csv", size_bytes, io.BytesIO(content)))

    assert (b"".join(result.pieces()), result.size_bytes) == (content, size_bytes)
