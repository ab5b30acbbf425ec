"""The ontology as it describes itself: modules with their terms, code lists with their concepts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.rdf import select
from kg.vocab import HAB, rebased

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pyoxigraph import Store

__all__ = [
    "KINDS",
    "OWL",
    "RDF",
    "RDFS",
    "SCHEMA",
    "SKOS",
    "CodeList",
    "Module",
    "Thing",
    "Value",
    "Vocabulary",
    "local_name",
    "read_vocabulary",
]

_QUERY: Final = Path(__file__).with_name("descriptions.rq")

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
SCHEMA: Final = "https://schema.org/"

# In the order in which a page shows them.
KINDS: Final = {
    f"{OWL}Class": "class",
    f"{OWL}ObjectProperty": "object property",
    f"{OWL}DatatypeProperty": "datatype property",
    f"{OWL}AnnotationProperty": "annotation property",
    f"{SKOS}Concept": "concept",
}
_PLURALS: Final = {"class": "Classes", "concept": "Concepts"}


@dataclass(frozen=True, slots=True)
class Value:
    """One thing said of a term: an IRI, or a text with its language ("" where it has none)."""

    text: str
    language: str
    is_iri: bool


@dataclass(frozen=True, slots=True)
class Thing:
    """A term, concept, module or code list: its IRI, its name in links, and what is said of it by predicate."""

    iri: str
    name: str
    kind: str
    said: Mapping[str, Sequence[Value]]

    @property
    def label(self) -> str:
        """The English label, or the name where there is none."""
        values = (*self.values(f"{RDFS}label"), *self.values(f"{SKOS}prefLabel"))
        return next((value.text for value in values if value.language in {"en", ""}), self.name)

    @property
    def translations(self) -> list[Value]:
        """The labels in other languages than English, by language."""
        values = (*self.values(f"{RDFS}label"), *self.values(f"{SKOS}prefLabel"))
        return sorted((v for v in values if v.language not in {"en", ""}), key=lambda v: (v.language, v.text))

    def values(self, predicate: str) -> Sequence[Value]:
        """What is said with one predicate."""
        return self.said.get(predicate, ())

    def iris(self, predicate: str) -> list[str]:
        """The IRIs that are said with one predicate."""
        return [value.text for value in self.values(predicate) if value.is_iri]


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the ontology and the terms that it defines: classes first, each below its parent, then properties."""

    thing: Thing
    terms: tuple[Thing, ...]

    @property
    def groups(self) -> list[tuple[str, list[Thing]]]:
        """The terms of each kind, under the heading of that kind."""
        kinds = dict.fromkeys(term.kind for term in self.terms)
        heading = {kind: _PLURALS.get(kind, f"{kind[:-1].capitalize()}ies") for kind in kinds}
        return [(heading[kind], [term for term in self.terms if term.kind == kind]) for kind in kinds]


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list and its concepts, in the order of their ranks, or else of their names."""

    thing: Thing
    concepts: tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All modules and all code lists; every thing of them by IRI; and the IRIs of those that name it, by predicate."""

    modules: tuple[Module, ...]
    code_lists: tuple[CodeList, ...]
    things: Mapping[str, Thing]
    users: Mapping[tuple[str, str], Sequence[str]]

    def users_of(self, iri: str, *predicates: str) -> list[str]:
        """The IRIs of the things that name a term with one of the predicates, by their names."""
        found = [user for predicate in predicates for user in self.users.get((predicate, iri), ())]
        return sorted(found, key=lambda user: local_name(user).lower())


def read_vocabulary(store: Store) -> Vocabulary:
    """Read the ontology graph of a store."""
    said = _everything_said(store)
    things = {iri: Thing(iri, local_name(iri), _kind(about), about) for iri, about in said.items()}
    modules = [thing for thing in things.values() if f"{OWL}Ontology" in thing.iris(f"{RDF}type")]
    schemes = [thing for thing in things.values() if f"{SKOS}ConceptScheme" in thing.iris(f"{RDF}type")]
    return Vocabulary(
        modules=tuple(
            Module(module, tuple(_in_order(t for t in things.values() if module.iri in t.iris(f"{RDFS}isDefinedBy"))))
            for module in sorted(modules, key=lambda thing: (len(thing.iris(f"{OWL}imports")), thing.name))
        ),
        code_lists=tuple(
            CodeList(scheme, tuple(_ranked(t for t in things.values() if scheme.iri in t.iris(f"{SKOS}inScheme"))))
            for scheme in sorted(schemes, key=lambda thing: thing.name)
        ),
        things=things,
        users=_users(things.values()),
    )


def local_name(iri: str) -> str:
    """The last part of an IRI: "Pardon" of ontology#Pardon, "public" of vocab/sensitivity/public."""
    return iri.rpartition("#")[2] if "#" in iri else iri.rpartition("/")[2]


def _everything_said(store: Store) -> dict[str, dict[str, list[Value]]]:
    said: dict[str, dict[str, list[Value]]] = defaultdict(lambda: defaultdict(list))
    for row in select(store, rebased(_QUERY.read_text(encoding="utf-8"))):
        value = Value(row["object"], row.get("language", ""), row["isIri"] == "true")
        said[row["subject"]][row["predicate"]].append(value)
    return said


def _users(things: Iterable[Thing]) -> dict[tuple[str, str], list[str]]:
    users: dict[tuple[str, str], list[str]] = defaultdict(list)
    for thing in things:
        for predicate in thing.said:
            for iri in thing.iris(predicate):
                users[predicate, iri].append(thing.iri)
    return users


def _kind(about: Mapping[str, Sequence[Value]]) -> str:
    types = {value.text for value in about.get(f"{RDF}type", ())}
    return next((kind for iri, kind in KINDS.items() if iri in types), "")


def _in_order(terms: Iterable[Thing]) -> Iterator[Thing]:
    """Classes below their parents, then the properties by kind and name."""
    by_name = sorted(terms, key=lambda thing: thing.name.lower())
    classes = [thing for thing in by_name if thing.kind == "class"]
    own = {thing.iri for thing in classes}
    roots = [thing for thing in classes if not own & set(thing.iris(f"{RDFS}subClassOf"))]
    yield from {thing.iri: thing for thing in _with_children(roots, classes)}.values()
    for kind in KINDS.values():
        yield from (thing for thing in by_name if thing.kind == kind != "class")


def _with_children(level: Iterable[Thing], classes: Sequence[Thing]) -> Iterator[Thing]:
    for thing in level:
        yield thing
        yield from _with_children([c for c in classes if thing.iri in c.iris(f"{RDFS}subClassOf")], classes)


def _ranked(concepts: Iterable[Thing]) -> list[Thing]:
    def place(concept: Thing) -> tuple[int, str]:
        rank = concept.values(f"{HAB}rank")
        return (int(rank[0].text) if rank else 0, concept.name)

    return sorted(concepts, key=place)
