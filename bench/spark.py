"""How queries and validation on Spark grow with the data: two executors on this machine, beside one DuckDB.

    python bench/spark.py [--quads 1000000] [--times 1,3,10] [--queries 12-flows-by-month,…] [--every 4]

Each size is asked the same queries, once to warm up and once to measure, and its default graph is held against one in
four shapes of a release, once, with faults in it: one triple in 500 is gone, and one has its subject for an object. An
answer or a report that is not DuckDB's ends the run. Wants the extra "spark", and Java.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass
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
    from pathlib import Path

    from pyspark.sql import SparkSession

QUERIES = "09-held-not-exists,12-flows-by-month,14-distinct-people,15-claims-by-source"
VALIDATION = "validation"
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
    """One question at one size: seconds in DuckDB, seconds and CPU seconds on Spark, and how much was found."""

    name: str
    quads: int
    duckdb_s: float
    spark_s: float
    spark_cpu_s: float
    rows: int


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
    """The same question to DuckDB and to Spark.

    Raises:
        SystemExit: the answers differ.
    """
    expected, duckdb_s, _ = spent(here)
    found, *cost = spent(there)
    rows, others = told(expected), told(found)
    if rows != others:
        raise SystemExit(f"{name} has another answer on Spark, at {quads:,} quads")
    say(
        f"{quads:,} quads, {name}: {cost[0]:.1f} s, CPU {cost[1]:.1f} s, DuckDB {duckdb_s:.2f} s, {rows.total():,} rows"
    )
    return Run(name, quads, duckdb_s, *cost, rows.total())


def told(answer: Any) -> Counter[Any]:  # noqa: ANN401 - solutions or a report
    """What an answer or a report says, in no order."""
    return Counter(answer.rows if isinstance(answer, Solutions) else answer.results)


def ask(session: SparkSession, releases: Path, names: Sequence[str]) -> Iterator[Run]:
    """The queries, here and there."""
    columns, subjects = releases / "current" / "columns", read_subjects(releases)
    open_tables(session, columns.resolve().as_uri())
    with open_release_columns(columns, memory_mb=MEMORY_MB, threads=2) as db:
        for query in read_queries():
            if query.name in names:
                compiled = compile(fill(query, subjects, 0))
                run_compiled(db, compiled)
                run_on_spark(session, compiled)
                yield compared(
                    query.name,
                    quads_of(releases),
                    lambda compiled=compiled: run_compiled(db, compiled),
                    lambda compiled=compiled: run_on_spark(session, compiled),
                )


def check(session: SparkSession, releases: Path, every: int) -> Run:
    """One in so many shapes of a release over its default graph with faults in it, here and there."""
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


def measure(session: SparkSession, releases: Path, options: argparse.Namespace) -> Iterator[Run]:
    """Everything at one size."""
    yield from ask(session, releases, options.queries.split(","))
    yield check(session, releases, options.every)


def report(runs: Sequence[Run]) -> str:
    """Each question a row, each size three columns; last, what ten times the data take on Spark."""
    sizes = sorted({run.quads for run in runs})
    heads = [head for quads in sizes for head in (f"{quads / 1e6:.1f} M: Spark s", "CPU s", "DuckDB s")]
    rows = []
    for name in dict.fromkeys(run.name for run in runs):
        of_name = [run for run in runs if run.name == name]
        figures = [figure for run in of_name for figure in (run.spark_s, run.spark_cpu_s, run.duckdb_s)]
        ends = [(run.quads, run.spark_s) for run in (of_name[0], of_name[-1])]
        rows.append([name, *figures, growth(*ends) if len(sizes) > 1 else None])
    return table(["question", *heads, "× for ten times"], rows)


def main() -> None:
    """Measure and print."""
    options = _options()
    runs: list[Run] = []
    built = release_of(options.quads)
    sizes = [with_columns(multiplied_release(built, n) if n > 1 else built) for n in map(int, options.times.split(","))]
    for releases in sizes:
        faulty_columns(releases)
    began = time.perf_counter()
    with spark_session(f"local-cluster[2,1,{options.memory}]", settings=settings(options.memory)) as session:
        session.range(1).collect()
        started_s = time.perf_counter() - began
        with highest(os.getpid()) as seen:
            for releases in sizes:
                runs += measure(session, releases, options)
    peak = max(usage.pss_mib for usage in seen)
    found = ", ".join(f"{run.rows:,}" for run in runs if run.name == VALIDATION)
    text = (
        f"{conditions('bench/spark.py ' + ' '.join(sys.argv[1:]))}\n\n{report(runs)}\n"
        f"All answers were DuckDB's. Spark {version('pyspark')}: a session and its first answer took {started_s:.0f} "
        f"s; driver, two executors of a core each and this process took at most {peak:,.0f} MiB together. "
        f"One shape in {options.every} was held against the data, with so many results: {found}.\n"
    )
    (OUT / "spark.md").write_text(text)
    print(text)


def settings(memory_mb: int) -> dict[str, str]:
    """Two executors that leave the workers some memory of their own, and as many parts as there are cores."""
    return {
        "spark.driver.memory": f"{memory_mb}m",
        "spark.executor.memory": f"{memory_mb}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "4",
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quads", type=int, default=1_000_000, help="size of the release that is built")
    parser.add_argument("--times", default="1,3,10", help="how often its dump is multiplied: each a size, with commas")
    parser.add_argument("--queries", default=QUERIES, help="which, with commas")
    parser.add_argument("--every", type=int, default=4, help="hold the data against one shape in so many; 1 for all")
    parser.add_argument("--memory", type=int, default=2048, help="MiB of the driver and of each executor")
    return parser.parse_args()


if __name__ == "__main__":
    main()
