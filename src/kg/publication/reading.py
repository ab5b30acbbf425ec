"""Find published releases, and read a release's manifest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kg.errors import ReleaseError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "CURRENT",
    "MANIFEST",
    "PublishedRelease",
    "current_release",
    "find_release",
    "published_releases",
    "read_release",
]

CURRENT: Final = "current"
MANIFEST: Final = "manifest.json"
_DATE_CHARACTERS: Final = len("2031-05-03-")
_NAME: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])-[a-z0-9-]{1,40}")
_BUILD_FIRST: Final = "Build one with: kg build"


@dataclass(frozen=True, slots=True)
class PublishedRelease:
    """A release on disk: its id, and its folder, which never changes."""

    id: str
    path: Path

    @property
    def digest(self) -> str:
        """What identifies its inputs: its id, without the date of the build."""
        return self.id[_DATE_CHARACTERS:]

    @property
    def store(self) -> Path:
        """The folder of the index (Oxigraph)."""
        return self.path / "store"

    @property
    def search(self) -> Path:
        """The folder of the search index."""
        return self.path / "search"

    @property
    def dataset(self) -> Path:
        """The whole dataset: canonical N-Quads, sorted, compressed with Zstandard."""
        return self.path / "dataset.nq.zst"

    @property
    def columns(self) -> Path:
        """The folder of the columns: a Parquet file for each table, and a DuckDB file with all of them."""
        return self.path / "columns"

    @property
    def released_at(self) -> datetime:
        """When it was published, in UTC: its date, with the time at which its manifest was written if that was then."""
        day = datetime.strptime(self.id[: _DATE_CHARACTERS - 1], "%Y-%m-%d").replace(tzinfo=UTC)
        written = datetime.fromtimestamp(int((self.path / MANIFEST).stat().st_mtime), UTC)
        return written if written.date() == day.date() else day

    # The manifest is JSON with keys of many types; those who read it know which.
    def manifest(self) -> dict[str, Any]:
        """The manifest as it was written.

        Raises:
            ReleaseError: it is missing or cannot be read.
        """
        try:
            manifest: dict[str, Any] = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ReleaseError(
                f"{self.path / MANIFEST}: it cannot be read ({error}). Build the release again."
            ) from error
        return manifest


def current_release(releases: Path) -> PublishedRelease:
    """The release that ``releases/current`` points to.

    Raises:
        ReleaseError: nothing has been published there, or the pointer leads nowhere.
    """
    pointer = releases / CURRENT
    if not pointer.is_symlink():
        raise ReleaseError(f"{releases}: no release has been published here. {_BUILD_FIRST}")
    return read_release(pointer.resolve())


def read_release(path: Path) -> PublishedRelease:
    """The release in a folder.

    Raises:
        ReleaseError: the folder is no release.
    """
    release = PublishedRelease(path.name, path)
    if not (path / MANIFEST).is_file() or not release.store.is_dir():
        raise ReleaseError(f"{path}: it is not a release (no {MANIFEST} or no store). {_BUILD_FIRST}")
    return release


def find_release(releases: Path, digest: str) -> PublishedRelease | None:
    """The newest published release that was built from these very inputs, if there is one."""
    name = re.compile(rf"\d{{4}}-\d\d-\d\d-{digest}")
    found = sorted(p for p in releases.glob(f"*-{digest}") if name.fullmatch(p.name) and (p / MANIFEST).is_file())
    return read_release(found[-1]) if found else None


def published_releases(releases: Path) -> list[PublishedRelease]:
    """Every release in the folder that was published no later than the current one, oldest first.

    A later one has been taken back: ``current`` has been pointed away from it.

    Raises:
        ReleaseError: nothing has been published there.
    """
    current = current_release(releases)
    found = [read_release(path) for path in releases.iterdir() if _NAME.fullmatch(path.name) and _is_release(path)]
    dated = [(release.released_at, release.id, release) for release in found]
    last = (current.released_at, current.id)
    return [release for *when, release in sorted(dated, key=lambda one: one[:2]) if tuple(when) <= last]


def _is_release(path: Path) -> bool:
    return (path / MANIFEST).is_file() and (path / "store").is_dir() and not path.is_symlink()
