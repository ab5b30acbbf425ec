"""Compiled queries give on two executors of Spark what they give in DuckDB."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from kg.columns import write_columns
from kg.columns.compile import Solutions, compile, open_columns, run_compiled  # noqa: A004
from kg.errors import KgError, QueryUnsupportedError
from tests.spark import executors, require_spark

require_spark()

from asking import Query, Subjects, fill, read_queries  # noqa: E402 - they need what was asked for above
from domain import write_domain  # noqa: E402

from kg.rdf import parse_trig, to_nquads  # noqa: E402
from kg.spark import open_tables  # noqa: E402
from kg.spark import run_compiled as run_on_spark  # noqa: E402
