"""Data graphs to validate: what is copied and what is broken; and what is told of engines that validated them."""

from __future__ import annotations

import re

import pytest
from graphs import break_triples, copies, default_triples
from validate import Run, best_peer, summary
from validators import line

BASE = "https://w3id.org/habeas/"
CLAIM = f"<{BASE}claim/k7f3m2qa> <{BASE}ontology#reportedIn> <{BASE}source/herald> .\n".encode()
PLACE = f'<{BASE}id/place/erewhon> <{BASE}ontology#when> "1\\" <x> <{BASE}graph/a> ."@en .\n'.encode()


def event(number: int, value: str = '"2024-01-01"') -> bytes:
    return f"<{BASE}id/event/arrest-{number}> <{BASE}ontology#notAfter> {value} .\n".encode()


def test_only_lines_without_a_graph_are_of_the_default_graph() -> None:
    named = [PLACE.replace(b" .\n", f" <{BASE}graph/a> .\n".encode()), CLAIM.replace(b" .\n", b" _:g .\n")]

    assert list(default_triples(iter([PLACE, *named, CLAIM]))) == [PLACE, CLAIM]


def test_a_copy_has_other_names_that_are_as_good_and_leaves_out_what_all_share() -> None:
    made = list(copies([CLAIM, PLACE, event(1)], 23))

    assert made[:3] == [CLAIM, PLACE, event(1)]
    assert len(set(made)) == len(made) == 3 + 22 * 2
    keys = [found[1] for text in made if (found := re.search(rb"/claim/([^>]+)>", text))]
    assert all(re.fullmatch(rb"[a-hjkmnp-z][2-9a-hjkmnp-z]{7}", key) for key in keys)
    assert len(set(keys)) == 23


def test_some_triples_of_dossiers_are_left_out_or_broken_and_always_the_same_ones() -> None:
    whole = [event(number) for number in range(5000)]
    broken = list(break_triples(iter([*whole, PLACE])))

    assert broken == list(break_triples(iter([*whole, PLACE])))
    assert broken[-1] == PLACE
    changed = set(broken) - {*whole, PLACE}
    assert {text.split(b" ", 2)[2] for text in changed} == {b'"unknown" .\n'}
    assert 1 <= len(changed) < 50
    assert 1 <= len(whole) + 1 - len(broken) < 50


SH = "http://www.w3.org/ns/shacl#"
RULE = (f"<{SH}SPARQLConstraintComponent>", "<urn:shape>", f"<{SH}Violation>")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("<urn:a>", None, None, *RULE), ("<urn:a>", None, "<urn:a>", *RULE)),
        (("<urn:a>", None, "_:b0", *RULE), ("<urn:a>", None, "_:N1", *RULE)),
        (
            ("<urn:a>", None, f'"x"^^<{"http://www.w3.org/2001/XMLSchema#"}string>', *RULE),
            ("<urn:a>", None, '"x"', *RULE),
        ),
    ],
)
def test_the_same_result_in_two_writings_is_one(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> None:
    assert line(one) == line(other)
    assert line(one) != line(("<urn:other>", *other[1:]))


RUNS = [
    Run("habeas", 1_000, seconds=1.0, peak_mib=100, differing=0),
    Run("pySHACL", 1_000, seconds=10.0, differing=0),
    Run("right", 1_000, seconds=1.0, differing=0),
    Run("wrong", 1_000, seconds=0.001, differing=1),
    Run("habeas", 10_000, seconds=2.0, peak_mib=100),
    Run("right", 10_000, seconds=5.0),
    Run("wrong", 10_000, seconds=0.001),
    Run("habeas", 100_000, seconds=20.0, peak_mib=200),
    Run("right", 100_000, trouble="no answer in 9 s"),
]


def test_a_peer_with_wrong_results_is_not_the_best_one_however_fast() -> None:
    best = best_peer(RUNS)

    assert best is not None
    assert (best.engine, best.triples) == ("right", 10_000)
    assert best_peer([run for run in RUNS if run.engine != "right"]) is None


def test_ratios_are_those_of_the_largest_graph_to_the_best_rate_of_the_others() -> None:
    told = summary(RUNS)

    assert "habeas on 100,000 triples: 5,000 triples/s, 200 MiB. " in told
    assert "50.0 × the rate of pySHACL on 1,000 triples" in told
    assert "2.5 × the rate of right on 10,000 triples" in told
    assert "Ten times the data take 10.0 × the time" in told
