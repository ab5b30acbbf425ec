"""Invented domain data of any size, always the same: dossiers about detentions in Erewhon, ready for ``kg build``.

    python bench/domain.py --quads 1000000 FOLDER

Each dossier is one file with its own source: four cases (a person, an arrest, a detention; often a sentence, a release
or a pardon, a statement), and every so often a pardon of a group with its parts, or a published count. One case in ten
is restated by a later dossier, which sometimes gives another date; some groups get a second size. Nobody in it exists:
every person is invented, and marked as one with a public role, so that nothing looks like a private person's data.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["SEED", "dossiers_for", "write_domain"]

SEED = 20200809
CASES_PER_DOSSIER = 4
RESTATED = 0.1  # of the cases, by a later dossier
ANOTHER_DATE = 0.3  # of the restatements

# Measured: what a release holds without a dossier (the ontology, the reference file), and what each dossier adds.
QUADS_AT_LEAST = 15_700
QUADS_PER_DOSSIER = 446.0

FIRST_DAY = date(2020, 5, 1)
DAYS = 2000
KEY = "23456789abcdefghjkmnpqrstuvwxyz"
REGIONS, TOWNS, FACILITIES, COURTS, UNITS, MONITORS, PROVISIONS, MONTHS = 7, 140, 24, 60, 90, 12, 20, 60
ROLES = ("activist", "clergy", "human-rights-defender", "journalist", "lawyer", "politician", "trade-unionist")
CHARACTERISTICS = ("woman", "disabled", "pensioner", "under-25", "seriously-ill", "parent-of-minor")
GIVEN = (("Adan", "Адан"), ("Besa", "Беса"), ("Ciro", "Цыра"), ("Dalia", "Даля"), ("Emer", "Эмер"), ("Farah", "Фара"))
SYLLABLES = (
    ("ba", "ба"),
    ("ko", "ко"),
    ("le", "ле"),
    ("ra", "ра"),
    ("ma", "ма"),
    ("vu", "ву"),
    ("sa", "са"),
    ("tse", "цэ"),
)
ENDINGS = (("nor", "нор"), ("vik", "вік"), ("lan", "лан"), ("dur", "дур"), ("mes", "мес"))
WORDS = ("unlawful", "arbitrary", "peaceful", "lawyer", "appeal", "family", "colony", "isolation", "letters", "health")
KINDS = ("count", "event", "group", "legal-act", "office", "organisation", "person", "place", "provision", "situation")
LISTS = (
    "characteristic",
    "comparator",
    "confidence",
    "counting-definition",
    "measure",
    "penalty",
    "power",
    "public-role",
)
NAMESPACES = {
    "hab": "https://w3id.org/habeas/ontology#",
    "graph": "https://w3id.org/habeas/graph/",
    "source": "https://w3id.org/habeas/source/",
    "claim": "https://w3id.org/habeas/claim/",
    **{kind: f"https://w3id.org/habeas/id/{kind}/" for kind in (*KINDS, "tenure")},
    **{name: f"https://w3id.org/habeas/vocab/{name}/" for name in (*LISTS, "sensitivity")},
    "dcterms": "http://purl.org/dc/terms/",
    "edtf": "http://id.loc.gov/datatypes/edtf/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
PREFIXES = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in NAMESPACES.items())


@dataclass(frozen=True, slots=True)
class Case:
    """What the world of the data holds of one detention; ``freed`` is None where it lasts."""

    number: int
    person: str
    arrested: date
    freed: date | None
    town: int


@dataclass
class World:
    """What has been written so far, as far as later dossiers speak of it."""

    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    keys: set[str] = field(default_factory=set)
    cases: list[Case] = field(default_factory=list)
    persons: int = 0

    def key(self) -> str:
        """A claim's key that no other claim has."""
        while True:
            key = self.chance.choice(KEY[8:]) + "".join(self.chance.choices(KEY, k=7))
            if key not in self.keys:
                self.keys.add(key)
                return key


@dataclass(frozen=True, slots=True)
class Said:
    """One claim to be: who says it, and the triples."""

    speaker: str
    triples: str


def dossiers_for(quads: int) -> int:
    """How many dossiers make a release of about ``quads`` quads; at least one."""
    return max(1, round((quads - QUADS_AT_LEAST) / QUADS_PER_DOSSIER))


def write_domain(folder: Path, *, dossiers: int) -> None:
    """Write a data folder with a reference file and ``dossiers`` dossiers, always the same bytes.

    Args:
        folder: is made; it must not hold sources yet.
        dossiers: how many; the first ones are the same whatever the number.
    """
    world = World()
    (folder / "sources").mkdir(parents=True)
    reference = [Said("organisation:erewhon-monitor-0", triples) for triples in _reference()]
    (folder / "reference.trig").write_text(_file("reference", "EditorialReference", "2026-06-01", reference, world))
    for number in range(dossiers):
        says = list(_dossier(number, world))
        text = _file(f"dossier-{number:05}", "OrganisationReport", _published(world), says, world)
        (folder / "sources" / f"dossier-{number:05}.trig").write_text(text)


# --- The frame -------------------------------------------------------------------------------------------------------


def _published(world: World) -> str:
    """A few days after the last thing that the dossier can know of."""
    return str(FIRST_DAY + timedelta(days=DAYS + world.chance.randrange(200)))


def _file(name: str, kind: str, published: str, says: Sequence[Said], world: World) -> str:
    keys = [world.key() for _ in says]
    heads = "".join(
        _head(name, key, place, said, world) for place, (key, said) in enumerate(zip(keys, says, strict=True), 1)
    )
    graphs = "".join(f"claim:{key} {{\n{said.triples}}}\n" for key, said in zip(keys, says, strict=True))
    return (
        f"# Invented data for a benchmark.\n{PREFIXES}graph:provenance {{\n"
        f'  source:erewhon-{name} a hab:{kind} ; rdfs:label "Invented {name} of Erewhon"@en ;\n'
        f"    dcterms:publisher organisation:erewhon-monitor-{world.chance.randrange(MONITORS)} ;\n"
        f'    hab:publishedOn "{published}"^^edtf:EDTF ; dcterms:language "en" ;\n'
        f'    schema:url "https://example.org/erewhon/{name}"^^xsd:anyURI ; hab:sensitivity sensitivity:public .\n'
        f"{heads}}}\n{graphs}"
    )


def _head(name: str, key: str, place: int, said: Said, world: World) -> str:
    chance = world.chance
    confidence = chance.choice(("high", "medium", "low"))
    note = f' ; skos:note "On the {" and the ".join(chance.sample(WORDS, 4))}."@en' if chance.random() < 0.25 else ""
    return (
        f'  claim:{key} a hab:Claim ; hab:reportedIn source:erewhon-{name} ; hab:locator "paragraph {place}" ;\n'
        f"    prov:wasAttributedTo {said.speaker} ; hab:confidence confidence:{confidence} ;\n"
        f"    hab:sensitivity sensitivity:public{note} .\n"
    )


def _named(subject: str, kind: str, english: str, more: str = "") -> str:
    return f'  {subject} a hab:{kind} ; rdfs:label "{english}"@en{more} .\n'


def _reference() -> Iterator[str]:
    """Places, organisations, the law, and the one office that pardons."""
    yield _named("place:erewhon", "Place", "Erewhon")
    yield from (
        _named(f"place:region-{n}", "Place", f"Region {n}", " ; hab:partOf place:erewhon") for n in range(REGIONS)
    )
    for n in range(TOWNS):
        yield _named(
            f"place:town-{n}", "Place", f"Town {n}", f', "Месца {n}"@be ; hab:partOf place:region-{n % REGIONS}'
        )
    for n in range(FACILITIES):
        yield _named(f"place:colony-{n}", "Place", f"Colony {n}", f" ; hab:partOf place:town-{n * 5}")
    for kind, count in (("court", COURTS), ("police-unit", UNITS), ("monitor", MONITORS)):
        for n in range(count):
            yield _named(f"organisation:erewhon-{kind}-{n}", "Organisation", f"Erewhon {kind} {n}")
    yield _named("legal-act:erewhon-code", "LegalAct", "Criminal Code of Erewhon")
    for n in range(PROVISIONS):
        more = f' ; hab:inAct legal-act:erewhon-code ; hab:articleNumber "{340 + n}"'
        yield _named(
            f"provision:erewhon-{340 + n}", "LegalProvision", f"Criminal Code of Erewhon, article {340 + n}", more
        )
    yield _named("office:head-of-erewhon", "Office", "Head of Erewhon", " ; hab:hasPower power:clemency")
    yield _named(HEAD, "Person", "Head of Erewhon", " ; hab:hasPublicRole public-role:head-of-state")
    tenure = f' ; hab:holder {HEAD} ; hab:inOffice office:head-of-erewhon ; hab:when "2000/.."^^edtf:EDTF'
    yield _named("tenure:head-of-erewhon-1", "Tenure", "First term", tenure)


# --- What dossiers say -----------------------------------------------------------------------------------------------

HEAD = "person:head-of-erewhon"


def _dossier(number: int, world: World) -> Iterator[Said]:
    for _ in range(CASES_PER_DOSSIER):
        if len(world.cases) > CASES_PER_DOSSIER and world.chance.random() < RESTATED:
            yield Said(_monitor(world), _restatement(world))
        yield from _case(world)
    if number % 3 == 0:
        yield from _pardon_of_group(number, world)
    if number % 2 == 0:
        yield _count(world)


def _case(world: World) -> Iterator[Said]:
    chance, number = world.chance, len(world.cases)
    known = world.cases and chance.random() < 0.15
    person = chance.choice(world.cases[-5000:]).person if known else f"person:invented-{world.persons:06}"
    arrested = _day(chance)
    case = Case(number, person, arrested, _freed(arrested, chance), int(TOWNS * chance.random() ** 2))
    yield Said(_monitor(world), ("" if known else _person(person, world)) + _arrest(case, chance))
    if chance.random() < 0.5:
        yield Said(f"organisation:erewhon-court-{chance.randrange(COURTS)}", _sentence(case, chance))
    if case.freed is not None:
        yield Said(_monitor(world), _release(case, chance))
    if chance.random() < 0.2:
        yield Said(_monitor(world), _statement(case, chance))
    world.cases.append(case)


def _day(chance: random.Random) -> date:
    """A day on which somebody was arrested: a quarter of all in one wave around August 2020."""
    in_wave = chance.random() < 0.25
    return FIRST_DAY + timedelta(
        days=min(max(int(chance.gauss(110, 25)), 0), DAYS) if in_wave else chance.randrange(DAYS)
    )


def _freed(arrested: date, chance: random.Random) -> date | None:
    return arrested + timedelta(days=40 + chance.randrange(900)) if chance.random() < 0.55 else None


def _edtf(day: date, chance: random.Random) -> str:
    """The day as a source may give it; never more than a month around it, so that nothing ends before it begins."""
    sort = chance.random()
    if sort < 0.85:
        return f'"{day}"^^edtf:EDTF'
    if sort < 0.95:
        return f'"{day:%Y-%m}"^^edtf:EDTF'
    if sort < 0.98:
        return f'"{day}~"^^edtf:EDTF'
    return f'"{day - timedelta(days=2)}/{day + timedelta(days=2)}"^^edtf:EDTF'


def _monitor(world: World) -> str:
    return f"organisation:erewhon-monitor-{int(MONITORS * world.chance.random() ** 2)}"


def _person(person: str, world: World) -> str:
    chance = world.chance
    world.persons += 1
    given, parts, ending = chance.choice(GIVEN), chance.choices(SYLLABLES, k=3), chance.choice(ENDINGS)
    latin, cyrillic = (f"{given[n]} {''.join(p[n] for p in parts).capitalize()}{ending[n]}" for n in (0, 1))
    return (
        f'  {person} a hab:Person ; rdfs:label "{latin}"@en, "{cyrillic}"@be, "{cyrillic}"@ru ;\n'
        f'    skos:altLabel "{latin.upper()}"@en ; hab:hasPublicRole public-role:{chance.choice(ROLES)} .\n'
    )


def _arrest(case: Case, chance: random.Random) -> str:
    n = case.number
    unit, colony = int(UNITS * chance.random() ** 2), int(FACILITIES * chance.random() ** 2)
    return (
        f"  event:erewhon-arrest-{n} a hab:Arrest ; hab:when {_edtf(case.arrested, chance)} ;\n"
        f"    hab:affects {case.person} ; hab:atPlace place:town-{case.town} ;\n"
        f"    hab:performedBy organisation:erewhon-police-unit-{unit} ;\n"
        f'    rdfs:label "arrest {n} in Town {case.town}"@en .\n'
        f"  situation:erewhon-detention-{n} a hab:Detention ; hab:affects {case.person} ;\n"
        f"    hab:startedBy event:erewhon-arrest-{n} ; hab:heldAt place:colony-{colony} ;\n"
        f'    rdfs:label "detention {n}"@en .\n'
    )


def _sentence(case: Case, chance: random.Random) -> str:
    years = chance.choice((1, 2, 2, 3, 3, 4, 5, 7, 10, 12))
    day = case.arrested + timedelta(days=35 + chance.randrange(300))
    court = f"organisation:erewhon-court-{chance.randrange(COURTS)}"
    return (
        f"  event:erewhon-sentence-{case.number} a hab:Sentence ; hab:affects {case.person} ;\n"
        f"    hab:when {_edtf(day, chance)} ; hab:consequenceOf event:erewhon-arrest-{case.number} ;\n"
        f"    hab:decidedBy {court} ; hab:penalty penalty:imprisonment ;\n"
        f"    hab:underProvision provision:erewhon-{340 + int(PROVISIONS * chance.random() ** 1.7)} ;\n"
        f'    hab:sentenceLength "P{years}Y"^^xsd:duration ; rdfs:label "sentence {case.number}"@en .\n'
    )


def _release(case: Case, chance: random.Random) -> str:
    """The end of the detention; one in ten follows a pardon of that one person."""
    assert case.freed is not None, "asked only of those who were freed"
    n, day = case.number, _edtf(case.freed, chance)
    granted = f"hab:grantedBy {HEAD} ; hab:affects {case.person} ; hab:when {day}"
    pardon = f"  event:erewhon-pardon-{n} a hab:Pardon ; {granted} .\n" if chance.random() < 0.1 else ""
    return (
        f"{pardon}  event:erewhon-release-{n} a hab:Release ; hab:affects {case.person} ; hab:when {day} ;\n"
        f"    hab:atPlace place:town-{case.town} ; hab:follows event:erewhon-arrest-{n} ;\n"
        f'    rdfs:label "release {n}"@en .\n'
        f"  situation:erewhon-detention-{n} hab:endedBy event:erewhon-release-{n} .\n"
    )


def _statement(case: Case, chance: random.Random) -> str:
    n, said = case.number, " and ".join(chance.sample(WORDS, 3))
    return (
        f"  event:erewhon-statement-{n} a hab:Statement ; hab:about event:erewhon-arrest-{n} ;\n"
        f"    hab:performedBy organisation:erewhon-monitor-{chance.randrange(MONITORS)} ;\n"
        f'    hab:when "{case.arrested + timedelta(days=chance.randrange(5))}"^^edtf:EDTF ;\n'
        f'    rdfs:label "statement {n}: the detention in Town {case.town} is {said}"@en .\n'
    )


def _restatement(world: World) -> str:
    """An earlier dossier's arrest once more: the same, or another date a few days off."""
    chance = world.chance
    case = chance.choice(world.cases[:-CASES_PER_DOSSIER])
    day = case.arrested + timedelta(days=chance.randint(1, 6)) if chance.random() < ANOTHER_DATE else case.arrested
    return (
        f'  event:erewhon-arrest-{case.number} a hab:Arrest ; hab:when "{day}"^^edtf:EDTF ;\n'
        f"    hab:affects {case.person} ; hab:atPlace place:town-{case.town} .\n"
    )


def _pardon_of_group(number: int, world: World) -> Iterator[Said]:
    """A group of people, most without a name, with its size, its parts, and now and then a second size."""
    chance, group, size = world.chance, f"group:erewhon-pardoned-{number}", world.chance.randint(10, 60)
    freed = sorted({case.person for case in world.cases[-CASES_PER_DOSSIER:] if case.freed is not None})
    members = f" ; hab:hasMember {', '.join(freed)}" if freed else ""
    yield Said(
        _monitor(world),
        f"  event:erewhon-group-pardon-{number} a hab:Pardon ; hab:grantedBy {HEAD} ; hab:affects {group} ;\n"
        f"    hab:when {_edtf(_day(chance), chance)} .\n"
        f'  {group} a hab:PersonGroup ; rdfs:label "people pardoned in round {number}"@en ;\n'
        f"    hab:size {size}{members} .\n",
    )
    for characteristic in chance.sample(CHARACTERISTICS, 2):
        yield Said(
            _monitor(world),
            f"  {group}-{characteristic} a hab:PersonGroup ; hab:subgroupOf {group} ;\n"
            f"    hab:characteristic characteristic:{characteristic} ; hab:size {chance.randint(1, size // 3)} .\n",
        )
    if chance.random() < 0.3:
        yield Said(_monitor(world), f"  {group} hab:size {size + chance.randint(1, 3)} .\n")


def _count(world: World) -> Said:
    """A monitor's stock at the end of a month, as one dossier or another gives it; one in ten gives another number."""
    chance = world.chance
    monitor, month = chance.randrange(3), chance.randrange(MONTHS)
    day = date(2020 + (month + 6) // 12, (month + 6) % 12 + 1, 28)
    value = 400 + 20 * month + 7 * monitor + (chance.randint(1, 9) if chance.random() < 0.1 else 0)
    speaker = f"organisation:erewhon-monitor-{monitor}"
    return Said(
        speaker,
        f"  count:erewhon-{monitor}-{day} a hab:Count ; hab:measure measure:stock-recognised-prisoners ;\n"
        f'    hab:value {value} ; hab:comparator comparator:exactly ; hab:asOf "{day}"^^edtf:EDTF ;\n'
        f"    hab:countingDefinition counting-definition:wider-definition ; hab:population place:erewhon ;\n"
        f"    hab:countedBy {speaker} .\n",
    )


def main() -> None:
    """Write a data folder for a release of about so many quads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="data folder to make; it must not exist")
    parser.add_argument("--quads", type=int, default=1_000_000, help="size of the release to be, within some per cent")
    options = parser.parse_args()
    dossiers = dossiers_for(options.quads)
    write_domain(options.folder, dossiers=dossiers)
    print(f"{dossiers:,} dossiers. Build them with: kg build --data {options.folder} --releases FOLDER")


if __name__ == "__main__":
    main()
