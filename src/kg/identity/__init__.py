"""Reviewed judgements of identity: merges of our own things, and links to other datasets' things."""

from .exports import check_evidence, export_links
from .judgements import Decision, Judgement, positive, read_decisions
from .resolution import resolve
from .targets import Target, canonical_iri, is_iri, target_of

__all__ = [
    "Decision",
    "Judgement",
    "Target",
    "canonical_iri",
    "check_evidence",
    "export_links",
    "is_iri",
    "positive",
    "read_decisions",
    "resolve",
    "target_of",
]
