"""How queries and validation on Spark grow with the data: two executors on this machine, beside one DuckDB.

    python bench/spark.py [--quads 1000000] [--times 1,10] [--queries 12-flows-by-month,…] [--every 1] [--no-validation]

Each size is asked the same queries, once to warm up and once to measure, and its default graph is held against the
shapes of a release, once, with faults in it: one triple in 500 is gone, and one has its subject for an object. Each is
compared with DuckDB's. What takes longer than ``--deadline`` is ended, with its cluster; the rest goes on in another.
The table in bench/out/spark.md is written anew after each. Wants the extra "spark", and Java.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import duckdb
from asking import fill, read_queries, read_subjects
from datasets import OUT, multiplied_release, quads_of, release_of, with_columns
from figures import conditions, growth, say, table
from processes import cpu_s, highest

from kg.columns.compile import Solutions, compile, open_release_columns, run_compiled  # noqa: A004
from kg.spark import Database, open_tables, spark_session
from kg.spark import run_compiled as run_on_spark
from kg.validation import Columns, Stage, load_shapes
from kg.validation import compile as compile_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from pyspark.sql import SparkSession

QUERIES = "09-held-not-exists,12-flows-by-month,14-distinct-people,15-claims-by-source"
VALIDATION = "validation"
START = "a session and its first answer"
END_S = 60
ONE_IN = 500
MEMORY_MB = 2048
FAULTY = f"""
    CREATE TABLE faulty AS SELECT DISTINCT s, p, CASE WHEN hit = 2 THEN s ELSE o END AS o, g
    FROM (SELECT *, CASE WHEN g = 0 THEN (s::BIGINT * 31 + p * 17 + o * 7) % {ONE_IN} END AS hit FROM quad)
    WHERE hit IS DISTINCT FROM 1 ORDER BY g <> 0, p, s, o, g;
    DROP TABLE quad;
    ALTER TABLE faulty RENAME TO quad;
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One question at one size, or the start of a cluster (``START``).

    Attributes:
        name: of the question.
        quads: the size.
        duckdb_s: seconds in DuckDB.
        spark_s: seconds on Spark.
        spark_cpu_s: CPU seconds of the driver, the executors, and the process that asks.
        rows: how many solutions, or results of validation; None where nothing was asked.
        peak_mib: the most memory (PSS) that those processes took by then, together.
        failure: why there are no figures.
    """

    name: str
    quads: int
    duckdb_s: float | None = None
    spark_s: float | None = None
    spark_cpu_s: float | None = None
    rows: int | None = None
    peak_mib: float | None = None
    failure: str | None = None


def faulty_columns(releases: Path) -> Path:
    """The columns of the current release with faults in its default graph, written beside it once."""
    target = releases.parent / "columns-faulty"
    if not target.is_dir():
        say(f"Writing {target} …")
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(releases / "current" / "columns", partial)
        settings = {"memory_limit": f"{MEMORY_MB}MB", "threads": 2, "temp_directory": str(partial / "tmp")}
        with duckdb.connect(partial / "columns.duckdb", config=settings) as db:
            db.execute(FAULTY)
            db.execute(f"COPY quad TO '{partial / 'quad.parquet'}'")
        partial.rename(target)
    return target


def spent(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What work gives, and its seconds and CPU seconds: of this process and of all that it started."""
    began, cpu = time.perf_counter(), cpu_s(os.getpid())
    found = work()
    return found, time.perf_counter() - began, cpu_s(os.getpid()) - cpu


def compared(name: str, quads: int, here: Callable[[], Any], there: Callable[[], Any]) -> Run:
    """The same question to DuckDB and to Spark."""
    expected, duckdb_s, _ = spent(here)
    found, spark_s, cpu = spent(there)
    rows, others = told(expected), told(found)
    failure = None if rows == others else "another answer than DuckDB's"
    return Run(name, quads, duckdb_s, spark_s, cpu, rows.total(), failure=failure)


def told(answer: Any) -> Counter[Any]:  # noqa: ANN401 - solutions or a report
    """What an answer or a report says, in no order."""
    return Counter(answer.rows if isinstance(answer, Solutions) else answer.results)


def ask(session: SparkSession, releases: Path, name: str) -> Run:
    """One of the queries, here and there, the second time that each is asked it."""
    columns, subjects = releases / "current" / "columns", read_subjects(releases)
    open_tables(session, columns.resolve().as_uri())
    compiled = compile(fill(next(query for query in read_queries() if query.name == name), subjects, 0))
    with open_release_columns(columns, memory_mb=MEMORY_MB, threads=2) as db:
        run_compiled(db, compiled)
        run_on_spark(session, compiled)
        return compared(
            name,
            quads_of(releases),
            lambda: run_compiled(db, compiled),
            lambda: run_on_spark(session, compiled),
        )


def check(session: SparkSession, releases: Path, every: int) -> Run:
    """One in so many shapes of a release over its default graph with faults in it, here and there, once."""
    columns, shapes = faulty_columns(releases), compile_shapes(load_shapes(Stage.RELEASE))
    chosen = sorted(shapes.coverage().compiled)[::every]
    open_tables(session, columns.resolve().as_uri())
    with open_release_columns(columns, memory_mb=MEMORY_MB, threads=2) as db:
        return compared(
            VALIDATION,
            quads_of(releases),
            lambda: shapes.validate(Columns.of_release(db), shapes=chosen),
            lambda: shapes.validate(Columns.of_release(Database(session)), shapes=chosen),
        )


# --- One cluster for each size, and another one after a question that it does not answer in time ----------------------


def serve(sender: Connection, releases: Path, names: Sequence[str], options: argparse.Namespace) -> None:
    """Start a cluster and send what each question took; the process that calls this leads a group of its own."""
    os.setsid()
    quads = quads_of(releases)
    with ExitStack() as running:
        # Looked at more often, so much memory takes time that would count as Spark's.
        seen = running.enter_context(highest(os.getpid(), every_s=2))
        began, cpu = time.perf_counter(), cpu_s(os.getpid())
        cluster = spark_session(f"local-cluster[2,1,{options.memory}]", settings=settings(options.memory))
        session = running.enter_context(cluster)
        session.range(1).collect()
        took = time.perf_counter() - began
        sender.send(Run(START, quads, None, took, cpu_s(os.getpid()) - cpu))
        for name in names:
            run = check(session, releases, options.every) if name == VALIDATION else ask(session, releases, name)
            sender.send(replace(run, peak_mib=max(usage.pss_mib for usage in seen)))


def served(releases: Path, names: Sequence[str], options: argparse.Namespace) -> Iterator[Run]:
    """What each question took at one size; what does not end in time, or ends its cluster, has a failure instead."""
    left = [*names]
    while left:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(target=serve, args=(sender, releases, left, options))
        process.start()
        sender.close()
        for name in [START, *left]:
            run = received(receiver, options.deadline) or f"over {options.deadline:.0f} s"
            yield Run(name, quads_of(releases), failure=run) if isinstance(run, str) else run
            if isinstance(run, str):
                break
        process.join(0 if isinstance(run, str) else END_S)
        end_group(process)
        # A cluster that did not start is not tried again.
        left = [] if name == START else left[left.index(name) + 1 :]


def received(receiver: Connection, deadline_s: float) -> Run | str | None:
    """What comes next; None if nothing comes in time, and a text if nothing will."""
    try:
        return receiver.recv() if receiver.poll(deadline_s) else None
    except EOFError:
        return "failed; what it said stands above"


def end_group(process: multiprocessing.process.BaseProcess) -> None:
    """End a process, and with it the driver and the executors that it started."""
    assert process.pid is not None
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


# --- The report -------------------------------------------------------------------------------------------------------


def report(runs: Sequence[Run]) -> str:
    """Each question a row, each size four columns; last, what ten times the data take on Spark."""
    sizes = sorted({run.quads for run in runs})
    kinds = ("Spark s", "Spark CPU s", "DuckDB s", "rows")
    heads = [f"{quads / 1e6:.1f} M: {kind}" for quads in sizes for kind in kinds]
    rows = []
    for name in dict.fromkeys(run.name for run in runs):
        by_size = {run.quads: run for run in runs if run.name == name}
        figures = [figure for quads in sizes for figure in cells(by_size.get(quads))]
        whole = [run for run in by_size.values() if run.failure is None and run.name != START]
        ends = [(run.quads, run.spark_cpu_s or 0.0) for run in (whole[0], whole[-1])] if len(whole) > 1 else []
        rows.append([name, *figures, growth(*ends) if ends else None])
    return table(["question", *heads, "× CPU for ten times"], rows)


def cells(run: Run | None) -> Sequence[object]:
    """Four cells of the table."""
    if run is None or run.failure is not None:
        return run and run.failure, None, None, None
    return run.spark_s, run.spark_cpu_s, run.duckdb_s, run.rows


def written(runs: Sequence[Run], options: argparse.Namespace, before: str) -> str:
    """The report as a text, which stands in bench/out/spark.md too."""
    peaks = {run.quads: run.peak_mib for run in runs if run.peak_mib}
    peak = ", ".join(f"{peak:,.0f} MiB at {quads / 1e6:.1f} M" for quads, peak in peaks.items()) or "not known"
    one_in = "All shapes" if options.every == 1 else f"One shape in {options.every}"
    text = (
        f"{before}\n\n{report(runs)}\nSpark {version('pyspark')}, two executors of one core; where there are figures, "
        f"the answers were DuckDB's. {one_in} of a release, over data with faults. CPU is that of the driver, the "
        f"executors and the process that asks; their memory together, at most: {peak}.\n"
    )
    (OUT / "spark.md").write_text(text)
    return text


def main() -> int:
    """Measure, write and print; 1 where a question has no figures."""
    options = _options()
    before = conditions("bench/spark.py " + " ".join(sys.argv[1:]))
    built = release_of(options.quads)
    sizes = [with_columns(multiplied_release(built, n) if n > 1 else built) for n in map(int, options.times.split(","))]
    names = [name for name in options.queries.split(",") if name]
    if not options.no_validation:
        names.append(VALIDATION)
        for releases in sizes:
            faulty_columns(releases)
    runs: list[Run] = []
    for releases in sizes:
        for run in served(releases, names, options):
            runs.append(run)
            say(str(run))
            written(runs, options, before)
    print(written(runs, options, before))
    return int(any(run.failure for run in runs))


def settings(memory_mb: int) -> dict[str, str]:
    """Two executors that leave the workers some memory of their own, and as many parts as there are cores."""
    return {
        "spark.driver.memory": f"{memory_mb}m",
        "spark.executor.memory": f"{memory_mb}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quads", type=int, default=1_000_000, help="size of the release that is built")
    parser.add_argument("--times", default="1,10", help="how often its dump is multiplied: each a size, with commas")
    parser.add_argument("--queries", default=QUERIES, help="which, with commas")
    parser.add_argument("--every", type=int, default=1, help="hold the data against one shape in so many; 1 for all")
    parser.add_argument("--memory", type=int, default=1536, help="MiB of the driver and of each executor")
    parser.add_argument("--no-validation", action="store_true", help="ask the queries only")
    parser.add_argument("--deadline", type=float, default=420, help="seconds that a question may take, warming up too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
