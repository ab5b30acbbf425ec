"""What the build derives: date bounds and what the rules construct."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kg.claims import check_dates
from kg.columns import open_database
from kg.derivation import derive
from kg.errors import KgError
from tests.material import build_release, claim, dataset_of, source, trig, write_data

if TYPE_CHECKING:
    from pathlib import Path

DERIVED = "<https://w3id.org/habeas/graph/derived>"
EVENT = "<https://w3id.org/habeas/id/event/march>"
HAB = "https://w3id.org/habeas/ontology#"
DATE = "http://www.w3.org/2001/XMLSchema#date"


def dated(*claims: tuple[str, str]) -> str:
    """A source in which each claim, given with what more its provenance says, dates the same march."""
    keys = [f"march{'abc'[number]}22" for number in range(len(claims))]
    return trig(
        source("article")
        + "".join(claim(key, "article", more=more) for key, (_, more) in zip(keys, claims, strict=True)),
        {
            key: f'event:march a hab:Protest ; rdfs:label "March"@en ; hab:when "{when}"^^edtf:EDTF .'
            for key, (when, _) in zip(keys, claims, strict=True)
        },
    )


def derived_of(tmp_path: Path, text: str) -> list[str]:
    """The derived quads about the march, in the graph of derived triples."""
    outcome = build_release(write_data(tmp_path / "data", {"sources/a.trig": text}), tmp_path / "releases")
    assert outcome.quarantine_report == ""
    lines = dataset_of(outcome.release).splitlines()
    return [line for line in lines if line.startswith(EVENT) and line.endswith(f"{DERIVED} .")]


def bound(name: str, day: str) -> str:
    return f'{EVENT} <{HAB}{name}> "{day}"^^<{DATE}> {DERIVED} .'


def test_claims_that_differ_give_one_envelope(tmp_path: Path) -> None:
    lines = derived_of(tmp_path, dated(("2024-11-07", ""), ("2024-11", "")))

    assert lines == [bound("notAfter", "2024-11-30"), bound("notBefore", "2024-11-01")]


def test_an_open_end_leaves_the_envelope_open(tmp_path: Path) -> None:
    assert derived_of(tmp_path, dated(("2024-11-07", ""), ("2024-11-05/..", ""))) == [bound("notBefore", "2024-11-05")]


@pytest.mark.parametrize("status", ["retracted", "superseded"])
def test_a_claim_that_is_not_current_moves_no_bound(tmp_path: Path, status: str) -> None:
    """Nor does its date stand in the default graph; in its own named graph it stays, for who wants to know."""
    text = dated(("2024-11-07", ""), ("1999", f" ; hab:claimStatus claim-status:{status}"))

    assert derived_of(tmp_path, text) == [bound("notAfter", "2024-11-07"), bound("notBefore", "2024-11-07")]
    data = build_release(tmp_path / "data", tmp_path / "releases")
    assert dataset_of(data.release).count('"1999"') == 1


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "first line"),
        ("# graph: https://example.org/g\nSELECT * WHERE { ?s ?p ?o }", "CONSTRUCT"),
    ],
)
def test_a_rule_that_is_not_one_is_refused(tmp_path: Path, rule: str, message: str) -> None:
    (tmp_path / "1.rq").write_text(rule)
    with open_database(tmp_path / "x.duckdb") as db:
        db.execute("CREATE TABLE resolved (s INTEGER, p INTEGER, o INTEGER, g INTEGER)")
        db.execute("CREATE TABLE current_claim (id INTEGER)")
        check_dates(db)

        with pytest.raises(KgError, match=message):
            derive(db, [tmp_path / "1.rq"], dataset="derived")
