"""What became of each source: its quads, counted, and its problems, told so that a person can mend them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kg.claims import read_problems
from kg.columns import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb

    from kg.claims import Problem

__all__ = ["account_sources", "count_problems", "describe_problems"]

_SQL: Final = Path(__file__).with_name("accounting.sql")
_QUADS: Final = ("read", "public", "withheld", "quarantined")


def account_sources(db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the manifest says of the sources.

    Returns:
        "sources": one entry for each source of which something is public, by path: bytes, SHA-256, and its quads read,
        public, withheld and quarantined. "not_public": of all others together, their number, how many of them are
        quarantined, and their quads; a file's name or hash would tell of it, or confirm a guess.
    """
    run(db, _SQL)
    rows = db.execute(
        "SELECT path, bytes, sha256, verdict, quads_read, quads_public, quads_withheld, quads_quarantined "
        "FROM accounted ORDER BY path"
    ).fetchall()
    entries = [
        {"path": path, "bytes": size, "sha256": digest, "quads": dict(zip(_QUADS, quads, strict=True))}
        for path, size, digest, _, *quads in rows
        if quads[1] > 0
    ]
    others = [row for row in rows if row[5] == 0]
    sums = [sum(row[column] for row in others) for column in range(4, 8)]
    return {
        "sources": entries,
        "not_public": {
            "sources": len(others),
            "quarantined": sum(row[3] == "quarantined" for row in others),
            "quads": dict(zip(_QUADS, sums, strict=True)),
        },
    }


def count_problems(db: duckdb.DuckDBPyConnection) -> str:
    """The part of the quarantine report that may be published: how many sources break each rule, and no name."""
    rows = db.execute("SELECT rule, count(DISTINCT source) FROM problem GROUP BY rule ORDER BY rule").fetchall()
    return "".join(f"{rule}: {sources}\n" for rule, sources in rows)


def describe_problems(db: duckdb.DuckDBPyConnection, contents: Mapping[str, bytes]) -> str:
    """The quarantine report: each source that was set aside, with what is wrong, where, and how to mend it.

    Args:
        db: the build's database.
        contents: the bytes of each source by path, to find the lines in.
    """
    paths = dict(db.execute("SELECT id, path FROM source").fetchall())
    problems = read_problems(db)
    return "".join(
        _describe(paths[source], problems, source, contents) for source in dict.fromkeys(p.source for p in problems)
    )


def _describe(path: str, problems: Iterable[Problem], source: int, contents: Mapping[str, bytes]) -> str:
    lines = [f"{path}\n"]
    for problem in problems:
        if problem.source == source:
            line = _line_of(problem.term, problem.claim, contents.get(path, b""))
            where = "" if line is None else f" line {line}"
            about = "" if problem.term is None else f" <{problem.term}>"
            claim = "" if problem.claim in (None, problem.term) else f" in <{problem.claim}>"
            lines.append(f"  {problem.rule}:{where}{about}{claim}\n    {problem.what}\n    {problem.remedy}\n")
    return "".join(lines)


def _line_of(term: str | None, claim: str | None, content: bytes) -> int | None:
    """The first line that names a term, in the claim's own graph if that is there; None where no line does.

    A term is named in full or by its local name.
    """
    if term is None:
        return None
    graph = None if claim is None else re.search(_named(claim) + rb">?\s*\{", content)
    # In N-Quads a graph has no beginning, and what a claim's head says stands before its graph.
    match = (graph and re.compile(_named(term)).search(content, graph.start())) or re.search(_named(term), content)
    return None if match is None else content.count(b"\n", 0, match.start()) + 1


def _named(iri: str) -> bytes:
    return rb"(?<![\w-])" + re.escape(re.split(r"[/#]", iri)[-1].encode()) + rb"(?![\w-])"
