"""The same compiled SQL, for queries and for validation, on Spark: the extra ``spark`` of the package, and Java."""

from .database import Database
from .queries import run_compiled
from .session import open_tables, prepare, spark_session

__all__ = ["Database", "open_tables", "prepare", "run_compiled", "spark_session"]
