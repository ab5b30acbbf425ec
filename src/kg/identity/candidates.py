"""Candidates for links: what another dataset says of names and identities of ours, scored and never believed."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kg.names import LIKELY, compare
from kg.vocab import BASE, ID

from .rules import EXACT, survivor_of
from .targets import canonical_iri, is_iri, target_of
from .things import NAMES_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .judgements import Decision
    from .things import Thing

__all__ = ["Candidate", "Undecided", "propose", "query_by_identity", "query_by_name", "written"]

_FOLDER: Final = Path(__file__).parent
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_NAME_PROPERTIES: Final = (
    "http://www.w3.org/2000/01/rdf-schema#label",
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://www.w3.org/2004/02/skos/core#altLabel",
    "https://schema.org/name",
    "http://schema.org/name",
    "http://xmlns.com/foaf/0.1/name",
)
_NAME_CHARACTERS_MAX: Final = 300
# Names alone never make two persons one, and what another dataset says is not yet reviewed.
_SURE_BY_NAME: Final = 0.8
_SURE_BY_IDENTITY: Final = 0.9
_SEMAPV: Final = "https://w3id.org/semapv/vocab/"
_COLUMNS: Final = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "mapping_tool",
    "mapping_date",
    "confidence",
    "match_string",
    "other",
)


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A link that a person may decide on: how sure it is (0.0 to 1.0), by which method, and what the two are called."""

    subject: str
    object: str
    confidence: float
    method: str
    subject_name: str
    object_name: str


class Undecided:
    """Which pairs are open: neither linked nor decided against, nor of a thing that has its exact match already."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        survivors = survivor_of(decisions)
        pairs = [
            (survivors.get(d.judgement.subject, d.judgement.subject), canonical_iri(d.judgement.object), d)
            for d in decisions
        ]
        self._decided = {(subject, other) for subject, other, _ in pairs}
        self._matched = {
            (subject, target_of(other).key)
            for subject, other, d in pairs
            if d.judgement.predicate == EXACT and not d.is_negative
        }

    def is_open(self, subject: str, other: str) -> bool:
        """Whether nobody has decided about the two."""
        return (subject, other) not in self._decided and (subject, target_of(other).key) not in self._matched


@cache
def _query(name: str) -> str:
    return (_FOLDER / f"{name}.rq").read_text("utf-8")


def query_by_name(things: Iterable[Thing]) -> str:
    """The query for what has a name of these things: as it is tagged with us, and without a tag."""
    names = {name for thing in things for name in thing.names if _is_askable(name[0])}
    tags = sorted({language for _, language in names if _LANGUAGE.fullmatch(language)})
    wanted = sorted({_literal(text, tag) for text, language in names for tag in {language, ""} if tag in (*tags, "")})
    return (
        _query("by_name")
        .replace('"LANGUAGES"', ", ".join(f'"{tag}"' for tag in (*tags, "")))
        .replace('"PROPERTIES"', " ".join(f"<{name}>" for name in _NAME_PROPERTIES))
        .replace('"WANTED"', " ".join(wanted))
    )


def _is_askable(text: str) -> bool:
    """Whether a name may stand in a query; with a backslash, engines read it differently (SPARQL 1.1 §19.2)."""
    return len(text) <= _NAME_CHARACTERS_MAX and text.isprintable() and "\\" not in text


def _literal(text: str, language: str) -> str:
    quoted = text.replace('"', '\\"')
    return f'"{quoted}"' + (f"@{language}" if language else "")


def query_by_identity(things: Iterable[Thing]) -> str:
    """The query for what is said to be one with what these things are linked with; "" where that is nothing."""
    known = sorted({iri for thing in things for iri in thing.linked if is_iri(iri)})
    return _query("by_identity").replace('"KNOWN"', " ".join(f"<{iri}>" for iri in known)) if known else ""


# Rows are SPARQL results in JSON: cells of many kinds.
def propose(
    things: Sequence[Thing], named: Iterable[Mapping[str, Any]], same: Iterable[Mapping[str, Any]]
) -> list[Candidate]:
    """What may be proposed of what an endpoint answered, best method first, each pair once.

    Args:
        things: those that were asked for.
        named: rows of ``query_by_name``; a name or thing that is none is left out.
        same: rows of ``query_by_identity``.
    """
    by_link = {iri: thing for thing in things for iri in thing.linked}
    candidates: dict[tuple[str, str], Candidate] = {}
    for row in same:
        other, thing = _name_of_thing(row.get("thing")), by_link.get(row.get("known", {}).get("value", ""))
        if other and thing and other not in thing.linked:
            candidates[thing.iri, other] = Candidate(
                thing.iri, other, _SURE_BY_IDENTITY, "MappingChaining", thing.names[0][0], ""
            )
    for other, names in _by_thing(named).items():
        for thing in things:
            candidate = _compared(thing, other, names)
            if candidate is not None:
                candidates.setdefault((thing.iri, other), candidate)
    return sorted(candidates.values())


def _by_thing(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        other, name = _name_of_thing(row.get("thing")), row.get("name", {})
        if other and name.get("type") == "literal":
            names = found.setdefault(other, [])
            text = " ".join(name["value"][:_NAME_CHARACTERS_MAX].split())
            if len(names) < NAMES_MAX and text.isprintable() and text:
                names.append(text)
    return found


def _name_of_thing(cell: Mapping[str, Any] | None) -> str:
    """The canonical IRI in a cell; "" where it is no IRI, could not stand in a file of links, or is one of ours."""
    iri = cell["value"] if cell is not None and cell.get("type") == "uri" else ""
    return "" if not is_iri(iri) or canonical_iri(iri).startswith(BASE) else canonical_iri(iri)


def _compared(thing: Thing, other: str, names: Iterable[str]) -> Candidate | None:
    pairs = ((compare(ours, theirs).score, ours, theirs) for ours, _ in thing.names for theirs in names)
    score, ours, theirs = max(pairs, default=(0.0, "", ""))
    if score < LIKELY:
        return None
    return Candidate(thing.iri, other, round(score * _SURE_BY_NAME, 3), "LexicalMatching", ours, theirs)


def written(candidates: Iterable[Candidate], *, endpoint: str) -> str:
    """Candidates as an SSSOM file, none of which the build takes before a person has decided on it (``rules.py``)."""
    rows = sorted(candidates, key=lambda c: (-c.confidence, c))
    prefixes = {target_of(c.object).key: target_of(c.object).prefix for c in rows}
    head = [
        f"mapping_set_id: {BASE}links/candidates",
        f"mapping_set_source: [{endpoint}]",
        "mapping_set_description: Candidates. Nobody has decided on them; see docs/linking.md.",
        "curie_map:",
        f"  habeas: {ID}",
        f"  semapv: {_SEMAPV}",
        "  skos: http://www.w3.org/2004/02/skos/core#",
        *(f"  {prefix}: {iri}" for prefix, iri in sorted(prefixes.items())),
    ]
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_row(candidate) for candidate in rows)
    return "".join(f"#{line}\n" for line in head) + text.getvalue()


def _row(candidate: Candidate) -> list[str]:
    target = target_of(candidate.object)
    names = [_cell(candidate.subject_name), _cell(candidate.object_name)]
    return [
        f"habeas:{candidate.subject.removeprefix(ID)}",
        names[0],
        "skos:closeMatch",
        f"{target.key}:{candidate.object.removeprefix(target.prefix)}",
        names[1],
        f"semapv:{candidate.method}",
        "kg link",
        date.today().isoformat(),
        format(candidate.confidence, "g"),
        names[1],
        "status=proposed",
    ]


def _cell(name: str) -> str:
    """A name in a list of one, on one line: "|" separates lists in SSSOM."""
    return " ".join(name.replace('"', "'").replace("|", "/").split())
