"""What a process takes is its own and not this one's; one that fails is told of."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from processes import Cost, cpu_s_of_each, highest, spend

BENCH = Path(__file__).parents[3] / "bench"

HELD_MIB = 400
HOLDS = f"held = bytearray({HELD_MIB} << 20); held[::4096] = b'x' * len(held[::4096])"


def test_a_command_is_told_with_its_own_cpu_and_memory() -> None:
    """Asked by a small process, as a benchmark is: at least the memory of who starts it counts too."""
    asked = f"import sys; from processes import spend; print(spend([sys.executable, '-c', {HOLDS!r}]))"
    told = subprocess.run([sys.executable, "-c", asked], cwd=BENCH, capture_output=True, text=True, check=True).stdout
    cost = Cost(*map(float, re.findall(r"=([\d.]+)", told)))

    assert HELD_MIB <= cost.peak_mib < HELD_MIB + 150
    assert 0 < cost.cpu_s <= cost.seconds * (os.cpu_count() or 1) + 0.1


def test_a_command_that_fails_is_told_of() -> None:
    with pytest.raises(RuntimeError, match="ended with 7"):
        spend([sys.executable, "-c", "raise SystemExit(7)"])


def test_the_highest_is_seen_while_it_lasts() -> None:
    with highest(os.getpid()) as seen:
        spend([sys.executable, "-c", f"{HOLDS}; import time; time.sleep(0.5)"])

    assert len(seen) > 2
    assert max(usage.rss_mib for usage in seen) - seen[0].rss_mib > HELD_MIB - 10


def test_the_cpu_of_each_is_its_own_and_goes_with_it() -> None:
    works = "import sys; sum(range(5_000_000)); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", works], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        with_it = cpu_s_of_each(os.getpid())
        worker.communicate()
    without = cpu_s_of_each(os.getpid())

    assert with_it[worker.pid] > 0.01
    assert worker.pid not in without
    assert 0 <= without[os.getpid()] - with_it[os.getpid()] < with_it[worker.pid]
