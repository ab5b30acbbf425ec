"""Entity tags of what follows from the release alone (RFC 9110 §8.8.3): a release never changes."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["not_modified", "standing", "tag_of"]

_TAG_BYTES: Final = 12


def tag_of(*parts: str) -> str:
    """The tag of a representation: weak, for it may be packed on its way.

    Args:
        parts: all that decides what it holds: release, address, media type.
    """
    digest = blake2b("\0".join(parts).encode(), digest_size=_TAG_BYTES)
    return f'W/"{digest.hexdigest()}"'


def not_modified(request: Request, tag: str) -> Response | None:
    """304 where the client has that representation (If-None-Match, compared weakly, §13.1.2); else None."""
    fields = ",".join(request.headers.getlist("if-none-match")).split(",")
    known = {field.strip().removeprefix("W/") for field in fields}
    if known.isdisjoint(("*", tag.removeprefix("W/"))):
        return None
    return Response(status_code=304, headers=standing(tag))


def standing(tag: str) -> dict[str, str]:
    """The headers of a representation with a tag: kept by whoever likes, but asked for again each time (§8.8)."""
    return {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept"}
