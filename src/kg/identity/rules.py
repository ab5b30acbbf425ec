"""What a decision must be, row by row and all of them together; each rule with what it says and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kg.errors import SourceError
from kg.vocab import BASE, ID, REPLACED_BY

from .targets import canonical_iri, is_iri, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .judgements import Decision

__all__ = ["EXACT", "check_row", "check_together", "survivor_of"]

_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
EXACT: Final = f"{_SKOS}exactMatch"
_LINKS: Final = frozenset(f"{_SKOS}{name}Match" for name in ("exact", "close", "broad", "narrow", "related"))
_METHODS: Final = "https://w3id.org/semapv/vocab/"


class _Rule(NamedTuple):
    is_broken: Callable[[Decision], bool]
    what: str
    remedy: str


def _is_merge(decision: Decision) -> bool:
    return decision.judgement.predicate == REPLACED_BY


def _iris(decision: Decision) -> tuple[str, ...]:
    return decision.judgement.subject, decision.judgement.object, *decision.authors, *decision.reviewers


_RULES: Final = (
    _Rule(
        lambda d: d.is_proposed,
        "Nobody has decided on this candidate yet (status=proposed).",
        "Look at both things, then name yourself in reviewer_id and the day in review_date, choose the predicate, and "
        "take status=proposed out of the column other; or leave the row out.",
    ),
    _Rule(
        # MODEL: no owl:sameAs for judged identity, which would merge all that is said of both, for every reasoner.
        lambda d: d.judgement.predicate not in _LINKS and not _is_merge(d),
        "It links with a predicate that no judgement of identity may use (owl:sameAs is one of these).",
        "Link with skos:exactMatch, closeMatch, broadMatch, narrowMatch or relatedMatch; merge two things of our own "
        "with dcterms:isReplacedBy.",
    ),
    _Rule(
        lambda d: not all(map(is_iri, (*_iris(d), *d.evidence))),
        "A name in it is no http or https IRI.",
        "Take out spaces, angle brackets and quotation marks, and look at the curie_map.",
    ),
    _Rule(
        lambda d: not d.judgement.subject.startswith(ID),
        f"Its subject is no thing of ours ({ID}…).",
        "Put the thing of this dataset first, and that of the other one second; turn broadMatch and narrowMatch round.",
    ),
    _Rule(
        lambda d: d.judgement.object.startswith(BASE) and not d.judgement.object.startswith(ID),
        "Its object is one of our names, but not of a thing.",
        "Name the thing itself: only things are the same, claims and sources are not.",
    ),
    _Rule(
        lambda d: d.judgement.object.startswith(ID) and not d.is_negative and not _is_merge(d),
        "It links two things of our own.",
        "Merge them with dcterms:isReplacedBy (the old one first), or decide against it with the modifier Not.",
    ),
    _Rule(
        lambda d: _is_merge(d) and (d.is_negative or not d.judgement.object.startswith(ID)),
        "A merge leads from one thing of ours to another one; there is none with the modifier Not.",
        "To keep two things apart, write Not with skos:exactMatch.",
    ),
    _Rule(
        lambda d: d.judgement.subject == d.judgement.object,
        "Its subject is its object.",
        "Take the row out.",
    ),
    _Rule(
        lambda d: canonical_iri(d.judgement.object) != d.judgement.object,
        "Its object is the address of a page or an older name, not that of the thing.",
        "Write the form that src/kg/identity/targets.toml gives; for Wikidata http://www.wikidata.org/entity/Q….",
    ),
    _Rule(
        lambda d: not d.justification.startswith(_METHODS),
        "Its method is none that SSSOM knows.",
        "Give mapping_justification a term of semapv, such as semapv:ManualMappingCuration.",
    ),
    _Rule(
        lambda d: not d.authors and not d.reviewers,
        "Nobody stands behind it.",
        "Name who decided in author_id or reviewer_id.",
    ),
    _Rule(
        lambda d: not d.reviewers and (d.judgement.predicate in (EXACT, REPLACED_BY) or d.is_negative),
        "It says that two things are one, or are not, and nobody has reviewed it.",
        "Name the reviewer in reviewer_id, or link with skos:closeMatch until somebody has.",
    ),
    _Rule(
        lambda d: not d.date,
        "It does not say when it was decided.",
        "Give it a mapping_date, or a review_date.",
    ),
    _Rule(
        lambda d: d.confidence is None or not 0 < d.confidence <= 1,
        "It does not say how sure it is.",
        "Give it a confidence over 0 and up to 1.",
    ),
)


def check_row(decision: Decision) -> None:
    """Hold one row against the rules.

    Raises:
        SourceError: it breaks one; with the file, the line and the remedy.
    """
    for rule in _RULES:
        if rule.is_broken(decision):
            raise SourceError(rule.what, where=decision.where, remedy=rule.remedy)


def survivor_of(decisions: Iterable[Decision]) -> Mapping[str, str]:
    """Into which thing each merged thing goes in the end; one that is merged in a circle is left out."""
    into = {d.judgement.subject: d.judgement.object for d in decisions if _is_merge(d) and not d.is_negative}
    return {old: end for old in into if (end := _end_of(old, into))}


def _end_of(old: str, into: Mapping[str, str]) -> str:
    seen = {old}
    while old in into:
        old = into[old]
        if old in seen:
            return ""
        seen.add(old)
    return old


def check_together(decisions: Sequence[Decision]) -> None:
    """Find decisions that contradict each other once all merges are made.

    Raises:
        SourceError: the later row of two; with its file and line, those of the other row, and the remedy.
    """
    survivors = survivor_of(decisions)
    pairs: dict[tuple[str, str], Decision] = {}
    one_to_one: dict[tuple[str, str], Decision] = {}
    for decision in decisions:
        if not _is_merge(decision):
            subject = survivors.get(decision.judgement.subject, decision.judgement.subject)
            other = survivors.get(decision.judgement.object, decision.judgement.object)
            _refuse_merged_and_kept_apart(decision, subject, other)
            _refuse_two_answers(decision, pairs.setdefault((subject, other), decision))
            if decision.judgement.predicate == EXACT and not decision.is_negative:
                target = target_of(other).key
                for key in ((subject, target), (other, "")):
                    _refuse_two_partners(decision, one_to_one.setdefault(key, decision), survivors)


def _refuse_merged_and_kept_apart(decision: Decision, subject: str, other: str) -> None:
    if subject == other:
        raise SourceError(
            "It keeps two things apart that other rows merge.",
            where=decision.where,
            remedy="Decide which of the two holds, and take the other out.",
        )


def _refuse_two_answers(decision: Decision, earlier: Decision) -> None:
    mine, theirs = ((d.judgement.predicate, d.is_negative) for d in (decision, earlier))
    if mine != theirs:
        raise SourceError(
            f"It contradicts {earlier.where}, which says otherwise of the same two things.",
            where=decision.where,
            remedy="Keep the one that holds.",
        )


def _refuse_two_partners(decision: Decision, earlier: Decision, survivors: Mapping[str, str]) -> None:
    mine, theirs = (
        (survivors.get(d.judgement.subject, d.judgement.subject), d.judgement.object) for d in (decision, earlier)
    )
    if mine != theirs:
        raise SourceError(
            f"It is one of two exact matches of the same thing within one dataset; the other is {earlier.where}.",
            where=decision.where,
            remedy="Keep the one that holds, merge the two things, or link with skos:closeMatch.",
        )
