"""What the columns give: analytical queries, any date, loading, growth, memory, and what they cost small lookups.

    python bench/columns.py [--quads 1000000] [--times 1,10] [--runs 5] [--dates 30]

Side by side: the facade with columns, without them (KG_COLUMNS=off), `oxigraph serve-read-only` and Virtuoso. An engine
whose answer differs from Oxigraph's takes no part in that query's ratios. A query that Oxigraph does not end counts
with the deadline, so that its ratio is at least what is told.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import statistics
import sys
import time
from contextlib import ExitStack
from datetime import date, timedelta
from typing import TYPE_CHECKING

from asking import Connection, fill, read_queries, read_subjects
from comparison import differences, read_answer
from datasets import OUT, describe, multiplied_release, nquads_of, quads_of, release_of, with_columns, write_columns
from engines import BIN
from figures import conditions, say, table, tell
from load import check_wrk, run_load, write_targets
from processes import cost_of, highest, spend
from ratios import OURS, OXIGRAPH, PLAIN, VIRTUOSO, Size, growth_table, ratios, ratios_summary, ratios_table
from serve import SUBJECT, answers_report, run_queries, start_engine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from asking import Subjects
    from engines import Engine
    from processes import Cost

ENGINES = (OXIGRAPH, OURS, PLAIN, VIRTUOSO)
ON_DATE, BY_HAND, DATE = "09-held-not-exists", "10-held-minus", "2022-06-15"
FIRST_DAY, DAYS = date(2020, 5, 1), 2400
CHECKED = 3
CLIENTS = 8


# --- Loading ---------------------------------------------------------------------------------------------------------


def load_columns(releases: Path) -> Cost:
    """Load the dump into new columns, which are removed again."""
    say("loading columns …")
    folder = _new("columns-load")
    cost = write_columns(nquads_of(releases), folder)
    shutil.rmtree(folder)
    return cost


def load_oxigraph(releases: Path) -> Cost:
    """Load the dump into a new index by Oxigraph's own bulk loader, which is removed again."""
    say("loading oxigraph …")
    folder = _new("oxigraph-load")
    cost = spend([BIN / "oxigraph", "load", "--location", folder, "--file", nquads_of(releases)])
    shutil.rmtree(folder)
    return cost


def _new(name: str) -> Path:
    shutil.rmtree(OUT / name, ignore_errors=True)
    return OUT / name


def loads_table(loads: Mapping[str, Cost]) -> str:
    """Each a row, with the ratio of its time to Oxigraph's."""
    base = loads[OXIGRAPH].seconds
    rows = ([name, cost.seconds, cost.cpu_s, cost.peak_mib, cost.seconds / base] for name, cost in loads.items())
    return table(["loading", "s", "CPU s", "peak MiB", "× oxigraph's s"], rows)


# --- Asking ----------------------------------------------------------------------------------------------------------


def ask_dates(engines: Mapping[str, Engine], count: int) -> tuple[list[float], str]:
    """The question "held on date D" for dates that nobody asked about before.

    Returns:
        The ms of each, and what a check of the first few against Oxigraph found.
    """
    texts = {query.name: query.text for query in read_queries()}
    days = [str(FIRST_DAY + timedelta(days=n)) for n in random.Random(0).sample(range(DAYS), count)]
    say(f"{count} dates …")
    ours, oxigraph = _connect(engines[OURS]), _connect(engines[OXIGRAPH])
    outcomes = [ours.ask(texts[ON_DATE].replace(DATE, day)) for day in days]
    if failed := [outcome.status for outcome in outcomes if outcome.status != 200]:
        raise RuntimeError(f"{OURS} answers {len(failed)} of {count} dates with {failed[0]}")
    by_hand = [oxigraph.ask(texts[BY_HAND].replace(DATE, day)) for day in days[:CHECKED]]
    right = sum(
        not differences(*(read_answer(each.media_type, each.body) for each in both))
        for both in zip(outcomes, by_hand, strict=False)
    )
    return [1000 * outcome.seconds for outcome in outcomes], f"{right} of {len(by_hand)} checked are Oxigraph's"


def _connect(engine: Engine) -> Connection:
    return Connection(engine.url, deadline_s=engine.deadline_s + 5, default_graph=engine.default_graph)


def memory_report(engine: Engine, texts: Sequence[str]) -> str:
    """What the processes of an engine take at most while it is asked all of ``texts`` once more."""
    connection = _connect(engine)
    with highest(engine.pid) as seen:
        for text in texts:
            connection.ask(text)
    pss, rss = (max(getattr(usage, what) for usage in seen) for what in ("pss_mib", "rss_mib"))
    return (
        f"All processes of {engine.name} together took at most {pss:,.0f} MiB while it answered these queries "
        f"(aim 3,072); {rss:,.0f} MiB if what they share is counted for each of them.\n"
    )


def lookups_report(engines: Mapping[str, Engine], subjects: Subjects, *, seconds: int, rounds: int) -> str:
    """CPU of a small lookup with columns and without them, in turn; medians of the rounds.

    Raises:
        RuntimeError: a lookup was answered with an error.
    """
    spent: dict[str, list[float]] = {OURS: [], PLAIN: []}
    targets = {name: write_targets(OUT, engines[name], subjects) for name in spent}
    for turn in range(rounds + 1):
        # Whoever comes second finds the processor as the first has left it.
        for name in sorted(spent, reverse=turn % 2 == 0):
            say(f"lookups, round {turn} of {rounds}, {name} …")
            load = run_load(engines[name], targets[name], clients=CLIENTS, seconds=seconds, start=4999 * turn)
            if load.errors:
                raise RuntimeError(f"{name} answers {load.errors} lookups with an error")
            if turn:  # the first warms up
                spent[name].append(load.cpu_ms)
    own, plain = (statistics.median(spent[name]) for name in (OURS, PLAIN))
    each = ", ".join(f"{one / other:.2f}" for one, other in zip(*spent.values(), strict=True))
    return (
        f"A small lookup takes {own:.3f} ms of CPU with columns, {plain:.3f} ms without, {own / plain:.3f} × as much "
        f"(aim 1.05; the rounds: {each}); {CLIENTS} clients.\n"
    )


# --- All of it -------------------------------------------------------------------------------------------------------


def measure(releases: Path, options: argparse.Namespace, out: Path) -> Size:
    """Everything at one size."""
    size = Size(quads_of(releases))
    tell(out, f"### {size.quads:,} quads\n\n{describe(releases)}\n")
    if options.loads:
        size.loads = {OXIGRAPH: load_oxigraph(releases), "columns": load_columns(releases)}
    with ExitStack() as running:
        engines = _start(releases, options, size, out, running)
        if size.loads:
            tell(out, loads_table(size.loads))
        subjects = read_subjects(releases)
        texts = _ask(engines, subjects, options, size, out)
        if options.rounds:
            tell(out, lookups_report(engines, subjects, seconds=options.seconds, rounds=options.rounds))
        tell(out, memory_report(engines[OURS], texts))
    return size


def _start(releases: Path, options: argparse.Namespace, size: Size, out: Path, running: ExitStack) -> dict[str, Engine]:
    """All engines that can be had; Virtuoso's start is its loading."""
    engines = {}
    for name in options.engines.split(","):
        began = time.perf_counter()
        engine = start_engine(name, releases, options.deadline, out, running)
        if engine is not None:
            engines[name] = engine
            if name == VIRTUOSO and options.loads:
                size.loads[name] = cost_of(engine.pid, time.perf_counter() - began)
    return engines


def _ask(
    engines: Mapping[str, Engine], subjects: Subjects, options: argparse.Namespace, size: Size, out: Path
) -> list[str]:
    """Ask the analytical queries and the dates; all texts."""
    queries = [query for query in read_queries() if query.kind == "analytic"]
    told = run_queries(queries, list(engines.values()), subjects, options.runs)
    found = [ratios(query.name, asked, options.deadline) for query, asked in told]
    tell(out, f"{ratios_table(told, found)}\n{ratios_summary(found)}\n{answers_report(told)}")
    size.medians_ms = {q.name: asked[OURS].median_ms for q, asked in told if asked[OURS].median_ms}
    if options.dates:
        size.dates_ms, checked = ask_dates(engines, options.dates)
        median, most = statistics.median(size.dates_ms), max(size.dates_ms)
        told_ms = f"median {median:,.0f} ms, at most {most:,.0f} ms (aim 300)"
        tell(out, f"“Held on date D” for {options.dates} dates, each a new text: {told_ms}; {checked}.\n")
    return [fill(query, subjects, SUBJECT) for query in queries]


def main() -> None:
    """Measure and print."""
    options = _options()
    # Otherwise servers that daemonise would outlive a run that is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    check_wrk()
    out = OUT / "columns.md"
    OUT.mkdir(exist_ok=True)
    out.write_text("")
    tell(out, f"## Columns\n\n{conditions('bench/columns.py ' + ' '.join(sys.argv[1:]))}\n")
    sizes = []
    for times in map(int, options.times.split(",")):
        releases = release_of(options.quads)
        releases = multiplied_release(releases, times) if times > 1 else releases
        sizes.append(measure(with_columns(releases), options, out))
    if len(sizes) > 1:
        tell(out, growth_table(sizes[0], sizes[-1]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quads", type=int, default=1_000_000, help="size of the release that is built")
    parser.add_argument("--times", default="1,10", help="how often its dump is multiplied: each a size, with commas")
    parser.add_argument("--engines", default=",".join(ENGINES), help="which, with commas")
    parser.add_argument("--runs", type=int, default=5, help="of each query after the first")
    parser.add_argument("--deadline", type=float, default=30.0, help="seconds a query may take")
    parser.add_argument("--dates", type=int, default=30, help="how many dates are asked about")
    parser.add_argument("--seconds", type=int, default=4, help="of each round of lookups")
    parser.add_argument("--rounds", type=int, default=3, help="of lookups; 0 leaves them out")
    parser.add_argument("--no-loads", dest="loads", action="store_false", help="measure no loading")
    options = parser.parse_args()
    chosen = options.engines.split(",")
    if set(chosen) - set(ENGINES) or {OXIGRAPH, OURS, PLAIN} - set(chosen):
        parser.error(f"engines are {', '.join(ENGINES)}; only {VIRTUOSO} may be left out")
    return options


if __name__ == "__main__":
    main()
