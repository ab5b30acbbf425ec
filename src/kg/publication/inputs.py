"""What identifies the inputs of a build, so that the same inputs are the same release."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import kg
from kg.resources import example_files, ontology_files, question_folders, rule_files, shapes_files
from kg.vocab import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["inputs_digest", "tool_versions"]

_TOOLS: Final = (
    "habeas-kg",
    "duckdb",
    "edtf",
    "pyoxigraph",
    "pyshacl",
    "rdflib",
    "sssom-pydantic",
    "tantivy",
    "zstandard",
)
_DIGITS: Final = 12
_CODE: Final = {".css", ".html", ".py", ".rq", ".sql", ".toml", ".ttl", ".txt"}


def tool_versions() -> dict[str, str]:
    """The versions of what a build is made with, by distribution."""
    return {name: version(name) for name in _TOOLS}


def inputs_digest(contents: Mapping[str, bytes]) -> str:
    """Twelve hexadecimal digits of SHA-256 over all that a release follows from.

    That is the given files by relative path, the ontology, its rules, the shapes, the competency questions that its
    pages tell of, this package's own code, the base of all names and the versions of the tools.
    """
    digest = hashlib.sha256()
    for name, content in [*sorted(contents.items()), *_shipped(), *_own_code()]:
        digest.update(f"{len(name.encode())} {name} {len(content)} ".encode() + content)
    digest.update(repr([BASE, *sorted(tool_versions().items())]).encode())
    return digest.hexdigest()[:_DIGITS]


def _shipped() -> Iterable[tuple[str, bytes]]:
    files = (*ontology_files(), *rule_files(), *shapes_files("source"), *shapes_files("release"), *example_files())
    for path in files:
        yield f"shipped/{path.name}", path.read_bytes()
    for folder in question_folders():
        yield f"questions/{folder.name}", (folder / "query.rq").read_bytes()


def _own_code() -> Iterable[tuple[str, bytes]]:
    package = Path(kg.__file__).parent
    shipped = package / "shipped"  # in a wheel; counted by `_shipped`, here and there alike
    for path in sorted(p for p in package.rglob("*") if p.suffix in _CODE and shipped not in p.parents):
        yield f"code/{path.relative_to(package).as_posix()}", path.read_bytes()
