"""GROUP BY and the aggregates (SPARQL 1.1 §18.5.1)."""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdflib import Literal, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from .expressions import Expressions
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
    context = patterns.context
    nodes = [node for tree in trees for node in aggregates_in(tree)]
    marked, marks = patterns.marked(relation, nodes, scope)
    frame = Frame(context, marked)
    expressions = Expressions(frame, marks)
    names = [f"\0{context.fresh('aggregate')}" for _ in nodes]
    sql = {name: _aggregate(expressions, relation, node) for name, node in zip(names, nodes, strict=True)}
    listed = [context.column(key) for key in keys]
    items = [f"{column} AS {column}" for column in listed] + [f"{s} AS {context.column(n)}" for n, s in sql.items()]
    group = f" GROUP BY {', '.join(listed)}" if listed else ""
    text = f"SELECT {', '.join(items) or '0 AS nothing'} FROM {frame.source()}{group}"
    if not items:
        text += " HAVING TRUE"
    columns = {key: relation.columns[key] for key in keys} | dict.fromkeys(names, Column("term", sure=False))
    for name, node in zip(names, nodes, strict=True):
        _become_variable(node, name)
    if keys == [GRAPH]:
        # A graph without solutions has a group as well, in which COUNT is 0.
        raise refuse("aggregates without GROUP BY inside GRAPH with a variable")
    return Relation(text, columns)


def _become_variable(node: CompValue, name: str) -> None:
    """Turn an aggregate, where it stands in the tree, into an expression that is the variable of its column."""
    node.clear()
    node.name = "Builtin_COALESCE"
    node["arg"] = [Variable(name)]


def _aggregate(expressions: Expressions, relation: Relation, node: CompValue) -> str:
    frame, kind = expressions.frame, node.name.removeprefix("Aggregate_")
    distinct = "DISTINCT " if node.distinct else ""
    if kind == "Count" and str(node.vars) == "*" and not isinstance(node.vars, Variable | Literal | CompValue):
        return _count_all(frame, relation, distinct)
    value = expressions.value(node.vars)
    if kind in {"Sum", "Avg"}:
        return _numeric(frame, value, kind.lower(), distinct)
    if kind == "GroupConcat":
        return _concat(expressions, node, value, distinct)
    if kind in {"Min", "Max"}:
        return _extreme(frame, value, kind.lower())
    simple = {
        "Count": f"count_term(count({distinct}{_counted(frame, node, value)}))",
        "Sample": f"any_value({frame.term(value).sql})",
    }
    if kind not in simple:
        raise refuse(f"the aggregate {kind}")
    return simple[kind]


def _count_all(frame: Frame, relation: Relation, distinct: str) -> str:
    columns = [frame.context.column(name) for name in visible(relation)]
    row = f"{{{', '.join(f'{c}: {c}' for c in columns)}}}" if columns else "1"
    return f"count_term(count({f'{distinct}{row}' if distinct else '*'}))"


def _counted(frame: Frame, node: CompValue, value: Value) -> str:
    """What COUNT counts: an id where there is one, for it is the quickest to compare."""
    if value.kind == "lookup" and isinstance(node.vars, Variable):
        return frame.context.column(str(node.vars))
    return value.sql if value.kind == "bool" else frame.term(value).sql


def _extreme(frame: Frame, value: Value, macro: str) -> str:
    """MIN and MAX; an error among the values makes the whole an error."""
    term, num, moment = frame.term(value), frame.num(value), frame.moment(value)
    key, _ = frame.let(f"order_key({term.sql}, {num.sql}, {moment.sql})", term, num, moment)
    return f"extreme(arg_{macro}({term.sql}, {key}), count(*), count({term.sql}))"


def _numeric(frame: Frame, value: Value, macro: str, distinct: str) -> str:
    """SUM and AVG: one value that is no number makes the whole an error."""
    term, num = frame.term(value), frame.num(value)
    if not distinct:
        n = num.sql
        sums = f"max({n}.t), sum({n}.d), sum({n}.f), sum({n}.f::FLOAT)"
        return f"agg_{macro}(count(*), count(CASE WHEN {n}.t <> 8 THEN 1 END), {sums})"
    rows = f"list(DISTINCT {{'t': {term.sql}, 'n': {num.sql}}})"
    return f"agg_{macro}_list({rows}, count(*) - count({term.sql}))"


def _concat(expressions: Expressions, node: CompValue, value: Value, distinct: str) -> str:
    frame = expressions.frame
    separator = " " if node.separator is None else str(node.separator)
    if value.kind in {"text", "iri"}:
        text = frame.atom(value).sql
    else:
        term = frame.term(value)
        text, _ = frame.let(f"CASE WHEN {term.sql}.k > 1 THEN {term.sql}.v END", term)
    joined = f"coalesce(string_agg({distinct}{text}, {frame.context.text(separator)}), '')"
    return f"CASE WHEN count(*) = count({text}) THEN string({joined}) END"
