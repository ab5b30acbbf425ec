"""Names of persons and organisations across scripts, spellings and orders: keys to find them by, and a comparison."""

from __future__ import annotations

from .words import words

__all__ = ["words"]
