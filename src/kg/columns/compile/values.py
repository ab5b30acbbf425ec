"""What an expression is computed on: a relation, the terms of its variables, and a layer of columns for each step.

Every macro that reads its argument twice gets a column, never an expression, so that a nested expression grows by its
length and not by its depth.
"""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from .relations import TERM, Column, Context, Relation
from .terms import IRI, LITERAL, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["UNBOUND", "Frame", "Value"]

Kind = Literal["lookup", "term", "num", "text", "iri", "bool", "constant", "unbound"]


class Value(NamedTuple):
    """An expression's value.

    Args:
        kind: what ``sql`` gives: "lookup", the prefix of the columns of a term of the dictionary; "term", a term;
            "num", a number; "text", a plain string; "iri", an IRI's text; "bool"; NULL stands for an error.
        sql: a column or a parameter, but for "bool", "text" and "iri", which may be any expression.
        level: the layer that the columns in ``sql`` stand in.
        term: the term of a "constant".
    """

    kind: Kind
    sql: str
    level: int = 0
    term: Term | None = None


UNBOUND: Final = Value("unbound", "NULL")


@dataclass
class Frame:
    """A relation with columns for the steps of expressions over it."""

    context: Context
    relation: Relation
    _lookups: dict[str, str] = field(default_factory=dict)
    _layers: list[dict[str, str]] = field(default_factory=list)

    def variable(self, name: str) -> Value:
        """The value of a variable."""
        column = self.relation.columns.get(name)
        if column is None:
            return UNBOUND
        if column.kind == "term":
            return Value("term", self.context.column(name))
        if column.kind == "mark":
            return Value("bool", self.context.column(name))
        if name not in self._lookups:
            self._lookups[name] = self.context.fresh("x")
        return Value("lookup", self._lookups[name])

    def let(self, sql: str, *arguments: Value) -> tuple[str, int]:
        """A column that holds an expression over the given values, and its layer."""
        level = 1 + max((value.level for value in arguments), default=0)
        while len(self._layers) < level:
            self._layers.append({})
        layer = self._layers[level - 1]
        if sql not in layer:
            layer[sql] = self.context.fresh("e")
        return layer[sql], level

    def step(self, kind: Kind, sql: str, *arguments: Value) -> Value:
        """A value that is held in a column of its own."""
        name, level = self.let(sql, *arguments)
        return Value(kind, name, level)

    def atom(self, value: Value) -> Value:
        """The same value as a column or a parameter."""
        return value if value.kind in {"lookup", "constant", "unbound"} else self.step(value.kind, value.sql, value)

    # A value as each of the forms that the macros take; the result is a column or a parameter.

    def term(self, value: Value) -> Value:
        """As a term."""
        if value.kind in {"term", "unbound"}:
            return value
        if value.kind == "lookup":
            return Value("term", f"{value.sql}_t", value.level)
        if value.kind == "constant":
            assert value.term is not None
            return Value("term", self.context.term_sql(value.term), value.level)
        macro = {"num": "num_term", "text": "string", "iri": "iri", "bool": "truth"}[value.kind]
        return self.step("term", f"{macro}({value.sql})", self.atom(value) if value.kind != "num" else value)

    def num(self, value: Value) -> Value:
        """As a number (NULL for what is none)."""
        if value.kind == "num":
            return value
        if value.kind == "lookup":
            return Value("num", f"{value.sql}_n", value.level)
        return self._typed("num", "num_of", value)

    def moment(self, value: Value) -> Value:
        """As a moment; its kind is "num" for want of a better word, and nothing reads it."""
        if value.kind == "lookup":
            return Value("num", f"{value.sql}_m", value.level)
        return self._typed("num", "moment_of", value)

    def _typed(self, kind: Kind, macro: str, value: Value) -> Value:
        if value.kind == "constant":
            assert value.term is not None
            return Value(
                kind, f"{macro}({self.context.text(value.term.datatype)}, {self.context.text(value.term.lexical)})"
            )
        if value.kind == "term":
            return self.step(kind, f"{macro}({value.sql}.d, {value.sql}.v)", value)
        return Value(kind, "NULL")

    def part(self, value: Value, part: str) -> str:
        """One part (k, v, d or l) of a value's term."""
        if value.kind == "lookup":
            return f"{value.sql}_{part}"
        if value.kind == "constant":
            assert value.term is not None
            texts = dict(zip("vdl", value.term[1:], strict=True))
            return str(value.term.kind) if part == "k" else self.context.text(texts[part])
        return f"{value.sql}.{part}"

    def constant_kind(self, value: Value) -> int | None:
        """The kind of term that a value is known to be, before anything runs."""
        if value.kind == "constant":
            assert value.term is not None
            return value.term.kind
        return {"num": LITERAL, "text": LITERAL, "bool": LITERAL, "iri": IRI}.get(value.kind)

    # Back to a relation.

    def source(self) -> str:
        """A FROM clause that gives the relation's columns and all steps."""
        source = self._looked_up()
        for layer in self._layers:
            steps = ", ".join(f"{sql} AS {name}" for sql, name in layer.items())
            source = f"(SELECT *, {steps} FROM {source})" if steps else source
        return source

    def _looked_up(self) -> str:
        if not self._lookups:
            return f"({self.relation.sql})"
        items, joins = ["r.*"], f"({self.relation.sql}) AS r"
        for name, alias in self._lookups.items():
            how = "JOIN" if self.relation.columns[name].sure else "LEFT JOIN"
            joins += f" {how} dict AS {alias} ON {alias}.id = r.{self.context.column(name)}"
            typed = f"{alias}v"
            joins += f" LEFT JOIN typed AS {typed} ON {typed}.id = r.{self.context.column(name)}"
            items.append(f"{TERM.format(alias)} AS {alias}_t")
            num = f"{{'t': {typed}.t, 'd': {typed}.d, 'f': {typed}.f}}"
            moment = f"{{'c': {typed}.c, 'us': {typed}.us, 'tz': {typed}.tz}}"
            items.append(f"CASE WHEN {typed}.t IS NOT NULL THEN {num} END AS {alias}_n")
            items.append(f"CASE WHEN {typed}.c IS NOT NULL THEN {moment} END AS {alias}_m")
            items.append(f"{alias}.kind AS {alias}_k, {alias}.lexical AS {alias}_v")
            items.append(f"{alias}.datatype AS {alias}_d, {alias}.language AS {alias}_l")
        return f"(SELECT {', '.join(items)} FROM {joins})"

    def extended(self, values: Mapping[str, Value], *, keep: Iterable[str] | None = None) -> Relation:
        """The relation with some variables more."""
        kept = [n for n in (self.relation.columns if keep is None else keep) if n in self.relation.columns]
        items = {name: self.context.column(name) for name in kept}
        columns = {name: self.relation.columns[name] for name in kept}
        for name, value in values.items():
            items[name], columns[name] = self._held(value)
        return Relation(self.context.select(items, self.source()), columns)

    def _held(self, value: Value) -> tuple[str, Column]:
        if value.kind == "constant":
            assert value.term is not None
            return self.context.constant_id(value.term), Column("id", sure=True)
        for name, alias in self._lookups.items():
            if value == Value("lookup", alias):
                return self.context.column(name), self.relation.columns[name]
        return self.term(value).sql, Column("term", sure=False)

    def filtered(self, condition: str) -> Relation:
        """The rows for which a condition is true."""
        items = {name: self.context.column(name) for name in self.relation.columns}
        return Relation(f"{self.context.select(items, self.source())} WHERE {condition}", self.relation.columns)
