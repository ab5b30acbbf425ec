"""The ontology's pages, from a small ontology of a garden with shapes and questions of its own."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from kg.documentation import document
from kg.documentation.mentions import terms_in
from kg.errors import KgError

# Links to the service that serves the pages.
SERVICE: Final = re.compile(r"\./|(\.\./)?(sparql(\?.*)?|catalog|docs|static/icon\.svg)?")
HAB: Final = "https://w3id.org/habeas/ontology#"
VOCAB: Final = "https://w3id.org/habeas/vocab/"
PREFIXES: Final = "\n".join(
    f"@prefix {name}: <{iri}> ."
    for name, iri in {
        "hab": HAB,
        "module": "https://w3id.org/habeas/ontology/",
        "vocab": VOCAB,
        "weather": f"{VOCAB}weather/",
        "shapes": "https://w3id.org/habeas/shapes#",
        "dcterms": "http://purl.org/dc/terms/",
        "owl": "http://www.w3.org/2002/07/owl#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "schema": "https://schema.org/",
        "sh": "http://www.w3.org/ns/shacl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
    }.items()
)
GARDEN: Final = """
module:garden a owl:Ontology ; dcterms:title "Garden"@en ; dcterms:description "What grows."@en .
hab:Plant a owl:Class ; rdfs:label "plant"@en, "расліна"@be ; rdfs:isDefinedBy module:garden ;
    skos:definition "A living being that grows in one place & stays <there>."@en ; skos:example "A rose."@en ;
    hab:counterExample "A coral is an animal."@en ; skos:scopeNote "Trees count."@en ;
    dcterms:source <https://example.org/botany> .
hab:Tree a owl:Class ; rdfs:subClassOf hab:Plant ; rdfs:label "tree"@en ; rdfs:isDefinedBy module:garden .
hab:Acorn a owl:Class ; rdfs:label "acorn"@en ; rdfs:isDefinedBy module:garden .
hab:likes a owl:ObjectProperty ; rdfs:label "likes"@en ; rdfs:isDefinedBy module:garden ;
    schema:domainIncludes hab:Plant ; hab:valuesFrom vocab:weather .
hab:shrub a owl:DatatypeProperty ; rdfs:label "shrub"@en ; rdfs:isDefinedBy module:garden ;
    owl:deprecated true ; dcterms:isReplacedBy hab:likes ; hab:pruned "yearly" .
"""
WEATHER: Final = """
vocab:weather a skos:ConceptScheme ; rdfs:label "weather"@en ; skos:definition "Kinds of weather."@en .
weather:rain a skos:Concept ; skos:prefLabel "rain"@en ; skos:inScheme vocab:weather ; hab:rank 2 .
weather:sun a skos:Concept ; skos:prefLabel "sun"@en ; skos:inScheme vocab:weather ; hab:rank 1 ;
    skos:closeMatch <https://example.org/sun> .
"""
SHAPES: Final = """
shapes:likes a sh:PropertyShape ; sh:targetSubjectsOf hab:likes ; sh:path hab:likes ; sh:in ( weather:rain ) ;
    sh:message "Only rain is liked."@en .
shapes:Plant-height a sh:NodeShape ; sh:name "no plant reaches the sky"@en ; sh:targetClass hab:Tree ;
    sh:sparql shapes:Plant-height-query .
shapes:Plant-height-query a sh:SPARQLConstraint ; sh:message "A tree ends below the clouds."@en ;
    sh:select "SELECT $this WHERE { $this (^hab:likes)*/hab:shrub ?x FILTER (?x < 3 && ?x > 1) }" .
"""
QUERY: Final = f"""\
# Which plants like the sun?
PREFIX hab: <{HAB}>
PREFIX weather: <{VOCAB}weather/>
SELECT ?plant WHERE {{ ?plant a hab:Plant ; hab:likes weather:sun . }} # not hab:Tree
"""


class Page(HTMLParser):
    """What a test asks of a page: the ids, the links, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep ids and links, and what is open."""
        found = dict(attrs)
        assert "style" not in found
        assert not [name for name in found if name.startswith("on")]
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name in {"href", "src"} and value]
        if tag not in {"meta", "link", "br", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Each end closes what was opened last."""
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages of the garden."""
    return document(*material(tmp_path_factory.mktemp("garden")))


def material(folder: Path) -> tuple[list[Path], dict[str, list[Path]], list[Path]]:
    """The garden's ontology, shapes and questions as files."""
    files = {
        "garden.ttl": GARDEN,
        "vocabularies/weather.ttl": WEATHER,
        "shapes/source/garden.ttl": SHAPES,
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(PREFIXES + content, encoding="utf-8")
    question = folder / "questions" / "01-sun"
    question.mkdir(parents=True)
    (question / "query.rq").write_text(QUERY, encoding="utf-8")
    ontology = [folder / "garden.ttl", folder / "vocabularies" / "weather.ttl"]
    return ontology, {"source": [folder / "shapes" / "source" / "garden.ttl"]}, [question]


def section(page: str, name: str) -> str:
    """What a page tells of one term, with the white space of HTML."""
    match = re.search(rf'<section class="term" id="{name}".*?</section>', page, re.DOTALL)
    assert match is not None, name
    return re.sub(r"\s+", " ", match[0])


def test_there_is_a_page_a_module_and_a_page_a_list_and_the_turtle_beside(pages: dict[str, str]) -> None:
    assert set(pages) == {
        "ontology.html",
        "ontology.ttl",
        "ontology/garden.html",
        "ontology/garden.ttl",
        "ontology/style.css",
        "shapes.html",
        "shapes.ttl",
        "shapes/source.html",
        "shapes/source.ttl",
        "vocab.html",
        "vocab.ttl",
        "vocab/weather.html",
        "vocab/weather.ttl",
    }


def test_a_term_is_told_with_all_that_its_author_wrote(pages: dict[str, str]) -> None:
    plant = section(pages["ontology/garden.html"], "Plant")

    for text in ("hab:Plant", "A rose.", "A coral is an animal.", "Trees count.", f"{HAB}Plant"):
        assert text in plant
    assert '<span lang="be">расліна</span>' in plant
    assert 'href="https://example.org/botany"' in plant


def test_text_is_text_and_never_markup(pages: dict[str, str]) -> None:
    assert "grows in one place &amp; stays &lt;there&gt;." in section(pages["ontology/garden.html"], "Plant")


def test_a_class_tells_its_parts_and_its_properties(pages: dict[str, str]) -> None:
    plant, tree = (section(pages["ontology/garden.html"], name) for name in ("Plant", "Tree"))

    assert '<dt>Kinds of it</dt><dd><a href="../ontology/garden.html#Tree">tree</a></dd>' in plant
    assert '<dt>Has</dt><dd><a href="../ontology/garden.html#likes">likes</a></dd>' in plant
    assert '<dt>Kind of</dt><dd><a href="../ontology/garden.html#Plant">plant</a></dd>' in tree


def test_the_shapes_that_check_a_term_stand_with_it(pages: dict[str, str]) -> None:
    """By their path, by their target, and by the SPARQL that they hold."""
    likes, tree, shrub = (section(pages["ontology/garden.html"], name) for name in ("likes", "Tree", "shrub"))
    rain, sun = (section(pages["vocab/weather.html"], name) for name in ("rain", "sun"))

    for text in (likes, rain):
        assert "Only rain is liked." in text
    for text in (likes, tree, shrub):
        assert "A tree ends below the clouds." in text
    assert "Checked by" not in sun


def test_the_questions_that_use_a_term_stand_with_it(pages: dict[str, str]) -> None:
    """What a comment names is not asked for."""
    plant, tree = (section(pages["ontology/garden.html"], name) for name in ("Plant", "Tree"))

    assert "Which plants like the sun?" in plant
    assert "Which plants like the sun?" in section(pages["vocab/weather.html"], "sun")
    assert "Which plants like the sun?" not in tree


def test_a_deprecated_term_names_its_successor(pages: dict[str, str]) -> None:
    shrub = section(pages["ontology/garden.html"], "shrub")

    assert '<strong>Deprecated</strong> Use <a href="../ontology/garden.html#likes">likes</a>.' in shrub


def test_what_has_no_place_of_its_own_is_told_all_the_same(pages: dict[str, str]) -> None:
    assert "<dt>hab:pruned</dt><dd>yearly</dd>" in section(pages["ontology/garden.html"], "shrub")
    assert 'href="https://example.org/sun"' in section(pages["vocab/weather.html"], "sun")


def test_classes_stand_below_their_parents_and_ranked_concepts_in_their_order(pages: dict[str, str]) -> None:
    assert re.findall(r'<section class="term" id="(\w+)"', pages["ontology/garden.html"]) == [
        "Acorn",
        "Plant",
        "Tree",
        "likes",
        "shrub",
    ]
    assert re.findall(r'<section class="term" id="(\w+)"', pages["vocab/weather.html"]) == ["sun", "rain"]


def test_the_page_of_the_whole_ontology_has_an_anchor_for_each_term(pages: dict[str, str]) -> None:
    """Terms are fragments of one address, so a browser looks for them there."""
    assert {"Plant", "Tree", "Acorn", "likes", "shrub"} <= set(Page(pages["ontology.html"]).ids)


def test_pages_are_whole_and_every_link_among_them_leads_somewhere(pages: dict[str, str]) -> None:
    html = {name: Page(text) for name, text in pages.items() if name.endswith(".html")}
    assert len(html) == 6

    for name, page in html.items():
        assert page.open == [], name
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            path, _, anchor = link.partition("#")
            if "://" in link or SERVICE.fullmatch(link):
                continue
            target = name if not path else Path(name).parent.joinpath(path).as_posix()
            target = re.sub(r"[^/]+/\.\./", "", target)
            assert target in pages, f"{name}: {link}"
            assert not anchor or anchor in html[target].ids, f"{name}: {link}"


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_scripted(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        if name.endswith(".html"):
            assert "<script" not in text
            assert "<style" not in text
            assert re.findall(r'<link rel="stylesheet" href="(.*?)"', text) in (
                [["ontology/style.css"], ["../ontology/style.css"]]
            )
    assert "url(" not in pages["ontology/style.css"]


def test_the_turtle_of_all_modules_is_in_one_file(pages: dict[str, str]) -> None:
    assert pages["ontology.ttl"] == pages["ontology/garden.ttl"]
    assert pages["ontology/garden.ttl"].endswith(GARDEN)


def test_the_same_files_give_the_same_pages(tmp_path: Path, pages: dict[str, str]) -> None:
    assert document(*material(tmp_path)) == pages


def test_turtle_that_is_not_turtle_is_told(tmp_path: Path) -> None:
    ontology, shapes, questions = material(tmp_path)
    ontology[0].write_text("hab:Plant a", encoding="utf-8")

    with pytest.raises(KgError, match=r"garden\.ttl"):
        document(ontology, shapes, questions)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?x a hab:Plant", {"ontology#Plant"}),
        ("?x (^hab:partOf)*/hab:likes|hab:hates+ ?y", {"ontology#partOf", "ontology#likes", "ontology#hates"}),
        ("?x ?p measure:stock-a", {"vocab/measure/stock-a"}),
        (f"PREFIX w: <{VOCAB}weather/> SELECT * {{ ?x ?p w:sun }}", {"vocab/weather/sun"}),
        ("PREFIX x: <https://example.org/> SELECT * { ?x x:y 'z' }", set()),
        ('FILTER (?x != "hab:Plant" && ?y = <urn:hab:Plant>) # hab:Plant', set()),
        ("FILTER (?hab:x < 3 && hab:size > 2)", {"ontology#size"}),
    ],
)
def test_terms_are_found_in_queries_where_they_are_names(query: str, names: set[str]) -> None:
    assert {iri.removeprefix("https://w3id.org/habeas/") for iri in terms_in(query)} == names
