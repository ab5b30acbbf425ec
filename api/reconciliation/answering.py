"""From a batch of queries to candidates, and from things to the values of their properties.

Whatever the size of a batch, the store is asked twice at most: which things have the links and values that are asked
for, and which values the candidates have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from kg.rdf import is_iri

from ..classes import classes_of, index_of
from ..errands import errands_of
from ..service import service_of
from .identity import entry_of, foreign_link
from .matching import Candidate, Found, candidates
from .properties import properties, things_query, values_query
from .requests import Given, Quantifier, TypeRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.requests import Request

    from kg.search import Entry, Hit, SearchIndex

    from ..classes import Classes
    from ..errands import Errands
    from ..service import Serving
    from ..terms import Row, Term
    from .requests import Query

__all__ = ["documented_values", "reconcile"]

# So many are compared, whatever the number asked for: a namesake further down must still be seen.
_COMPARED_MIN: Final = 25
_MEANT_MAX: Final = 5
_MEANT_SCORE_MIN: Final = 90.0
# Names to be looked up in one request, for each query that it may hold.
_NAMES_PER_QUERY: Final = 5
# What begins so names a thing by address: it is that thing, or nothing that sounds like the address.
_SCHEMES: Final = ("http://", "https://")

Documented = dict[tuple[str, str], "list[Term]"]


@dataclass(frozen=True, slots=True)
class _Batch:
    queries: Sequence[Query]
    classes: Classes
    index: SearchIndex


async def reconcile(request: Request, serving: Serving, queries: Sequence[Query]) -> list[list[Candidate]]:
    """The candidates for each query, best first.

    Raises:
        HTTPException: 413, more names are to be looked up than one request may ask for.
        QueryError: the store or the turn of the client gives no answer.
    """
    _check_names(queries, service_of(request).settings.reconcile_queries_max)
    batch = _Batch(queries, await classes_of(serving), index_of(serving))
    errands = errands_of(request)
    meant = await _look_up(errands, request, batch)
    found = [
        replace(known, meant=meant)
        for known in await errands.run_each(request, [partial(_found, batch, query) for query in batch.queries])
    ]
    wanted = _values_to_find(batch, found)
    if wanted:
        rows = await errands.select(request, serving.backend, things_query(wanted))
        found = await errands.run(request, partial(_add_things, batch, found, rows))
    asked = _values_to_know(batch, found)
    documented = await documented_values(request, serving, asked) if asked else {}
    pairs = zip(batch.queries, found, strict=True)
    return await errands.run_each(request, [partial(candidates, query, known, documented) for query, known in pairs])


async def documented_values(request: Request, serving: Serving, asked: Mapping[str, Sequence[str]]) -> Documented:
    """The values of properties, by the IRI of the thing and the id of the property; asked as IRIs by property."""
    documented: Documented = {}
    for row in await errands_of(request).select(request, serving.backend, values_query(asked)):
        documented.setdefault((row["thing"].value, row["property"].value), []).append(row["value"])
    for values in documented.values():
        values.sort(key=lambda term: (term.value, term.language))
    return documented


def _check_names(queries: Sequence[Query], queries_max: int) -> None:
    names = {given for query in queries for given in (*query.names, *_things_given(query))}
    most = _NAMES_PER_QUERY * queries_max
    if len(names) > most:
        raise HTTPException(413, f"There are {len(names):,} names to look up; there may be {most:,} in one request.")


def _things_given(query: Query) -> Iterable[Given]:
    """What stands for a thing in the conditions of a query."""
    for condition in query.conditions:
        known = properties().get(condition.property)
        if known is not None and known.kind == "thing":
            yield from condition.values


async def _look_up(errands: Errands, request: Request, batch: _Batch) -> dict[Given, frozenset[str]]:
    """What stands for a thing in any condition of the batch, with the things that it may mean."""
    givens = list(dict.fromkeys(given for query in batch.queries for given in _things_given(query)))
    found = await errands.run_each(request, [partial(_meant, batch.index, given) for given in givens])
    return dict(zip(givens, found, strict=True))


def _meant(index: SearchIndex, given: Given) -> frozenset[str]:
    """The things that a value may mean: one by identifier, or all whose name fits well."""
    entry = entry_of(index, given)
    if entry is not None:
        return frozenset((entry.iri,))
    named = given.id or foreign_link(given)
    if named:
        return frozenset((named,)) if is_iri(named) else frozenset()
    return frozenset(
        hit.entry.iri for hit in index.match(given.text, limit=_MEANT_MAX) if hit.score >= _MEANT_SCORE_MIN
    )


def _found(batch: _Batch, query: Query) -> Found:
    types = tuple(iri for name in query.types if (iri := batch.classes.resolve(name)) is not None)
    identified = {entry.iri: entry for given in query.names if (entry := entry_of(batch.index, given)) is not None}
    nowhere = query.types and not types and query.type_rule is not TypeRule.SHOULD
    if identified or nowhere:
        return Found(identified=tuple(identified.values()), types=types)
    return Found(hits=_hits(batch.index, query, types), types=types)


def _hits(index: SearchIndex, query: Query, types: tuple[str, ...]) -> list[Hit]:
    """The things whose names are most like one of those given, each once."""
    # With a wish only, what is of another type is a candidate too.
    strictly = () if query.type_rule is TypeRule.SHOULD else types
    best: dict[str, Hit] = {}
    for given in query.names:
        if given.text.startswith(_SCHEMES):
            continue
        for hit in index.match(given.text, types=strictly, limit=max(query.limit, _COMPARED_MIN)):
            if hit.entry.iri not in best or best[hit.entry.iri].score < hit.score:
                best[hit.entry.iri] = hit
    return list(best.values())


def _values_to_find(batch: _Batch, found: Sequence[Found]) -> dict[str, set[str]]:
    """Links that stand for things; of queries without a name, the things that they ask for as values."""
    wanted: dict[str, set[str]] = {}
    for query, known in zip(batch.queries, found, strict=True):
        names = () if known.identified else query.names
        links = {link for given in (*names, *_things_given(query)) if (link := foreign_link(given))}
        if links:
            wanted.setdefault("link", set()).update(links)
        if not query.names:
            for name, values in _values_of(query, known):
                wanted.setdefault(name, set()).update(values)
    return wanted


def _values_of(query: Query, found: Found) -> Iterable[tuple[str, set[str]]]:
    for condition in query.conditions:
        known = properties().get(condition.property)
        if known is None or condition.quantifier is Quantifier.NONE:
            continue
        if known.kind == "thing":
            values = {iri for given in condition.values for iri in found.meant.get(given, ())}
        else:
            values = {link for given in condition.values if known.kind == "link" and (link := foreign_link(given))}
        if values:
            yield condition.property, values


def _add_things(batch: _Batch, found: Sequence[Found], rows: Sequence[Row]) -> list[Found]:
    """What was found, with what the store knows of the values that were asked for."""
    holders: dict[tuple[str, str], list[Entry]] = {}
    for row in rows:
        entry = batch.index.find(row["thing"].value)
        if entry is not None:
            holders.setdefault((row["property"].value, row["value"].value), []).append(entry)
    return [_with_things(query, known, holders) for query, known in zip(batch.queries, found, strict=True)]


def _with_things(query: Query, found: Found, holders: Mapping[tuple[str, str], list[Entry]]) -> Found:
    links = [foreign_link(given) for given in query.names]
    identified = [*found.identified, *(entry for link in links if link for entry in holders.get(("link", link), ()))]
    wanted = [] if query.names else [(name, value) for name, values in _values_of(query, found) for value in values]
    related = {entry.iri: entry for key in sorted(wanted) for entry in holders.get(key, ())}
    # A value may be named by its identifier elsewhere as well.
    meant = {
        given: iris | {entry.iri for entry in holders.get(("link", foreign_link(given)), ())}
        for given, iris in found.meant.items()
    }
    return replace(found, identified=tuple(identified), related=tuple(related.values()), meant=meant)


def _values_to_know(batch: _Batch, found: Sequence[Found]) -> dict[str, list[str]]:
    asked: dict[str, dict[str, None]] = {}
    for query, known in zip(batch.queries, found, strict=True):
        things = [hit.entry.iri for hit in known.hits]
        things += [entry.iri for entry in (*known.related, *known.identified)]
        for condition in query.conditions:
            if condition.property in properties() and things:
                asked.setdefault(condition.property, {}).update(dict.fromkeys(things))
    return {name: list(things) for name, things in asked.items()}
