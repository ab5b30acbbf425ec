"""Content negotiation by RFC 9110 §12.5.1: the best of what is offered, or nothing; never a default by mistake."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["negotiate"]

# Each element takes time, and nobody who means well names hundreds: a longer header fits nothing, and so is refused, as
# RFC 9110 §5.4 wants of a field that is larger than a server wishes to read.
_CHARACTERS_MAX: Final = 2048


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
        if slash and main and sub and 0 <= quality <= 1:
            qualities[name] = max(quality, qualities.get(name, 0.0))
    return qualities


def _quality(parameters: list[str]) -> float:
    """What ``q`` says; not a number where it says nothing that can be read."""
    try:
        return next((float(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    except ValueError:
        return float("nan")


def negotiate(accept: str | None, offers: Sequence[str]) -> str | None:
    """Choose one of the offered media types; in at most a millisecond, whatever the header says.

    The most specific range decides about an offer. Among the offers, higher quality wins, then the more specific
    range (so "text/turtle, */*" means Turtle), then the order of the offers.

    Args:
        accept: the header's value; None or blank accepts anything, more than 2,048 characters nothing.
        offers: media types without parameters, in lower case, best first.
    """
    if accept is None or not accept.strip():
        accept = "*/*"
    if len(accept) > _CHARACTERS_MAX:
        return None
    ranges = _ranges(accept)
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
