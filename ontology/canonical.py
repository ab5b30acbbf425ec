"""Canonical Turtle: one way to write the ontology and the shapes, so that a diff shows a change of meaning alone.

Run ``python ontology/canonical.py`` to rewrite every file that is not canonical yet; it names those that were not.

What a file keeps of its author's hand is the order of its subjects and the comments between them. Everything else
follows from the triples: the prefixes (those in use, sorted), the order of predicates and of values, how a term is
written, where a line ends.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["canonical", "turtle_files"]

_ROOT: Final = Path(__file__).parents[1]
_Value = ox.NamedNode | ox.Literal

_PATTERNS: Final = ("ontology/**/*.ttl", "shapes/**/*.ttl")

_WIDTH: Final = 120
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_BARE: Final = {
    f"{_XSD}integer": re.compile(r"[+-]?[0-9]+"),
    f"{_XSD}decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    f"{_XSD}boolean": re.compile(r"true|false"),
}
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_LANGUAGES: Final = ("en", "be", "ru")
_LOCAL_NAME: Final = re.compile(r"\w([\w-]*\w)?")
# What a reader wants to know first comes first; a predicate that is in neither list stands between them, sorted.
_FIRST: Final = re.findall(
    r"\S+",
    "a rdfs:subClassOf rdfs:subPropertyOf owl:inverseOf owl:versionIRI owl:versionInfo owl:imports owl:deprecated"
    " dcterms:isReplacedBy rdfs:label skos:prefLabel skos:altLabel dcterms:title dcterms:description skos:notation"
    " owl:disjointWith schema:domainIncludes schema:rangeIncludes hab:valuesFrom skos:definition skos:example"
    " skos:scopeNote hab:counterExample hab:rank dcterms:creator dcterms:license dcterms:source rdfs:isDefinedBy"
    " sh:prefix sh:namespace sh:name sh:description sh:targetClass sh:targetSubjectsOf sh:targetObjectsOf sh:path"
    " sh:minCount sh:maxCount sh:nodeKind sh:class sh:datatype sh:minInclusive sh:maxInclusive sh:pattern",
)
_LAST: Final = re.findall(
    r"\S+",
    "sh:severity sh:sparql sh:message sh:prefixes sh:select sh:declare skos:note skos:inScheme skos:topConceptOf"
    " skos:broader skos:hasTopConcept vann:preferredNamespacePrefix vann:preferredNamespaceUri",
)
_ONE_TO_A_LINE: Final = "skos:hasTopConcept"

_TOKEN: Final = re.compile(
    r'(?P<space>\s+)|(?P<comment>#[^\n]*)|(?P<text>"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*")'
    r"|(?P<iri><[^<>\s]*>)|(?P<stop>\.(?=\s|$)|(?<=\s)\.(?![0-9]))|(?P<word>[^\s\"<>#.]+|.)",
    re.DOTALL,
)


def turtle_files() -> tuple[Path, ...]:
    """The files that are kept canonical: all Turtle of the ontology and all shapes, sorted by path."""
    return tuple(sorted(path for pattern in _PATTERNS for path in _ROOT.glob(pattern)))


def canonical(text: str) -> str:
    """The one way to write the Turtle ``text``.

    Raises:
        SyntaxError: it is not Turtle.
        ValueError: it has a blank node, which has no place in an order, or a comment inside of a statement, where it
            would be lost.
    """
    triples = list(_triples(text))
    parts = list(_parts(text))
    terms = _Terms(dict(_prefix(part.text) for part in parts if part.kind == "@prefix"))
    blocks = _blocks(triples, terms)
    start = next((i for i, part in enumerate(parts) if part.kind != "comment"), len(parts))
    body = _laid_out(_rendered(parts[start:], blocks, terms))
    header = [f"@prefix {name}: <{iri}> .\n" for name, iri in sorted(terms.prefixes.items()) if name in terms.used]
    opening = "".join(part.text + "\n" for part in parts[:start])
    return "\n".join(section for section in (opening, "".join(header), body) if section)


# --- Terms -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Terms:
    """Writes terms with the prefixes of a file, and remembers which of them it has used."""

    prefixes: Mapping[str, str]
    used: set[str] = field(default_factory=set)

    def iri(self, iri: str) -> str:
        """The shortest way to write an IRI; in angle brackets where no prefix fits."""
        for name, namespace in sorted(self.prefixes.items(), key=lambda item: (-len(item[1]), item[0])):
            if iri.startswith(namespace) and _LOCAL_NAME.fullmatch(iri, len(namespace)):
                self.used.add(name)
                return f"{name}:{iri[len(namespace) :]}"
        return f"<{iri}>"

    def value(self, term: _Value) -> str:
        """An IRI or a literal; numbers and truth values without quotes where Turtle reads them so."""
        if isinstance(term, ox.NamedNode):
            return self.iri(term.value)
        if term.language:
            return f"{_quoted(term.value)}@{term.language}"
        datatype = term.datatype.value
        if datatype in _BARE and _BARE[datatype].fullmatch(term.value):
            return term.value
        return _quoted(term.value) + ("" if datatype == f"{_XSD}string" else f"^^{self.iri(datatype)}")


def _quoted(text: str) -> str:
    # A query keeps its lines.
    if "\n" in text and '"""' not in text and not text.endswith('"'):
        return '"""' + text.replace("\\", "\\\\") + '"""'
    return f'"{text.translate(_ESCAPES)}"'


# --- Statements ------------------------------------------------------------------------------------------------------


def _triples(text: str) -> Iterator[tuple[str, str, _Value]]:
    for quad in dict.fromkeys(ox.parse(text, format=ox.RdfFormat.TURTLE)):
        if not isinstance(quad.subject, ox.NamedNode) or not isinstance(quad.object, ox.NamedNode | ox.Literal):
            # The text is wrong, and not the type of an argument.
            raise ValueError("a blank node has no place in an order. Give the node an IRI.")  # noqa: TRY004
        yield quad.subject.value, quad.predicate.value, quad.object


def _blocks(triples: Iterable[tuple[str, str, _Value]], terms: _Terms) -> dict[str, str]:
    """All that is said of each subject, as one statement, by the subject's IRI."""
    said: dict[str, dict[str, list[_Value]]] = {}
    for subject, predicate, value in triples:
        name = "a" if predicate == _RDF_TYPE else terms.iri(predicate)
        said.setdefault(subject, {}).setdefault(name, []).append(value)
    places = {subject: place for place, subject in enumerate(said)}
    return {subject: _block(terms.iri(subject), values, terms, places) for subject, values in said.items()}


def _block(subject: str, said: Mapping[str, list[_Value]], terms: _Terms, places: Mapping[str, int]) -> str:
    lines = []
    for predicate in sorted(said, key=_place):
        values = sorted(said[predicate], key=lambda value: _rank(value, places))
        lines.append(_line(predicate, [terms.value(value) for value in values]))
    return f"{subject} " + " ;\n    ".join(lines) + " .\n"


def _line(predicate: str, values: Sequence[str]) -> str:
    line = f"{predicate} {', '.join(values)}"
    if predicate != _ONE_TO_A_LINE and (len(values) == 1 or len(line) + 6 <= _WIDTH):
        return line
    return f"{predicate}\n        " + ",\n        ".join(values)


def _place(predicate: str) -> tuple[int, int, str]:
    if predicate in _FIRST:
        return 0, _FIRST.index(predicate), predicate
    return (2, _LAST.index(predicate), predicate) if predicate in _LAST else (1, 0, predicate)


def _rank(value: _Value, places: Mapping[str, int]) -> tuple[int, int, str]:
    """The kind of a term before all other values; what the file speaks of in its own order; then languages."""
    if isinstance(value, ox.NamedNode):
        is_kind = value.value.startswith("http://www.w3.org/2002/07/owl#")
        return (0, 0, value.value) if is_kind else (1, places.get(value.value, len(places)), value.value)
    language = value.language or ""
    return 2, _LANGUAGES.index(language) if language in _LANGUAGES else len(_LANGUAGES), value.value


# --- The author's hand: the order of subjects, and comments ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A comment, a prefix or a statement, and whether an empty line follows it."""

    kind: str
    text: str
    is_set_off: bool


def _parts(text: str) -> Iterator[_Part]:
    statement = ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match.lastgroup == "comment":
            if statement:
                raise ValueError(f"{token!r} stands inside of a statement. Write it above the statement.")
            yield _Part("comment", token.rstrip(), text[match.end() : match.end() + 2] == "\n\n")
        elif match.lastgroup == "stop":
            yield _Part("@prefix" if statement.startswith("@prefix") else "statement", statement, is_set_off=True)
            statement = ""
        elif statement or match.lastgroup != "space":
            statement += token


def _prefix(statement: str) -> tuple[str, str]:
    _, name, iri = statement.split()
    return name.removesuffix(":"), iri[1:-1]


def _rendered(parts: Iterable[_Part], blocks: Mapping[str, str], terms: _Terms) -> Iterator[_Part]:
    """Comments as they are, and each subject's whole statement where the file first speaks of it."""
    left = dict(blocks)
    for part in parts:
        if part.kind == "comment":
            yield part
        elif part.kind == "statement":
            block = left.pop(_subject(part.text, terms.prefixes), None)
            if block is not None:
                yield _Part("line" if block.count("\n") == 1 else "statement", block.rstrip("\n"), is_set_off=True)
    assert not left, "every subject is found in the text"


def _subject(statement: str, prefixes: Mapping[str, str]) -> str:
    first = statement.split(None, 1)[0]
    if first.startswith("<"):
        return first[1:-1]
    name, _, local = first.partition(":")
    return prefixes[name] + local


def _laid_out(parts: Iterable[_Part]) -> str:
    """An empty line between parts, except below a comment on what follows and between two statements of one line."""
    text, before = "", None
    for part in parts:
        is_close = before is None or not before.is_set_off or (before.kind == part.kind == "line")
        text += ("" if is_close else "\n") + part.text + "\n"
        before = part
    return text


def _rewrite() -> None:
    for path in turtle_files():
        old = path.read_text(encoding="utf-8")
        new = canonical(old)
        if new != old:
            path.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(_ROOT)}\n")


if __name__ == "__main__":
    _rewrite()
