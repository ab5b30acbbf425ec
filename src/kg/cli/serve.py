"""``kg serve``: the web service over the current release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import uvicorn

import kg
from kg.publication import current_release
from kg.settings import load_settings

from .talk import say

__all__ = ["serve"]

# After this, running queries are ended with the service.
_GRACE_S = 15
_TRY = """\
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
) -> None:
    """Serve the current release over HTTP until it is stopped.

    Example: kg serve --port 8000
    """
    settings = load_settings()
    release = current_release(settings.releases)
    host, port = host or settings.host, settings.port if port is None else port
    say(f"Serving release {release.id}")
    say(_TRY.format(base=f"http://{host}:{port}"))
    uvicorn.run(
        _application(),
        factory=True,
        host=host,
        port=port,
        loop="uvloop",
        http=_application().replace(".app:create_app", ".connections:Connection"),
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_S,
    )


def _application() -> str:
    """The web application: ``api`` beside ``src/`` in a checkout, ``kg_api`` where Habeas was installed from a wheel.

    An editable installation has a copy of the latter too, as old as the installation, so it is not asked for first.
    """
    in_checkout = (Path(kg.__file__).parents[2] / "api" / "app.py").is_file()
    return f"{'api' if in_checkout else 'kg_api'}.app:create_app"
