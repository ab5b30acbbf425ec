"""``/catalog`` (DCAT-AP 3), ``/dataset``, ``/dumps/…``; and for crawlers ``/sitemap.xml`` and ``/robots.txt``."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response

from kg.store.backend import GraphFormat

from ..descriptions import accepted, base_of, document_response, release_file
from ..etags import not_modified, standing, tag_of
from ..rendering import render, render_xml
from ..results import HTML
from ..service import service_of

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

__all__ = ["add_catalog"]

_OFFERS: Final = (*(known.value for known in GraphFormat), HTML)
_COLUMNS: Final = re.compile(r"[a-z]{1,20}\.(parquet|duckdb)")
_MEDIA_TYPES: Final = {".parquet": "application/vnd.apache.parquet", ".duckdb": "application/octet-stream"}
_NUMBER: Final = re.compile(r"[1-9]\d{0,5}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ROBOTS: Final = """\
# All of it is public. The lists below spare crawlers what has no end: every query has an address.
User-agent: *
Disallow: /sparql?format=
Disallow: /sparql?query=
Disallow: /graphs?default
Disallow: /graphs?graph=
Disallow: /sameas?uri=
Disallow: /search?q=
Disallow: /reconcile
Disallow: /health
Disallow: /metrics

Sitemap: {base}/sitemap.xml
"""


def add_catalog(app: FastAPI) -> None:
    """Serve them."""
    app.add_route("/catalog", _catalog, include_in_schema=False)
    app.add_route("/dataset", _dataset, include_in_schema=False)
    app.add_route("/dumps/dataset.nq.zst", _dump, include_in_schema=False)
    app.add_route("/dumps/columns/{name}", _columns, include_in_schema=False)
    for folder in ("/dumps/", "/dumps/columns/"):
        app.add_route(folder, _listed, include_in_schema=False)
    app.add_route("/sitemap.xml", _sitemap, include_in_schema=False)
    app.add_route("/sitemap/{part}.xml", _part, include_in_schema=False)
    app.add_route("/robots.txt", _robots, include_in_schema=False)


async def _catalog(request: Request) -> Response:
    media_type = accepted(request, _OFFERS)
    if media_type != HTML:
        return document_response(request, "dcat.ttl", media_type)
    release = service_of(request).release
    links = json.loads(release_file(request, "links/index.json").read_text("utf-8"))
    size = release.dataset.stat().st_size
    columns = sorted(path.name for path in release.columns.glob("*"))
    return render("catalog", links=links, release=release.id, size=size, suffix=release.dataset.name, columns=columns)


async def _dataset(_: Request) -> Response:
    """A dataset is not a document: 303, to the document about it."""
    return RedirectResponse("/.well-known/void", 303)


async def _listed(_: Request) -> Response:
    """What lies in a folder of dumps stands in the catalogue."""
    return RedirectResponse("/catalog", 303)


async def _dump(request: Request) -> Response:
    path = release_file(request, service_of(request).release.dataset.name)
    tag = tag_of(path.parent.name, path.name)
    return not_modified(request, tag) or FileResponse(path, headers=standing(tag), media_type="application/zstd")


async def _columns(request: Request) -> Response:
    name = request.path_params["name"]
    if _COLUMNS.fullmatch(name) is None:
        raise HTTPException(404, "There is no such address.")
    path = release_file(request, f"columns/{name}")
    tag = tag_of(service_of(request).release.id, "columns", name)
    kept = not_modified(request, tag)
    return kept or FileResponse(path, headers=standing(tag), media_type=_MEDIA_TYPES[path.suffix])


async def _sitemap(request: Request) -> Response:
    """The index of sitemaps (https://www.sitemaps.org/protocol.html); each lists at most 50,000 pages."""
    folder = service_of(request).release.path / "sitemap"
    parts = sorted(int(path.stem) for path in folder.glob("*.txt"))
    if not parts:
        raise HTTPException(404, "The release that is served has no list of its pages.")
    return await _xml(request, "sitemaps", "sitemap.xml", [f"/sitemap/{part}.xml" for part in parts])


async def _part(request: Request) -> Response:
    part = request.path_params["part"]
    if _NUMBER.fullmatch(part) is None:
        raise HTTPException(404, "There is no such address.")
    text = release_file(request, f"sitemap/{part}.txt").read_text("utf-8")
    return await _xml(request, "sitemap", part, [f"/{path}" for path in text.splitlines()])


async def _xml(request: Request, page: str, name: str, paths: list[str]) -> Response:
    release, base = service_of(request).release.id, base_of(request)
    tag = tag_of(release, name, base)
    unchanged = not_modified(request, tag)
    if unchanged is not None:
        return unchanged
    day = _DATE.match(release)
    # 50,000 lines take longer than other clients should have to wait.
    content = await asyncio.to_thread(render_xml, page, base=base, day=day[0] if day else "", paths=paths)
    return Response(content, headers={**standing(tag), "Content-Type": "application/xml; charset=utf-8"})


async def _robots(request: Request) -> Response:
    return PlainTextResponse(_ROBOTS.format(base=base_of(request)))
