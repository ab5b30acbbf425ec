"""``/openapi.json`` and ``/docs``: every address of this service, for programs and as a page without scripts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from kg.vocab import rebased

from ..etags import not_modified, standing, tag_of
from ..rendering import render

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

__all__ = ["add_docs", "openapi"]

_FILE: Final = Path(__file__).parents[1] / "openapi.json"

# A part of the document: JSON of many types.
_Node = dict[str, Any]


def add_docs(app: FastAPI) -> None:
    """Serve them."""
    app.add_route("/openapi.json", _document, include_in_schema=False)
    app.add_route("/docs", _page, include_in_schema=False)


@cache
def openapi() -> _Node:
    """The document, with what it refers to put in its place."""
    document: _Node = json.loads(_text())
    inlined: _Node = _inline(document, document["components"])
    return inlined


@cache
def _text() -> str:
    return rebased(_FILE.read_text("utf-8"))


# What JSON holds: objects, lists, and plain values.
def _inline(node: Any, components: _Node) -> Any:  # noqa: ANN401
    if isinstance(node, list):
        return [_inline(item, components) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        kind, name = node["$ref"].split("/")[-2:]
        return _inline({"name": name, **components[kind][name]}, components)
    return {key: _inline(value, components) for key, value in node.items()}


async def _document(request: Request) -> Response:
    tag = tag_of(_text())
    return not_modified(request, tag) or Response(_text(), 200, standing(tag), "application/json")


async def _page(request: Request) -> Response:
    base = str(request.base_url).rstrip("/")
    return render("docs", api=openapi(), base=base, groups=_groups())


@cache
def _groups() -> list[_Node]:
    """The operations by tag, each with its path and method."""
    operations = [
        {"path": path, "method": method.upper(), "x-curl": "", "parameters": [], "description": "", **operation}
        for path, item in openapi()["paths"].items()
        for method, operation in item.items()
    ]
    return [
        {**tag, "operations": [found for found in operations if tag["name"] in found["tags"]]}
        for tag in openapi()["tags"]
    ]
