"""Answers batch by batch."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from kg.columns.compile import Solutions, compile, dictionary, open_columns, run_compiled, stream, written  # noqa: A004
from kg.columns.compile.answers import BATCH_ROWS
from kg.errors import QueryUnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

SIZE = 2 * BATCH_ROWS + 1
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    lines = [f'<http://x/{i}> <http://x/n> "{i}"^^<{XSD}integer> .\n' for i in range(SIZE)]
    lines.append(f'<http://x/last> <http://x/n> "{"9" * 30}"^^<{XSD}integer> .\n')
    with open_columns("".join(lines).encode()) as columns:
        yield columns


def test_a_stream_gives_the_same_rows_as_the_whole_answer(db: duckdb.DuckDBPyConnection) -> None:
    compiled = compile("SELECT ?s ?n ?none { ?s <http://x/n> ?n }")
    batches = list(stream(db, compiled))

    assert len(batches) > 1
    assert all(0 < len(batch) <= BATCH_ROWS for batch in batches)
    whole = run_compiled(db, compiled)
    assert isinstance(whole, Solutions)
    assert sorted(map(str, whole.rows)) == sorted(str(row) for batch in batches for row in batch)
    assert all(row[2] is None for row in whole.rows)


def test_a_stream_that_comes_to_what_it_cannot_compute_stops_with_a_refusal(db: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(QueryUnsupportedError, match="exactly"):
        list(stream(db, compile("SELECT (?n + 1 AS ?m) { ?s <http://x/n> ?n }")))


def test_a_stream_may_be_left_in_the_middle(db: duckdb.DuckDBPyConnection) -> None:
    compiled = compile("SELECT ?s { ?s <http://x/n> ?n }")

    assert len(next(stream(db, compiled))) == BATCH_ROWS
    assert isinstance(run_compiled(db, compiled), Solutions)


@pytest.mark.parametrize(("most", "longest"), [(3, 256), (20_000, 9), (0, 0)])
def test_terms_that_are_not_kept_are_read_again(
    db: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, most: int, longest: int
) -> None:
    monkeypatch.setattr(dictionary, "_MOST_KEPT", most)
    monkeypatch.setattr(dictionary, "_LONGEST_KEPT", longest)
    wanted = [*(f"http://x/{i}" for i in range(5, 15)), "http://x/unheard-of"]
    values = " ".join(f"<{iri}>" for iri in wanted)
    compiled = compile(f"SELECT ?s {{ VALUES ?s {{ {values} }} OPTIONAL {{ ?s ?p ?o }} }} ORDER BY ?s")
    cursor = db.cursor()

    for _ in range(3):
        found = run_compiled(cursor, compiled)
        assert isinstance(found, Solutions)
        assert [row[0] and row[0].lexical for row in found.rows] == sorted(wanted)


def test_what_is_long_is_not_kept_be_it_the_text_or_the_datatype() -> None:
    """Of 20,000 terms with datatypes of a megabyte there would be no end of memory."""
    texts = [f'"short"^^<{XSD}token>', f'"{"x" * 300}"', f'"y"^^<a:{"y" * 300}>']
    asked: Counter[str] = Counter()

    def form(_kind: int, lexical: str, _datatype: str, _language: str) -> str:
        asked[lexical[:5]] += 1
        return lexical

    with open_columns("".join(f"<a:s> <a:p> {text} .\n" for text in texts).encode()) as columns:
        for _ in range(2):
            list(written(columns, compile("SELECT ?o { ?s ?p ?o }"), form))
    assert asked == {"short": 1, "xxxxx": 2, "y": 2}
