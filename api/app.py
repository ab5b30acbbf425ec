"""The application: ``uvicorn --factory api.app:create_app --no-access-log`` (an access log would hold queries)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from kg.settings import load_settings

from .answers import Answers
from .headers import StandingHeaders
from .problems import UnexpectedErrors, handle_errors
from .routers.health import add_health
from .routers.landing import add_landing
from .routers.sparql import add_sparql
from .routers.things import add_things
from .routers.vocabulary import add_vocabulary
from .service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kg.settings import Settings

__all__ = ["create_app"]

_STATIC: Final = Path(__file__).parent / "static"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service over the current release.

    Args:
        settings: those of the environment where they are left out.

    Raises:
        SettingsError: a variable of the environment cannot be used.
    """
    chosen = load_settings() if settings is None else settings

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, object]]:
        app.state.service = Service(chosen)
        app.state.answers = Answers(app.state.service)
        await app.state.service.open()
        try:
            # For ``api/connections.py``.
            yield {"quick_answers": app.state.answers.quick, "patience_s": chosen.body_timeout_s}
        finally:
            await app.state.service.aclose()

    app = FastAPI(
        title="Habeas",
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,  # it would redirect to whatever host the request names
        # Spans and exception logs would carry what people ask.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    handle_errors(app)
    for add in (add_landing, add_sparql, add_things, add_vocabulary, add_health):
        add(app)
    app.mount("/static", StaticFiles(directory=_STATIC))
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(StandingHeaders)
    return app
