"""Rows for a reader and for a machine: aligned columns, CSV, JSON, and the short form of an IRI."""

from __future__ import annotations

import csv
import io
import json
from enum import StrEnum
from typing import TYPE_CHECKING

from kg.vocab import BASE, ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Format", "aligned", "as_csv", "as_json", "render", "short"]


class Format(StrEnum):
    """How a report is printed."""

    text = "text"
    csv = "csv"
    json = "json"


def render(form: Format, *, text: Callable[[], str], rows: Callable[[], Sequence[Mapping[str, object]]]) -> str:
    """A report in one format: as text for a reader, or as its rows for a machine."""
    if form is Format.text:
        return text()
    return as_csv(rows()) if form is Format.csv else as_json(rows())


def aligned(rows: Sequence[Sequence[object]], *, indent: int = 0) -> str:
    """Rows of equally many cells as lines, each column as wide as its widest cell, numbers to the right."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric = [all(isinstance(row[i], int) for row in rows[1:]) for i in range(len(widths))]
    lines = (
        "  ".join(c.rjust(w) if n else c.ljust(w) for c, w, n in zip(row, widths, numeric, strict=True))
        for row in cells
    )
    return "".join(f"{' ' * indent}{line}".rstrip() + "\n" for line in lines)


def as_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows with the same keys as CSV (RFC 4180), with a header; an empty string where there is no row."""
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def as_json(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as one JSON array of objects; dates are strings."""
    return json.dumps(rows, ensure_ascii=False, indent=1, default=str) + "\n"


def short(iri: str) -> str:
    """An IRI of ours as ``claim:q2m7abcd``, ``source:KEY`` or ``group:KEY``; any other as it is."""
    for base in (ID, BASE):
        if iri.startswith(base):
            return iri.removeprefix(base).replace("/", ":", 1)
    return iri
