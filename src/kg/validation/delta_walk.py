"""From changed triples back to the focus nodes that they can affect, and from these to all that their shapes can read.

Both walks go over the data before and after the change together, a level at a time for all shapes at once.
"""

# ruff: noqa: S608 - the names of relations and columns that stand in this SQL come from our own code

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from rdflib import RDF, RDFS

from kg.columns import count, run
from kg.columns.compile.terms import term_of

from .delta_changed import make_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb
    from rdflib.term import Node

    from .delta_reach import Reach
    from .preparation import Columns

__all__ = ["find_focus", "gather_near", "is_about_classes"]

_HERE: Final = Path(__file__).parent
_FORWARD: Final = ("source", "start", "end", "target")
_BACKWARD: Final = _FORWARD[::-1]
_KINDS: Final = {"number": "INTEGER", "kind": "TINYINT"} | dict.fromkeys(("lexical", "datatype", "language"), "VARCHAR")


def is_about_classes(db: duckdb.DuckDBPyConnection) -> bool:
    """Whether the change touches the hierarchy of classes."""
    return bool(count(db, f"delta_changed AS c JOIN term AS t ON t.id = c.p WHERE t.lexical = '{RDFS.subClassOf}'"))


def find_focus(columns: Columns, reach: Reach, background: Sequence[tuple[Node, Node, Node]]) -> dict[Node, int]:
    """Fill ``delta_focus`` (shape, node), and tell how many focus nodes of each shape the change can affect.

    Args:
        columns: the data after the change.
        reach: what the shapes can read.
        background: triples that belong to the data graph beside those of the columns.
    """
    db = columns.db
    ids = _identify(db, reach, background)
    _write_reach(db, reach, ids)
    make_table(db, "delta_background", dict.fromkeys("spo", "INTEGER"), [tuple(ids[n] for n in t) for t in background])
    db.execute(f"CREATE TEMP VIEW delta_data AS SELECT s, p, o FROM {columns.triples} UNION ALL FROM delta_minus")
    db.execute("CREATE TEMP VIEW delta_graph AS FROM delta_data UNION ALL FROM delta_background")
    run(db, _HERE / "delta_reach.sql")
    _walk(db, "FROM delta_begin", _BACKWARD)
    run(db, _HERE / "delta_focus.sql")
    shapes = list(reach.starts)
    found = db.execute("SELECT shape, count(*) FROM delta_focus GROUP BY shape").fetchall()
    return {shapes[number]: int(nodes) for number, nodes in found}


def gather_near(db: duckdb.DuckDBPyConnection) -> None:
    """Fill ``delta_before`` and ``delta_after`` (s, p, o) with all that is read at ``delta_checked``."""
    _walk(db, "SELECT DISTINCT a.state, f.node FROM delta_checked AS f JOIN delta_start AS a USING (shape)", _FORWARD)
    run(db, _HERE / "delta_near.sql")


# --- The automaton as tables -----------------------------------------------------------------------------------------


def _identify(
    db: duckdb.DuckDBPyConnection, reach: Reach, background: Iterable[tuple[Node, Node, Node]]
) -> dict[Node, int]:
    """The id of each term of the shapes and the background; one that the dictionary lacks has a negative one."""
    terms = {RDF.type, RDFS.subClassOf, *(step.predicate for step in reach.steps)}
    terms |= {end for read in reach.reads for end in (read.predicate, read.value)}
    terms |= {target.value for target in reach.targets} | {end for triple in background for end in triple}
    listed = sorted((term for term in terms if term is not None), key=repr)
    make_table(db, "delta_known", _KINDS, [(number, *term_of(term)) for number, term in enumerate(listed)])
    found = db.execute(
        "SELECT n.number, t.id FROM delta_known AS n JOIN term AS t ON t.lexical = n.lexical AND t.kind = n.kind "
        "AND t.datatype = n.datatype AND t.language = n.language"
    ).fetchall()
    ids = {number: -1 - number for number in range(len(listed))} | dict(found)
    for name, term in (("type", RDF.type), ("subclass", RDFS.subClassOf)):
        db.execute(f"SET VARIABLE delta_{name} = {ids[listed.index(term)]}::INTEGER")
    return {term: ids[number] for number, term in enumerate(listed)}


def _write_reach(db: duckdb.DuckDBPyConnection, reach: Reach, ids: dict[Node, int]) -> None:
    number = {shape: at for at, shape in enumerate(reach.starts)}

    def id_of(term: Node | None) -> int | None:
        return None if term is None else ids[term]

    steps = [(x.source, id_of(x.predicate), x.start, x.end, x.target) for x in reach.steps]
    kinds = {"source": "INTEGER", "p": "INTEGER", "start": "VARCHAR", "end_": "VARCHAR", "target": "INTEGER"}
    make_table(db, "delta_step", kinds, steps)
    reads = [(number[x.shape], x.state, id_of(x.predicate), x.position, id_of(x.value)) for x in reach.reads]
    kinds = {"shape": "INTEGER", "state": "INTEGER", "p": "INTEGER", "position": "VARCHAR", "o": "INTEGER"}
    make_table(db, "delta_rule", kinds, reads)
    goals = [(number[x.shape], x.kind, id_of(x.value)) for x in reach.targets]
    make_table(db, "delta_goal", {"shape": "INTEGER", "kind": "VARCHAR", "o": "INTEGER"}, goals)
    starts = [(number[shape], state) for shape, state in reach.starts.items()]
    make_table(db, "delta_start", {"shape": "INTEGER", "state": "INTEGER"}, starts)


# --- Walking ---------------------------------------------------------------------------------------------------------


def _walk(db: duckdb.DuckDBPyConnection, start: str, direction: Sequence[str]) -> None:
    """Fill ``delta_walked`` (state, node) with all that the steps lead to from the rows of a SELECT."""
    db.execute(f"CREATE OR REPLACE TEMP TABLE delta_walked AS {start}")
    db.execute("CREATE OR REPLACE TEMP TABLE delta_last AS FROM delta_walked")
    here, at, to, there = (f"e.{name}_" if name == "end" else f"e.{name}" for name in direction)
    while True:
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE delta_move AS SELECT DISTINCT w.node, e.p, {at} AS at_, {to} AS to_, "
            f"{there} AS state FROM delta_last AS w JOIN delta_step AS e ON {here} = w.state"
        )
        positions = [str(row[0]) for row in db.execute("SELECT DISTINCT at_ FROM delta_move").fetchall()]
        if not positions:
            return
        found = " UNION ALL ".join(map(_moved, positions))
        db.execute(f"CREATE OR REPLACE TEMP TABLE delta_last AS ({found}) EXCEPT FROM delta_walked")
        db.execute("INSERT INTO delta_walked FROM delta_last")


def _moved(position: str) -> str:
    return (
        "SELECT m.state, CASE m.to_ WHEN 's' THEN t.s WHEN 'o' THEN t.o ELSE t.p END AS node FROM delta_move AS m "
        f"JOIN delta_graph AS t ON t.{position} = m.node AND (m.p IS NULL OR t.p = m.p) WHERE m.at_ = '{position}'"
    )
