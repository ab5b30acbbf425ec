"""Names and media types of the formats: from what people and programs write to what a backend is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import NotAcceptableError
from ..store.backend import FormatChoice, GraphFormat, ResultFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BOOLEAN_MEDIA_TYPES",
    "FORMAT_NAMES",
    "GRAPH_MEDIA_TYPES",
    "GRAPH_SUFFIXES",
    "SOLUTIONS_MEDIA_TYPES",
    "format_choice",
]

# Media types a client may ask for, best first, with the format that each gets. Only the first of a format is its own;
# the others are what generic clients send.
_PLAIN_JSON: Final = "application/json"
_PLAIN_XML: Final = ("application/xml", "text/xml")

BOOLEAN_MEDIA_TYPES: Final[Mapping[str, ResultFormat]] = {
    ResultFormat.JSON.value: ResultFormat.JSON,
    ResultFormat.XML.value: ResultFormat.XML,
    _PLAIN_JSON: ResultFormat.JSON,
    **dict.fromkeys(_PLAIN_XML, ResultFormat.XML),
}
SOLUTIONS_MEDIA_TYPES: Final[Mapping[str, ResultFormat]] = {
    **{known.value: known for known in ResultFormat},
    **BOOLEAN_MEDIA_TYPES,
}
GRAPH_MEDIA_TYPES: Final[Mapping[str, GraphFormat]] = {
    **{known.value: known for known in GraphFormat},
    _PLAIN_JSON: GraphFormat.JSON_LD,
    **dict.fromkeys(_PLAIN_XML, GraphFormat.RDF_XML),
}

FORMAT_NAMES: Final[Mapping[str, FormatChoice]] = {
    "json": FormatChoice(ResultFormat.JSON, ResultFormat.JSON, GraphFormat.JSON_LD),
    "xml": FormatChoice(ResultFormat.XML, ResultFormat.XML, GraphFormat.RDF_XML),
    "csv": FormatChoice(ResultFormat.CSV, None, None),
    "tsv": FormatChoice(ResultFormat.TSV, None, None),
    "turtle": FormatChoice(None, None, GraphFormat.TURTLE),
    "ntriples": FormatChoice(None, None, GraphFormat.N_TRIPLES),
    "jsonld": FormatChoice(None, None, GraphFormat.JSON_LD),
    "rdfxml": FormatChoice(None, None, GraphFormat.RDF_XML),
}

GRAPH_SUFFIXES: Final[Mapping[str, GraphFormat]] = {
    "ttl": GraphFormat.TURTLE,
    "nt": GraphFormat.N_TRIPLES,
    "jsonld": GraphFormat.JSON_LD,
    "rdf": GraphFormat.RDF_XML,
}


def format_choice(name: str) -> FormatChoice:
    """The formats that a short name such as "csv" or "turtle" stands for.

    Raises:
        NotAcceptableError: there is no such name.
    """
    if name not in FORMAT_NAMES:
        raise NotAcceptableError(f"There is no format “{name}”. There are: {', '.join(FORMAT_NAMES)}.")
    return FORMAT_NAMES[name]
