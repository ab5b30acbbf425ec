"""How verbs talk to a person: progress bars on a terminal, plain lines elsewhere, always on stderr."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.release import Progress as ReportsProgress

__all__ = ["progress", "say"]

_console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
_TENTHS = 10


def say(text: str) -> None:
    """Tell the person something, on stderr."""
    _console.print(text)


@contextmanager
def progress() -> Iterator[ReportsProgress]:
    """What to tell each stage's progress to: bars on a terminal, and elsewhere a line a stage and a tenth of it."""
    if not _console.is_terminal:
        yield _say_line
        return
    columns = (TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_console) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                for earlier in tasks.values():
                    bars.update(earlier, total=1, completed=1) if bars.tasks[earlier].total is None else None
                    bars.stop_task(earlier)
                tasks[stage] = bars.add_task(stage, total=total or None)
            bars.update(tasks[stage], completed=done)

        yield advance


def _say_line(stage: str, done: int, total: int) -> None:
    if total == 0:
        say(stage)
    elif done == total or done * _TENTHS // total > (done - 1) * _TENTHS // total:
        say(f"{stage} {done}/{total}")
