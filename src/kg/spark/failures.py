"""What Spark's failures are to us; their texts may hold data, and are not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyspark.errors import PySparkException

from kg.columns.compile.terms import refuse
from kg.errors import KgError

if TYPE_CHECKING:
    from py4j.protocol import Py4JError

__all__ = ["condition_of", "stopped"]

# What data gives and no statement can foresee: raise_error, and numbers that do not fit in.
_BEYOND: Final = frozenset(
    {"USER_RAISED_EXCEPTION", "ARITHMETIC_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE", "CAST_OVERFLOW"}
)


def condition_of(error: PySparkException | Py4JError) -> str:
    """Spark's own short name for what failed."""
    named = error.getCondition() if isinstance(error, PySparkException) else None
    return named or type(error).__name__


def stopped(error: PySparkException | Py4JError) -> KgError:
    """A failure in the middle of the work: of the values in the data, or of Spark."""
    condition = condition_of(error)
    if condition.split(".")[0] in _BEYOND:
        return refuse("values in the data that cannot be computed with exactly")
    return KgError(f"Spark stopped with {condition}.")
