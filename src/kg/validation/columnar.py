"""Compiled shapes run over the columns: the dictionary and the data graph in, every breach of every rule out."""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rdflib import RDF, XSD, Literal, URIRef

from kg.columns import count, run
from kg.vocab import CLAIM

from .datatypes import define_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb
    from rdflib.term import Node

    from .compilation import Program, Rule

__all__ = ["Breach", "Columns", "Found", "Job", "breaches", "claims_now", "target_nodes"]

_RESULTS: Final = Path(__file__).with_name("results.sql")


@dataclass(frozen=True, slots=True)
class Columns:
    """A data graph in a database of ``kg.columns``.

    Args:
        db: the database.
        triples: the relation (s, p, o) of the graph; a triple may come more than once.
        said: the relation (s, p, o, g) that tells which named graph says what.
    """

    db: duckdb.DuckDBPyConnection
    triples: str = "quad"
    said: str = "quad"


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run on a data graph.

    Args:
        programs: the shapes with targets.
        shared: the statements that all of them rest on.
        rules: what the programs refer to by number.
        constants: each term of the shapes, with the number of its variable.
        background: triples that belong to the data graph beside those of the columns.
    """

    programs: Sequence[Program]
    shared: Sequence[str]
    rules: Sequence[Rule]
    constants: dict[Node, int]
    background: Sequence[tuple[Node, Node, Node]]


@dataclass(frozen=True, slots=True)
class Breach:
    """What breaks a rule, in N-Triples terms; ``path`` is the IRI that sh:closed found; ``times`` counts it."""

    rule: Rule
    focus: str
    path: str | None
    value: str | None
    times: int
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a job found, in no order, and how many breaches are left out over the limit."""

    breaches: tuple[Breach, ...]
    left_out: int


def breaches(
    columns: Columns, job: Job, *, focus: Iterable[str] | None = None, limit_per_shape: int | None = None
) -> Found:
    """Run every program of a job.

    Args:
        columns: the data graph.
        job: what to run.
        focus: IRIs of the only targets to check; None for all.
        limit_per_shape: how many breaches of a shape to tell, the first by focus node; None for all.
    """
    with _prepared(columns, job, focus):
        for statement in job.shared:
            columns.db.execute(statement)
        for program in job.programs:
            _run(columns.db, program)
        return _fetch(columns.db, job, limit_per_shape)


def claims_now(columns: Columns, job: Job, found: Sequence[Breach]) -> tuple[Breach, ...]:
    """Breaches that were found before, with the claims that now say what is wrong."""
    number = {rule: at for at, rule in enumerate(job.rules)}
    rows = [[number[b.rule], b.focus, b.path and f"<{b.path}>", b.value] for b in found]
    with _prepared(columns, job, None):
        columns.db.execute(
            "INSERT INTO shacl_result SELECT n.rule, f.id, p.id, v.id, 1 FROM (SELECT unnest($1::INTEGER[]) AS rule, "
            "unnest($2::VARCHAR[]) AS focus, unnest($3::VARCHAR[]) AS path, unnest($4::VARCHAR[]) AS value) AS n "
            "JOIN shacl_term AS f ON f.text = n.focus LEFT JOIN shacl_term AS p ON p.text = n.path "
            "LEFT JOIN shacl_term AS v ON v.text = n.value",
            [[row[i] for row in rows] for i in range(4)],
        )
        return _fetch(columns.db, job, None).breaches


def target_nodes(columns: Columns, job: Job, focus: Iterable[str]) -> dict[Node, list[str]]:
    """Which of the IRIs in ``focus`` are targets of each program's shape."""
    with _prepared(columns, job, focus):
        for statement in job.shared:
            columns.db.execute(statement)
        found = {}
        for program in job.programs:
            _run(columns.db, program)
            select = f"SELECT t.lexical FROM {program.targets} AS p JOIN shacl_term AS t ON t.id = p.node ORDER BY ALL"
            found[program.shape] = [str(row[0]) for row in columns.db.execute(select).fetchall()]
        return found


def _run(db: duckdb.DuckDBPyConnection, program: Program) -> None:
    for number, statement in enumerate(program.statements):
        db.execute(statement)
        if number == 0:
            db.execute(f"DELETE FROM {program.targets} WHERE NOT shacl_is_focus(node)")


# --- What the statements stand on ------------------------------------------------------------------------------------


@contextmanager
def _prepared(columns: Columns, job: Job, focus: Iterable[str] | None) -> Iterator[None]:
    """The temporary relations that the statements read; none of them is left behind."""
    db = columns.db
    try:
        define_values(db)
        _number_terms(db, job, () if focus is None else [URIRef(iri) for iri in focus])
        _gather_triples(columns, job)
        wanted = "true" if focus is None else "node IN (SELECT id FROM shacl_constant WHERE is_focus)"
        db.execute(f"CREATE OR REPLACE TEMP MACRO shacl_is_focus(node) AS {wanted}")
        db.execute(
            "CREATE TEMP TABLE shacl_result (rule INTEGER, focus INTEGER, path INTEGER, value INTEGER, n HUGEINT)"
        )
        yield
    finally:
        _clean(db)


def _number_terms(db: duckdb.DuckDBPyConnection, job: Job, focus: Sequence[Node]) -> None:
    """Give each term of the shapes, the background and ``focus`` the id that it has in the dictionary, or a new one."""
    terms = dict.fromkeys([*job.constants, *(term for triple in job.background for term in triple), *focus])
    rows = [(*_columns_of(term), term in focus) for term in terms]
    kinds = {"text": "VARCHAR", "kind": "TINYINT", "lexical": "VARCHAR", "datatype": "VARCHAR", "language": "VARCHAR"}
    kinds["is_focus"] = "BOOLEAN"
    db.execute(
        "CREATE TEMP TABLE shacl_wanted AS SELECT unnest(range(len($text))) AS number, "
        + ", ".join(f"unnest(${name}::{kind}[]) AS {name}" for name, kind in kinds.items()),
        {name: [row[i] for row in rows] for i, name in enumerate(kinds)},
    )
    # A blank node of the shapes is none of the data, whatever its label.
    db.execute(
        "CREATE TEMP TABLE shacl_constant AS SELECT w.*, t.id IS NULL AS is_new, coalesce(t.id, "
        "(SELECT coalesce(max(id), 0) FROM term) + (row_number() OVER (ORDER BY w.number))::INTEGER) AS id "
        "FROM shacl_wanted AS w LEFT JOIN term AS t ON t.kind = w.kind AND t.lexical = w.lexical AND w.kind <> 1 "
        "AND t.datatype = w.datatype AND t.language = w.language"
    )
    db.execute(
        "CREATE TEMP VIEW shacl_term AS SELECT id, text, kind, lexical, datatype, language FROM term UNION ALL "
        "SELECT id, text, kind, lexical, datatype, language FROM shacl_constant WHERE is_new"
    )
    numbers = [(number, job.constants[term]) for number, term in enumerate(terms) if term in job.constants]
    ids = dict(db.execute("SELECT number, id FROM shacl_constant").fetchall())
    for number, variable in numbers:
        db.execute(f"SET VARIABLE shacl_{variable} = {ids[number]}::INTEGER")


def _columns_of(term: Node) -> tuple[str, int, str, str, str]:
    """Text, kind, lexical form, datatype and language, as in the dictionary."""
    if isinstance(term, URIRef):
        return f"<{term}>", 2, str(term), "", ""
    if not isinstance(term, Literal):
        return f"_:{term}", 1, str(term), "", ""
    datatype = RDF.langString if term.language else term.datatype or XSD.string
    text = '"' + str(term).translate(_ESCAPES) + '"'
    language = (term.language or "").lower()
    suffix = f"@{language}" if language else f"^^<{datatype}>" if datatype != XSD.string else ""
    return text + suffix, 3, str(term), str(datatype), language


_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


def _gather_triples(columns: Columns, job: Job) -> None:
    """The data graph as ``shacl_triple``, each triple once, those of one property together."""
    db = columns.db
    db.execute("CREATE TEMP TABLE shacl_background (s VARCHAR, p VARCHAR, o VARCHAR)")
    if job.background:
        texts = [[_columns_of(triple[i])[0] for triple in job.background] for i in range(3)]
        db.execute("INSERT INTO shacl_background SELECT unnest($1), unnest($2), unnest($3)", texts)
    db.execute(
        f"CREATE TEMP TABLE shacl_triple AS SELECT DISTINCT s, p, o FROM (SELECT s, p, o FROM {columns.triples} "
        "UNION ALL SELECT s.id, p.id, o.id FROM shacl_background AS b JOIN shacl_constant AS s ON s.text = b.s "
        "JOIN shacl_constant AS p ON p.text = b.p JOIN shacl_constant AS o ON o.text = b.o) ORDER BY p, s, o"
    )
    db.execute(f"CREATE TEMP VIEW shacl_said AS SELECT s, p, o, g FROM {columns.said}")


def _clean(db: duckdb.DuckDBPyConnection) -> None:
    for kind in ("view", "table"):
        listed = f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE temporary AND starts_with({kind}_name, 'shacl_')"
        for (name,) in db.execute(listed).fetchall():
            db.execute(f"DROP {kind} {name}")


# --- Results ---------------------------------------------------------------------------------------------------------


def _fetch(db: duckdb.DuckDBPyConnection, job: Job, limit_per_shape: int | None) -> Found:
    db.execute(
        "CREATE TEMP TABLE shacl_rule (rule INTEGER, shape VARCHAR, predicate INTEGER, is_inverse BOOLEAN)",
    )
    if job.rules:
        db.executemany(
            "INSERT INTO shacl_rule SELECT $1, $2, (SELECT id FROM shacl_constant WHERE text = $3), $4",
            [[number, rule.shape, *_step(rule)] for number, rule in enumerate(job.rules)],
        )
    db.execute("SET VARIABLE limit_per_shape = $1::BIGINT", [limit_per_shape])
    run(db, _RESULTS, claims=CLAIM)
    rows = db.execute(
        "SELECT rule, focus_text, path_text, value_text, n, claims FROM shacl_shown LEFT JOIN shacl_claims USING (id)"
    ).fetchall()
    told = tuple(
        Breach(job.rules[rule], focus, path and path[1:-1], value, n, tuple(claims or ()))
        for rule, focus, path, value, n, claims in rows
    )
    return Found(told, left_out=count(db, "shacl_found") - len(told))


def _step(rule: Rule) -> tuple[str | None, bool]:
    """The property of a path of one step, as an N-Triples term, and whether it is walked backwards."""
    steps = rule.steps
    is_inverse = steps is not None and steps.operator == "inversePath"
    last = steps.parts[0] if steps is not None and is_inverse else steps
    return (None, False) if last is None or last.predicate is None else (f"<{last.predicate}>", is_inverse)
