"""A release read from disk, or held in memory and shared by fork: what each costs, and how fast it answers.

    python bench/stores.py [--quads 100000 1000000 5000000]

Everything is asked through the pool, as the service asks. Times of queries are CPU time of the worker that answered,
so that what else runs disturbs them little; the other times are as a clock on the wall shows them. The data are always
the same: invented events in the form of our own, each stated in the default graph and in the graph of its claim.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import zstandard

from kg.rdf import build_index
from kg.settings import Settings
from kg.store.backend import QueryRequest
from kg.store.pool import PoolLimits, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = "https://w3id.org/habeas/"
HAB = f"{BASE}ontology#"
DATE = "http://www.w3.org/2001/XMLSchema#date"
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
QUADS_PER_EVENT = 12

PREFIX = f"PREFIX hab: <{HAB}> PREFIX id: <{BASE}id/> PREFIX graph: <{BASE}graph/> "
QUERIES = {
    "lookup": "SELECT * { <" + BASE + "id/event/0000777> ?p ?o }",
    "who says so": "SELECT * { GRAPH ?claim { ?event hab:affects <" + BASE + "id/group/0000777> } "
    "GRAPH graph:provenance { ?claim hab:reportedIn ?source ; hab:attributedTo ?who } }",
    "scan": "SELECT ?event ?when { ?event hab:when ?when } LIMIT 20000",
    "filter": "SELECT (COUNT(*) AS ?n) { ?event hab:label ?label FILTER(CONTAINS(?label, 'town of 77')) }",
    "aggregate": "SELECT ?kind (COUNT(*) AS ?n) (SUM(?size) AS ?people) "
    "{ ?event hab:kind ?kind ; hab:affects ?group . ?group hab:size ?size } GROUP BY ?kind",
    "order": "SELECT ?event ?when { ?event hab:when ?when } ORDER BY DESC(?when) ?event LIMIT 10",
    "count all": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
}
SMALL = ("lookup", "who says so")


def lines(quads: int) -> Iterator[str]:
    """Quads as lines of N-Quads, in the order of events."""
    chance = random.Random(20241107)
    for number in range(quads // QUADS_PER_EVENT):
        event, group = f"<{BASE}id/event/{number:07}>", f"<{BASE}id/group/{number:07}>"
        claim = f"<{BASE}claim/c{number:07}>"
        day = f"20{chance.randrange(10, 30)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        said = (
            f"{event} <{HAB}kind> <{HAB}Kind{number % 7}>",
            f'{event} <{HAB}when> "{day}"^^<{DATE}>',
            f"{event} <{HAB}affects> {group}",
            f'{group} <{HAB}size> "{chance.randrange(500)}"^^<{INTEGER}>',
            f'{event} <{HAB}label> "event {number} in the town of {chance.randrange(5000)}"@en',
        )
        yield from (f"{triple} {graph}.\n" for triple in said for graph in ("", f"{claim} "))
        yield f"{claim} <{HAB}reportedIn> <{BASE}source/s{number // 100:05}> <{BASE}graph/provenance> .\n"
        yield (
            f"{claim} <{HAB}attributedTo> <{BASE}id/person/{chance.randrange(3000):05}> <{BASE}graph/provenance> .\n"
        )


def write(folder: Path, quads: int) -> int:
    """Write a release's index and dump, the dump sorted as a release's is, and return how many quads they hold."""
    plain = folder / "dataset.nq"
    plain.write_text("".join(sorted(lines(quads))))
    held = build_index(plain, folder / "store")
    with plain.open("rb") as source, (folder / "dataset.nq.zst").open("wb") as target:
        zstandard.ZstdCompressor().copy_stream(source, target)
    plain.unlink()
    return held


def cpu_s(pid: int) -> float:
    """CPU time of a process so far, all threads."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def memory_mb(pid: int, kind: str) -> float:
    """Memory of a process in MiB: all of it (Rss), or what it shares with no other (Private_)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(kind)) / 1024


async def query_ms(pool: WorkerPool, name: str) -> float:
    """CPU time of one query, median of several, once it was asked before."""
    request, times = QueryRequest(PREFIX + QUERIES[name]), []
    for _ in range(2):
        (await pool.answer(request)).read()
    runs = 200 if name in SMALL else 1
    for _ in range(5):
        before = sum(map(cpu_s, pool.worker_pids))
        for _ in range(runs):
            (await pool.answer(request)).read()
        times.append((sum(map(cpu_s, pool.worker_pids)) - before) / runs * 1000)
    return statistics.median(times)


async def respawn_ms(pool: WorkerPool) -> float:
    """From the death of a worker to another that stands ready, median of twenty."""
    endless = QueryRequest("ASK { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?i && ?d = ?c) }", timeout_s=0.01)
    times = []
    for _ in range(20):
        started = pool.figures().started
        await asyncio.gather(pool.answer(endless), return_exceptions=True)
        began = time.perf_counter()
        while pool.figures().started == started:
            await asyncio.sleep(0.0002)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


async def measure(folder: Path, quads: int, *, in_memory: bool) -> None:
    limits = replace(PoolLimits.of(Settings()), workers=1, short_s=600.0, query_timeout_s=600.0, memory_quads_max=10**9)
    began = time.perf_counter()
    async with WorkerPool(
        folder / "store", limits, dataset=folder / "dataset.nq.zst" if in_memory else None, quads=quads
    ) as pool:
        ready_s = time.perf_counter() - began
        (zygote,) = {parent_of(pid) for pid in pool.worker_pids}
        fresh_mb = min(memory_mb(pid, "Private_") for pid in pool.worker_pids)
        times = [await query_ms(pool, name) for name in QUERIES]
        used_mb = max(memory_mb(pid, "Private_") for pid in pool.worker_pids)
        sizes = (memory_mb(zygote, "Rss"), fresh_mb, used_mb)
        row = [f"{quads:,}", "memory" if in_memory else "disk", f"{ready_s:.2f}", *(f"{size:,.0f}" for size in sizes)]
        row += [*(f"{value:.3g}" for value in times), f"{await respawn_ms(pool):.1f}"]
        print(f"| {' | '.join(row)} |", flush=True)


def parent_of(pid: int) -> int:
    """The process that forked another."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def main() -> None:
    """One row for each size and way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quads", type=int, nargs="+", default=[100_000, 1_000_000, 5_000_000])
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    columns = [
        "quads",
        "held",
        "ready s",
        "zygote MiB",
        "fresh worker MiB",
        "used worker MiB",
        *(f"{name} ms" for name in QUERIES),
    ]
    print(f"| {' | '.join([*columns, 'respawn ms'])} |\n|{'---|' * (len(columns) + 1)}")
    for quads in options.quads:
        with tempfile.TemporaryDirectory(prefix="habeas-bench-") as folder:
            held = write(Path(folder), quads)
            for in_memory in (False, True):
                asyncio.run(measure(Path(folder), held, in_memory=in_memory))


if __name__ == "__main__":
    main()
