"""What an expression is computed on: a relation, the terms of its variables, and a layer of columns for each step.

Every macro that reads its argument twice gets a column, never an expression, so that a nested expression grows by its
length and not by its depth.
"""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from .constants import known
from .relations import DICTIONARY, HELD, TERM, TYPED, Column, Context, Relation
from .terms import IRI, LITERAL, STRING, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .arrangement import Ids

__all__ = ["UNBOUND", "Frame", "Value"]

Kind = Literal["lookup", "term", "num", "int", "text", "iri", "bool", "constant", "unbound"]
# What a frame can read of a term of the dictionary {0}, or of its row of values {0}v, and the columns that hold it.
_OF_TERM: Final = {
    "k": "{0}.kind",
    "v": "{0}.lexical",
    "d": "{0}.datatype",
    "l": "{0}.language",
    "t": TERM,
}
_OF_VALUE: Final = {
    "nt": "{0}v.t",
    "nd": "{0}v.d",
    "nf": "{0}v.f",
    "mc": "{0}v.c",
    "mus": "{0}v.us",
    "mtz": "{0}v.tz",
    "n": "CASE WHEN {0}v.t IS NOT NULL THEN {{'t': {0}v.t, 'd': {0}v.d, 'f': {0}v.f}} END",
    "m": "CASE WHEN {0}v.c IS NOT NULL THEN {{'c': {0}v.c, 'us': {0}v.us, 'tz': {0}v.tz}} END",
}
# Where it stands in an order (position.sql): its own id says so, but for some.
_OF_POSITION: Final = {
    "o": "CASE WHEN {0}p.id IS NULL THEN r.{1} WHEN {0}p.position IS NULL THEN beyond_at(r.{1}) ELSE {0}p.position END"
}
_AS_TERM: Final = {**HELD, "iri": "iri({0})", "bool": "truth({0})"}


class Value(NamedTuple):
    """An expression's value.

    Args:
        kind: what ``sql`` gives: "lookup", the id of a term of the dictionary; "term", a term; "num", a number; "int",
            an integer as SQL has it; "text", a plain string; "iri", an IRI's text; "bool"; NULL stands for an error.
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
    """A relation with columns for the steps of expressions over it.

    Args:
        context: of the query.
        relation: what the steps start from.
        required: the columns of ids of which only rows are wanted that are a number or a moment.
    """

    context: Context
    relation: Relation
    required: set[str] = field(default_factory=set)
    _read: dict[str, dict[str, None]] = field(default_factory=dict)
    _layers: list[dict[str, str]] = field(default_factory=list)

    def variable(self, name: str) -> Value:
        """The value of a variable."""
        column = self.relation.columns.get(name)
        if column is None:
            return UNBOUND
        kinds: dict[str, Kind] = {"id": "lookup", "mark": "bool", "term": "term", "num": "num", "int": "int"}
        return Value(kinds.get(column.kind, "text"), self.context.column(name))

    def looked_up(self, value: Value, what: str) -> str:
        """The column for a part of ``_OF_TERM``, ``_OF_VALUE`` or ``_OF_POSITION``, read if somebody asks."""
        self._read.setdefault(value.sql, {})[what] = None
        return f"x{value.sql}_{what}"

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
        is_atom = value.kind in {"lookup", "constant", "unbound"} or value.sql.isidentifier()
        return value if is_atom or value.sql.removeprefix("$").isdigit() else self.step(value.kind, value.sql, value)

    # A value as each of the forms that the macros take; the result is a column or a parameter.

    def term(self, value: Value) -> Value:
        """As a term."""
        if value.kind in {"term", "unbound"}:
            return value
        if value.kind == "lookup":
            return Value("term", self.looked_up(value, "t"), value.level)
        if value.kind == "constant":
            assert value.term is not None
            return Value("term", self.context.term_sql(value.term), value.level)
        value = self.atom(value)
        return self.step("term", _AS_TERM[value.kind].format(value.sql), value)

    def num(self, value: Value) -> Value:
        """As a number (NULL for what is none)."""
        if value.kind == "num":
            return self.atom(value)
        if value.kind == "int":
            value = self.atom(value)
            return self.step("num", f"whole({value.sql})", value)
        if value.kind == "lookup":
            return Value("num", self.looked_up(value, "n"), value.level)
        if value.kind == "constant":
            assert value.term is not None
            t, d, f = known(value.term).number()
            return Value("num", "NULL" if known(value.term).t is None else f"{{'t': {t}, 'd': {d}, 'f': {f}}}")
        return self._typed("num_of", value)

    def moment(self, value: Value) -> Value:
        """As a moment; its kind is "num" for want of a better word, and nothing reads it."""
        if value.kind == "lookup":
            return Value("num", self.looked_up(value, "m"), value.level)
        if value.kind == "constant":
            assert value.term is not None
            c, us, tz = known(value.term).moment()
            return Value("num", "NULL" if known(value.term).c is None else f"{{'c': {c}, 'us': {us}, 'tz': {tz}}}")
        return self._typed("moment_of", value)

    def _typed(self, macro: str, value: Value) -> Value:
        if value.kind == "term":
            return self.step("num", f"{macro}({value.sql}.d, {value.sql}.v)", value)
        return Value("num", "NULL")

    def number(self, value: Value) -> tuple[str, str, str, int]:
        """The three parts of a number, and their layer."""
        if value.kind == "lookup":
            return (*(self.looked_up(value, f"n{part}") for part in "tdf"), value.level)  # type: ignore[return-value] # three
        if value.term is not None:
            return (*known(value.term).number(), 0)
        if value.kind == "int":
            value = self.atom(value)
            t = f"CASE WHEN {value.sql} IS NOT NULL THEN 1 END"
            return t, f"{value.sql}::DECIMAL(38, 18)", f"{value.sql}::DOUBLE", value.level
        num = self.num(value)
        return f"{num.sql}.t", f"{num.sql}.d", f"{num.sql}.f", num.level

    def instant(self, value: Value) -> tuple[str, str, str, int]:
        """The three parts of a moment, and their layer."""
        if value.kind == "lookup":
            return (*(self.looked_up(value, f"m{part}") for part in ("c", "us", "tz")), value.level)  # type: ignore[return-value] # three
        if value.term is not None:
            return (*known(value.term).moment(), 0)
        moment = self.moment(value)
        if moment.sql == "NULL":
            return "NULL", "NULL", "NULL", 0
        return f"{moment.sql}.c", f"{moment.sql}.us", f"{moment.sql}.tz", moment.level

    def part(self, value: Value, part: str) -> str:
        """One part (k, v, d or l) of a value's term."""
        if value.kind == "lookup":
            return self.looked_up(value, part)
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
        return {"num": LITERAL, "int": LITERAL, "text": LITERAL, "bool": LITERAL, "iri": IRI}.get(value.kind)

    def family(self, value: Value) -> str | None:
        """What "<" compares a value with ("number", "string", "date" or "dateTime"), if that is known by now."""
        if value.kind in {"num", "int"}:
            return "number"
        if value.kind == "text":
            return "string"
        families = {"string" if t.datatype == STRING else known(t).family for t in self.constants(value)}
        return families.pop() if len(families) == 1 else None

    def _data(self, value: Value) -> tuple[Term, ...]:
        column = self._column(value)
        return column.terms if column else ()

    def ids(self, value: Value) -> Ids | None:
        """The ids that a value can have, if they are known."""
        column = self._column(value)
        return column.ids if column else None

    def constants(self, value: Value) -> tuple[Term, ...]:
        """The constants that a value can be, if there are no more."""
        return (value.term,) if value.term is not None else self._data(value)

    def _column(self, value: Value) -> Column | None:
        if value.kind != "lookup":
            return None
        columns = self.relation.columns.items()
        return next((column for name, column in columns if self.context.column(name) == value.sql), None)

    # Back to a relation.

    def source(self) -> str:
        """A FROM clause that gives the relation's columns and all steps."""
        source = self._looked_up()
        for layer in self._layers:
            steps = ", ".join(f"{sql} AS {name}" for sql, name in layer.items())
            source = f"(SELECT *, {steps} FROM {source})" if steps else source
        return source

    def _looked_up(self) -> str:
        if not self._read:
            return f"({self.relation.sql})"
        items, joins = ["r.*"], f"({self.relation.sql}) AS r"
        sure = {self.context.column(name) for name, column in self.relation.columns.items() if column.sure}
        for column, parts in self._read.items():
            alias = f"x{column}"
            if any(part in _OF_TERM for part in parts):
                how = "JOIN" if column in sure else "LEFT JOIN"
                joins += f" {how} {DICTIONARY} AS {alias} ON {alias}.id = r.{column}"
            if any(part in _OF_VALUE for part in parts):
                how = "JOIN" if column in self.required else "LEFT JOIN"
                joins += f" {how} {TYPED} AS {alias}v ON {alias}v.id = r.{column}"
            if any(part in _OF_POSITION for part in parts):
                joins += f" LEFT JOIN position AS {alias}p ON {alias}p.id = r.{column}"
            forms = {**_OF_TERM, **_OF_VALUE, **_OF_POSITION}
            items += [f"{forms[part].format(alias, column)} AS {alias}_{part}" for part in parts]
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
            return self.context.constant_id(value.term), Column("id", sure=True, terms=(value.term,))
        if value.kind == "lookup":
            column = self._column(value)
            assert column is not None
            return value.sql, column
        if value.kind in HELD:
            return value.sql, Column(value.kind, sure=False)  # type: ignore[arg-type] # HELD has the kinds of columns
        return self.term(value).sql, Column("term", sure=False)

    def filtered(self, condition: str) -> Relation:
        """The rows for which a condition is true."""
        items = {name: self.context.column(name) for name in self.relation.columns}
        return Relation(f"{self.context.select(items, self.source())} WHERE {condition}", self.relation.columns)
