"""``/search``: everything that has a name, by name or text in any script; a page for people, JSON for programs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from kg.errors import NotAcceptableError
from kg.vocab import HAB, VOCAB

from ..answers import answers_of
from ..classes import classes_of, index_of
from ..delivery import tell_budget
from ..descriptions import base_of
from ..entries import name_of_entry
from ..errands import errands_of
from ..etags import not_modified, standing, tag_of
from ..limits import while_connected
from ..lookups import select
from ..negotiation import negotiate
from ..parameters import bounded_text, read_parameters, whole_number
from ..rendering import render
from ..results import HTML
from ..service import service_of
from ..terms import Term

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

    from kg.search import Hit, Page, SearchIndex

    from ..classes import Classes
    from ..service import Serving

__all__ = ["add_search"]

_JSON: Final = "application/json"
_FORMATS: Final = {"html": HTML, "json": _JSON}
_LIMIT: Final = 20
_LIMIT_MAX: Final = 100
_OFFSET_MAX: Final = 10_000
_IRI_CHARACTERS_MAX: Final = 512
_SIMILAR: Final = 5
_SIMILAR_LOOKED_AT: Final = 20
# A surname with a slip of the pen scores 72; what only begins with the same sounds, 70 or less.
_SIMILAR_SCORE_MIN: Final = 71.0
# As many dates as claims give a thing are told; of the rest, how many there are.
_DATES_TOLD: Final = 3
_DATE: Final = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01]))?)?")

# What a template or a JSON object takes, by name.
_Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A request for a search.

    Attributes:
        kind: IRI of the class asked for; empty for all.
        since, until: as they were given: a year, a month or a day.
    """

    text: str
    kind: str
    since: str
    until: str
    offset: int
    limit: int

    def address(self, offset: int) -> str:
        """Where another part of the same search stands."""
        named = {"q": self.text, "type": self.kind, "from": self.since, "to": self.until}
        numbers = {"offset": offset or "", "limit": self.limit if self.limit != _LIMIT else ""}
        return "/search?" + urlencode({name: value for name, value in {**named, **numbers}.items() if value})


@dataclass(frozen=True, slots=True)
class _Found:
    page: Page
    similar: Sequence[Hit]


def add_search(app: FastAPI) -> None:
    """Serve it."""
    app.add_route("/search", _search, include_in_schema=False)


async def _search(request: Request) -> Response:
    parameters = read_parameters(request.scope["query_string"])
    media_type = _media_type(request, parameters)
    wanted = _wanted(parameters, service_of(request).settings.search_characters_max)
    with service_of(request).use() as serving:
        tag = tag_of(serving.release.id, base_of(request), media_type, wanted.address(wanted.offset), str(wanted.limit))
        response = not_modified(request, tag)
        if response is None:
            response = await while_connected(request, _respond(request, serving, wanted, media_type))
            response.headers.update(standing(tag))
    tell_budget(response, answers_of(request), request.scope["state"])
    return response


def _media_type(request: Request, parameters: Mapping[str, str]) -> str:
    named = parameters.get("format", "")
    chosen = _FORMATS.get(named) if named else negotiate(request.headers.get("accept"), (_JSON, HTML))
    if chosen is None:
        raise NotAcceptableError(f"A search is answered as {HTML} or {_JSON}; the request accepts neither.")
    return chosen


def _wanted(parameters: Mapping[str, str], characters_max: int) -> _Wanted:
    wanted = _Wanted(
        text=bounded_text(parameters, "q", characters_max=characters_max),
        kind=bounded_text(parameters, "type", characters_max=_IRI_CHARACTERS_MAX),
        since=bounded_text(parameters, "from", characters_max=characters_max),
        until=bounded_text(parameters, "to", characters_max=characters_max),
        offset=whole_number(parameters, "offset", 0, bounds=(0, _OFFSET_MAX)),
        limit=whole_number(parameters, "limit", _LIMIT, bounds=(1, _LIMIT_MAX)),
    )
    for name, value in (("from", wanted.since), ("to", wanted.until)):
        if value and _DATE.fullmatch(value) is None:
            raise HTTPException(
                400, f"The parameter “{name}” is a year, a month or a day: 2024, 2024-11 or 2024-11-07."
            )
    return wanted


def _day(date: str, month: str, day: str) -> str:
    """A date with what it leaves out filled in; empty where there is none."""
    parts = _DATE.fullmatch(date)
    return "" if parts is None else f"{parts[1]}-{parts[2] or month}-{parts[3] or day}"


async def _respond(request: Request, serving: Serving, wanted: _Wanted, media_type: str) -> Response:
    classes = await classes_of(serving)
    asked = replace(wanted, kind=classes.resolve(wanted.kind) or wanted.kind)
    found = await errands_of(request).run(request, partial(_find, index_of(serving), asked))
    if media_type == _JSON:
        return JSONResponse(_members(request, asked, found, classes))
    return _page(asked, found, classes, await _dates(serving, (*found.page.hits, *found.similar)))


def _find(index: SearchIndex, wanted: _Wanted) -> _Found:
    types = (wanted.kind,) if wanted.kind else ()
    page = index.search(
        wanted.text,
        types=types,
        not_before=_day(wanted.since, "01", "01"),
        not_after=_day(wanted.until, "12", "31"),
        offset=wanted.offset,
        limit=wanted.limit,
    )
    # Where no text fits, a name in another spelling may.
    similar = () if page.total or not wanted.text else index.match(wanted.text, types=types, limit=_SIMILAR_LOOKED_AT)
    return _Found(page, [hit for hit in similar if _is_alike(hit)][:_SIMILAR])


def _is_alike(hit: Hit) -> bool:
    """Whether somebody may have meant it: nobody looks for a term of the ontology by a name."""
    return hit.score >= _SIMILAR_SCORE_MIN and not hit.entry.iri.startswith((HAB, VOCAB))


async def _dates(serving: Serving, hits: Sequence[Hit]) -> dict[str, str]:
    """When each of some things was, in words: as claims say it, which may differ."""
    dates: dict[str, list[str]] = {}
    if hits:
        for row in await select(serving.backend, "dates", nodes=[hit.entry.iri for hit in hits]):
            dates.setdefault(row["thing"].value, []).append(row["date"].text)
    return {iri: _either(words) for iri, words in dates.items()}


def _either(dates: Sequence[str]) -> str:
    more = len(dates) - _DATES_TOLD
    return " or ".join(dates[:_DATES_TOLD]) + (f", and {more} more" if more > 0 else "")


def _neighbours(wanted: _Wanted, total: int) -> tuple[str, str]:
    """Where the parts before and after this one stand; empty where there is none, or none that may be asked for."""
    before, after = max(0, wanted.offset - wanted.limit), wanted.offset + wanted.limit
    previous = wanted.address(before) if wanted.offset else ""
    return previous, wanted.address(after) if after < min(total, _OFFSET_MAX + 1) else ""


def _members(request: Request, wanted: _Wanted, found: _Found, classes: Classes) -> _Members:
    base = base_of(request)
    previous, following = (base + path if path else None for path in _neighbours(wanted, found.page.total))
    return {
        "query": wanted.text,
        "total": found.page.total,
        "totalIsExact": found.page.is_exact,
        "offset": wanted.offset,
        "limit": wanted.limit,
        "previous": previous,
        "next": following,
        "results": [_result(base, hit, classes) for hit in found.page.hits],
        "similar": [_result(base, hit, classes) for hit in found.similar],
    }


def _result(base: str, hit: Hit, classes: Classes) -> _Members:
    entry, label = hit.entry, name_of_entry(hit.entry)
    href = Term("uri", entry.iri).href
    return {
        "id": entry.iri,
        "name": label.text,
        "lang": label.language,
        "labels": dict(entry.labels),
        "matched": hit.name,
        "types": [{"id": known.iri, "name": known.name} for known in classes.narrowest_first(entry.types)],
        "notBefore": entry.not_before or None,
        "notAfter": entry.not_after or None,
        "page": base + href if href.startswith("/") else href or None,
    }


def _page(wanted: _Wanted, found: _Found, classes: Classes, dates: Mapping[str, str]) -> Response:
    previous, following = _neighbours(wanted, found.page.total)
    return render(
        "search",
        wanted=wanted,
        total=found.page.total,
        is_exact=found.page.is_exact,
        results=[_shown(hit, classes, dates) for hit in found.page.hits],
        similar=[_shown(hit, classes, dates) for hit in found.similar],
        classes=list(classes.by_iri.values()),
        previous=previous,
        following=following,
    )


def _shown(hit: Hit, classes: Classes, dates: Mapping[str, str]) -> _Members:
    entry, label = hit.entry, name_of_entry(hit.entry)
    kinds = classes.narrowest_first(entry.types)
    return {
        "term": Term("uri", entry.iri),
        "label": label,
        "kind": kinds[0].name if kinds else "",
        "matched": hit.name if hit.name not in entry.labels.values() else "",
        "others": [(language, text) for language, text in entry.labels.items() if text != label.text],
        "dates": dates.get(entry.iri, ""),
    }
