"""Small-query load by wrk, whose one thread sends more than any of these servers answers."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from asking import ACCEPT, Connection, fill, read_queries, target
from processes import cpu_s_of_each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asking import Subjects
    from engines import Engine

__all__ = ["Load", "check_wrk", "run_load", "write_targets"]

SCRIPT = Path(__file__).with_name("load.lua")
FEW, CHECKED = 50, 60


@dataclass(frozen=True, slots=True)
class Load:
    """One run.

    Attributes:
        per_second: answers with a status below 400, each second.
        p50_ms, p99_ms, max_ms: latencies of all answers.
        errors: statuses from 400 on, and broken connections.
        cpu_ms: CPU time of the server's processes for each answer.
        wrk_cores: how much of a core wrk took; near 1 it was the bottleneck itself.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    errors: int
    cpu_ms: float
    wrk_cores: float


def check_wrk() -> None:
    """See that wrk is there.

    Raises:
        SystemExit: it is not.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing, with which load is made. Install it: apt-get install wrk")


def write_targets(folder: Path, engine: Engine, subjects: Subjects) -> Path:
    """One lookup a line, the three in turn: about few subjects where the engine has a cache, about all others else."""
    count = FEW if engine.cached else len(subjects.persons)
    lookups = [query for query in read_queries() if query.kind == "lookup"]
    path = urlsplit(engine.url).path
    lines = [
        target(path, fill(query, subjects, n * 31), engine.default_graph) for n in range(count) for query in lookups
    ]
    file = folder / f"targets-{engine.name}.txt"
    file.write_text("\n".join(lines) + "\n")
    return file


def check_answers(engine: Engine, subjects: Subjects, deadline_s: float) -> None:
    """Ask some of what the load will ask, and see that each answer is a 200 with rows.

    Raises:
        RuntimeError: one is not.
    """
    connection = Connection(engine.url, deadline_s=deadline_s, default_graph=engine.default_graph)
    for query in (query for query in read_queries() if query.kind == "lookup"):
        for number in range(0, CHECKED * 31, 31):
            outcome = connection.ask(fill(query, subjects, number))
            if outcome.status != 200 or not json.loads(outcome.body)["results"]["bindings"]:
                raise RuntimeError(f"{engine.name} answers {query.name} with {outcome.status}, or without a row")
    connection.close()


def run_load(engine: Engine, targets: Path, *, clients: int, seconds: int, start: int = 0) -> Load:
    """Load an engine from ``clients`` kept-alive connections for some seconds.

    Args:
        engine: a started one.
        targets: from ``write_targets``.
        clients: connections, each with one request at a time.
        seconds: how long.
        start: with which line of ``targets`` to begin.

    Raises:
        RuntimeError, TimeoutExpired: wrk failed, or did not end in time.
    """
    parts = urlsplit(engine.url)
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s", "-s", SCRIPT]
    url = f"http://{parts.netloc}/"
    before, own_before = cpu_s_of_each(engine.pid), _children_cpu_s()
    ran = subprocess.run(
        [*command, url, "--", targets, str(start), ACCEPT],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    # A worker that was replaced meanwhile counts as nothing; with all that it had taken, the difference was below zero.
    spent_s = sum(now - before.get(process, 0.0) for process, now in cpu_s_of_each(engine.pid).items())
    if ran.returncode != 0:
        raise RuntimeError(f"wrk failed: {ran.stderr or ran.stdout}")
    return _load(json.loads(_last(ran.stdout.splitlines())), spent_s, _children_cpu_s() - own_before)


def _children_cpu_s() -> float:
    """Of the processes that were started here and have ended: between two looks at it, wrk alone."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _last(lines: Iterable[str]) -> str:
    return [line for line in lines if line.startswith("{")][-1]


def _load(said: dict[str, float], spent_s: float, wrk_s: float) -> Load:
    answered = max(1, int(said["requests"]))
    errors = int(said["status"] + said["broken"])
    # An engine that answers nothing but errors has served nobody.
    per_second = max(0.0, (said["requests"] - said["status"]) / said["seconds"])
    cpu_ms, wrk_cores = 1000 * spent_s / answered, wrk_s / said["seconds"]
    return Load(per_second, said["p50_ms"], said["p99_ms"], said["max_ms"], errors, cpu_ms, wrk_cores)
