"""The gate: what is not public leaves no trace in a release."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.claims import check_claims
from kg.columns import load_sources, ntriples, open_database
from kg.disclosure import disclose
from kg.rdf import to_nquads
from tests.material import build_release, claim, dataset_of, everything_in, group_of, source, trig, write_data

LEVELS = st.sampled_from(["public", "restricted", "confidential", "sealed", "nonsense", None])


def disclosed(text: str) -> str:
    """What the gate lets out of one source, as N-Triples."""
    with TemporaryDirectory() as folder, open_database(Path(folder) / "x.duckdb") as db:
        db.execute("INSERT INTO source VALUES (1, 'x.trig', 0, '', 'accepted')")
        load_sources(db, [(1, to_nquads(text.encode(), suffix=".trig", where="x"))])
        check_claims(db)
        disclose(db)
        return ntriples(db, "disclosed").decode()


def two_claims(open_level: str | None, other_level: str | None, *, source_level: str | None = "public") -> str:
    """An open claim on a person, and another claim on one more, in one article."""
    return trig(
        source("article", level=source_level)
        + claim("pubcase2", "article", level=open_level)
        + claim("eacape22", "article", level=other_level),
        {"pubcase2": 'person:ivanova rdfs:label "Ivanova" .', "eacape22": 'person:ivanava rdfs:label "Ivanava" .'},
    )


def test_a_restricted_claim_leaves_no_trace_in_a_release(tmp_path: Path) -> None:
    """Neither the person, nor the relative who spoke, nor the source, nor the claim's own name."""
    hidden = (
        source("relatives-letter", level="sealed")
        + "claim:secretca a hab:Claim ; hab:reportedIn source:relatives-letter ; "
        "prov:wasAttributedTo person:relative ; hab:sensitivity sensitivity:restricted .\n"
    )
    text = trig(
        source("article") + claim("pubcase2", "article", more=" ; prov:wasRevisionOf claim:secretca") + hidden,
        {
            "pubcase2": 'person:ivanova a hab:Person ; rdfs:label "Ivanova"@en ; hab:hasPublicRole '
            "<https://w3id.org/habeas/vocab/public-role/journalist> .",
            "secretca": 'person:k7f3m2qa a hab:Person ; rdfs:label "Ivanava"@be .',
        },
    )

    outcome = build_release(write_data(tmp_path / "data", {"sources/a.trig": text}), tmp_path / "releases")

    assert outcome.quarantine_report == ""
    public = everything_in(outcome.release)
    assert "Ivanova" in public
    for trace in ("Ivanava", "k7f3m2qa", "person/relative", "relatives-letter", "secretca"):
        assert trace not in public


def test_what_is_set_aside_or_withheld_is_named_by_nothing_in_the_release(tmp_path: Path) -> None:
    """Neither its file, nor its hash, nor the things it speaks of; how many there are is told."""
    date = 'hab:when "at night"^^edtf:EDTF .'
    files = {
        "sources/letter-from-ivanava-1.trig": two_claims("sealed", "sealed", source_level="sealed")
        .replace("article", "ivanava-letter")
        .replace('va" .', 'va"@be .'),
        "sources/ivanava-2.trig": trig(
            source("ivanava-source", level="sealed") + claim("raad2222", "ivanava-source"),
            {"raad2222": f"event:raid-on-ivanava {date}"},
        ),
        "sources/ivanava-3.trig": group_of(3, key="gruppe22", source_key="other") + "person:ivanava a hab:Person .",
        "sources/ivanava-4.trig": "ivanava",
    }

    outcome = build_release(write_data(tmp_path / "data", files), tmp_path / "releases")

    told = [path for path in outcome.release.path.rglob("*") if path.is_file() and path.suffix in {".txt", ".json"}]
    assert len(told) > 2
    text = dataset_of(outcome.release) + " ".join(path.read_text(errors="replace") for path in told)
    assert "ivanava" not in text.lower()
    assert outcome.release.manifest()["not_public"]["sources"] == 4
    assert outcome.release.manifest()["not_public"]["quarantined"] == 3
    for name in ("raid-on-ivanava", "ivanava-source", "person/ivanava"):
        assert name not in outcome.quarantine_report, "nor in what the build tells whoever reads its log"


@pytest.mark.parametrize("level", ["restricted", "confidential", "sealed", "nonsense", None])
def test_every_level_but_public_stays_inside(level: str | None) -> None:
    public = disclosed(two_claims("public", level))

    assert "Ivanova" in public
    assert "Ivanava" not in public
    assert "eacape22" not in public


def test_two_levels_are_not_public() -> None:
    text = two_claims("public", "public").replace(
        "claim:eacape22 a hab:Claim", "claim:eacape22 hab:sensitivity sensitivity:sealed . claim:eacape22 a hab:Claim"
    )

    assert "Ivanava" not in disclosed(text)


def test_a_public_claim_of_a_secret_source_stays_inside() -> None:
    assert disclosed(two_claims("public", "public", source_level="restricted")) == ""


def test_a_public_claim_that_names_a_secret_one_loses_that_statement() -> None:
    text = two_claims("public", "restricted").replace(
        'person:ivanova rdfs:label "Ivanova" .', 'person:ivanova rdfs:label "Ivanova" ; rdfs:seeAlso claim:eacape22 .'
    )

    public = disclosed(text)

    assert "Ivanova" in public
    assert "eacape22" not in public


@settings(max_examples=60, deadline=None)
@given(LEVELS, LEVELS, LEVELS)
def test_only_a_public_claim_of_a_public_source_is_let_out(one: str | None, other: str | None, of: str | None) -> None:
    public = disclosed(two_claims(one, other, source_level=of))

    assert ("Ivanova" in public) == (one == of == "public")
    assert ("Ivanava" in public) == (other == of == "public")
    assert ("pubcase2" in public) == (one == of == "public")
