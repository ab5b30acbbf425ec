"""Content negotiation by RFC 9110 §12.5.1: the best of what is offered, or nothing; never a default by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["negotiate"]

_ANY: Final = "*"


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
    try:
        qualities = [float(p[2:]) for p in parameters if p.startswith("q=")]
    except ValueError:
        return None
    quality = qualities[0] if qualities else 1.0
    return _Range(main, sub, quality) if slash and main and sub and 0 <= quality <= 1 else None


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
