"""The floors that matching of names must hold, on labelled names that lie beside the project.

A half of the persons and pairs, chosen by a hash, is held to the same floors; errors were read in another half only,
but what was not found was looked at among all persons.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from made_names import made_names
from names import f1, false_matches, read_pairs, read_persons, recall, write_names

from kg.names import LIKELY, compare
from kg.search import SearchIndex
from tests.shared import shared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from names import Pair, Person

EVERY, KEPT_OUT = "every", "kept out"


def _is_in(half: str, key: str) -> bool:
    return half == EVERY or hashlib.sha256(key.encode()).digest()[0] % 2 == 1


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """All labelled pairs."""
    found = read_pairs(shared("names/pairs.csv"))
    assert len(found) > 1000
    return found


@pytest.fixture(scope="module")
def persons() -> list[Person]:
    """All labelled persons."""
    found = read_persons(shared("names/persons.json"))
    assert len(found) > 1000
    return found


@pytest.fixture(scope="module")
def find(persons: list[Person], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """The five best of 10,000 names."""
    folder = tmp_path_factory.mktemp("names")
    write_names(persons, 10_000, folder)
    index = SearchIndex.open(folder)
    return lambda name: [hit.entry.iri for hit in index.match(name, limit=5)]


@pytest.mark.parametrize("half", [EVERY, KEPT_OUT])
def test_spellings_of_one_name_are_told_from_others(pairs: list[Pair], half: str) -> None:
    some = [pair for pair in pairs if _is_in(half, min(pair.left, pair.right))]
    scores = [compare(pair.left, pair.right).score for pair in some]
    belarusian = [(pair, score) for pair, score in zip(some, scores, strict=True) if pair.slice == "by"]

    assert f1([pair for pair, _ in belarusian], [score for _, score in belarusian], LIKELY) >= 0.96
    assert f1(some, scores, LIKELY) >= 0.95
    traps = false_matches(some, scores, LIKELY)
    assert len(traps) == 4
    assert max(traps.values()) <= 0.02


@pytest.mark.parametrize("half", [EVERY, KEPT_OUT])
def test_a_person_is_among_the_first_five(persons: list[Person], find: Callable[[str], list[str]], half: str) -> None:
    found = recall([person for person in persons if _is_in(half, person.id)], find)

    assert found["by"] >= 0.98
    assert found["all"] >= 0.95


def test_invented_names_are_always_the_same() -> None:
    few, many = list(made_names(100)), list(made_names(1000))

    assert many[:100] == few
    assert len(set(many)) > 980


def test_figures_are_what_they_are_called(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    rows = ["by,pos,a,b,1,x", "by,pos,c,d,1,x", "by,neg_brother,e,f,0,x", "by,neg_brother,g,h,0,x"]
    path.write_text("\n".join(["slice,kind,name1,name2,match,ref", *rows]))
    pairs = read_pairs(path)

    assert f1(pairs, [0.9, 0.1, 0.9, 0.1], 0.5) == 0.5
    assert f1(pairs, [0.9, 0.9, 0.1, 0.1], 0.5) == 1
    assert false_matches(pairs, [0.9, 0.1, 0.9, 0.1], 0.5) == {"neg_brother": 0.5}
