"""What a worker does to itself, seen from outside."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program that uses ``kg.store.isolation``."""
    text = f"from kg.store.isolation import *\n{program}"
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False)


def test_the_kernel_stops_a_process_over_its_cpu_time() -> None:
    assert run("limit_cpu(0)\nwhile True: pass").returncode == -signal.SIGXCPU


def test_the_limit_counts_from_now_and_is_renewed_by_the_next_query() -> None:
    busy = "import time\ndef busy(s):\n  end = time.process_time() + s\n  while time.process_time() < end: pass\n"

    assert run(f"{busy}for _ in range(3):\n  limit_cpu(1)\n  busy(0.7)").returncode == 0


def test_memory_beyond_the_limit_is_not_given() -> None:
    done = run("limit_memory(50 * 2**20)\nsmall = bytes(20 * 2**20)\nprint('small')\nlarge = bytes(100 * 2**20)")

    assert done.stdout.strip() == "small"
    assert "MemoryError" in done.stderr


def test_no_core_is_written() -> None:
    done = run("import resource\nno_core_dumps()\nprint(resource.getrlimit(resource.RLIMIT_CORE))")

    assert done.stdout.strip() == "(0, 0)"


def test_a_process_that_left_the_network_reaches_nobody() -> None:
    connect = "import socket\nwith socket.create_server(('127.0.0.1', 0)) as s: pass"
    if run("import sys\nsys.exit(0 if leave_network() else 1)").returncode:
        pytest.skip("this kernel lets no process leave the network")

    done = run(
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "assert leave_network()\nsocket.create_connection(server.getsockname(), timeout=5)"
    )
    assert run(connect).returncode == 0
    assert "OSError" in done.stderr


def test_a_kernel_out_of_memory_takes_a_worker_first() -> None:
    done = run("be_first_to_die()\nprint(open('/proc/self/oom_score_adj').read())")

    assert done.stdout.strip() == "500"


def test_threads_are_counted_whoever_started_them() -> None:
    done = run(
        "import threading\nprint(threads_running())\nstop = threading.Event()\n"
        "threading.Thread(target=stop.wait).start()\nprint(threads_running())\nstop.set()"
    )

    assert done.stdout.split() == ["1", "2"]
