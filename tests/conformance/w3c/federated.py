"""Run a runner with the endpoints that it starts for SERVICE on a known port: ``federated.py PORT RUNNER …``.

A service asks only endpoints that its operator has listed, and that before it starts; the runner takes any free port.
"""

from __future__ import annotations

import http.server
import runpy
import sys
from pathlib import Path
from typing import Any


class AtKnownPort(http.server.ThreadingHTTPServer):
    """What the runner starts, at the port that the command line names."""

    def __init__(self, address: tuple[str, int], handler: Any) -> None:
        super().__init__((address[0], int(PORT)), handler)


_, PORT, *sys.argv = sys.argv
http.server.ThreadingHTTPServer = AtKnownPort  # type: ignore[misc]
sys.path.insert(0, str(Path(sys.argv[0]).parent))
runpy.run_path(sys.argv[0], run_name="__main__")
