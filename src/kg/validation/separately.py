"""Many data graphs in one run of compiled shapes, each validated by itself, as if it were alone.

The id of a node in a data graph is its id in the dictionary plus a multiple of ``size`` for the graph, so that the same
term is another node in each of them, and no statement can join two of them. Properties keep their ids. What belongs
to every data graph, the background, is in each of them.
"""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kg.columns import run
from kg.columns.compile.terms import term_of

from .columnar import Breach, cleaned, written
from .preparation import (
    Columns,
    Filling,
    close_classes,
    gather_literals,
    gather_values,
    make_results,
    number_terms,
)

if TYPE_CHECKING:
    import duckdb

    from .preparation import Job

__all__ = ["breaches_by_source"]


def breaches_by_source(db: duckdb.DuckDBPyConnection, quads: str, job: Job) -> dict[int, list[Breach]]:
    """Run every program of a job, compiled with ``by_graph``, on each source by itself.

    Args:
        db: a database of ``kg.columns``.
        quads: a relation (s, p, o, source); a triple may come more than once.
        job: what to run.

    Returns:
        The breaches by source, from 0 on; a source without any is left out. They name no claims.
    """
    columns = Columns(db)
    with cleaned(columns):
        filling = _prepare(db, quads, job)
        for statement in job.statements:
            db.execute(f"INSERT INTO shacl_result {filling.fill(statement)}")
        return _fetch(db, job, filling.size)


def _prepare(db: duckdb.DuckDBPyConnection, quads: str, job: Job) -> Filling:
    run(db, Path(__file__).with_name("preparation.sql"))
    background = [tuple(map(term_of, triple)) for triple in job.background]
    ids = number_terms(db, list(dict.fromkeys([*job.constants, *(t for triple in background for t in triple)])))
    size = max(_number(db, "SELECT max(id) FROM shacl_plain"), 0) + 1
    parts = [[ids[triple[place]] for triple in background] for place in range(3)]
    db.execute(
        "CREATE TEMP TABLE shacl_quad AS SELECT DISTINCT s, p, o, (source + 1)::INTEGER AS g FROM ("
        f"SELECT s, p, o, source FROM {quads} UNION ALL SELECT b.*, q.source FROM (SELECT unnest($1::INTEGER[]), "
        f"unnest($2::INTEGER[]), unnest($3::INTEGER[])) AS b, (SELECT DISTINCT source FROM {quads}) AS q) "
        "ORDER BY p, g, s, o",
        parts,
    )
    run(db, Path(__file__).with_name("separately.sql"), size=str(size))
    if job.asks:
        gather_values(Columns(db))
    gather_literals(db, job, ids)
    make_results(db)
    offsets = [int(row[0]) * size for row in db.execute("SELECT g FROM shacl_graph ORDER BY g").fetchall()]
    own = [ids[term] for term in job.constants]
    nodes = [", ".join(str(number + offset) for offset in offsets) or "-1" for number in own]
    return Filling(own, nodes, close_classes(db, job, ids, offsets), size=size)


def _number(db: duckdb.DuckDBPyConnection, select: str) -> int:
    row = db.execute(select).fetchone()
    return 0 if row is None or row[0] is None else int(row[0])


def _fetch(db: duckdb.DuckDBPyConnection, job: Job, size: int) -> dict[int, list[Breach]]:
    text = "shacl_text({0}.kind, {0}.lexical, {0}.datatype, {0}.language)".format
    rows = db.execute(
        f"SELECT focus // {size} - 1, rule, {text('f')}, {text('p')}, coalesce({text('v')}, "
        "shacl_text(computed.k, computed.v, computed.d, computed.l)), n, quoted FROM ("
        "SELECT rule, focus, path, value, computed, quoted, sum(n)::BIGINT AS n FROM shacl_result GROUP BY ALL) AS r "
        "JOIN shacl_term AS f ON f.id = r.focus LEFT JOIN shacl_term AS p ON p.id = r.path "
        "LEFT JOIN shacl_term AS v ON v.id = r.value"
    ).fetchall()
    found: dict[int, list[Breach]] = {}
    for source, rule, focus, path, value, times, made in rows:
        breach = Breach(job.rules[rule], focus, path and path[1:-1], value, times, (), quoted=written(made))
        found.setdefault(source, []).append(breach)
    return found
