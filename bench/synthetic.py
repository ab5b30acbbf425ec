"""A deterministic data folder of any size: invented articles about invented pardons and counts.

Each article is one file with its own source and, by default, 100 claims; one claim in ten restates what an earlier
article says, with another number, so that there are envelopes and conflicts to derive.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["write_synthetic"]

CLAIMS_PER_ARTICLE = 100
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
FIRST_DAY = date(2020, 8, 9)
PREFIXES = """\
@prefix hab: <https://w3id.org/habeas/ontology#> .
@prefix graph: <https://w3id.org/habeas/graph/> .
@prefix source: <https://w3id.org/habeas/source/> .
@prefix claim: <https://w3id.org/habeas/claim/> .
@prefix event: <https://w3id.org/habeas/id/event/> .
@prefix group: <https://w3id.org/habeas/id/group/> .
@prefix office: <https://w3id.org/habeas/id/office/> .
@prefix organisation: <https://w3id.org/habeas/id/organisation/> .
@prefix person: <https://w3id.org/habeas/id/person/> .
@prefix tenure: <https://w3id.org/habeas/id/tenure/> .
@prefix sensitivity: <https://w3id.org/habeas/vocab/sensitivity/> .
@prefix confidence: <https://w3id.org/habeas/vocab/confidence/> .
@prefix public-role: <https://w3id.org/habeas/vocab/public-role/> .
@prefix power: <https://w3id.org/habeas/vocab/power/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
REFERENCE = {
    "office": 'office:head-of-erewhon a hab:Office ; rdfs:label "Head of Erewhon"@en ; hab:hasPower power:clemency .',
    "person": 'person:head-of-erewhon a hab:Person ; rdfs:label "Head of Erewhon"@en ; '
    "hab:hasPublicRole public-role:head-of-state .",
    "tenure": "tenure:head-of-erewhon-1 a hab:Tenure ; hab:holder person:head-of-erewhon ; "
    'hab:inOffice office:head-of-erewhon ; hab:when "2000/.."^^edtf:EDTF .',
    "gazette": 'organisation:erewhon-gazette a hab:Organisation ; rdfs:label "Erewhon Gazette"@en .',
    "monitor": 'organisation:erewhon-monitor a hab:Organisation ; rdfs:label "Erewhon Monitor"@en .',
}


def write_synthetic(folder: Path, *, claims: int) -> int:
    """Write a data folder with about ``claims`` claims, always the same, and return how many articles it has."""
    chance = random.Random(20241107)
    keys = _keys(chance)
    (folder / "sources").mkdir(parents=True)
    (folder / "reference.trig").write_text(_article("reference", list(REFERENCE.values()), keys, chance))
    articles = claims // CLAIMS_PER_ARTICLE
    for number in range(articles):
        says = [_statement(number * CLAIMS_PER_ARTICLE + n, chance) for n in range(CLAIMS_PER_ARTICLE)]
        path = folder / "sources" / f"article-{number:05}.trig"
        path.write_text(_article(f"article-{number:05}", says, keys, chance))
    return articles


def _keys(chance: random.Random) -> Iterator[str]:
    used: set[str] = set()
    while True:
        key = chance.choice(ALPHABET[8:]) + "".join(chance.choices(ALPHABET, k=7))
        if key not in used:
            used.add(key)
            yield key


def _article(name: str, statements: list[str], keys: Iterator[str], chance: random.Random) -> str:
    named = [(next(keys), statement) for statement in statements]
    provenance = "".join(
        f'  claim:{key} a hab:Claim ; hab:reportedIn source:{name} ; hab:locator "paragraph {number}" ;\n'
        f"    prov:wasAttributedTo organisation:erewhon-{chance.choice(('gazette', 'monitor'))} ;\n"
        "    hab:confidence confidence:medium ; hab:sensitivity sensitivity:public .\n"
        for number, (key, _) in enumerate(named, start=1)
    )
    graphs = "".join(f"claim:{key} {{ {statement} }}\n" for key, statement in named)
    return (
        f"{PREFIXES}graph:provenance {{\n"
        f'  source:{name} a hab:NewsArticle ; rdfs:label "{name}"@en ;\n'
        "    dcterms:publisher organisation:erewhon-gazette ;\n"
        f'    hab:publishedOn "2024"^^edtf:EDTF ; dcterms:language "en" ; hab:sensitivity sensitivity:public .\n'
        f"{provenance}}}\n{graphs}"
    )


def _statement(number: int, chance: random.Random) -> str:
    """A pardon with its group, or, once in ten, another number for an earlier group."""
    if number % 10 == 9:
        return f"group:pardoned-{chance.randrange(number)} hab:size {chance.randint(1, 60)} ."
    day = FIRST_DAY + timedelta(days=chance.randrange(2000))
    return (
        f"event:pardon-{number} a hab:Pardon ; hab:grantedBy person:head-of-erewhon ; "
        f'hab:when "{day}"^^edtf:EDTF ; hab:affects group:pardoned-{number} . '
        f'group:pardoned-{number} a hab:PersonGroup ; rdfs:label "Pardoned {number}"@en ; '
        f"hab:size {chance.randint(1, 60)} ."
    )
