"""Before Spark starts, and while it does: what it would try for minutes, or tell of in a page of Java, is told here."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from kg.errors import KgError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark import SparkContext

__all__ = ["await_executors", "check_java", "check_master", "stderr_to", "why_not_started"]

EXECUTORS_S: Final = 60.0
_CONNECT_S: Final = 5.0
_JAVA: Final = 17
_INSTALL: Final = (
    f"Spark needs Java {_JAVA} or later. Install it (Debian: apt-get install openjdk-{_JAVA}-jre-headless), "
    "or set JAVA_HOME."
)
_MASTER: Final = re.compile(
    r"local(\[(\d+|\*)(,\d+)?\])?|local-cluster\[\d+,\d+,\d+\]|yarn|k8s://.+|spark://(?P<hosts>[^/]+:\d+(,[^/]+:\d+)*)"
)


def check_java() -> None:
    """See that there is the Java that Spark's own scripts would take, and that it is new enough.

    Raises:
        KgError: there is none, or it is older.
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if java is None:
        raise KgError(f"There is no Java {f'in JAVA_HOME ({home})' if home else 'on this machine'}. {_INSTALL}")
    # The very one that Spark's scripts start.
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < _JAVA:
        raise KgError(f"{java} is not new enough. {_INSTALL}")


def check_master(master: str) -> None:
    """See that a master can be one, and that one of a standalone cluster answers.

    Raises:
        SettingsError: Spark knows no such masters.
        KgError: nothing listens at its address.
    """
    match = _MASTER.fullmatch(master)
    if match is None:
        raise SettingsError(f"{master} is no master of Spark: spark://host:7077, yarn, k8s://…, local[2].")
    hosts = (match["hosts"] or "").split(",")
    # Spark itself would try for a minute, and then tell of something else.
    if hosts != [""] and not any(map(_listens, hosts)):
        raise KgError(
            f"No master of Spark can be reached at {master}. Is it running, and is this the address that it tells "
            "(the port is 7077 if nobody chose another)?"
        )


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_S).close()
    except (OSError, OverflowError, UnicodeError):
        return False
    return True


@contextmanager
def stderr_to(file: IO[bytes]) -> Iterator[None]:
    """Let what is started in the block write its stderr to a file: Java keeps it for as long as it runs."""
    sys.stderr.flush()
    kept = os.dup(2)
    os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def why_not_started(log: Path) -> str:
    """The reason that Spark gives in its log, if there is one."""
    found = re.search(r'^Exception in thread "main" [\w.$]+: (.+)$', log.read_text("utf-8", "replace"), re.MULTILINE)
    return found[1] if found else ""


def await_executors(context: SparkContext) -> None:
    """Wait until a standalone cluster has given the first executor; others give theirs when they have room.

    Raises:
        KgError: none came.
    """
    inside: Any = context
    settings = context.getConf()
    if not context.master.startswith("spark://") or settings.get("spark.dynamicAllocation.enabled") == "true":
        return
    end = time.monotonic() + EXECUTORS_S
    # The driver is one of those that are told.
    while len(inside._jsc.sc().statusTracker().getExecutorInfos()) < 2:  # noqa: PLR2004, SLF001 - Java's own object
        if time.monotonic() > end:
            raise KgError(
                f"{context.master} gave no executor in {EXECUTORS_S:.0f} s. Either no worker has free what is asked "
                "for (spark.executor.memory, spark.executor.cores), or executors cannot reach this machine as "
                f"{settings.get('spark.driver.host')} (spark.driver.host in spark-defaults.conf)."
            )
        time.sleep(0.2)
