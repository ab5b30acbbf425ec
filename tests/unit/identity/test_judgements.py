"""Reviewed decisions in SSSOM files: what is read, and which row breaks which rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import SourceError
from kg.identity import Judgement, positive, read_decisions
from kg.vocab import ID, REPLACED_BY

ROOT = Path(__file__).resolve().parents[3]
COLUMNS = (
    "subject_id predicate_modifier predicate_id object_id mapping_justification author_id reviewer_id mapping_date "
    "confidence see_also other"
)
HEAD = f"""\
#mapping_set_id: https://example.org/links
#curie_map:
#  person: https://w3id.org/habeas/id/person/
#  claim: https://w3id.org/habeas/claim/
#  wd: http://www.wikidata.org/entity/
#  dcterms: http://purl.org/dc/terms/
#  owl: http://www.w3.org/2002/07/owl#
{COLUMNS.replace(" ", chr(9))}
"""
FIRST = HEAD.count("\n") + 1
GOOD = {
    "subject_id": "person:ivanova",
    "predicate_id": "skos:exactMatch",
    "object_id": "wd:Q1",
    "mapping_justification": "semapv:ManualMappingCuration",
    "author_id": "person:author",
    "reviewer_id": "person:reviewer",
    "mapping_date": "2031-05-03",
    "confidence": "0.9",
}
LINK = Judgement(
    f"{ID}person/ivanova", "http://www.w3.org/2004/02/skos/core#exactMatch", "http://www.wikidata.org/entity/Q1"
)


def row(**changes: str) -> str:
    """A good row, with changes."""
    cells = {**GOOD, **changes}
    return "\t".join(cells.get(column, "") for column in COLUMNS.split()) + "\n"


def read(*rows: str) -> tuple[Judgement, ...]:
    return positive(read_decisions([("links/x.sssom.tsv", (HEAD + "".join(rows)).encode())]))


def refusal(*rows: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read(*rows)
    assert caught.value.remedy
    return caught.value


def test_a_decision_is_read_with_how_it_came_about() -> None:
    content = HEAD + row(see_also="claim:a2b3c4d5|https://example.org/page")
    (decision,) = read_decisions([("links/x.sssom.tsv", content.encode())])

    assert decision.judgement == LINK
    assert decision.where == f"links/x.sssom.tsv:{FIRST}"
    assert decision.reviewers == (f"{ID}person/reviewer",)
    assert (decision.date, decision.confidence) == ("2031-05-03", 0.9)
    assert decision.evidence == ("https://w3id.org/habeas/claim/a2b3c4d5", "https://example.org/page")


def test_a_decision_against_a_link_is_kept_but_is_no_link() -> None:
    (decision,) = read_decisions([("x", (HEAD + row(predicate_modifier="Not")).encode())])

    assert decision.is_negative
    assert positive([decision]) == ()


def test_the_same_decision_in_two_files_is_one() -> None:
    content = (HEAD + row()).encode()
    assert positive(read_decisions([("a", content), ("b", content)])) == (LINK,)


def test_the_projects_own_decisions_hold() -> None:
    files = sorted((ROOT / "data" / "links").glob("*.sssom.tsv"))
    assert files
    assert len(read_decisions([(path.name, path.read_bytes()) for path in files])) > 10


BROKEN = {
    "a candidate": ({"other": "status=proposed"}, "Nobody has decided"),
    "sameAs": ({"predicate_id": "owl:sameAs"}, "owl:sameAs"),
    "an unknown predicate": ({"predicate_id": "dcterms:relation"}, "predicate"),
    "an injected name": ({"object_id": "wd:Q1>.<a:b>"}, "no http or https IRI"),
    "a script": ({"see_also": "javascript:alert(1)"}, "does not hold"),
    "a foreign subject": ({"subject_id": "wd:Q1"}, "no thing of ours"),
    "a claim as subject": ({"subject_id": "claim:a2b3c4d5"}, "no thing of ours"),
    "a claim as object": ({"object_id": "claim:a2b3c4d5"}, "not of a thing"),
    "a link to our own": ({"object_id": "person:petrova"}, "two things of our own"),
    "a merge into another dataset": ({"predicate_id": "dcterms:isReplacedBy"}, "A merge leads"),
    "a negative merge": (
        {"predicate_id": "dcterms:isReplacedBy", "object_id": "person:petrova", "predicate_modifier": "Not"},
        "A merge leads",
    ),
    "a thing and itself": ({"predicate_id": "dcterms:isReplacedBy", "object_id": "person:ivanova"}, "its object"),
    "a page for the thing": ({"object_id": "https://www.wikidata.org/wiki/Q1"}, "address of a page"),
    "an unknown method": ({"mapping_justification": "owl:guess"}, "method"),
    "nobody": ({"author_id": "", "reviewer_id": ""}, "Nobody stands behind"),
    "an exact match without review": ({"reviewer_id": ""}, "nobody has reviewed"),
    "a negative decision without review": (
        {"reviewer_id": "", "predicate_id": "skos:closeMatch", "predicate_modifier": "Not"},
        "nobody has reviewed",
    ),
    "a merge without review": (
        {"reviewer_id": "", "predicate_id": "dcterms:isReplacedBy", "object_id": "person:petrova"},
        "nobody has reviewed",
    ),
    "no date": ({"mapping_date": ""}, "when it was decided"),
    "no confidence": ({"confidence": ""}, "how sure"),
    "too much confidence": ({"confidence": "1.5"}, "confidence: Input"),
    "a confidence that is none": ({"confidence": "nan"}, "confidence: Input"),
    "a day that is none": ({"mapping_date": "yesterday"}, "does not hold"),
    "an unknown prefix": ({"object_id": "nobody:Q1"}, "nobody"),
    "no prefix": ({"subject_id": "ivanova"}, "ivanova"),
    "an unknown modifier": ({"predicate_modifier": "Perhaps"}, "does not hold"),
}


@pytest.mark.parametrize(("changes", "words"), BROKEN.values(), ids=BROKEN)
def test_a_row_that_breaks_a_rule_is_told_with_file_line_and_remedy(changes: dict[str, str], words: str) -> None:
    """The library leaves some such rows out silently; a lost merge would revive what it merged."""
    error = refusal(row(subject_id="person:other", object_id="wd:Q2"), row(**changes))

    assert error.where == f"links/x.sssom.tsv:{FIRST + 1}"
    assert words in str(error)


def test_a_close_match_needs_no_review() -> None:
    assert read(row(predicate_id="skos:closeMatch", reviewer_id=""))


def test_a_merge_and_what_is_kept_apart_are_decisions() -> None:
    merge = row(predicate_id="dcterms:isReplacedBy", object_id="person:petrova")
    apart = row(object_id="person:sidorova", predicate_modifier="Not")

    assert read(merge, apart) == (Judgement(LINK.subject, REPLACED_BY, f"{ID}person/petrova"),)


TOGETHER = {
    "for and against": ([row(), row(predicate_modifier="Not")], "contradicts"),
    "two predicates": ([row(), row(predicate_id="skos:closeMatch")], "contradicts"),
    "two items for one thing": ([row(), row(object_id="wd:Q2")], "one of two exact matches"),
    "one item for two things": ([row(), row(subject_id="person:petrova")], "one of two exact matches"),
    "two items once merged": (
        [
            row(subject_id="person:old", predicate_id="dcterms:isReplacedBy", object_id="person:ivanova"),
            row(subject_id="person:old", object_id="wd:Q2"),
            row(),
        ],
        "one of two exact matches",
    ),
    "merged and kept apart": (
        [
            row(predicate_id="dcterms:isReplacedBy", object_id="person:petrova"),
            row(object_id="person:petrova", predicate_modifier="Not"),
        ],
        "keeps two things apart",
    ),
    "merged by way of a third and kept apart": (
        [
            row(predicate_id="dcterms:isReplacedBy", object_id="person:middle"),
            row(subject_id="person:middle", predicate_id="dcterms:isReplacedBy", object_id="person:petrova"),
            row(object_id="person:petrova", predicate_modifier="Not"),
        ],
        "keeps two things apart",
    ),
}


@pytest.mark.parametrize(("rows", "words"), TOGETHER.values(), ids=TOGETHER)
def test_decisions_that_contradict_each_other_are_told(rows: list[str], words: str) -> None:
    error = refusal(*rows)

    assert error.where == f"links/x.sssom.tsv:{FIRST + len(rows) - 1}"
    assert words in str(error)


def test_links_of_a_merged_thing_and_its_survivor_to_one_item_agree() -> None:
    merge = row(subject_id="person:old", predicate_id="dcterms:isReplacedBy", object_id="person:ivanova")
    assert len(read(merge, row(subject_id="person:old"), row())) == 3


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b,c\n", b"\xff\xfe\x00", HEAD.replace("#curie_map:", "#curie_map: {").encode(), HEAD.encode() + b"\0\n"],
)
def test_a_file_that_is_not_sssom_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError):
        read_decisions([("x", content)])


@pytest.mark.parametrize("line", ["\n", " \t \n", row(other='a "quoted" word'), row().replace("0.9", "0.9\r")])
def test_a_line_that_does_not_hold_one_decision_is_told(line: str) -> None:
    """An editor and the library would count the lines after it differently."""
    assert refusal(row(), line, row()).where == f"links/x.sssom.tsv:{FIRST + 1}"


@given(st.text(st.characters(codec="utf-8")), st.sampled_from(sorted(GOOD)))
def test_whatever_stands_in_a_cell_is_read_or_refused(text: str, column: str) -> None:
    """And what is read has no character that could end an IRI in a file of triples."""
    try:
        found = read(row(**{column: text}))
    except SourceError:
        return
    for judgement in found:
        assert not set('<> \t\n"{}|^`\\') & set(judgement.subject + judgement.object)
