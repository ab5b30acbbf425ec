"""How much less than everything is validated after a change: CPU and wall time of a full run and of a change.

    python bench/validate_delta.py COLUMNS.duckdb --changed 1000

COLUMNS.duckdb is a release's database of columns; a copy of it is changed. Each change gives half as many triples of
the default graph the object of another triple with the same property; the next takes that back.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
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
    old, new = sample(db, columns, changed // 2)
    baseline = shapes.baseline(columns)
    full, deltas = [], []
    for _ in range(ROUNDS):
        full.append(spent(lambda: shapes.validate(columns)))
        deltas += [spent(lambda pair=pair: baseline.apply(*pair)) for pair in ((new, old), (old, new))]
    whole, part = ([median(times) for times in zip(*runs, strict=True)] for runs in (full, deltas))
    triples = db.execute(f"SELECT count(*) FROM {columns.triples}").fetchone()
    return {
        "triples": triples and triples[0],
        "full": dict(zip(("cpu_s", "wall_s"), whole, strict=True)),
        "change": dict(zip(("cpu_s", "wall_s"), part, strict=True)),
        "ratio": [whole[0] / part[0], whole[1] / part[1]],
    }


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds of a call."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def sample(db: duckdb.DuckDBPyConnection, columns: Columns, number: int) -> tuple[bytes, bytes]:
    """Some triples, and the same with objects of others; always the same ones of the same data."""
    run(db, _PREPARATION)
    texts = ", ".join(f"shacl_text({t}.kind, {t}.lexical, {t}.datatype, {t}.language)" for t in "spo")
    rows = db.execute(
        f"SELECT {texts} FROM (FROM {columns.triples} ORDER BY hash(s, p, o) LIMIT ?) AS q "
        "JOIN term AS s ON s.id = q.s JOIN term AS p ON p.id = q.p JOIN term AS o ON o.id = q.o "
        "WHERE p.lexical NOT LIKE '%subClassOf' ORDER BY ALL",
        [number],
    ).fetchall()
    objects: dict[str, list[str]] = {}
    for _, predicate, value in rows:
        objects.setdefault(predicate, []).append(value)
    old = "".join(f"{s} {p} {o} .\n" for s, p, o in rows)
    new = "".join(f"{s} {p} {objects[p][-1 - i % len(objects[p])]} .\n" for i, (s, p, _) in enumerate(rows))
    return old.encode(), new.encode()


if __name__ == "__main__":
    main()
