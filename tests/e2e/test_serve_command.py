"""``kg serve`` as it is installed: its processes, its signals, its port, and the proxy before it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.material_processes import alive, children_of, descendants_of
from tests.serving import Server, figures_of, port_of, serve_command, until, write_release

KG = Path(sys.executable).with_name("kg")


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    return write_release(tmp_path / "releases")


def web_processes(server: Server) -> set[int]:
    command = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children_of(server.pid)}
    return {pid for pid, words in command.items() if b"spawn_main" in words}


def test_several_processes_share_a_port_and_are_replaced_and_end_together(releases: Path) -> None:
    with serve_command(KG, releases, KG_PROCESSES="2", TMPDIR=str(releases.parent)) as server:
        until(lambda: figures_of(server)["habeas_web_processes"] == 2)
        first, second = sorted(web_processes(server))
        assert all(descendants_of(one) for one in (first, second))
        orphans = set(descendants_of(first))
        os.kill(first, signal.SIGKILL)
        until(lambda: not alive(orphans))
        until(lambda: len(web_processes(server)) == 2 and first not in web_processes(server))
        until(lambda: figures_of(server)["habeas_web_processes"] == 2)
        family = set(descendants_of(server.pid))
        assert second in family
        assert list(releases.parent.glob("kg-metrics-*/*.db"))
        os.kill(server.pid, signal.SIGTERM)
        until(lambda: not alive(family))
        until(lambda: not list(releases.parent.glob("kg-metrics-*")))
        log = server.log.read_text("utf-8")

    told = [json.loads(line)["event"] for line in log.partition("\nEOF\n")[2].splitlines() if line]
    assert "request" in told
    assert f"Child process [{first}] died" in told


def test_several_processes_take_a_new_release_at_a_signal_without_a_failed_request(releases: Path) -> None:
    with serve_command(KG, releases, KG_PROCESSES="2", KG_RELOAD_S="0") as server:
        until(lambda: figures_of(server)["habeas_web_processes"] == 2)
        family = web_processes(server)
        failed: list[str] = []
        done = threading.Event()

        def ask_on() -> None:
            with httpx.Client(base_url=server.url, timeout=30) as client:
                while not done.is_set():
                    try:
                        answer = client.get("/sparql?query=ASK%7B%7D")
                    except httpx.TransportError as error:
                        failed.append(repr(error))
                    else:
                        failed.extend([answer.text] if answer.status_code != 200 else [])

        clients = [threading.Thread(target=ask_on) for _ in range(4)]
        for client in clients:
            client.start()
        write_release(releases, "2031-06-01-next")
        os.kill(server.pid, signal.SIGHUP)
        until(lambda: figures_of(server)["habeas_reloads_total"] == 2)
        time.sleep(0.5)
        done.set()
        for client in clients:
            client.join()

        assert failed == []
        assert web_processes(server) == family
        assert httpx.get(f"{server.url}/health/ready").json()["release"] == "2031-06-01-next"


def test_a_killed_supervisor_leaves_no_process_behind(releases: Path) -> None:
    with serve_command(KG, releases, KG_PROCESSES="2", TMPDIR=str(releases.parent)) as server:
        until(lambda: figures_of(server)["habeas_web_processes"] == 2)
        family = set(descendants_of(server.pid))
        os.kill(server.pid, signal.SIGKILL)

        until(lambda: not alive(family))


@pytest.mark.parametrize(("processes", "stop"), [("1", signal.SIGTERM), ("2", signal.SIGTERM), ("1", signal.SIGINT)])
def test_a_service_that_was_asked_to_stop_has_not_failed(releases: Path, processes: str, stop: signal.Signals) -> None:
    command = [KG, "serve", "--port", "0", "--processes", processes]
    settings = {"KG_RELEASES": str(releases), "PATH": os.environ["PATH"]}
    settings |= {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    with subprocess.Popen(command, env=settings, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "Ctrl-C" not in said:
            said += process.stderr.readline()
        url = re.findall(r"http://127\.0\.0\.1:\d+", said)[0]
        assert httpx.get(f"{url}/health/ready", timeout=30).status_code == 200
        process.send_signal(stop)
        rest = process.stderr.read()

    assert process.returncode == 0
    assert "Traceback" not in rest


def test_a_busy_port_is_told_in_plain_words(releases: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [KG, "serve", "--port", str(port)]
        environment = {**os.environ, "KG_RELEASES": str(releases)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert done.stderr == (
        f"kg: 127.0.0.1, port {port}: the service cannot listen there: Address already in use. Stop what listens "
        f"there, or choose another port: kg serve --port {port + 1}, or KG_PORT.\n"
    )


@pytest.mark.parametrize(("trusted", "scheme"), [("127.0.0.1", "https"), ("10.0.0.1", "http")])
def test_only_a_trusted_proxy_is_believed(releases: Path, trusted: str, scheme: str) -> None:
    with serve_command(KG, releases, KG_FORWARDED_ALLOW_IPS=trusted) as server:
        page = httpx.get(f"{server.url}/", headers={"X-Forwarded-Proto": "https", "Accept": "text/html"}).text

    assert f"{scheme}://127.0.0.1:{port_of(server)}/sparql" in page
