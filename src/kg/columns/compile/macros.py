"""The macros of ``functions.sql`` as text: put into a statement, they need no database that holds them.

A database that was opened a moment ago, or Spark, knows none of them; creating all takes longer than most queries.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["expanded"]

_FILE: Final = Path(__file__).with_name("functions.sql")
_STRING: Final = r"(?:--[^\n]*|'(?:[^']|'')*')"
_MACRO: Final = re.compile(rf"^CREATE MACRO (\w+)\(([^)]*)\) AS((?:{_STRING}|[^';])*);", re.MULTILINE)
_CALL: Final = re.compile(rf"{_STRING}|(?<![\w.])([a-z]\w*)\(")
_ATOM: Final = re.compile(r"[A-Za-z_][\w.]*|[0-9]+")
_BRACKETS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


class _Macro(NamedTuple):
    """The text of a macro, cut at its parameters: an int is the place of one."""

    pieces: tuple[str | int, ...]


@functools.cache
def _written() -> dict[str, tuple[list[str], str]]:
    """Parameters and body of each macro, as the file has them."""
    text = re.sub(r"^--.*$", "", _FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {
        name: ([part.strip() for part in parameters.split(",") if part.strip()], " ".join(body.split()))
        for name, parameters, body in _MACRO.findall(text)
    }
    assert len(found) == text.count("CREATE MACRO")
    return found


@functools.cache
def _macro(name: str) -> _Macro:
    parameters, body = _written()[name]
    names = "|".join(map(re.escape, parameters)) or "(?!)"
    pieces: list[str | int] = []
    end = 0
    text = expanded(body)
    for match in re.finditer(rf"{_STRING}|(?<![\w.])({names})(?![\w(])", text):
        if match[1] is not None:
            pieces += [text[end : match.start()], parameters.index(match[1])]
            end = match.end()
    return _Macro((*pieces, text[end:]))


def expanded(sql: str) -> str:
    """A statement in which the text of each macro stands in the place of its call."""
    parts, at = [], 0
    while (match := _CALL.search(sql, at)) is not None:
        if match[1] is None or match[1] not in _written():
            parts.append(sql[at : match.end()])
            at = match.end()
            continue
        arguments, end = _arguments(sql, match.end())
        parts += [sql[at : match.start()], _called(match[1], arguments)]
        at = end
    return "".join([*parts, sql[at:]])


def _called(name: str, arguments: list[str]) -> str:
    texts = [_closed(expanded(argument)) for argument in arguments]
    body = "".join(piece if isinstance(piece, str) else texts[piece] for piece in _macro(name).pieces)
    return f"({body})"


def _closed(argument: str) -> str:
    return argument if _ATOM.fullmatch(argument) else f"({argument})"


def _arguments(sql: str, start: int) -> tuple[list[str], int]:
    """The arguments of the call whose bracket was opened before ``start``, and where it ends."""
    depth, at, begin, found = 0, start, start, []
    for match in re.finditer(rf"{_STRING}|[\[\](){{}},]", sql[start:]):
        piece, at = match[0], start + match.start()
        if depth == 0 and piece in {",", ")"}:
            found.append(sql[begin:at].strip())
            begin = at + 1
            if piece == ")":
                break
        depth += _BRACKETS.get(piece, 0)
    return [argument for argument in found if argument], at + 1
