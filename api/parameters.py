"""Parameters of an address or of a form, as this service reads its own: each once, in UTF-8, and within bounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["bounded_text", "read_parameters", "whole_number"]

_FIELDS_MAX: Final = 50
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def read_parameters(encoded: bytes) -> dict[str, str]:
    """The parameters in a query string, or in a form sent as application/x-www-form-urlencoded.

    Raises:
        HTTPException: 400, one is repeated or no UTF-8, or there are more than 50.
    """
    try:
        pairs = parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX)
    except UnicodeDecodeError as error:
        raise HTTPException(400, "A parameter is not percent-encoded UTF-8.") from error
    except ValueError as error:
        raise HTTPException(400, f"There may be {_FIELDS_MAX} parameters at most.") from error
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name in parameters:
            raise HTTPException(400, "A parameter is given more than once.")
        parameters[name] = value
    return parameters


def whole_number(parameters: Mapping[str, str], name: str, default: int, *, bounds: tuple[int, int]) -> int:
    """A parameter that is a whole number, or its default where it is missing.

    Raises:
        HTTPException: 400, it is none, or lies outside of the bounds.
    """
    lowest, highest = bounds
    value = parameters.get(name, str(default))
    if _NUMBER.fullmatch(value) is None or not lowest <= int(value) <= highest:
        raise HTTPException(400, f"The parameter “{name}” is a whole number from {lowest} to {highest:,}.")
    return int(value)


def bounded_text(parameters: Mapping[str, str], name: str, *, characters_max: int) -> str:
    """A parameter that is text, without white space around it; empty where it is missing.

    Raises:
        HTTPException: 400, it is too long.
    """
    text = parameters.get(name, "").strip()
    if len(text) > characters_max:
        raise HTTPException(400, f"The parameter “{name}” may be {characters_max:,} characters long.")
    return text
