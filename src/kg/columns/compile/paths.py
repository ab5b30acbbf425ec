"""Triple patterns and property paths (SPARQL 1.1 §18.2.2.3-5, §18.4) as relations over ``quad``."""

# ruff: noqa: S608 - what stands in this SQL is made of our own names; what a query says goes into parameters

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rdflib import BNode, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, Path, SequencePath

from .arrangement import TYPE
from .relations import DEFAULT, GRAPH, Column, Context, Relation, Scope
from .terms import refuse, term_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["connected", "is_open", "triple_patterns"]

_ENDS: Final = ("s", "o")


def triple_patterns(context: Context, members: Sequence[Any], scope: Scope) -> Relation:
    """The solutions of a block of triple patterns, three members each."""
    steps = [step for pattern in _threes(members) for step in _steps(context, *pattern)]
    plain = [member for step in steps if not isinstance(step[1], Path) for member in step]
    paths = [step for step in steps if isinstance(step[1], Path)]
    # A path may be all that connects two triples, whose product would be asked for before: not every engine reorders.
    blocks = connected(plain) if paths else [plain]
    found = [_basic(context, _threes(block), scope) for block in blocks]
    found += [_path(context, *step, scope) for step in paths]
    relation = found.pop(0)
    while found:
        near = next((other for other in found if _share(relation, other)), found[0])
        found.remove(near)
        relation = context.join(relation, near)
    return context.pick(relation, [name for name in relation.columns if not name.startswith("_:")])


def connected(members: Sequence[Any]) -> list[list[Any]]:
    """Triple patterns, three members each, in blocks of which no two share a variable."""
    blocks: list[tuple[set[Any], list[Any]]] = []
    for pattern in _threes(members):
        names, block = {member for member in pattern if isinstance(member, Variable | BNode)}, [*pattern]
        for other in [other for other in blocks if other[0] & names]:
            blocks.remove(other)
            names, block = other[0] | names, other[1] + block
        blocks.append((names, block))
    return [block for _, block in blocks]


def _threes(members: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [tuple(members[i : i + 3]) for i in range(0, len(members), 3)]


def _steps(context: Context, subject: Any, path: Any, end: Any) -> list[tuple[Any, Any, Any]]:  # noqa: ANN401
    """A path's sequences and inverses as several patterns (§18.2.2.4)."""
    if isinstance(path, SequencePath):
        nodes = [subject, *(BNode(context.fresh("between")) for _ in path.args[1:]), end]
        pairs = zip(path.args, nodes, nodes[1:], strict=False)
        return [step for part, left, right in pairs for step in _steps(context, left, part, right)]
    if isinstance(path, InvPath):
        return _steps(context, end, path.arg, subject)
    if isinstance(path, MulPath):
        return [(subject, _simplified(path), end)]
    return [(subject, path, end)]


def _simplified(path: MulPath) -> MulPath:
    """(p*)+ and the like, which are all p*, in one step."""
    if isinstance(path.path, MulPath):
        inner = _simplified(path.path)
        return MulPath(inner.path, path.mod if path.mod == inner.mod else "*")
    return path


def _name(node: Any) -> str | None:  # noqa: ANN401
    """The variable that a node of a pattern is, blank nodes being variables that nothing can name."""
    if isinstance(node, Variable):
        return str(node)
    return f"_:{node}" if isinstance(node, BNode) else None


def _share(left: Relation, right: Relation) -> bool:
    """Whether two relations have a variable in common."""
    return bool((left.columns.keys() & right.columns.keys()) - {GRAPH})


def _basic(context: Context, patterns: Sequence[tuple[Any, ...]], scope: Scope) -> Relation:
    """A basic graph pattern, as one join of ``quad`` with itself, and of ``subject`` as far as that has the answer."""
    properties = context.properties if scope.graph == DEFAULT else {}
    tables, ends, conditions = _rows_of_subjects(context, [p for p in patterns if p[1] in properties])
    # In the order of the query, which is that of SELECT *.
    places: dict[str, list[str]] = {name: [] for pattern in patterns for name in map(_name, pattern) if name}
    for pattern in patterns:
        if pattern[1] in properties:
            continue
        alias = context.fresh("q")
        tables.append(f"{context.quads} AS {alias}")
        ends += [(f"{alias}.{place}", node) for place, node in zip("spo", pattern, strict=True)]
        if scope.graph is None:
            places.setdefault(GRAPH, []).append(f"{alias}.g")
            conditions.append(f"{alias}.g <> 0")
        elif scope.graph == DEFAULT and context.arrangement is not None:
            # Of "g = 0" DuckDB expects as many rows as a named graph has, and would hold those and stream the others.
            conditions.append(f"{alias}.g < 1")
        else:
            conditions.append(f"{alias}.g = {scope.graph}")
    for place, node in ends:
        name = _name(node)
        if name is None:
            conditions.append(f"{place} = {context.term_id(term_of(node))}")
        else:
            places[name].append(place)
    conditions += [f"{first} = {other}" for first, *others in places.values() for other in others]
    sql = context.select({name: found[0] for name, found in places.items()}, ", ".join(tables))
    return Relation(f"{sql} WHERE {' AND '.join(conditions)}", _columns(context, patterns, places))


def _columns(context: Context, patterns: Sequence[tuple[Any, ...]], names: Iterable[str]) -> dict[str, Column]:
    """The columns of some variables; what is an object of several properties can be what all of them have."""
    known = context.arrangement.ids if context.arrangement else {}
    ids = {_name(value): known[predicate] for _, predicate, value in patterns if predicate in known}
    return {name: Column("id", sure=True, ids=ids.get(name)) for name in names}


def _rows_of_subjects(
    context: Context, patterns: Sequence[tuple[Any, ...]]
) -> tuple[list[str], list[tuple[str, Any]], list[str]]:
    """Patterns of which ``subject`` has the answer: its rows, what of them each node of a pattern is, and conditions.

    One row has the answer to all that is asked of a subject, but to a second question for its types.
    """
    rows: dict[Any, str] = {}
    typed: dict[str, bool] = {}
    ends, conditions = [], []
    for subject, predicate, value in patterns:
        column = context.properties[predicate]
        is_type = column == TYPE
        if subject not in rows or (is_type and typed[rows[subject]]):
            rows[subject] = context.fresh("w")
            typed[rows[subject]] = False
            ends.append((f"{rows[subject]}.s", subject))
        alias = rows[subject]
        typed[alias] = typed[alias] or is_type
        ends.append((f"{alias}.{column}", value))
        if _name(value) is not None:
            conditions.append(f"{alias}.{column} IS NOT NULL")
    conditions += [f"{alias}.is_first" for alias in typed if not typed[alias]]
    return [f"subject AS {alias}" for alias in typed], ends, conditions


def _path(context: Context, subject: Any, path: Path, end: Any, scope: Scope) -> Relation:  # noqa: ANN401
    walk = _Walk(context, scope)
    ends = {place: node for place, node in zip(_ENDS, (subject, end), strict=True) if _name(node) is None}
    outer = (
        {} if scope.seed is None else {n: c for n, c in scope.seed.columns.items() if n in map(_name, (subject, end))}
    )
    if (ends or outer) and isinstance(path, AlternativePath | MulPath) and _is_zero_inside(path):
        raise refuse("a path of no steps inside of a path from or to a constant")
    if is_open(path) and not ends and scope.seed is not None:
        walk.add_terms(scope.seed, outer)
    constants = {place: context.constant_id(term_of(node)) for place, node in ends.items()}
    pairs = walk.transitive(path, constants) if isinstance(path, MulPath) else walk.pairs(path)
    conditions = [f"r.{place} = {constant}" for place, constant in constants.items()]
    items = {
        name: f"r.{place}"
        for place, name in ((p, _name(n)) for p, n in zip(_ENDS, (subject, end), strict=True))
        if name
    }
    if _name(subject) is not None and _name(subject) == _name(end):
        conditions.append("r.s = r.o")
    if scope.graph is None:
        items[GRAPH] = "r.g"
    sql = context.select(items, f"({pairs}) AS r")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return Relation(sql + where, dict.fromkeys(items, Column("id", sure=True)))


def is_open(path: Any) -> bool:  # noqa: ANN401 - a path or a predicate
    """Whether a path may have no steps."""
    if isinstance(path, MulPath):
        return path.mod in {"*", "?"} or is_open(path.path)
    if isinstance(path, InvPath):
        return is_open(path.arg)
    if isinstance(path, SequencePath):
        return all(map(is_open, path.args))
    return isinstance(path, AlternativePath) and any(map(is_open, path.args))


def _is_zero_inside(path: Any, depth: int = 0) -> bool:  # noqa: ANN401
    if isinstance(path, MulPath):
        return (depth > 0 and path.mod in {"*", "?"}) or _is_zero_inside(path.path, depth + 1)
    if isinstance(path, InvPath):
        return _is_zero_inside(path.arg, depth + 1)
    args = path.args if isinstance(path, AlternativePath | SequencePath) else []
    return any(_is_zero_inside(arg, depth + 1) for arg in args)


class _Walk:
    """Paths as SELECT statements with the columns s, o and g."""

    def __init__(self, context: Context, scope: Scope) -> None:
        self.context = context
        own = "g <> 0" if scope.graph is None else f"g = {scope.graph}"
        self.quads = f"(SELECT s, p, o, g FROM {context.quads} WHERE {own})"
        graph = "g" if scope.graph is None else f"{scope.graph} AS g"
        self.graphs = f"SELECT {graph} FROM {context.graphs}" if scope.graph is None else f"SELECT {graph}"
        self.terms: list[str] = []

    def add_terms(self, seed: Relation, columns: Mapping[str, Column]) -> None:
        """Have a path of no steps also join each value of some columns with itself, whether the graph knows it or not.

        These values stand in the place of an end (§18.6), and a term is joined with itself wherever it stands (§18.4).
        """
        if not all(column.sure and column.kind == "id" for column in columns.values()):
            raise refuse("a path of no steps from or to a variable that is computed or may be unbound")
        for name in columns:
            values = f"SELECT DISTINCT {self.context.column(name)} AS term FROM ({seed.sql})"
            self.terms.append(f" UNION SELECT term AS s, term AS o, g FROM ({values}) CROSS JOIN ({self.graphs})")

    def pairs(self, path: Any) -> str:  # noqa: ANN401 - a path or an IRI
        """All pairs that a path joins."""
        if isinstance(path, URIRef):
            return f"SELECT s, o, g FROM {self.quads} WHERE p = {self.context.term_id(term_of(path))}"
        if isinstance(path, InvPath):
            return f"SELECT o AS s, s AS o, g FROM ({self.pairs(path.arg)})"
        if isinstance(path, AlternativePath):
            return " UNION ALL ".join(f"SELECT s, o, g FROM ({self.pairs(arg)})" for arg in path.args)
        if isinstance(path, SequencePath):
            return self._sequence(path)
        if isinstance(path, NegatedPath):
            return self._negated(path)
        if isinstance(path, MulPath):
            return self.transitive(_simplified(path), {})
        raise refuse("a path of this kind")

    def _sequence(self, path: SequencePath) -> str:
        sql = self.pairs(path.args[0])
        for arg in path.args[1:]:
            sql = f"SELECT a.s, b.o, a.g FROM ({sql}) AS a JOIN ({self.pairs(arg)}) AS b ON a.o = b.s AND a.g = b.g"
        return sql

    def _negated(self, path: NegatedPath) -> str:
        forward = [arg for arg in path.args if not isinstance(arg, InvPath)]
        inverse = [arg.arg for arg in path.args if isinstance(arg, InvPath)]
        parts = []
        for names, ends in ((forward, "s, o"), (inverse, "o AS s, s AS o")):
            if names or (ends == "s, o" and not inverse):
                excluded = "".join(f" AND p <> {self.context.term_id(term_of(name))}" for name in names)
                parts.append(f"SELECT {ends}, g FROM {self.quads} WHERE TRUE{excluded}")
        return " UNION ALL ".join(parts)

    def transitive(self, path: MulPath, constants: dict[str, str]) -> str:
        """p?, p* or p+, each pair once; ``constants`` are the ends that are known (place and id)."""
        base = self.pairs(path.path)
        parts = [self._closure(base, constants) if path.mod in {"*", "+"} else base]
        if path.mod in {"*", "?"}:
            parts.append(self._stays(constants))
        return (
            " UNION ".join(f"SELECT s, o, g FROM ({part})" for part in parts)
            if len(parts) > 1
            else f"SELECT DISTINCT s, o, g FROM ({parts[0]})"
        )

    def _stays(self, constants: dict[str, str]) -> str:
        """The paths of no steps: from a constant to itself, else from each node of the graph to itself."""
        if constants:
            constant = next(iter(constants.values()))
            return f"SELECT {constant}::INTEGER AS s, {constant}::INTEGER AS o, g FROM ({self.graphs})"
        nodes = f"SELECT s, s AS o, g FROM {self.quads} UNION SELECT o AS s, o, g FROM {self.quads}"
        return nodes + "".join(self.terms)

    def _closure(self, base: str, constants: dict[str, str]) -> str:
        """What one or more steps reach, from the known end where there is one."""
        step, walk = self.context.fresh("step"), self.context.fresh("walk")
        self.context.ctes.append(f"{step}(s, o, g) AS MATERIALIZED (SELECT DISTINCT s, o, g FROM ({base}))")
        place = next(iter(constants), "s")
        start = f" WHERE {place} = {constants[place]}" if constants else ""
        ends, meet = (f"{walk}.s, {step}.o", f"{step}.s = {walk}.o")
        if place == "o":
            ends, meet = (f"{step}.s, {walk}.o", f"{step}.o = {walk}.s")
        further = f"SELECT {ends}, {walk}.g FROM {walk} JOIN {step} ON {meet} AND {step}.g = {walk}.g"
        self.context.ctes.append(f"{walk}(s, o, g) AS (SELECT s, o, g FROM {step}{start} UNION {further})")
        return f"SELECT s, o, g FROM {walk}"
