"""What /proc tells of processes: whose children they are, and which network they see."""

from __future__ import annotations

from pathlib import Path


def children_of(parent: int) -> dict[int, str]:
    """The children of a process by id, each with its state ("R", "S", "Z" …)."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state, ppid = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(ppid) == parent:
                found[int(entry.name)] = state
    return found


def descendants_of(parent: int) -> dict[int, str]:
    """The children of a process, their children, and so on."""
    found = children_of(parent)
    for child in tuple(found):
        found |= descendants_of(child)
    return found


def workers_of(server: int) -> dict[int, str]:
    """The query workers of a server process by id, each with its state: they are forked by a child of it."""
    return {pid: state for zygote in children_of(server) for pid, state in children_of(zygote).items()}


def network_of(pid: int) -> str:
    """The network namespace of a process."""
    return str(Path(f"/proc/{pid}/ns/net").readlink())


def alive(pids: set[int]) -> set[int]:
    """Those that still run; a zombie does not."""
    return {pid for pid in pids if Path(f"/proc/{pid}/exe").is_symlink()}
