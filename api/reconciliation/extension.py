"""Data extension: the values of properties of things that have been matched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ..classes import index_of
from ..entries import name_of_entry
from ..errands import errands_of
from ..lookups import labels_of
from .answering import documented_values
from .identity import entry_of
from .properties import properties
from .requests import Given
from .shapes import value_members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from kg.search import SearchIndex

    from ..service import Serving
    from .requests import Extension

__all__ = ["Extended", "draft_extension_members", "extend", "extension_members"]

# A JSON object.
_Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Extended:
    """The values of each thing, by the identifiers that the client gave, and by property."""

    columns: list[_Members]
    rows: dict[str, dict[str, list[_Members]]]


async def extend(request: Request, serving: Serving, wanted: Extension) -> Extended:
    """The values that are wanted; what is not known, thing or property, has none.

    Raises:
        QueryError: the store or the turn of the client gives no answer.
    """
    index, errands = index_of(serving), errands_of(request)
    things = await errands.run(request, partial(_things, index, wanted))
    known = [row.id for row in wanted.properties if row.id in properties()]
    iris = list(dict.fromkeys(things.values()))
    documented = await documented_values(request, serving, dict.fromkeys(known, iris)) if iris and known else {}
    values = [{"value": term} for terms in documented.values() for term in terms if term.is_iri]
    named = await errands.run(request, partial(_names, index, {row["value"].value for row in values}))
    others = [row for row in values if row["value"].value not in named]
    words = {iri: label.text for iri, label in (await labels_of(serving.backend, others)).items()} if others else {}
    members = {key: [value_members(term, named, words) for term in terms] for key, terms in documented.items()}
    return Extended([_column(row.id) for row in wanted.properties], _rows(wanted, things, members))


def _column(name: str) -> _Members:
    known = properties().get(name)
    return {"id": name, "name": known.name if known else name}


def _things(index: SearchIndex, wanted: Extension) -> dict[str, str]:
    found = {identifier: entry_of(index, Given("", identifier)) for identifier in wanted.ids}
    return {identifier: entry.iri for identifier, entry in found.items() if entry is not None}


def _names(index: SearchIndex, iris: set[str]) -> dict[str, str]:
    found = {iri: index.find(iri) for iri in sorted(iris)}
    return {iri: name_of_entry(entry).text for iri, entry in found.items() if entry is not None}


def _rows(
    wanted: Extension, things: Mapping[str, str], values: Mapping[tuple[str, str], list[_Members]]
) -> dict[str, dict[str, list[_Members]]]:
    return {
        identifier: {
            row.id: values.get((things.get(identifier, ""), row.id), [])[: row.limit or None]
            for row in wanted.properties
        }
        for identifier in wanted.ids
    }


def extension_members(extended: Extended) -> _Members:
    """The answer in versions 0.1 and 0.2."""
    return {"meta": extended.columns, "rows": extended.rows}


def draft_extension_members(extended: Extended) -> _Members:
    """The answer in version 1.0-draft."""
    rows = [
        {"id": identifier, "properties": [{"id": name, "values": values} for name, values in columns.items()]}
        for identifier, columns in extended.rows.items()
    ]
    return {"meta": extended.columns, "rows": rows}
