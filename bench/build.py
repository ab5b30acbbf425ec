"""Time and memory of ``kg build``: on the project's own data and on a synthetic set.

    python bench/build.py [--claims 100000] [--runs 3]

Prints a table for bench/RESULTS.md. Memory is the largest process's resident set, as the kernel counts it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from synthetic import write_synthetic

ROOT = Path(__file__).resolve().parent.parent
KG = Path(sys.executable).with_name("kg")


def build_once(data: Path) -> tuple[float, int, dict[str, int]]:
    """Build into an empty folder: seconds, peak memory in MiB, and what the release holds."""
    releases = Path(tempfile.mkdtemp(prefix="habeas-bench-"))
    began = time.perf_counter()
    subprocess.run([KG, "build", "--data", data, "--releases", releases], check=True, capture_output=True, cwd=ROOT)
    seconds = time.perf_counter() - began
    manifest = json.loads((releases / "current" / "manifest.json").read_text())
    sizes = {
        "quads": manifest["quads"],
        "dump_kb": (releases / "current" / "dataset.nq.zst").stat().st_size // 1024,
        "store_kb": sum(f.stat().st_size for f in (releases / "current" / "store").iterdir()) // 1024,
    }
    shutil.rmtree(releases)
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, sizes


def measure(name: str, data: Path, runs: int) -> None:
    """Build ``runs`` times and print one row."""
    times = []
    for _ in range(runs):
        seconds, memory, sizes = build_once(data)
        times.append(seconds)
    files = sum(1 for _ in data.rglob("*.trig"))
    print(
        f"| {name} | {files} | {sizes['quads']:,} | {statistics.median(times):.1f} | {min(times):.1f}–{max(times):.1f} "
        f"| {memory:,} | {sizes['dump_kb']:,} | {sizes['store_kb']:,} |",
        flush=True,
    )


def main() -> None:
    """Measure both sets, the small one first: the kernel's peak never falls again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    print("| data | sources | quads | median s | range s | peak MiB | dump kB | index kB |")
    print("|---|---|---|---|---|---|---|---|")
    measure("this project's", ROOT / "data", options.runs)
    with tempfile.TemporaryDirectory(prefix="habeas-bench-") as folder:
        data = Path(folder) / "data"
        write_synthetic(data, claims=options.claims)
        measure(f"synthetic, {options.claims:,} claims", data, options.runs)


if __name__ == "__main__":
    main()
