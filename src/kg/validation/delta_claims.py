"""The claims that say what is wrong, of breaches that were found before; as ``results.sql`` finds those of all."""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from kg.columns.compile.terms import IRI, Term
from kg.vocab import CLAIM

from .columnar import step_of
from .delta_quads import read_term

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .columnar import Breach
    from .delta_dictionary import Dictionary
    from .preparation import Columns

__all__ = ["claims_now"]

# A triple of a subject that is known, and the graph that says it.
Said = tuple[int, int, str]


class _Fault(NamedTuple):
    """A breach in ids, None where there is none; ``subject`` is the node that claims must speak of."""

    subject: int | None
    focus: int | None
    predicate: int | None
    value: int | None
    is_inverse: bool

    def is_told_by(self, said: Said) -> bool:
        """Whether a triple of the subject is the one at fault."""
        p, o, _ = said
        if self.predicate is None or p != self.predicate:
            return False
        return o == self.focus if self.is_inverse else self.value in (None, o)


def claims_now(columns: Columns, dictionary: Dictionary, found: Collection[Breach]) -> dict[Breach, tuple[str, ...]]:
    """IRIs of the claims that now say what is wrong, sorted."""
    faults = _faults(dictionary, found)
    said = _said(columns, {fault.subject for fault in faults.values()} - {None})
    return {breach: _claims(fault, said[fault.subject]) for breach, fault in faults.items()}


def _claims(fault: _Fault, said: Iterable[Said]) -> tuple[str, ...]:
    """Those that hold the triple at fault; where none does, whatever speaks of the subject."""
    exact = [triple for triple in said if fault.is_told_by(triple)]
    return tuple(sorted({graph for _, _, graph in exact or said if graph.startswith(CLAIM)}))


def _faults(dictionary: Dictionary, found: Collection[Breach]) -> dict[Breach, _Fault]:
    texts = {text: read_term(text) for breach in found for text in (breach.focus, breach.value) if text is not None}
    steps = {breach.rule: step_of(breach.rule) for breach in found}
    named = {iri for iri, _ in steps.values()} | {breach.path for breach in found}
    iris = {iri: Term(IRI, iri) for iri in named if iri is not None}
    ids = dictionary.ids({*texts.values(), *iris.values()})

    def fault(breach: Breach) -> _Fault:
        step, is_inverse = steps[breach.rule]
        focus = ids.get(texts[breach.focus])
        value = None if breach.value is None or breach.is_computed else ids.get(texts[breach.value])
        path = step if is_inverse else breach.path or step
        subject = value if is_inverse and value is not None else focus
        return _Fault(subject, focus, None if path is None else ids.get(iris[path]), value, is_inverse)

    return {breach: fault(breach) for breach in found}


def _said(columns: Columns, subjects: Collection[int | None]) -> dict[int | None, list[Said]]:
    found: dict[int | None, list[Said]] = defaultdict(list)
    if not subjects:
        return found
    rows = columns.db.execute(
        f"SELECT q.s, q.p, q.o, g.lexical FROM {columns.said} AS q "
        "SEMI JOIN (SELECT unnest($1::INTEGER[]) AS s) USING (s) JOIN term AS g ON g.id = q.g",
        [list(subjects)],
    ).fetchall()
    for subject, *said in rows:
        found[subject].append(tuple(said))
    return found
