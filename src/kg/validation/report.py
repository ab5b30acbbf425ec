"""Validation reports: what breaks which rule, where, and how to mend it; as text, Turtle and NDJSON."""

from __future__ import annotations

import json
import re
import textwrap
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ..errors import ShapesError
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


_SEVERITY_ORDER: Final = tuple(Severity)


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """One breach of one rule.

    Args:
        focus_node: the node that was checked, as an N-Triples term. Every blank node is ``BLANK_NODE``: its label
            differs from parse to parse and would name nothing.
        path: IRI of the property that was checked, or a longer path as SHACL writes it in Turtle; None where the node
            itself breaks the rule.
        value: the offending value, as an N-Triples term; None where something is missing.
        message: the rule, and after its first sentence how to mend the breach, in English.
        shape: IRI of the shape that the rule belongs to.
        component: IRI of the SHACL constraint component that found it (sh:MinCountConstraintComponent…).
        constraint: IRI of the SPARQL constraint, for rules in SPARQL.
        severity: as the shape says.
        claims: IRIs of the claims that say what is wrong, sorted, as far as they are known.
    """

    focus_node: str
    path: str | None
    value: str | None
    message: str
    shape: str
    component: str
    constraint: str | None
    severity: Severity
    claims: tuple[str, ...] = ()


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
        """Whether no violation is among the results: warnings and infos are told, and only SHACL 1.0 counted them."""
        return all(result.severity is not Severity.VIOLATION for result in self.results)

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
        _SEVERITY_ORDER.index(result.severity),
        result.shape,
        result.focus_node,
        result.path or "",
        result.value or "",
        result.message,
        result.component,
    )


def severity_of(iri: str) -> Severity:
    """The severity that an IRI of SHACL names.

    Raises:
        ShapesError: it is another severity, which our reports do not tell.
    """
    try:
        return Severity(iri.removeprefix(_SH))
    except ValueError:
        raise ShapesError(f"A shape has the severity {iri}. Write sh:Violation, sh:Warning or sh:Info.") from None


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
        broken[result.severity, result.shape, result.message].append(result)
    blocks = ["\n".join(_block(results, width)) for results in broken.values()]
    return "\n\n".join([*blocks, _summary(report)]) + "\n"


def _block(results: list[ValidationResult], width: int) -> Iterator[str]:
    first = results[0]
    rule, mend = _split_message(first.message)
    yield f"{first.severity.value.upper()} {_short(first.shape)}"
    yield from _field("what", rule, width)
    for where in dict.fromkeys(map(_where, results)):
        yield f"  {'where':<6}{where}"
    if mend:
        yield from _field("mend", mend, width)


def _where(result: ValidationResult) -> str:
    value = result.value or _COUNTED.get(result.component)
    terms = [result.focus_node, result.path and f"<{result.path}>", None if value == result.focus_node else value]
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
    numbers = {s: sum(place[0] is s for place in places) for s in Severity}
    told = ", ".join(f"{n} {s.value.lower()}{'s' * (n != 1)}" for s, n in numbers.items() if n)
    return f"{'Conforms' if report.conforms else 'Does not conform'}: {told}."


def _short_term(term: str) -> str:
    """An N-Triples term as a person writes it in TriG."""
    if term == BLANK_NODE:
        return "a blank node"
    return re.sub(r"^<(.*)>$|(?<=\^\^)<(.*)>$", lambda match: _short(match[1] or match[2]), term)


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
        f"@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n@prefix sh: <{_SH}> .\n\n"
        f"[] a sh:ValidationReport ;\n  sh:conforms {str(report.conforms).lower()}{listed} .\n"
    )


def _turtle_result(result: ValidationResult) -> str:
    pairs = [
        ("a", "sh:ValidationResult"),
        ("sh:focusNode", _turtle_term(result.focus_node)),
        ("sh:resultPath", result.path and _turtle_path(result.path)),
        ("sh:value", result.value and _turtle_term(result.value)),
        ("sh:resultMessage", f"{json.dumps(result.message, ensure_ascii=False)}@en"),
        ("sh:resultSeverity", f"sh:{result.severity.value}"),
        ("sh:sourceShape", f"<{result.shape}>"),
        ("sh:sourceConstraint", result.constraint and f"<{result.constraint}>"),
        ("sh:sourceConstraintComponent", f"<{result.component}>"),
        ("rdfs:seeAlso", ", ".join(f"<{claim}>" for claim in result.claims)),
    ]
    return "".join(f"    {name} {term} ;\n" for name, term in pairs if term)


def _turtle_path(path: str) -> str:
    return path if path.startswith(("(", "[")) else f"<{path}>"


def _turtle_term(term: str) -> str:
    return "[]" if term == BLANK_NODE else term


# --- NDJSON ----------------------------------------------------------------------------------------------------------


def render_ndjson(report: ValidationReport) -> str:
    """One JSON object a line for each result, with the fields of ``ValidationResult``; nothing if there is none."""
    return "".join(json.dumps(asdict(result), ensure_ascii=False) + "\n" for result in report.results)
