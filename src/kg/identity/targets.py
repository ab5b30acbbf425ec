"""The datasets that links lead to, and the one form in which a thing of theirs is named."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from kg.rdf import is_iri as is_readable
from kg.vocab import BASE, ID

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OWN", "Target", "canonical_iri", "is_iri", "target_of"]

_FILE: Final = Path(__file__).with_name("targets.toml")
_IRI: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][^\x00-\x20\x7f<>\"{}|^`\\]*)?")
_IRI_CHARACTERS_MAX: Final = 2048
_NO_KEY: Final = re.compile(r"[^a-z0-9.-]")
# A thing of ours, by its name, its page or its data, with either scheme.
_OUR_VARIANTS: Final = rf"https?://{re.escape(BASE.partition('://')[2])}(?:id|doc)/(?P<id>[a-z0-9-]+/[a-z0-9-]+)(?:\.[a-z]{{2,6}})?(?:[?#].*)?"


@dataclass(frozen=True, slots=True)
class Target:
    """A dataset that links lead to.

    Attributes:
        key: its name in addresses and file names.
        title: its name for people.
        homepage: address of its pages.
        dataset: IRI of the dataset itself.
        prefix: what the IRIs of its things begin with.
    """

    key: str
    title: str
    homepage: str
    dataset: str
    prefix: str


# Links within this dataset: what was merged, and what was found to be different.
OWN: Final = Target("habeas", "Habeas", BASE, f"{BASE}dataset", ID)


def is_iri(text: str) -> bool:
    """Whether it is an absolute http or https IRI of at most 2,048 characters, which the store reads.

    Its host is in ASCII, as it is in DNS.
    """
    return len(text) <= _IRI_CHARACTERS_MAX and _IRI.fullmatch(text) is not None and is_readable(text)


def canonical_iri(iri: str) -> str:
    """The form of an IRI that links use: that of the thing, where a page or an older address of it is given."""
    for target, variants in _known().items():
        found = variants.fullmatch(iri)
        if found is not None:
            return target.prefix + found["id"]
    return iri


def target_of(iri: str) -> Target:
    """The dataset that a thing is of, by its canonical IRI; its host stands for one that is not in ``targets.toml``.

    Raises:
        ValueError: it is no IRI.
    """
    for target in _known():
        if iri.startswith(target.prefix):
            return target
    if not is_iri(iri):
        raise ValueError(f"{iri!r} is no http or https IRI")
    scheme, host = urlsplit(iri)[:2]
    key = _NO_KEY.sub("-", host.lower()) + ("" if scheme == "https" else "-http")
    return Target(key, host, f"{scheme}://{host}/", f"{scheme}://{host}/", f"{scheme}://{host}/")


@cache
def _known() -> Mapping[Target, re.Pattern[str]]:
    listed = tomllib.loads(_FILE.read_text("utf-8"))
    others = {
        Target(key, row["title"], row["homepage"], row["dataset"], row["iri"].removesuffix("{id}")): re.compile(
            row["variants"]
        )
        for key, row in listed.items()
    }
    return {OWN: re.compile(_OUR_VARIANTS), **others}
