"""From changed triples back to the focus nodes that they can affect, and from these to all that their shapes can read.

Both walks go over the data before and after the change together, a level at a time for all shapes at once.
"""

# ruff: noqa: S608 - the names of relations and columns that stand in this SQL come from our own code

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from rdflib import RDF, RDFS

from kg.columns.compile.terms import term_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdflib.term import Node

    from kg.columns.compile import Term

    from .delta_index import Surroundings, Triple
    from .delta_queries import Position
    from .delta_reach import Reach
    from .preparation import Columns

__all__ = ["Affected", "Automaton", "Below", "automaton_of", "find_affected", "terms_of"]

_PLACE: Final = {"s": 0, "p": 1, "o": 2}

# A state of the automaton, and a node that is looked at in it.
Walked = tuple[int, int]


class Move(NamedTuple):
    """From a node at ``here`` of a triple with a property (None: any) to the node at ``there``, in another state."""

    here: Position
    predicate: int | None
    there: Position
    state: int


class Look(NamedTuple):
    """Triples with a property (None: any) and one of some objects (None: any), at a node at a position."""

    position: Position
    predicate: int | None
    values: frozenset[int] | None
    is_target: bool


class Aim(NamedTuple):
    """What makes a node a target: its kind, and the property, or the ids of the classes or nodes."""

    kind: str
    predicate: int | None
    values: frozenset[int]


@dataclass
class Automaton:
    """What shapes can read, in ids of the dictionary.

    Args:
        ids: the id of each term; one that the dictionary lacks has a negative one.
        background: triples that belong to the data graph beside those of the columns.
        hierarchy: all triples of rdfs:subClassOf.
    """

    ids: dict[Node, int]
    background: frozenset[Triple]
    hierarchy: frozenset[Triple]
    starts: dict[Node, int]
    forward: dict[int, set[Move]] = field(default_factory=lambda: defaultdict(set))
    backward: dict[int, set[Move]] = field(default_factory=lambda: defaultdict(set))
    looks: dict[int, set[Look]] = field(default_factory=lambda: defaultdict(set))
    reads: dict[int | None, set[tuple[Node, int | None, Look]]] = field(default_factory=lambda: defaultdict(set))
    anywhere: dict[Node, set[int | None]] = field(default_factory=lambda: defaultdict(set))
    aims: dict[Node, set[Aim]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True, slots=True)
class Affected:
    """What a change can affect: of each shape the focus nodes; all triples that their validation reads."""

    focus: dict[Node, set[int]]
    near: set[Triple]


# --- The automaton in ids --------------------------------------------------------------------------------------------


def automaton_of(columns: Columns, reach: Reach, background: Iterable[Triple], ids: dict[Term, int]) -> Automaton:
    """The automaton of shapes over the hierarchy of classes as it is; ``ids`` has those of ``terms_of`` the reach."""
    subclass = ids[term_of(RDFS.subClassOf)]
    rows = columns.db.execute(f"SELECT DISTINCT s, p, o FROM {columns.triples} WHERE p = {subclass}").fetchall()
    found = Automaton(
        ids={term: ids[term_of(term)] for term in _named(reach)},
        background=frozenset(background),
        hierarchy=frozenset(rows) | {triple for triple in background if triple[1] == subclass},
        starts=reach.starts,
    )
    _write_steps(found, reach)
    _write_reads(found, reach, Below(found.hierarchy))
    return found


def terms_of(reach: Reach) -> list[Term]:
    """What the automaton names."""
    return [term_of(term) for term in sorted(_named(reach), key=repr)]


def _named(reach: Reach) -> set[Node]:
    terms = {RDF.type, RDFS.subClassOf, *(step.predicate for step in reach.steps)}
    terms |= {end for read in reach.reads for end in (read.predicate, read.value)}
    return {term for term in terms | {target.value for target in reach.targets} if term is not None}


class Below:
    """The classes below a class, and itself."""

    def __init__(self, hierarchy: frozenset[Triple]) -> None:
        self._direct: dict[int, set[int]] = defaultdict(set)
        for below, _, above in hierarchy:
            self._direct[above].add(below)

    def of(self, above: int) -> frozenset[int]:
        """Those below one class."""
        found, new = {above}, [above]
        while new:
            for below in self._direct[new.pop()] - found:
                found.add(below)
                new.append(below)
        return frozenset(found)


def _write_steps(automaton: Automaton, reach: Reach) -> None:
    for step in reach.steps:
        p = None if step.predicate is None else automaton.ids[step.predicate]
        automaton.forward[step.source].add(Move(step.start, p, step.end, step.target))
        automaton.backward[step.target].add(Move(step.end, p, step.start, step.source))


def _write_reads(automaton: Automaton, reach: Reach, below: Below) -> None:
    ids = automaton.ids
    for read in reach.reads:
        p = None if read.predicate is None else ids[read.predicate]
        values = None
        if read.value is not None:
            values = below.of(ids[read.value]) if read.predicate == RDF.type else frozenset({ids[read.value]})
        look = Look(read.position, p, values, read.is_target)
        automaton.reads[p].add((read.shape, read.state, look))
        if read.state is None:
            automaton.anywhere[read.shape].add(p)
        else:
            automaton.looks[read.state].add(look)
    for target in reach.targets:
        value = ids[target.value]
        aim = {
            "targetClass": Aim(target.kind, ids[RDF.type], below.of(value)),
            "targetNode": Aim(target.kind, None, frozenset({value})),
        }.get(target.kind, Aim(target.kind, value, frozenset()))
        automaton.aims[target.shape].add(aim)


# --- Walking ---------------------------------------------------------------------------------------------------------


def find_affected(automaton: Automaton, around: Surroundings, changed: Iterable[Triple]) -> Affected:
    """Which focus nodes a change can affect, and what is read there.

    Args:
        automaton: what the shapes can read.
        around: the data before and after the change; ``around.near`` has all that was looked up.
        changed: the triples that came or went.

    Raises:
        TooMany: that is too much of the data.
    """
    begin, everywhere = _touched(automaton, changed)
    owners = {start: shape for shape, start in automaton.starts.items()}
    met = {(owners[state], node) for state, node in _walk(around, begin, automaton.backward) if state in owners}
    met |= {(shape, node) for shape in everywhere for aim in automaton.aims[shape] for node in _targets(around, aim)}
    around.begin_again()
    targets = _among(automaton, around, {shape for shape, _ in met}, {node for _, node in met})
    focus = {shape: {node for node in nodes if (shape, node) in met} for shape, nodes in targets.items()}
    focus = {shape: nodes for shape, nodes in focus.items() if nodes}
    # Engines are told the shapes and the nodes, so what is read is gathered for all pairs of them.
    nodes = set[int]().union(*focus.values())
    start = {(automaton.starts[shape], node) for shape in focus for node in targets[shape] & nodes}
    _look(around, automaton, _walk(around, start, automaton.forward))
    around.near.update(automaton.hierarchy)
    for predicate in {p for shape in focus for p in automaton.anywhere[shape]}:
        around.near.update(around.of_property(predicate))
    return Affected(focus, around.near)


def _among(automaton: Automaton, around: Surroundings, shapes: set[Node], nodes: set[int]) -> dict[Node, set[int]]:
    """Which of the nodes are targets of each shape, before or after the change; what tells so is ``near``."""
    aims = {aim for shape in shapes for aim in automaton.aims[shape]}
    wanted: dict[Position, set[int | None]] = defaultdict(set)
    for aim in aims:
        if aim.kind != "targetNode":
            wanted[_aimed(aim)].add(aim.predicate)
    # Nodes by where they stand in a triple and by its property; and by their types.
    ends: dict[tuple[Position, int | None], set[int]] = defaultdict(set)
    types: dict[int, set[int]] = defaultdict(set)
    for at, predicates in wanted.items():
        for node in nodes:
            for p in around.properties(at, node) & predicates:
                for triple in around.at(at, node, p, one=at == "o"):
                    ends[at, p].add(node)
                    if p == automaton.ids[RDF.type]:
                        types[triple[2]].add(node)

    def targets(aim: Aim) -> set[int]:
        if aim.kind == "targetNode":
            return nodes & aim.values
        if aim.kind == "targetClass":
            return set[int]().union(*(types[value] for value in aim.values & types.keys()))
        return ends[_aimed(aim), aim.predicate]

    by_aim = {aim: targets(aim) for aim in aims}
    return {shape: set[int]().union(*(by_aim[aim] for aim in automaton.aims[shape])) for shape in shapes}


def _aimed(aim: Aim) -> Position:
    return "o" if aim.kind == "targetObjectsOf" else "s"


def _touched(automaton: Automaton, changed: Iterable[Triple]) -> tuple[set[Walked], set[Node]]:
    """Where the change is read, and the shapes that read it whatever their focus node is."""
    begin, everywhere = set(), set()
    for triple in changed:
        for shape, state, look in (*automaton.reads.get(triple[1], ()), *automaton.reads.get(None, ())):
            if look.values is not None and triple[2] not in look.values:
                continue
            if state is None:
                everywhere.add(shape)
            else:
                begin.add((state, triple[_PLACE[look.position]]))
    return begin, everywhere


def _walk(around: Surroundings, start: set[Walked], moves: dict[int, set[Move]]) -> set[Walked]:
    """All that the moves lead to from ``start``."""
    found, waiting = set(start), list(start)
    while waiting:
        state, node = waiting.pop()
        for move in moves[state]:
            place = _PLACE[move.there]
            for triple in around.at(move.here, node, move.predicate):
                reached = (move.state, triple[place])
                if reached not in found:
                    found.add(reached)
                    waiting.append(reached)
    return found


def _look(around: Surroundings, automaton: Automaton, reached: set[Walked]) -> None:
    """Look up all that is read at what was reached."""
    for state, node in reached:
        for look in automaton.looks[state]:
            around.at(look.position, node, look.predicate, one=look.is_target)


def _targets(around: Surroundings, aim: Aim) -> set[int]:
    """All targets, before or after the change."""
    if aim.kind == "targetNode":
        return set(aim.values)
    place = 2 if aim.kind == "targetObjectsOf" else 0
    triples = around.of_property(aim.predicate)
    return {t[place] for t in triples if aim.kind != "targetClass" or t[2] in aim.values}
