"""``/problem``: what each type of problem means, and what to do; the types' own IRIs lead here."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from kg.vocab import BASE

from ..problems import problem_types
from ..rendering import render

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["add_problems", "explained_types"]

_TEXTS: Final = Path(__file__).parents[1] / "problems.toml"


def add_problems(app: FastAPI) -> None:
    """Serve the list of types, and a page for each."""
    app.add_route("/problem", _all, include_in_schema=False)
    app.add_route("/problem/{kind}", _one, include_in_schema=False)


@cache
def explained_types() -> dict[str, dict[str, object]]:
    """Each type by the end of its IRI: status, title, how long to wait, what it means, what to do."""
    texts = tomllib.loads(_TEXTS.read_text("utf-8"))
    return {
        kind: {
            "kind": kind,
            "iri": f"{BASE}problem/{kind}",
            "status": known.status,
            "title": known.title,
            "retry_after_s": known.retry_after_s,
            **texts[kind],
        }
        for kind, known in problem_types().items()
    }


async def _all(request: Request) -> Response:  # noqa: ARG001 - every endpoint takes one
    return render("problem-types", types=explained_types().values())


async def _one(request: Request) -> Response:
    known = explained_types().get(request.path_params["kind"])
    if known is None:
        raise HTTPException(404, "There is no such type of problem. /problem lists them.")
    return render("problem-type", known=known)
