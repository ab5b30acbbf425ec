"""What a worker does to itself before it touches a query: no network, no survival of its parent, bounded memory."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from pathlib import Path
from typing import Final

__all__ = [
    "address_space_bytes",
    "be_first_to_die",
    "die_with_parent",
    "leave_network",
    "limit_cpu",
    "limit_memory",
    "no_core_dumps",
    "threads_running",
]

# linux/sched.h and linux/prctl.h; `os.unshare` exists from Python 3.12 only.
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_PDEATHSIG: Final = 1

_STATM: Final = "/proc/self/statm"
_STATM_BYTES: Final = 64
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_TASKS: Final = Path("/proc/self/task")
_OOM_SCORE: Final = Path("/proc/self/oom_score_adj")
_FIRST_TO_DIE: Final = "500"


def leave_network() -> bool:
    """Move this process into a network namespace of its own, in which even loopback is down.

    It must have one thread only. Without privilege it takes a user namespace along, if the kernel gives it one.

    Returns:
        Whether the network is gone.
    """
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    if unshare is None:
        return False
    return bool(unshare(_CLONE_NEWNET) == 0 or unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends, however that ends.

    Call it after ``leave_network``: a change of credentials clears it. A child does not inherit it.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def no_core_dumps() -> None:
    """Write no core file: it would hold queries and data."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def be_first_to_die() -> None:
    """Ask a kernel that is out of memory to kill this process before the one that serves."""
    try:
        _OOM_SCORE.write_text(_FIRST_TO_DIE, "ascii")
    except OSError:
        return  # some containers do not allow it; the limits of each worker stand all the same


def threads_running() -> int:
    """How many threads this process has. Only a process with one may fork: of the others, the locks alone go along."""
    return sum(1 for _ in _TASKS.iterdir())


def address_space_bytes() -> int:
    """The address space that this process has mapped now; cheap enough to ask after every query."""
    descriptor = os.open(_STATM, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return int(os.read(descriptor, _STATM_BYTES).split(b" ", 1)[0]) * _PAGE_BYTES
    finally:
        os.close(descriptor)


def limit_memory(more_bytes: int) -> None:
    """Let this process map ``more_bytes`` beyond what it has mapped now; past that, allocation fails."""
    limit = address_space_bytes() + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def limit_cpu(more_s: int) -> None:
    """Have the kernel kill this process (SIGXCPU) after ``more_s`` further seconds of CPU time, by a whole second."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + more_s, hard))
