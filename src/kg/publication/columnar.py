"""The columns of a release, where queries are to go to them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from kg.errors import ReleaseError
from kg.store.columnar import Columnar

if TYPE_CHECKING:
    from kg.settings import Settings

    from .reading import PublishedRelease

__all__ = ["open_columnar"]

_LOG: Final = logging.getLogger(__name__)


async def open_columnar(settings: Settings, release: PublishedRelease) -> Columnar | None:
    """What answers queries that scan a release, started; close it at the end.

    Returns:
        None where the release has no columns or too few quads for them, where the settings want none, and where they
        cannot be opened, which is logged: the index of the release answers everything then.
    """
    if settings.columns == "off" or settings.remote or not release.columns.is_dir():
        return None
    if release.manifest().get("quads", 0) < settings.columns_quads_min:
        return None
    columns = Columnar(release.columns, settings)
    try:
        await columns.start()
    except ReleaseError as error:
        _LOG.warning("The columns of release %s are not used: %s", release.id, error)
        return None
    return columns
