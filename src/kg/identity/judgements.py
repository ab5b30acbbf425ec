"""Reviewed judgements as SSSOM files (Simple Standard for Sharing Ontological Mappings, TSV): one row a decision."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError
from sssom_pydantic.io import ParseError, read_unprocessed_iterable
from yaml import YAMLError

from kg.errors import SourceError
from kg.vocab import rebased

from .rules import check_row, check_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from curies import Converter
    from sssom_pydantic import Record

__all__ = ["Decision", "Judgement", "positive", "read_decisions"]

_NOT_SSSOM: Final = "Begin it with the lines #mapping_set_id: and #curie_map: of the SSSOM standard."
_ONE_LINE: Final = "Write each decision on one line of its own: no empty line, no line break or double quote in a cell."


@dataclass(frozen=True, slots=True, order=True)
class Judgement:
    """That subject and object are related so; all three are IRIs."""

    subject: str
    predicate: str
    object: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One row: a judgement, for or against, and how it came about.

    Attributes:
        where: file and line ("links/x.sssom.tsv:7").
        is_negative: whether it was decided that they are not related so.
        justification: IRI of the method (a term of SEMAPV).
        authors, reviewers: IRIs of who linked, and of who looked at it again.
        date: of the review, else of the decision, ISO 8601; "" where there is none.
        confidence: from 0.0 to 1.0; None where none was given.
        evidence: IRIs of claims, or addresses, that it rests on.
        is_proposed: whether nobody has decided yet.
    """

    judgement: Judgement
    where: str
    is_negative: bool = False
    justification: str = ""
    authors: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    date: str = ""
    confidence: float | None = None
    evidence: tuple[str, ...] = ()
    comment: str = ""
    is_proposed: bool = False


def positive(decisions: Iterable[Decision]) -> tuple[Judgement, ...]:
    """The judgements that decide for a link or a merge, each once, sorted."""
    return tuple(sorted({decision.judgement for decision in decisions if not decision.is_negative}))


def read_decisions(files: Iterable[tuple[str, bytes]]) -> tuple[Decision, ...]:
    """All decisions of all files, each given as its path and its bytes; in the order of the rows.

    Raises:
        SourceError: a file is not SSSOM TSV, or a row breaks a rule of ``rules.py``; it names file and line. Decisions
            cannot be set aside one by one: a lost merge revives what it merged.
    """
    decisions = [decision for path, content in files for decision in _read_file(content, path)]
    for decision in decisions:
        check_row(decision)
    check_together(decisions)
    return tuple(decisions)


def _read_file(content: bytes, where: str) -> Iterator[Decision]:
    text = _text(content, where)
    _refuse_uneven_lines(text, where)
    try:
        with read_unprocessed_iterable(io.StringIO(text)) as read:
            for number, record in read.records:
                # The library counts lines from 0.
                yield _decision(record, read.converter, f"{where}:{number + 1}")
    except (ValidationError, ValueError, TypeError, YAMLError, csv.Error) as error:
        raise SourceError("Its header is not that of an SSSOM file in TSV.", where=where, remedy=_NOT_SSSOM) from error


def _text(content: bytes, where: str) -> str:
    try:
        return rebased(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SourceError("It is no SSSOM file in UTF-8.", where=where, remedy=_NOT_SSSOM) from error


def _refuse_uneven_lines(text: str, where: str) -> None:
    """Refuse what would make the library count lines otherwise than an editor does, or join some of them."""
    for number, line in enumerate(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"), start=1):
        if not line.startswith("#") and (not line.strip() or '"' in line or "\r" in line.rstrip("\r")):
            raise SourceError("The line does not hold one decision.", where=f"{where}:{number}", remedy=_ONE_LINE)


def _decision(row: Record | ParseError, converter: Converter, where: str) -> Decision:
    try:
        if isinstance(row, ParseError):
            raise row.exception
        return _converted(row, converter, where)
    except ValueError as error:
        raise SourceError(
            f"The row does not hold: {_words_of(error)}.",
            where=where,
            remedy="Give it every required column, and a prefix in the curie_map for every CURIE.",
        ) from error


def _words_of(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors())
    return str(error)


def _converted(row: Record, converter: Converter, where: str) -> Decision:
    def iris(texts: Iterable[str] | None) -> tuple[str, ...]:
        return tuple(_iri(text, converter) for text in texts or ())

    subject, predicate, target, justification = iris(
        (row.subject_id, row.predicate_id, row.object_id, row.mapping_justification)
    )
    day = row.review_date or row.mapping_date
    return Decision(
        Judgement(subject, predicate, target),
        where,
        is_negative=row.predicate_modifier == "Not",
        justification=justification,
        authors=iris(row.author_id),
        reviewers=iris(row.reviewer_id),
        date=day.isoformat() if day else "",
        confidence=row.confidence,
        evidence=iris(row.see_also),
        comment=row.comment or "",
        is_proposed="status=proposed" in (row.other or "").split("|"),
    )


def _iri(text: str, converter: Converter) -> str:
    """A CURIE in full, or an IRI as it is.

    Raises:
        ValueError: its prefix is not declared.
    """
    if text.startswith(("http://", "https://")):
        return text
    expanded = converter.expand(text)
    if expanded is None:
        raise ValueError(f"{text!r} has no prefix of the curie_map")
    return expanded
