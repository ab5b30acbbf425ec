"""Whether a release is what its manifest says: its files, its counts, and its index and columns against its dump."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import zstandard

from kg.columns import check_columns
from kg.errors import ReleaseError
from kg.rdf import count_index

from .reading import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from .reading import PublishedRelease

__all__ = ["describe_file", "describe_files", "verify"]

_CHUNK: Final = 1 << 20
_REMEDY: Final = (
    "Take what is wrong from a copy of this release, or move the release away and build it again: kg build "
    '(docs/operations.md, "A damaged release").'
)


def describe_files(folder: Path) -> dict[str, dict[str, int | str]]:
    """Size and SHA-256 of every file below ``folder`` but the manifest, by relative path."""
    return {
        path.relative_to(folder).as_posix(): describe_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }


def describe_file(path: Path) -> dict[str, int | str]:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def verify(release: PublishedRelease) -> int:
    """Hold a release against its manifest, and return how many quads it has.

    Raises:
        ReleaseError: a file is missing, changed or not in the manifest, the counts of quads do not add up, index
            and dump do not hold the same number of quads, or the columns do not hold the dump's very quads.
    """
    manifest = release.manifest()
    _verify_files(release, manifest.get("files", {}))
    for source in [*manifest.get("sources", []), manifest["not_public"]]:
        parts = [source["quads"][part] for part in ("public", "withheld", "quarantined")]
        if source["quads"]["read"] != sum(parts):
            name = source.get("path", "the sources of which nothing is public")
            raise ReleaseError(f"{release.path}: the quads of {name} do not add up: read is not {parts} together.")
    dumped, indexed, said = _count_lines(release.dataset), count_index(release.store), manifest.get("quads")
    if not dumped == indexed == said:
        raise ReleaseError(
            f"{release.path}: the dump has {dumped} quads, the index {indexed}, the manifest says {said}. Build again."
        )
    # A release of before there were columns is whole without them.
    if "columns" in manifest:
        check_columns(release.columns, release.dataset)
    return dumped


def _verify_files(release: PublishedRelease, said: dict[str, dict[str, int | str]]) -> None:
    found = describe_files(release.path)
    wrong = [
        f"{name} {_difference(found.get(name), said.get(name))}"
        for name in sorted(found.keys() | said.keys())
        if found.get(name) != said.get(name)
    ]
    if wrong:
        raise ReleaseError(f"{release.path}: {'; '.join(wrong)}. {_REMEDY}")


def _difference(found: dict[str, int | str] | None, said: dict[str, int | str] | None) -> str:
    if found is None or said is None:
        return "is missing" if found is None else "is not in the manifest"
    sizes = f"{found['bytes']:,} bytes, and not {said['bytes']:,}"
    return f"has {sizes}" if found["bytes"] != said["bytes"] else "has been changed (its SHA-256 is another)"


def _count_lines(path: Path) -> int:
    lines = 0
    with path.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as plain:
        while chunk := plain.read(_CHUNK):
            lines += chunk.count(b"\n")
    return lines
