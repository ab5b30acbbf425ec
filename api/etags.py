"""Entity tags of what follows from the release alone (RFC 9110 §8.8.3): a release never changes."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from .delivery import known_tags

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["not_modified", "standing", "tag_of"]

_TAG_BYTES: Final = 12


def tag_of(*parts: str) -> str:
    """The tag of a representation, without quotes.

    Args:
        parts: all that decides what it holds: release, address, media type.
    """
    return blake2b("\0".join(parts).encode(), digest_size=_TAG_BYTES).hexdigest()


def not_modified(request: Request, tag: str, vary: str = "Accept") -> Response | None:
    """304 where the client has that representation; else None."""
    if known_tags(request).isdisjoint(("*", tag)):
        return None
    return Response(status_code=304, headers=standing(tag, vary))


def standing(tag: str, vary: str = "Accept") -> dict[str, str]:
    """The headers of a representation with a tag: kept by whoever likes, but asked for again each time.

    The tag is weak: names of blank nodes and the order of triples may differ.
    """
    return {"ETag": f'W/"{tag}"', "Cache-Control": "no-cache", "Vary": vary}
