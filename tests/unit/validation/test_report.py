"""Reports as people and programs read them."""

from __future__ import annotations

import json
from dataclasses import replace

import pyoxigraph

from kg.validation import Severity, ValidationReport, ValidationResult, render_ndjson, render_text, render_turtle
from kg.vocab import CLAIM, HAB, ID, SHAPES

SH = "http://www.w3.org/ns/shacl#"
SPEECHLESS = ValidationResult(
    focus_node=f"<{CLAIM}k7f3m2qa>",
    path="http://www.w3.org/ns/prov#wasAttributedTo",
    value=None,
    message="A claim has exactly one speaker. Name it by IRI.",
    shape=f"{SHAPES}Claim-wasAttributedTo",
    component=f"{SH}MinCountConstraintComponent",
    constraint=None,
    severity=Severity.VIOLATION,
    claims=(f"{CLAIM}k7f3m2qa",),
)
SIZE = ValidationResult(
    focus_node=f"<{ID}group/arrested-1>",
    path=f"{HAB}size",
    value='"a \\"dozen\\""^^<http://www.w3.org/2001/XMLSchema#integer>',
    message="The size of a group is a whole number. Write it as digits.",
    shape=f"{SHAPES}size",
    component=f"{SH}DatatypeConstraintComponent",
    constraint=None,
    severity=Severity.VIOLATION,
    claims=(f"{CLAIM}m4x8t2bc",),
)
ORDER = ValidationResult(
    focus_node=f"<{ID}event/release-1>",
    path=None,
    value=f"<{ID}person/k7f3m2qa>",
    message="A release ends a custody. Add the earlier arrest.",
    shape=f"{SHAPES}Release-custody",
    component=f"{SH}SPARQLConstraintComponent",
    constraint=f"{SHAPES}Release-custody-query",
    severity=Severity.WARNING,
)
NAMELESS = ValidationResult(
    focus_node="_:b",
    path=None,
    value="_:b",
    message="A place is named. Name it.",
    shape=f"{SHAPES}Place-iri",
    component=f"{SH}NodeKindConstraintComponent",
    constraint=None,
    severity=Severity.VIOLATION,
)
REPORT = ValidationReport((SPEECHLESS, NAMELESS, SIZE, ORDER))


def test_text_says_what_where_and_how_to_mend() -> None:
    text = """\
VIOLATION shapes:Claim-wasAttributedTo
  what  A claim has exactly one speaker.
  where claim:k7f3m2qa <http://www.w3.org/ns/prov#wasAttributedTo> (missing)
  mend  Name it by IRI.

VIOLATION shapes:Place-iri
  what  A place is named.
  where a blank node
  mend  Name it.

VIOLATION shapes:size
  what  The size of a group is a whole number.
  where group:arrested-1 hab:size "a \\"dozen\\""^^<http://www.w3.org/2001/XMLSchema#integer> (in claim:m4x8t2bc)
  mend  Write it as digits.

WARNING shapes:Release-custody
  what  A release ends a custody.
  where event:release-1 person:k7f3m2qa
  mend  Add the earlier arrest.

Does not conform: 3 violations, 1 warning.
"""
    assert render_text(REPORT) == text


def test_text_tells_one_rule_once_for_all_its_places() -> None:
    results = [SPEECHLESS, _at(SPEECHLESS, "m4x8t2bc"), _by(SPEECHLESS, "ClassConstraintComponent")]
    text = render_text(ValidationReport(tuple(results)))

    assert text.count("what") == 1
    assert text.count("where") == 3
    assert "3 violations" in text


def test_text_counts_one_place_once_however_many_constraints_fail_there() -> None:
    results = (SIZE, _by(SIZE, "MinInclusiveConstraintComponent"))
    text = render_text(ValidationReport(results))

    assert text.count("where") == 1
    assert text.endswith("Does not conform: 1 violation.\n")


def test_text_wraps_to_the_terminal_and_breaks_no_iri() -> None:
    lines = render_text(ValidationReport((SIZE,)), width=40).splitlines()
    assert all(len(line) <= 40 for line in lines if "where" not in line)


def test_warnings_alone_conform() -> None:
    report = ValidationReport((ORDER,))
    assert report.conforms
    assert not REPORT.conforms
    assert render_text(report).endswith("Conforms: 1 warning.\n")


def test_nothing_wrong_is_said_in_every_format() -> None:
    empty = ValidationReport(())
    assert empty.conforms
    assert render_text(empty) == "Conforms: no rule is broken.\n"
    assert "sh:conforms true ." in render_turtle(empty)
    assert render_ndjson(empty) == ""


def test_turtle_is_a_shacl_validation_report() -> None:
    store = pyoxigraph.Store()
    store.load(render_turtle(REPORT).encode(), format=pyoxigraph.RdfFormat.TURTLE)
    rows = store.query(
        f"""PREFIX sh: <{SH}> SELECT ?focus ?path ?value ?message ?severity ?shape ?constraint ?component WHERE {{
            ?report a sh:ValidationReport ; sh:conforms false ; sh:result ?r .
            ?r a sh:ValidationResult ; sh:focusNode ?focus ; sh:resultMessage ?message ; sh:resultSeverity ?severity ;
              sh:sourceShape ?shape ; sh:sourceConstraintComponent ?component
            OPTIONAL {{ ?r sh:resultPath ?path }} OPTIONAL {{ ?r sh:value ?value }}
            OPTIONAL {{ ?r sh:sourceConstraint ?constraint }} }}"""
    )
    found = {tuple("" if term is None else "_:b" if _blank(term) else str(term) for term in row) for row in rows}

    assert found == {_expected(result) for result in REPORT.results}


def _blank(term: object) -> bool:
    return isinstance(term, pyoxigraph.BlankNode)


def _expected(result: ValidationResult) -> tuple[str, ...]:
    def iri(text: str | None) -> str:
        return f"<{text}>" if text else ""

    return (
        result.focus_node,
        iri(result.path),
        result.value or "",
        f'"{result.message}"@en',
        f"<{SH}{result.severity.value}>",
        iri(result.shape),
        iri(result.constraint),
        iri(result.component),
    )


def test_ndjson_has_one_object_a_line_with_every_field() -> None:
    lines = render_ndjson(REPORT).splitlines()
    assert len(lines) == 4

    first = json.loads(lines[0])
    assert ValidationResult(**first | {"severity": Severity(first["severity"]), "claims": tuple(first["claims"])}) == (
        SPEECHLESS
    )


def test_no_value_ends_a_line_of_ndjson() -> None:
    value = '"' + "".join(map(chr, range(32, 0x2100))).replace("\\", "").replace('"', "") + '\\n"'
    (line,) = render_ndjson(ValidationReport((replace(SIZE, value=value),))).splitlines()

    assert json.loads(line)["value"] == value


def test_claims_are_added_to_those_that_are_known() -> None:
    report = REPORT.with_claims(lambda result: [f"{CLAIM}abcdefgh"] if result.path else [])
    assert [result.claims for result in report.results] == [
        (f"{CLAIM}abcdefgh", f"{CLAIM}k7f3m2qa"),
        (),
        (f"{CLAIM}abcdefgh", f"{CLAIM}m4x8t2bc"),
        (),
    ]


def test_what_may_be_logged_names_claims_and_nothing_of_what_they_say() -> None:
    logged = REPORT.without_content()
    text = render_text(logged) + render_turtle(logged) + render_ndjson(logged)

    for trace in ("dozen", "arrested-1", "release-1", f"{ID}person/k7f3m2qa"):
        assert trace not in text
    assert "claim:m4x8t2bc" in text
    assert "claim:k7f3m2qa" in text


def _at(result: ValidationResult, key: str) -> ValidationResult:
    return replace(result, focus_node=f"<{CLAIM}{key}>", claims=(f"{CLAIM}{key}",))


def _by(result: ValidationResult, component: str) -> ValidationResult:
    return replace(result, component=f"{SH}{component}")
