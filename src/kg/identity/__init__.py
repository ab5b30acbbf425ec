"""Reviewed judgements of identity: merges of our own things, and links to other datasets' things."""

from .judgements import Judgement, read_all_judgements, read_judgements
from .resolution import resolve

__all__ = ["Judgement", "read_all_judgements", "read_judgements", "resolve"]
