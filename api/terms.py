"""RDF terms as pages show them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kg.vocab import BASE, CLAIM, EDTF, HAB, ID, SOURCE, VOCAB

from .wording import date_in_words, duration_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Label", "Row", "Term", "choose_label", "rows_of"]

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_XSD_ANY_URI: Final = f"{_XSD}anyURI"
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r"})
# By datatype, what says a value in words.
_IN_WORDS: Final = {
    EDTF: date_in_words,
    f"{_XSD}date": date_in_words,
    f"{_XSD}dateTime": date_in_words,
    f"{_XSD}duration": duration_in_words,
}
# The dates that HTML's element "time" takes.
_MOMENT: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:.]+Z)?)?)?")
_HUMP: Final = re.compile(r"(?<=[a-z])([A-Z])")
_PAGES: Final = (
    (ID, "/doc/"),
    (CLAIM, "/claim/"),
    (SOURCE, "/source/"),
    (HAB, "/ontology#"),
    (VOCAB, "/vocab/"),
)
_LANGUAGES: Final = ("en", "be", "ru")


@dataclass(frozen=True, slots=True)
class Label:
    """A name in a language; the language is empty where none is known."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a query's result.

    Attributes:
        kind: "uri", "literal", "bnode" or "triple".
        value: IRI, lexical form, or blank node label.
        language, datatype: of a literal; empty where it has none.
    """

    kind: str
    value: str
    language: str = ""
    datatype: str = ""

    @property
    def is_iri(self) -> bool:
        """Whether it names something."""
        return self.kind == "uri"

    @property
    def href(self) -> str:
        """Where a click should lead: our own page of a thing, or its address; empty where nothing safe is there."""
        if self.is_iri:
            for prefix, path in _PAGES:
                if self.value.startswith(prefix):
                    return path + self.value.removeprefix(prefix)
        is_address = (self.is_iri and not self.value.startswith(BASE)) or self.datatype == _XSD_ANY_URI
        return self.value if is_address and self.value.startswith(("http://", "https://")) else ""

    @property
    def text(self) -> str:
        """What stands on the page where no label is known: dates and durations in words, all else as it is written."""
        in_words = _IN_WORDS.get(self.datatype)
        return self.value if in_words is None else in_words(self.value)

    @property
    def moment(self) -> str:
        """The value where it is a date that HTML's element "time" takes; else empty."""
        is_moment = _IN_WORDS.get(self.datatype) is date_in_words and _MOMENT.fullmatch(self.value)
        return self.value if is_moment and self.text != self.value else ""

    @property
    def ntriples(self) -> str:
        """The term as N-Triples writes it."""
        if self.is_iri:
            return f"<{self.value}>"
        if self.kind != "literal":
            return f"_:{self.value}"
        text = f'"{self.value.translate(_ESCAPES)}"'
        if self.language:
            return f"{text}@{self.language}"
        return f"{text}^^<{self.datatype}>" if self.datatype else text

    @property
    def local_name(self) -> str:
        """The last part of an IRI, for want of a label."""
        return re.split(r"[/#]", self.value.rstrip("/#"))[-1] or self.value

    @property
    def words(self) -> str:
        """The last part of an IRI in words: "had primary source" for "hadPrimarySource"."""
        return _HUMP.sub(r" \1", self.local_name).lower()


Row = dict[str, Term]


def rows_of(results: Mapping[str, Any]) -> list[Row]:
    """The rows of SPARQL results (SPARQL 1.1 Query Results JSON Format), unbound variables left out."""
    return [{name: _term(cell) for name, cell in row.items()} for row in results["results"]["bindings"]]


def _term(cell: Mapping[str, Any]) -> Term:
    value = cell["value"]
    text = value if isinstance(value, str) else " ".join(_term(value[part]).value for part in value)
    return Term(cell["type"], text, cell.get("xml:lang", ""), cell.get("datatype", ""))


def choose_label(labels: Sequence[Label], languages: Sequence[str] = ()) -> Label:
    """The label for a reader: in a language of theirs; else English, Belarusian or Russian; else the first by text.

    Args:
        labels: at least one.
        languages: tags in lower case, best first. "be" finds "be-tarask", and "be-by" finds "be" (RFC 4647 §3).
    """
    wanted = (*languages, *_LANGUAGES)

    def rank(label: Label) -> tuple[int, int, str]:
        tag = label.language.lower()
        place = next((n for n, other in enumerate(wanted) if _is_of(tag, other)), len(wanted))
        return place, len(tag), label.text

    return min(labels, key=rank)


def _is_of(tag: str, wanted: str) -> bool:
    return bool(tag) and (tag == wanted or tag.startswith(f"{wanted}-") or wanted.startswith(f"{tag}-"))
