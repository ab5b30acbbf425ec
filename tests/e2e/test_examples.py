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


def example(habeas: str, question: str) -> list[dict[str, str]]:
    (found,) = (row["query"] for row in rows(habeas, FIND) if row["comment"] == question)
    return rows(habeas, found)


def test_a_number_that_is_not_exact_is_not_shown_as_if_it_were(habeas: str) -> None:
    found = example(habeas, "How many political prisoners were counted, by whom, at each date?")

    assert {row["number"]: row["comparator"] for row in found if row["number"] in ("1250", "1400", "1278")} == {
        "1250": "more than",
        "1400": "about",
        "1278": "exactly",
    }


def test_each_conflict_is_one_row_and_names_its_things(habeas: str) -> None:
    found = example(habeas, "On what do the sources disagree?")
    (conflicts,) = rows(
        habeas,
        "PREFIX hab: <https://w3id.org/habeas/ontology#> "
        "SELECT (COUNT(DISTINCT ?c) AS ?n) { GRAPH <https://w3id.org/habeas/graph/conflicts> { ?c a hab:Conflict } }",
    )

    values = {(row["things"], row["property"]): set(row["values"].split(" or ")) for row in found}
    assert len(values) == len(found) == int(conflicts["n"])
    assert values["people pardoned on 7 November 2024", "size"] == {"30", "31"}
    assert any(" | " in things and numbers == {"115", "128"} for (things, _), numbers in values.items())


def test_the_prefixes_are_declared_in_the_data(habeas: str) -> None:
    found = {row["prefix"]: row["namespace"] for row in rows(habeas, PREFIXES)}

    assert found["hab"] == "https://w3id.org/habeas/ontology#"
    assert found["person"] == "https://w3id.org/habeas/id/person/"
    assert len(found) > 30
