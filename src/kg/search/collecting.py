"""What is indexed of a release: every thing of ours with a label, read from the build's database set at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.columns import run
from kg.vocab import BASE, HAB

from .entries import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

__all__ = ["read_entries"]

_SQL: Final = Path(__file__).with_name("entries.sql")
_ROWS: Final = 10_000


def read_entries(db: duckdb.DuckDBPyConnection) -> Iterator[Entry]:
    """The entries of the dataset that ``define_dataset`` defined, sorted by IRI.

    They are made of its default graph alone, so that nothing that is not public, retracted or superseded is found. Ask
    the database nothing else before the last one is read.
    """
    run(db, _SQL, base=BASE, hab=HAB)
    db.execute("SELECT * FROM entry")
    while rows := db.fetchmany(_ROWS):
        for iri, languages, labels, names, types, texts, not_before, not_after, former in rows:
            yield Entry(
                iri,
                dict(zip(languages, labels, strict=True)),
                tuple(names),
                types=tuple(types),
                texts=tuple(texts),
                not_before=not_before,
                not_after=not_after,
                former=tuple(former),
            )
