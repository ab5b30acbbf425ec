"""Reviewed judgements as SSSOM files (Simple Standard for Sharing Ontological Mappings, TSV): one row a decision."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sssom_pydantic
from pydantic import ValidationError
from yaml import YAMLError

from kg.errors import SourceError
from kg.vocab import REPLACED_BY, rebased

if TYPE_CHECKING:
    from collections.abc import Iterable

    from curies import Converter
    from sssom_pydantic import SemanticMapping

__all__ = ["Judgement", "read_all_judgements", "read_judgements"]

_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_MATCHES: Final = ("exact", "close", "broad", "narrow", "related")
_PREDICATES: Final = frozenset({REPLACED_BY, *(f"{_SKOS}{match}Match" for match in _MATCHES)})


@dataclass(frozen=True, slots=True, order=True)
class Judgement:
    """A reviewed decision that subject and object are related so; all three are IRIs."""

    subject: str
    predicate: str
    object: str


def read_judgements(content: bytes, *, where: str) -> tuple[Judgement, ...]:
    """The positive decisions of one SSSOM TSV file, sorted; a row with the modifier "Not" decides against a link.

    Raises:
        SourceError: the file is not SSSOM TSV, or a row of it is not whole; a file is taken wholly or not at all.
    """
    try:
        rows, converter, _, errors = sssom_pydantic.read(
            io.StringIO(rebased(content.decode("utf-8"))), return_errors=True
        )
    except (ValidationError, ValueError, YAMLError) as error:
        raise SourceError(
            "Its header is not that of an SSSOM file in TSV.",
            where=where,
            remedy="Begin it with the lines #mapping_set_id: and #curie_map: of the SSSOM standard.",
        ) from error
    if errors:
        raise SourceError(
            f"The row does not hold: {errors[0].exception}.",
            # The library counts lines from 0.
            where=f"{where}:{errors[0].line_number + 1}",
            remedy="Give it every required column, and a prefix in the curie_map for every CURIE.",
        )
    judgements = sorted(_judgement(row, converter) for row in rows if row.predicate_modifier is None)
    for judgement in judgements:
        _check_predicate(judgement.predicate, where)
    return tuple(judgements)


def _check_predicate(predicate: str, where: str) -> None:
    """MODEL: no owl:sameAs for judged identity, which would merge all that is said of both, for every reasoner."""
    if predicate not in _PREDICATES:
        raise SourceError(
            f"It links with {predicate}, which no judgement of identity may do.",
            where=where,
            remedy="Link with skos:exactMatch, closeMatch, broadMatch, narrowMatch or relatedMatch; "
            "merge two things of our own with dcterms:isReplacedBy.",
        )


def read_all_judgements(files: Iterable[tuple[str, bytes]]) -> tuple[Judgement, ...]:
    """The positive decisions of all files, each given as its path and its bytes.

    Raises:
        SourceError: a file is not whole. Links cannot be set aside one by one: a lost merge revives what it merged.
    """
    return tuple(sorted({j for path, content in files for j in read_judgements(content, where=path)}))


def _judgement(row: SemanticMapping, converter: Converter) -> Judgement:
    iris = (converter.expand_reference(part, strict=True) for part in (row.subject, row.predicate, row.object))
    return Judgement(*iris)
