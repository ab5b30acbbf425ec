"""Where endpoints answer otherwise than SPARQL 1.1 says, and why; everything else is held to the same promises.

A difference is a test too: the suite fails when the endpoint no longer behaves like this.
"""

from __future__ import annotations

from typing import Final

__all__ = ["DIFFERENCES"]

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_CLAIM: Final = "<http://example.com/claim{}>"
_DEFAULT: Final = "<https://w3id.org/habeas/graph/default>"
_FROM: Final = "FROM in a query adds to the default graph of SYS_SPARQL_HOST, where it should replace it."
_NAMED_TOO: Final = "It has no default graph of its own: ours is a named graph, and GRAPH ?g sees it."

_MERGED: Final = "A triple of two graphs counts twice, where the default graph is their merge (SPARQL 1.1 §13.2.1)."

# Of oxigraph 0.5.13. Name of the query: its rows, or the error's name; and why.
_OXIGRAPH: Final[dict[str, tuple[list[str] | str, str]]] = {
    "FROM and FROM": (['"one"', '"twice"', '"twice"', '"two"'], _MERGED),
}
# Of Virtuoso 7.2.5.
_VIRTUOSO: Final[dict[str, tuple[list[str] | str, str]]] = {
    "numbers": (
        [f'"123456789012345678901234567890"^^<{_XSD}decimal>', "-7", "1", "1.5"],
        "An xsd:integer of more than 64 bits is kept as an xsd:decimal.",
    ),
    "a boolean": ([f'"1"^^<{_XSD}boolean>'], "A boolean is kept as a number."),
    "no columns": (["1"], "SELECT * without a variable gets a column that nobody asked for."),
    "the default graph is not named": ([_DEFAULT], _NAMED_TOO),
    "who says so": (
        [],
        "Where the protocol or SYS_SPARQL_HOST chooses the default graph, GRAPH with a name in it finds nothing, "
        "while GRAPH ?g finds everything.",
    ),
    "FROM": (['"one"', '"twice"', '"twice"'], _FROM),
    "FROM and FROM": (['"one"', '"twice"', '"twice"', '"twice"', '"two"'], f"{_FROM} {_MERGED}"),
    "FROM without FROM NAMED": (['"one"', '"two"'], "FROM does not keep GRAPH ?g from seeing the other named graphs."),
    "FROM of nothing": ("RemoteError", f"{_FROM} And the label of the blank node in that graph is not well-formed."),
    "MINUS": ([_CLAIM.format(2), _DEFAULT], _NAMED_TOO),
    "NOT EXISTS": ([_CLAIM.format(2), _DEFAULT], _NAMED_TOO),
    "a comparison of dates": (
        [
            f'"2031-05"^^<{_XSD}gYearMonth>',
            f'"2031-05-02"^^<{_XSD}date>',
            f'"2031-05-02T10:00:00+02:00"^^<{_XSD}dateTime>',
        ],
        "Values of different date types are compared, where SPARQL 1.1 §17.3 has a type error.",
    ),
}

DIFFERENCES: Final = {"pool": {}, "oxigraph": _OXIGRAPH, "virtuoso": _VIRTUOSO}
