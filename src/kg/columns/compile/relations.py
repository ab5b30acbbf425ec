"""Multisets of solutions as SQL: a relation has one column a variable, NULL where the variable is unbound.

A column holds ids of the dictionary as long as nothing is computed, and terms (STRUCT(k, v, d, l)) where something was.
What a query says goes into parameters only: SQL holds nothing but names and numbers of our own.
"""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdflib import URIRef

    from .arrangement import Arrangement, Ids
    from .terms import Term

__all__ = [
    "DEFAULT",
    "DICTIONARY",
    "GRAPH",
    "HELD",
    "TERM",
    "TYPED",
    "Column",
    "Context",
    "Relation",
    "Scope",
    "visible",
]

# A column that no query can name: the graph that GRAPH ?g stands at. All names of ours begin with a NUL.
GRAPH: Final = "\0graph"
# The id of the default graph.
DEFAULT: Final = "0"
# The dictionary and its values, with what only the query names (``statement``).
DICTIONARY: Final = "dict"
TYPED: Final = "typed"
TERM: Final = (
    "CASE WHEN {0}.id IS NOT NULL THEN {{'k': {0}.kind, 'v': {0}.lexical, 'd': {0}.datatype, 'l': {0}.language}} END"
)
# What is held as SQL has it, and as the term that it stands for.
HELD: Final = {"num": "num_term({0})", "int": "whole_term({0})", "text": "string({0})"}


class Column(NamedTuple):
    """A variable of a relation.

    Args:
        kind: how it is held: "id", "term", "num" (a number), "int" (an integer of SQL), "text" (a plain string), or
            "mark", the answer to an EXISTS.
        sure: whether it is always bound.
        terms: all that it can be, where the query says so.
        ids: those that it can be, where the data say so.
    """

    kind: Literal["id", "term", "num", "int", "text", "mark"]
    sure: bool
    terms: tuple[Term, ...] = ()
    ids: Ids | None = None


@dataclass(frozen=True)
class Relation:
    """A SELECT statement that gives one column for each variable, named by ``Context.column``."""

    sql: str
    columns: Mapping[str, Column]


@dataclass(frozen=True)
class Scope:
    """Where a pattern is evaluated.

    Args:
        graph: SQL for the id of the active graph; None inside GRAPH ?g, where the column ``GRAPH`` holds it.
        seed: the solutions outside of an EXISTS, which stand in the place of its variables (§18.6, substitute).
    """

    graph: str | None = DEFAULT
    seed: Relation | None = None


@dataclass
class Context:
    """What one compilation collects: parameters, names, and common table expressions.

    Args:
        positions: whether there is a table ``position`` (``position.sql``).
        arrangement: of the database that the query is compiled for; None if it is not for one alone.
        has_subjects: whether the table ``subject`` is about the query's default graph.
    """

    parameters: list[Term | str] = field(default_factory=list)
    constants: list[Term] = field(default_factory=list)
    ctes: list[str] = field(default_factory=list)
    quads: str = "quad"
    graphs: str = "graph"
    positions: bool = False
    arrangement: Arrangement | None = None
    has_subjects: bool = True
    _columns: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    @property
    def properties(self) -> Mapping[URIRef, str]:
        """The properties that the table ``subject`` has a column of, and its name."""
        return self.arrangement.properties if self.arrangement and self.has_subjects else {}

    def fresh(self, prefix: str) -> str:
        """A name that is used nowhere else in the statement."""
        self._count += 1
        return f"{prefix}{self._count}"

    def column(self, variable: str) -> str:
        """The name of a variable's column."""
        return self._columns.setdefault(variable, f"v{len(self._columns)}")

    def text(self, value: str) -> str:
        """A parameter that holds a text."""
        return self._parameter(value) if value else "''"

    def term_id(self, term: Term) -> str:
        """A parameter that holds the id of a term; a term that the dictionary lacks has a negative one."""
        return self._parameter(term)

    def constant_id(self, term: Term) -> str:
        """The same for a term that may appear in the answer even if the dictionary lacks it."""
        if term not in self.constants:
            self.constants.append(term)
            for text in term[1:]:
                self.text(text)
        return self._parameter(term)

    def term_sql(self, term: Term) -> str:
        """A term as a struct."""
        parts = [self.text(part) for part in term[1:]]
        return f"{{'k': {term.kind}::TINYINT, 'v': {parts[0]}, 'd': {parts[1]}, 'l': {parts[2]}}}"

    def _parameter(self, value: Term | str) -> str:
        # A Term is a tuple and never equal to a text.
        if value not in self.parameters:
            self.parameters.append(value)
        return f"${self.parameters.index(value) + 1}"

    # The operators of SPARQL's algebra (§18.5).

    def select(self, items: Mapping[str, str], source: str) -> str:
        """SELECT the given expressions, each as the column of its variable."""
        listed = ", ".join(f"{sql} AS {self.column(name)}" for name, sql in items.items())
        return f"SELECT {listed or '0 AS nothing'} FROM {source}"

    def pick(self, relation: Relation, names: Iterable[str], *, distinct: bool = False) -> Relation:
        """Some variables of a relation."""
        listed = [name for name in names if name in relation.columns]
        if distinct:
            relation = self.comparable(relation, listed)
        elif listed == list(relation.columns):
            return relation
        kept = {name: relation.columns[name] for name in listed}
        sql = self.select({name: f"r.{self.column(name)}" for name in kept}, f"({relation.sql}) AS r")
        return Relation(sql.replace("SELECT", "SELECT DISTINCT", 1) if distinct else sql, kept)

    def comparable(self, relation: Relation, names: Iterable[str]) -> Relation:
        """A relation in which two of the given variables are equal if they are the same term: numbers are not."""
        return self.as_terms(relation, [name for name in names if relation.columns[name].kind == "num"])

    def as_terms(self, relation: Relation, names: Iterable[str]) -> Relation:
        """A relation in which the given variables are held as terms."""
        wanted = [name for name in names if relation.columns[name].kind in {"id", *HELD}]
        if not wanted:
            return relation
        items = {name: f"r.{self.column(name)}" for name in relation.columns}
        joins = f"({relation.sql}) AS r"
        for name in wanted:
            kind = relation.columns[name].kind
            if kind == "id":
                alias = self.fresh("t")
                joins += f" LEFT JOIN {DICTIONARY} AS {alias} ON {alias}.id = r.{self.column(name)}"
                items[name] = TERM.format(alias)
            else:
                items[name] = HELD[kind].format(items[name])
        columns = {n: Column("term", c.sure) if n in wanted else c for n, c in relation.columns.items()}
        return Relation(self.select(items, joins), columns)

    def alike(self, left: Relation, right: Relation) -> tuple[Relation, Relation]:
        """Two relations that hold their shared variables in the same way, in which they can be compared."""
        shared = {n: {left.columns[n].kind, right.columns[n].kind} for n in left.columns if n in right.columns}
        unlike = [name for name, kinds in shared.items() if len(kinds) > 1 or "num" in kinds]
        return self.as_terms(left, unlike), self.as_terms(right, unlike)

    def compatible(self, left: Relation, right: Relation) -> str:
        """The condition under which solutions ``a`` and ``b`` are compatible."""
        conditions = []
        for name in left.columns:
            if name in right.columns:
                column = self.column(name)
                parts = [f"a.{column} = b.{column}"]
                parts += [
                    f"{side}.{column} IS NULL" for side, r in (("a", left), ("b", right)) if not r.columns[name].sure
                ]
                conditions.append(f"({' OR '.join(parts)})")
        return " AND ".join(conditions) or "TRUE"

    def join(self, left: Relation, right: Relation) -> Relation:
        """Join(left, right)."""
        return self._joined(left, right, "JOIN")

    def left_join(self, left: Relation, right: Relation) -> Relation:
        """LeftJoin(left, right, true)."""
        return self._joined(left, right, "LEFT JOIN")

    def _joined(self, left: Relation, right: Relation, how: str) -> Relation:
        left, right = self.alike(left, right)
        is_inner = how == "JOIN"
        columns, items = dict(left.columns), {name: f"a.{self.column(name)}" for name in left.columns}
        for name, other in right.columns.items():
            column = self.column(name)
            mine = left.columns.get(name)
            if mine is None:
                items[name], columns[name] = f"b.{column}", other._replace(sure=other.sure and is_inner)
            elif not mine.sure:
                items[name] = f"coalesce(a.{column}, b.{column})"
                columns[name] = Column(other.kind, other.sure and is_inner)
        source = f"({left.sql}) AS a {how} ({right.sql}) AS b ON {self.compatible(left, right)}"
        return Relation(self.select(items, source), columns)

    def semi_join(
        self, left: Relation, right: Relation, condition: str | None = None, *, anti: bool = False
    ) -> Relation:
        """The solutions of the left for which there is (or, ``anti``, is not) a compatible one on the right."""
        items = {name: f"a.{self.column(name)}" for name in left.columns}
        condition = condition or self.compatible(left, right)
        how = "ANTI" if anti else "SEMI"
        return Relation(
            self.select(items, f"({left.sql}) AS a {how} JOIN ({right.sql}) AS b ON {condition}"), left.columns
        )

    def minus(self, left: Relation, right: Relation, *, constant: Iterable[str] = ()) -> Relation:
        """Minus(left, right); the variables in ``constant`` have been substituted and count as no variables."""
        left_alike, right = self.alike(left, right)
        shared = [name for name in left.columns if name in right.columns and name not in {GRAPH, *constant}]
        if not shared:
            return left
        condition = self.compatible(left_alike, right)
        if not any(left.columns[name].sure and right.columns[name].sure for name in shared):
            both = (f"(a.{self.column(n)} IS NOT NULL AND b.{self.column(n)} IS NOT NULL)" for n in shared)
            condition += f" AND ({' OR '.join(both)})"
        return self.semi_join(left_alike, right, condition, anti=True)

    def union(self, left: Relation, right: Relation) -> Relation:
        """Union(left, right)."""
        left, right = self.alike(left, right)
        columns = {}
        for name in {**left.columns, **right.columns}:
            mine, other = left.columns.get(name), right.columns.get(name)
            known = mine or other
            assert known is not None
            columns[name] = Column(known.kind, bool(mine and other and mine.sure and other.sure))
        parts = (self._padded(relation, columns) for relation in (left, right))
        return Relation(" UNION ALL ".join(parts), columns)

    def _padded(self, relation: Relation, columns: Mapping[str, Column]) -> str:
        items = {name: f"r.{self.column(name)}" if name in relation.columns else "NULL" for name in columns}
        return self.select(items, f"({relation.sql}) AS r")

    def numbered(self, relation: Relation) -> tuple[Relation, str]:
        """The relation, computed once, with a number for each of its rows; and the variable that holds the number."""
        name = self.fresh("numbered")
        number = f"\0{name}"
        row = self.column(number)
        listed = [f"r.{self.column(n)}" for n in relation.columns]
        select = f"SELECT {', '.join([*listed, f'row_number() OVER () AS {row}'])} FROM ({relation.sql}) AS r"
        self.ctes.append(f"{name} AS MATERIALIZED ({select})")
        return Relation(f"SELECT * FROM {name}", {**relation.columns, number: Column("id", sure=True)}), number

    def surely(self, relation: Relation, names: Iterable[str]) -> Relation:
        """The same relation, of which is now known that some variables are bound."""
        columns = {n: c._replace(sure=c.sure or n in set(names)) for n, c in relation.columns.items()}
        return replace(relation, columns=columns)


def visible(relation: Relation) -> list[str]:
    """The variables that a query can name, without blank nodes and what is ours."""
    return [name for name in relation.columns if not name.startswith(("\0", "_:"))]
