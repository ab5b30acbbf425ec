"""The header Link (RFC 8288): signposts (FAIR Signposting Profile), other formats and profiles, and other pages.

Targets are paths of this service; ``prefix.py`` puts the prefix of a proxy before them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .representations import ALTERNATES, FORMATS, OWN, PROFILES, SCHEMA_ORG, offers_of
from .results import HTML

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .representations import Choice

__all__ = ["LICENSE", "Place", "link", "signposts"]

LICENSE: Final = "https://creativecommons.org/licenses/by/4.0/"
_PROFILE_CLASS: Final = "http://www.w3.org/ns/dx/prof/Profile"
_ABOUT_PAGE: Final = "https://schema.org/AboutPage"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands.

    Attributes:
        iri: what it is about.
        address: its path, without suffix and arguments.
        types: IRIs of the classes of what it is about.
        has_next: whether there is another page after this one.
        profiles: by which it is offered.
    """

    iri: str
    address: str
    types: tuple[str, ...] = ()
    has_next: bool = False
    profiles: tuple[str, ...] = tuple(PROFILES.values())

    def page(self, number: int, suffix: str = "") -> str:
        """The path of one of its pages."""
        return f"{self.address}{suffix}" + (f"?page={number}" if number > 1 else "")


def link(target: str, relation: str, **attributes: str) -> str:
    """One element of the header."""
    rest = "".join(f'; {name}="{value}"' for name, value in attributes.items())
    return f'<{target}>; rel="{relation}"{rest}'


def signposts(place: Place, choice: Choice, *more: str) -> str:
    """The value of Link for one representation of a document.

    Args:
        place: where it stands.
        choice: which representation it is.
        more: further elements.
    """
    return ", ".join([*_about(place, choice), *_alternates(place, choice), *_pages(place, choice), *more])


def _about(place: Place, choice: Choice) -> Iterator[str]:
    yield link(place.iri, "cite-as")
    yield link(place.page(choice.page), "canonical")
    yield link(LICENSE, "license")
    yield link("/.well-known/void", "collection", type=FORMATS["ttl"])
    yield link(choice.profile, "profile")
    if choice.media_type == HTML:
        yield link(place.page(choice.page, ".ttl"), "describedby", type=FORMATS["ttl"])
        yield link(_ABOUT_PAGE, "type")
    else:
        yield link(place.iri, "describes")
    for iri in place.types:
        yield link(iri, "type")


def _alternates(place: Place, choice: Choice) -> Iterator[str]:
    for suffix, media_type in FORMATS.items():
        yield link(place.page(choice.page, f".{suffix}"), "alternate", type=media_type, format=OWN)
    for token, uri in PROFILES.items():
        if uri in place.profiles:
            yield link(_PROFILE_CLASS, "type", token=token, anchor=uri)
            if uri != OWN:
                yield link(f"{place.address}?_profile={token}", "alternate", type=offers_of(uri)[0], format=uri)


def _pages(place: Place, choice: Choice) -> Iterator[str]:
    if choice.profile in (ALTERNATES, SCHEMA_ORG):
        return
    if choice.page > 1:
        yield link(place.page(1), "first")
        yield link(place.page(choice.page - 1), "prev")
    if place.has_next:
        yield link(place.page(choice.page + 1), "next")
