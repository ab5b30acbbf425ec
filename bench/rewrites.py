"""Traps of the engine: each query as people write it, as the query layer asks it, and as an expert would write it.

    python bench/rewrites.py [--quads 1000000] [--limit 20] [--only TEXT]

Builds a store of synthetic quads, half of them in named graphs and half the same triples in the default graph, and
asks each form in a process of its own. Prints CPU milliseconds, the best of three runs; "> n" is one that was stopped.
All forms of a query must give the same answer.

The first table is what `kg.query.exists` writes anew; ratios are to the expert's form. The second is what it leaves
alone, because equal answers cannot be proved from the text or the other form is slower elsewhere:

- a FILTER on an IRI reads every row where VALUES, or the IRI in its place, is an index lookup; but VALUES beside a
  pattern that was a lookup already is joined by hashing, a thousand times slower ("one type of few rows");
- MINUS reads all of its group even for one row, FILTER NOT EXISTS only what the row leads to; for many rows whose
  group has many matches each, MINUS is the faster one;
- branches of UNION with several patterns are read whole and then joined, unless each repeats what is common;
- CONSTRUCT holds every triple in memory, to give none twice (657 MiB for 1 M triples, where SELECT takes 76): a dump
  is a file to fetch, not a query;
- ORDER BY … LIMIT decodes and sorts all rows; only a filter that leaves fewer of them helps;
- OPTIONAL with filters, paths with bound ends, STRSTARTS, DISTINCT and COUNT(DISTINCT …) have no better form.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QueryBoolean, Store

from kg.query.admission import QueryLimits
from kg.query.plan import plan
from kg.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

NS = "https://bench.example/"
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
XSD_DATE = NamedNode("http://www.w3.org/2001/XMLSchema#date")
PREFIXES = (
    f"PREFIX : <{NS}> PREFIX rdfs: <{LABEL.value[:-5]}> PREFIX xsd: <{XSD_DATE.value[:-4]}>\n"  # the word after #
)
DAY = '"2022-06-30"^^xsd:date'
QUADS_PER_DETENTION = 26  # measured
BLOCK = 200  # detentions told by one source


def name(kind: str, number: int) -> NamedNode:
    return NamedNode(f"{NS}{kind}{number}")


def triples_of(number: int, chance: random.Random) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
    """One person, their detention, and what followed; some people were detained before."""
    person, event = name("person", chance.randint(number // 2, number)), name("detention", number)
    day = date(2020, 5, 1) + timedelta(days=chance.randrange(2250))
    yield person, RDF_TYPE, NamedNode(NS + "Person")
    yield person, LABEL, Literal(f"Person {number}", language="en")
    yield person, LABEL, Literal(f"Асоба {number}", language="be")
    yield person, NamedNode(NS + "gender"), Literal(chance.choice("fm"))
    yield person, NamedNode(NS + "memberOf"), name("org", int(600 * chance.random() ** 2))
    yield event, RDF_TYPE, NamedNode(NS + "Detention")
    yield event, NamedNode(NS + "person"), person
    yield event, NamedNode(NS + "date"), Literal(day.isoformat(), datatype=XSD_DATE)
    yield event, NamedNode(NS + "place"), name("place", int(140 * chance.random() ** 2))
    yield event, NamedNode(NS + "authority"), name("authority", int(90 * chance.random() ** 2))
    yield event, LABEL, Literal(f"Detention {number}", language="en")
    if chance.random() < 0.6:
        release, kind = name("release", number), "Pardon" if chance.random() < 0.06 else "Release"
        later = day + timedelta(days=chance.randrange(1, 900))
        yield release, RDF_TYPE, NamedNode(NS + kind)
        yield release, NamedNode(NS + "person"), person
        yield release, NamedNode(NS + "date"), Literal(later.isoformat(), datatype=XSD_DATE)
        yield release, NamedNode(NS + "ends"), event
    if number < 600:
        yield name("org", number), NamedNode(NS + "partOf"), name("org", number // 4)
        yield name("place", number % 140), NamedNode(NS + "within"), name("region", number % 7)
        yield name("election", number % 85), RDF_TYPE, NamedNode(NS + "Election")


def quads(wanted: int) -> Iterator[Quad]:
    chance = random.Random(20200809)
    for number in range(wanted // QUADS_PER_DETENTION):
        for triple in triples_of(number, chance):
            yield Quad(*triple, name("source", number // BLOCK))
            yield Quad(*triple, DefaultGraph())


@dataclass(frozen=True)
class Trap:
    """A question in two forms; both are the inside of WHERE, counted by rows, or whole queries."""

    name: str
    written: str
    tuned: str


HELD = f"?e a :Detention ; :date ?day FILTER(?day <= {DAY}) "
ENDED = f"?r :ends ?e ; :date ?d FILTER(?d <= {DAY})"
ONE = "?e :person :person777 ; :date ?day "
# Few rows, each of which leads to thousands, beside a type of 85 things: what the engine's own join is made for.
HUB = "?e :person ?p ; :place ?x . ?p :memberOf :org571 "

ASKED_ANEW = [
    Trap("held on a day", f"{HELD} FILTER NOT EXISTS {{ {ENDED} }}", f"{HELD} MINUS {{ {ENDED} }}"),
    Trap(
        "held on a day, of one person",
        f"{ONE} FILTER NOT EXISTS {{ {ENDED} }}",
        f"{ONE} OPTIONAL {{ {ENDED} }} FILTER(!BOUND(?r))",
    ),
    Trap(
        "held on a day, or detained that month",
        f'{HELD} FILTER(?day > "2022-06-01"^^xsd:date || NOT EXISTS {{ {ENDED} }})',
        f'{HELD} OPTIONAL {{ {ENDED} }} FILTER(?day > "2022-06-01"^^xsd:date || !BOUND(?r))',
    ),
    Trap(
        "held on a day, by some source",
        f"{HELD} FILTER NOT EXISTS {{ GRAPH ?g {{ {ENDED} }} }}",
        f"{HELD} MINUS {{ GRAPH ?g {{ {ENDED} }} }}",
    ),
    Trap(
        "neither released nor pardoned",
        f"{HELD} FILTER NOT EXISTS {{ {{ ?r :ends ?e ; a :Release }} UNION {{ ?r :ends ?e ; a :Pardon }} }}",
        f"{HELD} MINUS {{ {{ ?r :ends ?e ; a :Release }} UNION {{ ?r :ends ?e ; a :Pardon }} }}",
    ),
    Trap(
        "of a woman",
        '?e a :Detention FILTER EXISTS { ?e :person ?p . ?p :gender "f" }',
        '{ SELECT DISTINCT ?e { ?e a :Detention ; :person ?p . ?p :gender "f" } }',
    ),
    Trap(
        "last detention of each person",
        "?e a :Detention ; :person ?p ; :date ?day "
        "FILTER NOT EXISTS { ?e2 a :Detention ; :person ?p ; :date ?d FILTER(?d > ?day) }",
        "?e a :Detention ; :person ?p ; :date ?day "
        "OPTIONAL { ?e2 :person ?p ; a :Detention ; :date ?d FILTER(?d > ?day) } FILTER(!BOUND(?e2))",
    ),
    Trap(
        "member below an organisation",
        "?p a :Person FILTER EXISTS { ?p :memberOf/:partOf* :org5 }",
        "{ SELECT DISTINCT ?p { ?p a :Person ; :memberOf/:partOf* :org5 } }",
    ),
    Trap(
        "detained twice, never pardoned",
        "SELECT ?p (COUNT(*) AS ?n) { ?e a :Detention ; :person ?p } GROUP BY ?p "
        "HAVING(COUNT(*) > 1 && NOT EXISTS { ?r :person ?p ; a :Pardon })",
        "SELECT ?p ?n { { SELECT ?p (COUNT(*) AS ?n) { ?e a :Detention ; :person ?p } GROUP BY ?p "
        "HAVING(COUNT(*) > 1) } MINUS { ?r :person ?p ; a :Pardon } }",
    ),
    Trap(
        "worst case: many matches each, a rare type",
        f"{HUB} FILTER EXISTS {{ ?v :place ?x . ?v a :Election }}",
        f"{HUB} {{ SELECT DISTINCT ?x {{ ?v a :Election ; :place ?x }} }}",
    ),
]
LEFT = [
    Trap("one thing by FILTER", "?s ?p ?o FILTER(?s = :person777)", ":person777 ?p ?o"),
    Trap(
        "two people by FILTER IN",
        "?e :person ?p FILTER(?p IN (:person777, :person778))",
        "?e :person ?p VALUES ?p { :person777 :person778 }",
    ),
    Trap("one type of few rows, by VALUES", f"{ONE} . ?e a ?t VALUES ?t {{ :Detention }}", f"{ONE} ; a :Detention"),
    Trap("one day by FILTER", f"?e :date ?day FILTER(?day = {DAY})", f"?e :date {DAY}"),
    Trap("MINUS for one person", f"{ONE} MINUS {{ {ENDED} }}", f"{ONE} FILTER NOT EXISTS {{ {ENDED} }}"),
    Trap(
        "UNION of two patterns each, one person",
        f"{ONE} {{ ?r :ends ?e ; a :Release }} UNION {{ ?r :ends ?e ; a :Pardon }}",
        f"{{ {ONE} . ?r :ends ?e ; a :Release }} UNION {{ {ONE} . ?r :ends ?e ; a :Pardon }}",
    ),
    Trap(
        "OPTIONAL with a filter on the outer row",
        "?e a :Detention ; :date ?day OPTIONAL { ?r :ends ?e ; :date ?d FILTER(?d > ?day) }",
        "?e a :Detention ; :date ?day OPTIONAL { ?r :ends ?e ; :date ?d }",
    ),
    Trap("path with both ends", "ASK { :org571 :partOf* :org5 }", "ASK { :org571 :partOf/:partOf/:partOf :org5 }"),
    Trap(
        "label by its beginning",
        '?p rdfs:label ?l FILTER(STRSTARTS(STR(?l), "Person 77"))',
        '?p rdfs:label ?l FILTER(STRSTARTS(?l, "Person 77"))',
    ),
    Trap(
        "ORDER BY … LIMIT",
        "SELECT ?e ?day { ?e :date ?day } ORDER BY DESC(?day) ?e LIMIT 10",
        'SELECT ?e ?day { ?e :date ?day FILTER(?day > "2028-01-01"^^xsd:date) } ORDER BY DESC(?day) ?e LIMIT 10',
    ),
    Trap("DISTINCT", "SELECT DISTINCT ?p { ?s ?p ?o }", "SELECT ?p { ?s ?p ?o } GROUP BY ?p"),
    Trap(
        "COUNT(DISTINCT …)",
        "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s { ?s ?p ?o } }",
    ),
    Trap("CONSTRUCT of everything", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "SELECT ?s ?p ?o { ?s ?p ?o }"),
]


def whole(form: str) -> str:
    is_whole = form.startswith(("SELECT", "ASK", "CONSTRUCT"))
    return PREFIXES + (form if is_whole else f"SELECT (COUNT(*) AS ?n) {{ {form} }}")


def ask(store_path: str) -> None:
    """Ask what stands on stdin, three times: print rows, the first of them, and the least CPU milliseconds."""
    store, text = Store.read_only(store_path), sys.stdin.read()
    spent = []
    for _ in range(3):
        began = time.process_time()
        results = store.query(text)
        rows = [str(bool(results))] if isinstance(results, QueryBoolean) else results
        count, first = 0, ""
        for row in rows:
            first = first or (str(row) if text.count("AS ?n") else "")
            count += 1
        spent.append(1000 * (time.process_time() - began))
    print(json.dumps([count, first, min(spent)]))


def measure(store_path: str, text: str, limit_s: float) -> tuple[object, float]:
    """The answer, as far as it is compared, and CPU milliseconds; None and infinity for a query that was stopped."""
    command = [sys.executable, __file__, "--ask", store_path]
    try:
        done = subprocess.run(command, input=text, text=True, capture_output=True, timeout=3 * limit_s, check=True)
    except subprocess.TimeoutExpired:
        return None, float("inf")
    count, first, spent_ms = json.loads(done.stdout)
    return (count, first), spent_ms


def print_table(title: str, traps: list[Trap], store_path: str, limit_s: float) -> None:
    print(f"\n{title}\n\n| query | written | asked | by hand | asked ÷ by hand |\n|---|---|---|---|---|")
    limits = QueryLimits.of(Settings())
    for trap in traps:
        written, tuned = whole(trap.written), whole(trap.tuned)
        asked = plan(written, limits).text
        forms = [written, tuned] if asked == written else [written, tuned, asked]
        answers, spent = zip(*(measure(store_path, form, limit_s) for form in forms), strict=True)
        known = {answer for answer in answers if answer is not None}
        assert len(known) <= 1 or trap.name in ("CONSTRUCT of everything",), (trap.name, known)
        shown = [f"{ms:,.1f}" if ms < float("inf") else f"> {1000 * limit_s:,.0f}" for ms in spent]
        ratio = f"{spent[-1 if len(spent) > 2 else 0] / spent[1]:.1f}"
        print(f"| {trap.name} | {shown[0]} | {shown[-1] if len(spent) > 2 else 'as written'} | {shown[1]} | {ratio} |")
        sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quads", type=int, default=1_000_000)
    parser.add_argument("--limit", type=float, default=20.0, help="seconds for each of the three runs of a form")
    parser.add_argument("--only", default="", help="part of the name of a query")
    parser.add_argument("--ask", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        ask(options.ask)
        return
    with tempfile.TemporaryDirectory(prefix="habeas-bench-") as folder:
        path = str(Path(folder) / "store")
        store = Store(path)
        store.bulk_extend(quads(options.quads))
        store.optimize()
        print(f"{len(store):,} quads; CPU ms, best of three")
        del store
        for title, traps in (("Written anew", ASKED_ANEW), ("Left alone", LEFT)):
            print_table(title, [trap for trap in traps if options.only in trap.name], path, options.limit)


if __name__ == "__main__":
    main()
