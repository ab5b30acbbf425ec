"""``/sameas?uri=…``: what a thing is called in other datasets, from our name of it, a former one, or theirs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from kg.identity import canonical_iri, is_iri, target_of
from kg.vocab import BASE, ID, REPLACED_BY

from ..descriptions import accepted, base_of
from ..etags import not_modified, standing, tag_of
from ..limits import while_connected
from ..lookups import ask, labels_of, select
from ..rendering import render
from ..results import HTML, content_type
from ..service import service_of
from ..terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

    from kg.store.backend import QueryBackend

    from ..terms import Row

__all__ = ["add_sameas"]

_JSON: Final = "application/json"
_OFFERS: Final = (_JSON, "text/turtle", "application/n-triples", HTML)

# One thing of ours as it is told: "iri", "former" and "links".
_Thing = dict[str, Any]


def add_sameas(app: FastAPI) -> None:
    """Serve it."""
    app.add_route("/sameas", _sameas, include_in_schema=False)


async def _sameas(request: Request) -> Response:
    media_type = accepted(request, _OFFERS)
    if media_type == HTML and "uri" not in request.query_params:
        return render("sameas", uri="", found=None)
    uri = _asked(request)
    with service_of(request).use() as serving:
        tag = tag_of(serving.release.id, "sameas", uri, media_type, base_of(request))
        unchanged = not_modified(request, tag)
        if unchanged is not None:
            return unchanged
        things = await while_connected(request, _things(serving.backend, _canonical(request, uri)))
        if media_type == HTML:
            labels = await labels_of(serving.backend, [{"thing": Term("uri", thing["iri"])} for thing in things])
    if media_type == HTML:
        names = {iri: label.text for iri, label in labels.items()}
        return render("sameas", uri=uri, found=things, names=names, base=BASE)
    said = {"uri": uri, "canonical": _canonical(request, uri), "things": things}
    text = json.dumps(said, ensure_ascii=False) if media_type == _JSON else _ntriples(things)
    return Response(text.encode(), headers={**standing(tag), "Content-Type": content_type(media_type)})


def _asked(request: Request) -> str:
    """The name that the request asks for.

    Raises:
        HTTPException: 400, there is none, more than one, or it is no IRI.
    """
    names = request.query_params.getlist("uri")
    if len(names) != 1:
        raise HTTPException(400, "Name one thing: /sameas?uri=IRI, percent-encoded.")
    if not is_iri(names[0]):
        raise HTTPException(400, "The parameter “uri” is no http or https IRI of at most 2,048 characters.")
    return names[0]


def _canonical(request: Request, uri: str) -> str:
    """The one form of a name; a thing's address at this service is one of its names."""
    own = f"{base_of(request)}/"
    return canonical_iri(BASE + uri.removeprefix(own) if uri.startswith(own) else uri)


async def _things(backend: QueryBackend, iri: str) -> list[_Thing]:
    """The things of ours that a name means, with their other names.

    Raises:
        HTTPException: 404, it means none.
    """
    rows = await select(backend, "sameas-thing", thing=iri)
    names = [row["thing"].value for row in rows if row["thing"].value.startswith(ID)]
    if not names and iri.startswith(ID) and await ask(backend, "known", thing=iri):
        names = [iri]
    if not names:
        raise HTTPException(
            404, "The release that is served has no thing of this name, and none that is linked with it."
        )
    links = await select(backend, "sameas", nodes=names)
    return [_thing(name, [row for row in links if row["thing"].value == name]) for name in names]


def _thing(iri: str, rows: Sequence[Row]) -> _Thing:
    return {
        "iri": iri,
        "former": [row["former"].value for row in rows if "former" in row],
        "links": [
            {
                "predicate": row["predicate"].value,
                "iri": row["other"].value,
                "dataset": target_of(row["other"].value).key,
            }
            for row in rows
            if "other" in row and is_iri(row["other"].value)
        ],
    }


def _ntriples(things: Iterable[_Thing]) -> str:
    """The same as triples; N-Triples are Turtle too (RDF 1.1 N-Triples §1)."""
    lines = []
    for thing in things:
        lines += [f"<{thing['iri']}> <{link['predicate']}> <{link['iri']}> .\n" for link in thing["links"]]
        lines += [f"<{former}> <{REPLACED_BY}> <{thing['iri']}> .\n" for former in thing["former"]]
    return "".join(lines)
