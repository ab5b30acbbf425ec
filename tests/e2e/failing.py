"""The application with a fault in it: who asks ``FAULT`` meets an exception that nobody expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import app
from api.answers import Answers

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.answers import Answered
    from kg.store.backend import QueryRequest

__all__ = ["FAULT", "create_app"]

FAULT = "ASK { FILTER('fault' = 'Ivanova') }"


def create_app() -> FastAPI:
    """The application that is served."""
    sound = Answers.answer

    async def answer(self: Answers, request: QueryRequest, **how: Any) -> Answered:
        if request.text == FAULT:
            raise ValueError(f"nobody expected {request.text}")
        return await sound(self, request, **how)

    Answers.answer = answer  # type: ignore[method-assign]
    return app.create_app()
