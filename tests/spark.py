"""A cluster of Spark on this machine for tests: two executors, each a process of its own."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

MASTER = "local-cluster[2,1,1024]"
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
    "spark.ui.enabled": "false",
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
        session.sparkContext.setLogLevel("OFF")
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
