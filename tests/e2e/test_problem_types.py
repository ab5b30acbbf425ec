"""The type of every problem leads to a page that says what it means and what to do."""

from __future__ import annotations

import html
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.problems import problem_types
from kg.vocab import BASE

if TYPE_CHECKING:
    import httpx

TEXTS = tomllib.loads((Path(__file__).parents[2] / "api" / "problems.toml").read_text())
PAGE = {"Accept": "text/html"}


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_every_type_is_explained_and_nothing_else() -> None:
    assert len(problem_types()) > 8
    assert set(TEXTS) == set(problem_types())
    assert all(set(text) == {"meaning", "remedy"} for text in TEXTS.values())


@pytest.mark.parametrize("kind", sorted(problem_types()))
def test_the_page_of_a_type_says_what_the_service_does(client: httpx.Client, kind: str) -> None:
    known = problem_types()[kind]
    response = client.get(f"/problem/{kind}", headers=PAGE)
    said = words(response.text)

    assert response.status_code == 200
    for told in (known.title, f"Status {known.status}", f"{BASE}problem/{kind}", *TEXTS[kind].values()):
        assert told in said
    assert ("Retry-After: " in said) == (known.retry_after_s is not None)


def test_the_list_leads_to_every_type(client: httpx.Client) -> None:
    page = client.get("/problem", headers=PAGE).text

    for kind, known in problem_types().items():
        assert f'href="/problem/{kind}"' in page
        assert html.escape(known.title) in page


def test_a_problem_links_to_a_page_that_is_there(client: httpx.Client) -> None:
    problem = client.get("/sparql", params={"query": "SELECT"}).json()
    response = client.get(problem["type"].removeprefix("https://w3id.org/habeas"), headers=PAGE)

    assert (response.status_code, problem["title"] in response.text) == (200, True)
    page = client.get("/sparql", params={"query": "SELECT"}, headers=PAGE)
    assert 'href="/problem/query-syntax"' in page.text
    assert client.get("/problem/nothing").status_code == 404
    assert client.get("/problem/").status_code == 404
