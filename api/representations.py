"""In which formats and by which profiles a document is offered, and which of them a request asks for.

Profiles are negotiated as in W3C Content Negotiation by Profile (Working Draft): by the header ``Accept-Profile``, or
by the arguments ``_profile`` and ``_mediatype``, which come before the headers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from kg.errors import NotAcceptableError
from kg.vocab import BASE

from .delivery import list_of
from .negotiation import negotiate, negotiate_languages, negotiate_profile
from .results import HTML

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

__all__ = ["ALTERNATES", "FORMATS", "OWN", "PROFILES", "SCHEMA_ORG", "TRIG", "VARY", "Choice", "choose", "offers_of"]

TRIG: Final = "application/trig"
_JSON_LD: Final = "application/ld+json"
_RDF_XML: Final = "application/rdf+xml"

# By suffix, best first.
FORMATS: Final = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "trig": TRIG,
    "jsonld": _JSON_LD,
    "rdf": _RDF_XML,
    "html": HTML,
}
# What generic clients send.
_ALIASES: Final = {"application/json": _JSON_LD, "application/xml": _RDF_XML, "text/xml": _RDF_XML}

OWN: Final = f"{BASE}ontology"
SCHEMA_ORG: Final = "https://schema.org/"
ALTERNATES: Final = "http://www.w3.org/ns/dx/connegp/altr"
# By token, best first.
PROFILES: Final = {"habeas": OWN, "schema": SCHEMA_ORG, "alt": ALTERNATES}
_SYNONYMS: Final = {"http://schema.org/": SCHEMA_ORG, "http://schema.org": SCHEMA_ORG, "https://schema.org": SCHEMA_ORG}

VARY: Final = "Accept, Accept-Profile, Accept-Language"
_PAGE_DIGITS_MAX: Final = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """What a request asks for.

    Attributes:
        media_type: one of ``FORMATS``.
        content_type: the same, or the name under which the client asked for it.
        profile: one of ``PROFILES``.
        languages: of the labels on a page, best first.
        page: counts from 1.
    """

    media_type: str
    content_type: str
    profile: str
    languages: tuple[str, ...]
    page: int

    @property
    def variant(self) -> tuple[str, ...]:
        """What tells one representation of an address from another."""
        languages = self.languages if self.media_type == HTML else ()
        return (self.content_type, self.profile, str(self.page), ",".join(languages))


def offers_of(profile: str) -> list[str]:
    """The media types in which a profile is offered, best first; TriG and pages are by our own model only."""
    return [known for known in FORMATS.values() if profile == OWN or known not in (TRIG, HTML)]


def choose(request: Request, suffix: str = "", *, profiles: Sequence[str] = tuple(PROFILES.values())) -> Choice:
    """Read a request.

    Args:
        request: its headers and arguments.
        suffix: of its address, which comes before all others.
        profiles: in which the document is offered, best first.

    Raises:
        HTTPException: 404, there is no such suffix; 400, the number of the page is none.
        NotAcceptableError: nothing that is offered is acceptable.
    """
    if suffix and suffix not in FORMATS:
        raise HTTPException(404, "There is no such address.")
    profile = _profile(request, profiles)
    offers = offers_of(profile)
    # A suffix leaves nothing to choose, whatever is accepted; an argument beside it must agree.
    asked = _asked(request, "_mediatype", "" if suffix else "accept")
    offered = [known for known in offers if known == FORMATS[suffix]] if suffix else offers
    chosen = negotiate(asked, [*offered[:-1], *([] if suffix else _ALIASES), *offered[-1:]])
    if chosen is None:
        raise NotAcceptableError(f"This is offered as {', '.join(offers)}; the request accepts none of them.")
    languages = negotiate_languages(list_of(request, "accept-language"))
    return Choice(_ALIASES.get(chosen, chosen), chosen, profile, languages, _page(request))


def _profile(request: Request, offered: Sequence[str]) -> str:
    named = {name: uri for name, uri in {**PROFILES, **_SYNONYMS}.items() if uri in offered}
    named |= {uri.lower(): uri for uri in offered}
    chosen = negotiate_profile(_asked(request, "_profile", "accept-profile"), named, offered)
    if chosen is None:
        raise NotAcceptableError(f"This is offered by the profiles {', '.join(offered)}; the request accepts none.")
    return chosen


def _asked(request: Request, argument: str, header: str) -> str:
    """What an argument says, or else a header; an argument without a value asks for what nobody offers."""
    said = request.query_params.get(argument)  # the last one
    return list_of(request, header) if said is None else said.strip() or "none"


def _page(request: Request) -> int:
    text = request.query_params.get("page", "1")
    if not (text.isascii() and text.isdecimal() and len(text) <= _PAGE_DIGITS_MAX and int(text) > 0):
        raise HTTPException(400, "The parameter “page” counts from 1.")
    return int(text)
