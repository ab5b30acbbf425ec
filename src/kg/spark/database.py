"""As much of DuckDB's connection as validation asks of one, on Spark: its statements become views of a session.

So compiled shapes run here with the very statements that prepare them, fill them in and gather their results.
"""

# ruff: noqa: S608 - what stands in this SQL are names of our own

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import duckdb
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from sqlglot import exp

from .dialect import compiler_macros, expanded, guarded, macros_in, parsed
from .failures import stopped
from .statements import Statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

__all__ = ["Database"]

_LISTING: Final = re.compile(r"SELECT \w+ FROM duckdb_(table|view)s\(\)")
_DROP: Final = re.compile(r"DROP (?:table|view) (\w+)", re.IGNORECASE)
_SET: Final = re.compile(r"\s*SET VARIABLE (\w+) = (.*)", re.DOTALL)


@dataclass
class Database:
    """Runs DuckDB's statements on the tables of a session; temporary tables are kept by the executors.

    Args:
        session: a session in which ``open_tables`` made the tables.
    """

    session: SparkSession
    _macros: dict[str, Any] = field(default_factory=lambda: dict(compiler_macros()))
    _variables: dict[str, Any] = field(default_factory=dict)
    _relations: dict[str, DataFrame] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)
    _rows: list[tuple[Any, ...]] = field(default_factory=list)
    _given: int = 0
    _statements: Statements = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the macros that a database of columns has."""
        self._statements = Statements(self.session, self._macros)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Database:
        """Run statements; the rows of the last one are there to be fetched.

        Raises:
            QueryUnsupportedError: a statement uses what has no exact like on Spark, or values that it cannot compute.
            KgError: Spark failed.
        """
        for statement in duckdb.extract_statements(sql):
            try:
                self._rows = self._run(_bare(statement.query), parameters)
            except (PySparkException, Py4JError) as error:
                raise stopped(error) from error
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows of the last statement."""
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        """The first of them."""
        return self._rows[0] if self._rows else None

    def _run(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        if (listing := _LISTING.match(sql)) is not None:
            return [(name,) for name, kind in self._kinds.items() if kind == listing[1]]
        if (macros := macros_in(sql)) or "DROP MACRO" in sql:
            self._macros.update(macros)
            return []
        if (drop := _DROP.fullmatch(sql)) is not None:
            self._forget(drop[1])
            return []
        if (variable := _SET.match(sql)) is not None:
            row = duckdb.execute(f"SELECT {variable[2]}", parameters).fetchone()
            self._variables[variable[1]] = None if row is None else row[0]
            return []
        return self._run_tree(parsed(sql), {f"p{i}": value for i, value in enumerate(parameters, start=1)})

    def _run_tree(self, tree: exp.Expression, named: dict[str, Any]) -> list[tuple[Any, ...]]:
        if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema):
            self._keep(tree.this.this.name, self._empty(tree.this), "table")
        elif isinstance(tree, exp.Create):
            kind = str(tree.args["kind"]).lower()
            is_numbered = tree.find(exp.RowNumber) is not None
            frame = self._frame(tree.expression, named)
            kept = self._statements.kept(frame, is_numbered=is_numbered) if kind == "table" else frame
            self._keep(tree.this.name, kept, kind)
        elif isinstance(tree, exp.Insert):
            self._insert(tree, named)
        else:
            return [tuple(map(_plain, row)) for row in self._frame(tree, named).collect()]
        return []

    # --- Relations ---------------------------------------------------------------------------------------------------

    def _keep(self, name: str, frame: DataFrame, kind: str) -> None:
        frame.createOrReplaceTempView(name)
        self._relations[name], self._kinds[name] = frame, kind

    def _insert(self, tree: exp.Insert, named: dict[str, Any]) -> None:
        """Add what a SELECT finds. What else it kept is given up: Spark compares each later plan with all of that."""
        own = Statements(self.session, self._macros)
        found = self._frame(tree.expression, named, own).localCheckpoint()
        own.forget()
        if not found.isEmpty():
            name = tree.this.name
            table = self._relations[name]
            columns = [f"CAST({c.name} AS {c.dataType.simpleString()}) AS {c.name}" for c in table.schema.fields]
            self._keep(name, table.union(found.toDF(*table.columns).selectExpr(*columns)), "table")

    def _forget(self, name: str) -> None:
        self.session.catalog.dropTempView(name)
        self._relations.pop(name, None)
        self._kinds.pop(name, None)
        if "table" not in self._kinds.values():
            self._statements.forget()

    def _empty(self, schema: exp.Schema) -> DataFrame:
        columns = [exp.alias_(exp.cast(exp.null(), c.args["kind"]), c.name) for c in schema.expressions]
        return self._frame(exp.select(*columns).where(exp.false()), {})

    def _frame(self, tree: exp.Expression, named: dict[str, Any], own: Statements | None = None) -> DataFrame:
        tree = exp.paren(tree, copy=False)
        for select in reversed(list(tree.find_all(exp.Select))):
            if _is_list(select):
                select.replace(self._uploaded(select, named))
        for call in list(tree.find_all(exp.Anonymous)):
            if call.name.lower() == "getvariable":
                call.replace(exp.convert(self._variables[call.expressions[0].name]))
        given = {name: value for name, value in named.items() if not isinstance(value, list)}
        return (own or self._statements).frame_of(expanded(guarded(tree).this, self._macros), given)

    def _uploaded(self, select: exp.Select, named: Mapping[str, Any]) -> exp.Expression:
        """A SELECT of nothing but lists that were given, worked out here: its rows as part of the statement."""
        used = {place.name for place in select.find_all(exp.Placeholder)}
        found = duckdb.execute(select.sql(dialect="duckdb"), {name: named[name] for name in used})
        # Quoted: a column without a name of its own is called as it is computed.
        columns = [(f"`{name}`", str(kind)) for name, kind, *_ in found.description or ()]
        rows = found.fetchall()
        name = f"kg_given_{self._given}"
        self._given += 1
        empty = ", ".join(f"CAST(NULL AS {_KINDS[kind]}) AS {column}" for column, kind in columns)
        if rows:
            values = exp.values([tuple(row) for row in rows]).sql(dialect="spark")
            casts = ", ".join(f"CAST(col{i} AS {_KINDS[kind]}) AS {c}" for i, (c, kind) in enumerate(columns, start=1))
            frame = self.session.sql(f"SELECT {casts} FROM {values}")
        else:
            frame = self.session.sql(f"SELECT {empty} WHERE false")
        self._keep(name, frame, "view")
        return exp.select("*").from_(name)


_KINDS: Final = {"INTEGER": "INT", "BIGINT": "BIGINT", "TINYINT": "TINYINT", "VARCHAR": "STRING", "BOOLEAN": "BOOLEAN"}


def _bare(sql: str) -> str:
    """A statement without the lines of comments around it, and without its end."""
    return re.sub(r"(?m)^\s*--.*$", "", sql).strip().rstrip(";")


def _is_list(select: exp.Select) -> bool:
    """Whether it gives the members of lists that are parameters."""
    unnests = list(select.find_all(exp.Unnest, exp.Explode))
    return bool(unnests) and select.find(exp.Table) is None and select.find(exp.Placeholder) is not None


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    return value.asDict() if hasattr(value, "asDict") else value
