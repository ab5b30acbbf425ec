"""Terms are never deleted, and none is idle: each is used by a question, shape, rule, datum or code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
import pytest

from tests.conformance.test_ontology import CODE_LISTS, HAB, MODULES, ROOT, VOCAB, files_that_use_terms, terms_used

if TYPE_CHECKING:
    from collections.abc import Iterable

FROZEN: Final = Path(__file__).with_name("ontology-terms.txt")
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

# Terms that nothing uses yet, each with the reason for which it is kept. The list may only shrink.
IDLE: Final = {
    "counterExample": "said of terms by the ontology itself",
    "valuesFrom": "said of properties by the ontology itself, and read by the shapes' tests",
}


def terms_of(paths: Iterable[Path]) -> set[str]:
    """Every class, property, code list and concept that the Turtle files define, as an IRI."""
    ours = (str(HAB), str(VOCAB))
    quads = (quad for path in paths for quad in ox.parse(path=path) if quad.predicate.value == _TYPE)
    return {quad.subject.value for quad in quads if quad.subject.value.startswith(ours)}


def frozen() -> list[str]:
    """The terms that were there when somebody last looked, one a line."""
    return FROZEN.read_text(encoding="utf-8").splitlines()


def lost(known: Iterable[str], defined: set[str]) -> list[str]:
    """Terms that were known once and are not defined any more."""
    return sorted(set(known) - defined)


def idle(defined: set[str], files: Iterable[Path]) -> set[str]:
    """Names of the classes and properties that none of the files uses."""
    used = set(terms_used(files))
    return {term.removeprefix(str(HAB)) for term in defined - used if term.startswith(str(HAB))}


def users() -> list[Path]:
    """Files that use terms, without the modules and code lists that define them and without what leads elsewhere."""
    return [path for path in files_that_use_terms() if not (path.suffix == ".ttl" and "ontology" in path.parts)]


def test_no_term_that_was_ever_published_is_gone() -> None:
    """Deprecate it instead: owl:deprecated true, with dcterms:isReplacedBy and the reason in a scope note."""
    assert len(frozen()) > 200
    assert lost(frozen(), terms_of((*MODULES, *CODE_LISTS))) == []


def test_every_term_is_in_the_frozen_list() -> None:
    """Add new terms to the list, sorted; a line in it is never removed."""
    assert frozen() == sorted(terms_of((*MODULES, *CODE_LISTS)))


def test_a_deleted_term_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "left.ttl"
    path.write_text(f"<{HAB}Arrest> a <http://www.w3.org/2002/07/owl#Class> .", encoding="utf-8")

    assert lost([f"{HAB}Arrest", f"{HAB}Release"], terms_of([path])) == [f"{HAB}Release"]


def test_every_term_is_used_or_has_a_reason() -> None:
    files = users()
    assert {".trig", ".ttl", ".rq", ".py", ".sql"} <= {path.suffix for path in files}

    assert idle(terms_of(MODULES), files) == set(IDLE)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("query.rq", "SELECT * { ?arrest a hab:Arrest }"),
        ("data.trig", f"<x:claim> {{ <x:arrest> a <{HAB}Arrest> }}"),
        ("code.py", '_ARREST = f"{HAB}Arrest"'),
    ],
)
def test_a_term_that_nothing_uses_is_found(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    assert idle({f"{HAB}Arrest", f"{HAB}Release"}, [path]) == {"Release"}


def test_every_code_list_is_the_value_of_a_property() -> None:
    values = {
        quad.object.value
        for path in MODULES
        for quad in ox.parse(path=path)
        if quad.predicate.value == f"{HAB}valuesFrom"
    }

    assert {f"{VOCAB}{path.stem}" for path in CODE_LISTS} == values
    assert ROOT.is_dir()
