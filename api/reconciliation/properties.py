"""The table of properties (``properties.toml``), and the queries that follow from it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from kg.rdf import is_iri
from kg.vocab import HAB

from ..lookups import as_iris

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["Property", "link_of", "properties", "property_table", "things_query", "values_query"]

_FILE: Final = Path(__file__).with_name("properties.toml")
_WIKIDATA: Final = re.compile(
    r"(?:https?://(?:www|m)\.wikidata\.org/(?:entity|wiki)/|wikidata:|wd:)?(Q[1-9][0-9]{0,11})"
)
_WIKIDATA_ENTITY: Final = "http://www.wikidata.org/entity/"
_ADDRESS: Final = re.compile(r"https?://.{3,500}")
_THINGS_MAX: Final = 200


class Property(BaseModel):
    """One row of the table, which says what each column is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"[a-z]+")
    name: str
    description: str
    types: tuple[str, ...]
    kind: Literal["date", "thing", "link", "number", "text"]
    weight: float = Field(gt=0)
    identifies: bool = False
    pattern: str

    def fits(self, classes: Iterable[str]) -> bool:
        """Whether it is proposed for things of one of some classes, given by IRI."""
        return not {HAB + name for name in self.types}.isdisjoint(classes)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    prologue: str
    default_types: tuple[str, ...] = Field(alias="default-types")
    property: tuple[Property, ...]


@cache
def property_table() -> _Table:
    """The table as it is written."""
    return _Table.model_validate(tomllib.loads(_FILE.read_text("utf-8")))


@cache
def properties() -> Mapping[str, Property]:
    """Its rows by id."""
    return {row.id: row for row in property_table().property}


def link_of(text: str) -> str:
    """The IRI that an identifier in another dataset stands for; empty where a text is none."""
    item = _WIKIDATA.fullmatch(text)
    if item is not None:
        return _WIKIDATA_ENTITY + item[1]
    return text if _ADDRESS.fullmatch(text) and is_iri(text) else ""


def values_query(things: Mapping[str, Collection[str]]) -> str:
    """A query for ?thing, ?property and ?value.

    Args:
        things: whose values are wanted, by the id of the property.
    """
    return _query(
        f'BIND ("{known}" AS ?property) VALUES ?thing {{ {as_iris(iris)} }} {properties()[known].pattern}'
        for known, iris in things.items()
    )


def things_query(values: Mapping[str, Collection[str]]) -> str:
    """A query for each ?thing that has one of some values (IRIs, by the id of the property), with ?property and ?value.

    Only so many rows of a property as a list of candidates can use are given.
    """
    return _query(
        f'BIND ("{known}" AS ?property) {{ SELECT ?thing ?value WHERE {{ VALUES ?value {{ {as_iris(iris)} }} '
        f"{properties()[known].pattern} }} LIMIT {_THINGS_MAX} }}"
        for known, iris in values.items()
    )


def _query(groups: Iterable[str]) -> str:
    united = " UNION ".join(f"{{ {group} }}" for group in groups)
    return f"{property_table().prologue}SELECT DISTINCT ?thing ?property ?value WHERE {{ {united} }}"
