"""The examples and prefixes that a release holds as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import RdfFormat, Store
from rdflib import RDFS, SH, Graph

from api.lookups import example_queries
from kg.errors import KgError
from kg.publication.examples import describe_examples
from kg.resources import example_files, ontology_files

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "# What?\n# Keywords: one, two words\nPREFIX x: <http://example.org/>\n\nSELECT * { ?s x:\\u0061 'é\"😀' }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "01-what.rq").write_text(GOOD)
    return tmp_path


def described(folder: Path) -> Graph:
    return Graph().parse(data=describe_examples(sorted(folder.glob("*.rq")), ()).decode(), format="nt")


def test_what_is_shown_and_what_is_in_the_data_is_the_same() -> None:
    graph = Graph().parse(data=describe_examples(example_files(), ontology_files()).decode(), format="nt")
    texts = {str(text) for name in (SH.select, SH.ask, SH.construct) for text in graph.objects(None, name)}

    assert len(texts) > 4
    assert texts == {text for _, text in example_queries()}
    assert {str(text) for text in graph.objects(None, RDFS.comment)} == {question for question, _ in example_queries()}


def test_a_query_is_kept_to_the_letter(folder: Path) -> None:
    (text,) = described(folder).objects(None, SH.select)
    assert str(text) == GOOD


def test_there_is_no_blank_node(folder: Path) -> None:
    assert b"_:" not in describe_examples(sorted(folder.glob("*.rq")), ())


def test_a_standard_query_for_examples_and_prefixes_finds_them(folder: Path) -> None:
    """The queries that editors send: https://github.com/sib-swiss/sparql-editor."""
    store = Store()
    store.load(describe_examples(sorted(folder.glob("*.rq")), ()), format=RdfFormat.N_TRIPLES)
    sh = "PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "

    assert store.query(sh + "ASK { ?q a sh:SPARQLExecutable ; rdfs:comment ?c ; sh:select|sh:ask|sh:construct ?t }")
    assert store.query(sh + "ASK { [] sh:prefixes/sh:declare [ sh:prefix 'x' ; sh:namespace ?n ] }")


@pytest.mark.parametrize(
    "text",
    ["SELECT * {}", "# What?\nSELECT * {}", "# What?\n# Keywords: x\nINSERT DATA {}", "# What?\n# Keywords:\nASK {}"],
)
def test_an_example_that_does_not_begin_as_it_must_is_told(folder: Path, text: str) -> None:
    (folder / "02-bad.rq").write_text(text)
    with pytest.raises(KgError, match=r"02-bad\.rq"):
        described(folder)


def test_one_prefix_for_two_namespaces_is_told(folder: Path) -> None:
    (folder / "02-other.rq").write_text(GOOD.replace("example.org", "example.com"))
    with pytest.raises(KgError, match="prefix x"):
        described(folder)
