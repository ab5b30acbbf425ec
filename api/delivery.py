"""From what was answered to what is sent: content coding, conditional requests, and what the headers tell."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response, StreamingResponse

from .answers import Kept, Result
from .encoding import PACKED_BYTES_MIN, choose_coding, pack, pack_pieces
from .protocol import ACCEPT_QUERY
from .results import content_type

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.requests import Request

    from .answers import Answered, Answers

__all__ = [
    "ALWAYS",
    "EXPOSED",
    "REVALIDATED",
    "UNKEPT",
    "VARY",
    "budget_left",
    "deliver",
    "known_tags",
    "list_of",
    "server_timing",
    "tell_budget",
]

# What a page of another site may read of a response, and what every response to a query says beside its own.
EXPOSED: Final = "Accept-Query, ETag, RateLimit, RateLimit-Policy, Retry-After, Server-Timing"
ALWAYS: Final = ((b"access-control-expose-headers", EXPOSED.encode()), (b"accept-query", ACCEPT_QUERY.encode()))

# Nobody keeps an answer that may be another one at the next moment, nor an error.
UNKEPT: Final = "no-store"
# Whoever keeps an answer asks before using it again, for a new release may say something else, or no longer say it.
# That costs a request without a body, and nothing is evaluated for it.
REVALIDATED: Final = "public, no-cache"
VARY: Final = "Accept, Accept-Encoding"
_CONDITIONAL_METHODS: Final = ("GET", "HEAD", "QUERY")
# Packing more than this takes longer than other clients should have to wait.
_PACKED_HERE_BYTES: Final = 32 * 1024


def list_of(request: Request, name: str) -> str:
    """All lines of a header whose value is a list, as one (RFC 9110 §5.3); empty where it is missing."""
    lines = request.headers.getlist(name)
    return lines[0] if len(lines) == 1 else ", ".join(lines)


def known_tags(request: Request) -> frozenset[str]:
    """What If-None-Match names (RFC 9110 §13.1.2), compared weakly: without ``W/`` and quotes, or "*"."""
    if request.method not in _CONDITIONAL_METHODS:
        return frozenset()
    listed = (tag.strip() for tag in list_of(request, "if-none-match").split(","))
    return frozenset(tag.removeprefix("W/").strip('"') for tag in listed if tag)


async def deliver(request: Request, answers: Answers, answered: Answered, media_type: str) -> Response:
    """The response with a result, or 304 where the client has it already."""
    headers = {"Vary": VARY, "Cache-Control": REVALIDATED if answered.tag else UNKEPT}
    if answered.tag and request.method in _CONDITIONAL_METHODS:
        # Weak: rows without ORDER BY may come in another order, and a content coding changes the bytes.
        headers["ETag"] = f'W/"{answered.tag}"'
    result = answered.result
    if result is None:
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = content_type(media_type)
    coding = choose_coding(list_of(request, "accept-encoding")) if result.size_bytes >= PACKED_BYTES_MIN else ""
    if coding:
        headers["Content-Encoding"] = coding
        result = await _packed(answers, answered, result, coding)
    if result.content is not None:
        return Response(result.content, headers=headers)
    return StreamingResponse(_pieces(result), headers={**headers, "Content-Length": str(result.size_bytes)})


async def _packed(answers: Answers, answered: Answered, result: Result, coding: str) -> Result:
    cache, key = answers.cache_of(answered.serving), (answered.tag, coding)
    kept = cache.get(key) if answered.tag else None
    if kept is not None:
        return kept.result
    packed = await _pack(result, coding)
    answers.room.take_too(packed, result)
    if answered.tag and packed.content is not None:
        cache.put(key, Kept(packed, ()), packed.size_bytes)
    return packed


async def _pack(result: Result, coding: str) -> Result:
    if result.content is None:
        body, size_bytes = await asyncio.to_thread(pack_pieces, result.pieces(), coding)
        return Result(result.media_type, size_bytes, body)
    here = result.size_bytes <= _PACKED_HERE_BYTES
    content = pack(result.content, coding) if here else await asyncio.to_thread(pack, result.content, coding)
    return Result(result.media_type, len(content), content)


async def _pieces(result: Result) -> AsyncIterator[bytes]:
    for piece in result.pieces():
        yield piece


def tell_budget(response: Response, answers: Answers, notes: Mapping[str, Any]) -> None:
    """Say what a client may cause, and what is left of it where that was looked at."""
    # Not through ``headers``, which looks at all the others for each.
    response.raw_headers.append((b"ratelimit-policy", answers.budgets.policy))
    if "budget" in notes:
        response.raw_headers.append((b"ratelimit", budget_left(notes).encode()))


def budget_left(notes: Mapping[str, Any]) -> str:
    """The header RateLimit of a request for which the budget was looked at."""
    left: str = notes["budget"].field(notes["timings_s"].get("work", 0.0))
    return left


def server_timing(answered: Answered, timings_s: Mapping[str, float]) -> str:
    """The header Server-Timing: milliseconds by stage, whether it was kept, what answered, and what was rewritten."""
    metrics = [f"{stage};dur={seconds * 1000:.2f}" for stage, seconds in timings_s.items()]
    if answered.tag:
        metrics.append(f'cache;desc="{"hit" if answered.is_cached else "miss"}"')
    if answered.route:
        metrics.append(f'route;desc="{answered.route}"')
    metrics.extend(f'rewrite;desc="{_quotable(rewrite)}"' for rewrite in answered.rewrites)
    return ", ".join(metrics)


def _quotable(words: str) -> str:
    plain = words.encode("ascii", "replace").decode()
    return "".join(c for c in plain if c.isprintable()).replace("\\", "\\\\").replace('"', '\\"')
