"""The servers that are measured side by side, each over the same release."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from datasets import OUT, ROOT, nquads_of, quads_of
from environments import python_with
from processes import end, free_port, start, wait_until_open

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENGINES", "Engine", "facade_environment"]

BIN = Path(sys.executable).parent
LOAD_S = 3600
RDFLIB_QUADS_MAX = 2_000_000
# Enough that no budget and no cap stands between the benchmark and the engine.
UNBOUNDED = {
    "KG_BUDGET_S": "100000000",
    "KG_QUEUE_TIMEOUT_S": "120",
    "KG_RESULT_BYTES_MAX": str(1 << 30),
    "KG_WORKER_MEMORY_MB": "8192",
}


@dataclass
class Engine:
    """A server over one release.

    Attributes:
        name: as results call it.
        url: its SPARQL endpoint, once it is started.
        pid: of its first process, once it is started.
        stops: whether it stops a query by itself when its time is over; if not, it is started anew after one.
        default_graph: its name, where it is a named graph.
        gives_up: whether that takes so long that no further analytic query is then asked of it.
        cached: whether it is to be asked about few subjects again and again.
    """

    name: str
    releases: Path
    deadline_s: float
    settings: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    pid: int = 0
    stops: bool = True
    gives_up: bool = False
    default_graph: str = ""
    cached: bool = False
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: it does not.
        """
        raise NotImplementedError

    def stop(self) -> None:
        """End it; it may be started again."""
        if self._process is not None:
            end(self._process)
            self._process = None

    def is_running(self) -> bool:
        """Whether the process that was started still runs."""
        return self._process is not None and self._process.poll() is None

    def _run(self, command: list[str | Path], environment: Mapping[str, str], path: str, ready: str) -> None:
        port = free_port()
        log = OUT / "logs" / f"{self.name.replace(' ', '-').replace(',', '')}.log"
        filled = [str(part).replace("PORT", str(port)) for part in command]
        self._process = start(filled, log, {**environment, "KG_PORT": str(port)})
        self.pid, self.url = self._process.pid, f"http://127.0.0.1:{port}{path}"
        wait_until_open(f"http://127.0.0.1:{port}{ready}", self._process, LOAD_S)


def facade_environment(releases: Path, deadline_s: float, **settings: str) -> dict[str, str]:
    """What ``kg serve`` is told for a benchmark: no budget, wide caps, and the given settings."""
    return {
        **UNBOUNDED,
        "KG_RELEASES": str(releases),
        "KG_QUERY_TIMEOUT_S": str(deadline_s),
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        **settings,
    }


class Facade(Engine):
    """``kg serve``."""

    def start(self) -> None:
        """Start it."""
        environment = facade_environment(self.releases, self.deadline_s, **self.settings)
        self._run([BIN / "kg", "serve"], environment, "/sparql", "/health/ready")


class Oxigraph(Engine):
    """``oxigraph serve-read-only``, of PyPI's ``oxigraph``, on the folder that the facade reads.

    It is started without ``--timeout-s``: with it each query leaves a thread behind until the time is over, and under
    load the process ends within seconds for want of threads (version 0.5.13).
    """

    def start(self) -> None:
        """Start it."""
        self.stops = False
        location = self.releases / "current" / "store"
        options = ["--location", location, "--bind", "127.0.0.1:PORT"]
        self._run([BIN / "oxigraph", "serve-read-only", *options], {}, "/query", "/query?query=ASK%7B%7D")


class RdflibEndpoint(Engine):
    """``rdflib-endpoint`` over a dataset in memory, in a virtual environment of its own."""

    def start(self) -> None:
        """Make its environment if it is not there, and start it."""
        self.stops, self.gives_up = False, True
        if quads_of(self.releases) > RDFLIB_QUADS_MAX:
            raise RuntimeError(f"left out above {RDFLIB_QUADS_MAX:,} quads, which it holds in memory one by one")
        python = python_with("rdflib-endpoint", "rdflib-endpoint==0.6.3", "uvicorn[standard]")
        script = Path(__file__).with_name("rdflib_server.py")
        command = [python, script, nquads_of(self.releases), "PORT"]
        self._run(command, {"PYTHONPATH": ""}, "/sparql", "/sparql?query=ASK%7B%7D")


class Virtuoso(Engine):
    """Debian's Virtuoso 7, loaded anew; virtuoso.sh says why the default graph has a name there."""

    def start(self) -> None:
        """Load the dataset and start it."""
        self.default_graph = "https://w3id.org/habeas/graph/default"
        if shutil.which("virtuoso-t") is None:
            raise RuntimeError("it is not installed; Debian has it as virtuoso-opensource-7")
        self._folder = OUT / "virtuoso"
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
        port, isql = free_port(), free_port()
        command = [Path(__file__).with_name("virtuoso.sh"), "start", self._folder, str(port), str(isql)]
        # Requests here name the default graph themselves, but for those that speak of named graphs (asking.py).
        environment = {"VIRTUOSO_MEMORY_MB": "4096", "VIRTUOSO_TIMEOUT_S": str(int(self.deadline_s))}
        environment["VIRTUOSO_HOST"] = "nobody"
        subprocess.run(
            [*command, nquads_of(self.releases)],
            check=True,
            timeout=LOAD_S,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )
        self.pid = int((self._folder / "pid").read_text())
        self.url = f"http://127.0.0.1:{port}/sparql"

    def stop(self) -> None:
        """End it."""
        if not (OUT / "virtuoso" / "pid").is_file():
            return
        script = Path(__file__).with_name("virtuoso.sh")
        subprocess.run([script, "stop", OUT / "virtuoso"], check=False, timeout=60)


def _facade(processes: int, cache_mb: int) -> tuple[type[Engine], dict[str, str], bool]:
    return Facade, {"KG_PROCESSES": str(processes), "KG_CACHE_MB": str(cache_mb)}, cache_mb > 0


# By the name to give after --engines: the class, its settings, and whether it is asked about few subjects.
ENGINES: dict[str, tuple[type[Engine], dict[str, str], bool]] = {
    "oxigraph": (Oxigraph, {}, False),
    "facade": _facade(1, 0),
    "facade-index": (Facade, {"KG_PROCESSES": "1", "KG_CACHE_MB": "0", "KG_COLUMNS": "off"}, False),
    "facade-2": _facade(2, 0),
    "facade-cached": _facade(1, 64),
    "facade-2-cached": _facade(2, 64),
    "rdflib-endpoint": (RdflibEndpoint, {}, False),
    "virtuoso": (Virtuoso, {}, False),
}
