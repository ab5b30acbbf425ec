"""Data graphs to validate: the default graph of a release as N-Triples, as often as asked, with faults in it.

What a release holds conforms, and a report of nothing compares nothing. So one triple in 500 that a dossier made is
left out and one has another object, always the same ones; a copy's names are as good as the first one's, so that it
breaks no more rules than its original, and its faults are its own.
"""

from __future__ import annotations

import re
import sys
import zlib
from typing import TYPE_CHECKING

from datasets import OWN_NAME, nquads_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["break_triples", "copies", "data_graph", "default_triples"]

# A line of N-Quads in the default graph: three terms and no fourth.
TRIPLE = re.compile(rb'\S+ \S+ (?:<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^<[^>]*>)?) \.\n')
CLAIM = re.compile(rb"(<https://w3id\.org/habeas/claim/)([a-hjkmnp-z])([2-9a-hjkmnp-z]{7}>)")
LETTERS = b"abcdefghjkmnpqrstuvwxyz"
ONE_IN = 500


def data_graph(releases: Path, times: int) -> Path:
    """The default graph of the current release, ``times`` times, faults and all; written beside it once."""
    target = releases.parent / f"triples-x{times}.nt"
    if not target.is_file():
        print(f"Writing {target} …", file=sys.stderr, flush=True)
        partial = target.with_suffix(".partial")
        with nquads_of(releases).open("rb") as quads, partial.open("wb") as out:
            out.writelines(break_triples(copies(list(default_triples(quads)), times)))
        partial.rename(target)
    return target


def default_triples(quads: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of N-Quads that name no graph."""
    return (line for line in quads if TRIPLE.fullmatch(line))


def copies(triples: list[bytes], times: int) -> Iterator[bytes]:
    """The triples, and ``times`` - 1 times those that speak of what a dossier made, each time by other names."""
    for copy in range(times):
        suffix, letters = rb"<\1-x%d>" % copy, LETTERS[copy:] + LETTERS[:copy]
        turned = bytes.maketrans(LETTERS, letters)
        for line in triples:
            renamed = _renamed(line, suffix, turned) if copy else line
            if not copy or renamed != line:
                yield renamed


def _renamed(line: bytes, suffix: bytes, turned: bytes) -> bytes:
    # A claim's key stays one of eight characters: its first letter is another one.
    parts = CLAIM.split(OWN_NAME.sub(suffix, line) if b"/claim/" not in line else _named(line, suffix))
    for place in range(2, len(parts), 4):
        parts[place] = parts[place].translate(turned)
    return b"".join(parts)


def _named(line: bytes, suffix: bytes) -> bytes:
    return OWN_NAME.sub(lambda name: name[0] if b"/claim/" in name[1] else name.expand(suffix), line)


def break_triples(triples: Iterator[bytes]) -> Iterator[bytes]:
    """The triples without some and with others changed, of those whose subject a dossier made."""
    for line in triples:
        chance = zlib.crc32(line) % ONE_IN if OWN_NAME.match(line) else -1
        if chance == 1:
            subject, predicate, was = line.split(b" ", 2)
            # A string for an IRI, an IRI for a literal. An end is a string too: SHACL §4.5.4 has it reported as not
            # comparable. A beginning is none: rdflib thinks a string later than a date, which SPARQL §17.3 does not.
            text = was.startswith(b"<") or predicate.endswith(b"#notAfter>")
            other = b'"unknown"' if text else b"<https://w3id.org/habeas/id/unknown>"
            yield b"%s %s %s .\n" % (subject, predicate, other)
        elif chance:
            yield line
