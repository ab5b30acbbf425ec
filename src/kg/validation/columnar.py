"""Compiled shapes run over the columns: the dictionary and the data graph in, every breach of every rule out."""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kg.columns import count, run
from kg.columns.compile.terms import Term
from kg.vocab import CLAIM

from .delta_dictionary import write_term
from .preparation import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb
    from rdflib.term import Node

    from .compilation import Rule
    from .preparation import Columns, Job

__all__ = ["Breach", "Found", "breaches", "cleaned", "step_of", "target_nodes", "written"]

_RESULTS: Final = Path(__file__).with_name("results.sql")


@dataclass(frozen=True, slots=True)
class Breach:
    """What breaks a rule, in N-Triples terms; ``path`` is an IRI that was found; ``times`` counts it.

    A value that a query computed is none that a triple has, even if there is one that is written so. What the message
    quotes beside them is ``quoted`` (``Message.others``).
    """

    rule: Rule
    focus: str
    path: str | None
    value: str | None
    times: int
    claims: tuple[str, ...]
    is_computed: bool = False
    quoted: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a job found, in no order, and how many breaches are left out over the limit."""

    breaches: tuple[Breach, ...]
    left_out: int


def breaches(
    columns: Columns, job: Job, *, focus: Iterable[str | int] | None = None, limit_per_shape: int | None = None
) -> Found:
    """Run every program of a job.

    Args:
        columns: the data graph.
        job: what to run.
        focus: IRIs, or ids, of the only targets to check; None for all.
        limit_per_shape: how many breaches of a shape to tell, the first by focus node; None for all.
    """
    with cleaned(columns):
        filling = prepare(columns, job, focus)
        for statement in job.statements:
            columns.db.execute(f"INSERT INTO shacl_result {filling.fill(statement)}")
        return _fetch(columns.db, job, limit_per_shape)


def target_nodes(columns: Columns, job: Job, focus: Iterable[str]) -> dict[Node, list[str]]:
    """Which of the IRIs in ``focus`` are targets of each program's shape."""
    with cleaned(columns):
        filling = prepare(columns, job, focus)
        found = {}
        for program in job.programs:
            targets = filling.fill(program.targets)
            select = f"SELECT t.lexical FROM ({targets}) AS p JOIN shacl_term AS t ON t.id = p.node ORDER BY ALL"
            found[program.shape] = [str(row[0]) for row in columns.db.execute(select).fetchall()]
        return found


@contextmanager
def cleaned(columns: Columns) -> Iterator[None]:
    """Leave none of our temporary relations behind."""
    try:
        yield
    finally:
        _clean(columns.db)


def _clean(db: duckdb.DuckDBPyConnection) -> None:
    for kind in ("view", "table"):
        listed = f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE temporary AND starts_with({kind}_name, 'shacl_')"
        for (name,) in db.execute(listed).fetchall():
            db.execute(f"DROP {kind} {name}")


# --- Results ---------------------------------------------------------------------------------------------------------


def _fetch(db: duckdb.DuckDBPyConnection, job: Job, limit_per_shape: int | None) -> Found:
    if count(db, "shacl_result") == 0:
        return Found((), left_out=0)
    rules = [(number, rule.shape, *step_of(rule)) for number, rule in enumerate(job.rules)]
    db.execute(
        "CREATE TEMP TABLE shacl_rule AS SELECT w.rule, w.shape, t.id AS predicate, w.is_inverse FROM "
        "(SELECT unnest($1::INTEGER[]) AS rule, unnest($2::VARCHAR[]) AS shape, unnest($3::VARCHAR[]) AS predicate, "
        "unnest($4::BOOLEAN[]) AS is_inverse) AS w "
        "LEFT JOIN shacl_constant AS t ON t.kind = 2 AND t.lexical = w.predicate",
        [list(column) for column in zip(*rules, strict=True)],
    )
    db.execute("SET VARIABLE limit_per_shape = $1::BIGINT", [limit_per_shape])
    run(db, _RESULTS, claims=CLAIM)
    rows = db.execute(
        "SELECT rule, focus_text, path_text, value_text, n, claims, value IS NULL AND value_text IS NOT NULL, quoted "
        "FROM shacl_shown LEFT JOIN shacl_claims USING (id)"
    ).fetchall()
    told = tuple(
        Breach(job.rules[rule], focus, path and path[1:-1], value, n, tuple(claims or ()), is_computed, written(made))
        for rule, focus, path, value, n, claims, is_computed, made in rows
    )
    return Found(told, left_out=count(db, "shacl_found") - len(told))


# Any: what DuckDB, or Spark, makes of a struct.
def written(terms: Sequence[Any] | None) -> tuple[str | None, ...]:
    """Terms of ``shacl_result.quoted`` in N-Triples."""
    return tuple(None if made is None else write_term(Term(*(made[part] for part in "kvdl"))) for made in terms or ())


def step_of(rule: Rule) -> tuple[str | None, bool]:
    """The property of a path of one step, and whether it is walked backwards."""
    steps = rule.steps
    is_inverse = steps is not None and steps.operator == "inversePath"
    last = steps.parts[0] if steps is not None and is_inverse else steps
    return (None, False) if last is None or last.predicate is None else (str(last.predicate), is_inverse)
