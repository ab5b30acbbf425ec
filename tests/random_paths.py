"""Property paths (SPARQL 1.1 §9), each with paths that Oxigraph answers as the W3C's text says."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from tests.random_expressions import either

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Path", "alternative", "closure", "inverse", "sequence", "without"]


class Path(NamedTuple):
    """A property path, and paths without alternatives whose union it is (§18.4: with its duplicates)."""

    text: str
    branches: tuple[str, ...]

    def between(self, start: str, end: str) -> str:
        """As a pattern; Oxigraph has a solution once where two alternatives give it, and is asked the union.

        It also takes it that no path begins at a literal, and compares by "=" accordingly: beside something that might
        be one it does not.
        """
        branches = [f"{{ {start} {branch} {end} . }}" for branch in self.branches]
        if start.startswith("?"):
            branches.append(f"{{ <urn:none> <urn:none> {start} . }}")
        return either(f"{start} {self.text} {end} .", " UNION ".join(branches))


def without(every: Sequence[str], names: Sequence[str]) -> Path:
    """A negated property set; Oxigraph has a solution once where both ends are bound, and is asked all other links."""
    return Path(f"!({'|'.join(names)})", tuple(name for name in every if name not in names))


def sequence(first: Path, then: Path) -> Path:
    pairs = itertools.product(first.branches, then.branches)
    return Path(f"({first.text}/{then.text})", tuple(f"({a}/{b})" for a, b in pairs))


def inverse(path: Path) -> Path:
    return Path(f"^({path.text})", tuple(f"^({branch})" for branch in path.branches))


def closure(path: Path, sign: str) -> Path:
    return Path(text := f"({path.text}){sign}", (text,))


def alternative(first: Path, second: Path) -> Path:
    return Path(f"({first.text}|{second.text})", first.branches + second.branches)
