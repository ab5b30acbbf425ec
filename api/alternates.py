"""What a document says of itself: in which representations there is one, and which page of how it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .documents import Quad
from .representations import FORMATS, OWN, PROFILES, offers_of
from .terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .representations import Choice
    from .signposts import Place

__all__ = ["alternates_of", "pages_of"]

_ALTR: Final = "http://www.w3.org/ns/dx/connegp/altr#"
_PROF: Final = "http://www.w3.org/ns/dx/prof/"
_DCTERMS: Final = "http://purl.org/dc/terms/"
_HYDRA: Final = "http://www.w3.org/ns/hydra/core#"
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def _iri(value: str) -> Term:
    return Term("uri", value)


def _triple(subject: str, name: str, value: Term) -> Quad:
    return Quad("", _iri(subject), _iri(name), value)


def alternates_of(place: Place, base: str) -> Iterator[Quad]:
    """The alternates view (W3C Content Negotiation by Profile §6.3): every representation, and the profiles' tokens.

    Args:
        place: the document.
        base: address of this service, without a slash at its end.
    """
    for token, profile in PROFILES.items():
        if profile not in place.profiles:
            continue
        yield _triple(profile, _TYPE, _iri(f"{_PROF}Profile"))
        yield _triple(profile, f"{_PROF}hasToken", Term("literal", token))
        argument = "" if profile == OWN else f"?_profile={token}"
        for suffix, media_type in FORMATS.items():
            if media_type in offers_of(profile):
                address = f"{base}{place.address}.{suffix}{argument}"
                is_default = profile == OWN and media_type == next(iter(FORMATS.values()))
                name = "hasDefaultRepresentation" if is_default else "hasRepresentation"
                yield _triple(place.iri, f"{_ALTR}{name}", _iri(address))
                yield _triple(address, f"{_DCTERMS}conformsTo", _iri(profile))
                yield _triple(address, f"{_DCTERMS}format", Term("literal", media_type))


def pages_of(place: Place, choice: Choice, base: str) -> Iterator[Quad]:
    """Where there is more than one page: that this one is a part of them (Hydra Core Vocabulary)."""
    if choice.page == 1 and not place.has_next:
        return
    own = base + place.page(choice.page)
    yield _triple(own, _TYPE, _iri(f"{_HYDRA}PartialCollectionView"))
    yield _triple(own, "http://xmlns.com/foaf/0.1/primaryTopic", _iri(place.iri))
    yield _triple(own, f"{_HYDRA}first", _iri(base + place.page(1)))
    if choice.page > 1:
        yield _triple(own, f"{_HYDRA}previous", _iri(base + place.page(choice.page - 1)))
    if place.has_next:
        yield _triple(own, f"{_HYDRA}next", _iri(base + place.page(choice.page + 1)))
