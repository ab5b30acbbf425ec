"""Queries spelled otherwise: what SPARQL 1.1 §4.1 and §4.2.4 let one write in more than one way.

Random queries write each term as N-Triples do; people do not.
"""

from __future__ import annotations

import re
from typing import Final
from zlib import crc32

from tests.random_queries import XSD

__all__ = ["respelled"]

_PIECE: Final = re.compile(
    r"(?P<kept>'[^']*')|"
    r'"(?P<text>(?:[^"\\]|\\.)*)"(?P<tail>\^\^<[^>]*>|@[\w-]+)?|(?P<type>(?<![\w:])rdf:type\b)|(?P<space> )'
)
_SHORT: Final = {
    f"^^<{XSD}integer>": r"[+-]?[0-9]+",
    f"^^<{XSD}decimal>": r"[+-]?[0-9]*\.[0-9]+",
    f"^^<{XSD}double>": r"[+-]?([0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+",
    f"^^<{XSD}boolean>": "true|false",
}
_RAW: Final = {r"\n": "\n", r"\t": "\t", r"\"": '"'}
_SPACES: Final = (" ", " ", " ", "\t", "\r\n  ", " # { ' \" <\n", "\n# }\n")


def respelled(query: str) -> str:
    """The same query with short numbers, other quotes, `a`, comments and other white space; one way for each query."""
    choice = crc32(query.encode())

    def spelled(piece: re.Match[str]) -> str:
        nonlocal choice
        choice = crc32(b"next", choice)
        if piece["kept"]:
            return piece[0]
        if piece["type"]:
            return "a" if choice % 2 else piece[0]
        if piece["space"]:
            return _SPACES[choice % 64] if choice % 64 < len(_SPACES) else " "
        return _literal(piece["text"], piece["tail"] or "", choice)

    return _PIECE.sub(spelled, query)


def _literal(text: str, tail: str, choice: int) -> str:
    if re.fullmatch(_SHORT.get(tail, r"[^\s\S]"), text) and choice % 3:
        return text
    style = choice // 3 % 4
    if style == 0 and "'" not in text and r"\"" not in text:
        return f"'{text}'{tail}"
    if style == 1 and "'" not in text:
        for escape, raw in _RAW.items():
            text = re.sub(rf"(?<!\\)((?:\\\\)*){re.escape(escape)}", rf"\1{raw}", text)
        return f"'''{text}'''{tail}"
    return f'"{text}"{tail}'
