"""Validation reports: what breaks which rule, where, and how to mend it; as text, Turtle and NDJSON."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ..vocab import BASE, CLAIM, HAB, ID, SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "BLANK_NODE",
    "NO_MESSAGE",
    "Severity",
    "ValidationReport",
    "ValidationResult",
    "in_order",
    "render_ndjson",
    "render_text",
    "render_turtle",
    "severity_of",
]

BLANK_NODE: Final = "_:b"
NO_MESSAGE: Final = "It breaks a rule in SPARQL that has no message."
_SH: Final = "http://www.w3.org/ns/shacl#"

# What stands in place of a value where the constraint counts values.
_COUNTED: Final = {f"{_SH}MinCountConstraintComponent": "(missing)", f"{_SH}MaxCountConstraintComponent": "(too many)"}


class Severity(StrEnum):
    """How bad a result is; the value is the local name in SHACL."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"


# What JSON leaves as it is, and some readers take for the end of a line.
_LINE_ENDS: Final = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
# A severity of somebody's own may be a bad one.
_RANKS: Final = {Severity.VIOLATION: 0, Severity.WARNING: 2, Severity.INFO: 3}
_OWN_RANK: Final = 1


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """One breach of one rule.

    Args:
        focus_node: the node that was checked, as an N-Triples term. Every blank node is ``BLANK_NODE``: its label
            differs from parse to parse and would name nothing.
        path: IRI of the property that was checked, or a longer path as SHACL writes it in Turtle; None where the node
            itself breaks the rule.
        value: the offending value, as an N-Triples term; None where something is missing.
        message: the rule, and after its first sentence how to mend the breach.
        shape: IRI of the shape that the rule belongs to, or of the nearest one that has it inside; ``BLANK_NODE`` where
            there is none.
        component: IRI of the SHACL constraint component that found it (sh:MinCountConstraintComponent…).
        constraint: IRI of the SPARQL constraint, for rules in SPARQL; ``BLANK_NODE`` for one without.
        severity: a ``Severity``, or the IRI of another.
        claims: IRIs of the claims that say what is wrong, sorted, as far as they are known.
        part: what the shape says of the values, in Turtle, where it has no IRI of its own.
        language: the tag of the message's language; "" where it has none.
    """

    focus_node: str
    path: str | None
    value: str | None
    message: str
    shape: str
    component: str
    constraint: str | None
    severity: str
    claims: tuple[str, ...] = ()
    part: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The results of one validation, in an order that depends on the data alone.

    Args:
        results: what breaks the rules.
        by_reference: IRIs of the shapes that the reference engine checked, where the columns check the others.
        left_out: how many results are not told, over a limit that was asked for; their shapes have others that are.
    """

    results: tuple[ValidationResult, ...]
    by_reference: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def conforms(self) -> bool:
        """Whether there are none but warnings and infos, which are told, and which only SHACL 1.0 counted."""
        return all(result.severity in (Severity.WARNING, Severity.INFO) for result in self.results)

    def with_claims(self, claims_of: Callable[[ValidationResult], Iterable[str]]) -> ValidationReport:
        """The same report with each result's claims added to, by what ``claims_of`` knows of it."""
        results = tuple(replace(r, claims=tuple(sorted({*r.claims, *claims_of(r)}))) for r in self.results)
        return replace(self, results=results)

    def without_content(self) -> ValidationReport:
        """The same report as it may be logged: rules and claims' IRIs, and nothing of what the claims say.

        Focus nodes are blanked unless they are claims, and values are left out; messages quote none.
        """
        return replace(self, results=tuple(dict.fromkeys(map(_blanked, self.results))))


def in_order(results: Iterable[ValidationResult]) -> tuple[ValidationResult, ...]:
    """The results in the order of a report."""
    return tuple(sorted(results, key=_order))


def _order(result: ValidationResult) -> tuple[str | int, ...]:
    return (
        _rank(result.severity),
        result.severity,
        result.shape,
        result.part or "",
        result.focus_node,
        result.path or "",
        result.value or "",
        result.message,
        result.component,
    )


def _rank(severity: str) -> int:
    return _RANKS[Severity(severity)] if severity in _RANKS else _OWN_RANK


def severity_of(iri: str) -> str:
    """The ``Severity`` that an IRI of SHACL names; the IRI of any other."""
    name = iri.removeprefix(_SH)
    return Severity(name) if name != iri and name in _RANKS else iri


def _blanked(result: ValidationResult) -> ValidationResult:
    focus = result.focus_node if result.focus_node.startswith(f"<{CLAIM}") else BLANK_NODE
    return replace(result, focus_node=focus, value=None)


# --- Text for a terminal ---------------------------------------------------------------------------------------------


def render_text(report: ValidationReport, *, width: int = 100) -> str:
    """The report for a person: each broken rule once, with what it asks, where it is broken and how to mend it.

    Args:
        report: what to render.
        width: columns of the terminal; IRIs are not broken, so a line may be longer.
    """
    if not report.results:
        return "Conforms: no rule is broken.\n"
    broken = defaultdict(list)
    for result in report.results:
        broken[result.severity, result.shape, result.part, result.message].append(result)
    blocks = ["\n".join(_block(results, width)) for results in broken.values()]
    return "\n\n".join([*blocks, _summary(report)]) + "\n"


def _block(results: list[ValidationResult], width: int) -> Iterator[str]:
    first = results[0]
    rule, mend = _split_message(first.message)
    shape = " ".join(map(_short_term, filter(None, (_named(first.shape), first.part))))
    yield f"{_told(first.severity).upper()} {shape}"
    yield from _field("what", rule, width)
    for where in dict.fromkeys(map(_where, results)):
        yield f"  {'where':<6}{where}"
    if mend:
        yield from _field("mend", mend, width)


def _where(result: ValidationResult) -> str:
    value = result.value or _COUNTED.get(result.component)
    terms = [
        result.focus_node,
        result.path and _turtle_path(result.path),
        None if value == result.focus_node else value,
    ]
    claims = [_short(claim) for claim in result.claims if f"<{claim}>" != result.focus_node]
    place = " ".join(_short_term(term) for term in terms if term)
    return f"{place} (in {', '.join(claims)})" if claims else place


def _split_message(message: str) -> tuple[str, str]:
    """The rule (the first sentence) and how to mend it (the rest)."""
    rule, stop, mend = message.partition(". ")
    return rule + stop.strip(), mend


def _field(name: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=f"  {name:<6}",
        subsequent_indent=" " * 8,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _summary(report: ValidationReport) -> str:
    """How many places break a rule; several constraints of one shape that fail in one place count once."""
    places = {(r.severity, r.shape, _where(r)) for r in report.results}
    numbers = Counter(severity for severity, _, _ in places)
    told = ", ".join(
        f"{numbers[s]} {_told(s)}{'s' * (numbers[s] != 1 and s in _RANKS)}"
        for s in sorted(numbers, key=lambda s: (_rank(s), s))
    )
    return f"{'Conforms' if report.conforms else 'Does not conform'}: {told}."


def _told(severity: str) -> str:
    return severity.lower() if severity in _RANKS else _short(severity)


def _named(name: str) -> str:
    return name if name == BLANK_NODE else f"<{name}>"


def _short_term(term: str) -> str:
    """A term, or several in Turtle, as a person writes it in TriG."""
    if term == BLANK_NODE:
        return "a blank node"
    pattern = r"<([^<>\s]*)>" if term.startswith(("[", "(")) else r"^<(.*)>$|(?<=\^\^)<(.*)>$"
    return re.sub(pattern, lambda match: _short(next(filter(None, match.groups()), "")), term)


def _short(iri: str) -> str:
    """An IRI with the prefixes that all our files use, or in angle brackets."""
    for prefix, namespace in (("hab:", HAB), ("shapes:", SHAPES)):
        if iri.startswith(namespace):
            return prefix + iri.removeprefix(namespace)
    ours = re.fullmatch(rf"(?:{re.escape(ID)}|{re.escape(BASE)}(?:vocab/)?)([a-z-]+)/([\w-]+)", iri)
    return f"{ours[1]}:{ours[2]}" if ours else f"<{iri}>"


# --- SHACL validation report (SHACL, section 3.6) ---------------------------------------------------------------------


def render_turtle(report: ValidationReport) -> str:
    """The report as a SHACL validation report graph in Turtle; the same report gives the same text."""
    results = ",".join(f" [\n{_turtle_result(result)}  ]" for result in report.results)
    listed = f" ;\n  sh:result{results}" if results else ""
    return (
        f"@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n@prefix sh: <{_SH}> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n\n"
        f"[] a sh:ValidationReport ;\n  sh:conforms {str(report.conforms).lower()}{listed} .\n"
    )


def _turtle_result(result: ValidationResult) -> str:
    pairs = [
        ("a", "sh:ValidationResult"),
        ("sh:focusNode", _turtle_term(result.focus_node)),
        ("sh:resultPath", result.path and _turtle_path(result.path)),
        ("sh:value", result.value and _turtle_term(result.value)),
        (
            "sh:resultMessage",
            json.dumps(result.message, ensure_ascii=False) + (result.language and f"@{result.language}"),
        ),
        ("sh:resultSeverity", f"sh:{result.severity}" if result.severity in _RANKS else f"<{result.severity}>"),
        ("sh:sourceShape", _turtle_shape(result)),
        ("sh:sourceConstraint", result.constraint and _turtle_term(_named(result.constraint))),
        ("sh:sourceConstraintComponent", f"<{result.component}>"),
        ("rdfs:seeAlso", ", ".join(f"<{claim}>" for claim in result.claims)),
    ]
    return "".join(f"    {name} {term} ;\n" for name, term in pairs if term)


def _turtle_shape(result: ValidationResult) -> str:
    """The shape; of one without an IRI what it says, and which shape has it inside."""
    owner = _turtle_term(_named(result.shape))
    if result.part is None or owner == "[]":
        return result.part or owner
    said = result.part.removeprefix("[").removesuffix("]").strip()
    return f"[ rdfs:isDefinedBy {owner}{said and f' ; {said}'} ]"


def _turtle_path(path: str) -> str:
    return path if path.startswith(("(", "[")) else f"<{path}>"


def _turtle_term(term: str) -> str:
    return "[]" if term == BLANK_NODE else term


# --- NDJSON ----------------------------------------------------------------------------------------------------------


def render_ndjson(report: ValidationReport) -> str:
    """One JSON object a line for each result, with the fields of ``ValidationResult``; nothing if there is none."""
    lines = (json.dumps(asdict(result), ensure_ascii=False) for result in report.results)
    return "".join(line.translate(_LINE_ENDS) + "\n" for line in lines)
