"""Material that many tests share: prefixes, small sources with invented names, and a build without a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb
import zstandard

from kg.importers import read_inputs
from kg.release import BuildOutcome, OnProblem, build

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kg.publication import PublishedRelease

PREFIXES = """\
@prefix hab: <https://w3id.org/habeas/ontology#> .
@prefix graph: <https://w3id.org/habeas/graph/> .
@prefix source: <https://w3id.org/habeas/source/> .
@prefix claim: <https://w3id.org/habeas/claim/> .
@prefix event: <https://w3id.org/habeas/id/event/> .
@prefix group: <https://w3id.org/habeas/id/group/> .
@prefix organisation: <https://w3id.org/habeas/id/organisation/> .
@prefix person: <https://w3id.org/habeas/id/person/> .
@prefix sensitivity: <https://w3id.org/habeas/vocab/sensitivity/> .
@prefix claim-status: <https://w3id.org/habeas/vocab/claim-status/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def source(key: str, *, level: str | None = "public") -> str:
    """The provenance of one article, with the publisher that ``GAZETTE`` describes."""
    sensitivity = f" ; hab:sensitivity sensitivity:{level}" if level else ""
    return (
        f'source:{key} a hab:NewsArticle ; rdfs:label "An article"@en ; '
        f"dcterms:publisher organisation:gazette{sensitivity} .\n"
    )


def claim(key: str, source_key: str, *, level: str | None = "public", more: str = "") -> str:
    """The provenance of one claim of the gazette's."""
    sensitivity = f" ; hab:sensitivity sensitivity:{level}" if level else ""
    return (
        f"claim:{key} a hab:Claim ; hab:reportedIn source:{source_key} ; "
        f"prov:wasAttributedTo organisation:gazette{sensitivity}{more} .\n"
    )


def trig(provenance: str, claims: Mapping[str, str]) -> str:
    """A source file: its provenance, and what each claim says, as Turtle."""
    graphs = "".join(f"claim:{key} {{ {says} }}\n" for key, says in claims.items())
    return f"{PREFIXES}graph:provenance {{\n{provenance}}}\n{graphs}"


GAZETTE = trig(
    source("who-is-who") + claim("gazette2", "who-is-who"),
    {"gazette2": 'organisation:gazette a hab:Organisation ; rdfs:label "The Gazette"@en .'},
)


def group_of(size: int, *, key: str, source_key: str, level: str | None = "public", more: str = "") -> str:
    """A source in which one claim says how large the group of the freed is."""
    return trig(
        source(source_key) + claim(key, source_key, level=level, more=more),
        {key: f"group:freed a hab:PersonGroup ; hab:size {size} ."},
    )


def write_data(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A data folder with the gazette's description and the given files."""
    for name, content in {"reference/gazette.trig": GAZETTE, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def build_release(data: Path, releases: Path, *, on_problem: OnProblem = OnProblem.SET_ASIDE) -> BuildOutcome:
    """Build a data folder without telling anybody."""
    return build(read_inputs(data), releases, on_problem=on_problem, progress=lambda *_: None)


def names_of(release: PublishedRelease) -> str:
    """The same without what literals say: the names that the dataset holds are those in angle brackets."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', dataset_of(release))


def dataset_of(release: PublishedRelease) -> str:
    """The whole dataset of a release as N-Quads."""
    with release.dataset.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as plain:
        return plain.read().decode()


def everything_in(release: PublishedRelease) -> str:
    """The dump, the rows of the columns, and every other text of the release, but for the index of the dump's quads.

    By their bytes columns could not be read: they are compressed, and any four bytes may stand in them by chance.
    """
    files = [path for path in release.path.rglob("*") if path.is_file() and "store" not in path.parts]
    assert len(files) > 20
    rows = [row for path in files if path.parent == release.columns for row in _rows_in(path)]
    assert len(rows) > 1000
    others = (path for path in files if path.suffix != ".zst" and path.parent != release.columns)
    return dataset_of(release) + repr(rows) + " ".join(path.read_text(errors="replace") for path in others)


def _rows_in(columns: Path) -> list[tuple[object, ...]]:
    with duckdb.connect() as db:
        if columns.suffix == ".parquet":
            return db.execute("FROM read_parquet(?)", [str(columns)]).fetchall()
        db.execute(f"ATTACH '{columns}' AS file (READ_ONLY)")
        tables = db.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'file'").fetchall()
        assert len(tables) > 5, columns
        return [row for (table,) in tables for row in db.execute(f"FROM file.{table}").fetchall()]
