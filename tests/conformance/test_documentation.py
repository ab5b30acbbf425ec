"""The project's own pages: each term and concept is there, its links hold, and its query runs."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.namespace import OWL, RDF, RDFS, SKOS

from kg.documentation import document
from kg.documentation.mentions import terms_in
from kg.resources import ontology_files, question_folders, shapes_files

# Links to the service that serves the pages: from its header, and what runs a query.
SERVICE = re.compile(r"\./|(\.\./)?(sparql(\?.*)?|catalog|docs|static/icon\.svg)?")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """All pages, as a build writes them."""
    shapes = {stage: shapes_files(stage) for stage in ("source", "release")}
    return document(ontology_files(), shapes, question_folders())


@pytest.fixture(scope="module")
def ontology() -> Graph:
    """All modules and all code lists in one graph."""
    graph = Graph()
    for path in ontology_files():
        graph.parse(path)
    return graph


def anchors(page: str) -> set[str]:
    return set(re.findall(r'<section class="term" id="([^"]+)"', page))


def test_every_term_is_described_on_the_page_of_its_module(pages: dict[str, str], ontology: Graph) -> None:
    modules = list(ontology.subjects(RDF.type, OWL.Ontology))
    assert len(modules) >= 8

    for module in modules:
        terms = {str(term).rpartition("#")[2] for term in ontology.subjects(RDFS.isDefinedBy, module)}
        assert anchors(pages[f"ontology/{str(module).rpartition('/')[2]}.html"]) == terms


def test_every_concept_is_described_on_the_page_of_its_list(pages: dict[str, str], ontology: Graph) -> None:
    schemes = list(ontology.subjects(RDF.type, SKOS.ConceptScheme))
    assert len(schemes) >= 15

    for scheme in schemes:
        concepts = {str(concept).rpartition("/")[2] for concept in ontology.subjects(SKOS.inScheme, scheme)}
        assert anchors(pages[f"vocab/{str(scheme).rpartition('/')[2]}.html"]) == concepts


def test_every_link_between_pages_leads_to_a_term_that_is_there(pages: dict[str, str]) -> None:
    ids = {name: set(re.findall(r' id="([^"]+)"', text)) for name, text in pages.items()}
    checked = 0
    for name, text in pages.items():
        for link in re.findall(r'href="([^"]+)"', text) if name.endswith(".html") else ():
            if "://" not in link and not SERVICE.fullmatch(link):
                path, _, anchor = link.partition("#")
                target = re.sub(r"[^/]+/\.\./", "", (Path(name).parent / path).as_posix()) if path else name
                assert target in pages, f"{name}: {link}"
                assert not anchor or anchor in ids[target], f"{name}: {link}"
                checked += 1
    assert checked > 1000


def test_every_query_on_a_page_is_sparql_and_the_link_runs_the_same(pages: dict[str, str]) -> None:
    store = ox.Store()
    found = 0
    for name, text in pages.items():
        queries = [unescape(query) for query in re.findall(r"<pre><code>(.*?)</code></pre>", text, re.DOTALL)]
        links = [unescape(link) for link in re.findall(r'<a href="([^"]*sparql\?[^"]*)">', text)]
        assert [parse_qs(urlsplit(link).query)["query"][0] for link in links] == queries, name
        for query in queries:
            store.query(query)
        found += len(queries)
    assert found > 200


def test_a_term_that_shapes_and_questions_use_tells_of_them(pages: dict[str, str]) -> None:
    section = re.search(r'id="size".*?</section>', pages["ontology/groups-and-counts.html"], re.DOTALL)
    assert section is not None

    assert "Checked by" in section[0]
    assert "01-who-says-how-many" in section[0]


def test_every_question_that_names_a_term_of_ours_is_told_of_there(pages: dict[str, str]) -> None:
    text = "".join(pages.values())
    asking = [folder for folder in question_folders() if terms_in((folder / "query.rq").read_text(encoding="utf-8"))]
    assert len(asking) >= 10

    assert [folder.name for folder in asking if f"<code>{folder.name}</code>" not in text] == []
