"""Real SPARQL servers to ask over HTTP: Oxigraph (PyPI), and Virtuoso where it is installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
OXIGRAPH = Path(sys.executable).with_name("oxigraph")
HAS_VIRTUOSO = shutil.which("virtuoso-t") is not None and shutil.which("isql-vt") is not None
START_S = 30.0


@contextmanager
def oxigraph(folder: Path, nquads: bytes = b"", *options: str) -> Iterator[str]:
    """The address of ``oxigraph serve``, read-write, with a dataset; below it are /query, /update and /store.

    Args:
        folder: an empty folder for its database.
        nquads: what it holds at first.
        options: further options of its command.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    place = ("--location", str(folder), "--bind", f"127.0.0.1:{port}", "--timeout-s", "4")
    command = (str(OXIGRAPH), "serve", *place, *options)
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_until_open(url, process)
            answer = httpx.post(
                f"{url}/store", content=nquads, headers={"Content-Type": "application/n-quads"}, timeout=60
            )
            assert answer.is_success, answer.text
            yield url
        finally:
            process.terminate()
            process.wait()


@contextmanager
def virtuoso(folder: Path, nquads: bytes) -> Iterator[str]:
    """The address of Virtuoso's SPARQL endpoint, read-only, with a dataset."""
    script = str(ROOT / "bench" / "virtuoso.sh")
    file = folder.parent / f"{folder.name}.nq"
    file.write_bytes(nquads)
    command = (script, "start", str(folder), str(free_port()), str(free_port()), str(file))
    try:
        started = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert started.returncode == 0, started.stderr
        yield started.stdout.strip()
    finally:
        subprocess.run((script, "stop", str(folder)), timeout=60, check=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_open(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{url}/store").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")
