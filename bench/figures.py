"""Figures as results print them: percentiles, Markdown tables, and what they were measured on."""

from __future__ import annotations

import math
import os
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["conditions", "geometric_mean", "growth", "percentile", "say", "slope", "table", "tell"]

ROOT = Path(__file__).resolve().parent.parent


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the smallest value that at least ``share`` of all values do not exceed.

    Args:
        values: in any order.
        share: from 0.0 (the smallest value) to 1.0 (the largest).

    Raises:
        ValueError: there are no values, or ``share`` is out of range.
    """
    if not values or not 0 <= share <= 1:
        raise ValueError("a percentile needs values, and a share from 0 to 1")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def geometric_mean(ratios: Iterable[float | None]) -> float | None:
    """Of those ratios that there are, all above 0; None where there is none."""
    known = [ratio for ratio in ratios if ratio is not None]
    return statistics.geometric_mean(known) if known else None


def growth(small: tuple[float, float], large: tuple[float, float]) -> float:
    """How many times as much is spent on ten times the data, by two measurements, each a size and what it took.

    The power law through both of them; 10.0 is linear.

    Raises:
        ValueError: the sizes are the same, or one of the four is not above 0.
    """
    (small_size, small_cost), (large_size, large_cost) = small, large
    if min(*small, *large) <= 0 or small_size == large_size:
        raise ValueError("growth needs two sizes and what each took, all above 0")
    return float(10 ** (math.log(large_cost / small_cost) / math.log(large_size / small_size)))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """How fast y grows with x, by least squares; 0.0 where all x are equal or there are fewer than two points."""
    if not points:
        return 0.0
    mean_x, mean_y = (sum(p[axis] for p in points) / len(points) for axis in (0, 1))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; numbers are written short: three figures, thousands with commas."""
    lines = [heads, ["---"] * len(heads), *([_cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


def tell(out: Path, text: str) -> None:
    """A result, on stdout and at the end of a file."""
    print(text, flush=True)
    with out.open("a") as file:
        file.write(f"{text}\n")


def conditions(command: str) -> str:
    """Machine, versions, commit and command, in one paragraph."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    tools = ", ".join(f"{name} {version(name)}" for name in ("pyoxigraph", "oxigraph", "uvicorn", "starlette"))
    return (
        f"`{command}`, {os.cpu_count()} cores, {memory_gib:.0f} GiB, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {tools}, commit {_commit()}, load {os.getloadavg()[0]:.1f} before."
    )


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return found.stdout.strip() or "unknown"
