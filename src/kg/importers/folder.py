"""Read a data folder: every source file below it, its manifest, and the reviewed links."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

from kg.errors import SourceError
from kg.rdf import SOURCE_SUFFIXES

from .manifest import ManifestEntry, check_against_manifest, read_manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

__all__ = ["Inputs", "SourceFile", "read_inputs", "select"]

TAKEDOWNS: Final = "takedowns.csv"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of sources as it lies in the folder: path relative to the folder (POSIX), and its bytes."""

    path: str
    content: bytes

    @property
    def suffix(self) -> str:
        """The ending that names the format: ".trig" or ".nq"."""
        return "." + self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a build reads of a data folder, in the order of the paths.

    ``manifest`` is None where the folder has none: then sizes and hashes are not checked.
    """

    sources: tuple[SourceFile, ...]
    manifest: Mapping[str, ManifestEntry] | None
    links: tuple[SourceFile, ...]
    takedowns: SourceFile | None = None

    def check(self, source: SourceFile) -> None:
        """Hold a source against the manifest.

        Raises:
            SourceError: it is not in the manifest, or its size or hash is another.
        """
        if self.manifest is not None:
            check_against_manifest(source.path, source.content, self.manifest)

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """Every file that a build reads, sources and links."""
        return self.sources + self.links

    @property
    def contents(self) -> dict[str, bytes]:
        """All that a release of this folder follows from, by name: the files, and what the manifest says of them."""
        read = self.files if self.takedowns is None else (*self.files, self.takedowns)
        files = {file.path: file.content for file in read}
        said = None if self.manifest is None else sorted((path, astuple(e)) for path, e in self.manifest.items())
        return {**files, "the manifest": repr(said).encode()}

    @property
    def missing(self) -> list[str]:
        """Paths that the manifest names and the folder has not."""
        return sorted(set(self.manifest or ()) - {source.path for source in self.sources})


def read_inputs(data: Path, *, with_manifest: bool = True) -> Inputs:
    """Read every ``*.trig`` and ``*.nq`` file below ``data``, its manifest, ``*.sssom.tsv`` and ``takedowns.csv``.

    Args:
        data: the folder.
        with_manifest: False where the manifest is about to be written anew.

    Raises:
        SourceError: there is no such folder, it holds no source, or its manifest cannot be read.
    """
    if not data.is_dir():
        raise SourceError(
            "There is no such folder.", where=str(data), remedy="Name the data folder with KG_DATA or --data."
        )
    sources = _read(data, tuple(SOURCE_SUFFIXES))
    if not sources:
        raise SourceError(
            "It holds no source (*.trig, *.nq).", where=str(data), remedy="Put at least one source there."
        )
    manifest = read_manifest(data) if with_manifest else None
    takedowns = data / TAKEDOWNS
    listed = SourceFile(TAKEDOWNS, takedowns.read_bytes()) if takedowns.is_file() else None
    return Inputs(sources, manifest, _read(data, (".sssom.tsv",)), listed)


def select(inputs: Inputs, paths: Collection[str]) -> Inputs:
    """Only the sources of the given relative paths, and what the manifest says of them.

    Raises:
        SourceError: a path is none of a source.
    """
    chosen = tuple(source for source in inputs.sources if source.path in paths)
    unknown = sorted(set(paths) - {source.path for source in chosen})
    if unknown:
        raise SourceError("It is not a source (*.trig, *.nq).", where=unknown[0], remedy="Name a source file.")
    manifest = None if inputs.manifest is None else {path: e for path, e in inputs.manifest.items() if path in paths}
    return Inputs(chosen, manifest, ())


def _read(data: Path, endings: tuple[str, ...]) -> tuple[SourceFile, ...]:
    paths = sorted(
        (p.relative_to(data).as_posix(), p) for p in data.rglob("*") if p.name.endswith(endings) and p.is_file()
    )
    return tuple(SourceFile(name, path.read_bytes()) for name, path in paths)
