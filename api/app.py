"""The application: ``uvicorn --factory api.app:create_app --no-access-log`` (an access log would hold queries)."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import signal
import threading
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from kg.settings import load_settings
from kg.store.isolation import die_with_parent

from .answers import Answers
from .direct import Direct
from .headers import StandingHeaders
from .logs import log_as_json
from .methods import complete_routes
from .metrics import Metrics, add_metrics
from .observation import Observation
from .past import PastReleases
from .prefix import Prefix
from .problems import UnexpectedErrors, handle_errors
from .routers.catalog import add_catalog
from .routers.description import add_description
from .routers.docs import add_docs
from .routers.graphs import add_graphs
from .routers.health import add_health
from .routers.landing import add_landing
from .routers.links import add_links
from .routers.memento import add_memento
from .routers.problems import add_problems
from .routers.reconcile import add_reconcile
from .routers.releases import add_releases
from .routers.sameas import add_sameas
from .routers.search import add_search
from .routers.sparql import SparqlFirst, add_sparql
from .routers.things import add_things
from .routers.vocabulary import add_vocabulary
from .service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kg.settings import Settings

__all__ = ["create_app"]

_STATIC: Final = Path(__file__).parent / "static"
# Each adds its own; where two fit an address, the first answers.
_ROUTES: Final = (
    add_landing,
    add_sparql,
    add_description,
    add_catalog,
    add_links,
    add_sameas,
    add_graphs,
    add_things,
    add_releases,
    add_memento,
    add_vocabulary,
    add_search,
    add_reconcile,
    add_problems,
    add_docs,
    add_health,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service over the current release.

    Args:
        settings: those of the environment where they are left out; the process is then the service's own, and its
            log is written as the service's (``logs``).

    Raises:
        SettingsError: a variable of the environment cannot be used.
    """
    chosen = load_settings() if settings is None else settings
    if settings is None:
        log_as_json()
    metrics = Metrics()

    app = FastAPI(
        title="Habeas",
        lifespan=lambda app: _open(app, chosen, metrics),
        openapi_url=None,
        redirect_slashes=False,  # it would redirect to whatever host the request names
        # Spans and exception logs would carry what people ask.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    handle_errors(app)
    for add in _ROUTES:
        add(app)
    app.mount("/static", StaticFiles(directory=_STATIC))
    add_metrics(app, metrics)
    complete_routes(app.routes)
    app.add_middleware(SparqlFirst)
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(Observation, metrics=metrics)
    app.add_middleware(StandingHeaders)
    app.add_middleware(Prefix, settings=chosen)
    return app


@asynccontextmanager
async def _open(app: FastAPI, settings: Settings, metrics: Metrics) -> AsyncIterator[dict[str, object]]:
    """What the application holds while it runs; yields what connections are told (``api/connections.py``)."""
    if multiprocessing.parent_process() is not None:
        die_with_parent()  # one of several web processes; without the one that replaces it, none may go on
    app.state.service = service = Service(settings)
    app.state.past = past = PastReleases(service)
    app.state.answers = answers = Answers(service)
    app.state.errands = answers.errands
    metrics.watch(**answers.figures)
    await service.open()
    if threading.current_thread() is threading.main_thread():  # elsewhere Python takes no signals
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, service.look_now)
    sampling = asyncio.create_task(metrics.keep_sampling(service))
    # What is here now stays: without looking at it again, a collection is over before a client can notice.
    gc.collect()
    gc.freeze()
    try:
        direct = Direct(answers, metrics, settings.forwarded_allow_ips)
        yield {"quick_answers": answers.quick, "direct": direct, "patience_s": settings.body_timeout_s}
    finally:
        gc.unfreeze()
        sampling.cancel()
        answers.errands.close()
        await past.aclose()
        await service.aclose()
