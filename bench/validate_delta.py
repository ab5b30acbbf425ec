"""How much less than everything is validated after a change: CPU and wall time of a full run and of a change.

    python bench/validate_delta.py COLUMNS.duckdb --changed 1000

COLUMNS.duckdb is a release's database of columns; a copy of it is changed in two ways, and each change is taken back by
the next. "values": half as many triples of the default graph get the object of another triple with the same property:
something of every shape, far apart. "things": all triples of what some claims speak of go and come again, as where a
source's file is edited.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from kg.columns.database import run
from kg.validation import Columns, Stage, load_shapes
from kg.validation import compile as compile_shapes

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
_PREPARATION = Path(__file__).parents[1] / "src" / "kg" / "validation" / "preparation.sql"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("columns", type=Path)
    parser.add_argument("--changed", type=int, default=1000, help="triples that come or go with each change")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="habeas-delta-") as folder:
        copy = shutil.copy(arguments.columns, folder)
        with duckdb.connect(copy, config={"memory_limit": "3GB", "threads": 2, "temp_directory": folder}) as db:
            print(json.dumps(measure(db, arguments.changed), indent=1))


def measure(db: duckdb.DuckDBPyConnection, changed: int) -> dict[str, object]:
    columns = Columns.of_release(db)
    shapes = compile_shapes(load_shapes(Stage.RELEASE))
    old, new = values(db, columns, changed // 2)
    kinds = {"values": ((new, old), (old, new)), "things": ((b"", gone := things(db, columns, changed)), (gone, b""))}
    baseline = shapes.baseline(columns)
    full = []
    deltas: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        full.append(spent(lambda: shapes.validate(columns)))
        for kind, pairs in kinds.items():
            deltas[kind] += [spent(partial(baseline.apply, *pair)) for pair in pairs]
    triples = db.execute(f"SELECT count(*) FROM {columns.triples}").fetchone()
    whole = medians(full)
    return {
        "triples": triples and triples[0],
        "full": whole,
        "changes": {
            kind: {"triples": sum(side.count(b"\n") for side in kinds[kind][0])}
            | (part := medians(runs))
            | {"share": {name: part[name] / whole[name] for name in part}}
            for kind, runs in deltas.items()
        },
    }


def medians(runs: list[tuple[float, float]]) -> dict[str, float]:
    return dict(zip(("cpu_s", "wall_s"), map(median, zip(*runs, strict=True)), strict=True))


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds of a call."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def values(db: duckdb.DuckDBPyConnection, columns: Columns, number: int) -> tuple[bytes, bytes]:
    """Some triples, and the same with objects of others; always the same ones of the same data."""
    rows = texts(db, f"(FROM {columns.triples} ORDER BY hash(s, p, o) LIMIT {number})")
    objects: dict[str, list[str]] = {}
    for _, predicate, value in rows:
        objects.setdefault(predicate, []).append(value)
    swapped = [(s, p, objects[p][-1 - i % len(objects[p])]) for i, (s, p, _) in enumerate(rows)]
    return lines(rows), lines(swapped)


def things(db: duckdb.DuckDBPyConnection, columns: Columns, number: int) -> bytes:
    """All triples of what some claims speak of, about so many, and always the same ones of the same data."""
    spoken = f"(SELECT s, min(hash(g)) AS claim FROM {columns.said} GROUP BY s)"
    counted = f"(SELECT s, count(*) AS n FROM {columns.triples} GROUP BY s)"
    summed = f"SELECT s, sum(n) OVER (ORDER BY claim, s) - n AS before FROM {spoken} JOIN {counted} USING (s)"
    return lines(texts(db, f"(FROM {columns.triples} SEMI JOIN (FROM ({summed}) WHERE before < {number}) USING (s))"))


def texts(db: duckdb.DuckDBPyConnection, triples: str) -> list[tuple[str, str, str]]:
    run(db, _PREPARATION)
    listed = ", ".join(f"shacl_text({t}.kind, {t}.lexical, {t}.datatype, {t}.language)" for t in "spo")
    return db.execute(
        f"SELECT {listed} FROM {triples} AS q "
        "JOIN term AS s ON s.id = q.s JOIN term AS p ON p.id = q.p JOIN term AS o ON o.id = q.o "
        "WHERE p.lexical NOT LIKE '%subClassOf' ORDER BY ALL"
    ).fetchall()


def lines(rows: list[tuple[str, str, str]]) -> bytes:
    return "".join(f"{s} {p} {o} .\n" for s, p, o in rows).encode()


if __name__ == "__main__":
    main()
