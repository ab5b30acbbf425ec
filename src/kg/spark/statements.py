"""Run statements of the columns on Spark: common table expressions one by one, recursive ones step by step.

Spark has no UNION in a recursive query, and works out anew what a query names twice. So each common table expression
becomes a temporary view of its own, and what DuckDB would keep is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlglot import exp

from kg.columns.compile.terms import refuse

from .dialect import expanded, parsed, spark_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from .dialect import Macro

__all__ = ["Statements"]

# To move a condition below what it reads, Spark writes that out at each place that reads it: where numbers are computed
# from computed numbers it plans for hours. The queries of bench/queries have up to 1,300 nodes; some of
# 10,000 are planned in ten seconds, and others took all its memory.
_LONG: Final = 1500
# From here on the rule that pushes once more, later, is left out too. Without it a condition may see rows that another
# one would have left out, and stop at them: less is answered.
_LONGER: Final = 3200
_TOO_LONG: Final = 11_000
_EXCLUDED: Final = "spark.sql.optimizer.excludedRules"
_RULES: Final = "org.apache.spark.sql.catalyst.optimizer"
_PUSHING: Final = f"{_RULES}.PushDownPredicates"
_PUSHING_AGAIN: Final = f"{_PUSHING},{_RULES}.PushPredicateThroughNonJoin"


@dataclass
class Statements:
    """Runs DuckDB's SQL in a session, with macros of its own."""

    session: SparkSession
    macros: Mapping[str, Macro]
    _views: list[str] = field(default_factory=list)
    _kept: list[DataFrame] = field(default_factory=list)

    def frame(self, sql: str, parameters: Mapping[str, int | str] | None = None) -> DataFrame:
        """The rows that a statement gives; ``parameters`` are what ``$1`` and so on stand for.

        Raises:
            QueryUnsupportedError: it uses what has no exact like on Spark.
        """
        given = dict(parameters or {})
        texts = {name: value for name, value in given.items() if isinstance(value, str)}
        named = {f"p{name}": value for name, value in given.items()}
        tree = expanded(parsed(sql, texts), self.macros)
        nodes = sum(1 for _ in tree.walk())
        if nodes > _TOO_LONG:
            raise refuse("numbers computed from so many computed numbers, on Spark")
        if nodes > _LONG:
            self.session.conf.set(_EXCLUDED, _PUSHING_AGAIN if nodes > _LONGER else _PUSHING)
        return self.frame_of(tree, named)

    def forget(self) -> None:
        """Drop the views that the statements made, and what was kept."""
        self.session.conf.unset(_EXCLUDED)
        for view in self._views:
            self.session.catalog.dropTempView(view)
        for frame in self._kept:
            frame.unpersist()
        self._views.clear()
        self._kept.clear()

    def frame_of(self, tree: exp.Expression, named: Mapping[str, Any]) -> DataFrame:
        """The rows of a tree without macros, whose parameters have names; the tree is used up."""
        while (found := tree.find(exp.With)) is not None:
            owner = found.parent
            assert owner is not None
            owner.set("with_", None)
            for table in found.expressions:
                name = self._define(table, named)
                for below in (owner, *found.expressions):
                    _rename(below, table.alias.lower(), name)
        used = {place.name for place in tree.find_all(exp.Placeholder)}
        return self.session.sql(spark_sql(tree), args={n: v for n, v in named.items() if n in used})

    def _define(self, table: exp.CTE, named: Mapping[str, Any]) -> str:
        """Make a view of a common table expression, and give its name."""
        name = f"kg_{len(self._views)}"
        self._views.append(name)
        columns = table.args["alias"].columns
        if _rename(table.this.copy(), table.alias.lower(), name):
            frame = self._recursive(table, name, named)
        else:
            is_numbered = table.this.find(exp.RowNumber) is not None
            frame = _labelled(self.frame_of(table.this.pop(), named), columns)
            if table.args.get("materialized"):
                frame = self.kept(frame, is_numbered=is_numbered)
        frame.createOrReplaceTempView(name)
        return name

    def _recursive(self, table: exp.CTE, name: str, named: Mapping[str, Any]) -> DataFrame:
        """What ``first UNION step`` reaches: the step is taken from what the last one found new."""
        union, columns = table.this, table.args["alias"].columns
        if not isinstance(union, exp.Union) or not union.args.get("distinct"):
            raise refuse("this recursive query on Spark")
        first, step = union.this.pop(), union.expression.pop()
        if _rename(first, table.alias.lower(), name) or _rename(step, table.alias.lower(), name) != 1:
            raise refuse("this recursive query on Spark")
        found = new = self.kept(_labelled(self.frame_of(first, named), columns).distinct())
        while not new.isEmpty():
            new.createOrReplaceTempView(name)
            new = self.kept(self.frame_of(step.copy(), named).toDF(*found.columns).subtract(found))
            found = self.kept(found.union(new))
        return found

    def kept(self, frame: DataFrame, *, is_numbered: bool = False) -> DataFrame:
        """The same rows, worked out once; such with numbers of ours must never be worked out again."""
        if is_numbered:
            return frame.localCheckpoint()
        self._kept.append(frame.persist())
        return frame


def _labelled(frame: DataFrame, columns: list[exp.Expression]) -> DataFrame:
    return frame.toDF(*(column.name for column in columns)) if columns else frame


def _rename(tree: exp.Expression, old: str, new: str) -> int:
    """Let all that reads a table of the old name read that of the new one, and count it."""
    tables = list(_named(tree, old))
    for table in tables:
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(old)))
        table.set("this", exp.to_identifier(new))
    return len(tables)


def _named(tree: exp.Expression, name: str) -> Iterator[exp.Table]:
    return (table for table in tree.find_all(exp.Table) if table.name.lower() == name)
