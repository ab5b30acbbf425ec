"""Names of persons and organisations across scripts, spellings and orders: keys to find them by, and a comparison."""

from __future__ import annotations

__all__: list[str] = []
