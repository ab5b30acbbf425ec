"""The first stage: source files into the columns, each held against the manifest and parsed by itself.

Relations out: ``source``, ``quad``, and a row of ``problem`` for every file that cannot be taken.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from kg.claims import Problem, record_problems
from kg.columns import load_sources
from kg.errors import SourceError
from kg.rdf import sha256, to_nquads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from .folder import Inputs, SourceFile

__all__ = ["parse"]


def parse(db: duckdb.DuckDBPyConnection, inputs: Inputs, *, parsed: Callable[[int], None]) -> None:
    """Load every source that is well-formed; record a problem for each that is not, or differs from the manifest.

    Args:
        db: the build's database, empty.
        inputs: the data folder.
        parsed: is called after each source with how many were read by then.
    """
    for number, source in enumerate(inputs.sources, start=1):
        row = [number, source.path, len(source.content), sha256(source.content)]
        db.execute("INSERT INTO source (id, path, bytes, sha256) VALUES (?, ?, ?, ?)", row)
    problems: list[Problem] = []
    beyond_rdf11 = load_sources(db, _read(inputs, problems, parsed))
    record_problems(db, [*problems, *(_triple_terms(number) for number in sorted(beyond_rdf11))])
    _record_missing(db, inputs)


def _read(inputs: Inputs, problems: list[Problem], parsed: Callable[[int], None]) -> Iterator[tuple[int, bytes]]:
    for number, source in enumerate(inputs.sources, start=1):
        with _recording(problems, number, source):
            inputs.check(source)
        # A file that differs from the manifest is not taken, but read: who is writing it is told all that is wrong.
        with _recording(problems, number, source):
            yield number, to_nquads(source.content, suffix=source.suffix, where=source.path)
        parsed(number)


@contextmanager
def _recording(problems: list[Problem], number: int, source: SourceFile) -> Iterator[None]:
    try:
        yield
    except SourceError as error:
        problems.append(_unreadable(number, source, error))


def _unreadable(number: int, source: SourceFile, error: SourceError) -> Problem:
    place = error.where.removeprefix(source.path).removeprefix(":")
    what = f"{error.what} (line {place.replace(':', ', column ')})" if place else error.what
    return Problem(number, "files-are-whole-and-well-formed", what, error.remedy)


def _triple_terms(number: int) -> Problem:
    return Problem(
        number,
        "rdf-1.1",
        "It has a triple inside of a triple (RDF 1.2).",
        "Give what is said a claim of its own, a named graph, and speak of that claim.",
    )


def _record_missing(db: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    for number, path in enumerate(inputs.missing, start=len(inputs.sources) + 1):
        db.execute("INSERT INTO source VALUES (?, ?, 0, '', 'quarantined')", [number, path])
        remedy = "Put the file back, or drop it from the manifest with: kg validate --accept"
        record_problems(db, [Problem(number, "files-are-there", "The manifest names it, and it is not there.", remedy)])
