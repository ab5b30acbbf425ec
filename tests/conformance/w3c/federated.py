"""Run a runner with the endpoints that it starts for SERVICE on a known port: ``federated.py PORT RUNNER …``.

A service asks only endpoints that its operator has listed, and that before it starts; the runner takes any free port.
And no test asks a machine that is not ours: the endpoint that the suite means not to answer becomes a closed port.
"""

from __future__ import annotations

import http.server
import runpy
import sys
from pathlib import Path
from typing import Any

import httpx

UNREACHABLE = "http://127.0.0.1:9/sparql"
NOT_OURS = b"http://invalid.endpoint.org/sparql"


class AtKnownPort(http.server.ThreadingHTTPServer):
    """What the runner starts, at the port that the command line names."""

    def __init__(self, address: tuple[str, int], handler: Any) -> None:
        super().__init__((address[0], int(PORT)), handler)


def post_to_us(client: httpx.Client, url: str, *, content: bytes, **options: Any) -> httpx.Response:
    return post(client, url, content=content.replace(NOT_OURS, UNREACHABLE.encode()), **options)


_, PORT, *sys.argv = sys.argv
post, httpx.Client.post = httpx.Client.post, post_to_us  # type: ignore[method-assign]
http.server.ThreadingHTTPServer = AtKnownPort  # type: ignore[misc]
sys.path.insert(0, str(Path(sys.argv[0]).parent))
runpy.run_path(sys.argv[0], run_name="__main__")
