"""The releases that serving is measured on: made once below bench/out/ by the real build, and used again.

Ten million quads do not go through the build of a machine with 24 GiB (bench/README.md has the figures). So a release
can be multiplied: its dump once more with other keys, as often as asked, in an index that the project's own
``build_index`` makes. Such a release says so in its name and its manifest.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

import zstandard
from domain import dossiers_for, write_domain
from processes import spend

from kg.rdf import build_index

if TYPE_CHECKING:
    from processes import Cost

__all__ = [
    "describe",
    "multiplied_release",
    "nquads_of",
    "quads_of",
    "release_of",
    "with_columns",
    "write_columns",
    "write_copy",
]

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out"
KG = Path(sys.executable).with_name("kg")
BUILD_S = 3600
# Names that each dossier makes for itself; those of the reference file (places, courts, counts, the law) stay shared.
OWN_NAME = re.compile(
    rb"<(https://w3id\.org/habeas/(?:claim|source|id/(?:person|event|situation|group|conflict))/[^>]+)>"
)


def release_of(quads: int) -> Path:
    """The releases folder of about ``quads`` quads, built if it is not there; the build's cost stands in build.json.

    Raises:
        RuntimeError: the build failed or set a source aside.
    """
    place = OUT / f"domain-{quads}"
    if not (place / "releases" / "current" / "manifest.json").is_file():
        _write_sources(place, quads)
        _build(place)
    return place / "releases"


def multiplied_release(releases: Path, times: int) -> Path:
    """A releases folder whose one release is the current one of ``releases``, ``times`` times with keys of its own."""
    target = releases.parent.with_name(f"{releases.parent.name}-x{times}") / "releases"
    if (target / "current" / "manifest.json").is_file():
        return target
    place = target / f"multiplied-x{times}"
    shutil.rmtree(target, ignore_errors=True)
    place.mkdir(parents=True)
    nquads = target.parent / "dataset.nq"
    print(f"Writing the dump of {releases} {times} times …", file=sys.stderr, flush=True)
    with nquads_of(releases).open("rb") as plain, nquads.open("wb") as copies:
        for copy in range(times):
            plain.seek(0)
            write_copy(plain, copies, copy)
    print("Building its index …", file=sys.stderr, flush=True)
    began = time.perf_counter()
    quads = build_index(nquads, place / "store")
    manifest = {"quads": quads, "multiplied": times, "of": (releases / "current").resolve().name, "files": {}}
    (place / "manifest.json").write_text(json.dumps(manifest))
    (target / "current").symlink_to(place.name)
    _note(target.parent, quads=quads, seconds=time.perf_counter() - began, how=f"dump multiplied by {times}")
    return target


def with_columns(releases: Path) -> Path:
    """The same releases folder; its current release has columns, as one that was multiplied or is older may not."""
    current = (releases / "current").resolve()
    if not (current / "columns").is_dir():
        print(f"Writing the columns of {current} …", file=sys.stderr, flush=True)
        shutil.rmtree(current / "columns.partial", ignore_errors=True)
        write_columns(nquads_of(releases), current / "columns.partial")
        (current / "columns.partial").rename(current / "columns")
    return releases


def write_columns(nquads: Path, folder: Path) -> Cost:
    """The columns of a dump, written by the project's own code in a process of its own."""
    script = Path(__file__).with_name("write_columns.py")
    return spend([sys.executable, script, nquads, folder], {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"})


def nquads_of(releases: Path) -> Path:
    """The dataset of the current release as plain N-Quads beside its releases folder, unpacked if it is not there."""
    plain = releases.parent / "dataset.nq"
    if not plain.is_file():
        partial = plain.with_suffix(".partial")
        with (releases / "current" / "dataset.nq.zst").open("rb") as packed, partial.open("wb") as out:
            zstandard.ZstdDecompressor().copy_stream(packed, out)
        partial.rename(plain)
    return plain


def quads_of(releases: Path) -> int:
    """How many quads the current release holds."""
    return int(json.loads((releases / "current" / "manifest.json").read_text())["quads"])


def describe(releases: Path) -> str:
    """How large the release is, and what it took to make, in one sentence."""
    note = json.loads((releases.parent / "build.json").read_text())
    index_mb = sum(f.stat().st_size for f in (releases / "current" / "store").iterdir()) / 1e6
    peak = f", {note['peak_mib']:,.0f} MiB at its peak" if "peak_mib" in note else ""
    return f"{note['quads']:,} quads ({note['how']}; {note['seconds']:,.0f} s{peak}), index {index_mb:,.0f} MB."


def _write_sources(place: Path, quads: int) -> None:
    if (place / "data").exists():
        return
    partial = place / "data.partial"
    shutil.rmtree(partial, ignore_errors=True)
    dossiers = dossiers_for(quads)
    print(f"Writing {dossiers:,} dossiers to {place} …", file=sys.stderr, flush=True)
    write_domain(partial, dossiers=dossiers)
    partial.rename(place / "data")


def _build(place: Path) -> None:
    print(f"Building {place} …", file=sys.stderr, flush=True)
    # Any status but 0 is a failure: nothing may be set aside in data of our own.
    cost = spend(["timeout", str(BUILD_S), KG, "build", "--data", place / "data", "--releases", place / "releases"])
    manifest = json.loads((place / "releases" / "current" / "manifest.json").read_text())
    how = f"{len(list((place / 'data' / 'sources').iterdir())):,} sources through `kg build`"
    _note(place, quads=manifest["quads"], seconds=cost.seconds, peak_mib=cost.peak_mib, how=how)


def write_copy(plain: IO[bytes], out: IO[bytes], copy: int) -> None:
    """One copy of the dump; the first is the dump itself, the others hold only lines with a name of their own."""
    name = rb"<\1-x%d>" % copy
    for line in plain:
        renamed = OWN_NAME.sub(name, line) if copy else line
        if not copy or renamed != line:
            out.write(renamed)


def _note(place: Path, **figures: object) -> None:
    (place / "build.json").write_text(json.dumps(figures, indent=1))
