"""A Spark session, and the columns of a release as its tables."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pyspark.errors import PySparkException, PySparkRuntimeError
from pyspark.sql import SparkSession

from kg.errors import KgError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["TABLES", "open_tables", "prepare", "spark_session"]

TABLES: Final = ("term", "value", "quad", "graph")
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


@contextmanager
def spark_session(master: str, *, settings: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """A session of Spark that ends with the block.

    Args:
        master: as Spark takes it: ``spark://host:7077``, ``yarn``, ``local-cluster[2,1,1024]``, ``local[2]``.
        settings: further settings of Spark; those of spark-defaults.conf hold as well.

    Raises:
        KgError: no Java was found, or the master cannot be reached.
    """
    builder = SparkSession.builder.appName("habeas").master(master)
    for name, value in {"spark.ui.showConsoleProgress": "false", **(settings or {})}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise KgError("Spark does not start. It needs Java 17 or later: install it, or set JAVA_HOME.") from error
    except PySparkException as error:
        raise KgError(f"Spark does not start with {master}: {error.getCondition() or type(error).__name__}.") from error
    try:
        yield prepare(session)
    finally:
        session.stop()


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
        except PySparkException as error:
            raise KgError(
                f"{columns} holds no columns that Spark can read ({error.getCondition() or type(error).__name__}): "
                f"{table}.parquet is wanted, where every executor finds it under the same name."
            ) from error
