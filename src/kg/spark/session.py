"""A Spark session, and the columns of a release as its tables."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from kg.columns.compile.store import POSITION
from kg.errors import KgError, QueryError

from .failures import condition_of
from .starting import await_executors, check_java, check_master, stderr_to, why_not_started

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["TABLES", "open_tables", "prepare", "spark_session"]

TABLES: Final = ("term", "value", "quad", "graph")
# Progress is not for a command's stderr, and the page of a driver shows what is asked to whoever can reach it.
_QUIET: Final = {"spark.ui.showConsoleProgress": "false", "spark.ui.enabled": "false"}
# What the statements rest on: errors instead of NULL, decimals that keep their digits, instants in UTC.
_MEANING: Final = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parquet.binaryAsString": "false",
    # Without it, ${…} in a text of a statement is something else.
    "spark.sql.variable.substitute": "false",
}
_PARTS: Final = "spark.sql.shuffle.partitions"


@contextmanager
def spark_session(master: str, *, settings: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """A session of Spark that ends with the block; what Spark has to say goes to a file, which is kept if it fails.

    Args:
        master: as Spark takes it: ``spark://host:7077``, ``yarn``, ``local-cluster[2,1,1024]``, ``local[2]``.
        settings: further settings of Spark; those of spark-defaults.conf hold as well.

    Raises:
        SettingsError: that is no master.
        KgError: no Java was found, or the master cannot be reached, or it gives no executor; the file is named.
    """
    check_master(master)
    check_java()
    with NamedTemporaryFile(prefix="kg-spark-", suffix=".log", delete=False) as file:
        log, is_told = Path(file.name), False
        try:
            with stderr_to(file):
                session = _started(master, {**_QUIET, **(settings or {})}, log)
            try:
                await_executors(session.sparkContext)
                yield prepare(session)
            finally:
                session.stop()
        except QueryError:
            raise
        except KgError as error:
            is_told = True
            raise KgError(f"{error} What Spark itself says stands in {log}.") from error
        finally:
            if not is_told:
                log.unlink()


def _started(master: str, settings: Mapping[str, str], log: Path) -> SparkSession:
    builder = SparkSession.builder.appName("habeas").master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, Py4JError) as error:
        raise KgError(f"Spark does not start with {master}. {why_not_started(log)}".strip()) from error
    if master.startswith("local") and not session.sparkContext.getConf().contains(_PARTS):
        # Spark's own number is 200, whatever the machine: to begin and end so many tasks took most of the time.
        session.conf.set(_PARTS, session.sparkContext.defaultParallelism)
    return session


def prepare(session: SparkSession) -> SparkSession:
    """Give a session the settings that the statements rest on."""
    for name, value in _MEANING.items():
        session.conf.set(name, value)
    return session


def open_tables(session: SparkSession, columns: str) -> None:
    """Make the Parquet files of a release's columns the tables of a session.

    Args:
        session: the session.
        columns: the folder, or the address under which the executors read it (``hdfs://…``, ``s3a://…``).

    Raises:
        KgError: there are none.
    """
    for table in TABLES:
        try:
            session.read.parquet(f"{columns.rstrip('/')}/{table}.parquet").createOrReplaceTempView(table)
        except (PySparkException, Py4JError) as error:
            raise KgError(
                f"{columns} holds no columns that Spark can read ({condition_of(error)}): "
                f"{table}.parquet is wanted, where every executor finds it under the same name."
            ) from error
    session.sql(POSITION.read_text(encoding="utf-8")).createOrReplaceTempView("position")
