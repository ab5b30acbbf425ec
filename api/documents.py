"""What the release says of one thing, in pages: every quad that names it, with who says so and what all is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.rdf import is_iri
from kg.vocab import CLAIM, HAB, ID, PROVENANCE_GRAPH, SOURCE

from .lookups import select
from .terms import Label, Term, choose_label

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from kg.store.backend import QueryBackend

    from .terms import Row

__all__ = ["Document", "Quad", "Reading", "known_of", "read_document", "stated_in", "status_of"]

_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_REPORTED_IN: Final = f"{HAB}reportedIn"
# So many IRIs stand in one query of ours.
_BATCH: Final = 500
# And so many triples, each of which may hold a long text.
_TRIPLES: Final = 100
_DEFAULT_GRAPH: Final = ""


class Quad(NamedTuple):
    """A quad of the dataset; the graph is empty for the default graph."""

    graph: str
    subject: Term
    predicate: Term
    value: Term

    @property
    def iris(self) -> set[str]:
        """Every IRI in it, that of the graph included."""
        terms = {term.value for term in (self.subject, self.predicate, self.value) if term.is_iri}
        return terms | {self.graph} if self.graph else terms


@dataclass(frozen=True, slots=True)
class Reading:
    """From what a document is read.

    Attributes:
        backend: of the release.
        page_quads: how many quads one page has at most.
        visible: keeps of some quads those that may be shown; None where all may.
    """

    backend: QueryBackend
    page_quads: int
    visible: Callable[[list[Quad]], Awaitable[list[Quad]]] | None = None

    async def quads(self, query: str, *, more: str = "", **iris: str | Iterable[str]) -> list[Quad]:
        """The quads that a query of ours gives, and that may be shown."""
        rows = await select(self.backend, f"document/{query}", more=more, **iris)
        thing = Term("uri", str(iris.get("thing", "")))
        quads = list(dict.fromkeys(_quad(row, thing) for row in rows))
        return quads if self.visible is None else await self.visible(quads)

    async def quads_of(self, query: str, nodes: Iterable[str]) -> list[Quad]:
        """The same for a query about many things, asked for some at a time."""
        return [quad for batch in _batches(nodes) for quad in await self.quads(query, nodes=batch)]

    async def labels(self, iris: Iterable[str], languages: Sequence[str]) -> dict[str, Label]:
        """A label for each of some IRIs that has one, in a language of the reader's where there is one."""
        return _labels(await self.quads_of("names", iris), languages)


@dataclass(frozen=True, slots=True)
class Document:
    """One page of what the release says of a thing.

    Attributes:
        iri: of the thing.
        quads: of the page, in order.
        around: provenance of the claims and sources that it names.
        says: where the thing is a source: what the claims of the page say.
        names: what all of these are called, in every language (default graph).
        page: counts from 1.
        has_next: whether there is another page.
    """

    iri: str
    quads: tuple[Quad, ...]
    around: tuple[Quad, ...]
    says: tuple[Quad, ...]
    names: tuple[Quad, ...]
    page: int
    has_next: bool

    @property
    def is_thing(self) -> bool:
        """Whether it is one of the things that claims speak of; else it is a claim or a source."""
        return self.iri.startswith(ID)

    @property
    def dataset(self) -> list[Quad]:
        """All of it in its graphs, with names for what it speaks of in the default graph."""
        return [*dict.fromkeys((*self.quads, *self.around, *self._own_names()))]

    @property
    def graph(self) -> list[Quad]:
        """The same as one graph: for a thing, what is in the default graph, where current claims are."""
        quads = [quad for quad in self.dataset if not (self.is_thing and quad.graph)]
        return [*dict.fromkeys(quad._replace(graph=_DEFAULT_GRAPH) for quad in quads)]

    def labels(self, languages: Sequence[str]) -> dict[str, Label]:
        """A label for everything that has one, in a language of the reader's where there is one."""
        return _labels(self.names, languages)

    def _own_names(self) -> Iterable[Quad]:
        """Names of what stands beside the thing; those of classes and properties are the ontology's matter."""
        shown = [quad for quad in self.quads if not self.is_thing or not quad.graph]
        beside = {quad.subject.value for quad in shown}
        beside |= {quad.value.value for quad in shown if quad.value.is_iri and quad.predicate.value != _RDF_TYPE}
        return (name for name in self.names if name.subject.value in beside)


async def read_document(reading: Reading, kind: str, iri: str, page: int) -> Document:
    """Read one page about a thing, a claim or a source (``kind``); it has no quads where there is no such page."""
    size = reading.page_quads
    window = f"LIMIT {size + 1} OFFSET {(page - 1) * size}"
    rows = await select(reading.backend, f"document/{kind}", more=window, thing=iri)
    quads = list(dict.fromkeys(_quad(row, Term("uri", iri)) for row in rows[:size]))
    if reading.visible is not None:
        quads = await reading.visible(quads)
    around = await reading.quads_of("provenance", _claims_in(quads) - {iri})
    sources = {quad.value.value for quad in (*around, *quads) if quad.predicate.value == _REPORTED_IN}
    around += await reading.quads_of("provenance", sources - {iri})
    says = await reading.quads_of("says", _claims_in(quads)) if kind == "source" else []
    everything = {name for quad in (*quads, *around, *says) for name in quad.iris}
    names = await reading.quads_of("names", everything | {iri})
    return Document(iri, tuple(quads), tuple(around), tuple(says), tuple(names), page, len(rows) > size)


async def status_of(backend: QueryBackend, iri: str) -> tuple[bool, str]:
    """Whether a release says anything of a thing, and the IRI that it was merged into ("" where it was not)."""
    row = (await select(backend, "document/status", thing=iri))[0]
    return row["known"].value == "true", row["survivor"].value if "survivor" in row else ""


async def known_of(backend: QueryBackend, iris: Iterable[str]) -> set[str]:
    """Those of some IRIs that a release says anything of."""
    rows = [row for batch in _batches(iris) for row in await select(backend, "document/known", nodes=batch)]
    return {row["subject"].value for row in rows}


async def stated_in(backend: QueryBackend, quads: Sequence[Quad]) -> dict[Quad, set[str]]:
    """The named graphs in which the triples of some quads of the default graph stand; a blank node is in none."""
    found: dict[Quad, set[str]] = {}
    asked = [quad for quad in quads if all(map(_is_askable, quad[1:]))]
    for start in range(0, len(asked), _TRIPLES):
        triples = " ".join(
            f"({' '.join(term.ntriples for term in quad[1:])})" for quad in asked[start : start + _TRIPLES]
        )
        more = f"VALUES (?subject ?property ?value) {{ {triples} }}"
        for row in await select(backend, "document/stated", more=more):
            quad = Quad(_DEFAULT_GRAPH, row["subject"], row["property"], row["value"])
            found.setdefault(quad, set()).add(row["graph"].value)
    return found


def _labels(names: Iterable[Quad], languages: Sequence[str]) -> dict[str, Label]:
    found: dict[str, list[Label]] = {}
    for name in names:
        found.setdefault(name.subject.value, []).append(Label(name.value.value, name.value.language))
    return {iri: choose_label(labels, languages) for iri, labels in found.items()}


def _is_askable(term: Term) -> bool:
    return is_iri(term.value) if term.is_iri else term.kind == "literal"


def _quad(row: Row, thing: Term) -> Quad:
    graph = row["graph"].value if "graph" in row else _DEFAULT_GRAPH
    return Quad(graph, row.get("subject", thing), row["property"], row.get("value", thing))


def _claims_in(quads: Iterable[Quad]) -> set[str]:
    """The claims that make statements, and those that are spoken of."""
    quads = list(quads)
    spoken = {quad.subject.value for quad in quads if quad.graph == PROVENANCE_GRAPH}
    return {name for name in spoken | {quad.graph for quad in quads} if name.startswith((CLAIM, SOURCE))}


def _batches(iris: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(iris)
    return (ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH))
