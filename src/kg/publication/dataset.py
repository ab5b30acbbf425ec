"""The dataset of a release: the claims' named graphs, the graphs of its own, and the default graph over them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.columns import load_triples, register_iri, run
from kg.resources import example_files, ontology_files
from kg.vocab import BASE, DERIVED_GRAPH, HAB, LINKS_GRAPH, META_GRAPH, ONTOLOGY_GRAPH, PROVENANCE_GRAPH

from .examples import describe_examples

if TYPE_CHECKING:
    import duckdb

__all__ = ["define_dataset"]

_SQL: Final = Path(__file__).with_name("dataset.sql")
_META: Final = """\
<{base}dataset> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://rdfs.org/ns/void#Dataset> .
<{base}dataset> <http://purl.org/dc/terms/title> "Habeas: who says what about human-rights events"@en .
<{base}dataset> <http://purl.org/dc/terms/license> <https://creativecommons.org/licenses/by/4.0/> .
<{base}dataset> <http://purl.org/dc/terms/identifier> "{digest}" .
<{base}dataset> <http://rdfs.org/ns/void#vocabulary> <{hab}> .
"""


def define_dataset(db: duckdb.DuckDBPyConnection, *, digest: str) -> None:
    """Define the views ``dataset`` (s, p, o, g) and ``default_graph`` (s, p, o) over what the stages have made.

    Args:
        db: the build's database, after identity.
        digest: what identifies the inputs; it goes into graph/meta.
    """
    for graph in (PROVENANCE_GRAPH, DERIVED_GRAPH, LINKS_GRAPH, META_GRAPH, ONTOLOGY_GRAPH):
        register_iri(db, graph)
    db.execute("CREATE OR REPLACE TABLE meta (s INTEGER, p INTEGER, o INTEGER)")
    described = _META.format(base=BASE, digest=digest, hab=HAB).encode()
    load_triples(db, described + describe_examples(example_files(), ontology_files()), into="meta")
    run(
        db,
        _SQL,
        provenance=PROVENANCE_GRAPH,
        derived=DERIVED_GRAPH,
        links=LINKS_GRAPH,
        ontology=ONTOLOGY_GRAPH,
        meta=META_GRAPH,
    )
