"""The first competency question, asked as a linked-data researcher would: with SPARQLWrapper, over HTTP."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
from SPARQLWrapper import JSON, SPARQLWrapper

QUERY = Path(__file__).resolve().parents[1] / "conformance" / "competency" / "01-who-says-how-many" / "query.rq"
ARTICLE = "https://w3id.org/habeas/source/ap-2024-11-07"


def test_one_article_says_31_and_30_each_with_speaker_and_paragraph(habeas: str) -> None:
    endpoint = SPARQLWrapper(f"{habeas}/sparql")
    endpoint.setReturnFormat(JSON)
    endpoint.setQuery(QUERY.read_text(encoding="utf-8"))

    rows = endpoint.queryAndConvert()["results"]["bindings"]

    said = {
        (row["value"]["value"], row["speaker"]["value"].rpartition("/")[2], row["locator"]["value"])
        for row in rows
        if row["source"]["value"] == ARTICLE
    }
    assert said == {
        ("30", "pavel-sapelka", "paragraph 6"),
        ("31", "presidential-administration-of-belarus", "paragraph 1"),
    }


def test_all_values_of_the_data_are_sorted(habeas: str) -> None:
    """Blank nodes, IRIs, texts, numbers, dates and durations in one order: what a curious person asks first."""
    query = "SELECT ?o { ?s ?p ?o } ORDER BY DESC(?o) LIMIT 5000 OFFSET 100"

    answer = httpx.get(f"{habeas}/sparql", params={"query": query}, timeout=60)

    assert answer.status_code == 200
    assert len(answer.json()["results"]["bindings"]) == 5000
    assert "ORDER BY on line 1" in answer.headers["server-timing"]


def test_what_the_service_prints_to_paste_gives_an_answer(habeas_command: tuple[str, Path]) -> None:
    """As it is printed, with the word that ends the input at the start of its line."""
    _, log = habeas_command
    words, end, _ = log.read_text(encoding="utf-8").partition("\ncurl ")[2].partition("\nEOF\n")

    command = ["bash", "-c", f"curl {words}{end}"]
    given = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    assert given.stdout.startswith("size,speaker,place\n30,")
    assert given.stdout.count("\n31,") == 4
