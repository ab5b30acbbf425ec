"""Ask an endpoint about all things of a release, batch by batch; a run that was killed goes on where it stopped.

The state is a file of JSON lines: the first says what is harvested, each further one which things are done and what was
found. A line that was cut off by a kill is dropped, and its batch asked for again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from kg.errors import SettingsError

from .candidates import Candidate, propose, query_by_identity, query_by_name
from .endpoint import TOO_MUCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from io import BufferedRandom
    from pathlib import Path

    from .endpoint import Endpoint
    from .things import Thing

__all__ = ["BATCH", "State", "harvest", "open_state"]

# Things that one query asks about.
BATCH: Final = 20
_ROWS_MAX: Final = 5000


class State:
    """What is done, and what was found so far.

    Attributes:
        done: IRIs of the things that were asked about.
        skipped: those among them about which there was too much to answer.
        found: the candidates.
    """

    def __init__(self, file: BufferedRandom) -> None:
        self._file = file
        self.done: set[str] = set()
        self.skipped: set[str] = set()
        self.found: list[Candidate] = []

    def take(self, line: dict[str, Any]) -> None:  # as ``add`` wrote it
        """Take over what a line says."""
        self.done.update(line["done"])
        self.skipped.update(line["skipped"])
        self.found += [Candidate(**candidate) for candidate in line["found"]]

    def add(self, things: Sequence[Thing], found: Sequence[Candidate], *, skipped: Sequence[Thing] = ()) -> None:
        """Keep what was found about some things, so that it survives a kill."""
        line = {
            "done": [thing.iri for thing in things],
            "skipped": [thing.iri for thing in skipped],
            "found": [asdict(candidate) for candidate in found],
        }
        _append(self._file, line)
        self.take(line)


@contextmanager
def open_state(path: Path, *, endpoint: str, things: Sequence[Thing]) -> Iterator[State]:
    """The state of a harvest, made where it is missing; nobody else may have it open.

    Raises:
        SettingsError: it is that of another harvest, or damaged, or another run has it.
    """
    about = hashlib.sha256(repr([(thing.iri, thing.names, thing.linked) for thing in things]).encode()).hexdigest()
    head = {"endpoint": endpoint, "things": about}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SettingsError(f"{path}: another run is using it. Wait for its end.") from error
        file.seek(0)
        lines = _whole_lines(file, path)
        if lines and lines[0] != head:
            raise SettingsError(f"{path}: it is of another endpoint or release. Remove it to begin anew.")
        if not lines:
            _append(file, head)
        state = State(file)
        for number, line in enumerate(lines[1:], start=2):
            with _readable(path, number):
                state.take(line)
        yield state


def _whole_lines(file: BufferedRandom, path: Path) -> list[dict[str, Any]]:
    """The lines of the file; what a kill has cut off at its end is removed."""
    content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    lines = []
    for number, line in enumerate(whole.split(b"\n")[:-1], start=1):
        with _readable(path, number):
            lines.append(json.loads(line))
    file.truncate(len(whole))
    return lines


@contextmanager
def _readable(path: Path, number: int) -> Iterator[None]:
    """Say which line of a file it is that cannot be read.

    Raises:
        SettingsError: it cannot.
    """
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        message = f"{path}, line {number}: it is damaged. Remove the line to ask again for what it holds, or the file."
        raise SettingsError(message) from error


def _append(file: BufferedRandom, line: dict[str, Any]) -> None:
    file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    file.flush()
    os.fsync(file.fileno())


def harvest(endpoint: Endpoint, things: Sequence[Thing], state: State, *, told: Callable[[int, int], None]) -> None:
    """Ask about every thing that is not done yet.

    Args:
        endpoint: who is asked.
        things: what is asked about.
        state: what is done; it is kept after each batch.
        told: of how many things are done, and how many there are.

    Raises:
        LimitReachedError: no more requests are allowed for now. What was found is in the state.
        RemoteError: the endpoint fails, or answers what cannot be used; the same holds.
    """
    left = [thing for thing in things if thing.iri not in state.done]
    for start in range(0, len(left), BATCH):
        _ask(endpoint, left[start : start + BATCH], state)
        told(len(state.done), len(things))


def _ask(endpoint: Endpoint, batch: Sequence[Thing], state: State) -> None:
    """Ask about some things; where that is too much to answer, about half of them at a time."""
    try:
        named = endpoint.select(query_by_name(batch))
        identity = query_by_identity(batch)
        same = endpoint.select(identity) if identity else []
    except TOO_MUCH:
        named = same = []
        is_too_much = True
    else:
        is_too_much = max(len(named), len(same)) > _ROWS_MAX
    if not is_too_much:
        state.add(batch, propose(batch, named, same))
    elif len(batch) == 1:
        state.add(batch, [], skipped=batch)
    else:
        _ask(endpoint, batch[: len(batch) // 2], state)
        _ask(endpoint, batch[len(batch) // 2 :], state)
