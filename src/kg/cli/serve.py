"""``kg serve``: the web service over the current release."""

from __future__ import annotations

import logging
import os
import signal
import socket
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer
import uvicorn
from uvicorn.supervisors import Multiprocess

import kg
from kg.errors import SettingsError
from kg.publication import current_release
from kg.settings import Settings, load_settings
from kg.vocab import rebased

from .talk import say

__all__ = ["serve"]

# After this, running queries are ended with the service.
_GRACE_S: Final = 15
# Longer than proxies keep an idle connection to us (nginx and AWS: 60 s): who closes first may not be the one asked.
_KEEP_ALIVE_S: Final = 75
# Connections that wait to be accepted, in a burst or while a process starts; the kernel cuts it to its own limit.
_BACKLOG: Final = 2048
# A web process that does not answer its supervisor for so long is replaced. Its ping has a thread of its own, so
# even a busy one answers; but killing one ends the requests of many.
_HUNG_S: Final = 15
_LAST_PORT: Final = 65535
_TRY: Final = """\
Open {base}/ in a browser, or paste this; Ctrl-C stops the service.

curl -s {base}/sparql -H 'Accept: text/csv' --data-urlencode query@- <<'EOF'
PREFIX hab: <https://w3id.org/habeas/ontology#>
PREFIX prov: <http://www.w3.org/ns/prov#>
SELECT ?size ?speaker ?place WHERE {{
  GRAPH ?claim {{ <https://w3id.org/habeas/id/group/pardoned-2024-11-07> hab:size ?size }}
  ?claim prov:wasAttributedTo ?speaker .
  OPTIONAL {{ ?claim hab:locator ?place }}
}} ORDER BY ?size ?speaker ?place
EOF
"""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind to; KG_HOST where it is left out.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; KG_PORT where it is left out.")] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Web processes; KG_PROCESSES where it is left out.")
    ] = None,
) -> None:
    """Serve the current release over HTTP until it is stopped.

    Example: kg serve --port 8000 --processes 2
    """
    settings = load_settings()
    release = current_release(settings.releases)
    host = settings.host if host is None else host
    count = settings.processes if processes is None else processes
    with ExitStack() as bound:
        listeners = [bound.enter_context(one) for one in _listen(host, settings.port if port is None else port, count)]
        port = listeners[0].getsockname()[1]
        say(f"Serving release {release.id}")
        say(rebased(_TRY).format(base=f"http://{f'[{host}]' if ':' in host else host}:{port}"))
        config = _config(settings, count)
        _serve_alone(config, listeners[0]) if count == 1 else _serve_together(config, listeners)


def _listen(host: str, port: int, count: int) -> list[socket.socket]:
    """Bind before anything is started, so that who chose a busy port is told at once.

    Each process has a socket of its own, between which the kernel spreads connections; of one that they share, the
    first process to wake would take them all. They are bound here, so that what waits in the queue of a process that
    dies is taken by the one that replaces it.

    Raises:
        SettingsError: the address cannot be bound.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        first = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        if count == 1:
            return [first]
        with first:  # sockets that share a port would share it with a stranger's, too; this one shows there is none
            port = first.getsockname()[1]
        return [
            socket.create_server((host, port), family=family, backlog=_BACKLOG, reuse_port=True) for _ in range(count)
        ]
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # Python adds the address, which stands here already
        raise SettingsError(
            f"{host}, port {port}: the service cannot listen there: {reason}. Stop what listens there, or "
            f"choose another port: kg serve --port {port % _LAST_PORT + 1}, or KG_PORT."
        ) from error


def _config(settings: Settings, processes: int) -> uvicorn.Config:
    return uvicorn.Config(
        f"{_package()}.app:create_app",
        factory=True,
        workers=processes,
        loop="uvloop",
        http=f"{_package()}.connections:Connection",
        ws="none",
        access_log=False,
        server_header=False,
        log_config=None,  # the application's own: JSON lines
        log_level="warning",
        forwarded_allow_ips=settings.forwarded_allow_ips,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_worker_healthcheck=_HUNG_S,
        # No limit_concurrency: it counts idle connections too, and would refuse the health probe with them. What a
        # request may take is bounded where it is taken: workers, queue, budget.
    )


def _serve_alone(config: uvicorn.Config, listener: socket.socket) -> None:
    server = uvicorn.Server(config)
    try:
        server.run(sockets=[listener])
    except (KeyboardInterrupt, SystemExit):  # uvicorn gives the signal on when it has done what the signal asks
        if not server.started:
            raise


def _serve_together(config: uvicorn.Config, listeners: list[socket.socket]) -> None:
    import_module(f"{_package()}.logs").log_as_json()
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # which process died, and what is done about it
    with TemporaryDirectory(prefix="kg-metrics-") as folder:
        # The web processes read these when they are started.
        os.environ |= {"KG_PROCESSES": str(config.workers), "PROMETHEUS_MULTIPROC_DIR": folder}
        _Supervisor(config, listeners).run()


class _Supervisor(Multiprocess):
    """uvicorn's: it starts the web processes, replaces one that ends, and ends all with itself."""

    @property
    def sockets(self) -> list[socket.socket]:
        """The socket of the process that is to be started: of the one it replaces, or the next."""
        ended = (place for place, process in enumerate(self.processes) if process.exitcode is not None)
        return [self._listeners[next(ended, len(self.processes))]]

    @sockets.setter
    def sockets(self, listeners: list[socket.socket]) -> None:
        self._listeners = listeners

    def handle_hup(self) -> None:
        """Have every process look for a new release.

        uvicorn would restart them, which closes connections on which a client may just be asking. One that is still
        starting opens the current release anyhow, and the signal would end it.
        """
        for process in self.processes:
            if process.is_ready() and process.pid is not None:
                os.kill(process.pid, signal.SIGHUP)


def _package() -> str:
    """The web application: ``api`` beside ``src/`` in a checkout, ``kg_api`` where Habeas was installed from a wheel.

    An editable installation has a copy of the latter too, as old as the installation, so it is not asked for first.
    """
    in_checkout = (Path(kg.__file__).parents[2] / "api" / "app.py").is_file()
    return "api" if in_checkout else "kg_api"
