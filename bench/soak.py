"""A soak: 50 light and 4 heavy clients for half an hour, and what the server was like meanwhile.

    python bench/soak.py [--minutes 30] [--quads 1000000]

Ends with a verdict, and exits with 1 where it is not a good one: no status but 200, 429 and 503; the server is the
process that was started; neither memory nor descriptors have grown over the last two thirds of the time. They are
sampled every 10 seconds, and the least of each minute counts: a query that runs takes memory, and gives it back.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asking import fill, read_queries, read_subjects
from clients import Group, run_groups
from datasets import describe, release_of
from engines import Facade
from figures import conditions, slope, table
from hostile import light_queries
from hostile_queries import HEAVY
from processes import Usage, cpu_s, usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asking import Subjects
    from engines import Engine

__all__ = ["Growth", "growth"]

SAMPLE_S = 10.0
SAMPLES_A_MINUTE = 6
ALLOWED = {200, 429, 503}
# Growth that is within this share of the mean, or within so much, is no growth but noise.
SHARE, LEAST = 0.05, {"parent_mib": 10.0, "rss_mib": 20.0, "pss_mib": 20.0, "descriptors": 10.0, "processes": 2.0}


@dataclass(frozen=True, slots=True)
class Growth:
    """How the least of each minute went over the last two thirds of the time.

    Attributes:
        mean: of these least figures.
        grown: what the line fitted to them adds from the first to the last.
        holds: whether that is within what counts as noise.
    """

    mean: float
    grown: float
    holds: bool


def growth(samples: Sequence[tuple[float, float]], least: float) -> Growth:
    """Judge samples of (seconds, figure), the first third left out; ``least`` is growth that never counts.

    Raises:
        IndexError: there is no sample.
    """
    later = samples[len(samples) // 3 :]
    minutes = [later[n : n + SAMPLES_A_MINUTE] for n in range(0, len(later), SAMPLES_A_MINUTE)]
    last = [min(minute, key=lambda sample: sample[1]) for minute in minutes]
    mean = sum(figure for _, figure in last) / len(last)
    grown = slope(last) * (last[-1][0] - last[0][0])
    return Growth(mean, grown, grown <= max(least, SHARE * mean))


def heavy_queries(subjects: Subjects) -> list[str]:
    """What the heavy clients ask: what never ends, and the analytic queries of the benchmark."""
    analytic = [fill(query, subjects, 7) for query in read_queries() if query.kind == "analytic"]
    return [text for pair in zip(analytic, list(HEAVY.values()) * len(analytic), strict=False) for text in pair]


async def soak(engine: Engine, groups: list[Group], minutes: float) -> list[tuple[float, Usage]]:
    """Let the clients ask, and sample the server meanwhile."""
    samples: list[tuple[float, Usage]] = []
    sampling = asyncio.create_task(_sample(engine, samples))
    await run_groups(engine.url, groups, seconds=60 * minutes, deadline_s=engine.deadline_s + 60)
    sampling.cancel()
    return samples


async def _sample(engine: Engine, samples: list[tuple[float, Usage]]) -> None:
    began = time.monotonic()
    while True:
        taken = await asyncio.to_thread(usage, engine.pid)
        samples.append((time.monotonic() - began, taken))
        print(f"{samples[-1][0]:6.0f} s  {taken}", file=sys.stderr, flush=True)
        await asyncio.sleep(SAMPLE_S)


def memory_report(samples: Sequence[tuple[float, Usage]]) -> tuple[str, bool]:
    """The table of what the server took, and whether nothing grew."""
    rows, holds = [], True
    for name, least in LEAST.items():
        series = [(at, float(getattr(taken, name))) for at, taken in samples]
        found = growth(series, least)
        holds &= found.holds
        figures = [figure for _, figure in series]
        rows.append([name, figures[0], found.mean, max(figures), found.grown, "no" if found.holds else "**yes**"])
    heads = ["figure", "at the start", "mean of the least in each minute", "greatest", "grown", "counts as growth"]
    return table(heads, rows), holds


def clients_report(groups: Sequence[Group]) -> tuple[str, bool]:
    """The table of what clients met, and whether it was only what is allowed."""
    rows = []
    for group in groups:
        errors = sum(count for status, count in group.statuses.items() if status not in ALLOWED)
        shares = [group.percentile_ms(share) for share in (0.5, 0.99, 1.0)]
        rows.append([group.name, sum(group.statuses.values()), *shares, errors, group.told()])
    heads = ["clients", "queries", "p50 ms", "p99 ms", "max ms", "errors but 429 and 503", "statuses"]
    return table(heads, rows), all(set(group.statuses) <= ALLOWED for group in groups)


def main() -> int:
    """Soak and print; 0 where the verdict is good."""
    options = _options()
    releases = release_of(options.quads)
    subjects = read_subjects(releases)
    light, heavy = light_queries(subjects), heavy_queries(subjects)
    groups = [
        Group("50 light", 50, "192.0.2", lambda client, turn: light[(client * 97 + turn) % len(light)], options.pause),
        Group("4 heavy", 4, "198.51.100", lambda client, turn: heavy[(client * 5 + turn) % len(heavy)], 0.5),
    ]
    # As an operator has it, but for the budget where one is given; UNBOUNDED is for speed, and this is not.
    settings = {
        "KG_BUDGET_S": str(options.budget),
        "KG_PROCESSES": str(options.processes),
        "KG_QUEUE_TIMEOUT_S": "5",
        "KG_RESULT_BYTES_MAX": str(64 * 2**20),
        "KG_WORKER_MEMORY_MB": "2048",
    }
    engine = Facade("facade-soak", releases, 10.0, settings)
    engine.start()
    try:
        print(f"## Soak\n\n{conditions('bench/soak.py ' + ' '.join(sys.argv[1:]))}\n{describe(releases)}\n", flush=True)
        samples = asyncio.run(soak(engine, groups, options.minutes))
        same = engine.is_running()
        spent = cpu_s(engine.pid) / max(1.0, samples[-1][0])
    finally:
        engine.stop()
    met, allowed = clients_report(groups)
    memory, level = memory_report(samples)
    print(f"{met}\n{memory}\nCPU of the server: {spent:.2f} cores.\n")
    good = allowed and level and same
    short = "" if options.minutes >= 10 else " Too short to tell growth from warming up."
    print(
        f"Verdict: {'good' if good else '**not good**'}. Only 200, 429 and 503: {allowed}. "
        f"The parent is the process that was started: {same}. No growth: {level}.{short}"
    )
    return 0 if good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quads", type=int, default=1_000_000, help="size of the release that is built")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long")
    parser.add_argument("--processes", type=int, default=1, help="web processes")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between a light client's queries")
    parser.add_argument("--budget", type=float, default=60.0, help="KG_BUDGET_S: work of one client in each minute")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
