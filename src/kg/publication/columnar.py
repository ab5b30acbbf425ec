"""The columns of a release, where queries are to go to them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from kg.errors import ReleaseError
from kg.store.columnar import Columnar

if TYPE_CHECKING:
    from kg.settings import Settings

    from .reading import PublishedRelease

__all__ = ["open_columnar", "threads_for", "why_left_out"]

_LOG: Final = logging.getLogger(__name__)
# At a million quads a second thread costs a fifteenth of the time, at three it gains nothing, at ten a tenth of it.
_QUADS_PER_THREAD: Final = 4_000_000


async def open_columnar(settings: Settings, release: PublishedRelease) -> Columnar | None:
    """What answers queries that scan a release, started; close it at the end.

    Returns:
        None where the release has no columns or too few quads for them, where the settings want none, and where they
        cannot be opened, which is logged: the index of the release answers everything then.
    """
    if why_left_out(settings, release):
        return None
    columns = Columnar(release.columns, settings, threads=threads_for(_quads(release), settings.columns_threads))
    try:
        await columns.start()
    except (OSError, ReleaseError) as error:
        _LOG.warning("The columns of release %s are not used: %s", release.id, error)
        return None
    return columns


def why_left_out(settings: Settings, release: PublishedRelease) -> str:
    """Why no query is sent to the columns of a release, in words; empty where they are to be opened."""
    if settings.remote:
        return "A remote endpoint answers everything."
    if settings.columns == "off":
        return "The index answers everything: columns are switched off (KG_COLUMNS)."
    if not release.columns.is_dir():
        return "The index answers everything: this release has no columns."
    quads = _quads(release)
    if quads < settings.columns_quads_min:
        return (
            f"The index answers everything: this release has {quads:,} quads, and its columns are asked from "
            f"{settings.columns_quads_min:,} on (KG_COLUMNS_QUADS_MIN)."
        )
    return ""


def _quads(release: PublishedRelease) -> int:
    return int(release.manifest().get("quads", 0))


def threads_for(quads: int, most: int) -> int:
    """How many threads a query on so many quads is worth: to share little work out takes longer than to do it."""
    return min(most, 1 + quads // _QUADS_PER_THREAD)
