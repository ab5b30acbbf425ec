"""A query evaluated for many bindings of some of its variables at once: the pre-binding of SHACL-SPARQL (appendix A).

Each binding is a row of a relation of the caller's, which is joined with every basic graph pattern, path and GRAPH of
the query, as the definition of Values Insertion says. So each row gets the answers that the query gives for it alone.
"""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdflib.plugins.sparql.parserutils import CompValue

from .aggregates import aggregates_in
from .macros import expanded
from .parsing import children, parse
from .patterns import Patterns
from .relations import DEFAULT, GRAPH, HELD, Column, Context, Relation, Scope
from .solutions import solutions
from .terms import refuse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .terms import Term

__all__ = ["Seed", "Seeded", "compile_seeded", "selected"]


@dataclass(frozen=True)
class Seed:
    """The bindings that a query is evaluated for.

    Args:
        source: a relation for the FROM clause; it has a column ``<variable>`` of ids for each of ``variables``.
        has_graphs: whether ``source`` has a column ``graph`` too: each row asks that named graph and no other.
        variables: the variables that every row binds.
        constants: variables that are the same term in every row.
        quads: the relation (s, p, o, g) that the query asks, the default graph with g = 0.
        graphs: the relation (g) of the named graphs.
        terms: the dictionary, as ``term`` of schema.sql; it knows every term that is a parameter.
        values: what ``value`` of schema.sql is.
    """

    source: str
    variables: Sequence[str]
    constants: Mapping[str, Term]
    quads: str = "quad"
    graphs: str = "graph"
    terms: str = "term"
    values: str = "value"
    has_graphs: bool = False


@dataclass(frozen=True)
class Seeded:
    """A query as SQL over a seed.

    Args:
        sql: a SELECT that gives the columns ``<variable>`` (an id) and ``<variable>_term`` (a term, where it was
            computed) of each variable asked for; both are NULL where it is unbound. ``graph`` is the graph of the row.
            ``quoted_<number>`` is the term of each variable to be quoted.
        parameters: what ``$1``, ``$2``, … stand for, as in ``Compiled``; each term must be in the dictionary.
        is_ask: whether the query is an ASK, for which each row of the seed that it is true of comes, maybe twice.
        selected: the variables that a SELECT names.
    """

    sql: str
    parameters: tuple[Term | str, ...]
    is_ask: bool
    selected: frozenset[str]


def compile_seeded(text: str, seed: Seed, wanted: Collection[str], quoted: Sequence[str] = ()) -> Seeded:
    """Compile a SELECT or ASK for all rows of a seed.

    Args:
        text: the query.
        seed: its bindings.
        wanted: the variables that the answer shall give.
        quoted: other variables, which it shall give as terms in any case.

    Raises:
        QuerySyntaxError: it is not SPARQL 1.1.
        QueryUnsupportedError: it is not covered, or pre-binding does not allow it.
    """
    tree = parse(text)
    if tree.name not in {"SelectQuery", "AskQuery"} or tree.datasetClause:
        raise refuse("anything but SELECT and ASK without FROM")
    _check(tree, {*seed.variables, *seed.constants}, is_outermost=True)
    context = Context(quads=seed.quads, graphs=seed.graphs)
    relation = _relation(context, seed)
    ordered = solutions(_Patterns(context, relation), tree, Scope(None if seed.has_graphs else DEFAULT, relation))
    given = context.as_terms(ordered.relation, [name for name in quoted if name in ordered.relation.columns])
    items = [item for name in wanted for item in _items(context, given, name)]
    items += [f"{_term(context, given, name)} AS quoted_{number}" for number, name in enumerate(quoted)]
    items += [f"r.{context.column(GRAPH)} AS graph"] if seed.has_graphs else []
    rows = ["id, kind, lexical, datatype, language", "id, t, d, f, c, us, tz"]
    ctes = [
        f"dict AS NOT MATERIALIZED (SELECT {rows[0]} FROM {seed.terms})",
        f"typed AS NOT MATERIALIZED (SELECT {rows[1]} FROM {seed.values})",
        *context.ctes,
    ]
    sql = f"WITH RECURSIVE {', '.join(ctes)} SELECT {', '.join(items)} FROM ({given.sql}) AS r"
    return Seeded(expanded(sql), tuple(context.parameters), tree.name == "AskQuery", frozenset(selected(tree)))


class _Patterns(Patterns):
    """Patterns in which the bindings stand inside of sub-selects as well."""

    def __init__(self, context: Context, bindings: Relation) -> None:
        super().__init__(context)
        self.bindings = bindings

    def sub_select(self, node: CompValue, scope: Scope) -> Relation:
        """A sub-select, which gives the variables that are bound before."""
        if scope.seed is not self.bindings:
            raise refuse("a SELECT inside of EXISTS with variables that are bound before")
        return solutions(self, node, scope).relation


def _relation(context: Context, seed: Seed) -> Relation:
    items = {name: f"seed.{name}" for name in seed.variables}
    items |= {GRAPH: "seed.graph"} if seed.has_graphs else {}
    items |= {name: f"{context.constant_id(term)}::INTEGER" for name, term in seed.constants.items()}
    return Relation(context.select(items, f"{seed.source} AS seed"), dict.fromkeys(items, Column("id", sure=True)))


def _items(context: Context, relation: Relation, name: str) -> tuple[str, str]:
    column = relation.columns.get(name)
    if name in {"this", "path"} and column is not None and column.kind != "id":
        raise refuse(f"a ?{name} that is computed")
    is_id = column is not None and column.kind == "id"
    place = f"r.{context.column(name)}" if is_id else "NULL::INTEGER"
    return f"{place} AS {name}", f"{'NULL' if is_id else _term(context, relation, name)} AS {name}_term"


def _term(context: Context, relation: Relation, name: str) -> str:
    """A variable that is held as anything but an id, as a term."""
    column = relation.columns.get(name)
    return "NULL" if column is None else HELD.get(column.kind, "{0}").format(f"r.{context.column(name)}")


def _check(node: Any, bound: set[str], *, is_outermost: bool = False) -> None:  # noqa: ANN401 - rdflib's trees
    """Refuse what pre-binding does not allow (SHACL, appendix A), and what does not hold of each row by itself."""
    if isinstance(node, CompValue):
        if node.name in {"MinusGraphPattern", "InlineData", "ServiceGraphPattern"} or node.valuesClause is not None:
            raise refuse("MINUS, VALUES or SERVICE with variables that are bound before")
        if node.name in {"Bind", "GroupAs"} and str(node.var) in bound:
            raise refuse("AS with a variable that is bound before")
        if node.name == "SubSelect" and (node.limitoffset or not bound <= _kept(node)):
            raise refuse("a SELECT inside of another that leaves out, or does not group by, variables bound before")
        if is_outermost and node.name == "SelectQuery":
            _check_select(node, bound)
    for child in children(node):
        _check(child, bound)


def selected(node: CompValue) -> set[str]:
    """The variables that a SELECT names; none of ``*``."""
    listed = node.projection if isinstance(node.projection, list) else []
    return {str(v.var if v.evar is None else v.evar) for v in listed}


def _kept(node: CompValue) -> set[str]:
    """The variables that a sub-select gives as they are: of groups, those that it groups by."""
    listed = node.projection if isinstance(node.projection, list) else []
    kept = {str(v.var) for v in listed if v.var is not None}
    return kept & _keys(node) if _has_groups(node) else kept


def _keys(node: CompValue) -> set[str]:
    return {str(key) for key in (node.groupby.condition if node.groupby else [])}


def _has_groups(node: CompValue) -> bool:
    listed = node.projection if isinstance(node.projection, list) else []
    return bool(node.groupby) or any(aggregates_in(tree) for tree in [*listed, node.having])


def _check_select(node: CompValue, bound: set[str]) -> None:
    listed = node.projection if isinstance(node.projection, list) else []
    if not listed or any(v.evar is not None and str(v.evar) in bound for v in listed):
        raise refuse("SELECT * or AS with a variable that is bound before")
    if node.limitoffset:
        raise refuse("a limit for each row")
    if "this" not in _kept(node):
        raise refuse("a SELECT that does not tell, or group by, the node that it is about")
