"""rdflib with literals as they are written."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import rdflib

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["literals_as_written"]


@contextmanager
def literals_as_written() -> Iterator[None]:
    """Keep rdflib from making "1" of "01", and from logging ill-typed literals with what they say."""
    logger, normalise = logging.getLogger("rdflib.term"), rdflib.NORMALIZE_LITERALS
    logger.addFilter(_refuse)
    rdflib.NORMALIZE_LITERALS = False
    try:
        yield
    finally:
        logger.removeFilter(_refuse)
        rdflib.NORMALIZE_LITERALS = normalise


def _refuse(_: logging.LogRecord) -> bool:
    return False
