"""What a release tells of the decisions: for each dataset that links lead to, an SSSOM file, a linkset and a table."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kg.columns import run
from kg.errors import SourceError
from kg.vocab import BASE, CLAIM, ID, LICENCE, REPLACED_BY, SOURCE

from .judgements import Judgement
from .targets import target_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from .judgements import Decision
    from .targets import Target

__all__ = ["check_evidence", "export_links"]

_SQL: Final = Path(__file__).with_name("exports.sql")
_OURS: Final = re.compile(re.escape(BASE) + r"[A-Za-z0-9/_-]+")
_PREFIXES: Final = {
    "claim": CLAIM,
    "dcterms": "http://purl.org/dc/terms/",
    "habeas": ID,
    "orcid": "https://orcid.org/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "source": SOURCE,
}
_SSSOM: Final = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "mapping_justification",
    "author_id",
    "reviewer_id",
    "review_date",
    "confidence",
    "see_also",
    "comment",
)
_TABLE: Final = (
    "subject",
    "label",
    "predicate",
    "modifier",
    "object",
    "method",
    "authors",
    "reviewers",
    "date",
    "confidence",
    "evidence",
    "comment",
)

# A decision as it may be told, and the label of its subject.
_Told = tuple["Decision", str]


def check_evidence(db: duckdb.DuckDBPyConnection, decisions: Iterable[Decision]) -> None:
    """Hold the claims and sources that decisions rest on against what was read, where all of it could be read.

    Raises:
        SourceError: no source file speaks of one; with the file and line of the decision.
    """
    if db.execute("SELECT count(*) FROM source WHERE verdict <> 'accepted'").fetchall() != [(0,)]:
        return  # it may stand in a file that was set aside
    named = [(d.where, iri) for d in decisions for iri in d.evidence if iri.startswith((CLAIM, SOURCE))]
    known = {row[0] for row in db.execute("SELECT lexical FROM term WHERE kind = 2").fetchall()} if named else set()
    for where, iri in named:
        if iri not in known:
            raise SourceError(
                f"No source speaks of its evidence {iri}.", where=where, remedy="Mend the name in the column see_also."
            )


def export_links(db: duckdb.DuckDBPyConnection, decisions: Sequence[Decision]) -> dict[str, str]:
    """The decisions about what is disclosed, as text files by path below the release: ``links/…``, with an index.

    Args:
        db: the build's database, after ``resolve``.
        decisions: those that ``resolve`` was given, the ones against a link among them.
    """
    by_target: dict[Target, list[_Told]] = {}
    for told in _told(db, decisions):
        by_target.setdefault(target_of(told[0].judgement.object), []).append(told)
    targets = sorted(by_target, key=lambda target: (target.key, target.prefix))
    keyed = {key: [target for target in targets if target.key == key] for key in {target.key for target in targets}}
    texts: dict[str, str] = {}
    index = []
    for key in sorted(keyed):
        rows = sorted((row for target in keyed[key] for row in by_target[target]), key=_order)
        prefixes = {**_PREFIXES, **{target.key: target.prefix for target in keyed[key]}}
        texts[f"links/{key}.sssom.tsv"] = _sssom(keyed[key][0], rows, prefixes)
        texts[f"links/{key}.nt"] = _ntriples(rows)
        texts[f"links/{key}.csv"] = _written(_TABLE, (_table_row(row) for row in rows), ",")
        index.append(_entry(keyed[key][0], rows))
    return {**texts, "links/index.json": json.dumps(index, indent=1, ensure_ascii=False)}


def _told(db: duckdb.DuckDBPyConnection, decisions: Sequence[Decision]) -> list[_Told]:
    """The decisions that may be told of, with survivors in the place of what was merged."""
    _fill(db, decisions)
    run(db, _SQL, base=BASE)
    mentions: dict[int, set[tuple[str, str]]] = {}
    for number, role, iri in db.execute("SELECT number, role, iri FROM told_mention").fetchall():
        mentions.setdefault(number, set()).add((role, iri))
    rows = db.execute("SELECT number, subject, object, label FROM told_decision ORDER BY number").fetchall()
    told = []
    for number, subject, other, label in rows:
        judgement = Judgement(subject, decisions[number].judgement.predicate, other)
        told.append((_public(decisions[number], judgement, mentions.get(number, set())), label))
    return told


def _fill(db: duckdb.DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    db.execute(
        "CREATE OR REPLACE TEMP TABLE decision (number INTEGER, subject VARCHAR, object VARCHAR, is_merge BOOLEAN)"
    )
    db.execute("CREATE OR REPLACE TEMP TABLE mention (number INTEGER, role VARCHAR, iri VARCHAR)")
    rows = [
        (n, d.judgement.subject, d.judgement.object, d.judgement.predicate == REPLACED_BY)
        for n, d in enumerate(decisions)
    ]
    mentions = [(n, role, iri) for n, d in enumerate(decisions) for role, iris in _mentions(d) for iri in iris]
    if rows:
        db.executemany("INSERT INTO decision VALUES (?, ?, ?, ?)", rows)
    if mentions:
        db.executemany("INSERT INTO mention VALUES (?, ?, ?)", mentions)


def _mentions(decision: Decision) -> tuple[tuple[str, Iterable[str]], ...]:
    return (
        ("author", decision.authors),
        ("reviewer", decision.reviewers),
        ("evidence", decision.evidence),
        ("text", _OURS.findall(decision.comment)),
    )


def _public(decision: Decision, judgement: Judgement, told: set[tuple[str, str]]) -> Decision:
    """A decision without the names that are not public, and without a comment that has one."""
    kept = {role: tuple(iri for iri in iris if (role, iri) in told) for role, iris in _mentions(decision)}
    return replace(
        decision,
        judgement=judgement,
        authors=kept["author"],
        reviewers=kept["reviewer"],
        evidence=kept["evidence"],
        comment=decision.comment if list(kept["text"]) == _OURS.findall(decision.comment) else "",
    )


def _order(told: _Told) -> tuple[Judgement, bool, str]:
    return told[0].judgement, told[0].is_negative, told[0].where


def _entry(target: Target, rows: Sequence[_Told]) -> dict[str, Any]:
    """What the index says of one dataset; ``links`` counts triples by predicate, ``negative`` decisions against one."""
    links = Counter(predicate for _, predicate, _ in {_triple(d) for d, _ in rows if not d.is_negative})
    return {
        "key": target.key,
        "title": target.title,
        "homepage": target.homepage,
        "dataset": target.dataset,
        "links": dict(sorted(links.items())),
        "negative": sum(d.is_negative for d, _ in rows),
        "files": [f"{target.key}.{suffix}" for suffix in ("sssom.tsv", "nt", "csv")],
    }


def _triple(decision: Decision) -> tuple[str, str, str]:
    return decision.judgement.subject, decision.judgement.predicate, decision.judgement.object


def _ntriples(rows: Iterable[_Told]) -> str:
    triples = {_triple(decision) for decision, _ in rows if not decision.is_negative}
    return "".join(sorted(f"<{s}> <{p}> <{o}> .\n" for s, p, o in triples))


def _sssom(target: Target, rows: Iterable[_Told], prefixes: Mapping[str, str]) -> str:
    head = [
        f"mapping_set_id: {BASE}links/{target.key}.sssom.tsv",
        f"mapping_set_title: {json.dumps(f'Habeas to {target.title}', ensure_ascii=False)}",
        f"license: {LICENCE}",
        "curie_map:",
        *(f"  {prefix}: {iri}" for prefix, iri in sorted(prefixes.items())),
    ]
    table = _written(_SSSOM, (_sssom_row(row, prefixes) for row in rows), "\t")
    return "".join(f"#{line}\n" for line in head) + table


def _sssom_row(told: _Told, prefixes: Mapping[str, str]) -> list[str]:
    decision, label = told

    def short(iri: str) -> str:
        found = max((p for p in prefixes if iri.startswith(prefixes[p])), key=lambda p: len(prefixes[p]), default="")
        return f"{found}:{iri.removeprefix(prefixes[found])}" if found else iri

    def listed(iris: Iterable[str]) -> str:
        return "|".join(map(short, iris))

    subject, predicate, other = map(short, _triple(decision))
    modifier, method = "Not" if decision.is_negative else "", short(decision.justification)
    people = listed(decision.authors), listed(decision.reviewers)
    last = format(decision.confidence, "g"), "|".join(decision.evidence), decision.comment
    return [subject, _cell(label), predicate, modifier, other, method, *people, decision.date, *last]


def _table_row(told: _Told) -> list[str]:
    decision, label = told
    subject, predicate, other = _triple(decision)
    modifier = "Not" if decision.is_negative else ""
    people = " ".join(decision.authors), " ".join(decision.reviewers)
    last = format(decision.confidence, "g"), " ".join(decision.evidence), decision.comment
    return [subject, label, predicate, modifier, other, decision.justification, *people, decision.date, *last]


def _cell(text: str) -> str:
    """A text on one line and without double quotes, so that whoever splits lines and tabs reads it right."""
    return " ".join(text.replace('"', "'").split())


def _written(columns: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
