"""What the reference engine is given: what a shape can read from its focus nodes on, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.shacl import EX, PREFIXES, columns_of, compiled

if TYPE_CHECKING:
    from pathlib import Path

DATA = """
ex:a ex:p ex:b ; ex:q 1 . ex:b ex:q ex:c ; ex:r 2 . ex:c a ex:D ; ex:p 3 . ex:D rdfs:subClassOf ex:C .
ex:y ex:p ex:z . ex:z ex:q ex:a ; a ex:E .
"""
READ = {"a p b", "b q c", "c type D", "D subClassOf C"}
SUBJECTS = READ | {"y p z", "z q a", "c p 3"}
QUERY = (
    "ex:S sh:targetNode ex:a ; sh:sparql [ sh:select '''PREFIX ex: <http://example.org/> SELECT $this {{ {} }}''' ] ."
)


def extracted(folder: Path, shapes: str, focus: list[str] | None = None) -> set[str]:
    """The triples, written shortly."""
    engine = compiled(shapes)
    with columns_of(folder, {None: PREFIXES + DATA}) as columns:
        text = engine._extract(columns, engine._choose(None), focus).decode()
    return {" ".join(map(short, line.split()[:3])) for line in text.splitlines()}


def short(term: str) -> str:
    return term.split('"')[1] if term.startswith('"') else term[1:-1].rpartition("/")[2].rpartition("#")[2]


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ("ex:S sh:targetNode ex:a ; sh:path ( ex:p ex:q ) ; sh:class ex:C .", READ),
        ("ex:S sh:targetSubjectsOf ex:p ; sh:path ( ex:p ex:q ) ; sh:class ex:C .", SUBJECTS),
        (QUERY.format("$this ex:p/ex:q ?x . ?x a ?c"), READ),
        (QUERY.format("$this ex:p ?x . FILTER NOT EXISTS { ?y ex:r 2 }"), {"a p b", "b r 2", "D subClassOf C"}),
    ],
)
def test_what_a_shape_can_read_is_extracted(tmp_path: Path, shapes: str, expected: set[str]) -> None:
    assert extracted(tmp_path, shapes) == expected


def test_only_what_is_read_at_the_nodes_asked_for(tmp_path: Path) -> None:
    shapes = "ex:S sh:targetSubjectsOf ex:p ; sh:path ( ex:p ex:q ) ; sh:class ex:C ."

    assert extracted(tmp_path, shapes, [f"{EX}a", f"{EX}z"]) == READ


@pytest.mark.parametrize("query", ["GRAPH ?g { $this ex:p ?x }", "$this ex:p ?x . ?y ?p ?z"])
def test_where_it_is_unknown_what_is_read_everything_is(tmp_path: Path, query: str) -> None:
    assert len(extracted(tmp_path, QUERY.format(query))) == 10
