"""Results in memory are served whatever their size; who hangs up pays for what its query made this process do."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from time import thread_time
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from api.answers import Answered, Answers, Result
from api.results import accept
from api.routers.sparql import _shown
from api.service import Service
from kg.errors import BudgetSpentError
from kg.settings import Settings
from kg.store.backend import Answer, QueryRequest, ResultFormat
from tests.material_pool import until

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from kg.query.plan import QueryPlan

CLIENT = "192.0.2.1"
SPENT_S = 0.4


@pytest.mark.parametrize("size_bytes", [0, 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_a_result_in_memory_is_read_whole(size_bytes: int) -> None:
    content = b"x" * size_bytes
    result = Result.of(Answer("text/csv", size_bytes, io.BytesIO(content)))

    assert (b"".join(result.pieces()), result.size_bytes) == (content, size_bytes)


class _Thorough(Service):
    """A service that plans for long."""

    def plan(self, text: str) -> QueryPlan:
        end = thread_time() + SPENT_S
        while thread_time() < end:
            pass
        return super().plan(text)


async def hang_up_and_pay(answers: Answers, work: Coroutine[object, object, object]) -> None:
    """Hang up while a thread works, and wait for a bill that is more than there was."""
    others = set(threading.enumerate())
    task = asyncio.create_task(work)
    await until(lambda: bool(set(threading.enumerate()) - others))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await answers.budgets.check(CLIENT)  # it is not done yet, or this shows nothing
    # Its next work comes when that is over, and is the last.
    await answers.errands.do(CLIENT, lambda: None)
    with pytest.raises(BudgetSpentError):
        await answers.budgets.check(CLIENT)
    answers.errands.close()


def test_who_hangs_up_pays_for_the_planning_of_a_long_query() -> None:
    async def ask() -> None:
        answers = Answers(_Thorough(Settings(budget_s=SPENT_S / 2)))
        await hang_up_and_pay(answers, answers.plan(QueryRequest("ASK {} #" + "x" * 5000, client=CLIENT)))

    asyncio.run(ask())


def test_who_hangs_up_pays_for_the_page_of_a_long_result() -> None:
    row = {"s": {"type": "literal", "value": "x"}}
    content = json.dumps({"head": {"vars": ["s"]}, "results": {"bindings": [row] * 40_000}}).encode()
    answered = Answered(None, "", Result(ResultFormat.JSON, len(content), content))  # type: ignore[arg-type] # none

    async def ask() -> None:
        answers = Answers(Service(Settings(budget_s=0.1)))
        request = Request({"type": "http", "client": (CLIENT, 1), "state": {"query": "SELECT * {}"}})
        await hang_up_and_pay(answers, _shown(request, answers, answered, accept("text/html")))

    asyncio.run(ask())
