"""What clients of every version of the protocol send, read into one form; whatever else they send is refused."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NoReturn

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    TypeAdapter,
)
from pydantic import ValidationError as NotValid
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.settings import Settings

__all__ = [
    "Condition",
    "Extension",
    "Given",
    "Quantifier",
    "Query",
    "TypeRule",
    "WantedProperty",
    "read_extension",
    "read_json",
    "read_named_queries",
    "read_queries",
    "read_query",
]

_LIMIT: Final = 10
_LIMIT_MAX: Final = 50
_CONDITIONS_MAX: Final = 20
_VALUES_MAX: Final = 20
_PROPERTIES_MAX: Final = 30
_KEY_CHARACTERS_MAX: Final = 100
_DIGITS: Final = re.compile(r"[0-9]{1,9}")


class Quantifier(StrEnum):
    """Which of several values must agree."""

    ANY = "any"
    ALL = "all"
    NONE = "none"


class TypeRule(StrEnum):
    """What several types mean: a thing is of one of them, of all, or better of one than of none."""

    ANY = "any"
    ALL = "all"
    SHOULD = "should"


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a client gives: as text, and as the identifier of a thing where it has one."""

    text: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a client knows of the thing that it looks for, by the id of a property."""

    property: str
    values: tuple[Given, ...]
    quantifier: Quantifier = Quantifier.ANY
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A thing that a client looks for.

    Attributes:
        names: what it may be called, or identifiers.
        types: as the client names them.
        limit: how many candidates are wanted.
    """

    names: tuple[Given, ...]
    types: tuple[str, ...]
    type_rule: TypeRule
    limit: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class WantedProperty:
    """A property to fetch, and how many of its values; 0 for all."""

    id: str
    limit: int


@dataclass(frozen=True, slots=True)
class Extension:
    """Things, by identifier, and the properties that are wanted of them."""

    ids: tuple[str, ...]
    properties: tuple[WantedProperty, ...]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Entity(_Body):
    id: StrictStr
    name: StrictStr = ""


def _not_truth(value: object) -> object:
    """Numbers as some clients write them, in quotation marks; true is no number, whatever Python says."""
    if isinstance(value, bool) or (isinstance(value, str) and _DIGITS.fullmatch(value) is None):
        raise ValueError("a whole number")
    return value


_Count = Annotated[int, BeforeValidator(_not_truth)]
_Value = StrictStr | StrictBool | StrictInt | StrictFloat | _Entity
_Values = _Value | list[_Value]


class _Property(_Body):
    pid: StrictStr
    v: _Values


class _Query(_Body):
    """Versions 0.1 and 0.2."""

    query: StrictStr | None = None
    type: StrictStr | list[StrictStr] | None = None
    type_strict: TypeRule | None = None
    limit: _Count | None = Field(None, ge=1)
    properties: list[_Property] | None = Field(None, max_length=_CONDITIONS_MAX)


class _Condition(_Body):
    match_type: Literal["name", "property"] = Field(alias="matchType")
    pid: StrictStr | None = None
    v: _Values
    required: StrictBool = False
    quantifier: Quantifier = Field(Quantifier.ANY, alias="matchQuantifier")
    qualifier: None = Field(None, alias="matchQualifier")  # none is offered


class _DraftQuery(_Body):
    """Version 1.0-draft."""

    type: StrictStr | None = None
    limit: _Count | None = Field(None, ge=1)
    conditions: list[_Condition] = Field(min_length=1, max_length=_CONDITIONS_MAX)


class _DraftBatch(_Body):
    queries: list[_DraftQuery]


class _PropertySettings(_Body):
    limit: _Count = Field(0, ge=0)


class _Wanted(_Body):
    id: StrictStr
    settings: _PropertySettings = _PropertySettings()


class _Extension(_Body):
    ids: list[StrictStr]
    properties: list[_Wanted] = Field(max_length=_PROPERTIES_MAX)


_NAMED: Final = TypeAdapter(dict[str, _Query])
_EITHER: Final = TypeAdapter(StrictStr | _Query)


def read_json(content: str | bytes) -> Any:  # noqa: ANN401 - what JSON holds
    """The value that a text in JSON (RFC 8259) stands for.

    Raises:
        HTTPException: 400, it is no JSON, is nested too deep, or holds what is no Unicode text.
    """
    try:
        value = json.loads(content, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "This is not JSON in UTF-8, or it is nested too deep.") from error
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def read_named_queries(value: object, settings: Settings) -> dict[str, Query]:
    """A batch of versions 0.1 and 0.2: queries by a name of the client's.

    Raises:
        HTTPException: 400, it is not formed as the protocol says, or over a limit; 413, it has too many queries.
    """
    _check_size(value, settings)
    batch = _valid(_NAMED, value)
    if any(len(name) > _KEY_CHARACTERS_MAX for name in batch):
        raise HTTPException(400, f"The name of a query may be {_KEY_CHARACTERS_MAX} characters long.")
    return {name: _of_old(query, settings) for name, query in batch.items()}


def read_query(text: str, settings: Settings) -> Query:
    """A single query as the first services took it: a name, or an object in JSON.

    Raises:
        HTTPException: 400, as above.
    """
    query = _valid(_EITHER, read_json(text) if text.lstrip().startswith("{") else text)
    return _of_old(_Query(query=query) if isinstance(query, str) else query, settings)


def read_queries(value: object, settings: Settings) -> list[Query]:
    """A batch of version 1.0-draft.

    Raises:
        HTTPException: as above.
    """
    _check_size(value.get("queries") if isinstance(value, dict) else None, settings)
    return [_of_draft(query, settings) for query in _valid(TypeAdapter(_DraftBatch), value).queries]


def read_extension(value: object, settings: Settings) -> Extension:
    """A data extension query of any version.

    Raises:
        HTTPException: as above.
    """
    _check_size(value.get("ids") if isinstance(value, dict) else None, settings)
    wanted = _valid(TypeAdapter(_Extension), value)
    rows = dict.fromkeys(WantedProperty(row.id, row.settings.limit) for row in wanted.properties)
    return Extension(tuple(dict.fromkeys(wanted.ids)), tuple({row.id: row for row in rows}.values()))


_Model = Any  # what a TypeAdapter is of


def _valid(form: TypeAdapter[_Model], value: object) -> _Model:
    try:
        return form.validate_python(value)
    except NotValid as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part)[:_KEY_CHARACTERS_MAX] for part in first["loc"])
        raise HTTPException(400, f"The request is not formed as the protocol says: {place}: {first['msg']}.") from error


def _check_size(value: object, settings: Settings) -> None:
    most = settings.reconcile_queries_max
    if isinstance(value, (dict, list)) and len(value) > most:
        raise HTTPException(413, f"There are {len(value):,} queries or ids; there may be {most:,} in one request.")


def _of_old(query: _Query, settings: Settings) -> Query:
    conditions = [Condition(row.pid, _given(row.v)) for row in query.properties or ()]
    if query.query is None and not conditions:
        raise HTTPException(400, "A query has a name or properties.")
    names = () if query.query is None else (Given(query.query),)
    types = [query.type] if isinstance(query.type, str) else query.type or []
    # Without a rule, several types mean any of them.
    return _bounded(
        Query(names, tuple(types), query.type_strict or TypeRule.ANY, _limit(query.limit), (*conditions,)), settings
    )


def _of_draft(query: _DraftQuery, settings: Settings) -> Query:
    if any((condition.match_type == "property") != (condition.pid is not None) for condition in query.conditions):
        raise HTTPException(400, "A condition has a “pid” if, and only if, its “matchType” is “property”.")
    names = [given for row in query.conditions if row.pid is None for given in _given(row.v)]
    conditions = [
        Condition(row.pid, _given(row.v), row.quantifier, row.required)
        for row in query.conditions
        if row.pid is not None
    ]
    types = () if query.type is None else (query.type,)
    return _bounded(Query((*names,), types, TypeRule.ANY, _limit(query.limit), (*conditions,)), settings)


def _limit(limit: int | None) -> int:
    return min(limit or _LIMIT, _LIMIT_MAX)


def _given(values: _Values) -> tuple[Given, ...]:
    return tuple(_one(value) for value in (values if isinstance(values, list) else [values]))


def _one(value: _Value) -> Given:
    if isinstance(value, _Entity):
        return Given(value.name.strip(), value.id.strip())
    if isinstance(value, bool):
        return Given(str(value).lower())
    is_whole = isinstance(value, float) and value.is_integer()
    return Given(str(int(value) if is_whole else value).strip())


def _bounded(query: Query, settings: Settings) -> Query:
    _check_texts(query, settings.search_characters_max)
    if any(
        len(values) > _VALUES_MAX for values in (query.names, query.types, *(row.values for row in query.conditions))
    ):
        raise HTTPException(400, f"Of names, of types, and of values of a property, {_VALUES_MAX} may be given each.")
    return query


def _check_texts(query: Query, characters_max: int) -> None:
    for text in _texts(query):
        if len(text) > characters_max:
            raise HTTPException(400, f"A name, a type or a value may be {characters_max:,} characters long.")


def _texts(query: Query) -> Iterable[str]:
    yield from query.types
    for given in (*query.names, *(value for row in query.conditions for value in row.values)):
        yield from (given.text, given.id)
    yield from (row.property for row in query.conditions)
