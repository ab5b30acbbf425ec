"""What pages call a claim or a conflict, which nobody has named: who says what; and on what claims disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kg.vocab import CLAIM, HAB, ID

from .terms import Label, Term
from .views import is_name, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .documents import Document, Quad, Reading

__all__ = ["read_names"]

_CONFLICT: Final = f"{ID}conflict/"
_ON_PROPERTY: Final = f"{HAB}conflictsOnProperty"
_ON_SUBJECT: Final = f"{HAB}conflictsOnSubject"
_SPEAKER: Final = "http://www.w3.org/ns/prov#wasAttributedTo"


async def read_names(reading: Reading, document: Document, languages: Sequence[str]) -> dict[str, Label]:
    """A name for each claim and each conflict that a document names, itself included, by IRI.

    Args:
        reading: what the document was read from.
        document: one page of it.
        languages: of the reader, best first.
    """
    named = {iri for quad in document.quads for iri in quad._replace(graph="").iris} | {document.iri}
    conflicts = await reading.quads_of("conflicts", {iri for iri in named if iri.startswith(_CONFLICT)})
    claims = {iri for iri in named if iri.startswith(CLAIM)}
    says = await reading.quads_of("says", claims)
    around = [quad for quad in await reading.quads_of("provenance", claims) if quad.predicate.value == _SPEAKER]
    labels = await reading.labels({iri for quad in (*conflicts, *says, *around) for iri in quad.iris}, languages)
    return _names_of_conflicts(conflicts, labels) | _names_of_claims(says, around, _at_issue(document), labels)


def _at_issue(document: Document) -> set[str]:
    """The things and properties on which claims disagree, where the document is about a conflict."""
    own = (quad for quad in document.quads if quad.subject.value == document.iri)
    return {quad.value.value for quad in own if quad.predicate.value in (_ON_PROPERTY, _ON_SUBJECT)}


def _names_of_conflicts(quads: Iterable[Quad], labels: Mapping[str, Label]) -> dict[str, Label]:
    """As ``kg report conflicts`` calls them: "size of people pardoned on 7 November 2024"."""
    properties: dict[str, str] = {}
    subjects: dict[str, list[str]] = {}
    for quad in quads:
        name = name_of(quad.value, labels)
        if quad.predicate.value == _ON_PROPERTY:
            properties[quad.subject.value] = name
        else:
            subjects.setdefault(quad.subject.value, []).append(name)
    return {iri: Label(f"{properties[iri]} of {' / '.join(of)}") for iri, of in subjects.items() if iri in properties}


def _names_of_claims(
    says: Iterable[Quad], around: Iterable[Quad], at_issue: set[str], labels: Mapping[str, Label]
) -> dict[str, Label]:
    """By what tells most of what they say: "Pavel Sapelka: people pardoned on 7 November 2024, size 30"."""
    said: dict[str, list[Quad]] = {}
    for quad in says:
        said.setdefault(quad.graph, []).append(quad)
    speakers = {quad.subject.value: name_of(quad.value, labels) for quad in around}
    return {
        claim: Label(f"{speakers[claim]}: {_in_short(quads, at_issue, labels)}")
        for claim, quads in said.items()
        if claim in speakers
    }


def _in_short(quads: Sequence[Quad], at_issue: set[str], labels: Mapping[str, Label]) -> str:
    def rank(quad: Quad) -> tuple[int, bool]:
        return -len({quad.subject.value, quad.predicate.value} & at_issue), is_name(quad.predicate)

    first = min(quads, key=rank)
    words = f"{name_of(first.subject, labels)}, {_words(first.predicate, labels)} {name_of(first.value, labels)}"
    return words if at_issue or len(quads) == 1 else f"{words}, and {len(quads) - 1} more"


def _words(predicate: Term, labels: Mapping[str, Label]) -> str:
    return labels[predicate.value].text if predicate.value in labels else predicate.words
