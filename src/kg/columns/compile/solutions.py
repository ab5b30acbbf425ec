"""Groups, aggregates and solution modifiers (SPARQL 1.1 §18.2.4, §18.2.5, §18.5.1): one SELECT as a relation."""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdflib import Variable
from rdflib.plugins.sparql.parserutils import CompValue

from .aggregates import aggregates_in, grouped
from .expressions import Expressions
from .parsing import children, variables_in
from .relations import GRAPH, Column, Relation, visible
from .terms import XSD, refuse
from .values import Frame, Value

if TYPE_CHECKING:
    from .patterns import Patterns
    from .relations import Scope

__all__ = ["Ordered", "solutions"]


@dataclass(frozen=True)
class Ordered:
    """Solutions, and the columns by which they are sorted ("key1 DESC"), the first first."""

    relation: Relation
    keys: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


def solutions(patterns: Patterns, node: CompValue, scope: Scope) -> Ordered:
    """The solutions of a SELECT, of a sub-select, or of the WHERE of another form."""
    relation = patterns.group(node.where, scope)
    projection = _projection(node)
    relation = _groups(patterns, node, relation, projection, scope)
    for condition in _conditions(node.having):
        relation = patterns.filter(relation, condition, scope)
    if node.valuesClause is not None:  # one without variables and rows is empty, as a dict is
        relation = patterns.context.join(relation, patterns.values(node.valuesClause))
    chosen = [name for name, _ in projection]
    if len(set(chosen)) != len(chosen):
        raise refuse("a variable that is selected twice")
    for name, expression in projection:
        if expression is not None:
            relation = patterns.bind(relation, expression, name, scope)
    if not projection:
        chosen = visible(relation)
    return _modified(patterns, node, relation, chosen, scope)


def _projection(node: CompValue) -> list[tuple[str, Any]]:
    """The selected variables, each with its expression or None; empty for ``*`` and for other forms than SELECT."""
    listed = node.projection if isinstance(node.projection, list) else []
    return [(str(v.evar), v.expr) if v.evar is not None else (str(v.var), None) for v in listed]


def _conditions(clause: CompValue | None) -> list[Any]:
    return list(clause.condition) if clause else []


def _groups(
    patterns: Patterns, node: CompValue, relation: Relation, projection: list[tuple[str, Any]], scope: Scope
) -> Relation:
    """The relation grouped, where the query has groups; its aggregates have become variables in the tree."""
    orders = _conditions(node.orderby)
    trees = [e for _, e in projection if e is not None] + _conditions(node.having) + orders
    if not node.groupby and not any(aggregates_in(tree) for tree in trees):
        return relation
    if not projection and node.name in {"SelectQuery", "SubSelect"}:
        raise refuse("SELECT * with groups")
    keys: list[str] = []
    for condition in _conditions(node.groupby):
        relation, key = _key(patterns, relation, condition, scope)
        keys.append(key)
    if scope.graph is None:
        keys.append(GRAPH)
    known = {*keys}
    for name, expression in projection:
        if not (_outside(expression) if expression is not None else {name}) <= known:
            raise refuse("a variable that is selected and not grouped by")
        known.add(name)
    return grouped(patterns, relation, keys, trees, scope)


def _outside(node: Any) -> set[str]:  # noqa: ANN401
    if isinstance(node, Variable):
        return {str(node)}
    if isinstance(node, CompValue) and node.name.startswith(("Aggregate_", "Builtin_EXISTS", "Builtin_NOTEXISTS")):
        return set()
    return {name for child in children(node) for name in _outside(child)}


def _key(patterns: Patterns, relation: Relation, condition: Any, scope: Scope) -> tuple[Relation, str]:  # noqa: ANN401
    if isinstance(condition, Variable):
        name = str(condition)
        if name not in relation.columns:
            # Never bound: a column that is NULL everywhere.
            sql = patterns.context.select(
                {**{n: f"r.{patterns.context.column(n)}" for n in relation.columns}, name: "NULL::INTEGER"},
                f"({relation.sql}) AS r",
            )
            relation = Relation(sql, {**relation.columns, name: Column("id", sure=False)})
        return relation, name
    if isinstance(condition, CompValue) and condition.name == "GroupAs":
        return patterns.bind(relation, condition.expr, str(condition.var), scope), str(condition.var)
    name = f"\0{patterns.context.fresh('key')}"
    return patterns.bind(relation, condition, name, scope), name


def _modified(patterns: Patterns, node: CompValue, relation: Relation, chosen: list[str], scope: Scope) -> Ordered:
    context = patterns.context
    hidden = [GRAPH] if GRAPH in relation.columns and scope.graph is None else []
    orders = _conditions(node.orderby)
    if node.modifier == "DISTINCT":
        if not {name for order in orders for name in variables_in(order.expr)} <= set(chosen):
            raise refuse("ORDER BY what SELECT DISTINCT leaves out")
        relation = context.pick(relation, [*chosen, *hidden], distinct=True)
    keys: list[str] = []
    marked, marks = patterns.marked(relation, [order.expr for order in orders], scope)
    frame = Frame(context, marked)
    items = []
    for order in orders:
        for sql, nulls in _order(frame, Expressions(frame, marks).value(order.expr)):
            key = context.fresh("key")
            items.append(f"{sql} AS {key}")
            keys.append(f"{key} DESC{nulls and ' NULLS LAST'}" if order.order == "DESC" else f"{key}{nulls}")
    # What is selected and never bound is a variable all the same: SELECT * around a sub-select names it (§18.2.1).
    kept = {n: relation.columns.get(n, Column("id", sure=False)) for n in [*chosen, *hidden]}
    found = [("" if n in relation.columns else "NULL::INTEGER AS ") + context.column(n) for n in kept]
    listed = ", ".join([*found, *items]) or "0 AS nothing"
    sql = f"SELECT {listed} FROM {frame.source()}"
    return Ordered(Relation(sql + _slice(node, keys, scope), kept), tuple(keys), tuple(chosen))


def _order(frame: Frame, value: Value) -> list[tuple[str, str]]:
    """The columns by which a value is sorted (§15.1), and where NULL stands if there may be one.

    Terms have the order of the macro ``order_key`` or, those of the dictionary, that of ``position.sql``, which is
    another only where "<" cannot compare; what is known to be an integer or a plain string is its own key.
    """
    value = frame.atom(value)
    if value.kind in {"int", "text"}:
        return [(value.sql, " NULLS FIRST")]
    # A term that only the query names is in no table.
    if value.kind == "lookup" and frame.context.positions and not frame.context.constants:
        ids, arrangement = frame.ids(value), frame.context.arrangement
        is_ordered = ids is not None and arrangement is not None and arrangement.is_ordered(ids)
        return [(value.sql if is_ordered else frame.looked_up(value, "o"), " NULLS FIRST")]
    if value.kind not in {"lookup", "constant"}:
        value = frame.term(value)
    if value.kind == "unbound":
        return []
    (t, d, f, t_level), (c, us, _, c_level) = frame.number(value), frame.instant(value)
    k, v, datatype, tag = (frame.part(value, part) for part in "kvdl")
    reads = [Value("term", "", level) for level in (value.level, t_level, c_level)]
    rank, _ = frame.let(f"order_rank({k}, {v}, {datatype}, {t}, {c})", *reads)
    is_true = f"CASE WHEN {datatype} = '{XSD}boolean' AND {v} IN ('true', '1') THEN 1 ELSE 0 END"
    as_decimal = f"coalesce(TRY_CAST({f} AS DECIMAL(38, 18)), 0)"
    return [
        (rank, ""),
        (f"CASE WHEN {t} < 8 THEN {f} ELSE {is_true} END", ""),
        (f"CASE WHEN {t} < 3 THEN {d} WHEN {t} < 8 THEN {as_decimal} WHEN {c} < 8 THEN {us} ELSE 0 END", ""),
        (f"CASE WHEN {rank} IN (1, 2, 4, 9) THEN concat({v}, chr(0), {datatype}, ' ', {tag}) ELSE '' END", ""),
    ]


def _slice(node: CompValue, keys: list[str], scope: Scope) -> str:
    clause = node.limitoffset
    if not clause:
        return ""
    if scope.graph is None:
        raise refuse("a limit inside GRAPH with a variable")
    order = f" ORDER BY {', '.join(keys)}" if keys else ""
    limit = f" LIMIT {int(clause.limit)}" if clause.limit is not None else ""
    return f"{order}{limit}" + (f" OFFSET {int(clause.offset)}" if clause.offset is not None else "")
