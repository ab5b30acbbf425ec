"""A release in miniature, in memory: claims with invented names, their provenance, and derived dates."""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox

from kg.dates import date_bounds

BASE: Final = "https://w3id.org/habeas/"
HAB: Final = f"{BASE}ontology#"
VOCABULARIES: Final = ("claim-status", "comparator", "confidence", "conflict-kind", "measure")
PREFIXES: Final = "\n".join(
    f"@prefix {name}: <{iri}> ."
    for name, iri in {
        "hab": HAB,
        "graph": f"{BASE}graph/",
        "claim": f"{BASE}claim/",
        "source": f"{BASE}source/",
        **{name: f"{BASE}id/{name}/" for name in ("conflict", "count", "event", "group", "organisation", "person")},
        **{name: f"{BASE}vocab/{name}/" for name in VOCABULARIES},
        "edtf": "http://id.loc.gov/datatypes/edtf/",
        "prov": "http://www.w3.org/ns/prov#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }.items()
)
_DATED: Final = (f"{HAB}when", f"{HAB}asOf")


def claim(key: str, says: str, *, speaker: str = "gazette", source: str = "article", status: str = "") -> str:
    """A claim that says ``says`` (Turtle), with its record; ``source="reference"`` makes it the editors' own."""
    state = f"; hab:claimStatus claim-status:{status}" if status else ""
    kind = "EditorialReference" if source == "reference" else "NewsArticle"
    return (
        f"claim:{key} {{ {says} }}\n"
        f"graph:provenance {{ claim:{key} a hab:Claim ; hab:reportedIn source:{source} ; "
        f"prov:wasAttributedTo organisation:{speaker} {state} . source:{source} a hab:{kind} . "
        f'source:{source} rdfs:label "{source}"@en . organisation:{speaker} rdfs:label "The {speaker}"@en . }}'
    )


def freed(key: str, day: str, size: int, *, kind: str = "Pardon", more: str = "") -> str:
    """A claim that a group of ``size`` was freed on ``day`` (EDTF; none if "")."""
    when = f'; hab:when "{day}"^^edtf:EDTF' if day else ""
    return claim(
        f"freed-{key}",
        f"event:{key} a hab:{kind} {when} ; hab:affects group:{key} . group:{key} a hab:PersonGroup ; "
        f'hab:size {size} ; rdfs:label "the freed of {key}"@en . {more}',
    )


def total(key: str, value: int, cut_off: str, *, measure: str = "released-in-period", more: str = "") -> str:
    """A claim of a running total up to ``cut_off`` (EDTF; none if "")."""
    as_of = f'; hab:asOf "{cut_off}"^^edtf:EDTF' if cut_off else ""
    return claim(
        f"total-{key}",
        f"count:{key} a hab:Count ; hab:measure measure:{measure} ; hab:value {value} ; "
        f'hab:countedBy organisation:gazette ; rdfs:label "the total of {key}"@en {as_of} {more} .',
    )


def release_of(*trig: str) -> ox.Store:
    """The index of a release of these claims: named graphs, derived dates, each triple once in the default graph."""
    store = ox.Store()
    store.load("\n".join((PREFIXES, *trig)).encode(), format=ox.RdfFormat.TRIG)
    derived = ox.NamedNode(f"{BASE}graph/derived")
    for quad in list(store):
        if quad.predicate.value in _DATED:
            assert isinstance(quad.object, ox.Literal)
            bounds = date_bounds(quad.object.value)
            for name, bound in (("notBefore", bounds.not_before), ("notAfter", bounds.not_after)):
                if bound is not None:
                    day = ox.Literal(bound.isoformat(), datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date"))
                    store.add(ox.Quad(quad.subject, ox.NamedNode(HAB + name), day, derived))
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    return store
