"""The IRIs that Python itself must know: namespaces, and the few terms that carry the build's meaning.

Everything else is data: adding a term to the ontology needs no change here.
"""

from __future__ import annotations

import os
from typing import Final

__all__ = [
    "BASE",
    "CLAIM",
    "CONFLICTS_GRAPH",
    "DERIVED_GRAPH",
    "EDTF",
    "GRAPH",
    "HAB",
    "ID",
    "IS_REBASED",
    "LICENCE",
    "LINKS_GRAPH",
    "META_GRAPH",
    "NOT_CURRENT",
    "ONTOLOGY_GRAPH",
    "OPAQUE_KEY",
    "PROVENANCE_GRAPH",
    "PUBLIC",
    "REPLACED_BY",
    "SHAPES",
    "SOURCE",
    "VOCAB",
    "rebased",
]

# With what the files of this repository are written: ontology, shapes, rules, queries, pages, data.
_WRITTEN: Final = "https://w3id.org/habeas/"
# The setting KG_BASE_IRI, which stands in all that is named below before any settings are read.
BASE: Final = os.environ.get("KG_BASE_IRI") or _WRITTEN
IS_REBASED: Final = BASE != _WRITTEN
HAB: Final = f"{BASE}ontology#"
SHAPES: Final = f"{BASE}shapes#"
ID: Final = f"{BASE}id/"
SOURCE: Final = f"{BASE}source/"
CLAIM: Final = f"{BASE}claim/"
GRAPH: Final = f"{BASE}graph/"
VOCAB: Final = f"{BASE}vocab/"

# Regular expression for a key as `kg mint` makes it. Short readable keys may look like one.
OPAQUE_KEY: Final = "[a-hjkmnp-z][2-9a-hjkmnp-z]{7}"

PROVENANCE_GRAPH: Final = f"{GRAPH}provenance"
DERIVED_GRAPH: Final = f"{GRAPH}derived"
CONFLICTS_GRAPH: Final = f"{GRAPH}conflicts"
LINKS_GRAPH: Final = f"{GRAPH}links"
ONTOLOGY_GRAPH: Final = f"{GRAPH}ontology"
META_GRAPH: Final = f"{GRAPH}meta"

EDTF: Final = "http://id.loc.gov/datatypes/edtf/EDTF"

LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
REPLACED_BY: Final = "http://purl.org/dc/terms/isReplacedBy"
PUBLIC: Final = f"{VOCAB}sensitivity/public"
NOT_CURRENT: Final = (f"{VOCAB}claim-status/retracted", f"{VOCAB}claim-status/superseded")

_DOT: Final = r"\\."  # as a pattern in Turtle writes it


def rebased(text: str) -> str:
    """A text of ours with the base that is set in the place of the one that it is written with."""
    if not IS_REBASED:
        return text
    return text.replace(_WRITTEN, BASE).replace(_WRITTEN.replace(".", _DOT), BASE.replace(".", _DOT))
