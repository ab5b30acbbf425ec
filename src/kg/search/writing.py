"""Write the search index of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import tantivy

from kg.names import keys, words

from .days import FIRST_DAY, LAST_DAY, day_number
from .queries import START_MAX
from .rows import write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .entries import Entry

__all__ = ["write_index"]

_HEAP_BYTES: Final = 64_000_000


def write_index(entries: Iterable[Entry], folder: Path) -> None:
    """Write an index of ``entries``, each read once, into a folder that is made where it is missing.

    Time grows with the number of entries, and memory does not. Every IRI, former ones included, belongs to one entry.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = tantivy.Index(_schema(), path=str(folder))
    # One thread, so that the index has few parts and each query opens few.
    writer = index.writer(_HEAP_BYTES, num_threads=1)
    for number, entry in write_rows(entries, folder):
        writer.add_document(_document(number, entry))
    writer.commit()
    writer.wait_merging_threads()
    for lock in folder.glob("*.lock"):
        lock.unlink()
    # Some of them only who wrote them may read, but whoever reads a release reads all of it.
    for file in folder.iterdir():
        file.chmod(0o644)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for raw in ("iri", "type", "key", "whole", "start"):
        builder.add_text_field(raw, tokenizer_name="raw", index_option="basic")
    for text in ("name", "text"):
        builder.add_text_field(text, tokenizer_name="whitespace", index_option="freq")
    for number in ("number", "begin", "end"):
        builder.add_integer_field(number, fast=True, indexed=number != "number")
    return builder.build()


def _document(number: int, entry: Entry) -> tantivy.Document:
    names = [words(name) for name in entry.names]
    document = tantivy.Document(
        number=number,
        iri=[entry.iri, *entry.former],
        type=list(entry.types),
        key=_distinct(key for name in entry.names for word in keys(name) for key in word),
        whole=_distinct(" ".join(sorted(name)) for name in names),
        start=_distinct(word[:length] for name in names for word in name for length in range(1, START_MAX + 1)),
        name=[" ".join(name) for name in names],
        text=[" ".join(words(text)) for text in entry.texts],
    )
    if entry.not_before or entry.not_after:
        document.add_integer("begin", day_number(entry.not_before) or FIRST_DAY)
        document.add_integer("end", day_number(entry.not_after) or LAST_DAY)
    return document


def _distinct(texts: Iterable[str]) -> list[str]:
    return sorted(set(texts))
