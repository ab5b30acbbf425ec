"""What follows from the claims: date bounds, then what each rule of ``ontology/rules/`` constructs.

Relations in: ``resolved``, ``current_claim``, ``ontology``, ``link``, ``date_bound``. Out: ``derived`` (s, p, o, g).
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from .columns import load_lines, load_triples, run, write_nquads
from .errors import KgError
from .rdf import construct, open_rules_store
from .vocab import DERIVED_GRAPH, HAB, PROVENANCE_GRAPH, rebased

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

__all__ = ["derive"]

_SQL: Final = Path(__file__).with_name("derivation.sql")
_GRAPH_LINE: Final = re.compile(r"# graph: (\S+)")


def derive(db: duckdb.DuckDBPyConnection, rules: Iterable[Path], *, dataset: str) -> None:
    """Derive date bounds, and then run each rule, in order, over all that is known by then.

    Args:
        db: the build's database.
        rules: SPARQL CONSTRUCT files whose first line, ``# graph: IRI``, names the graph that they write to.
        dataset: the relation (s, p, o, g) that is the whole dataset, derived triples included.

    Raises:
        KgError: a rule does not name its graph, or is not a CONSTRUCT query.
    """
    _derive_bounds(db)
    with TemporaryDirectory(prefix="habeas-rules-") as folder:
        nquads = Path(folder) / "dataset.nq"
        write_nquads(db, dataset, nquads)
        store = open_rules_store(nquads)
    for rule in rules:
        text = rebased(rule.read_text(encoding="utf-8"))
        graph = _graph_of(rule.name, text)
        # What a rule writes to graph/derived is in the default graph too, and so is seen by the next rule.
        graphs = (graph, "") if graph == DERIVED_GRAPH else (graph,)
        load_triples(db, construct(store, text, graphs=graphs), into="derived", graph=graph)


def _graph_of(name: str, text: str) -> str:
    match = _GRAPH_LINE.match(text)
    if match is None:
        raise KgError(f"{name}: its first line must be '# graph: IRI', the graph that the rule writes to.")
    return match[1]


def _derive_bounds(db: duckdb.DuckDBPyConnection) -> None:
    run(db, _SQL, provenance=PROVENANCE_GRAPH, hab=HAB)
    load_lines(db, "bound_text", into="derived", graph=DERIVED_GRAPH)
