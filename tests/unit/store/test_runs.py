"""One query's clock: which limit strikes first, and that it is this one that the client is told of."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kg.errors import QueryTimeoutError
from kg.store.backend import QueryRequest
from kg.store.runs import Run
from tests.material_pool import LIMITS

if TYPE_CHECKING:
    from kg.store.child import Child, Result


class Silent:
    """A worker that never answers."""

    def __init__(self) -> None:
        self.reply: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()

    def ask(self, _: bytes) -> None:
        """Nothing comes."""

    def wake(self) -> None:
        """Who waits goes on."""
        self.reply.set_result(None)


# Waiting, work, the request's own limit and the seconds that pass before work begins; what the client is told.
CASES = {
    "the query's own time": (5.0, 0.1, None, 0.0, r"after 0\.1 s \(KG_QUERY_TIMEOUT_S\)"),
    "the request's limit": (5.0, 9.0, 0.1, 0.0, r"after 0\.1 s \(the request's own limit\)"),
    "all of its time": (0.1, 0.2, None, 0.2, r"after 0\.4 s \(its time from first to last, waiting included\)"),
    "all of its time, its limit longer": (0.1, 0.3, 0.25, 0.3, r"after 0\.5 s \(its time from first to last"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_query_is_told_which_limit_stopped_it(name: str) -> None:
    queue_s, query_s, own_s, passed_s, said = CASES[name]
    limits = replace(LIMITS, queue_timeout_s=queue_s, query_timeout_s=query_s, short_s=0.1)

    async def work() -> None:
        child: Child = Silent()  # type: ignore[assignment] # all that a run asks of one
        run = Run(QueryRequest("ASK {}", timeout_s=own_s), limits)
        await asyncio.sleep(passed_s)
        run.ask(child)
        with pytest.raises(QueryTimeoutError, match=said):
            await run.wait(child)

    asyncio.run(work())


def test_what_was_spent_before_counts() -> None:
    """So from first to last a query takes no longer if columns were asked before the index."""
    limits = replace(LIMITS, queue_timeout_s=5.0, query_timeout_s=1.0, short_s=0.1)

    async def work() -> None:
        child: Child = Silent()  # type: ignore[assignment] # all that a run asks of one
        run = Run(QueryRequest("ASK {}", spent_s=0.8, waited_s=3.0), limits)
        assert run.turn.patience_s == 2.0
        run.ask(child)
        with pytest.raises(QueryTimeoutError, match=r"after 1 s \(KG_QUERY_TIMEOUT_S\)"):
            await run.wait(child)
        assert 0.95 < run.timings_s()["work"] < 2
        assert 3.0 <= run.timings_s()["queue"] < 3.5

    asyncio.run(work())
