"""Past releases by Memento (RFC 7089): ``/release/R/id/…`` and so on, ``/timegate/…`` and ``/timemap/…``.

A document of the current release is the original resource; the same document of a release is a memento of it. What has
been removed since, or is no longer spoken of, is in none: ``seen.py``.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from kg.vocab import CLAIM, ID, SOURCE

from ..limits import while_connected
from ..past import CURRENT, past_of, to_current
from ..seen import Seen
from ..service import service_of
from ..showing import KINDS, identify, show
from ..signposts import link

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

    from kg.publication import PublishedRelease

    from ..showing import Kind

__all__ = ["add_memento", "links_to_past"]

# The first part of a path, and what the rest of it names.
_NAMESPACES: Final = {"id": ID, "doc": ID, "claim": CLAIM, "source": SOURCE}
_PATH: Final = re.compile(
    r"(?:(id|doc)/([a-z0-9][a-z0-9-]{0,119}/[a-z0-9][a-z0-9-]{0,119})|(claim|source)/([a-z0-9-]{1,120}))"
)
_LINK_FORMAT: Final = "application/link-format"
_SUFFIX: Final = re.compile(r"\.[a-z]+$")


def add_memento(app: FastAPI) -> None:
    """Serve them."""
    app.add_route("/release/{release}/id/{type}/{key}", _identifier, include_in_schema=False)
    for kind in KINDS:
        app.add_route(f"/release/{{release}}{kind.path}", _endpoint(kind), include_in_schema=False)
    app.add_route("/timegate/{path:path}", _timegate, include_in_schema=False)
    app.add_route("/timemap/{path:path}", _timemap, include_in_schema=False)


def links_to_past(path: str) -> tuple[str, ...]:
    """What an original resource tells of its past (RFC 7089 §2.2): elements of the header Link.

    Args:
        path: its own, without the prefix of a proxy; a suffix is left out.
    """
    plain = _SUFFIX.sub("", path)
    return link(f"/timegate{plain}", "timegate"), link(f"/timemap{plain}", "timemap", type=_LINK_FORMAT)


async def _identifier(request: Request) -> Response:
    if request.path_params["release"] == CURRENT:
        return to_current(request)
    async with _seen(request) as seen:
        return await identify(request, seen)


def _endpoint(kind: Kind) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if request.path_params["release"] == CURRENT:
            return to_current(request)
        async with _seen(request) as seen:
            return await while_connected(request, show(request, kind, seen))

    return endpoint


@asynccontextmanager
async def _seen(request: Request) -> AsyncIterator[Seen]:
    """The release that the address names, and the current one beside it."""
    service, past, name = service_of(request), past_of(request), request.path_params["release"]
    root = f"/release/{name}"
    prefix = request.scope.get("root_path", "") + root
    path = _SUFFIX.sub("", request.url.path.removeprefix(prefix))
    with service.use() as current:
        async with past.use(name) as serving:
            holding = await past.holding(_iri_of(path.removeprefix("/")))
            headers = {"Memento-Datetime": _http_date(serving.release.released_at)}
            links = (link(path, "original"), *links_to_past(path), *_mementos(holding, path, name))
            yield Seen(serving, current, service.settings.page_quads, root, headers, links)


async def _timegate(request: Request) -> Response:
    """302, to the last memento that is not younger than Accept-Datetime, or the first (RFC 7089 §4.5)."""
    path, holding = await _known(request)
    asked = _asked_for(request)
    chosen = next((release for release in reversed(holding) if release.released_at <= asked), holding[0])
    links = (link(f"/{path}", "original"), *links_to_past(f"/{path}")[1:], *_mementos(holding, f"/{path}", chosen.id))
    headers = {"Vary": "accept-datetime", "Link": ", ".join(links), "Cache-Control": "no-cache"}
    return RedirectResponse(f"/release/{chosen.id}/{path}", 302, headers)


async def _timemap(request: Request) -> Response:
    """Every memento, oldest first (RFC 7089 §5)."""
    path, holding = await _known(request)
    base = str(request.base_url).rstrip("/")
    first, last = holding[0].released_at, holding[-1].released_at
    own = link(
        f"{base}/timemap/{path}", "self", type=_LINK_FORMAT, **{"from": _http_date(first), "until": _http_date(last)}
    )
    lines = [link(f"{base}/{path}", "original"), link(f"{base}/timegate/{path}", "timegate"), own]
    for number, release in enumerate(holding):
        ends = [name for name, place in (("first", 0), ("last", len(holding) - 1)) if number == place]
        lines.append(_memento(release, f"/{path}", " ".join([*ends, "memento"]), base=base))
    return Response(",\n".join(lines) + "\n", media_type=_LINK_FORMAT, headers={"Cache-Control": "no-cache"})


async def _known(request: Request) -> tuple[str, list[PublishedRelease]]:
    """The path that the address names, and the releases that speak of what is there; at least the current one.

    Raises:
        HTTPException: 404 or 410, the current release does not say anything of it.
    """
    path, service = request.path_params["path"], service_of(request)
    iri = _iri_of(path)
    with service.use() as current:
        await Seen(current, current, service.settings.page_quads).survivor_of(iri)
    return path, await past_of(request).holding(iri)


def _iri_of(path: str) -> str:
    match = _PATH.fullmatch(path)
    if match is None:
        raise HTTPException(404, "There is no such address.")
    kind, _, rest = path.partition("/")
    return _NAMESPACES[kind] + rest


def _asked_for(request: Request) -> datetime:
    text = request.headers.get("accept-datetime")
    if text is None:
        return datetime.max.replace(tzinfo=UTC)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError) as error:
        raise HTTPException(
            400, "Accept-Datetime is no date of HTTP, such as Tue, 01 Oct 2024 00:00:00 GMT."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _mementos(holding: Sequence[PublishedRelease], path: str, release_id: str) -> list[str]:
    """The first and the last memento, and those beside one (RFC 7089 §2.2.4)."""
    place = next((number for number, release in enumerate(holding) if release.id == release_id), None)
    if place is None:
        return []
    relations = {0: ["first"], len(holding) - 1: ["last"]} if len(holding) > 1 else {0: ["first", "last"]}
    for number, name in ((place - 1, "prev"), (place + 1, "next"), (place, "")):
        if 0 <= number < len(holding):
            relations.setdefault(number, []).extend([name] if name else [])
    return [_memento(holding[n], path, " ".join([*relations[n], "memento"])) for n in sorted(relations)]


def _memento(release: PublishedRelease, path: str, relation: str, *, base: str = "") -> str:
    return link(f"{base}/release/{release.id}{path}", relation, datetime=_http_date(release.released_at))


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)
