"""Which things another dataset's endpoint is asked about: nobody else's server is to learn of a private person."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.rdf import select
from kg.vocab import HAB, ID, OPAQUE_KEY, rebased

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyoxigraph import Store

__all__ = ["NAMES_MAX", "Thing", "read_things"]

_QUERY: Final = Path(__file__).with_name("things.rq")
_DEFAULT: Final = Path(__file__).with_name("things.toml")
_OPAQUE: Final = re.compile(rf".*/{OPAQUE_KEY}")
_WORD: Final = re.compile(r"\w+")
# More names of one thing are not compared: that many would be an attack, or a page of a dictionary.
NAMES_MAX: Final = 40

# What ``things.rq`` says of each thing.
_Rows = dict[str, list[dict[str, str]]]
_Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing of ours.

    Attributes:
        iri: its name.
        names: what it is called, with the language of each ("" for none).
        classes: IRIs.
        linked: what it is exactly linked with.
    """

    iri: str
    names: tuple[tuple[str, str], ...]
    classes: frozenset[str] = frozenset()
    linked: tuple[str, ...] = ()


def read_things(store: Store, classes: Iterable[str]) -> list[Thing]:
    """The things of a release that have a name and that anybody may be asked about, sorted.

    Whatever the classes, it leaves out persons without a public role, what leads to one, what has the name of one in a
    name of its own, and what has an opaque key.

    Args:
        store: the release.
        classes: IRIs of those wanted; where there is none, those in ``things.toml``.
    """
    wanted = frozenset(classes) or _default_classes()
    rows: _Rows = {}
    for row in select(store, rebased(_QUERY.read_text("utf-8"))):
        rows.setdefault(row["thing"], []).append(row)
    private = _private(rows)
    secret = {words for iri in private if _is_person(iri, rows.get(iri, ())) for words in _words(rows.get(iri, ()))}
    return [
        _thing(iri, found)
        for iri, found in sorted(rows.items())
        if iri not in private
        and not _OPAQUE.fullmatch(iri)
        and wanted & _values(found, "class")
        and _values(found, "name")
        and not any(_holds(words, secret) for words in _words(found))
    ]


@cache
def _default_classes() -> frozenset[str]:
    return frozenset(f"{HAB}{name}" for name in tomllib.loads(_DEFAULT.read_text("utf-8"))["classes"])


def _thing(iri: str, rows: Sequence[Mapping[str, str]]) -> Thing:
    names = sorted({(row["name"], row.get("language", "")) for row in rows if "name" in row})
    return Thing(iri, tuple(names[:NAMES_MAX]), _values(rows, "class"), linked=tuple(sorted(_values(rows, "linked"))))


def _values(rows: Iterable[Mapping[str, str]], variable: str) -> frozenset[str]:
    return frozenset(row[variable] for row in rows if variable in row)


def _is_person(iri: str, rows: Iterable[Mapping[str, str]]) -> bool:
    return iri.startswith(f"{ID}person/") or f"{HAB}Person" in _values(rows, "class")


def _private(rows: _Rows) -> set[str]:
    """Persons without a public role, and whatever leads to one of them, over whatever is between."""
    leading: dict[str, set[str]] = {}
    for iri, found in rows.items():
        for other in _values(found, "other"):
            leading.setdefault(other, set()).add(iri)
    private: set[str] = set()
    # Somebody of whom nothing is said is only there as the end of a way.
    new = {iri for iri in rows.keys() | leading.keys() if _is_person(iri, rows.get(iri, ()))}
    new = {iri for iri in new if not _values(rows.get(iri, ()), "role")}
    while new:
        private |= new
        new = {iri for other in new for iri in leading.get(other, ())} - private
    return private


def _words(rows: Iterable[Mapping[str, str]]) -> set[_Words]:
    return {tuple(_WORD.findall(name.casefold())) for name in _values(rows, "name")} - {()}


def _holds(words: _Words, secret: set[_Words]) -> bool:
    """Whether a name of somebody stands in a name, word by word."""
    lengths = {len(one) for one in secret if len(one) <= len(words)}
    return any(words[start : start + n] in secret for n in lengths for start in range(len(words) - n + 1))
