"""How many random cases the columns are asked, and which: HABEAS_COMPILE_CASES and HABEAS_COMPILE_SEED."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from hypothesis import HealthCheck, Phase, given, seed, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

__all__ = ["CASES", "try_cases"]

CASES: Final = int(os.environ.get("HABEAS_COMPILE_CASES", "2000"))
_SEED: Final = int(os.environ.get("HABEAS_COMPILE_SEED", "0"))
# Hypothesis remembers all examples of one run.
_BATCH: Final = 4000


def try_cases(
    check: Callable[..., None],
    *drawn: SearchStrategy[object],
    cases: int,
    each: int = 1,
    phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink),
) -> None:
    """Check examples until so many cases are tried, of which each example has ``each``."""
    for number, start in enumerate(range(0, cases, _BATCH)):
        tried = settings(
            max_examples=-(-min(_BATCH, cases - start) // each),
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        )(given(*drawn)(check))
        seed(_SEED * 1000 + number)(tried)()
