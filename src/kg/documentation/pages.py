"""The pages: one for the whole ontology, one a module, one for all code lists, one a list; and their stylesheet.

Links are relative and end in ``.html``, so that the pages read the same from a folder and from a server that answers
``/ontology/core`` and ``/ontology/core.html`` alike; those of the header lead to that server. Nothing is fetched from
elsewhere, and nothing is scripted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape

from kg.vocab import HAB, rebased

from .mentions import Mentions
from .terms import KINDS, OWL, RDF, RDFS, SCHEMA, SKOS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .mentions import Shape
    from .terms import Thing, Value, Vocabulary

__all__ = ["render_pages"]

_TEMPLATES: Final = Path(__file__).parent / "templates"
_DCTERMS: Final = "http://purl.org/dc/terms/"
_PREFIXES: Final = {
    RDF: "rdf:",
    RDFS: "rdfs:",
    OWL: "owl:",
    SKOS: "skos:",
    SCHEMA: "schema:",
    HAB: "hab:",
    _DCTERMS: "dcterms:",
    "http://purl.org/vocab/vann/": "vann:",
    "http://www.w3.org/2001/XMLSchema#": "xsd:",
    "http://www.w3.org/ns/prov#": "prov:",
    "http://id.loc.gov/datatypes/edtf/": "edtf:",
}
# Shown in places of their own; whatever else is said of a term follows as it is.
_PLACED: Final = frozenset(
    {
        *(f"{RDF}{name}" for name in ("type",)),
        *(f"{RDFS}{name}" for name in ("label", "isDefinedBy", "subClassOf", "subPropertyOf")),
        *(f"{SKOS}{name}" for name in ("prefLabel", "definition", "example", "scopeNote", "notation", "inScheme")),
        *(f"{SKOS}{name}" for name in ("topConceptOf", "hasTopConcept", "broader", "narrower")),
        *(f"{SCHEMA}{name}" for name in ("domainIncludes", "rangeIncludes")),
        *(f"{HAB}{name}" for name in ("counterExample", "valuesFrom")),
        *(f"{_DCTERMS}{name}" for name in ("source", "title", "description", "creator", "license")),
        *(f"{OWL}{name}" for name in ("versionIRI", "versionInfo", "imports", "disjointWith", "deprecated")),
        f"{_DCTERMS}isReplacedBy",
        *(f"http://purl.org/vocab/vann/preferredNamespace{name}" for name in ("Prefix", "Uri")),
    }
)


@dataclass(frozen=True, slots=True)
class _Page:
    """What a template asks for, as seen from one page: links that hold there, and what is known of a term.

    ``addresses`` are those of all things of ours, from the folder of all pages; ``up`` leads there: "" or "../".
    """

    environment: Environment
    vocabulary: Vocabulary
    mentions: Mapping[str, Mentions]
    addresses: Mapping[str, str]
    up: str

    def href(self, iri: str) -> str:
        """Where an IRI is described: on a page of ours, or at its own address."""
        address = self.addresses.get(iri)
        return iri if address is None else f"{self.up}{address}"

    def label(self, iri: str) -> str:
        """The label of a thing of ours, the name of a module; any other IRI with its usual prefix."""
        thing = self.vocabulary.things.get(iri)
        if thing is not None and iri in self.addresses:
            return thing.label
        prefix = next((prefix for prefix in _PREFIXES if iri.startswith(prefix)), None)
        return iri if prefix is None else _PREFIXES[prefix] + iri.removeprefix(prefix)

    def code(self, thing: Thing) -> str:
        """A term as queries write it: hab:Pardon, measure:stock-recognised-prisoners."""
        if thing.kind != "concept":
            return f"hab:{thing.name}"
        return ":".join(thing.iri.rsplit("/", 2)[1:])

    def of(self, iri: str) -> Mentions:
        """The shapes and questions that use a term."""
        return self.mentions.get(iri, Mentions((), ()))

    def narrower(self, thing: Thing) -> list[str]:
        """The classes, properties or concepts right below one."""
        return self.vocabulary.users_of(thing.iri, f"{RDFS}subClassOf", f"{RDFS}subPropertyOf", f"{SKOS}broader")

    def also(self, thing: Thing) -> list[str]:
        """What a term is beside its kind: transitive, for example, or single-valued."""
        return [iri for iri in thing.iris(f"{RDF}type") if iri not in KINDS]

    def rest(self, thing: Thing) -> list[tuple[str, list[Value]]]:
        """What is said of a thing and has no place of its own on the page, by predicate."""
        return [(self.label(name), list(values)) for name, values in sorted(thing.said.items()) if name not in _PLACED]

    def query(self, thing: Thing) -> str:
        """A query that finds where a term is used, and by whose claims."""
        template = {"class": "query-class.rq", "concept": "query-concept.rq"}.get(thing.kind, "query-property.rq")
        return self.environment.get_template(template).render(thing=thing)

    def run(self, query: str) -> str:
        """The address that runs a query on the service."""
        return f"{self.up}sparql?query={quote(query)}"


def render_pages(
    vocabulary: Vocabulary, mentions: Mapping[str, Mentions], shapes: Mapping[str, Sequence[Shape]]
) -> dict[str, str]:
    """Every page and the stylesheet, by path below the folder of all pages."""
    environment, addresses = _environment(), _addresses(vocabulary)

    def render(template: str, up: str, **more: object) -> str:
        page = _Page(environment, vocabulary, mentions, addresses, up)
        return environment.get_template(template).render(page=page, vocabulary=vocabulary, **more)

    pages = {"ontology.html": render("ontology.html", ""), "vocab.html": render("vocab.html", "")}
    for module in vocabulary.modules:
        pages[f"ontology/{module.thing.name}.html"] = render("module.html", "../", module=module)
    for code_list in vocabulary.code_lists:
        pages[f"vocab/{code_list.thing.name}.html"] = render("code-list.html", "../", code_list=code_list)
    pages["shapes.html"] = render("shapes.html", "", stages=shapes)
    for stage, of_stage in shapes.items():
        pages[f"shapes/{stage}.html"] = render("shapes.html", "../", stages={stage: of_stage})
    pages["ontology/style.css"] = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    return pages


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(lambda name: rebased((_TEMPLATES / name).read_text(encoding="utf-8"))),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    names = {"RDFS": RDFS, "SKOS": SKOS, "OWL": OWL, "SCHEMA": SCHEMA, "HAB": HAB, "DCTERMS": _DCTERMS}
    environment.globals.update(names)
    return environment


def _addresses(vocabulary: Vocabulary) -> dict[str, str]:
    """The page of each module and list, and on it the place of each term and concept, by IRI."""
    homes = [
        *((f"ontology/{module.thing.name}.html", module.thing, module.terms) for module in vocabulary.modules),
        *((f"vocab/{each.thing.name}.html", each.thing, each.concepts) for each in vocabulary.code_lists),
    ]
    return {home.iri: page for page, home, _ in homes} | {
        thing.iri: f"{page}#{thing.name}" for page, _, things in homes for thing in things
    }
