"""The ontology and its code lists hold their own rules, and every term used anywhere is defined in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
import pyshacl
import pytest
from rdflib import Graph, Namespace
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = Path(__file__).parents[2]
MODULES: Final = tuple(sorted((ROOT / "ontology").glob("*.ttl")))
CODE_LISTS: Final = tuple(sorted((ROOT / "ontology" / "vocabularies").glob("*.ttl")))

HAB: Final = Namespace("https://w3id.org/habeas/ontology#")
MODULE: Final = Namespace("https://w3id.org/habeas/ontology/")
RULE: Final = Namespace("https://w3id.org/habeas/shapes/ontology-rules#")
VOCAB: Final = Namespace("https://w3id.org/habeas/vocab/")

TERM: Final = re.compile(re.escape(str(HAB)) + r"\w+|" + re.escape(str(VOCAB)) + r"[\w-]+(?:/[\w-]+)?")
FORMATS: Final = {".trig": ox.RdfFormat.TRIG, ".ttl": ox.RdfFormat.TURTLE}

CONFORMING: Final = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix hab: <https://w3id.org/habeas/ontology#> .
@prefix module: <https://w3id.org/habeas/ontology/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix vann: <http://purl.org/vocab/vann/> .
@prefix vocab: <https://w3id.org/habeas/vocab/> .
@prefix weather: <https://w3id.org/habeas/vocab/weather/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

module:garden a owl:Ontology ; owl:versionIRI <https://w3id.org/habeas/ontology/garden/0.1.0> ;
    owl:versionInfo "0.1.0" ; dcterms:title "Garden"@en ; dcterms:description "What grows."@en ;
    dcterms:creator "The gardeners"@en ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ; vann:preferredNamespacePrefix "hab" .
module:pond a owl:Ontology ; owl:versionIRI <https://w3id.org/habeas/ontology/pond/0.2.0> ; owl:versionInfo "0.2.0" ;
    owl:imports module:garden ;
    dcterms:title "Pond"@en ; dcterms:description "What swims."@en ; dcterms:creator "The gardeners"@en ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ; vann:preferredNamespacePrefix "hab" .

hab:Plant a owl:Class ; rdfs:label "plant"@en, "расліна"@be ; rdfs:isDefinedBy module:garden ;
    skos:definition "A living being that grows in one place."@en ; skos:example "A rose."@en ;
    skos:scopeNote "Trees count."@en ; hab:counterExample "A coral is an animal."@en ;
    dcterms:source <https://www.w3.org/TR/2017/REC-owl-time-20171019/> .
hab:WaterPlant a owl:Class ; rdfs:subClassOf hab:Plant ; rdfs:label "water plant"@en ; rdfs:isDefinedBy module:pond ;
    skos:definition "A plant that grows in water."@en ; skos:example "A water lily."@en ;
    skos:scopeNote "Reeds count."@en ; hab:counterExample "A willow beside the pond is a plant."@en ;
    dcterms:source <https://undocs.org/en/A/RES/43/173> .
hab:temporalExtent a owl:DatatypeProperty ; rdfs:label "extent"@en ; rdfs:isDefinedBy module:garden ;
    schema:domainIncludes hab:Plant ; schema:rangeIncludes edtf:EDTF ;
    skos:definition "Relates a plant to its time."@en ; skos:example "A rose of 2031."@en ;
    dcterms:source <https://www.iso.org/standard/70908.html> .
hab:height a owl:DatatypeProperty, hab:SingleValuedProperty ; rdfs:label "height"@en ; rdfs:isDefinedBy module:garden ;
    schema:domainIncludes hab:Plant ; schema:rangeIncludes xsd:integer ;
    skos:definition "Relates a plant to its height in centimetres."@en ; skos:example "A rose of 80."@en ;
    dcterms:source <https://www.iso.org/standard/70908.html> .
hab:likes a owl:ObjectProperty ; rdfs:label "likes"@en ; rdfs:isDefinedBy module:garden ;
    schema:domainIncludes hab:Plant ; schema:rangeIncludes skos:Concept ; hab:valuesFrom vocab:weather ;
    skos:definition "Relates a plant to a weather in which it grows well."@en ; skos:example "A fern likes rain."@en ;
    dcterms:source <https://www.iso.org/standard/70908.html> .

hab:size a owl:DatatypeProperty ; rdfs:label "size"@en ; rdfs:isDefinedBy module:garden ;
    owl:deprecated true ; dcterms:isReplacedBy hab:height ;
    schema:domainIncludes hab:Plant ; schema:rangeIncludes xsd:integer ;
    skos:definition "Relates a plant to how large it is."@en ; skos:example "A rose of 80."@en ;
    dcterms:source <https://www.iso.org/standard/70908.html> .

vocab:weather a skos:ConceptScheme ; rdfs:label "weather"@en ; dcterms:title "Kinds of weather"@en ;
    skos:definition "A code list of the kinds of weather."@en ; skos:hasTopConcept weather:rain, weather:sun ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> .
weather:sun a skos:Concept ; skos:prefLabel "sun"@en ; skos:notation "sun" ; hab:rank 1 ;
    skos:definition "A weather without clouds."@en ; skos:inScheme vocab:weather ; skos:topConceptOf vocab:weather .
weather:rain a skos:Concept ; skos:prefLabel "rain"@en, "дождь"@ru ; skos:notation "rain" ; hab:rank 2 ;
    skos:definition "A weather in which water falls."@en ; skos:inScheme vocab:weather ;
    skos:topConceptOf vocab:weather ; dcterms:source <https://undocs.org/en/A/RES/61/106> .
weather:drizzle a skos:Concept ; skos:prefLabel "drizzle"@en ; skos:notation "drizzle" ; hab:rank 3 ;
    skos:definition "A rain of fine drops."@en ; skos:inScheme vocab:weather ; skos:broader weather:rain .
"""

EMPTY_LIST: Final = """
vocab:sky a skos:ConceptScheme ; rdfs:label "sky"@en ; dcterms:title "Sky"@en ;
    skos:definition "A code list of nothing."@en ; dcterms:license <https://creativecommons.org/licenses/by/4.0/> .
"""

# One small edit of CONFORMING (old text, new text) for each rule: it breaks that rule and no other.
BROKEN: Final = (
    ("Node-noBlankNode", 'skos:example "A rose."@en', 'skos:example "A rose."@en ; skos:related [ ]'),
    ("Node-noDomain", "hab:rank 1", "hab:rank 1 ; rdfs:domain hab:Plant"),
    ("Node-noRange", "hab:rank 1", "hab:rank 1 ; rdfs:range hab:Plant"),
    ("Node-noSameAs", "hab:rank 1", "hab:rank 1 ; owl:sameAs weather:rain"),
    ("Node-profile", "rdfs:subClassOf hab:Plant", "rdfs:subClassOf hab:Plant ; owl:oneOf hab:Plant"),
    ("Node-profile", "hab:likes a owl:ObjectProperty", "hab:likes a owl:ObjectProperty, owl:ReflexiveProperty"),
    ("Node-noCycle", "rdfs:subClassOf hab:Plant", "rdfs:subClassOf hab:WaterPlant"),
    ("Node-noCycle", 'rdfs:label "likes"@en', 'rdfs:label "likes"@en ; rdfs:subPropertyOf hab:likes'),
    ("Node-noCycle", "skos:broader weather:rain", "skos:broader weather:drizzle"),
    ("Module-title", 'dcterms:title "Pond"@en', 'dcterms:title "Teich"@de'),
    ("Module-description", 'dcterms:description "What swims."@en ; ', ""),
    ("Module-creator", 'dcterms:creator "The gardeners"@en', "dcterms:creator <https://example.org/gardeners>"),
    ("Module-license", "by/4.0/> ; vann:", "by-nc/4.0/> ; vann:"),
    ("Module-prefix", 'vann:preferredNamespacePrefix "hab"', 'vann:preferredNamespacePrefix "garden"'),
    ("Module-versionInfo", '; owl:versionInfo "0.2.0"', ""),
    ("Module-versionIRI", "ontology/pond/0.2.0", "ontology/pond/0.1.9"),
    ("Module-exemplary", 'hab:counterExample "A willow beside the pond is a plant."@en ;', ""),
    ("Module-imports", "owl:imports module:garden ;", ""),
    ("Term-kind", "hab:Plant a owl:Class", "hab:Plant a owl:Class, owl:AnnotationProperty"),
    ("Term-kind", "hab:WaterPlant a owl:Class", "hab:WaterPlant a rdfs:Class"),
    ("Term-label", 'rdfs:label "plant"@en, "расліна"@be', 'rdfs:label "расліна"@be'),
    ("Term-labelLanguages", '"расліна"@be', '"расліна"'),
    ("Term-labelLanguages", '"расліна"@be', '"расліна"@be, "зёлка"@be'),
    ("Term-labelLanguages", '"расліна"@be', '""@be'),
    ("Term-definition", 'skos:definition "A plant that grows in water."@en ;', ""),
    ("Term-definition", '"A plant that grows in water."@en', '"A plant that grows in water."@en, "A plant."@en'),
    ("Term-oneSentence", "A plant that grows in water.", "A plant that grows in water. Reeds count."),
    ("Class-genus", "A plant that grows in water.", "Grows in water."),
    ("Property-genus", "Relates a plant to its time.", "The time of a plant."),
    ("Term-example", 'skos:example "A water lily."@en ;', ""),
    ("Term-source", "dcterms:source <https://undocs.org/en/A/RES/43/173>", 'dcterms:source "UN"'),
    ("Term-source", "<https://undocs.org/en/A/RES/43/173>", "<https://www.w3.org/TR/owl-time/>"),
    ("Term-isDefinedBy", '"height"@en ; rdfs:isDefinedBy module:garden', '"height"@en'),
    (
        "Term-isDefinedBy",
        '"height"@en ; rdfs:isDefinedBy module:garden',
        '"height"@en ; rdfs:isDefinedBy module:garden, module:pond',
    ),
    ("Term-scopeNote", '"Trees count."@en', '"Trees count."@en, "Ferns count."@en'),
    ("Term-counterExample", '"A coral is an animal."@en', '"A coral is an animal."'),
    ("Deprecated-successor", "dcterms:isReplacedBy hab:height", "dcterms:isReplacedBy hab:hight"),
    ("Deprecated-successor", "dcterms:isReplacedBy hab:height", "dcterms:isReplacedBy hab:size"),
    ("Deprecated-successor", " ; dcterms:isReplacedBy hab:height", ""),
    ("Deprecated-replaced", "owl:deprecated true ; ", ""),
    ("Property-domainIncludes", "module:garden ;\n    schema:domainIncludes hab:Plant ;", "module:garden ;"),
    ("Property-rangeIncludes", "schema:rangeIncludes xsd:integer ;", ""),
    ("Property-concepts", "hab:valuesFrom vocab:weather", "hab:valuesFrom vocab:climate"),
    ("SingleValuedProperty", "a owl:ObjectProperty", "a owl:ObjectProperty, hab:SingleValuedProperty"),
    ("Property-temporal", 'rdfs:label "height"@en', 'rdfs:label "height"@en ; rdfs:subPropertyOf hab:temporalExtent'),
    ("Scheme-label", 'rdfs:label "weather"@en', 'rdfs:label "weather"@en, "sky"@en'),
    ("Scheme-title", 'dcterms:title "Kinds of weather"@en ;', ""),
    ("Scheme-definition", "A code list of the kinds of weather.", "Weather"),
    ("Scheme-license", "by/4.0/> .\nweather:sun", "by/3.0/> .\nweather:sun"),
    ("Scheme-hasTopConcept", "weather:sun a skos:Concept ;", f"{EMPTY_LIST}\nweather:sun a skos:Concept ;"),
    ("Scheme-topConcepts", "skos:hasTopConcept weather:rain, weather:sun", "skos:hasTopConcept weather:rain"),
    ("Scheme-ranks", "hab:rank 2", "hab:rank 1"),
    ("Scheme-ranks", "hab:rank 2 ;", ""),
    ("Concept-type", "weather:drizzle a skos:Concept", "weather:drizzle a hab:Plant"),
    ("Concept-prefLabel", 'skos:prefLabel "drizzle"@en', 'skos:prefLabel "морось"@ru'),
    ("Concept-labelLanguages", '"дождь"@ru', '"Regen"@de'),
    ("Concept-definition", 'skos:definition "A rain of fine drops."@en', 'skos:definition "A rain of fine drops."'),
    ("Concept-oneSentence", "A rain of fine drops.", "Fine drops."),
    ("Concept-notation", 'skos:notation "drizzle" ;', ""),
    ("Concept-inScheme", "skos:inScheme vocab:weather ; skos:broader", "skos:broader"),
    ("Concept-source", "<https://undocs.org/en/A/RES/61/106>", "<https://example.org/rain>"),
    ("Concept-iri", 'skos:notation "drizzle"', 'skos:notation "mist"'),
    ("Concept-place", "skos:broader weather:rain", "skos:related weather:rain"),
)


@pytest.fixture(scope="module")
def rules() -> Graph:
    """The rules of the ontology, as a shapes graph."""
    return Graph().parse(Path(__file__).with_name("ontology-rules.ttl"))


@pytest.fixture(scope="module")
def ontology() -> Graph:
    """All modules and all code lists in one graph."""
    graph = Graph()
    for path in (*MODULES, *CODE_LISTS):
        graph.parse(path)
    return graph


def broken_rules(graph: Graph, rules: Graph) -> set[str]:
    """The names of the rules that ``graph`` breaks."""
    _, report, text = pyshacl.validate(graph, shacl_graph=rules, advanced=True)
    assert isinstance(report, Graph), text
    return {str(shape).removeprefix(str(RULE)) for shape in report.objects(None, SH.sourceShape)}


def iris(path: Path) -> Iterator[str]:
    """Every IRI and the text of every literal in one RDF file."""
    for quad in ox.parse(path=path, format=FORMATS[path.suffix]):
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            if isinstance(term, ox.NamedNode | ox.Literal):
                yield term.value


def spelled_out(text: str) -> str:
    """``text`` with our terms written as IRIs: as hab:size or measure:x, in Python after {HAB}, in SQL after 'hab'."""
    schemes = "|".join(path.stem for path in CODE_LISTS)
    text = re.sub(r"\{(?:HAB|hab)\}(?=[A-Za-z])|getvariable\('hab'\) \|\| '", str(HAB), text)
    text = re.sub(r"\{VOCAB\}(?=[a-z])", str(VOCAB), text)
    text = re.sub(r"(?<![\w:/#-])hab:(?=[A-Za-z])", str(HAB), text)
    return re.sub(rf"(?<![\w:/#-])({schemes}):(?=[a-z])", rf"{VOCAB}\1/", text)


def terms_used(paths: Iterable[Path]) -> dict[str, str]:
    """Each of our terms and concepts that occurs in RDF files or queries, with a file where it does."""
    found: dict[str, str] = {}
    for path in paths:
        texts = iris(path) if path.suffix in FORMATS else iter([path.read_text(encoding="utf-8")])
        for text in texts:
            found.update(dict.fromkeys(TERM.findall(spelled_out(text)), path.name))
    return found


def undefined(used: dict[str, str], ontology: Graph) -> dict[str, str]:
    """Those of the terms ``used`` that neither a module nor a code list defines."""
    defined = {str(subject) for subject in ontology.subjects(RDF.type)}
    return {term: where for term, where in used.items() if term not in defined}


def files_that_use_terms() -> list[Path]:
    """All data, shapes, rules, queries and code of the project."""
    folders = ("data/**/*.trig", "shapes/**/*.ttl", "ontology/**/*.ttl", "ontology/**/*.rq", "api/queries/*.rq")
    patterns = (*folders, "src/kg/**/*.rq", "src/kg/**/*.sql", "src/kg/**/*.py", "api/**/*.py", "docs/*.md")
    competency = (ROOT / "tests" / "conformance" / "competency").glob("*/*.rq")
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))] + sorted(competency)


def test_there_are_modules_and_code_lists_to_check() -> None:
    assert {"core", "claims", "groups-and-counts", "clemency"} <= {path.stem for path in MODULES}
    assert {"sensitivity", "claim-status", "conflict-kind", "measure"} <= {path.stem for path in CODE_LISTS}


def test_the_ontology_keeps_every_rule(ontology: Graph, rules: Graph) -> None:
    _, _, report = pyshacl.validate(ontology, shacl_graph=rules, advanced=True)

    assert "Conforms: True" in report, report


def test_an_ontology_that_keeps_every_rule_conforms(rules: Graph) -> None:
    assert broken_rules(Graph().parse(data=CONFORMING, format="turtle"), rules) == set()


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN, ids=[rule for rule, _, _ in BROKEN])
def test_each_rule_catches_what_breaks_it(rules: Graph, rule: str, old: str, new: str) -> None:
    assert old in CONFORMING
    broken = Graph().parse(data=CONFORMING.replace(old, new), format="turtle")

    assert broken_rules(broken, rules) == {rule}


def test_each_rule_has_a_case_that_breaks_it(rules: Graph) -> None:
    with_message = {str(shape).removeprefix(str(RULE)) for shape in rules.subjects(SH.message)}

    assert with_message == {rule for rule, _, _ in BROKEN}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_file_holds_one_module_and_only_its_own_terms(path: Path) -> None:
    module = Graph().parse(path)

    assert set(module.subjects(RDF.type, OWL.Ontology)) == {MODULE[path.stem]}
    assert set(module.objects(None, RDFS.isDefinedBy)) == {MODULE[path.stem]}


@pytest.mark.parametrize("path", CODE_LISTS, ids=lambda path: path.stem)
def test_a_file_holds_one_code_list_and_only_its_own_concepts(path: Path) -> None:
    code_list = Graph().parse(path)

    assert set(code_list.subjects(RDF.type, SKOS.ConceptScheme)) == {VOCAB[path.stem]}
    assert set(code_list.objects(None, SKOS.inScheme)) == {VOCAB[path.stem]}


def test_levels_of_sensitivity_are_ranked_from_public_to_sealed(ontology: Graph) -> None:
    levels = ontology.subjects(SKOS.inScheme, VOCAB.sensitivity)
    ranked = sorted((int(str(ontology.value(level, HAB.rank))), str(level).rpartition("/")[2]) for level in levels)

    assert [name for _, name in ranked] == ["public", "restricted", "confidential", "sealed"]


def test_every_term_that_is_used_anywhere_is_defined(ontology: Graph) -> None:
    files = files_that_use_terms()
    assert {"core.ttl", "20-conflicts.rq", "vocab.py", "derivation.sql"} <= {path.name for path in files}

    assert undefined(terms_used(files), ontology) == {}


@pytest.mark.parametrize(
    ("name", "text", "missing"),
    [
        ("class.trig", "<x:a> { <x:b> a <https://w3id.org/habeas/ontology#Pardno> }", "ontology#Pardno"),
        ("concept.trig", "<x:a> { <x:b> <x:c> <https://w3id.org/habeas/vocab/measure/stok> }", "vocab/measure/stok"),
        ("message.ttl", '<x:a> <x:b> "Write trend:rysing."@en .', "vocab/trend/rysing"),
        ("query.rq", "SELECT * { ?pardon hab:grantedBye ?person }", "ontology#grantedBye"),
        ("code.py", '_SIZE = f"{HAB}sise"', "ontology#sise"),
        ("code.py", '_PUBLIC = f"{VOCAB}sensitivity/pubic"', "vocab/sensitivity/pubic"),
        ("code.sql", "WHERE predicate = getvariable('hab') || 'reportedInn'", "ontology#reportedInn"),
    ],
)
def test_a_misspelt_term_is_found(ontology: Graph, tmp_path: Path, name: str, text: str, missing: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    assert undefined(terms_used([path]), ontology) == {f"https://w3id.org/habeas/{missing}": name}
