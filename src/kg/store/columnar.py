"""Columns as a backend: queries are compiled to SQL and run by DuckDB, in killable workers of their own.

They are the workers of ``pool``, with its lanes, limits and deadlines, forked from a zygote that has loaded the
compiler. A query is asked in two steps: a worker compiles it, which takes as long as most answers, and a worker runs
what came of that. The pool's side keeps what was compiled, and what was refused, so that a query that comes again is
run at once, also by a worker that has just taken the place of a killed one. It never looks into either.

What columns do not cover is refused (``QueryUnsupportedError``) before it runs or, where only the data show it, while
it runs; nothing has been given away by then, and the index can be asked (``kg.query.plan.ask``).
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias

from ..errors import QueryResourceError, QuerySyntaxError, QueryUnsupportedError
from .backend import BY_COLUMNS
from .frames import COMPILE, ColumnsPlace
from .pool import PoolLimits, WorkerPool

if TYPE_CHECKING:
    from pathlib import Path

    from ..settings import Settings
    from .backend import Answer, QueryRequest
    from .pool import PoolFigures

__all__ = ["Columnar", "Statement"]

_Key: TypeAlias = tuple[str, tuple[str, ...], tuple[str, ...]]

# Opening a fresh worker costs more here than in the index, and what scans is seldom over sooner.
_SHORT_FACTOR: Final = 4
# A longer text (a list of names, mostly) is compiled for seconds, 2 to 13 at 30 to 64 kB. The index reads it at once.
_TEXT_CHARACTERS_MAX: Final = 8192
_LONG: Final = f"The columns do not answer this: a query longer than {_TEXT_CHARACTERS_MAX:,} characters."
_DEADLY: Final = "The columns do not answer this: what their compiler cannot come to an end with."
_KEPT: Final = 1024
_KEPT_BYTES: Final = 16 * 2**20
_ENTRY_BYTES: Final = 1024
# DuckDB keeps to its own limit but for what it cannot know of, which gets as much again.
_MEMORY_SHARE: Final = 2


@dataclass(frozen=True, slots=True)
class Statement:
    """What became of a query that was compiled.

    Attributes:
        refused: why columns do not cover it; empty if they do.
        sql: one SQL statement in DuckDB's dialect.
        parameters: what its parameters stand for.
        code: the same for a worker, and for nobody else.
    """

    refused: str = ""
    sql: str = ""
    parameters: tuple[str, ...] = ()
    code: str = ""


class Columnar:
    """Answers queries over the columns of one release; ``start`` first, ``aclose`` at the end.

    Args:
        folder: the release's folder of columns.
        settings: limits, and what columns may take.
        threads: how many work at one query.

    Attributes:
        timeout_s: seconds that a query may run.
        short_s: seconds of work after which a query is none for the index, either.
    """

    def __init__(self, folder: Path, settings: Settings, *, threads: int) -> None:
        limits = PoolLimits.of(settings)
        place = ColumnsPlace(
            folder=str(folder),
            memory_mb=min(settings.columns_memory_mb, settings.worker_memory_mb // _MEMORY_SHARE),
            threads=threads,
        )
        workers = settings.columns_workers
        limits = replace(limits, workers=workers, long_workers=workers, short_s=limits.short_s * _SHORT_FACTOR)
        self.timeout_s, self.short_s = limits.query_timeout_s, limits.short_s
        self._pool = WorkerPool(folder, limits, columns=place)
        self._statements: OrderedDict[_Key, Statement] = OrderedDict()
        self._kept_bytes = 0

    def figures(self) -> PoolFigures:
        """What the workers are doing, and have done."""
        return self._pool.figures()

    async def start(self) -> None:
        """Start all workers.

        Raises:
            ReleaseError: the columns cannot be opened; nothing is left running.
        """
        await self._pool.start()

    async def aclose(self) -> None:
        """Kill all workers and wait until nothing of them is left."""
        await self._pool.aclose()

    async def statement(self, request: QueryRequest) -> Statement:
        """What a query is compiled to, or why it is not.

        Raises:
            QueryError: no worker came to an end with it.
        """
        return (await self._compiled(request))[0]

    async def answer(self, request: QueryRequest) -> Answer:
        """Evaluate a query, as ``QueryBackend.answer`` promises.

        Raises:
            QueryUnsupportedError: columns do not cover it, or the data hold what they cannot compute with.
        """
        statement, request = await self._compiled(request)
        if statement.refused:
            raise _refusal(statement.refused, request)
        asked = replace(request, text="", default_graphs=(), named_graphs=(), statement=statement.code)
        try:
            answer = await self._pool.answer(asked)
        except QueryUnsupportedError as error:
            self._keep(_key(request), Statement(refused=str(error)))  # the data will be the same next time
            raise
        return replace(answer, route=BY_COLUMNS)

    async def _compiled(self, request: QueryRequest) -> tuple[Statement, QueryRequest]:
        """The statement of a query, and the query with the time that it took to get it.

        A worker that dies of compiling is no reason to leave the client without an answer: the index has one.
        """
        if len(request.text) > _TEXT_CHARACTERS_MAX:
            return Statement(refused=_LONG), request
        key = _key(request)
        kept = self._statements.get(key)
        if kept is not None:
            self._statements.move_to_end(key)
            return kept, request
        try:
            answer = await self._pool.answer(replace(request, statement=COMPILE))
        except (QuerySyntaxError, QueryUnsupportedError) as error:
            statement, spent = Statement(refused=str(error)), _later(request, error.work_s, error.waited_s)
        except QueryResourceError as error:
            statement, spent = Statement(refused=_DEADLY), _later(request, error.work_s, error.waited_s)
        else:
            fields = json.loads(answer.read())
            statement = Statement(sql=fields["sql"], parameters=tuple(fields["parameters"]), code=fields["code"])
            spent = _later(request, answer.timings_s["work"], answer.timings_s["queue"])
        self._keep(key, statement)
        return statement, spent

    def _keep(self, key: _Key, statement: Statement) -> None:
        self._drop(key)
        self._statements[key] = statement
        self._kept_bytes += _size(key, statement)
        while len(self._statements) > _KEPT or self._kept_bytes > _KEPT_BYTES:
            self._drop(next(iter(self._statements)))

    def _drop(self, key: _Key) -> None:
        dropped = self._statements.pop(key, None)
        if dropped is not None:
            self._kept_bytes -= _size(key, dropped)


def _key(request: QueryRequest) -> _Key:
    """What decides a statement; who asks, and for which format, does not."""
    return request.text, request.default_graphs, request.named_graphs


def _size(key: _Key, statement: Statement) -> int:
    text, *graphs = key
    said = (text, *chain(*graphs), statement.refused, statement.sql, statement.code, *statement.parameters)
    return _ENTRY_BYTES + sum(map(len, said))


def _later(request: QueryRequest, spent_s: float, waited_s: float) -> QueryRequest:
    return replace(request, spent_s=spent_s, waited_s=waited_s)


def _refusal(why: str, request: QueryRequest) -> QueryUnsupportedError:
    error = QueryUnsupportedError(why)
    error.work_s, error.waited_s = request.spent_s, request.waited_s
    return error
