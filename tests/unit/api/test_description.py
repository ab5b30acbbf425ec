"""What is counted for the descriptions: once for each release, and left out where it cannot be had."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest

from api.routers.description import facts_of
from api.service import Serving
from kg.errors import BackendBusyError, QueryTimeoutError
from kg.publication import PublishedRelease
from kg.store.backend import Answer, QueryRequest


class Counting:
    """A backend that counts to seven, is too slow for graphs, and busy at first if it is told so."""

    def __init__(self, *, busy: int = 0) -> None:
        self.busy = busy
        self.asked: list[str] = []

    async def answer(self, request: QueryRequest) -> Answer:
        """Answer as a pool would."""
        self.asked.append(request.text)
        await asyncio.sleep(0)
        if self.busy:
            self.busy -= 1
            raise BackendBusyError("busy")
        if "?graph" in request.text:
            raise QueryTimeoutError("too slow")
        rows = [{"triples": {"type": "literal", "value": "7"}}]
        content = json.dumps({"results": {"bindings": rows}}).encode()
        return Answer("application/sparql-results+json", len(content), io.BytesIO(content))

    async def aclose(self) -> None:
        """Nothing is open."""


def serving(backend: Counting) -> Serving:
    return Serving(PublishedRelease("r", Path()), backend)


def test_what_takes_too_long_is_left_out_and_not_tried_again() -> None:
    backend = Counting()

    async def describe() -> None:
        served = serving(backend)
        first, second = await asyncio.gather(facts_of(served), facts_of(served))
        assert first is second
        assert first["totals"][0]["triples"].value == "7"
        assert first["graphs"] == []
        await facts_of(served)

    asyncio.run(describe())
    assert len(backend.asked) == len(set(backend.asked)) == 3


def test_a_busy_service_is_asked_again() -> None:
    async def describe() -> None:
        served = serving(Counting(busy=1))
        with pytest.raises(BackendBusyError):
            await facts_of(served)
        assert (await facts_of(served))["totals"]

    asyncio.run(describe())


def test_who_hangs_up_does_not_stop_what_others_wait_for() -> None:
    async def describe() -> None:
        served = serving(Counting())
        impatient, patient = (asyncio.create_task(facts_of(served)) for _ in range(2))
        await asyncio.sleep(0)
        impatient.cancel()
        assert (await patient)["totals"]

    asyncio.run(describe())
