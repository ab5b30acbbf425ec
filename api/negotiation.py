"""Content negotiation (RFC 9110 §12.5): the best of what is offered, or nothing; never a default by mistake."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["negotiate", "negotiate_languages", "negotiate_profile"]

# Each element takes time, and nobody who means well names hundreds: a longer header fits nothing, and so is refused, as
# RFC 9110 §5.4 wants of a field that is larger than a server wishes to read.
_CHARACTERS_MAX: Final = 2048
_ANY: Final = "*"
# Browsers name XML right after HTML, and show it as a wall of text.
_HTML: Final = "text/html"
_PLAIN_XML: Final = ("application/xml", "text/xml")
# More languages than anybody reads; each is looked for among the labels of a page.
_LANGUAGES_MAX: Final = 10
_TAG: Final = re.compile(r"[a-z]{1,8}(-[a-z0-9]{1,8}){0,7}")


@lru_cache(maxsize=256)
def _ranges(accept: str) -> Mapping[str, float]:
    """The qualities of the media ranges in an Accept header; an element that breaks the grammar says nothing."""
    qualities: dict[str, float] = {}
    for element in accept.lower().split(","):
        if "/" not in element:
            continue
        name, *parameters = (part.strip() for part in element.split(";"))
        main, slash, sub = name.partition("/")
        quality = _quality(parameters)
        if slash and main and sub and quality is not None:
            qualities[name] = max(quality, qualities.get(name, 0.0))
    return qualities


def _quality(parameters: Sequence[str]) -> float | None:
    """The weight q, 1 where it is missing (RFC 9110 §12.4.2); None for one that is none."""
    try:
        quality = next((float(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    except ValueError:
        return None
    return quality if 0 <= quality <= 1 else None


def negotiate(accept: str | None, offers: Sequence[str]) -> str | None:
    """Choose one of the offered media types; in at most a millisecond, whatever the header says.

    The most specific range decides about an offer. Among the offers, higher quality wins, then the more specific
    range (so "text/turtle, */*" means Turtle), then the order of the offers. Whoever accepts HTML, where there is none,
    gets plain XML for want of all else only.

    Args:
        accept: the header's value; None or blank accepts anything, more than 2,048 characters nothing.
        offers: media types without parameters, in lower case, best first.
    """
    if accept is None or not accept.strip():
        accept = "*/*"
    if len(accept) > _CHARACTERS_MAX:
        return None
    ranges = _ranges(accept)
    if ranges.get(_HTML) and _HTML not in offers:
        return _best(ranges, [offer for offer in offers if offer not in _PLAIN_XML]) or _best(ranges, offers)
    return _best(ranges, offers)


def _best(ranges: Mapping[str, float], offers: Sequence[str]) -> str | None:
    best: tuple[float, int] = (0.0, -1)
    chosen = None
    for offer in offers:
        main, _, _ = offer.partition("/")
        names = ("*/*", f"{main}/*", offer)  # by how specific they are
        specificity = max((place for place, name in enumerate(names) if name in ranges), default=-1)
        quality = ranges[names[specificity]] if specificity >= 0 else 0.0
        if quality > 0 and (quality, specificity) > best:
            best, chosen = (quality, specificity), offer
    return chosen


def negotiate_languages(accept_language: str) -> tuple[str, ...]:
    """The language tags that a reader prefers (RFC 9110 §12.5.4), best first, in lower case; the first ten."""
    weighed = [(quality, tag) for tag, quality in _weighed(accept_language) if quality > 0 and _TAG.fullmatch(tag)]
    best_first = sorted(weighed, key=lambda pair: -pair[0])
    return tuple(dict.fromkeys(tag for _, tag in best_first))[:_LANGUAGES_MAX]


def negotiate_profile(accepted: str, named: Mapping[str, str], offers: Sequence[str]) -> str | None:
    """Choose a profile (W3C Content Negotiation by Profile §7.1): the best that is offered, or nothing.

    Args:
        accepted: URIs in angle brackets or bare, tokens, or "*", with weights; empty accepts anything.
        named: URIs by the tokens and further URIs that stand for them.
        offers: URIs, best first.
    """
    qualities: dict[str, float] = {}
    for name, quality in _weighed(accepted):
        profile = name.removeprefix("<").removesuffix(">")
        qualities.setdefault(named.get(profile, profile), quality)
    others = qualities.get(_ANY, 0.0 if qualities else 1.0)
    best = max(offers, key=lambda offer: qualities.get(offer, others))
    return best if qualities.get(best, others) > 0 else None


def _weighed(header: str) -> Iterator[tuple[str, float]]:
    """The elements of a list with their weights; what breaks the grammar says nothing."""
    for element in header[:_CHARACTERS_MAX].lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        quality = _quality(parameters)
        if name and quality is not None:
            yield name, quality
