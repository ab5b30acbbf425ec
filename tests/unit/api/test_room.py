"""Long results find room while there is some; what is let go gives it back."""

from __future__ import annotations

import tempfile

import pytest

from api.answers import Result
from api.room import Room
from kg.errors import BackendBusyError
from kg.settings import Settings

MIB = 2**20
# 8 MiB in all, 2 for each client.
SETTINGS = Settings(result_files_mb=8, result_bytes_max=MIB)


def result(size_bytes: int = MIB) -> Result:
    """As one that lies in a file."""
    return Result("text/csv", size_bytes, tempfile.TemporaryFile())


def test_a_client_has_its_part_and_all_clients_have_the_whole() -> None:
    room, held = Room(SETTINGS), [result() for _ in range(8)]
    for number, one in enumerate(held):
        room.take(one, f"192.0.2.{number // 2}")

    for client, words in (("192.0.2.1", "one client"), ("192.0.2.9", "there is room for")):
        with pytest.raises(BackendBusyError, match=words):
            room.take(result(), client)
    assert room.held_bytes == 8 * MIB

    del one, held[5:]
    assert room.held_bytes == 5 * MIB
    room.take(held_longer := result(), "192.0.2.3")
    assert room.held_bytes == 5 * MIB + held_longer.size_bytes


def test_what_is_in_memory_takes_no_room() -> None:
    room = Room(Settings(result_files_mb=0, result_bytes_max=1024))
    kept = Result("text/csv", MIB, b"x" * MIB)
    room.take(kept, "192.0.2.1")

    assert room.held_bytes == 0


def test_a_packed_result_takes_room_and_that_of_the_client_but_is_not_refused() -> None:
    room, whole, packed = Room(SETTINGS), result(2 * MIB), result()
    room.take(whole, "192.0.2.1")
    room.take_too(packed, whole)
    assert room.held_bytes == 3 * MIB

    del whole
    with pytest.raises(BackendBusyError):
        room.take(result(2 * MIB), "192.0.2.1")
    assert room.held_bytes == packed.size_bytes


def test_the_largest_result_finds_room_however_little_there_is() -> None:
    room, largest = Room(Settings(result_files_mb=0, result_bytes_max=MIB)), result()
    room.take(largest, "192.0.2.1")

    assert room.held_bytes == MIB
