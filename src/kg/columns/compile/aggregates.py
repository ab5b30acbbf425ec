"""GROUP BY and the aggregates (SPARQL 1.1 §18.5.1)."""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdflib import Literal, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from .expressions import Expressions
from .functions import plain
from .parsing import children
from .relations import GRAPH, Column, Relation, visible
from .terms import refuse
from .values import Frame, Value

if TYPE_CHECKING:
    from .patterns import Patterns
    from .relations import Scope

__all__ = ["aggregates_in", "grouped"]


def aggregates_in(node: Any) -> list[CompValue]:  # noqa: ANN401 - rdflib's trees are not typed
    """The aggregates of an expression."""
    if isinstance(node, CompValue) and node.name.startswith("Aggregate_"):
        if any(aggregates_in(child) for child in children(node)):
            raise refuse("an aggregate inside an aggregate")
        return [node]
    return [found for child in children(node) for found in aggregates_in(child)]


def grouped(patterns: Patterns, relation: Relation, keys: list[str], trees: list[Any], scope: Scope) -> Relation:
    """One row a group, with the keys and a column for each aggregate of ``trees``.

    In the trees, each aggregate becomes the variable of its column.
    """
    if keys == [GRAPH]:
        # A graph without solutions has a group as well, in which COUNT is 0.
        raise refuse("aggregates without GROUP BY inside GRAPH with a variable")
    context = patterns.context
    nodes = [node for tree in trees for node in aggregates_in(tree)]
    marked, marks = patterns.marked(context.comparable(relation, keys), nodes, scope)
    frame = Frame(context, marked)
    expressions = Expressions(frame, marks)
    found = {f"\0{context.fresh('aggregate')}": _aggregate(expressions, relation, node) for node in nodes}
    listed = [context.column(key) for key in keys]
    items = [f"{column} AS {column}" for column in listed]
    items += [f"{value.sql} AS {context.column(name)}" for name, value in found.items()]
    group = f" GROUP BY {', '.join(listed)}" if listed else ""
    text = f"SELECT {', '.join(items) or '0 AS nothing'} FROM {frame.source()}{group}"
    if not items:
        text += " HAVING TRUE"
    columns = {key: marked.columns[key] for key in keys}
    for node, (name, value) in zip(nodes, found.items(), strict=True):
        columns[name] = Column(value.kind, sure=False)  # type: ignore[arg-type] # _aggregate gives no other kinds
        node.clear()
        node.name = "AggregateVariable"
        node["var"] = Variable(name)
    return Relation(text, columns)


def _aggregate(expressions: Expressions, relation: Relation, node: CompValue) -> Value:
    """An aggregate as a value of one of the kinds that a column has."""
    frame, kind = expressions.frame, node.name.removeprefix("Aggregate_")
    distinct = "DISTINCT " if node.distinct else ""
    if kind == "Count" and str(node.vars) == "*" and not isinstance(node.vars, Variable | Literal | CompValue):
        return Value("int", f"count({_row(frame, relation) if distinct else '*'})")
    value = expressions.value(node.vars)
    if kind == "Count":
        return Value("int", f"count({distinct}{_counted(frame, value)})")
    if kind in {"Sum", "Avg"}:
        return Value("num", _numeric(frame, value, kind.lower(), distinct))
    if kind == "GroupConcat":
        return Value("text", _concat(expressions, node, value, distinct))
    if kind in {"Min", "Max"}:
        return Value("term", _extreme(frame, value, kind.lower()))
    if kind == "Sample":
        return Value("term", f"any_value({frame.term(value).sql})")
    raise refuse(f"the aggregate {kind}")


def _row(frame: Frame, relation: Relation) -> str:
    """What COUNT(DISTINCT *) counts."""
    terms = {f"v{i}": frame.variable(name) for i, name in enumerate(visible(relation))}
    fields = (f"{name}: {frame.term(v).sql if v.kind == 'num' else v.sql}" for name, v in terms.items())
    return f"DISTINCT {{{', '.join(fields)}}}" if terms else "DISTINCT 1"


def _counted(frame: Frame, value: Value) -> str:
    """What COUNT counts: an id where there is one, for it is the quickest to compare."""
    is_comparable = value.kind in {"lookup", "int", "text", "iri", "bool"}
    return value.sql if is_comparable else frame.term(value).sql


def _extreme(frame: Frame, value: Value, macro: str) -> str:
    """MIN and MAX; an error among the values makes the whole an error."""
    term, num, moment = frame.term(value), frame.num(value), frame.moment(value)
    key, _ = frame.let(f"order_key({term.sql}, {num.sql}, {moment.sql})", term, num, moment)
    return f"extreme(arg_{macro}({term.sql}, {key}), count(*), count({term.sql}))"


def _numeric(frame: Frame, value: Value, macro: str, distinct: str) -> str:
    """SUM and AVG: one value that is no number makes the whole an error."""
    if not distinct:
        t, d, f, _ = frame.number(value)
        sums = f"max({t}), sum({d}), sum({f}), sum({f}::FLOAT)"
        return f"agg_{macro}(count(*), count(CASE WHEN {t} <> 8 THEN 1 END), {sums})"
    term, num = frame.term(value), frame.num(value)
    rows = f"list(DISTINCT {{'t': {term.sql}, 'n': {num.sql}}})"
    return f"agg_{macro}_list({rows}, count(*) - count({term.sql}))"


def _concat(expressions: Expressions, node: CompValue, value: Value, distinct: str) -> str:
    frame = expressions.frame
    separator = " " if node.separator is None else str(node.separator)
    # CONCAT takes strings only (§17.4.3.12), and DISTINCT tells terms apart, not their texts.
    text, quoted = plain(frame, value).sql, frame.context.text(separator)
    joined = f"string_agg({text}, {quoted})"
    if distinct and value.kind != "text":
        joined = f"array_to_string(list_transform(list(DISTINCT {frame.term(value).sql}), lambda t: t.v), {quoted})"
    elif distinct:
        joined = f"string_agg(DISTINCT {text}, {quoted})"
    return f"CASE WHEN count(*) = count({text}) THEN coalesce({joined}, '') END"
