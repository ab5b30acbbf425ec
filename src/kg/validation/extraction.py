"""The data that the reference engine is given: what shapes can read from their focus nodes on, and no more of it.

pySHACL holds a graph in memory, term by term; a shape that the columns leave to it is mostly about few nodes of many.
What shapes can read is told by ``delta_reach`` from the shapes alone. Where that is unknown (a constraint component of
its own, a query that looks into other graphs) the whole graph is given.
"""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
from rdflib import RDFS

from kg.columns import run
from kg.columns.compile.terms import term_of

from .columnar import cleaned
from .delta_reach import Read, find_reach
from .preparation import prepare
from .rows import make_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdflib import Graph
    from rdflib.term import Node

    from kg.columns.compile import Term

    from .delta_reach import Reach
    from .preparation import Columns, Job

__all__ = ["extract"]

_HERE: Final = Path(__file__).parent


def extract(columns: Columns, job: Job, shapes: Graph, focus: Iterable[str] | None) -> bytes:
    """What shapes can read of a data graph as N-Triples, each triple once, sorted; without the job's background.

    Args:
        columns: the data graph.
        job: programs that find the targets of the shapes.
        shapes: a graph of shapes, in which none but those of the job have targets.
        focus: IRIs of the only targets to check; None for all.
    """
    reach = find_reach(shapes)
    with cleaned(columns):
        is_unknown = any(read.state is None and read.predicate is None for read in reach.reads)
        # On Spark a walk is a job for each step: there, too, the whole graph is given.
        if is_unknown or not isinstance(columns.db, duckdb.DuckDBPyConnection):
            run(columns.db, _HERE / "preparation.sql")
            return _written(columns.db, f"SELECT DISTINCT s, p, o FROM {columns.triples}")
        reach.reads.add(Read(RDFS.subClassOf, None, RDFS.subClassOf))
        filling = prepare(columns, _naming(job, reach), focus)
        _write_reach(columns.db, reach, dict(zip(_naming(job, reach).constants, filling.ids, strict=True)))
        starts = (
            f"SELECT {reach.starts[p.shape]} AS state, node FROM ({filling.fill(p.targets)})" for p in job.programs
        )
        columns.db.execute(f"CREATE TEMP TABLE shacl_start AS {' UNION ALL '.join(starts)}")
        run(columns.db, _HERE / "extraction.sql")
        return _written(columns.db, f"SELECT s, p, o FROM shacl_near SEMI JOIN {columns.triples} AS t USING (s, p, o)")


def _naming(job: Job, reach: Reach) -> Job:
    """The job with the properties that are read among its constants."""
    read = {step.predicate for step in reach.steps} | {read.predicate for read in reach.reads}
    named = sorted(term_of(predicate) for predicate in read if predicate is not None)
    terms = dict.fromkeys([*job.constants, *named])
    return replace(job, constants={term: number for number, term in enumerate(terms)})


def _write_reach(db: duckdb.DuckDBPyConnection, reach: Reach, ids: dict[Term, int]) -> None:
    def id_of(predicate: Node | None) -> int | None:
        return None if predicate is None else ids[term_of(predicate)]

    steps = [(x.source, id_of(x.predicate), x.start, x.end, x.target) for x in reach.steps]
    kinds = {"source": "INTEGER", "p": "INTEGER", "start": "VARCHAR", "end_": "VARCHAR", "target": "INTEGER"}
    make_table(db, "shacl_step", kinds, steps)
    reads = {(x.state, id_of(x.predicate), x.position) for x in reach.reads}
    make_table(db, "shacl_read", {"state": "INTEGER", "p": "INTEGER", "position": "VARCHAR"}, list(reads))


def _written(db: duckdb.DuckDBPyConnection, select: str) -> bytes:
    texts = ", ".join(f"shacl_text({t}.kind, {t}.lexical, {t}.datatype, {t}.language)" for t in "spo")
    row = db.execute(
        "SELECT string_agg(line, '' ORDER BY line) FROM ("
        f"SELECT concat_ws(' ', {texts}, '.' || chr(10)) AS line FROM ({select}) AS q "
        "JOIN term AS s ON s.id = q.s JOIN term AS p ON p.id = q.p JOIN term AS o ON o.id = q.o)"
    ).fetchone()
    return str(row[0] or "").encode() if row is not None else b""
