"""Canonical N-Quads as terms and numbers, for a change: too few for a database to be opened for them."""

from __future__ import annotations

import re
from typing import Final

from kg.columns.compile.terms import BLANK, IRI, LANG_STRING, LITERAL, STRING, Term
from kg.errors import KgError

__all__ = ["read_quads", "read_term"]

_LITERAL: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"(?:@[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*+|\^\^<[^>]*>)?'
_LINE: Final = re.compile(rf"(<[^>]*>|_:\S+) (<[^>]*>) (<[^>]*>|_:\S+|{_LITERAL})(?: (<[^>]*>|_:\S+))? \.")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-F]{4})|U([0-9A-F]{8})|(.))")
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def read_quads(nquads: bytes) -> list[tuple[str | None, ...]]:
    """The terms of each line as they are written; None for no graph.

    Raises:
        KgError: a line holds a triple inside of a triple, or a text with a direction.
    """
    found = [_LINE.fullmatch(line) for line in nquads.decode().split("\n") if line]
    if None in found:
        raise KgError(
            "What is to be added or removed holds triples inside of triples, or texts with a direction. "
            "Columns hold RDF 1.1."
        )
    return [line.groups() for line in found if line is not None]


def read_term(text: str) -> Term:
    """The term that canonical N-Quads write so."""
    if text[0] != '"':
        return Term(IRI, text[1:-1]) if text[0] == "<" else Term(BLANK, text[2:])
    escaped, _, kind = text[1:].rpartition('"')
    lexical = _ESCAPE.sub(_plain, escaped)
    if kind.startswith("@"):
        return Term(LITERAL, lexical, LANG_STRING, kind[1:].lower())
    return Term(LITERAL, lexical, kind[3:-1] or STRING)


def _plain(escape: re.Match[str]) -> str:
    short, long, letter = escape.groups()
    return _LETTERS.get(letter, letter) if letter else chr(int(short or long, 16))
