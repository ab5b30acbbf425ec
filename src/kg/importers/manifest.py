"""The manifest of a data folder: what each source file must be, so that a cut or changed file is never taken for whole.

Parsers do not notice a file that was cut at a lucky place; its size and hash do.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from kg.errors import SourceError
from kg.rdf import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["MANIFEST_NAME", "ManifestEntry", "accept", "check_against_manifest", "read_manifest"]

MANIFEST_NAME: Final = "manifest.json"
_ACCEPT: Final = "If the change is meant, record it with: kg validate --accept"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """What a source file must be: its size in bytes and its SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


def read_manifest(data: Path) -> dict[str, ManifestEntry] | None:
    """The manifest of a data folder by relative path of the source, or None where the folder has none.

    Raises:
        SourceError: the manifest cannot be read.
    """
    path = data / MANIFEST_NAME
    if not path.exists():
        return None
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["sources"]
        return {name: ManifestEntry(int(e["bytes"]), str(e["sha256"])) for name, e in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"The manifest cannot be read ({type(error).__name__}: {error}).",
            where=str(path),
            remedy="Mend it, or write it anew with: kg validate --accept",
        ) from error


def check_against_manifest(path: str, content: bytes, manifest: Mapping[str, ManifestEntry]) -> None:
    """Hold one file against the manifest.

    Raises:
        SourceError: the file is not in the manifest, or its size or hash is another.
    """
    entry = manifest.get(path)
    if entry is None:
        raise SourceError("It is not in the manifest.", where=path, remedy=_ACCEPT)
    if len(content) != entry.bytes:
        raise SourceError(
            f"It has {len(content)} bytes where the manifest says {entry.bytes}.",
            where=path,
            remedy=f"Fetch the file again: it may have been cut. {_ACCEPT}",
        )
    if sha256(content) != entry.sha256:
        raise SourceError(
            "Its SHA-256 differs from the manifest's.",
            where=path,
            remedy=f"Fetch the file again: it was changed. {_ACCEPT}",
        )


def accept(data: Path, contents: Mapping[str, bytes], *, whole: bool) -> None:
    """Record the size and hash of the given files in the manifest.

    Args:
        data: the data folder.
        contents: each file's relative path and bytes.
        whole: these are all the files of the folder, so that every other entry is dropped.
    """
    kept = {} if whole else read_manifest(data) or {}
    kept.update({name: ManifestEntry(len(content), sha256(content)) for name, content in contents.items()})
    text = json.dumps({"sources": {name: asdict(kept[name]) for name in sorted(kept)}}, indent=1, ensure_ascii=False)
    temporary = data / f"{MANIFEST_NAME}.tmp"
    temporary.write_text(f"{text}\n", encoding="utf-8")
    temporary.replace(data / MANIFEST_NAME)
