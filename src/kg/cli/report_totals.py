"""Explained totals, as text and as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kg.vocab import HAB

from .tables import aligned, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kg.statistics import Entry, ExplainedTotal, Explanation, Rule, Statement, TotalsReport

__all__ = ["as_rows", "as_text"]

_OTHERS_SHOWN: Final = 2
_CAUTION: Final = """\
So many rules are tried that a number may fit one by chance. The price says how far a rule departs from the plainest
reading (0): a cheap rule tells something, a dear one hardly. That a rule gives a total does not prove that it was used.
"""
_NO_LAST_DAY: Final = "no last day is stated, so every one was tried: almost any number has some rule then"
_AFFECTS: Final = f"{HAB}affects"


def as_text(report: TotalsReport) -> str:
    """Each total with its claims and its rule, the unexplained ones last, then the list with the claims behind it."""
    ordered = sorted(report.totals, key=lambda each: not each.explanations)
    return "\n".join([_summary(report), *(_block(each, report.kind_labels) for each in ordered), _list_of(report)])


def as_rows(report: TotalsReport) -> list[dict[str, object]]:
    """One row a claim, of the total itself, of what its rule takes in, and of what it leaves out."""
    return [row for each in report.totals for row in _rows_of(each, report.kind_labels)]


def _summary(report: TotalsReport) -> str:
    documented = [each for each in report.totals if each.total.statements]
    explained = sum(bool(each.explanations) for each in documented)
    return (
        f"{len(documented)} published totals are documented here; {explained} of them follow from the list below by a "
        f"counting rule.\n{_CAUTION}"
    )


def _block(each: ExplainedTotal, kinds: Mapping[str, str]) -> str:
    total, number = each.total, each.total.question.value
    heading = f"{number}: {_verdict(each)}"
    if each.explanations:
        heading = f"{number} = {' + '.join(str(entry.size) for entry in each.explanations[0].counted)}"
    said_by = [f"{_place(s)}  {short(s.claim.iri)}" for s in sorted(total.statements, key=lambda s: s.claim.iri)]
    if not said_by:
        said_by = ["no current claim: what follows is a sum of ours and no published total"]
    title = f"  {total.label}\n" if total.label else ""
    lines = [*(("documented by", place) for place in said_by), *_findings(each, kinds)]
    return f"{heading}\n{title}{aligned(lines, indent=2)}"


def _findings(each: ExplainedTotal, kinds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What was found about a total, as pairs of a heading and a text."""
    if not each.explanations:
        if each.total.is_exact:
            yield "plainly", f"from what the claim says of its rule, the list documents {each.documented}"
        return
    best, *others = each.explanations
    yield "rule", f"{_in_words(best.rule, each, kinds)} (price {best.rule.price})"
    if each.total.question.cut_off is None:
        yield "caution", _NO_LAST_DAY
    if best.earliest_start != best.counted[0].day:
        first = "the beginning" if best.earliest_start is None else str(best.earliest_start)
        yield "same with", f"any start from {first} to {best.counted[0].day}"
    for entry in best.left_out:
        yield "leaves out", f"{entry.size} {entry.label}, {entry.day}"
    for other in others[:_OTHERS_SHOWN]:
        sizes = " + ".join(str(entry.size) for entry in other.counted)
        yield "also by", f"{_in_words(other.rule, each, kinds)} (price {other.rule.price}): {sizes}"
    if len(others) > _OTHERS_SHOWN:
        yield "also by", f"{len(others) - _OTHERS_SHOWN} more rules, each less plain"
    if each.agrees_with_editors is not None:
        yield "editors", f"their own reading takes in {'the same' if each.agrees_with_editors else 'OTHER groups'}"


def _in_words(rule: Rule, each: ExplainedTotal, kinds: Mapping[str, str]) -> str:
    acts = f"every {_either(sorted(set(kinds.values())) if rule.kind is None else [kinds[rule.kind]])}"
    start = "the beginning" if rule.start is None else str(rule.start)
    said = " (stated)" if rule.start is not None and rule.start == each.total.question.start else ""
    last = "that day included" if rule.is_inclusive else "that day left out"
    without = ""
    if rule.without is not None:
        labels = [entry.label for other in each.explanations for entry in other.left_out if _is(entry, rule.without)]
        without = f", without {labels[0]}"
    return f"{acts} from {start}{said} to {rule.cut_off}, {last}{without}"


def _either(words: Sequence[str]) -> str:
    """The words as "a", "a or b", "a, b or c"."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _is(entry: Entry, key: str) -> bool:
    return key.partition(" ")[0] == entry.subject


def _verdict(each: ExplainedTotal) -> str:
    if not each.total.is_exact:
        return "not searched, because a bound or a rounded number is no sum"
    if not each.explanations:
        return "unexplained, because no counting rule gives it"
    return "explained" if each.total.statements else "derivable, but no current claim documents it"


def _list_of(report: TotalsReport) -> str:
    """The list, a line a claim."""
    # An act dated by its month counts from the first day of it; what the claim says of the date stands beside.
    lines: list[tuple[object, ...]] = [("from", "people", "who", "says", "documented by", "claim")]
    for entry in report.entries:
        head: tuple[object, ...] = (entry.day or "unknown", str(entry.size), entry.label)
        for said in _by_claim(entry.statements):
            lines.append((*head, ", ".join(dict.fromkeys(map(_says, said))), _place(said[0]), short(said[0].claim.iri)))
            head = ("", "", "")
    labels = {entry.subject: entry.label for entry in report.entries}
    overlaps = "".join(
        f"{labels[s.about]} may overlap with {labels[s.value]}, so that a sum may count somebody twice: documented by "
        f"{_place(s)}  {short(s.claim.iri)}\n"
        for s in report.overlaps
    )
    return f"The list: who is documented as pardoned, amnestied or released\n{aligned(lines, indent=2)}{overlaps}"


def _by_claim(statements: Iterable[Statement]) -> Iterable[list[Statement]]:
    found: dict[str, list[Statement]] = {}
    for statement in statements:
        found.setdefault(statement.claim.iri, []).append(statement)
    return found.values()


def _says(statement: Statement) -> str:
    return "it was this person" if statement.property == _AFFECTS else statement.value


def _place(statement: Statement) -> str:
    claim = statement.claim
    return ", ".join(filter(None, (claim.speaker_name, short(claim.source), claim.locator)))


def _rows_of(each: ExplainedTotal, kinds: Mapping[str, str]) -> Iterator[dict[str, object]]:
    best = each.explanations[0] if each.explanations else None
    rule = _rule_columns(each, best, kinds)
    total = {"side": "total", "day": each.total.question.cut_off, "people": each.total.question.value}
    total_label = {"label": each.total.label}
    if not each.total.statements:
        yield rule | total | total_label | _claim_columns(None)
    for statement in each.total.statements:
        yield rule | total | total_label | _claim_columns(statement)
    sides = () if best is None else (("counted", best.counted), ("left out", best.left_out))
    for side, entries in sides:
        for entry in entries:
            for statement in entry.statements:
                place = {"side": side, "day": entry.day, "people": entry.size, "label": entry.label}
                yield rule | place | _claim_columns(statement)


def _rule_columns(each: ExplainedTotal, best: Explanation | None, kinds: Mapping[str, str]) -> dict[str, object]:
    rule = None if best is None else best.rule
    return {
        "total": each.total.question.value,
        "count": each.total.count,
        "counted_by": each.total.counter,
        "verdict": _verdict(each),
        "rule": "" if rule is None else _in_words(rule, each, kinds),
        "start": None if rule is None else rule.start,
        "earliest_start": None if best is None else best.earliest_start,
        "cut_off": None if rule is None else rule.cut_off,
        "cut_off_inclusive": None if rule is None else rule.is_inclusive,
        "kind": None if rule is None else rule.kind,
        "without": None if rule is None or rule.without is None else rule.without.partition(" ")[0],
        "price": None if rule is None else rule.price,
        "other_rules": max(0, len(each.explanations) - 1),
        "documented_plainly": each.documented,
        "agrees_with_editors": each.agrees_with_editors,
    }


def _claim_columns(statement: Statement | None) -> dict[str, object]:
    claim = None if statement is None else statement.claim
    return {
        "about": None if statement is None else statement.about,
        "property": None if statement is None else statement.property,
        "value": None if statement is None else statement.value,
        "claim": None if claim is None else claim.iri,
        "speaker": None if claim is None else claim.speaker_name,
        "source": None if claim is None else claim.source,
        "source_title": None if claim is None else claim.source_title,
        "address": None if claim is None else claim.address,
        "locator": None if claim is None else claim.locator,
    }
