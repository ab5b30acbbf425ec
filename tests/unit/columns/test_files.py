"""Columns as files: a dataset's quads and nothing else, in the order of values, and refused where they are harmed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb
import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.columns import check_columns, write_columns
from kg.columns.compile import answer, open_columns, open_release_columns
from kg.errors import KgError, ReleaseError

if TYPE_CHECKING:
    from collections.abc import Callable

# Surrogates are no characters; everything else may stand in a literal, quotation marks and backslashes above all.
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\ <>@^.\n\t\x00\x7f😀'), max_size=20)
IRI = st.sampled_from(["a:s", "a:p", "https://example.org/ü#x", "urn:x"]).map(pyoxigraph.NamedNode)
NODE = IRI | st.sampled_from(["b0", "x.y", "ü"]).map(pyoxigraph.BlankNode)
TAG = st.sampled_from(["be", "be-tarask", "en", "zh-hant-tw"])
LITERAL = st.one_of(
    TEXT.map(pyoxigraph.Literal),
    st.builds(lambda text, tag: pyoxigraph.Literal(text, language=tag), TEXT, TAG),
    st.builds(lambda text, kind: pyoxigraph.Literal(text, datatype=kind), TEXT, IRI),
)
GRAPH = NODE | st.just(pyoxigraph.DefaultGraph())
QUADS = st.lists(st.builds(pyoxigraph.Quad, NODE, IRI, NODE | LITERAL, GRAPH), min_size=20, max_size=60)

FOUR = """\
<a:s> <a:p> "one" .
<a:s> <a:p> "one" <a:g> .
<a:s> <a:p> "2022-06-15"^^<http://www.w3.org/2001/XMLSchema#date> <a:g> .
<a:s> <a:q> _:b <a:h> .
"""


def nquads_of(quads: list[pyoxigraph.Quad]) -> bytes:
    text = pyoxigraph.serialize(sorted(set(quads), key=str), format=pyoxigraph.RdfFormat.N_QUADS)
    assert text is not None
    return text


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dump") / "four.nq"
    path.write_text(FOUR, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def written(dump: Path) -> Path:
    write_columns(dump, dump.parent / "columns")
    return dump.parent / "columns"


@settings(max_examples=12, deadline=None)
@given(QUADS)
def test_columns_hold_the_very_quads_of_their_dataset(quads: list[pyoxigraph.Quad]) -> None:
    with TemporaryDirectory() as folder:
        dump, columns = Path(folder) / "x.nq", Path(folder) / "columns"
        dump.write_bytes(nquads_of(quads))
        write_columns(dump, columns)
        check_columns(columns, dump)
        with open_release_columns(columns, memory_mb=256, threads=1) as db:
            found = db.execute("SELECT lexical FROM term WHERE kind = 3").fetchall()
        texts = {(q.object.value, q.object.datatype, q.object.language) for q in quads if is_literal(q.object)}
        assert sorted(row[0] for row in found) == sorted(text for text, *_ in texts)

        other = pyoxigraph.Quad(pyoxigraph.NamedNode("a:new"), *tuple(quads[0])[1:])
        dump.write_bytes(nquads_of([*quads[1:], other]))
        with pytest.raises(ReleaseError, match=r"the quads in columns\.duckdb are not those of the dump"):
            check_columns(columns, dump)


def is_literal(term: object) -> bool:
    return isinstance(term, pyoxigraph.Literal)


def test_both_kinds_of_files_hold_the_same_and_parquet_is_the_same_bytes_each_time(written: Path, dump: Path) -> None:
    write_columns(dump, dump.parent / "again")
    tables = sorted(path.stem for path in written.glob("*.parquet"))
    assert tables == ["graph", "quad", "run", "term", "value"]
    for table in tables:
        assert (dump.parent / "again" / f"{table}.parquet").read_bytes() == (written / f"{table}.parquet").read_bytes()
    with duckdb.connect(written / "columns.duckdb", read_only=True) as db:
        for table in tables:
            rows = db.execute(f"FROM read_parquet('{written / table}.parquet')").fetchall()
            assert rows == db.execute(f"FROM {table}").fetchall()
            assert rows
    assert sorted(path.name for path in written.iterdir()) == [
        "columns.duckdb",
        *(f"{name}.parquet" for name in tables),
    ]


def test_an_empty_dataset_has_columns_too(tmp_path: Path) -> None:
    (tmp_path / "empty.nq").touch()
    write_columns(tmp_path / "empty.nq", tmp_path / "columns")

    check_columns(tmp_path / "columns", tmp_path / "empty.nq")
    with open_release_columns(tmp_path / "columns", memory_mb=256, threads=1) as db:
        assert answer(db, "ASK { ?s ?p ?o }") is False


def test_a_literal_of_some_million_characters_is_loaded(tmp_path: Path) -> None:
    """Longer than what the reader takes at first."""
    text = "ab\u00fc" * 2**20
    (tmp_path / "long.nq").write_text(f'<a:s> <a:p> "{text}" .\n', encoding="utf-8")
    write_columns(tmp_path / "long.nq", tmp_path / "columns")

    check_columns(tmp_path / "columns", tmp_path / "long.nq")
    with open_release_columns(tmp_path / "columns", memory_mb=256, threads=1) as db:
        assert db.execute("SELECT lexical FROM term WHERE kind = 3").fetchall() == [(text,)]


def test_too_little_memory_is_said(dump: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="the columns cannot be written") as refusal:
        write_columns(dump, tmp_path / "columns", memory_mb=1)
    assert "1 MiB" in str(refusal.value)


def test_columns_are_written_by_a_process_that_has_read_nothing_else(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What memory held before stands between the rows of the file: this process may know what is not public."""
    monkeypatch.setattr(duckdb, "connect", lambda *_, **__: pytest.fail("a database of this process"))
    write_columns(dump, tmp_path / "columns")

    monkeypatch.undo()
    check_columns(tmp_path / "columns", dump)


@pytest.mark.parametrize(
    ("program", "told"), [("kill -9 $$", "was ended by signal 9"), ("echo oh no >&2; exit 1", "failed:\noh no")]
)
def test_it_is_said_that_the_process_ended(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, told: str
) -> None:
    (tmp_path / "python").write_text(f"#!/bin/sh\n{program}\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ReleaseError, match=f"columns cannot be written: their process {told}"):
        write_columns(dump, tmp_path / "columns")


@pytest.mark.parametrize(
    "line",
    [
        "<a:s> <a:p> <<( <a:s> <a:p> <a:o> )>> .",
        '<a:s> <a:p> "x"@ar--rtl .',
        '"x" <a:p> <a:o> .',
        '<a:s> "x" <a:o> .',
        "<a:s> _:b <a:o> .",
        '<a:s> <a:p> <a:o> "x" .',
        "<a:s> <a:p> <a:o> <a:g> <a:h> .",
        '<a:s> <a:p> "x" <a:g> <a:h> .',
        '<a:s> <a:p> "x"y .',
        '<a:s> <a:p> "x" y" .',
        "<a:s> <a:p> <a:o>",
        '<a:s> <a:p> "x"',
        "<a:s> <a:p> .",
        "<a:s>  <a:p> <a:o> .",
        "word",
        "# <a:s> <a:p> <a:o> .",
    ],
)
def test_what_is_no_quad_of_rdf_is_refused_and_not_quoted(line: str) -> None:
    with pytest.raises(KgError, match="no quad") as refusal:
        open_columns(f"{FOUR}{line}\n".encode())
    assert line not in str(refusal.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(KgError, match="UTF-8"):
        open_columns(b'<a:s> <a:p> "\xff\xfe" .\n')


def test_one_term_written_in_two_ways_is_one_term() -> None:
    nquads = '<a:s> <a:p> "A"@EN .\n<a:s> <a:p> "\\u0041"@en .\n<a:s> <a:p> "A"@en .\n'
    with open_columns(nquads.encode()) as db:
        assert db.execute("SELECT count(*) FROM quad").fetchall() == [(1,)]
        assert db.execute("SELECT lexical, language FROM term WHERE kind = 3").fetchall() == [("A", "en")]


def test_a_graph_that_is_empty_is_a_graph() -> None:
    with open_columns(FOUR.encode(), graphs=["a:empty"]) as db:
        names = db.execute("SELECT lexical FROM graph JOIN term ON id = g ORDER BY lexical").fetchall()
    assert names == [("a:empty",), ("a:g",), ("a:h",)]


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: (path / "columns.duckdb").unlink(), r"columns\.duckdb: the file of columns is missing"),
        (lambda path: (path / "columns.duckdb").write_bytes(b"no database"), "the file of columns cannot be read"),
        (lambda path: change(path, "DROP TABLE about"), "the file of columns cannot be read"),
        (lambda path: change(path, "UPDATE about SET version = 0"), "its columns are of version"),
        (
            lambda path: (path / "quad.parquet").write_bytes(b"PAR1"),
            r"quad\.parquet: the file cannot be read to its end",
        ),
        (
            lambda path: harm_middle(path / "term.parquet"),
            r"term\.parquet: the file cannot be read|term\.parquet has other",
        ),
        (lambda path: (path / "run.parquet").unlink(), r"run\.parquet: the file is missing"),
        (
            lambda path: shutil.copy(path / "graph.parquet", path / "run.parquet"),
            r"run\.parquet has other rows than the table run",
        ),
        (lambda path: change(path, "UPDATE quad SET g = 0"), r"the quads in columns\.duckdb are not those of the dump"),
        (
            lambda path: change(path, "DELETE FROM quad WHERE g = 0"),
            r"the quads in columns\.duckdb are not those of the dump",
        ),
        (
            lambda path: change(path, "UPDATE term SET kind = 2 WHERE kind = 1"),
            r"the quads in columns\.duckdb are not those of the dump",
        ),
        (lambda path: change(path, "INSERT INTO term VALUES (99, 2, 'a:secret', '', '')"), "a term that no quad has"),
        (lambda path: change(path, "DELETE FROM graph"), "or not every graph"),
        (lambda path: change(path, "UPDATE subject SET type = 1"), "the table subject in columns.duckdb is not"),
        (lambda path: change(path, "DROP TABLE subject"), "what is in it cannot be read"),
        (lambda path: change(path, "UPDATE value SET us = 0"), r"value\.parquet has other rows than the table value"),
    ],
)
def test_columns_that_were_harmed_do_not_pass(
    written: Path, dump: Path, tmp_path: Path, harm: Callable[[Path], object], message: str
) -> None:
    columns = Path(shutil.copytree(written, tmp_path / "columns"))
    harm(columns)

    with pytest.raises(ReleaseError, match=message) as refusal:
        check_columns(columns, dump)
    assert str(columns) in str(refusal.value)
    assert ".parquet" in str(refusal.value) or "columns.duckdb" in str(refusal.value)
    assert "kg build" in str(refusal.value)
    assert "KG_COLUMNS=off" in str(refusal.value)


def harm_middle(path: Path) -> None:
    """Turn a stretch in the middle of a file around, bit by bit."""
    octets = bytearray(path.read_bytes())
    middle = len(octets) // 2
    octets[middle : middle + 64] = bytes(octet ^ 0xFF for octet in octets[middle : middle + 64])
    path.write_bytes(octets)


def change(columns: Path, sql: str) -> None:
    with duckdb.connect(columns / "columns.duckdb") as db:
        db.execute(sql)


@pytest.mark.parametrize("sql", ["DROP TABLE value", "ALTER TABLE value DROP us"])
def test_columns_that_cannot_be_asked_are_said_to_be_so_when_they_are_opened(
    written: Path, tmp_path: Path, sql: str
) -> None:
    """A server then goes on without them: what is no error of ours ends its worker."""
    harmed = shutil.copytree(written, tmp_path / "columns")
    change(harmed, sql)

    with pytest.raises(ReleaseError, match=r"cannot be asked \((Catalog|Binder)Exception\)"):
        open_release_columns(harmed, memory_mb=256, threads=1)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO graph VALUES (1)",
        "FROM read_csv('/etc/passwd')",
        "COPY term TO '/tmp/term.csv'",
        "ATTACH '/tmp/other.duckdb' AS other",
        "SET enable_external_access = true",
        "SET memory_limit = '10GB'",
    ],
)
def test_a_release_s_columns_read_and_write_nothing_else(written: Path, sql: str) -> None:
    with open_release_columns(written, memory_mb=256, threads=1) as db, pytest.raises(duckdb.Error):
        db.execute(sql)
