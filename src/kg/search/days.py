"""Days as whole numbers that sort: 2024-11-07 is 20241107."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["FIRST_DAY", "LAST_DAY", "day_number"]

FIRST_DAY: Final = 0
LAST_DAY: Final = 99_991_231
_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def day_number(day: str) -> int | None:
    """The number of a day written as ISO 8601 has it (YYYY-MM-DD); None for anything else."""
    parts = _DAY.fullmatch(day)
    return None if parts is None else int("".join(parts.groups()))
