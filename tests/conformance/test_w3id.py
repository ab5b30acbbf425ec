"""The redirects for w3id.org: each kind of IRI leads to the address on the service that answers for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kg.publication import current_release
from tests.material import names_of

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "w3id"
BASE = "https://w3id.org/habeas/"
SERVICE = "https://habeas.example.org/"
RULES = re.findall(r"^RewriteRule (\S+) (\S+) \[R=(302|307),L\]$", (FOLDER / ".htaccess").read_text(), re.MULTILINE)


def answer_to(path: str) -> tuple[str, str]:
    """Where Apache's mod_rewrite sends a path below /habeas/, and with which status; empty where no rule matches."""
    for pattern, target, status in RULES:
        match = re.search(pattern, path)
        if match is not None:
            return target.replace("$0", match[0]), status
    return "", ""


def target_of(path: str) -> str:
    return answer_to(path)[0]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "id/person/ales-bialiatski",
        "doc/organisation/viasna.jsonld",
        "claim/u3rqytzd",
        "source/ap-2024-11-07.trig",
        "ontology",
        "ontology.ttl",
        "ontology/core",
        "ontology/core/0.2.0",
        "vocab",
        "vocab/confidence",
        "vocab/confidence/",
        "vocab/confidence/high",
        "shapes",
        "shapes/source.ttl",
        "graph/provenance",
        "release/2026-11-22-0123456789ab",
        "release/2026-11-22-0123456789ab.ttl",
        "release/2026-11-22-0123456789ab/id/person/ales-bialiatski",
        "release/2026-11-22-0123456789ab/claim/u3rqytzd.nt",
        "releases",
        "releases.ttl",
        "dataset",
        "catalog",
        "sparql",
        "links/",
        "links/wikidata.sssom.tsv",
        "problem",
        "problem/query-timeout",
        "context.jsonld",
    ],
)
def test_an_address_of_the_service_leads_to_it(path: str) -> None:
    assert target_of(path) == SERVICE + path


@pytest.mark.parametrize(
    "path",
    ["reconcile", "reconcile/suggest/entity", "reconcile/flyout/type", "reconcile/1.0-draft/match"],
)
def test_what_is_asked_by_post_is_sent_on_with_its_body(path: str) -> None:
    """After a 302 a client asks again by GET, without the names it wants matched (RFC 9110, section 15.4.3)."""
    assert answer_to(path) == (SERVICE + path, "307")


def test_every_iri_of_the_release_leads_to_the_service(releases: Path) -> None:
    iris = re.findall(rf"<{BASE}([^>]*)>", names_of(current_release(releases)))
    paths = {iri.partition("#")[0] for iri in iris}

    assert len(paths) > 1000
    assert {path for path in paths if target_of(path) != SERVICE + path} == set()


@pytest.mark.parametrize(
    "path",
    ["../etc/passwd", "id/person", "id/person/a/b", "id/person/%0d%0ax", "claim/a//b", "release/", "x" * 300],
)
def test_nothing_else_leads_anywhere(path: str) -> None:
    assert target_of(path) == ""


def test_the_two_files_name_one_service_and_a_contact() -> None:
    readme = (FOLDER / "README.md").read_text()

    assert RULES
    assert all(target.startswith(SERVICE) for _, target, _ in RULES)
    assert SERVICE in readme
    assert "Contact" in readme
