"""Shapes of the commonest form, all checked together: whatever has a property, and the values of that property.

To plan a statement costs more than to run it, so each kind of constraint is one statement over all such shapes.
"""

# ruff: noqa: S608 - what stands in this SQL are names of our own tables, and what the compiler of shapes made

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Edge", "statements"]


class Edge(NamedTuple):
    """A constraint on all values of a property.

    Args:
        kind: "term", "class" or "maxCount".
        predicate: the id of the property, as SQL.
        rule: the number of the rule.
        what: what must hold of the value's row ``t`` of the dictionary; the relation (id) of the class's instances; or
            the number of values.
    """

    kind: Literal["term", "class", "maxCount"]
    predicate: str
    rule: int
    what: str


def statements(edges: Iterable[Edge]) -> list[str]:
    """SELECTs of what breaks the constraints (as ``shacl_result`` has it), with the places of a program."""
    kinds: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        kinds.setdefault((edge.kind, edge.what if edge.kind == "class" else ""), []).append(edge)
    makers = {"term": _of_terms, "class": _of_class, "maxCount": _of_counts}
    return [makers[kind](found) for (kind, _), found in kinds.items()]


def _by_property(edges: list[Edge]) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.predicate, []).append(edge)
    return found


def _triples(edges: list[Edge]) -> str:
    return f"shacl_triple WHERE p IN ({', '.join(_by_property(edges))})\0fs\0"


def _case(cases: dict[str, str]) -> str:
    return f"CASE p {' '.join(f'WHEN {p} THEN {then}' for p, then in cases.items())} END"


def _rules(edges: list[Edge], broken: str) -> str:
    """The list of the rules that are broken, as SQL, ``broken`` with {} being the condition."""
    listed = {
        p: ", ".join(f"CASE WHEN {broken.format(edge.what)} THEN {edge.rule} END" for edge in own)
        for p, own in _by_property(edges).items()
    }
    return _case({p: f"[{rules}]" for p, rules in listed.items()})


def _of_terms(edges: list[Edge]) -> str:
    """Each value of a property is looked at once, however often it comes."""
    holds = {p: " AND ".join(f"({edge.what})" for edge in own) for p, own in _by_property(edges).items()}
    pairs = f"(SELECT DISTINCT p, o FROM {_triples(edges)}) AS x JOIN shacl_term AS t ON t.id = x.o"
    broken = f"SELECT * FROM {pairs} WHERE NOT coalesce({_case(holds)}, false)"
    ruled = f"SELECT unnest({_rules(edges, 'NOT coalesce({}, false)')}) AS rule, p, o FROM ({broken}) AS t"
    return (
        f"SELECT i.rule, v.s, NULL, v.o, 1, NULL, NULL FROM (SELECT s, p, o FROM {_triples(edges)}) AS v "
        f"JOIN (SELECT rule, p, o FROM ({ruled}) WHERE rule IS NOT NULL) AS i ON i.p = v.p AND i.o = v.o"
    )


def _of_class(edges: list[Edge]) -> str:
    cases = {p: f"[{', '.join(str(edge.rule) for edge in own)}]" for p, own in _by_property(edges).items()}
    return (
        f"SELECT unnest({_case(cases)}), s, NULL, o, 1, NULL, NULL FROM (SELECT s, p, o FROM {_triples(edges)}) AS v "
        f"ANTI JOIN {edges[0].what} AS i ON i.id = v.o"
    )


def _of_counts(edges: list[Edge]) -> str:
    least = min(int(edge.what) for edge in edges)
    counted = f"SELECT p, s, count(*) AS number FROM {_triples(edges)} GROUP BY p, s HAVING count(*) > {least}"
    return (
        f"SELECT rule, s, NULL, NULL, 1, NULL, NULL FROM (SELECT unnest({_rules(edges, 'number > {}')}) AS rule, s "
        f"FROM ({counted})) WHERE rule IS NOT NULL"
    )
