"""Server processes: started, waited for, measured through /proc, and ended."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "Cost",
    "Usage",
    "cost_of",
    "cpu_s",
    "cpu_s_of_each",
    "end",
    "family",
    "free_port",
    "highest",
    "spend",
    "start",
    "usage",
    "wait_until_open",
]

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
END_S = 20


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and all that descend from it take now.

    Attributes:
        parent_mib: resident set of the process itself.
        rss_mib, pss_mib: of all, resident and proportional; what they share is counted once in the latter.
        descriptors: open ones of all.
        processes: how many they are.
    """

    parent_mib: float
    rss_mib: float
    pss_mib: float
    descriptors: int
    processes: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: seconds, CPU seconds, and its greatest resident set in MiB.

    That is at least what the process had that started it: Linux counts a process from its fork on.
    """

    seconds: float
    cpu_s: float
    peak_mib: float


def spend(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end; what it writes to stdout is thrown away.

    Raises:
        RuntimeError: it ended with another status than 0.
    """
    began = time.perf_counter()
    given = {**os.environ, **(environment or {})}
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, env=given)
    # Of this child alone: the peak of all children would be that of the largest ever.
    _, status, spent = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} ended with {process.returncode}")
    return Cost(time.perf_counter() - began, spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(command: Sequence[str | Path], log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one; what it says goes to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **environment},
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and kill it if it does not within ``END_S`` seconds."""
    process.terminate()
    try:
        process.wait(timeout=END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=END_S)


def wait_until_open(url: str, process: subprocess.Popen[bytes] | None, within_s: float) -> None:
    """Wait until an address answers a GET with 200.

    Raises:
        RuntimeError: it does not within the time, or its process ended.
    """
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the server of {url} ended with {process.returncode}; see its log")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=10) as response:
            if response.status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer with 200 within {within_s:.0f} s")


def family(pid: int) -> list[int]:
    """A process and all that descend from it, as far as they live."""
    children: dict[int, list[int]] = {}
    for child, fields in _stats():
        children.setdefault(int(fields[1]), []).append(child)
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def cpu_s(pid: int) -> float:
    """CPU seconds that a process, all its descendants and those of them that ended and were waited for have taken."""
    members = set(family(pid))
    # utime, stime and, for children that were waited for, cutime and cstime: proc(5), fields 14 to 17.
    return sum(sum(map(int, fields[11:15])) for child, fields in _stats() if child in members) / TICKS


def cpu_s_of_each(pid: int) -> dict[int, float]:
    """CPU seconds that a process and each of its living descendants have taken themselves, by process id."""
    members = set(family(pid))
    return {child: sum(map(int, fields[11:13])) / TICKS for child, fields in _stats() if child in members}


def cost_of(pid: int, seconds: float) -> Cost:
    """What a process that still runs has taken in the seconds since it was started; the peak is its own."""
    status = dict(line.split(":", 1) for line in (PROC / str(pid) / "status").read_text().splitlines())
    return Cost(seconds, cpu_s(pid), int(status["VmHWM"].split()[0]) / 1024)


def usage(pid: int) -> Usage:
    """What a process and its descendants take now; one that ends meanwhile counts as nothing."""
    parent = rss = pss = descriptors = processes = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            sizes = dict(
                line.split(":", 1) for line in (PROC / str(member) / "smaps_rollup").read_text().splitlines()[1:]
            )
            descriptors += sum(1 for _ in (PROC / str(member) / "fd").iterdir())
            parent += int(sizes["Rss"].split()[0]) if member == pid else 0
            rss += int(sizes["Rss"].split()[0])
            pss += int(sizes["Pss"].split()[0])
            processes += 1
    return Usage(parent / 1024, rss / 1024, pss / 1024, descriptors, processes)


@contextlib.contextmanager
def highest(pid: int, *, every_s: float = 0.1) -> Iterator[list[Usage]]:
    """What a process and its descendants take, looked at ten times a second, or less often, while this lasts."""
    seen = [usage(pid)]
    over = threading.Event()

    def look() -> None:
        while not over.wait(every_s):
            seen.append(usage(pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _stats() -> Iterator[tuple[int, list[str]]]:
    """Each process with its fields of /proc/PID/stat from the third on; the name before may hold anything."""
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(folder.name), (folder / "stat").read_text().rpartition(")")[2].split()
