"""A report kept up to date: after a change of the data, only what the change can affect is validated again.

What breaks the shapes is kept as a multiset. After a change, the focus nodes that it can affect (``delta_walk``) are
validated on all that their shapes can read. What was found at them is dropped for what is found now. Where a shape
tells of other nodes than its focus nodes, they are validated as they were, too: the one is taken from the multiset and
the other is added, and whatever else stands in that part of the data comes out the same both times.
"""

from __future__ import annotations

import gc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Final, TypeVar

from rdflib import RDFS

from kg.columns.compile.terms import BLANK, term_of
from kg.rdf import sha256

from .delta_changed import changed_columns, layout_of
from .delta_claims import claims_now
from .delta_dictionary import Dictionary, write_term
from .delta_index import Index, Surroundings, TooMany
from .delta_part import Part, identify
from .delta_reach import Reach, find_reach
from .delta_walk import Below, automaton_of, find_affected, terms_of
from .report import ValidationReport, ValidationResult, in_order
from .rows import make_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from kg.columns.compile.terms import Term

    from .columnar import Breach
    from .compilation import Rule
    from .compiled import CompiledShapes
    from .delta_changed import Changed
    from .delta_index import Triple
    from .delta_walk import Affected, Automaton
    from .preparation import Columns

__all__ = ["Baseline", "Change", "Findings"]

_Kind = TypeVar("_Kind")

# Measured with our release shapes on 0.48 and 4.7 million triples, in CPU time: a full run takes 0.55 s and 0.36 s for
# each million triples; to validate a change 0.2 s and 0.037 s for each thousand triples that are read. Both cost the
# same where this many are read, and this share of all.
NEAR_FROM: Final = 10_000
NEAR_SHARE: Final = 0.01
# For each triple that changes, 1.8 are read where whole things come and go, and 3.6 where they are far apart. So where
# this many change, too many are read, whatever they are.
LARGE_FROM: Final = 5_000
LARGE_SHARE: Final = 0.005
# So many triples that came or went are kept beside the index; then it is made anew.
DRIFT_SHARE: Final = 0.05
DRIFT_FROM: Final = 20_000
_TRIPLE: Final = dict.fromkeys("spo", "INTEGER")


@dataclass(frozen=True, slots=True)
class Findings:
    """What breaks shapes, as multisets: what one part of the data gives can be taken from what another gives.

    Args:
        told: each breach that the columns found, its times and claims left out, with its result.
        times: how often each of them was found.
        results: what the reference engine found.
    """

    told: dict[Breach, ValidationResult]
    times: Counter[Breach]
    results: Counter[ValidationResult]

    def report(self, by_reference: tuple[str, ...]) -> ValidationReport:
        """The report on them: each result once, in the order of reports."""
        return ValidationReport(in_order({*self.told.values(), *self.results}), by_reference=by_reference)

    def without(self, rules: Collection[Rule], focus: Collection[str]) -> Findings:
        """The same without what breaks some rules at some focus nodes."""
        told = {b: result for b, result in self.told.items() if b.rule not in rules or b.focus not in focus}
        return replace(self, told=told, times=Counter({breach: self.times[breach] for breach in told}))

    def patched(self, before: Findings, after: Findings) -> Findings:
        """The same, with what was found before a change replaced by what is found after it."""
        times = _replaced(self.times, before.times, after.times)
        told = {**self.told, **after.told}
        results = _replaced(self.results, before.results, after.results)
        return Findings({breach: told[breach] for breach in times}, times, results)


def _replaced(found: Counter[_Kind], before: Counter[_Kind], after: Counter[_Kind]) -> Counter[_Kind]:
    kept = Counter(found)
    kept.subtract(before)
    kept.update(after)
    return +kept


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of the data meant.

    Args:
        new: results that the report before did not tell; what differs in its claims alone is not new.
        resolved: results of the report before that are no more.
        report: the report on the data as they are now.
        is_full: whether everything was validated again.
        why: the reason for that, or what was done instead.
        affected: of how many focus nodes each shape could see the change, by the shape's IRI; empty for a full run.
    """

    new: ValidationReport
    resolved: ValidationReport
    report: ValidationReport
    is_full: bool
    why: str
    affected: dict[str, int] = field(default_factory=dict)


class Baseline:
    """The report on columns as they are, and what keeps it true when they change. Made by ``CompiledShapes.baseline``.

    The relations of the columns must be tables, and nothing else may change them between two changes.
    """

    def __init__(self, shapes: CompiledShapes, columns: Columns) -> None:
        self._layout = layout_of(columns)
        self._columns = columns
        self._dictionary = Dictionary(columns.db)
        self._known = _known(shapes)
        self._findings = shapes.find(columns)
        self._index: Index | None = Index(columns)
        self._place: _Place | None = self._placed()
        self.report = self._told()

    def apply(self, added: bytes | str, removed: bytes | str, *, shapes: CompiledShapes | None = None) -> Change:
        """Change the columns, and bring the report up to date. Where it fails, nothing is changed.

        A quad that is both added and removed is there afterwards; to add what is there and to remove what is not does
        nothing. A triple is in the data graph as long as any graph says it. A blank node is the one that has the same
        label in the columns, or a new one.

        Args:
            added: N-Quads or N-Triples in UTF-8, or the name of a relation (s, p, o, g) of ids of the dictionary, with
                NULL for g in the default graph.
            removed: the same.
            shapes: what holds from now on; None for the shapes as they are.

        Raises:
            SourceError: what is added or removed is not well-formed, or no such relation.
            KgError: it holds more than RDF 1.1.
            ShapesError: a shape cannot be evaluated.
        """
        known = self._known if shapes is None else _known(shapes)
        index, place = self._index or Index(self._columns), self._place or self._placed()
        self._dictionary.forget()
        change = changed_columns(self._layout, self._dictionary, index, added, removed)
        with _no_collection(), change as (changed, write):
            place = place if place.holds_for(self._dictionary) else self._placed()
            why = self._why_full(known, place, changed, len(index))
            run = None
            if why is None:
                run = self._patched(place, changed, index, write)
            else:
                write(lambda: None)
            run = run or _Run(why or "much of the data is affected", known.shapes.find(self._columns))
        index.change(changed.plus, changed.minus)
        is_near = index.drift() < max(DRIFT_FROM, DRIFT_SHARE * len(index))
        self._index, self._place = index if is_near else None, place if run.affected is not None else None
        earlier, self._known, self._findings = self.report, known, run.findings
        self.report = self._told()
        return Change(
            new=_without(self.report, earlier),
            resolved=_without(earlier, self.report),
            report=self.report,
            is_full=run.affected is None,
            why=run.why,
            affected=run.affected or {},
        )

    def _told(self) -> ValidationReport:
        return self._findings.report(tuple(sorted(self._known.shapes.coverage().reference)))

    def _placed(self) -> _Place:
        """Where the shapes stand on the dictionary and the hierarchy of classes as they are."""
        job, reach = self._known.shapes.job, self._known.reach
        background = [tuple(map(term_of, triple)) for triple in job.background]
        ids = identify(
            self._dictionary,
            [*job.constants, *terms_of(reach), *(end for triple in [*background, *job.asked] for end in triple)],
        )
        automaton = automaton_of(self._columns, reach, [(ids[s], ids[p], ids[o]) for s, p, o in background], ids)
        below = Below(automaton.hierarchy)
        part = Part(self._columns, self._dictionary, job, ids, [below.of(ids[term_of(name)]) for name in job.classes])
        unknown = [term for term, number in ids.items() if number < 0 and term.kind != BLANK]
        return _Place(automaton, part, self._dictionary.size, unknown)

    # --- Everything --------------------------------------------------------------------------------------------------

    def _why_full(self, known: _Known, place: _Place, changed: Changed, number: int) -> str | None:
        """Why all of the data must be validated, where that is known beforehand."""
        triples = changed.plus | changed.minus
        if known.digest != self._known.digest:
            return "the shapes are others"
        if any(p == place.automaton.ids[RDFS.subClassOf] for _, p, _ in triples):
            return "the hierarchy of classes is another"
        if len(triples) > LARGE_FROM + LARGE_SHARE * number:
            return f"{len(triples)} of {number} triples changed"
        return None

    # --- What is affected --------------------------------------------------------------------------------------------

    def _patched(
        self, place: _Place, changed: Changed, index: Index, write: Callable[[Callable[[], object]], None]
    ) -> _Run | None:
        """What the data give as far as the change can matter; None where it can matter to much of them.

        The change is written meanwhile: what is affected is known from the index.
        """
        plus, minus = changed.plus, changed.minus
        background = place.automaton.background
        limit = int(NEAR_FROM + NEAR_SHARE * len(index))
        with ThreadPoolExecutor(1) as beside:
            # To wait for the walk at each of its steps takes Python's lock longer than they do, so it is let go first.
            under_way = Event()
            written = beside.submit(write, under_way.set)
            written.add_done_callback(lambda _: under_way.set())
            under_way.wait()
            around = Surroundings(index, plus | background, minus, limit, written.result)
            try:
                affected = find_affected(place.automaton, around, plus | minus)
            except TooMany:
                return None
            finally:
                written.result()
        before, after = affected.near - (plus - background), affected.near - (minus - background)
        findings, fresh = self._validated(place.part, affected, before, after)
        findings = self._claimed(findings, fresh, changed)
        names = {str(shape): len(nodes) for shape, nodes in affected.focus.items()}
        return _Run(f"{sum(names.values())} focus nodes are affected", findings, names)

    def _validated(
        self, part: Part, affected: Affected, before: set[Triple], after: set[Triple]
    ) -> tuple[Findings, Collection[Breach]]:
        """What is found in all, and what of it was found just now."""
        names, focus = set(map(str, affected.focus)), set().union(*affected.focus.values())
        if not names:
            return self._findings, ()
        own = self._known.shapes.rules_of_focus()
        settled = {rule for name in names for rule in own.get(name, ())}
        part.hold(affected.near, focus)
        earlier = self._found(part, before, names - own.keys(), focus)
        later = self._found(part, after, names, focus)
        kept = self._findings.without(settled, set(map(part.text, focus)))
        return kept.patched(earlier, later), later.told.keys()

    def _found(self, part: Part, triples: set[Triple], names: set[str], focus: set[int]) -> Findings:
        """What breaks some shapes at focus nodes of a part; the reference engine gets that part of the columns."""
        shapes, db = self._known.shapes, self._columns.db
        columns = replace(self._columns, triples="delta_part", is_sorted=True)
        is_by_reference = bool(names & shapes.coverage().reference.keys())
        if is_by_reference:
            make_table(db, "delta_part", _TRIPLE, sorted(triples))
        try:
            return shapes.find(columns, shapes=names, run=lambda job: part.breaches(triples, job, focus))
        finally:
            if is_by_reference:
                db.execute("DROP TABLE delta_part")

    def _claimed(self, findings: Findings, fresh: Collection[Breach], changed: Changed) -> Findings:
        """The same with the claims of now: of whatever is changed, any result can have others."""
        subjects = {quad[0] for quad in changed.added | changed.removed}
        texts = set(map(write_term, self._dictionary.terms(subjects).values()))
        touched = {breach for breach in findings.told if breach.focus in texts or breach.value in texts} | {*fresh}
        claims = claims_now(self._columns, self._dictionary, touched)
        return replace(findings, told={**findings.told, **self._known.shapes.tell(claims)})


@dataclass(frozen=True, slots=True)
class _Place:
    """What of the data shapes read, in ids.

    Args:
        automaton: what shapes read of them.
        part: where the shapes are run again.
        terms: how many terms the dictionary had.
        unknown: those of the shapes that it lacked.
    """

    automaton: Automaton
    part: Part
    terms: int
    unknown: list[Term]

    def holds_for(self, dictionary: Dictionary) -> bool:
        """Whether the dictionary has got none of the terms that it lacked."""
        return dictionary.size == self.terms or not dictionary.ids(self.unknown)


@dataclass(frozen=True, slots=True)
class _Known:
    """Shapes, and what is worked out from them once."""

    shapes: CompiledShapes
    digest: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class _Run:
    """A validation: why so, what it found, and of how many focus nodes of each shape; None if it was of all."""

    why: str
    findings: Findings
    affected: dict[str, int] | None = None


@contextmanager
def _no_collection() -> Iterator[None]:
    """Nobody looks for cycles of garbage: a change makes few, and to walk all that lives took a tenth of its time."""
    is_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_enabled:
            gc.enable()


def _known(shapes: CompiledShapes) -> _Known:
    return _Known(shapes, _digest(shapes), find_reach(shapes.shapes.graph))


def _digest(shapes: CompiledShapes) -> str:
    """Shapes that say the same have the same; blank nodes tell by their labels, so one more full run may be made."""
    triples = [*shapes.shapes.graph, *shapes.shapes.background]
    lines = sorted(" ".join(f"{type(term).__name__} {term!r}" for term in triple) for triple in triples)
    return sha256("\n".join(lines).encode())


def _without(report: ValidationReport, other: ValidationReport) -> ValidationReport:
    told = {replace(result, claims=()) for result in other.results}
    return replace(report, results=tuple(r for r in report.results if replace(r, claims=()) not in told))
