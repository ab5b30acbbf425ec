"""The dictionary of columns, looked up by term and by id.

By term over the hashes of all terms, made once as sorted arrays, 12 bytes a term: to read the texts of a million terms
for the sake of a thousand takes longer than all else. Whatever has the hash is then read and compared.
"""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from itertools import chain
from typing import TYPE_CHECKING, Final

from kg.columns import count
from kg.columns.compile.terms import BLANK, IRI, STRING, Term

from .rows import columns_of, insert_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

__all__ = ["Dictionary", "write_term"]

_AT_ONCE: Final = 100_000
_HASH: Final = "hash(kind::TINYINT, lexical::VARCHAR, datatype::VARCHAR, language::VARCHAR)"
_COLUMNS: Final = {
    "id": "INTEGER",
    "text": "VARCHAR",
    "kind": "TINYINT",
    **dict.fromkeys(("lexical", "datatype", "language"), "VARCHAR"),
}
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


class Dictionary:
    """The relation ``term``; no term may change or go while this is used."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db
        self._size = -1
        self._hashes = array("Q")
        self._ids = array("i")
        self._new: dict[Term, int] = {}
        self._read: dict[int, Term] = {}

    @property
    def size(self) -> int:
        """How many terms there are."""
        self._keep_up()
        return self._size

    def ids(self, terms: Collection[Term]) -> dict[Term, int]:
        """The ids of those of some terms that the dictionary has."""
        self._keep_up()
        known = {term: self._new[term] for term in terms if term in self._new}
        wanted = [term for term in terms if term not in known]
        if not wanted:
            return known
        hashes = self._db.execute(
            f"SELECT {_HASH} FROM (SELECT unnest($1::TINYINT[]) AS kind, unnest($2::VARCHAR[]) AS lexical, "
            "unnest($3::VARCHAR[]) AS datatype, unnest($4::VARCHAR[]) AS language)",
            [list(part) for part in zip(*wanted, strict=True)],
        ).fetchall()
        near = chain.from_iterable(self._with_hash(value) for (value,) in hashes)
        found = {term: number for number, term in self.terms(set(near)).items()}
        return known | {term: found[term] for term in wanted if term in found}

    def terms(self, ids: Collection[int]) -> dict[int, Term]:
        """The terms of those of some ids that the dictionary has."""
        rows = self._db.execute(
            "SELECT id, kind, lexical, datatype, language FROM term "
            "SEMI JOIN (SELECT unnest($1::INTEGER[]) AS id) USING (id)",
            [[number for number in ids if number not in self._read]],
        ).fetchall()
        self._read.update((number, Term(*term)) for number, *term in rows)
        return {number: self._read[number] for number in ids if number in self._read}

    def forget(self) -> None:
        """Hold no more of the terms that were read, for there can be many in the end."""
        self._read.clear()

    def add(self, texts: dict[Term, str]) -> dict[Term, int]:
        """Give an id to each of some terms that it does not have, in that order; each with how N-Quads write it."""
        self._keep_up()
        row = self._db.execute("SELECT coalesce(max(id), 0) FROM term").fetchone()
        assert row is not None
        new = {term: number for number, term in enumerate(texts, start=row[0] + 1)}
        listed = {name: kind for name, kind in _COLUMNS.items() if name in columns_of(self._db, "term")}
        named = [dict(zip(_COLUMNS, (number, texts[term], *term), strict=True)) for term, number in new.items()]
        insert_rows(self._db, "term", listed, [tuple(row[name] for name in listed) for row in named])
        self._new |= new
        self._size += len(new)
        return new

    def _with_hash(self, value: int) -> array[int]:
        first = bisect_left(self._hashes, value)
        return self._ids[first : bisect_right(self._hashes, value, first)]

    def _keep_up(self) -> None:
        size = count(self._db, "term")
        if size == self._size:
            return
        rows = self._db.execute(f"SELECT {_HASH} AS hash, id FROM term ORDER BY hash")
        hashes, ids = array("Q"), array("i")
        while found := rows.fetchmany(_AT_ONCE):
            hashes.extend(value for value, _ in found)
            ids.extend(number for _, number in found)
        self._size, self._hashes, self._ids, self._new = size, hashes, ids, {}


def write_term(term: Term) -> str:
    """The term in N-Triples, as ``shacl_text`` of ``preparation.sql`` writes it."""
    if term.kind == BLANK:
        return f"_:{term.lexical}"
    if term.kind == IRI:
        return f"<{term.lexical}>"
    text = f'"{term.lexical.translate(_ESCAPES)}"'
    if term.language:
        return f"{text}@{term.language}"
    return text if term.datatype == STRING else f"{text}^^<{term.datatype}>"
