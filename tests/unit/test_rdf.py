"""Parsing at the door to pyoxigraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import KgError, SourceError
from kg.rdf import (
    build_index,
    construct,
    count_index,
    is_iri,
    open_index,
    open_rules_store,
    select,
    to_nquads,
    turtle_to_ntriples,
)

if TYPE_CHECKING:
    from pathlib import Path

QUAD = b'<a:s> <a:p> "01"^^<http://www.w3.org/2001/XMLSchema#integer> <a:g> .\n'


def test_a_literal_keeps_the_form_it_was_written_in() -> None:
    assert to_nquads(b"<a:g> { <a:s> <a:p> 01 }", suffix=".trig", where="x") == QUAD


def test_a_syntax_error_says_where_it_is_and_how_to_mend_it() -> None:
    with pytest.raises(SourceError) as caught:
        to_nquads(b"<a:g> {\n  <a:s> <a:p> \n}", suffix=".trig", where="sources/cut.trig")

    assert caught.value.where == "sources/cut.trig:3:1"
    assert "not well-formed TriG" in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize("content", [b"\xff\xfe", b'<a:g> { <a:s> <a:p> "\xc3\x28" }', b"", b"# only talk\n"])
def test_bytes_that_are_not_utf8_and_files_that_say_nothing_are_refused(content: bytes) -> None:
    with pytest.raises(SourceError):
        to_nquads(content, suffix=".trig", where="x")


def test_triples_nested_deep_enough_to_crash_the_parser_are_refused() -> None:
    nested = b"<a:g> { <a:s> <a:p> " + b"<<( <a:s> <a:p> " * 100_000 + b"<a:o>" + b" )>>" * 100_000 + b" }"

    with pytest.raises(SourceError, match="triple inside of a triple"):
        to_nquads(nested, suffix=".trig", where="x")


@pytest.mark.parametrize(("text", "told"), [(b"x" * (17 << 20), "16 MiB"), (b"\x01" * (6 << 20), "32 MiB")])
def test_texts_too_long_for_parser_or_columns_are_refused(text: bytes, told: str) -> None:
    """The second is short as it is read, and longer than a line may be as it is written."""
    with pytest.raises(SourceError, match=f"longer than {told}"):
        to_nquads(b'<a:g> { <a:s> <a:p> "' + text + b'" }', suffix=".trig", where="x")


def test_a_byte_order_mark_is_no_error() -> None:
    assert to_nquads(b"\xef\xbb\xbf" + b"<a:g> { <a:s> <a:p> 01 }", suffix=".trig", where="x") == QUAD


def test_an_ontology_file_with_a_blank_node_is_refused(tmp_path: Path) -> None:
    """A blank node would get another label in every build."""
    path = tmp_path / "x.ttl"
    path.write_text('<a:s> <a:p> [ <a:q> "a _:b in text" ] .')

    with pytest.raises(KgError, match="blank node"):
        turtle_to_ntriples(path)


def test_text_that_looks_like_a_blank_node_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_text('<a:s> <a:p> "not a _:b node" .')

    assert turtle_to_ntriples(path) == b'<a:s> <a:p> "not a _:b node" .\n'


def test_what_a_rule_constructs_is_seen_by_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "d.nq").write_bytes(QUAD)
    store = open_rules_store(tmp_path / "d.nq")

    first = construct(store, "CONSTRUCT { ?s <a:q> ?s } WHERE { GRAPH <a:g> { ?s ?p ?o } }", graphs=["a:h", ""])
    second = construct(
        store, "CONSTRUCT { ?s <a:r> ?g } WHERE { ?s <a:q> ?o GRAPH ?g { ?s <a:q> ?o } }", graphs=["a:h"]
    )

    assert first == b"<a:s> <a:q> <a:s> .\n"
    assert second == b"<a:s> <a:r> <a:h> .\n"


@pytest.mark.parametrize("query", ["CONSTRUCT {", "SELECT * WHERE { ?s ?p ?o }"])
def test_a_rule_that_is_no_construct_query_is_refused(tmp_path: Path, query: str) -> None:
    (tmp_path / "d.nq").write_bytes(QUAD)

    with pytest.raises(KgError, match="rule"):
        construct(open_rules_store(tmp_path / "d.nq"), query, graphs=[""])


def test_an_index_holds_what_it_was_built_from_and_nothing_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "d.nq").write_bytes(QUAD)

    assert build_index(tmp_path / "d.nq", tmp_path / "store") == 1
    assert count_index(tmp_path / "store") == 1
    assert not (tmp_path / "store" / "LOG").exists()


def test_an_index_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KgError, match="cannot be opened"):
        count_index(tmp_path / "nothing")


def test_rows_hold_iris_and_texts_and_leave_out_what_is_unbound(tmp_path: Path) -> None:
    nquads = tmp_path / "a.nq"
    nquads.write_bytes(QUAD)
    build_index(nquads, tmp_path / "index")
    index = open_index(tmp_path / "index")

    assert select(index, "SELECT ?s ?o ?none WHERE { GRAPH ?g { ?s ?p ?o } }") == [{"s": "a:s", "o": "1"}]
    assert select(index, "SELECT ?s WHERE { ?s <x:p> ?o }") == []


def test_an_index_that_is_read_cannot_be_changed(tmp_path: Path) -> None:
    nquads = tmp_path / "a.nq"
    nquads.write_bytes(QUAD)
    build_index(nquads, tmp_path / "index")

    with pytest.raises(RuntimeError, match="read-write"):
        open_index(tmp_path / "index").update("DELETE WHERE { GRAPH ?g { ?s ?p ?o } }")


@pytest.mark.parametrize("query", ["SELECT nonsense", "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "ASK {}"])
def test_only_a_select_query_gives_rows(tmp_path: Path, query: str) -> None:
    nquads = tmp_path / "a.nq"
    nquads.write_bytes(QUAD)

    with pytest.raises(KgError, match="query of our own"):
        select(open_rules_store(nquads), query)


@pytest.mark.parametrize(
    "text",
    [
        *("http://a/50%off", "http://a/%", "http://a/[", "http://a/]", "http://a/\x85", "http://a/\ufdd0"),
        *("http://a/\ud800", "http://[::g]/", "", "a", "//a", ":a", "1a:b", "a:b c", "a:b\n", "a:>", "a:\\u003e"),
        "a:b> <a:p> <a:o> . <a:c",
    ],
)
def test_what_the_store_does_not_read_is_no_iri(text: str) -> None:
    assert not is_iri(text)


@pytest.mark.parametrize(
    "text", ["a:", "a:b", "http://a/50%25off", "http://a/%5B", "http://[::1]/", "http://а.example/я?я#я", "urn:x:y"]
)
def test_what_the_store_reads_is_an_iri(text: str) -> None:
    assert is_iri(text)


pieces = st.sampled_from(
    ["http://", "a", "é", "%", "%41", "[", "]", ":", "/", "?", "#", "@", "\x85", "\ue000", "\ufdd0"]
)
anything = st.one_of(st.lists(pieces, max_size=8).map("".join), st.text(max_size=12))


@given(begin=st.sampled_from(["", "a:", "http://a/", "http://"]), rest=anything)
def test_an_iri_never_fails_a_query(begin: str, rest: str) -> None:
    if is_iri(begin + rest):
        pyoxigraph.Store().query(f"ASK {{ VALUES ?x {{ <{begin + rest}> }} }}")
