"""The release that a remote endpoint holds, and the endpoint as a backend for a service that serves the same one."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from kg.errors import QueryError, ReleaseError
from kg.store.backend import QueryRequest
from kg.store.pool import PoolLimits
from kg.store.remote import RemoteEndpoint
from kg.store.remote_http import Address
from kg.vocab import BASE, META_GRAPH

if TYPE_CHECKING:
    from kg.settings import Settings

    from .reading import PublishedRelease

__all__ = ["open_remote", "place_of"]

# What tells a release from another in a dataset: dataset.py writes it, and `kg publish` sends it last.
_WHICH: Final = f"""\
SELECT DISTINCT ?digest WHERE {{
  GRAPH <{META_GRAPH}> {{ <{BASE}dataset> <http://purl.org/dc/terms/identifier> ?digest }}
}}"""


def place_of(url: str, release: PublishedRelease) -> str:
    """An address, with the release's id in the place of ``{release}``."""
    return url.replace("{release}", release.id)


async def open_remote(settings: Settings, release: PublishedRelease) -> RemoteEndpoint:
    """The endpoint of the settings, open, if it holds this very release and no other.

    Raises:
        ReleaseError: it does not, or cannot be asked.
        SettingsError: its address cannot be used.
    """
    place = place_of(settings.remote, release)
    address = Address(place, user=settings.remote_user, password=settings.remote_password)
    async with AsyncExitStack() as undo:
        endpoint = RemoteEndpoint(address, PoolLimits.of(settings))
        undo.push_async_callback(endpoint.aclose)
        await endpoint.start()
        found = await _digests(endpoint)
        if found != {release.digest}:
            held = "another release" if found else "no whole release"
            raise ReleaseError(f"The endpoint of KG_REMOTE holds {held}, not {release.id}. Load it with: kg publish")
        undo.pop_all()
    return endpoint


async def _digests(endpoint: RemoteEndpoint) -> set[str]:
    try:
        answer = await endpoint.answer(QueryRequest(_WHICH))
    except QueryError as error:
        raise ReleaseError(f"The endpoint of KG_REMOTE cannot be asked for its release: {error}") from error
    return {row["digest"]["value"] for row in json.loads(answer.read())["results"]["bindings"]}
