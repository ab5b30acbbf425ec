"""Running the rules of ontology/rules over small data, in order, as the build runs them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

import pyoxigraph as ox

ONTOLOGY: Final = Path(__file__).parents[1] / "ontology"
RULES: Final = tuple(sorted((ONTOLOGY / "rules").glob("*.rq")))

BASE: Final = "https://w3id.org/habeas/"
_THINGS: Final = (
    "count",
    "event",
    "election",
    "group",
    "organisation",
    "person",
    "place",
    "result",
    "situation",
    "tenure",
)
_LISTS: Final = tuple(path.stem for path in sorted((ONTOLOGY / "vocabularies").glob("*.ttl")))
_PREFIXES: Final = {
    "hab": f"{BASE}ontology#",
    "claim": f"{BASE}claim/",
    "edtf": "http://id.loc.gov/datatypes/edtf/",
    "graph": f"{BASE}graph/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{name: f"{BASE}id/{name}/" for name in _THINGS},
    **{name: f"{BASE}vocab/{name}/" for name in _LISTS},
}
_HEADER: Final = "\n".join(f"@prefix {name}: <{iri}> ." for name, iri in _PREFIXES.items())
_DEFAULT_GRAPH: Final = """
PREFIX hab: <https://w3id.org/habeas/ontology#>
PREFIX graph: <https://w3id.org/habeas/graph/>
PREFIX claim-status: <https://w3id.org/habeas/vocab/claim-status/>
INSERT { ?s ?p ?o } WHERE {
  GRAPH ?g { ?s ?p ?o }
  OPTIONAL { GRAPH graph:provenance { ?g hab:claimStatus ?status } }
  FILTER (!BOUND(?status) || ?status NOT IN (claim-status:retracted, claim-status:superseded))
}"""

CURRENT: Final = ("", "asserted", "corrected")
NOT_CURRENT: Final = ("retracted", "superseded")

Words = tuple[str, str, str]


def claim(key: str, content: str, status: str = "") -> str:
    """A claim that says ``content`` (Turtle), with its record in the provenance graph."""
    state = f"; hab:claimStatus claim-status:{status}" if status else ""
    return f"claim:{key} {{ {content} }}\ngraph:provenance {{ claim:{key} a hab:Claim {state} . }}"


def store_of(*trig: str) -> ox.Store:
    """The claims, the ontology, and a release's default graph: each current triple once more, in no graph."""
    store = ox.Store()
    store.load("\n".join((_HEADER, *trig)).encode(), format=ox.RdfFormat.TRIG)
    for path in (*sorted(ONTOLOGY.glob("*.ttl")), *sorted((ONTOLOGY / "vocabularies").glob("*.ttl"))):
        store.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(f"{BASE}graph/ontology"))
    store.update(_DEFAULT_GRAPH)
    return store


def derived(rule: str, *trig: str) -> set[Words]:
    """What one rule alone derives from ``trig``, each triple as its terms' last words."""
    return {_words(triple) for triple in _run(store_of(*trig), ONTOLOGY / "rules" / rule)}


def derived_in_order(first: str, last: str, *trig: str) -> set[Words]:
    """What the rules from the number ``first`` to ``last`` derive from ``trig``, each seeing what came before."""
    store = store_of(*trig)
    found: set[Words] = set()
    for rule in RULES:
        if first <= rule.name[:2] <= last:
            graph = re.match(r"# graph: (\S+)", rule.read_text(encoding="utf-8"))
            assert graph
            triples = _run(store, rule)
            names: list[ox.NamedNode | ox.DefaultGraph] = [ox.NamedNode(graph[1])]
            names += [ox.DefaultGraph()] if graph[1] == f"{BASE}graph/derived" else []
            store.extend(ox.Quad(t.subject, t.predicate, t.object, name) for t in triples for name in names)
            found |= {_words(triple) for triple in triples}
    return found


def _run(store: ox.Store, rule: Path) -> list[ox.Triple]:
    triples = store.query(rule.read_text(encoding="utf-8"))
    assert isinstance(triples, ox.QueryTriples)
    return list(triples)


def _words(triple: ox.Triple) -> Words:
    return word(triple.subject), word(triple.predicate), word(triple.object)


def word(term: object) -> str:
    """The last part of an IRI, or the text of a literal."""
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return re.split(r"[/#]", term.value)[-1] if isinstance(term, ox.NamedNode) else term.value


def conflict_key(*subjects_and_property: str) -> str:
    """The key of a conflict, as a reviewer would work it out to type it: "group/freed", "size"."""
    *subjects, name = subjects_and_property
    iris = [*(f"{BASE}id/{subject}" for subject in sorted(subjects)), f"{BASE}ontology#{name}"]
    return hashlib.sha256("|".join(iris).encode()).hexdigest()[:16]


def conflicts(*trig: str) -> set[Words]:
    """What all rules about conflicts derive together."""
    return derived_in_order("20", "29", *trig)


def kinds(*trig: str) -> dict[str, set[str]]:
    """The kinds of each conflict that ``trig`` holds, by its key."""
    found: dict[str, set[str]] = {}
    for conflict, name, value in conflicts(*trig):
        if name == "conflictKind":
            found.setdefault(conflict, set()).add(value)
    return found
