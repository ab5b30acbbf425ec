"""Keys by which a name is found among many: names that may be one share a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .parsing import Kind, parse

if TYPE_CHECKING:
    from .parsing import Part

__all__ = ["keys"]


def keys(name: str) -> dict[str, float]:
    """The keys of a name, each with what it counts for (above 0.0), whatever the order of its words.

    For each word how it may sound ("=MIKALA"), its consonants alone ("MKL"), and the given names that it is a spelling
    of ("#17"). Initials and words that say little have none, where there is another word.
    """
    found: dict[str, float] = {}
    parts = parse(name)
    telling = [p for p in parts if p.kind in (Kind.PLAIN, Kind.PATRONYMIC)] or list(parts)
    for part in telling:
        found |= _keys(part)
    return found


def _keys(part: Part) -> dict[str, float]:
    weight = 0.5 if part.kind is Kind.PATRONYMIC else 1.0
    return {
        **{f"={reading}": 0.5 * weight for reading in part.readings},
        **{f"{consonants}": weight for consonants in part.skeletons},
        **{f"#{number}": weight for number in part.given},
    }
