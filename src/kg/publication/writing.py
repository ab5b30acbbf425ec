"""Publish a release: write it beside its place, flush, verify, rename, and only then switch ``current``."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any, Final

import zstandard

from kg.columns import write_nquads
from kg.rdf import build_index

from .description import describe_release
from .reading import CURRENT, MANIFEST, PublishedRelease, read_release
from .verification import describe_files, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import duckdb

__all__ = ["make_current", "publish"]

_LEVEL: Final = 10


def publish(
    db: duckdb.DuckDBPyConnection,
    releases: Path,
    release_id: str,
    *,
    manifest: Mapping[str, Any],
    contents: Mapping[str, str | Callable[[Path], None]],
) -> PublishedRelease:
    """Write the views of ``define_dataset`` as release ``release_id``, verify it and make it the current one.

    Args:
        db: the build's database.
        releases: the folder of all releases; it is made where it is missing.
        release_id: the name of the new release's folder.
        manifest: what the manifest says beside the counts and the files, which are added here.
        contents: what else belongs to it, by path below its folder: the text of a file, or what writes a folder there.

    Raises:
        ReleaseError: what was written does not verify; nothing was published.
    """
    releases.mkdir(parents=True, exist_ok=True)
    place = releases / f".{release_id}.{os.getpid()}.tmp"
    for left_behind in releases.glob(".*.tmp"):  # by a build that was killed
        shutil.rmtree(left_behind, ignore_errors=True)
    place.mkdir()
    try:
        quads = _write_dataset(db, place)
        _write_contents(place, contents)
        describe_release(db, place, release_id)
        whole = {**manifest, "quads": quads, "files": describe_files(place)}
        _write_text(place / MANIFEST, json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True))
        _flush(place)
        verify(read_release(place))
        target = _take_place(place, releases / release_id)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    make_current(releases, release_id)
    return read_release(target)


def _write_dataset(db: duckdb.DuckDBPyConnection, place: Path) -> int:
    """Write the dump and the index of one and the same file of N-Quads, and return how many quads they hold."""
    nquads = place / "dataset.nq"
    write_nquads(db, "dataset", nquads)
    release = PublishedRelease(place.name, place)
    quads = build_index(nquads, release.store)
    # One thread and no clock or size in the frame: the same bytes on any machine.
    compressor = zstandard.ZstdCompressor(level=_LEVEL, threads=0, write_checksum=True)
    with nquads.open("rb") as plain, release.dataset.open("wb") as packed:
        compressor.copy_stream(plain, packed)
    nquads.unlink()
    return quads


def _write_contents(place: Path, contents: Mapping[str, str | Callable[[Path], None]]) -> None:
    for name, content in contents.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            _write_text(path, content)
        else:
            content(path)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")


def _flush(folder: Path) -> None:
    """Bring every file and folder below ``folder`` to the disk, so that a crash after the rename loses nothing."""
    for path in [*folder.rglob("*"), folder]:
        _flush_one(path)


def _take_place(place: Path, target: Path) -> Path:
    # Where it is there already, another build of the same inputs was faster: the two are alike.
    if not (target / MANIFEST).is_file():
        place.rename(target)
    return target


def make_current(releases: Path, release_id: str) -> None:
    """Point ``current`` to the release; a reader sees the old one or the new one, never none."""
    pointer = releases / f".{CURRENT}.{os.getpid()}.tmp"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(release_id)
    pointer.replace(releases / CURRENT)
    _flush_one(releases)


def _flush_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
