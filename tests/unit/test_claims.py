"""Every statement stands in a claim, and every claim has one home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kg.claims import check_claims, check_dates, quarantine, read_problems, refuse_two_levels
from kg.columns import load_sources, load_triples, open_database
from kg.errors import ClaimError
from kg.rdf import to_nquads, turtle_to_ntriples
from kg.resources import ontology_files
from tests.material import claim, source, trig

if TYPE_CHECKING:
    from pathlib import Path

    from kg.claims import Problem

GOOD = trig(source("a") + claim("aaaaaaaa", "a"), {"aaaaaaaa": 'event:e a hab:Protest ; hab:when "2024"^^edtf:EDTF .'})


def problems_of(tmp_path: Path, *files: str) -> list[Problem]:
    """The problems of files taken together, in the order of the files."""
    with open_database(tmp_path / "x.duckdb") as db:
        for number, _ in enumerate(files, start=1):
            db.execute("INSERT INTO source VALUES (?, ?, 0, '', 'accepted')", [number, f"{number}.trig"])
        texts = [(n, to_nquads(file.encode(), suffix=".trig", where=str(n))) for n, file in enumerate(files, start=1)]
        load_sources(db, texts)
        load_triples(db, b"".join(map(turtle_to_ntriples, ontology_files())), into="ontology")
        check_claims(db)
        check_dates(db)
        quarantine(db)
        refuse_two_levels(db)
        return read_problems(db)


def test_a_whole_source_has_no_problem(tmp_path: Path) -> None:
    assert problems_of(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("no-statement-without-a-claim", GOOD + "group:x hab:size 3 ."),
        ("every-graph-is-a-claim", GOOD + "claim:bbbbbbbb { group:x hab:size 3 }"),
        ("every-graph-is-a-claim", GOOD + "graph:derived { group:x hab:size 3 }"),
        ("every-graph-is-a-claim", GOOD + "<https://example.org/g> { group:x hab:size 3 }"),
        ("provenance-speaks-of-claims-and-sources", GOOD + "graph:provenance { group:x hab:size 3 }"),
        ("provenance-speaks-of-claims-and-sources", GOOD + "graph:provenance { claim:bbbbbbbb rdfs:label 'x' }"),
        ("a-claim-says-something", trig(source("a") + claim("aaaaaaaa", "a"), {})),
        ("no-blank-nodes", trig(source("a") + claim("aaaaaaaa", "a"), {"aaaaaaaa": "[] hab:size 3 ."})),
        ("provenance-stands-in-its-graph", GOOD.replace("event:e a", "claim:x hab:claimStatus event:x . event:e a")),
        ("a-claim-defines-no-term", GOOD.replace("event:e a", "hab:Protest a hab:Person . event:e a")),
        ("terms-are-defined", GOOD.replace("event:e a", "event:e hab:motve 3 ; a")),
        ("terms-are-defined", GOOD.replace("hab:Protest", "hab:Protst")),
        ("terms-are-defined", GOOD.replace("event:e a", "event:e dcterms:type sensitivity:publick ; a")),
        ("terms-are-defined", GOOD.replace("rdfs:label", "hab:tilte 'x' ; rdfs:label")),
        ("dates-are-edtf", GOOD.replace('"2024"', '"last week"')),
    ],
)
def test_a_source_that_breaks_a_rule_is_told_which_and_how_to_mend_it(tmp_path: Path, rule: str, broken: str) -> None:
    problems = problems_of(tmp_path, broken)

    assert [problem.rule for problem in problems] == [rule]
    assert problems[0].what
    assert problems[0].remedy


def test_the_second_file_that_describes_a_claim_must_give_way(tmp_path: Path) -> None:
    """Otherwise a file could raise the level of another file's claim to public."""
    secret = GOOD.replace("hab:reportedIn source:a", "hab:reportedIn source:b").replace("source:a a", "source:b a")

    problems = problems_of(tmp_path, GOOD, secret)

    assert {(problem.source, problem.rule) for problem in problems} == {(2, "one-file-per-name")}
    assert "1.trig" in problems[0].remedy


def test_two_levels_on_one_claim_stop_everything(tmp_path: Path) -> None:
    two = GOOD.replace("gazette ; hab:sensitivity", "gazette ; hab:sensitivity sensitivity:sealed ; hab:sensitivity")

    with pytest.raises(ClaimError, match="claim/aaaaaaaa"):
        problems_of(tmp_path, two)


def test_a_problem_of_a_secret_claim_names_the_claim_and_not_what_it_says(tmp_path: Path) -> None:
    secret = trig(
        source("a") + claim("aaaaaaaa", "a", level="confidential"),
        {"aaaaaaaa": 'event:raid-on-ivanava hab:when "at night"^^edtf:EDTF .'},
    )

    problems = problems_of(tmp_path, secret)

    assert len(problems) == 1
    assert "ivanava" not in repr(problems)
    assert problems[0].claim == "https://w3id.org/habeas/claim/aaaaaaaa"


def test_a_problem_of_a_public_claim_names_the_thing(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, GOOD.replace('"2024"', '"soon"'))

    assert problems[0].term == "https://w3id.org/habeas/id/event/e"


def test_a_term_that_does_not_exist_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, GOOD.replace("event:e a", "event:e hab:motve event:x ; a"))

    assert problems[0].term == "https://w3id.org/habeas/ontology#motve"
    assert "Did you mean <https://w3id.org/habeas/ontology#motive>?" in problems[0].remedy


def test_a_term_like_no_other_is_given_no_neighbour(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, GOOD.replace("event:e a", "event:e hab:colourOfTheHouse event:x ; a"))

    assert "Did you mean" not in problems[0].remedy


def test_of_a_term_that_does_not_exist_in_a_secret_claim_nothing_is_told(tmp_path: Path) -> None:
    secret = trig(
        source("a") + claim("aaaaaaaa", "a", level="confidential"), {"aaaaaaaa": "event:e hab:motve event:x ."}
    )

    problems = problems_of(tmp_path, secret)

    assert [problem.claim for problem in problems] == ["https://w3id.org/habeas/claim/aaaaaaaa"]
    assert "#mot" not in repr(problems)
