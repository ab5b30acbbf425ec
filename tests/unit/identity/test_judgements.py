"""Reviewed judgements in SSSOM files."""

from __future__ import annotations

import pytest

from kg.errors import SourceError
from kg.identity import Judgement, read_all_judgements, read_judgements

HEAD = """\
#mapping_set_id: https://example.org/links
#curie_map:
#  person: https://w3id.org/habeas/id/person/
#  wd: http://www.wikidata.org/entity/
subject_id\tpredicate_id\tobject_id\tmapping_justification\tpredicate_modifier
"""
ROW = "person:ivanova\tskos:exactMatch\twd:Q1\tsemapv:ManualMappingCuration\t\n"
LINK = Judgement(
    "https://w3id.org/habeas/id/person/ivanova",
    "http://www.w3.org/2004/02/skos/core#exactMatch",
    "http://www.wikidata.org/entity/Q1",
)


def test_a_decision_is_read_as_three_iris() -> None:
    assert read_judgements((HEAD + ROW).encode(), where="x") == (LINK,)


def test_a_decision_against_a_link_is_none() -> None:
    assert read_judgements((HEAD + ROW.replace("\t\n", "\tNot\n")).encode(), where="x") == ()


def test_the_same_decision_in_two_files_is_one() -> None:
    assert read_all_judgements([("a", (HEAD + ROW).encode()), ("b", (HEAD + ROW).encode())]) == (LINK,)


@pytest.mark.parametrize("row", [ROW.replace("wd:", "nobody:"), ROW.replace("person:ivanova", "ivanova"), "half\n"])
def test_a_row_that_does_not_hold_refuses_the_file_and_says_which_row(row: str) -> None:
    """The library leaves such rows out silently; a lost merge would revive what it merged."""
    with pytest.raises(SourceError) as caught:
        read_judgements((HEAD + ROW + row).encode(), where="links/x.sssom.tsv")

    assert caught.value.where == "links/x.sssom.tsv:7"


@pytest.mark.parametrize(
    "content", [b"", b"a,b,c\n", b"\xff\xfe\x00", HEAD.replace("#curie_map:", "#curie_map: {").encode()]
)
def test_a_file_that_is_not_sssom_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError, match="SSSOM"):
        read_judgements(content, where="x")


def test_two_things_are_never_declared_one_for_every_reasoner() -> None:
    same = ROW.replace("skos:exactMatch", "owl:sameAs")
    head = HEAD.replace("#curie_map:\n", "#curie_map:\n#  owl: http://www.w3.org/2002/07/owl#\n")

    with pytest.raises(SourceError, match="owl#sameAs"):
        read_judgements((head + same).encode(), where="x")
