"""A small release of invented names with its index: a harbour town, two namesakes, and a person who was merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.search import Entry, write_index
from kg.vocab import HAB, ID
from tests.material import PREFIXES
from tests.serving import write_release

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MILA = f"{ID}person/mila-tern"
ONA = f"{ID}person/b2c3d4e5"
IVO_OF_1980 = f"{ID}person/k7f3m2qa"
IVO_OF_1991 = f"{ID}person/m4p8w2xz"
WATCH = f"{ID}organisation/harbour-watch"
COUNCIL = f"{ID}organisation/harbour-council"
MASTER = f"{ID}office/harbour-master"
ELECTION = f"{ID}election/harbour-2030"
PORT = f"{ID}place/port-tern"
STRIKE = f"{ID}event/strike-2031"
MILA_ELSEWHERE = "http://www.wikidata.org/entity/Q90000001"

TRIG = (
    f"""{PREFIXES}
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix office: <{ID}office/> .
@prefix election: <{ID}election/> .
@prefix place: <{ID}place/> .
@prefix situation: <{ID}situation/> .
@prefix public-role: <https://w3id.org/habeas/vocab/public-role/> .
"""
    + """\
claim:names222 {
  person:mila-tern a hab:Person ; rdfs:label "Mila Tern"@en , "Міла Тэрн"@be ; hab:hasPublicRole public-role:leader .
  event:birth-mila a hab:Birth ; hab:affects person:mila-tern ; hab:when "1970-05-02"^^edtf:EDTF ;
    hab:atPlace place:port-tern .
  situation:mila-watch a hab:Membership ; hab:holder person:mila-tern ; hab:inOrganisation organisation:harbour-watch .
  situation:mila-master a hab:Tenure ; hab:holder person:mila-tern ; hab:inOffice office:harbour-master .
  event:mila-stands a hab:Candidacy ; hab:candidate person:mila-tern ; hab:inElection election:harbour-2030 .
  person:b2c3d4e5 a hab:Person ; rdfs:label "Ona Heron"@en .
  event:birth-ona a hab:Birth ; hab:affects person:b2c3d4e5 ; hab:when "1985"^^edtf:EDTF .
  person:k7f3m2qa a hab:Person ; rdfs:label "Ivo Gull"@en .
  event:birth-ivo a hab:Birth ; hab:affects person:k7f3m2qa ; hab:when "1980-01-XX"^^edtf:EDTF .
  person:m4p8w2xz a hab:Person ; rdfs:label "Ivo Gull"@en .
  event:birth-ivo-2 a hab:Birth ; hab:affects person:m4p8w2xz ; hab:when "1991~"^^edtf:EDTF .
  organisation:harbour-watch a hab:Organisation ; rdfs:label "Harbour Watch"@en , "Партовая варта"@be .
  organisation:harbour-council a hab:Organisation ; rdfs:label "Town Council of Port Tern"@en .
  office:harbour-master a hab:Office ; rdfs:label "harbour master"@en .
  election:harbour-2030 a hab:Election ; rdfs:label "election of the harbour council, 2030"@en ;
    hab:when "2030-06-01"^^edtf:EDTF .
  place:port-tern a hab:Place ; rdfs:label "Port Tern"@en , "Порт Тэрн"@be .
  event:strike-2031 a hab:Event ; rdfs:label "strike in the harbour"@en ; hab:when "2031-05-01/2031-05-03"^^edtf:EDTF ;
    hab:atPlace place:port-tern ; hab:affects organisation:harbour-watch .
  group:strikers a hab:PersonGroup ; hab:size 12 , "many"^^xsd:integer , 99999999999999999999 .
  group:strikers rdfs:label "the strikers"@en .
  public-role:leader skos:prefLabel "leader"@en .
}
graph:links {
  person:mila-turn dcterms:isReplacedBy person:mila-tern .
  person:mila-tern skos:exactMatch <http://www.wikidata.org/entity/Q90000001> .
  organisation:harbour-watch skos:exactMatch <http://www.wikidata.org/entity/Q90000003> .
}
graph:ontology {
  hab:Agent a owl:Class ; rdfs:label "agent"@en ; skos:definition "Whoever can act."@en .
  hab:Person a owl:Class ; rdfs:label "person"@en ; rdfs:subClassOf hab:Agent ; skos:definition "One human being."@en .
  hab:Organisation a owl:Class ; rdfs:label "organisation"@en ; rdfs:subClassOf hab:Agent .
  hab:PersonGroup a owl:Class ; rdfs:label "group of persons"@en ; rdfs:subClassOf hab:Agent .
  hab:Event a owl:Class ; rdfs:label "event"@en .
  hab:Election a owl:Class ; rdfs:label "election"@en ; rdfs:subClassOf hab:Event .
  hab:Office a owl:Class ; rdfs:label "office"@en .
  hab:Place a owl:Class ; rdfs:label "place"@en .
  hab:Award a owl:Class ; rdfs:label "award"@en ; rdfs:subClassOf hab:Event .
}
"""
)


def entry(iri: str, kinds: str, labels: dict[str, str], **more: str | tuple[str, ...]) -> Entry:
    """A thing of some classes, given by the last parts of their IRIs."""
    types = tuple(HAB + kind for kind in kinds.split())
    return Entry(iri, labels, tuple(labels.values()), types, **more)  # type: ignore[arg-type]


ENTRIES = (
    entry(MILA, "Person Agent", {"en": "Mila Tern", "be": "Міла Тэрн"}, former=(f"{ID}person/mila-turn",)),
    entry(ONA, "Person Agent", {"en": "Ona Heron"}),
    entry(IVO_OF_1980, "Person Agent", {"en": "Ivo Gull"}),
    entry(IVO_OF_1991, "Person Agent", {"en": "Ivo Gull"}),
    entry(WATCH, "Organisation Agent", {"en": "Harbour Watch", "be": "Партовая варта"}, texts=("It counts ships.",)),
    entry(COUNCIL, "Organisation Agent", {"en": "Town Council of Port Tern"}),
    entry(MASTER, "Office", {"en": "harbour master"}),
    entry(
        ELECTION,
        "Election Event",
        {"en": "election of the harbour council, 2030"},
        not_before="2030-06-01",
        not_after="2030-06-01",
    ),
    entry(PORT, "Place", {"en": "Port Tern", "be": "Порт Тэрн"}),
    entry(STRIKE, "Event", {"en": "strike in the harbour"}, not_before="2031-05-01", not_after="2031-05-03"),
    entry(f"{ID}group/strikers", "PersonGroup Agent", {"en": "the strikers"}),
    entry(f"{ID}event/x", "Award Event", {"en": "<script>alert(1)</script> award"}, texts=("<img src=x>",)),
)


def write_named_release(
    releases: Path, name: str = "2031-05-03-names", *, entries: Iterable[Entry] = ENTRIES, trig: str = TRIG
) -> Path:
    """A releases folder with one more release that has an index; it is the current one when this returns."""
    write_index(entries, releases / name / "search")
    return write_release(releases, name, trig)
