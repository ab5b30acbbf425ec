"""What pySHACL is spared by getting only what a shape can read: one shape at a time, beside all triples.

    python bench/extraction.py [--quads 60000] [--runs 3] [SHAPE …]

Each run is a process of its own over the columns of a release, as ``kg validate --engine reference --shape SHAPE`` is
one: "extract" as it is there, "all" with the whole default graph. Both must tell the same results. Told are the
triples that pySHACL was given, CPU seconds and peak memory, medians; what both take to begin with is in them.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datasets import OUT, release_of, with_columns
from figures import conditions, say, table, tell

from kg.columns.compile import open_release_columns
from kg.validation import Columns, Stage, compiled, extraction, load_shapes
from kg.validation import compile as compile_shapes
from kg.validation.delta_reach import Read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdflib import Graph

    from kg.validation import Shapes, ValidationReport
    from kg.validation.delta_reach import Reach

SHAPES = "https://w3id.org/habeas/shapes#"
DEFAULT = ("Agent-type", "label-onePerLanguage", "Speaker-label")
WAYS = ("extract", "all")


@dataclass(frozen=True, slots=True)
class Cost:
    """One validation: what pySHACL was given, how many results it told, and what all of it took."""

    triples: int
    results: int
    cpu_s: float
    peak_mib: float


def once(folder: Path, shape: str, way: str) -> Cost:
    """Validate in this process."""
    given: list[int] = []
    validate, find_reach = compiled.validate, extraction.find_reach

    def counted(ntriples: bytes, *, shapes: Shapes) -> ValidationReport:
        given.append(ntriples.count(b"\n"))
        return validate(ntriples, shapes=shapes)

    def anything(shapes: Graph) -> Reach:
        reach = find_reach(shapes)
        reach.reads.add(Read(None, None, None))  # what is read at any node is not known
        return reach

    compiled.validate = counted
    if way == "all":
        extraction.find_reach = anything
    engine = compile_shapes(load_shapes(Stage.RELEASE))
    with open_release_columns(folder, memory_mb=1024, threads=1) as db:
        report = engine.validate(Columns.of_release(db), shapes=[SHAPES + shape], engine="reference")
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(sum(given), len(report.results), time.process_time(), peak_mib)


def apart(folder: Path, shape: str, way: str) -> Cost:
    """Validate in a process of its own."""
    say(f"{shape}, {way} …")
    command = [sys.executable, __file__, "--once", str(folder), way, shape]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Cost(**json.loads(said))


def row(folder: Path, shape: str, runs: int) -> list[object]:
    """One line of the table; the two ways take turns."""
    costs: dict[str, list[Cost]] = {way: [] for way in WAYS}
    for _ in range(runs):
        for way in WAYS:
            costs[way].append(apart(folder, shape, way))
    if costs["extract"][0].results != costs["all"][0].results:
        raise SystemExit(
            f"{shape}: {costs['extract'][0].results} results, and of all triples {costs['all'][0].results}"
        )
    part, whole = ([median(costs[way], name) for name in ("triples", "cpu_s", "peak_mib")] for way in WAYS)
    return [shape, costs["all"][0].results, *part, *whole, whole[1] / part[1], whole[2] / part[2]]


def median(costs: Sequence[Cost], name: str) -> float:
    return float(statistics.median(asdict(cost)[name] for cost in costs))


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help="as a report writes it, without shapes:")
    parser.add_argument("--quads", type=int, default=60_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--once", nargs=2, metavar=("COLUMNS", "WAY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps(asdict(once(Path(options.once[0]), options.shapes[0], options.once[1]))))
        return
    folder = with_columns(release_of(options.quads)) / "current" / "columns"
    rows = [row(folder, shape, options.runs) for shape in options.shapes or DEFAULT]
    heads = ["shape", "results", "extract: triples", "CPU s", "MiB", "all: triples", "CPU s", "MiB", "× CPU", "× MiB"]
    tell(
        OUT / "extraction.md", f"{conditions(' '.join(['bench/extraction.py', *sys.argv[1:]]))}\n\n{table(heads, rows)}"
    )


if __name__ == "__main__":
    main()
