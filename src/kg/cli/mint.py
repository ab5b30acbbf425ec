"""``kg mint``: new opaque keys."""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import Annotated, Final

import typer

from kg.vocab import CLAIM, ID

__all__ = ["mint"]

# Without 0/o and 1/i/l, which people mix up; the first is a letter, so that a key is a name in every syntax.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
_ALPHABET: Final = f"23456789{_LETTERS}"
_LENGTH: Final = 8


class _Kind(StrEnum):
    claim = "claim"
    person = "person"
    event = "event"
    group = "group"


def mint(
    kind: Annotated[_Kind, typer.Argument(help="What the key is for.")],
    how_many: Annotated[int, typer.Argument(min=1, max=10_000, help="How many keys.")] = 1,
) -> None:
    """Print new IRIs with opaque random keys (8 characters, 39 bits), one a line.

    A claim always has such a key, and so has a person without a public role. A key says nothing about what it names.

    Example: kg mint claim 3
    """
    prefix = CLAIM if kind is _Kind.claim else f"{ID}{kind.value}/"
    for _ in range(how_many):
        typer.echo(prefix + secrets.choice(_LETTERS) + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH - 1)))
