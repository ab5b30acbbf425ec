"""A cluster of Spark on this machine for tests: two executors, each a process of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

MASTER = "local-cluster[2,1,1024]"
# Whatever the data, a statement takes Spark a second: all shapes, and all of the W3C's cases, take minutes.
ALL = os.environ.get("SPARK_TESTS") == "all"
# Little data: what is compiled for it, planned anew or spread over many tasks takes longer than the work itself.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SMALL = {
    "spark.driver.extraJavaOptions": _JAVA,
    "spark.executor.extraJavaOptions": _JAVA,
    "spark.default.parallelism": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.memory": "1g",
    "spark.executor.memory": "768m",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def require_spark() -> None:
    """Skip the tests of a module where the extra, or Java, is not there."""
    for package in ("pyspark", "sqlglot"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed: pip install 'habeas-kg[spark]'", allow_module_level=True)
    if shutil.which("java") is None:
        pytest.skip("there is no Java, which Spark runs on", allow_module_level=True)


@contextmanager
def cluster() -> Iterator[Any]:
    """A session of Spark with two executors."""
    from kg.spark import spark_session  # noqa: PLC0415 - it is not there everywhere

    with spark_session(MASTER, settings=SMALL) as session:
        yield session


def executors(application: str) -> list[int]:
    """The processes that are executors of an application."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().split(b"\0")
        except OSError:
            continue
        if application.encode() in words and any(b"CoarseGrainedExecutorBackend" in word for word in words):
            found.append(int(file.parent.name))
    return found


@contextmanager
def standalone(folder: Path, *, workers: int) -> Iterator[str]:
    """A standalone cluster, of a master and workers as Spark's own scripts start them; its address."""
    from pyspark.find_spark_home import _find_spark_home  # noqa: PLC0415 - it is not there everywhere

    start = [Path(_find_spark_home()) / "bin" / "spark-class"]
    here = ["--host", "127.0.0.1", "--webui-port", "0"]
    environment = {
        **os.environ,
        "SPARK_WORKER_DIR": str(folder),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
    }
    with ExitStack() as running:

        def run(kind: str, *arguments: str) -> Path:
            log = folder / f"{kind}-{len(list(folder.iterdir()))}.log"
            command = [*start, f"org.apache.spark.deploy.{kind.lower()}.{kind}", *here, *arguments]
            with log.open("wb") as out:
                process = running.enter_context(subprocess.Popen(command, stdout=out, stderr=out, env=environment))
            running.callback(process.terminate)
            return log

        master = _told(run("Master", "--port", "0"), r"Starting Spark master at (spark://\S+)")
        logs = [run("Worker", "--cores", "1", "--memory", "1g", master) for _ in range(workers)]
        for log in logs:
            _told(log, "Successfully registered with master (.+)")
        yield master


def _told(log: Path, pattern: str) -> str:
    """What a process says in its log, as soon as it does."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if (found := re.search(pattern, log.read_text("utf-8", "replace"))) is not None:
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"{log.name} does not say {pattern}")
