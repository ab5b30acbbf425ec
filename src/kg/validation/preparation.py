"""What compiled shapes stand on: the data graph and the dictionary as temporary relations, and ids of terms."""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rdflib import RDF, RDFS

from kg.columns import count, run
from kg.columns.compile import Term
from kg.columns.compile.macros import expanded
from kg.columns.compile.terms import IRI, LITERAL, term_of

from .datatypes import define_values
from .edges import statements
from .sparql import SHAPES_GRAPH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb
    from rdflib.term import Node

    from .compilation import Program, Rule

__all__ = [
    "Columns",
    "Filling",
    "Job",
    "close_classes",
    "gather_literals",
    "gather_values",
    "make_results",
    "number_terms",
    "prepare",
    "select_values",
]

_HERE: Final = Path(__file__).parent
_PLACE: Final = re.compile(r"\0([cfknt])([a-z0-9]+)\0")


@dataclass(frozen=True, slots=True)
class Columns:
    """A data graph in columns, with a dictionary ``term`` (id, kind, lexical, datatype, language) in the same database.

    Args:
        db: the database.
        triples: the relation (s, p, o) of the graph; a triple may come more than once.
        said: the relation (s, p, o, g) that tells which named graph says what.
        is_sorted: whether each triple of ``triples`` comes once, and those of one property together, so that the
            relation can be read in place.
        values: the relation of the values of literals, as ``value`` of ``columns/compile/schema.sql``; None where there
            is none, and they are found out.
    """

    db: duckdb.DuckDBPyConnection
    triples: str = "quad"
    said: str = "quad"
    is_sorted: bool = False
    values: str | None = None

    @classmethod
    def of_release(cls, db: duckdb.DuckDBPyConnection) -> Columns:
        """The default graph of a dataset in columns (``columns/compile/schema.sql``)."""
        named = "(SELECT s, p, o, g FROM quad WHERE g <> 0)"
        return cls(db, "(SELECT s, p, o FROM quad WHERE g = 0)", named, is_sorted=True, values="value")

    def known(self, iris: Sequence[str]) -> set[str]:
        """Those of some IRIs that are subject or object of a triple."""
        rows = self.db.execute(
            "WITH asked AS (SELECT id, lexical FROM term WHERE kind = 2 AND lexical IN (SELECT unnest($1::VARCHAR[]))) "
            f"SELECT a.lexical FROM asked AS a JOIN {self.triples} AS t ON t.s = a.id UNION "
            f"SELECT a.lexical FROM asked AS a JOIN {self.triples} AS t ON t.o = a.id",
            [list(iris)],
        ).fetchall()
        return {str(row[0]) for row in rows}


@dataclass(frozen=True)
class Job:
    """What is to be run on a data graph.

    Args:
        programs: the shapes with targets.
        rules: what the programs refer to by number.
        constants: each term of the shapes, with its number.
        classes: each class of the shapes, with its number.
        ordered: the properties whose values are compared; None among them for all.
        background: triples that belong to the data graph beside those of the columns.
        shapes: the triples of the shapes graph, for queries that ask it.
    """

    programs: Sequence[Program]
    rules: Sequence[Rule]
    constants: dict[Term, int]
    classes: dict[Node, int]
    ordered: set[Node | None]
    background: Sequence[tuple[Node, Node, Node]]
    shapes: Iterable[tuple[Node, Node, Node]]

    @cached_property
    def statements(self) -> list[str]:
        """SELECTs of what breaks the shapes (as ``shacl_result`` has it), with places to be filled."""
        edges = statements(edge for program in self.programs for edge in program.edges)
        return [*edges, *(program.results for program in self.programs if program.results is not None)]

    @property
    def asked(self) -> list[tuple[Term, ...]]:
        """The triples of the shapes graph, where a query asks it."""
        return [tuple(map(term_of, triple)) for triple in (self.shapes if self.mentions("shacl_dataset") else ())]

    @property
    def asks(self) -> bool:
        """Whether it has compiled queries."""
        return self.mentions("shacl_value")

    def mentions(self, name: str) -> bool:
        """Whether a statement reads a relation or calls a macro."""
        return any(name in statement for statement in self.statements)


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands in the places of a program on one data graph, or on many.

    Args:
        ids: the id of each constant.
        nodes: the ids of each constant as a node of the data, as SQL lists them.
        classes: the ids of each class and of those below it, as SQL lists them.
        is_focused: whether ``shacl_focus`` holds the only targets.
        size: of many data graphs, how far the ids of one are from those of the next.
    """

    ids: list[int]
    nodes: list[str]
    classes: list[str]
    is_focused: bool = False
    size: int = 0

    def fill(self, sql: str) -> str:
        """The SQL with its places filled."""
        return _PLACE.sub(self._filled, sql)

    def _filled(self, place: re.Match[str]) -> str:
        kind, which = place.groups()
        if kind == "f":
            return f" AND {which} IN (FROM shacl_focus)" if self.is_focused else ""
        if kind == "k":
            return str(self.size)
        if kind == "t":
            return str(self.ids[int(which)])
        return (self.classes if kind == "c" else self.nodes)[int(which)]


def prepare(columns: Columns, job: Job, focus: Iterable[str | int] | None) -> Filling:
    """Make the relations ``shacl_triple``, ``shacl_term`` and the others that the programs of a job read.

    Args:
        columns: the data graph.
        job: what is to be run.
        focus: IRIs, or ids, of the only targets to check; None for all.
    """
    db = columns.db
    run(db, _HERE / "preparation.sql")
    nodes = [node if isinstance(node, int) else Term(IRI, node) for node in focus or ()]
    shapes, background = job.asked, [tuple(map(term_of, triple)) for triple in job.background]
    terms = dict.fromkeys([*job.constants, *(t for triple in [*background, *shapes] for t in triple)])
    terms |= {node: None for node in nodes if not isinstance(node, int)}
    ids = number_terms(db, list(terms))
    db.execute("CREATE TEMP VIEW shacl_term AS FROM shacl_plain")
    only = [node if isinstance(node, int) else ids[node] for node in nodes]
    db.execute("CREATE TEMP TABLE shacl_focus AS SELECT unnest($1::INTEGER[]) AS id", [only])
    _gather_triples(columns, [[ids[term] for term in triple] for triple in background])
    db.execute(f"CREATE TEMP VIEW shacl_said AS SELECT s, p, o, g FROM {columns.said}")
    _gather_quads(columns, job, [[ids[term] for term in triple] for triple in shapes], ids[term_of(SHAPES_GRAPH)])
    gather_literals(db, job, ids)
    make_results(db)
    own = [ids[term] for term in job.constants]
    classes = close_classes(db, job, ids, [0])
    return Filling(own, list(map(str, own)), classes, is_focused=focus is not None)


def make_results(db: duckdb.DuckDBPyConnection) -> None:
    """An empty relation ``shacl_result``."""
    db.execute(
        "CREATE TEMP TABLE shacl_result (rule INTEGER, focus BIGINT, path BIGINT, value BIGINT, n HUGEINT, "
        "computed STRUCT(k TINYINT, v VARCHAR, d VARCHAR, l VARCHAR), "
        "quoted STRUCT(k TINYINT, v VARCHAR, d VARCHAR, l VARCHAR)[])"
    )


def number_terms(db: duckdb.DuckDBPyConnection, terms: list[Term]) -> dict[Term, int]:
    """Give each term the id that it has in the dictionary, or a new one; ``shacl_plain`` knows them all.

    A blank node of the shapes is none of the data, whatever its label.
    """
    db.execute(
        "CREATE TEMP TABLE shacl_constant AS SELECT w.*, t.id IS NULL AS is_new, coalesce(t.id, "
        "(SELECT coalesce(max(id), 0) FROM term) + (row_number() OVER (ORDER BY w.number))::INTEGER) AS id "
        "FROM (SELECT unnest(range(len($1::TINYINT[]))) AS number, unnest($1::TINYINT[]) AS kind, "
        "unnest($2::VARCHAR[]) AS lexical, unnest($3::VARCHAR[]) AS datatype, unnest($4::VARCHAR[]) AS language) AS w "
        "LEFT JOIN term AS t ON t.kind = w.kind AND t.lexical = w.lexical AND w.kind <> 1 "
        "AND t.datatype = w.datatype AND t.language = w.language",
        [list(column) for column in zip(*terms, strict=True)],
    )
    db.execute(
        "CREATE TEMP VIEW shacl_plain AS SELECT id, kind, lexical, datatype, language FROM term UNION ALL "
        "SELECT id, kind, lexical, datatype, language FROM shacl_constant WHERE is_new"
    )
    ids = db.execute("SELECT id FROM shacl_constant ORDER BY number").fetchall()
    return {term: int(row[0]) for term, row in zip(terms, ids, strict=True)}


def _gather_triples(columns: Columns, background: list[list[int]]) -> None:
    """The data graph as ``shacl_triple``, each triple once, those of one property together."""
    db = columns.db
    db.execute("CREATE TEMP TABLE shacl_background (s INTEGER, p INTEGER, o INTEGER)")
    if background:
        parts = [list(column) for column in zip(*background, strict=True)]
        db.execute(
            "INSERT INTO shacl_background FROM (SELECT DISTINCT "
            "unnest($1::INTEGER[]) AS s, unnest($2::INTEGER[]) AS p, "
            f"unnest($3::INTEGER[]) AS o) AS b ANTI JOIN {columns.triples} AS t "
            "ON t.s = b.s AND t.p = b.p AND t.o = b.o",
            parts,
        )
    both = f"SELECT s, p, o FROM {columns.triples} UNION ALL SELECT s, p, o FROM shacl_background"
    if columns.is_sorted:
        source = both if background else f"SELECT s, p, o FROM {columns.triples}"
        db.execute(f"CREATE TEMP VIEW shacl_triple AS {source}")
    else:
        db.execute(f"CREATE TEMP TABLE shacl_triple AS SELECT DISTINCT s, p, o FROM ({both}) ORDER BY p, s, o")


def _gather_quads(columns: Columns, job: Job, shapes: list[list[int]], graph: int) -> None:
    """The data graph as compiled queries read it, with the shapes graph beside it where one asks for that."""
    db = columns.db
    if not job.asks:
        return
    quads = "SELECT s, p, o, 0::INTEGER AS g FROM shacl_triple"
    db.execute(f"CREATE TEMP VIEW shacl_quad AS {quads}")
    db.execute(f"CREATE TEMP TABLE shacl_graph AS SELECT {graph}::INTEGER AS g")
    if shapes:
        parts = [list(column) for column in zip(*shapes, strict=True)]
        db.execute(
            "CREATE TEMP TABLE shacl_shape AS SELECT unnest($1::INTEGER[]) AS s, unnest($2::INTEGER[]) AS p, "
            "unnest($3::INTEGER[]) AS o",
            parts,
        )
        db.execute(f"CREATE TEMP VIEW shacl_dataset AS {quads} UNION ALL SELECT s, p, o, {graph} FROM shacl_shape")
    gather_values(columns)


def gather_values(columns: Columns) -> None:
    """The values of literals as compiled queries read them, those of what only the shapes name included."""
    db = columns.db
    if columns.values is None:
        # Of what the data graph holds, which can be far less than the dictionary.
        held = "(FROM shacl_plain WHERE id IN (SELECT o FROM shacl_quad) OR id IN (SELECT id FROM shacl_constant))"
        db.execute(f"CREATE TEMP TABLE shacl_value AS {select_values(held)}")
        return
    if count(db, "shacl_constant WHERE is_new AND kind = 3") == 0:
        db.execute(f"CREATE TEMP VIEW shacl_value AS FROM {columns.values}")
        return
    new = select_values("(FROM shacl_constant WHERE is_new)")
    db.execute(f"CREATE TEMP TABLE shacl_new_value AS {new}")
    db.execute(f"CREATE TEMP VIEW shacl_value AS FROM {columns.values} UNION ALL FROM shacl_new_value")


def select_values(terms: str) -> str:
    """SELECT of the values of literals, as ``value`` of ``columns/compile/schema.sql``, of a relation of terms."""
    return expanded(
        "SELECT id, num.t, num.d, num.f, moment.c, moment.us, moment.tz FROM ("
        "SELECT id, num_of(datatype, lexical) AS num, moment_of(datatype, lexical) AS moment FROM shacl_held "
        "WHERE kind = 3 AND starts_with(datatype, 'http://www.w3.org/2001/XMLSchema#')) "
        "WHERE num IS NOT NULL OR moment IS NOT NULL"
    ).replace("shacl_held", terms)


def gather_literals(db: duckdb.DuckDBPyConnection, job: Job, ids: dict[Term, int]) -> None:
    """The literals that constraints compare, with what they are compared by, as ``shacl_literal``."""
    if any(map(job.mentions, ("shacl_literal", "shacl_decimal", "shacl_day_exists"))):
        define_values(db)
    if not job.mentions("shacl_literal"):
        return
    own = [number for term, number in ids.items() if term.kind == LITERAL]
    named = ", ".join(str(ids[term_of(p)]) for p in job.ordered if p is not None)
    where = "" if None in job.ordered else f" WHERE p IN ({named or -1})"
    db.execute(
        f"CREATE TEMP TABLE shacl_compared AS SELECT DISTINCT o AS id FROM shacl_triple{where} "
        "UNION SELECT unnest($1::INTEGER[])",
        [own],
    )
    run(db, _HERE / "literals.sql")


def close_classes(db: duckdb.DuckDBPyConnection, job: Job, ids: dict[Term, int], offsets: list[int]) -> list[str]:
    """The ids of each class and of all classes below it, as SQL lists them: those that are the type of something.

    Args:
        db: the database.
        job: what names the classes.
        ids: the id of each term.
        offsets: what is to be added to an id for each data graph.
    """
    below, kind = ids[term_of(RDFS.subClassOf)], ids[term_of(RDF.type)]
    rows = db.execute(
        "WITH RECURSIVE below(class, id) AS (SELECT c.id, c.id + f.by FROM (SELECT unnest($1::BIGINT[]) AS id) AS c, "
        "(SELECT unnest($2::BIGINT[]) AS by) AS f UNION "
        f"SELECT b.class, t.s FROM shacl_triple AS t JOIN below AS b ON b.id = t.o WHERE t.p = {below}) "
        "SELECT class, string_agg(id::VARCHAR, ', ' ORDER BY id) FROM below "
        f"WHERE id IN (SELECT o FROM shacl_triple WHERE p = {kind}) GROUP BY class",
        [[ids[term_of(name)] for name in job.classes], offsets],
    ).fetchall()
    found = dict(rows)
    return [found.get(ids[term_of(name)], "-1") for name in job.classes]
