"""What a release says of itself, for machines: VoID, DCAT-AP 3, its links, and a list of its pages for crawlers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kg.columns import count, run
from kg.vocab import BASE, ID, LICENCE

from .reading import PublishedRelease
from .templates import render
from .verification import describe_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

__all__ = ["PAGES_PER_PART", "describe_release"]

# At most so many addresses are in one sitemap (https://www.sitemaps.org/protocol.html).
PAGES_PER_PART: Final = 50_000
_SQL: Final = Path(__file__).with_name("description.sql")
_LOCAL_NAME: Final = re.compile(r"[^/#]*$")
_DATE_CHARACTERS: Final = len("2031-05-03")
_PUBLISHER: Final = f"{ID}organisation/habeas-editors"


def describe_release(db: duckdb.DuckDBPyConnection, place: Path, release_id: str) -> None:
    """Write ``void.ttl``, ``dcat.ttl``, ``links/index.ttl`` and ``sitemap/*.txt`` beside what is in ``place`` already.

    Args:
        db: the build's database, after ``define_dataset``.
        place: the folder of the release, with its dump, its columns and its links.
        release_id: its name; it begins with the day of the build.
    """
    run(db, _SQL, base=BASE)
    index = place / "links" / "index.json"
    links = json.loads(index.read_text("utf-8")) if index.is_file() else []
    facts = {
        **_counts(db),
        "base": BASE,
        "columns": sorted(path.name for path in place.glob("columns/*")),
        "day": release_id[:_DATE_CHARACTERS],
        "files": {
            path.relative_to(place).as_posix(): describe_file(path)
            for path in (PublishedRelease(release_id, place).dataset, *place.glob("columns/*"), *place.glob("links/*"))
        },
        "licence": LICENCE,
        "links": links,
        "names": {predicate: _LOCAL_NAME.findall(predicate)[0] for link in links for predicate in link["links"]},
        "publisher": _PUBLISHER,
        "release": release_id,
    }
    for name, template in (("void.ttl", "void.ttl"), ("dcat.ttl", "dcat.ttl"), ("links/index.ttl", "links.ttl")):
        path = place / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(render(template, **facts), encoding="utf-8")
    _list_pages(db, place / "sitemap")


def _counts(db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The figures of ``description.sql``, by name."""
    classes = db.execute("SELECT class, entities FROM counted_class ORDER BY class").fetchall()
    properties = db.execute("SELECT * FROM counted_property ORDER BY property").fetchall()
    (totals,) = db.execute("SELECT triples, subjects, objects, entities FROM counted").fetchall()
    return {
        "classes": classes,
        "properties": properties,
        "examples": [row[0] for row in db.execute("SELECT text FROM example").fetchall()],
        "totals": dict(zip(("triples", "subjects", "objects", "entities"), totals, strict=True)),
        "vocabularies": _namespaces(row[0].strip("<>") for row in (*classes, *properties)),
    }


def _namespaces(terms: Iterable[str]) -> list[str]:
    return sorted({_LOCAL_NAME.sub("", term) for term in terms})


def _list_pages(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the paths of all pages, one a line, ``PAGES_PER_PART`` to a file: "1.txt", "2.txt" and so on."""
    folder.mkdir()
    for number, start in enumerate(range(0, max(count(db, "page"), 1), PAGES_PER_PART), start=1):
        db.execute("SET VARIABLE path = ?", [str(folder / f"{number}.txt")])
        db.execute(
            f"COPY (SELECT path FROM page ORDER BY path LIMIT {PAGES_PER_PART:d} OFFSET {start:d}) "  # noqa: S608 - numbers
            "TO (getvariable('path')) (FORMAT csv, HEADER false)"
        )
