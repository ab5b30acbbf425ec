"""Quads into columns and back."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.columns import (
    count,
    load_lines,
    load_sources,
    load_triples,
    ntriples,
    open_database,
    register_iri,
    write_nquads,
)

# Surrogates are no characters; everything else may stand in a literal.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
IRI = st.sampled_from(["a:s", "a:p", "https://example.org/ü", "urn:x"]).map(pyoxigraph.NamedNode)
LITERAL = st.one_of(
    TEXT.map(pyoxigraph.Literal),
    st.builds(
        lambda text, tag: pyoxigraph.Literal(text, language=tag), TEXT, st.sampled_from(["be", "be-tarask", "en"])
    ),
    st.builds(lambda text, kind: pyoxigraph.Literal(text, datatype=kind), TEXT, IRI),
)
QUADS = st.lists(
    st.builds(pyoxigraph.Quad, IRI, IRI, LITERAL | IRI, IRI | st.just(pyoxigraph.DefaultGraph())), max_size=8
)


def nquads_of(quads: list[pyoxigraph.Quad]) -> bytes:
    text = pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_QUADS)
    assert text is not None
    return text


@settings(max_examples=40, deadline=None)
@given(QUADS)
def test_what_goes_in_comes_out_sorted_and_once(quads: list[pyoxigraph.Quad]) -> None:
    with TemporaryDirectory() as folder, open_database(Path(folder) / "x.duckdb") as db:
        load_sources(db, [(1, nquads_of(quads + quads))] if quads else [])
        write_nquads(db, "quad", Path(folder) / "out.nq")

        lines = sorted(set(nquads_of(quads).splitlines(keepends=True)))
        assert (Path(folder) / "out.nq").read_bytes() == b"".join(lines)


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=5, unique=True))
def test_the_dictionary_knows_every_literal_without_its_escapes(texts: list[str]) -> None:
    node = pyoxigraph.NamedNode("a:s")
    quads = [pyoxigraph.Quad(node, node, pyoxigraph.Literal(text), node) for text in texts]
    with TemporaryDirectory() as folder, open_database(Path(folder) / "x.duckdb") as db:
        load_sources(db, [(1, nquads_of(quads))])

        found = db.execute("SELECT lexical FROM term WHERE kind = 3").fetchall()
        assert sorted(row[0] for row in found) == sorted(texts)


def test_each_source_keeps_its_own_quads(tmp_path: Path) -> None:
    quad = b"<a:s> <a:p> <a:o> <a:g> .\n"
    with open_database(tmp_path / "x.duckdb") as db:
        load_sources(db, [(2, quad), (1, quad)])

        assert db.execute("SELECT source FROM quad ORDER BY source").fetchall() == [(1,), (2,)]
        assert ntriples(db, "quad") == b"<a:s> <a:p> <a:o> .\n"


def test_a_source_with_a_triple_inside_of_a_triple_is_named_and_not_loaded(tmp_path: Path) -> None:
    with open_database(tmp_path / "x.duckdb") as db:
        beyond = load_sources(
            db, [(1, b"<a:s> <a:p> <a:o> .\n<a:s> <a:p> <<( <a:s> <a:p> <a:o> )>> .\n"), (2, b"<a:s> <a:p> <a:x> .\n")]
        )

        assert beyond == {1}
        assert ntriples(db, "quad") == b"<a:s> <a:p> <a:x> .\n"


def test_triples_are_loaded_into_a_named_graph(tmp_path: Path) -> None:
    with open_database(tmp_path / "x.duckdb") as db:
        load_triples(db, b"<a:s> <a:p> <a:o> .\n", into="derived", graph="a:g")
        load_triples(db, b"", into="derived", graph="a:g")
        db.execute("CREATE TABLE said AS SELECT '<a:s> <a:p> \"x\" .' AS line")
        load_lines(db, "said", into="derived", graph="a:g")
        write_nquads(db, "derived", tmp_path / "out.nq")

    assert (tmp_path / "out.nq").read_text() == '<a:s> <a:p> "x" <a:g> .\n<a:s> <a:p> <a:o> <a:g> .\n'


def test_an_iri_has_one_place_in_the_dictionary(tmp_path: Path) -> None:
    with open_database(tmp_path / "x.duckdb") as db:
        register_iri(db, "a:g")
        register_iri(db, "a:g")

        assert count(db, "term") == 1
