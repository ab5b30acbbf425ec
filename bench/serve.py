"""Serving, side by side in one run: the facade, oxigraph, rdflib-endpoint and Virtuoso over one release.

    python bench/serve.py [--quads 1000000] [--times 10] [--engines oxigraph,facade,…]

The 18 queries of bench/queries/ first, their answers compared with oxigraph's; then lookups from 1, 8 and 64 clients.
Prints Markdown for bench/RESULTS.md and leaves it in bench/out/ too. Data is built once and used again.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asking import Connection, fill, read_queries, read_subjects
from comparison import differences, read_answer
from datasets import OUT, describe, multiplied_release, release_of
from engines import ENGINES
from figures import conditions, say, table, tell
from load import check_answers, check_wrk, run_load, write_targets

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from asking import Query, Subjects
    from engines import Engine
    from load import Load

REFERENCE = "oxigraph"
# What is asked each query; cached and further processes make no difference to a single client.
ASKED = ("oxigraph", "facade", "facade-index", "rdflib-endpoint", "virtuoso")
SUBJECT = 1234
MEDIANS = ("p50_ms", "p99_ms", "cpu_ms", "wrk_cores")
# A query that takes longer than this is asked twice and no more.
LONG_S = 5.0


@dataclass
class Asked:
    """What asking one engine one query gave: seconds of each run, or why there are none; and the answer, for rows."""

    seconds: list[float] = field(default_factory=list)
    trouble: str = ""
    unanswered: bool = False
    answer: Counter[str] | None = None

    @property
    def median_ms(self) -> float | None:
        """The median of the runs in ms, or None where there is none."""
        return 1000 * statistics.median(self.seconds) if self.seconds and not self.trouble else None


def ask_all(query: Query, engines: Sequence[Engine], subjects: Subjects, runs: int) -> dict[str, Asked]:
    """One query of every engine: one run to warm up and to compare, then the engines in turn, ``runs`` times."""
    text = fill(query, subjects, SUBJECT)
    asked = {engine.name: Asked() for engine in engines}
    connections = {
        engine.name: Connection(engine.url, deadline_s=engine.deadline_s + 5, default_graph=engine.default_graph)
        for engine in engines
    }
    for turn in range(runs + 1):
        for engine in engines:
            _ask(asked[engine.name], connections[engine.name], text, turn)
    for connection in connections.values():
        connection.close()
    return asked


def _ask(asked: Asked, connection: Connection, text: str, turn: int) -> None:
    if asked.trouble or (turn > 2 and asked.seconds[0] > LONG_S):
        return
    outcome = connection.ask(text)
    if outcome.status != 200:
        asked.trouble, asked.unanswered = (
            f"{outcome.status or 'no answer'} after {outcome.seconds:.1f} s",
            not outcome.status,
        )
    elif turn:
        asked.seconds.append(outcome.seconds)
    else:
        try:
            asked.answer = read_answer(outcome.media_type, outcome.body)
        except (ValueError, SyntaxError, KeyError) as error:
            asked.trouble = f"200, but it cannot be read: {error}"[:100]


def run_queries(
    queries: Sequence[Query], engines: Sequence[Engine], subjects: Subjects, runs: int
) -> list[tuple[Query, dict[str, Asked]]]:
    """Each query; an engine that cannot stop a query is started anew after one that it did not answer in time."""
    told = []
    gave_up: set[str] = set()
    for query in queries:
        say(f"{query.name} …")
        skipped = {engine.name: Asked(trouble=why) for engine in engines if (why := _why_not(query, engine, gave_up))}
        able = [engine for engine in engines if engine.name not in skipped]
        asked = ask_all(query, able, subjects, runs)
        for engine in able:
            if asked[engine.name].unanswered and not engine.stops:
                if engine.gives_up:
                    gave_up.add(engine.name)
                engine.stop()
                engine.start()
        told.append((query, {**asked, **skipped}))
    return told


def _why_not(query: Query, engine: Engine, gave_up: set[str]) -> str:
    """Why this query is not asked of this engine; "" where it is."""
    if engine.name in gave_up and query.kind == "analytic":
        return "not asked: it had not ended an earlier one"
    return query.virtuoso if engine.name == "virtuoso" else ""


def queries_table(told: Sequence[tuple[Query, dict[str, Asked]]], names: Sequence[str]) -> str:
    """Medians in ms, and for each engine the ratio to the reference."""
    others = [name for name in names if name != REFERENCE]
    heads = ["query", "kind", "rows", f"{REFERENCE} ms", *(h for name in others for h in (f"{name} ms", "×"))]
    rows = []
    for query, asked in told:
        base = asked[REFERENCE]
        row: list[object] = [query.name, query.kind, None if base.answer is None else base.answer.total()]
        row.append(base.trouble or base.median_ms)
        for name in others:
            own, of = asked[name].median_ms, base.median_ms
            row += [asked[name].trouble or own, own / of if own is not None and of else None]
        rows.append(row)
    return table(heads, rows)


def answers_report(told: Sequence[tuple[Query, dict[str, Asked]]]) -> str:
    """Where answers differ from the reference's, and what was not compared."""
    lines = []
    compared = 0
    for query, asked in told:
        # Where the reference did not answer in time, the first that did takes its place.
        first, base = next(((name, own.answer) for name, own in asked.items() if own.answer is not None), ("", None))
        for name, own in asked.items():
            if name == first or base is None or own.answer is None:
                continue
            other = differences(base, own.answer)
            compared += 1
            note = f" Not held against it: {query.compared}." if query.compared else ""
            lines += [f"- {query.name}, {first} against {name}: {what}.{note}\n" for what in other]
    found_none = "none" if compared else "unknown"
    found = f"{compared} answers compared with those of {REFERENCE}; differences: {len(lines) or found_none}.\n\n"
    return found + "".join(lines)


def held_ratio(told: Sequence[tuple[Query, dict[str, Asked]]], name: str) -> str:
    """How the question "held on date D" as a person writes it compares with its best hand-tuned form."""
    medians = {query.name: asked[name].median_ms for query, asked in told if name in asked}
    written, tuned = medians.get("09-held-not-exists"), medians.get("10-held-minus")
    if written is None or tuned is None:
        return f"{name}: one of the two forms of “held on date D” has no figure.\n"
    return f"{name}: “held on date D” as written by a person takes {written / tuned:.2f} × its hand-tuned form.\n"


def run_loads(
    engines: Sequence[Engine], subjects: Subjects, *, clients: Sequence[int], seconds: int, rounds: int
) -> dict[tuple[str, int], list[Load]]:
    """Every engine at every number of clients, in turn, ``rounds`` times, so that a drift of the machine hits all."""
    targets: dict[str, Path] = {}
    runs: dict[tuple[str, int], list[Load]] = {(e.name, c): [] for c in clients for e in engines}
    for engine in engines:
        with _told(engine):
            check_answers(engine, subjects, engine.deadline_s)
            lines = write_targets(OUT, engine, subjects)
            run_load(engine, lines, clients=max(clients), seconds=1)
            targets[engine.name] = lines
    for turn in range(rounds):
        for count in clients:
            for engine in (engine for engine in engines if engine.name in targets):
                say(f"load, round {turn + 1}, {count} clients, {engine.name} …")
                start = 4999 * (turn + 1) * (count + 1)
                with _told(engine):
                    load = run_load(engine, targets[engine.name], clients=count, seconds=seconds, start=start)
                    runs[engine.name, count].append(load)
    return {key: loads for key, loads in runs.items() if loads}


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """Say what went wrong with one engine, and go on with the others."""
    try:
        yield
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        say(f"FAILED: {engine.name}: {error}")


def loads_table(runs: dict[tuple[str, int], list[Load]]) -> str:
    """Medians over the rounds; requests/s with their range, and the ratio to the reference at as many clients."""
    heads = [
        "clients",
        "engine",
        "requests/s",
        "range",
        "×",
        "p50 ms",
        "p99 ms",
        "CPU ms/request",
        "wrk cores",
        "errors",
    ]
    rows = []
    for (name, clients), loads in runs.items():
        rates = sorted(load.per_second for load in loads)
        base = [load.per_second for load in runs.get((REFERENCE, clients), [])]
        ratio = statistics.median(rates) / statistics.median(base) if base and statistics.median(base) else None
        medians = [statistics.median(getattr(load, what) for load in loads) for what in MEDIANS]
        low_high = f"{rates[0]:,.0f}–{rates[-1]:,.0f}"
        errors = sum(load.errors for load in loads)
        rows.append([clients, name, statistics.median(rates), low_high, ratio, *medians, errors])
    return table(heads, rows)


def main() -> None:
    """Measure and print."""
    options = _options()
    # Otherwise servers that daemonise would outlive a run that is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    check_wrk()
    releases = release_of(options.quads)
    if options.times > 1:
        releases = multiplied_release(releases, options.times)
    subjects = read_subjects(releases)
    out = OUT / f"serve-{releases.parent.name}.md"
    out.write_text("")
    tell(out, f"## Serving\n\n{conditions('bench/serve.py ' + ' '.join(sys.argv[1:]))}\n{describe(releases)}\n")
    with ExitStack() as running:
        engines = [start_engine(name, releases, options.deadline, out, running) for name in options.engines.split(",")]
        started = [engine for engine in engines if engine is not None]
        if options.runs:
            asked = [engine for engine in started if engine.name in ASKED]
            told = run_queries(read_queries(), asked, subjects, options.runs)
            tell(out, queries_table(told, [e.name for e in asked]))
            tell(out, "".join(held_ratio(told, e.name) for e in asked))
            tell(out, answers_report(told))
        if options.rounds:
            clients = [int(count) for count in options.clients.split(",")]
            runs = run_loads(started, subjects, clients=clients, seconds=options.seconds, rounds=options.rounds)
            tell(out, loads_table(runs))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quads", type=int, default=1_000_000, help="size of the release that is built")
    parser.add_argument("--times", type=int, default=1, help="multiply that release's dump so often")
    parser.add_argument("--engines", default=",".join(ENGINES), help="which, with commas; oxigraph is the reference")
    parser.add_argument("--runs", type=int, default=5, help="of each query after the first; 0 leaves queries out")
    parser.add_argument("--deadline", type=float, default=60.0, help="seconds a query may take")
    parser.add_argument("--clients", default="1,8,64", help="how many clients make load")
    parser.add_argument("--seconds", type=int, default=5, help="of each load")
    parser.add_argument("--rounds", type=int, default=3, help="of loads; 0 leaves load out")
    options = parser.parse_args()
    chosen = options.engines.split(",")
    if set(chosen) - set(ENGINES) or REFERENCE not in chosen:
        parser.error(f"engines are {', '.join(ENGINES)}, and {REFERENCE} must be among those chosen")
    return options


def start_engine(name: str, releases: Path, deadline_s: float, out: Path, running: ExitStack) -> Engine | None:
    """A started engine, or None where it cannot be had here, which is said."""
    kind, settings, cached = ENGINES[name]
    engine = kind(name, releases, deadline_s, settings, cached=cached)
    running.callback(engine.stop)
    say(f"starting {name} …")
    try:
        engine.start()
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        if name == REFERENCE:
            raise
        tell(out, f"Not measured: {name} ({error}).\n")
        return None
    return engine


if __name__ == "__main__":
    main()
