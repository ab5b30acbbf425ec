"""Where a term is used: the shapes that check it, and the competency questions that ask for it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.rdf import select
from kg.vocab import HAB, VOCAB, rebased

from .terms import local_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyoxigraph import Store

__all__ = ["Mentions", "Question", "Shape", "find_mentions", "list_shapes", "read_questions", "terms_in"]

_HERE: Final = Path(__file__).parent
_PREFIX: Final = re.compile(r"PREFIX\s+([\w-]*):\s*<([^>]*)>", re.IGNORECASE)
_NOT_NAMES: Final = re.compile(r'<[^<>\s]*>|"[^"\n]*"|(?:^|\s)#[^\n]*')
_NAME: Final = re.compile(r"(?<![\w:?$-])([a-z][\w-]*):([A-Za-z][\w-]*)")


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape: its IRI, what it is called, what it says to a person, and the stage at which it is checked."""

    iri: str
    name: str
    message: str
    stage: str


@dataclass(frozen=True, slots=True)
class Question:
    """A competency question: the name of its folder, the question in words, and the query that answers it."""

    name: str
    words: str
    query: str


@dataclass(frozen=True, slots=True)
class Mentions:
    """The shapes and the questions that use a term."""

    shapes: tuple[Shape, ...]
    questions: tuple[Question, ...]


def read_questions(folders: Iterable[Path]) -> tuple[Question, ...]:
    """Read competency questions: the first line of ``query.rq`` is the question in words."""
    found = []
    for folder in sorted(folders):
        query = rebased((folder / "query.rq").read_text(encoding="utf-8"))
        words, _, body = query.partition("\n")
        found.append(Question(folder.name, words.lstrip("# ").strip(), body))
    return tuple(found)


def find_mentions(store: Store, questions: Iterable[Question]) -> dict[str, Mentions]:
    """What uses each term and concept, by its IRI.

    Args:
        store: one graph of shapes for each stage; the graph's name ends with the name of the stage.
        questions: the competency questions.
    """
    asked: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        for term in sorted(terms_in(question.query)):
            asked[term].append(question)
    checked = _shapes_by_term(store)
    return {term: Mentions(tuple(checked.get(term, ())), tuple(asked.get(term, ()))) for term in {*asked, *checked}}


def list_shapes(store: Store) -> dict[str, tuple[Shape, ...]]:
    """The shapes of each stage, in the order of their IRIs; ``store`` as in ``find_mentions``."""
    found: dict[str, dict[str, Shape]] = defaultdict(dict)
    for row in _shape_rows(store):
        found[local_name(row["stage"])].setdefault(row["shape"], _shape(row))
    return {stage: tuple(by_iri[iri] for iri in sorted(by_iri)) for stage, by_iri in sorted(found.items())}


def terms_in(query: str) -> set[str]:
    """The terms and concepts of ours that a query names by prefix; without prologue ``hab:`` and lists by name hold."""
    prefixes = {"hab": HAB, **dict(_PREFIX.findall(query))}
    body = _NOT_NAMES.sub(" ", _PREFIX.sub(" ", query))
    names = ((prefixes.get(prefix, f"{VOCAB}{prefix}/"), local) for prefix, local in _NAME.findall(body))
    return {f"{namespace}{local}" for namespace, local in names if namespace.startswith((HAB, VOCAB))}


def _shapes_by_term(store: Store) -> dict[str, Sequence[Shape]]:
    shapes: dict[str, Shape] = {}
    found: dict[str, dict[str, Shape]] = defaultdict(dict)
    for row in _shape_rows(store):
        shape = _shape(row)
        shapes.setdefault(shape.iri, shape)
        if row["reached"].startswith((HAB, VOCAB)):
            found[row["reached"]][shape.iri] = shapes[shape.iri]
    for row in select(store, (_HERE / "shape_queries.rq").read_text(encoding="utf-8")):
        for term in terms_in(row["text"]):
            found[term][row["shape"]] = shapes[row["shape"]]
    return {term: [by_iri[iri] for iri in sorted(by_iri)] for term, by_iri in found.items()}


def _shape_rows(store: Store) -> list[dict[str, str]]:
    return select(store, (_HERE / "shapes.rq").read_text(encoding="utf-8"))


def _shape(row: Mapping[str, str]) -> Shape:
    name = row.get("name", local_name(row["shape"]))
    return Shape(row["shape"], name, row.get("message", ""), local_name(row["stage"]))
