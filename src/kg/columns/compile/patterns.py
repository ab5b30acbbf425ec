"""Graph patterns (SPARQL 1.1 §18.2.2): parse tree to relations."""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdflib import URIRef, Variable
from rdflib.paths import Path
from rdflib.plugins.sparql.parserutils import CompValue

from .expressions import Expressions, conjuncts
from .parsing import children, variables_in
from .paths import connected, is_open, triple_patterns
from .relations import GRAPH, Column, Context, Relation, Scope, visible
from .terms import refuse, term_of
from .values import Frame

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Patterns"]

_EXISTS = ("Builtin_EXISTS", "Builtin_NOTEXISTS")


class Patterns:
    """Translates the patterns of one query."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def group(self, node: CompValue, scope: Scope) -> Relation:
        """A group graph pattern; its filters apply to all of it (§18.2.2.6)."""
        if node.name == "SubSelect":
            return self.sub_select(node, scope)
        relation: Relation | None = None
        filters, triples = [], []
        for part in [*(node.part or []), None]:
            if part is not None and part.name == "Filter":
                filters.append(part.expr)
            elif part is not None and part.name == "TriplesBlock":
                triples += [member for block in part.triples for member in block]
            else:
                relation, triples = self._triples(relation, triples, scope), []
                if part is not None:
                    relation = self._part(relation, part, scope)
        relation = relation or self.unit(scope)
        for condition in filters:
            relation = self.filter(relation, condition, scope)
        return relation

    def _triples(self, relation: Relation | None, triples: list[Any], scope: Scope) -> Relation | None:
        """What is found so far, joined with triples: inside EXISTS, one after the other those that hang together.

        The row outside is what connects the others, so their product is never asked for.
        """
        for block in connected(triples) if scope.seed is not None else [triples] if triples else []:
            found = triple_patterns(self.context, block, scope)
            relation = self._leaf(found, scope) if relation is None else self.context.join(relation, found)
        return relation

    def unit(self, scope: Scope) -> Relation:
        """The empty pattern: one solution, in each named graph inside GRAPH ?g, for each row outside an EXISTS."""
        relation = Relation("SELECT 0 AS nothing", {})
        if scope.graph is None:
            sql = self.context.select({GRAPH: "r.g"}, f"{self.context.graphs} AS r")
            relation = Relation(sql, {GRAPH: Column("id", sure=True)})
        return self._leaf(relation, scope)

    def _leaf(self, relation: Relation, scope: Scope) -> Relation:
        return relation if scope.seed is None else self.context.join(scope.seed, relation)

    def _and(self, left: Relation | None, right: Relation) -> Relation:
        return right if left is None else self.context.join(left, right)

    def _part(self, relation: Relation | None, part: CompValue, scope: Scope) -> Relation:
        if part.name == "GroupOrUnionGraphPattern":
            branches = [self.group(branch, scope) for branch in part.graph]
            union = branches[0]
            for branch in branches[1:]:
                union = self.context.union(union, branch)
            return self._and(relation, union)
        if part.name == "GraphGraphPattern":
            return self._and(relation, self._graph(part, scope))
        if part.name == "InlineData":
            return self._and(relation, self._leaf(self.values(part), scope) if scope.graph else self._data(part, scope))
        relation = relation or self.unit(scope)
        if part.name == "OptionalGraphPattern":
            return self._optional(relation, part.graph, scope)
        if part.name == "MinusGraphPattern":
            constant = scope.seed.columns.keys() if scope.seed is not None else set()
            if variables_in(part.graph) & constant:
                # §18.6 puts values in their places, so that MINUS compares no such variable; engines do.
                raise refuse("MINUS inside EXISTS with a variable from outside")
            return self.context.minus(relation, self.group(part.graph, scope), constant=constant)
        if part.name == "Bind":
            return self.bind(relation, part.expr, str(part.var), scope)
        raise refuse("SERVICE" if part.name == "ServiceGraphPattern" else f"the pattern {part.name}")

    def _data(self, part: CompValue, scope: Scope) -> Relation:
        return self.context.join(self.unit(scope), self.values(part))

    def _graph(self, node: CompValue, scope: Scope) -> Relation:
        if isinstance(node.term, URIRef):
            term = term_of(node.term)
            inner = self.group(node.graph, Scope(self.context.term_id(term), scope.seed))
            # GRAPH <g> {} holds only if there is such a graph.
            known = Relation(
                f"SELECT 0 AS nothing FROM {self.context.graphs} WHERE g = {self.context.term_id(term)}", {}
            )
            relation = inner if _has_triples(node.graph) else self.context.join(inner, known)
        else:
            relation = self._graph_of_variable(str(node.term), node, scope)
        return relation if scope.graph is not None else self.context.join(self.unit(scope), relation)

    def _graph_of_variable(self, name: str, node: CompValue, scope: Scope) -> Relation:
        inner = self.group(node.graph, Scope(None, scope.seed))
        rest = {n: c for n, c in inner.columns.items() if n != GRAPH}
        items = {n: f"r.{self.context.column(n)}" for n in rest}
        body = Relation(
            self.context.select({**items, "\0own": f"r.{self.context.column(GRAPH)}"}, f"({inner.sql}) AS r"), {}
        )
        own = self.context.column("\0own")
        if name not in rest:
            sql = self.context.select({**items, name: f"r.{own}"}, f"({body.sql}) AS r")
            return Relation(sql, {**rest, name: Column("id", sure=True)})
        # ?g is bound inside as well: Join with {?g -> the graph}.
        left = Relation(body.sql, {**rest, "\0own": Column("id", sure=True)})
        graphs = self.context.select({name: "g", "\0own": "g"}, self.context.graphs)
        joined = self.context.join(left, Relation(graphs, dict.fromkeys((name, "\0own"), Column("id", sure=True))))
        return self.context.pick(joined, [n for n in joined.columns if n != "\0own"])

    def values(self, node: CompValue) -> Relation:
        """VALUES: one row a line of data."""
        names = [str(variable) for variable in node.var or []]
        rows = [row if isinstance(row, list) else [row] for row in node.value or []]
        if any(len(row) != len(names) for row in rows):
            raise refuse("VALUES whose rows have not one value a variable")
        if len(set(names)) != len(names):
            raise refuse("VALUES with a variable twice")
        columns = {name: self._known(row[i] for row in rows) for i, name in enumerate(names)}
        listed = ", ".join(map(self.context.column, names)) or "nothing"
        selects = ", ".join(f"({', '.join(f'{self._datum(v)}::INTEGER' for v in row) or '0'})" for row in rows)
        if not selects:
            nothing = ", ".join(f"NULL::INTEGER AS {self.context.column(name)}" for name in names) or "0 AS nothing"
            return Relation(f"SELECT {nothing} WHERE FALSE", columns)
        return Relation(f"SELECT {listed} FROM (VALUES {selects}) AS data({listed})", columns)

    def _known(self, data: Iterable[Any]) -> Column:
        """The column of a variable of VALUES."""
        listed = list(data)
        terms = tuple(term_of(value) for value in listed if value != "UNDEF")
        return Column("id", sure=len(terms) == len(listed), terms=terms)

    def _datum(self, value: Any) -> str:  # noqa: ANN401 - rdflib's trees are not typed
        if isinstance(value, str) and type(value) is str:
            if value == "UNDEF":
                return "NULL"
            raise refuse("this value in VALUES")
        return self.context.constant_id(term_of(value))

    def _optional(self, relation: Relation, node: CompValue, scope: Scope) -> Relation:
        """LeftJoin(relation, P, F), where F are the filters that stand directly in the OPTIONAL's group."""
        if node.name == "SubSelect":
            return self.context.left_join(relation, self.sub_select(node, scope))
        filters = [part.expr for part in node.part or [] if part.name == "Filter"]
        bare = CompValue(node.name, part=[part for part in node.part or [] if part.name != "Filter"])
        # What is on the left holds the row outside of an EXISTS already.
        right = self.group(bare, Scope(scope.graph) if _is_plain(bare) else scope)
        own = {name for name, column in right.columns.items() if column.sure}
        inner = [f for f in filters if not _exists_in(f) and variables_in(f) <= own]
        for condition in inner:
            right = self.filter(right, condition, scope)
        outer = [f for f in filters if f not in inner]
        if not outer:
            return self.context.left_join(relation, right)
        numbered, number = self.context.numbered(relation)
        found = self.context.join(numbered, right)
        for condition in outer:
            found = self.filter(found, condition, scope)
        # What was unbound on the left may be bound by the right: those columns come from the found rows.
        filled = [
            n
            for n, c in found.columns.items()
            if n == number or n not in relation.columns or not relation.columns[n].sure
        ]
        left = self.context.pick(numbered, [n for n in numbered.columns if n == number or n not in filled])
        rest = self.context.left_join(left, self.context.pick(found, filled))
        if all(n in left.columns or n not in relation.columns for n in relation.columns):
            return self._without(rest, number)
        unmatched = self.context.semi_join(numbered, self.context.pick(found, [number]), anti=True)
        return self._without(self.context.union(found, unmatched), number)

    def _without(self, relation: Relation, name: str) -> Relation:
        return self.context.pick(relation, [n for n in relation.columns if n != name])

    def bind(self, relation: Relation, expression: Any, name: str, scope: Scope) -> Relation:  # noqa: ANN401
        """Extend(relation, name, expression)."""
        if name in relation.columns:
            raise refuse(f"BIND to ?{name}, which is bound before" if name in visible(relation) else "BIND here")
        marked, marks = self.marked(relation, [expression], scope)
        frame = Frame(self.context, marked)
        return frame.extended({name: Expressions(frame, marks).value(expression)}, keep=relation.columns)

    # Filters and EXISTS.

    def filter(self, relation: Relation, condition: Any, scope: Scope) -> Relation:  # noqa: ANN401
        """Filter(condition, relation)."""
        rest = []
        for part in conjuncts(condition):
            if isinstance(part, CompValue) and part.name in _EXISTS:
                relation = self._filter_exists(relation, part, scope)
            else:
                rest.append(part)
        if not rest:
            return relation
        marked, marks = self.marked(relation, rest, scope)
        frame = Frame(self.context, marked)
        expressions = Expressions(frame, marks)
        truths = [expressions.passes(part).sql for part in rest]
        for part in rest:
            expressions.require(part)
        filtered = frame.filtered(" AND ".join(truths))
        bound = [str(p.arg) for p in rest if isinstance(p, CompValue) and p.name == "Builtin_BOUND"]
        return self.context.pick(self.context.surely(filtered, bound), relation.columns)

    def _filter_exists(self, relation: Relation, node: CompValue, scope: Scope) -> Relation:
        is_anti = node.name == "Builtin_NOTEXISTS"
        if _is_plain(node.graph) and not _is_product(node.graph):
            inner = self.group(node.graph, Scope(scope.graph))
            left, right = self.context.alike(relation, inner)
            return self.context.semi_join(left, right, anti=is_anti)
        numbered, number = self.context.numbered(relation)
        found = self.context.pick(self._seeded(numbered, node, scope), [number])
        return self._without(self.context.semi_join(numbered, found, anti=is_anti), number)

    def _seeded(self, numbered: Relation, node: CompValue, scope: Scope) -> Relation:
        """The pattern of an EXISTS with each row's values in the place of its variables (§18.6)."""
        return self.group(node.graph, Scope(scope.graph, numbered))

    def marked(self, relation: Relation, expressions: Iterable[Any], scope: Scope) -> tuple[Relation, dict[int, str]]:
        """The relation with a column for each EXISTS of the expressions; and which column answers which."""
        nodes = [node for expression in expressions for node in _exists_in(expression)]
        marks: dict[int, str] = {}
        for node in nodes:
            numbered, number = self.context.numbered(relation)
            found = self.context.pick(self._seeded(numbered, node, scope), [number], distinct=True)
            mark = f"\0{self.context.fresh('mark')}"
            column = self.context.column(number)
            items = {name: f"a.{self.context.column(name)}" for name in numbered.columns if name != number}
            is_there = f"(b.{column} IS {'' if node.name == 'Builtin_NOTEXISTS' else 'NOT '}NULL)"
            source = f"({numbered.sql}) AS a LEFT JOIN ({found.sql}) AS b ON a.{column} = b.{column}"
            columns = {**relation.columns, mark: Column("mark", sure=True)}
            relation = Relation(self.context.select({**items, mark: is_there}, source), columns)
            marks[id(node)] = mark
        return relation, marks

    def sub_select(self, node: CompValue, scope: Scope) -> Relation:
        """A sub-select, evaluated for itself and joined with what stands around it."""
        from .solutions import solutions  # noqa: PLC0415 - the two are recursive: a pattern holds a whole SELECT

        inner = solutions(self, node, Scope(scope.graph)).relation
        if scope.seed is not None and (
            node.groupby or node.limitoffset or node.having or _has_aggregate(node.projection)
        ):
            raise refuse("a sub-select with groups or a limit inside EXISTS")
        return self._leaf(inner, scope)


def _is_product(node: CompValue) -> bool:
    """Whether triples of a group share no variable, so that it has as many solutions as their product."""
    return any(
        len(connected([m for t in p.triples for m in t])) > 1 for p in node.part or [] if p.name == "TriplesBlock"
    )


def _has_aggregate(node: Any) -> bool:  # noqa: ANN401
    if isinstance(node, CompValue) and node.name.startswith("Aggregate_"):
        return True
    return any(_has_aggregate(child) for child in children(node))


def _exists_in(node: Any) -> list[CompValue]:  # noqa: ANN401
    if isinstance(node, CompValue) and node.name in _EXISTS:
        return [node]
    return [found for child in children(node) for found in _exists_in(child)]


def _has_triples(node: CompValue) -> bool:
    """Whether a group has a triple that is in a graph, so that the graph is there where it matches."""
    blocks = [block for part in node.part or [] if part.name == "TriplesBlock" for block in part.triples]
    return any(not isinstance(predicate, Path) for block in blocks for predicate in block[1::3])


def _is_plain(node: CompValue) -> bool:
    """Whether a group means the same whether values are put in before or compared after.

    So it is for triples, unions and GRAPH of such, and filters whose variables the triples of their own group bind. A
    path of no steps joins a value with itself, but as a variable only what is in the graph.
    """
    if node.name == "SubSelect":
        return False
    bound: set[str] = set()
    for part in node.part or []:
        if part.name == "TriplesBlock":
            if any(is_open(predicate) for block in part.triples for predicate in block[1::3]):
                return False
            bound |= {str(member) for block in part.triples for member in block if isinstance(member, Variable)}
        elif part.name == "GroupOrUnionGraphPattern":
            if not all(_is_plain(branch) for branch in part.graph):
                return False
        elif part.name == "GraphGraphPattern":
            if not isinstance(part.term, URIRef) or not _is_plain(part.graph):
                return False
        elif part.name != "Filter":
            return False
    filters = [part.expr for part in node.part or [] if part.name == "Filter"]
    return all(not _exists_in(f) and variables_in(f) <= bound for f in filters)
