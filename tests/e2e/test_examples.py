"""The examples that the dataset itself holds: found by a query, and each has an answer."""

from __future__ import annotations

import httpx

FIND = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?example ?comment ?query WHERE {
  ?example a sh:SPARQLExecutable ; rdfs:comment ?comment ; schema:keywords ?keyword ; sh:select|sh:ask ?query .
}"""
PREFIXES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT ?prefix ?namespace WHERE { ?node sh:prefix ?prefix ; sh:namespace ?namespace }"""


def ask(habeas: str, query: str) -> dict[str, object]:
    answer = httpx.get(f"{habeas}/sparql", params={"query": query, "format": "json"}, timeout=30)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def rows(habeas: str, query: str) -> list[dict[str, str]]:
    results = ask(habeas, query)["results"]
    assert isinstance(results, dict)
    return [{name: cell["value"] for name, cell in row.items()} for row in results["bindings"]]


def test_each_example_in_the_data_has_an_answer(habeas: str) -> None:
    examples = rows(habeas, FIND)
    assert len(examples) == 6
    for example in examples:
        if "ASK {" in example["query"]:
            assert ask(habeas, example["query"])["boolean"] is True
        else:
            assert rows(habeas, example["query"]), example["example"]
        page = httpx.get(example["example"].replace("https://w3id.org/habeas", habeas), headers={"Accept": "text/html"})
        assert page.status_code == 200


def test_the_prefixes_are_declared_in_the_data(habeas: str) -> None:
    found = {row["prefix"]: row["namespace"] for row in rows(habeas, PREFIXES)}

    assert found["hab"] == "https://w3id.org/habeas/ontology#"
    assert found["person"] == "https://w3id.org/habeas/id/person/"
    assert len(found) > 30
