"""What a remote endpoint holds, and the endpoint as a backend for a service that serves the very same release."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kg.errors import QueryError, ReleaseError
from kg.store.pool import PoolLimits
from kg.store.remote import RemoteEndpoint
from kg.store.remote_http import Address
from kg.vocab import BASE, META_GRAPH

if TYPE_CHECKING:
    from kg.settings import Settings

    from .reading import PublishedRelease

__all__ = ["RemotePlace", "count_graphs", "find_digests", "open_remote", "place_of"]

# What tells a release from another in a dataset: dataset.py writes it, and loading.py sends it last.
_MARKER: Final = f"{{ <{BASE}dataset> <http://purl.org/dc/terms/identifier> ?digest }}"
_DIGESTS: Final = f"SELECT DISTINCT ?digest WHERE {{{{ GRAPH <{{}}> {{{_MARKER}}} }}}}"
# That graph is no part of our default graph, so this is empty but for a store whose default graph is all of them.
_UNION: Final = f"SELECT DISTINCT ?digest WHERE {_MARKER}"
_DEFAULT_COUNT: Final = "SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }"
_COUNTS: Final = "SELECT ?graph (COUNT(*) AS ?triples) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
# To count is to read everything; a row for each of some million graphs takes a few hundred MB as JSON.
_COUNT_S: Final = 3600.0
_COUNT_BYTES: Final = 2**30


@dataclass(frozen=True, slots=True)
class RemotePlace:
    """Where a dataset is written and read.

    Attributes:
        update, query: its endpoints (SPARQL 1.1 Protocol).
        limits: what may be taken of a service; to count, more is.
        default_graph: the graph that takes the triples of the default graph, in a store whose default graph is the
            union of all; "" for the store's own.
    """

    update: Address
    query: Address
    limits: PoolLimits
    default_graph: str = ""


def place_of(url: str, release: PublishedRelease) -> str:
    """An address, with the release's id in the place of ``{release}``."""
    return url.replace("{release}", release.id)


async def open_remote(settings: Settings, release: PublishedRelease) -> RemoteEndpoint:
    """The endpoint of the settings, open, if it holds this very release and no other.

    Raises:
        ReleaseError: it does not, or cannot be asked.
        SettingsError: its address cannot be used.
    """
    url = place_of(settings.remote, release)
    address = Address(url, user=settings.remote_user, password=settings.remote_password)
    async with AsyncExitStack() as undo:
        endpoint = RemoteEndpoint(address, PoolLimits.of(settings))
        undo.push_async_callback(endpoint.aclose)
        found = {row["digest"] for row in await _rows(endpoint, _DIGESTS.format(META_GRAPH))}
        if found != {release.digest}:
            held = "another release" if found else "no whole release"
            raise ReleaseError(f"The endpoint of KG_REMOTE holds {held}, not {release.id}. Load it with: kg publish")
        if await _rows(endpoint, _UNION):
            raise ReleaseError(
                "The endpoint of KG_REMOTE takes all graphs for its default graph, so that counts would be wrong. "
                "See docs/scale-out.md."
            )
        await endpoint.start()
        undo.pop_all()
    return endpoint


def find_digests(place: RemotePlace, graph: str) -> set[str]:
    """The digests of the releases that a graph of a dataset names; META_GRAPH names those that it holds whole.

    Raises:
        ReleaseError: it cannot be asked.
    """
    return {row["digest"] for row in asyncio.run(_ask(place, _DIGESTS.format(graph)))}


def count_graphs(place: RemotePlace) -> Counter[str]:
    """How many triples each graph of a dataset holds, by its name; "" is the default graph's.

    Raises:
        ReleaseError: it cannot be asked.
    """
    counts = Counter({row["graph"]: int(row["triples"]) for row in asyncio.run(_ask(place, _COUNTS))})
    if not place.default_graph:
        (row,) = asyncio.run(_ask(place, _DEFAULT_COUNT))
        counts[""] = int(row["triples"])
    return counts


async def _ask(place: RemotePlace, text: str) -> list[dict[str, str]]:
    limits = replace(place.limits, workers=1, query_timeout_s=_COUNT_S, result_bytes_max=_COUNT_BYTES)
    async with aclosing(RemoteEndpoint(place.query, limits)) as endpoint:
        return await _rows(endpoint, text)


async def _rows(endpoint: RemoteEndpoint, text: str) -> list[dict[str, str]]:
    try:
        rows = json.loads(await endpoint.select(text))
    except QueryError as error:
        raise ReleaseError(f"What the remote endpoint holds cannot be asked: {error}") from error
    return [{name: term["value"] for name, term in row.items()} for row in rows["results"]["bindings"]]
