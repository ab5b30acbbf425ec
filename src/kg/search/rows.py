"""The entries of an index as they were given: lines of JSON, each found by its number.

A file beside the inverted index, because all of an entry is needed for each hit, and for nothing else.
"""

from __future__ import annotations

import json
import mmap
from array import array
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from .entries import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Rows", "write_rows"]

_LINES: Final = "entries.jsonl"
_ENDS: Final = "entries.ends"  # where each line ends, as 64-bit numbers of this machine


def write_rows(entries: Iterable[Entry], folder: Path) -> Iterator[tuple[int, Entry]]:
    """Write entries as they go by, each with its number, counted from 0."""
    end = 0
    with (folder / _LINES).open("wb") as lines, (folder / _ENDS).open("wb") as ends:
        for number, entry in enumerate(entries):
            end += lines.write(json.dumps(list(asdict(entry).values()), ensure_ascii=False).encode() + b"\n")
            ends.write(end.to_bytes(8, "little"))
            yield number, entry


class Rows:
    """The entries of one index, mapped into memory and read one by one; threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._ends = array("Q", (folder / _ENDS).read_bytes())
        with (folder / _LINES).open("rb") as file:
            # An empty file cannot be mapped.
            self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self._ends else b""

    def __getitem__(self, number: int) -> Entry:
        """The entry with a number from 0 to ``len(self) - 1``."""
        begin = self._ends[number - 1] if number else 0
        iri, labels, names, types, texts, not_before, not_after, former = json.loads(
            self._lines[begin : self._ends[number]]
        )
        return Entry(iri, labels, tuple(names), tuple(types), tuple(texts), not_before, not_after, tuple(former))
