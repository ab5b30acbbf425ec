"""Content negotiation (RFC 9110 §12.5): the best of what is offered, or nothing; never a default by mistake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["negotiate", "negotiate_languages", "negotiate_profile"]

_ANY: Final = "*"
# More languages than anybody reads; each is looked for among the labels of a page.
_LANGUAGES_MAX: Final = 10
_TAG: Final = re.compile(r"[a-z]{1,8}(-[a-z0-9]{1,8}){0,7}")


class _Range(NamedTuple):
    main: str
    sub: str
    quality: float

    def specificity(self, media_type: str) -> int:
        """2 for the type itself, 1 for its main type, 0 for any; -1 where it does not match."""
        main, _, sub = media_type.partition("/")
        if (self.main, self.sub) == (main, sub):
            return 2
        if self.sub == _ANY and self.main in (main, _ANY):
            return int(self.main != _ANY)
        return -1


def _parse(element: str) -> _Range | None:
    """One element of an Accept header; None for one that breaks the grammar and so says nothing."""
    name, *parameters = (part.strip().lower() for part in element.split(";"))
    main, slash, sub = name.partition("/")
    quality = _quality(parameters)
    return _Range(main, sub, quality) if slash and main and sub and quality is not None else None


def _quality(parameters: Sequence[str]) -> float | None:
    """The weight q, 1 where it is missing (RFC 9110 §12.4.2); None for one that is none."""
    try:
        quality = next((float(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    except ValueError:
        return None
    return quality if 0 <= quality <= 1 else None


def negotiate(accept: str | None, offers: Sequence[str]) -> str | None:
    """Choose one of the offered media types.

    The most specific range decides about an offer. Among the offers, higher quality wins, then the more specific
    range (so "text/turtle, */*" means Turtle), then the order of the offers.

    Args:
        accept: the header's value; None or blank accepts anything.
        offers: media types without parameters, in lower case, best first.
    """
    ranges = [_parse(element) for element in accept.split(",")] if accept and accept.strip() else [_Range("*", "*", 1)]
    best: tuple[float, int] = (0.0, -1)
    chosen = None
    for offer in offers:
        matches = [(r.specificity(offer), r.quality) for r in ranges if r is not None and r.specificity(offer) >= 0]
        specificity, quality = max(matches, default=(-1, 0.0))
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
    for element in header.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        quality = _quality(parameters)
        if name and quality is not None:
            yield name, quality
