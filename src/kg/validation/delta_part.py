"""A part of the data in a little database of its own, in which shapes are run again at few focus nodes.

There is so little in it that to run a statement costs nothing beside planning it. So each is planned for little data,
and as many at once as there are lanes; what all statements stand on is made once for many changes.
"""

# ruff: noqa: S608 - the names of relations that stand in this SQL come from our own code

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from kg.columns import run
from kg.columns.compile.terms import BLANK, LITERAL, Term, term_of

from .columnar import Breach, written
from .datatypes import define_values
from .delta_dictionary import write_term
from .preparation import Filling, select_values
from .rows import as_parameters, as_relation, insert_rows
from .sparql import SHAPES_GRAPH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from .delta_dictionary import Dictionary
    from .delta_index import Triple
    from .preparation import Columns, Job

__all__ = ["Part", "identify"]

_HERE: Final = Path(__file__).parent
_LANES: Final = 2
_COMPARED_MAX: Final = 100_000
_ID: Final = {"id": "INTEGER"}
_TERM: Final = {**_ID, "kind": "TINYINT", **dict.fromkeys(("lexical", "datatype", "language"), "VARCHAR")}
_TRIPLE: Final = dict.fromkeys("spo", "INTEGER")
_VALUE: Final = {
    **_ID,
    "t": "TINYINT",
    "d": "DECIMAL(38, 18)",
    "f": "DOUBLE",
    "c": "TINYINT",
    "us": "BIGINT",
    "tz": "INTEGER",
}
# What the other optimizers of DuckDB save in running little data, they take several times over in planning.
_WORTHWHILE: Final = (
    *("build_side_probe_side", "column_lifetime", "cte_filter_pusher", "cte_inlining", "deliminator"),
    *("filter_pushdown", "join_filter_pushdown", "join_order", "unused_columns"),
)


def identify(dictionary: Dictionary, terms: Iterable[Term]) -> dict[Term, int]:
    """The ids of terms of shapes; one that the dictionary lacks has a negative one, and so has each blank node.

    A blank node of the shapes is none of the data, whatever its label. -1 is none of them: it stands for no term.
    """
    listed = list(dict.fromkeys(terms))
    known = dictionary.ids([term for term in listed if term.kind != BLANK])
    return {term: known.get(term, -2 - number) for number, term in enumerate(listed)}


class Part:
    """The database, and what it holds of the data.

    Args:
        columns: all of the data.
        dictionary: its terms.
        job: the shapes, all of them.
        ids: the id of each term of the shapes and of the background.
        classes: of each class of the job, the ids of it and of those below it.
    """

    def __init__(
        self,
        columns: Columns,
        dictionary: Dictionary,
        job: Job,
        ids: dict[Term, int],
        classes: Sequence[Collection[int]],
    ) -> None:
        self._columns, self._dictionary, self._ids = columns, dictionary, ids
        own = [ids[term] for term in job.constants]
        listed = [", ".join(map(str, sorted(ids))) for ids in classes]
        self._filling = Filling(own, list(map(str, own)), listed, is_focused=True)
        self._background = {tuple(ids[term_of(term)] for term in triple) for triple in job.background}
        self._compared = {None if p is None else ids[term_of(p)] for p in job.ordered}
        self._keyed: set[int] = set()
        self.terms: dict[int, Term] = {}
        self._db = duckdb.connect(config={"threads": 1})
        self._lanes = [self._db, *(self._db.cursor() for _ in range(_LANES - 1))]
        self._make(job)

    def _make(self, job: Job) -> None:
        run(self._db, _HERE / "delta_part.sql")
        for lane in self._lanes:
            define_values(lane)
        self._db.execute(
            "SET VARIABLE others = (SELECT string_agg(name, ',') FROM duckdb_optimizers() "
            "WHERE name NOT IN (SELECT unnest($1::VARCHAR[])))",
            [list(_WORTHWHILE)],
        )
        self._db.execute("SET disabled_optimizers = getvariable('others')")
        shapes = [tuple(self._ids[term] for term in triple) for triple in job.asked]
        insert_rows(self._db, "shacl_shape", _TRIPLE, shapes)
        insert_rows(self._db, "shacl_graph", {"g": "INTEGER"}, [(self._ids[term_of(SHAPES_GRAPH)],)])
        self._own = {number: term for term, number in self._ids.items() if number < 0}
        self._put("shacl_term", _TERM, [(number, *term) for number, term in self._own.items()])
        self._own_values = self._db.execute(select_values("shacl_term")).fetchall()
        self._hold_all_keys()
        # To read the text of a statement takes a quarter of the time of planning it.
        texts = [program.results for program in job.programs if program.results is not None]
        self._parsed = {text: self._db.extract_statements(self._inserting(text))[0] for text in texts}

    # --- What it holds -----------------------------------------------------------------------------------------------

    def hold(self, triples: Collection[Triple], nodes: Collection[int]) -> None:
        """Have the terms of some triples at hand, those of some nodes, and the values of literals among them."""
        wanted = {end for triple in triples for end in triple} | {*nodes, *self._ids.values()}
        self.terms = self._dictionary.terms(wanted) | self._own
        self._put("shacl_term", _TERM, [(number, *term) for number, term in self.terms.items()])
        self._hold_values(wanted)
        literals = {number for term, number in self._ids.items() if term.kind == LITERAL}
        literals |= {o for _, p, o in triples if None in self._compared or p in self._compared}
        self._hold_keys({number for number in literals if self.terms[number].kind == LITERAL} - self._keyed)

    def _hold_values(self, wanted: set[int]) -> None:
        kept = self._columns.values
        if kept is None:
            self._db.execute(f"CREATE OR REPLACE TABLE shacl_value AS {select_values('shacl_term')}")
            return
        rows = self._columns.db.execute(
            f"SELECT {', '.join(_VALUE)} FROM {kept} SEMI JOIN (SELECT unnest($1::INTEGER[]) AS id) USING (id)",
            [list(wanted)],
        ).fetchall()
        self._put("shacl_value", _VALUE, [*rows, *self._own_values])

    def _hold_all_keys(self) -> None:
        """Have at hand what all literals are compared by, where they are not too many: to plan that takes 40 ms."""
        if None in self._compared or not self._compared:
            return
        rows = self._columns.db.execute(
            f"SELECT DISTINCT o FROM {self._columns.triples} WHERE p IN ({', '.join(map(str, self._compared))})"
        ).fetchmany(_COMPARED_MAX)
        terms = self._dictionary.terms([number for (number,) in rows])
        self._put("shacl_term", _TERM, [(number, *term) for number, term in terms.items()])
        self._hold_keys({number for number, term in terms.items() if term.kind == LITERAL})
        self._dictionary.forget()

    def _hold_keys(self, new: set[int]) -> None:
        """What literals are compared by; it stays, for no id ever stands for another literal."""
        if new:
            self._db.execute("CREATE TEMP TABLE shacl_compared AS SELECT unnest($1::INTEGER[]) AS id", [list(new)])
            run(self._db, _HERE / "literals.sql")
            self._db.execute("INSERT INTO memory.main.shacl_literal FROM temp.main.shacl_literal")
            self._db.execute("DROP TABLE temp.main.shacl_literal; DROP TABLE shacl_compared")
            self._keyed |= new

    def _put(self, name: str, columns: dict[str, str], rows: Sequence[tuple[object, ...]]) -> None:
        self._db.execute(f"CREATE OR REPLACE TABLE {name} AS {as_relation(columns)}", as_parameters(columns, rows))

    # --- What breaks the shapes --------------------------------------------------------------------------------------

    def breaches(self, triples: Collection[Triple], job: Job, focus: Collection[int]) -> tuple[Breach, ...]:
        """What breaks some shapes at focus nodes, as a multiset without claims.

        Args:
            triples: what of the data graph there is; ``hold`` knows their terms.
            job: the shapes.
            focus: ids of the only targets to check.
        """
        self._put("shacl_triple", _TRIPLE, list({*triples, *self._background}))
        self._put("shacl_focus", _ID, [(node,) for node in focus])
        self._db.execute("DELETE FROM shacl_result")
        # The longest first, so that the lanes end together.
        waiting = deque(sorted(job.statements, key=len, reverse=True))
        with ThreadPoolExecutor(_LANES) as pool:
            list(pool.map(lambda lane: self._run(lane, waiting), self._lanes))
        rows = self._db.execute(
            "SELECT rule, focus, path, value, computed, sum(n)::BIGINT, quoted FROM shacl_result GROUP BY ALL"
        ).fetchall()
        return tuple(
            Breach(
                rule=job.rules[rule],
                focus=self.text(node),
                path=None if path is None else self.terms[path].lexical,
                value=written([made])[0] if value is None else self.text(value),
                times=times,
                claims=(),
                is_computed=value is None and made is not None,
                quoted=written(quoted),
            )
            for rule, node, path, value, made, times, quoted in rows
        )

    def _run(self, lane: duckdb.DuckDBPyConnection, waiting: deque[str]) -> None:
        while True:
            try:
                statement = waiting.popleft()
            except IndexError:
                return
            lane.execute(self._parsed.get(statement) or self._inserting(statement))

    def _inserting(self, statement: str) -> str:
        return f"INSERT INTO shacl_result {self._filling.fill(statement)}"

    def text(self, node: int) -> str:
        """A term that is at hand, in N-Triples."""
        return write_term(self.terms[node])
