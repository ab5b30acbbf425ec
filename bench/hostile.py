"""Hostile queries and heavy neighbours: is every query answered in time, and do light clients feel the heavy ones?

    python bench/hostile.py [--quads 1000000] [--limit 5]

Each hostile query is asked of ``kg serve`` with a query limit of ``--limit`` seconds, and must be answered, with
whatever status, within one second more; a light query after each must be answered within a second. Then light clients
are measured alone and beside 8 heavy clients with addresses of their own. Exits with 1 where this does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from typing import TYPE_CHECKING

from asking import fill, read_queries, read_subjects
from clients import Client, Group, Reply, run_groups
from datasets import describe, release_of
from engines import Facade
from figures import conditions, table
from hostile_queries import HEAVY, HOSTILE
from processes import family, usage

if TYPE_CHECKING:
    from asking import Subjects
    from engines import Engine

__all__ = ["light_queries"]

LIGHT_S = 1.0
LIGHT_CLIENTS, HEAVY_CLIENTS = 10, 8


def light_queries(subjects: Subjects) -> list[str]:
    """Lookups and walks about many subjects, in turn; each is some milliseconds of work."""
    kinds = [query for query in read_queries() if query.kind != "analytic"]
    return [fill(query, subjects, number * 31) for number in range(200) for query in kinds]


async def ask_hostile(engine: Engine, limit_s: float, light: str) -> list[tuple[str, Reply, Reply]]:
    """Each hostile query with its reply, and the reply to a light query right after it."""
    told = []
    for number, (name, query) in enumerate(HOSTILE.items()):
        print(f"{name} …", file=sys.stderr, flush=True)
        heavy = Client(engine.url, f"198.51.100.{number + 1}", limit_s + 30)
        gentle = Client(engine.url, "192.0.2.1", 30)
        told.append((name, await heavy.ask(query), await gentle.ask(light)))
        heavy.close()
        gentle.close()
    return told


async def measure_fairness(engine: Engine, light: list[str], *, seconds: float, limit_s: float) -> list[Group]:
    """Light clients alone, then the same beside heavy ones; heavy clients ask again as soon as they are answered."""
    heavy_texts = list(HEAVY.values())
    groups = []
    for with_heavy in (False, True):
        beside = f"beside {HEAVY_CLIENTS} heavy ones" if with_heavy else "alone"
        told = Group(
            f"{LIGHT_CLIENTS} light clients, {beside}",
            LIGHT_CLIENTS,
            "192.0.2",
            lambda client, turn: light[(client * 97 + turn) % len(light)],
            0.05,
        )
        heavy = Group(
            f"{HEAVY_CLIENTS} heavy clients",
            HEAVY_CLIENTS,
            "198.51.100",
            lambda client, turn: heavy_texts[(client + turn) % len(heavy_texts)],
            0.01,
        )
        print(f"{told.name} …", file=sys.stderr, flush=True)
        running = [told, heavy] if with_heavy else [told]
        await run_groups(engine.url, running, seconds=seconds, deadline_s=limit_s + 60)
        groups += running
    return groups


def hostile_report(told: list[tuple[str, Reply, Reply]], limit_s: float) -> tuple[str, bool]:
    """The table, and whether all were answered in time."""
    allowed_s = limit_s + 1
    rows = [
        [
            name,
            reply.status or "no answer",
            reply.seconds,
            "yes" if _in_time(reply, allowed_s) else "**no**",
            after.seconds,
        ]
        for name, reply, after in told
    ]
    in_time = sum(_in_time(reply, allowed_s) for _, reply, _ in told)
    alive = sum(after.status == 200 and after.seconds <= LIGHT_S for _, _, after in told)
    statuses = Counter(reply.status for _, reply, _ in told)
    each = ", ".join(f"{count} × {status or 'no answer'}" for status, count in sorted(statuses.items()))
    summary = (
        f"{in_time} of {len(told)} hostile queries were answered within {limit_s:g} s + 1 s "
        f"({each}); "
        f"{alive} of {len(told)} light queries right after them were answered with 200 within {LIGHT_S:g} s.\n"
    )
    heads = ["hostile query", "status", "s", "in time", "light query after it, s"]
    return f"{table(heads, rows)}\n{summary}", in_time == alive == len(told)


def _in_time(reply: Reply, allowed_s: float) -> bool:
    return reply.status != 0 and reply.seconds <= allowed_s


def fairness_report(groups: list[Group]) -> tuple[str, bool]:
    """The table, and whether light clients beside heavy ones met nothing but 200, 99 of 100 within a second."""
    rows = [
        [g.name, len(g.seconds), g.percentile_ms(0.5), g.percentile_ms(0.99), g.percentile_ms(1.0), g.told()]
        for g in groups
    ]
    beside = groups[1]
    slowest_ms = beside.percentile_ms(0.99)
    holds = set(beside.statuses) == {200} and slowest_ms is not None and slowest_ms <= 1000 * LIGHT_S
    return table(["clients", "answers with 200", "p50 ms", "p99 ms", "max ms", "statuses"], rows), holds


def main() -> int:
    """Measure and print; 0 where all holds."""
    options = _options()
    releases = release_of(options.quads)
    light = light_queries(read_subjects(releases))
    settings = {"KG_PROCESSES": str(options.processes), "KG_CACHE_MB": "0", "KG_RESULT_BYTES_MAX": str(64 * 2**20)}
    # As an operator would have it: the memory and the waiting time that are the defaults.
    settings |= {"KG_WORKER_MEMORY_MB": "2048", "KG_QUEUE_TIMEOUT_S": "5"}
    engine = Facade("facade-hostile", releases, options.limit, settings)
    engine.start()
    try:
        print(
            f"## Hostile queries\n\n{conditions('bench/hostile.py ' + ' '.join(sys.argv[1:]))}\n{describe(releases)}\n"
        )
        told = asyncio.run(ask_hostile(engine, options.limit, light[0]))
        report, answered = hostile_report(told, options.limit)
        print(report, flush=True)
        left = usage(engine.pid)
        print(f"After them: {left.processes} processes, {left.rss_mib:,.0f} MiB, {left.descriptors} descriptors.\n")
        groups = asyncio.run(measure_fairness(engine, light, seconds=options.seconds, limit_s=options.limit))
        report, fair = fairness_report(groups)
        print(report, flush=True)
        survived = len(family(engine.pid)) > 0 and engine.is_running()
    finally:
        engine.stop()
    print(f"All answered in time: {answered}. Fair: {fair}. The server is the one that was started: {survived}.")
    return 0 if answered and fair and survived else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quads", type=int, default=1_000_000, help="size of the release that is built")
    parser.add_argument("--limit", type=float, default=5.0, help="seconds until the server stops a query")
    parser.add_argument("--processes", type=int, default=1, help="web processes")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="of light clients alone, and again beside heavy ones"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
