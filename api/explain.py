"""What would become of a query: its shape against the limits, its rewrites, and how it would be answered.

Nothing is evaluated, and the engine's parser is not asked: a mistake that only it can see is not seen here. A query
for the columns is compiled, by a worker.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from kg.errors import QueryError, QueryRefusedError
from kg.publication import why_left_out
from kg.query.admission import MEASURES, QueryLimits, measure
from kg.store.backend import BY_COLUMNS, BY_INDEX, BY_REMOTE

if TYPE_CHECKING:
    from kg.query.routing import Route
    from kg.store.backend import QueryRequest

    from .answers import Answers
    from .service import Serving

__all__ = ["Explanation", "Measure", "explain"]

_SHOWN_CHARACTERS: Final = 65_536
_SHOWN_PARAMETERS: Final = 1000


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that was measured, and the most that is taken; a text over a limit is measured up to there."""

    name: str
    value: int
    limit: int
    setting: str


@dataclass(frozen=True, slots=True)
class _Way:
    route: str = ""
    reason: str = ""
    sql: str = ""
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of a query.

    Attributes:
        refused: why it would not be asked; empty if it would.
        fixed: whether its answer follows from query and release alone, so that it may be kept.
        cached: whether it is kept now, by this process.
        rewrites: what would be changed before the index is asked, in words.
        asked: the text that the index, the columns or the remote endpoint would be asked.
        backend: "workers" of this service, or a "remote" endpoint.
        timeout_s: seconds until it would be stopped.
        route: "index" or "columns", where there are workers.
        reason: why, in words.
        sql: what columns would run; empty where they are not asked, and cut where it is long.
        parameters: what ``$1``, ``$2``, … in it stand for.
    """

    release: str
    measures: tuple[Measure, ...]
    refused: str
    fixed: bool
    cached: bool
    rewrites: tuple[str, ...]
    asked: str
    backend: str
    timeout_s: float
    route: str
    reason: str
    sql: str
    parameters: tuple[str, ...]

    def members(self) -> dict[str, Any]:  # any JSON
        """The same as JSON has it."""
        return asdict(self)


async def explain(answers: Answers, request: QueryRequest) -> Explanation:
    """Explain a query.

    Raises:
        BackendBusyError: it was not measured in the time a query may take.
        BudgetSpentError: its client may cause no more work.
        QuerySyntaxError: a string is never closed.
        ReleaseError: no release is open.
    """
    settings = answers.service.settings
    refused, planned = "", None
    try:
        planned = await answers.plan(request)
    except QueryRefusedError as error:
        refused = str(error)
    serving = answers.service.serving
    limits = QueryLimits.of(settings)
    measures = await answers.errands.do(request.client, partial(_measures, request.text, limits))
    way = await _way(answers, serving, planned.way, request) if planned is not None else _Way()
    # Columns take a query as it is written.
    changed = None if way.route == BY_COLUMNS else planned
    return Explanation(
        release=serving.release.id,
        measures=measures,
        refused=refused,
        fixed=planned is not None and planned.is_fixed,
        cached=answers.is_kept(serving, request),
        rewrites=() if changed is None else changed.rewrites,
        asked=request.text if changed is None else changed.text,
        backend="remote" if settings.remote else "workers",
        timeout_s=min(settings.query_timeout_s, request.timeout_s or settings.query_timeout_s),
        **asdict(way),
    )


async def _way(answers: Answers, serving: Serving, chosen: Route, request: QueryRequest) -> _Way:
    """Which way an admitted query goes; only a worker can tell whether columns take it."""
    columns, settings = serving.columns, answers.service.settings
    if columns is None:
        reason = (
            why_left_out(settings, serving.release) or "The index answers everything: the columns cannot be opened."
        )
        return _Way(BY_REMOTE if settings.remote else BY_INDEX, reason)
    if not chosen.is_scan:
        return _Way(BY_INDEX, chosen.reason)
    async with answers.charged(request.client):
        try:
            statement = await columns.statement(request)
        except QueryError as error:
            return _Way(BY_COLUMNS, f"{chosen.reason} What they would make of it is not known: {error}")
    if statement.refused:
        return _Way(BY_INDEX, f"It scans, and columns do not cover it: {statement.refused}")
    parameters = tuple(value[:_SHOWN_CHARACTERS] for value in statement.parameters[:_SHOWN_PARAMETERS])
    return _Way(BY_COLUMNS, chosen.reason, statement.sql[:_SHOWN_CHARACTERS], parameters)


def _measures(text: str, limits: QueryLimits) -> tuple[Measure, ...]:
    size_bytes = len(text.encode("utf-8", "surrogatepass"))
    measured = [("bytes", size_bytes, limits.bytes_max, "BYTES")]
    if size_bytes <= limits.bytes_max:  # a longer text is not looked into
        shape = measure(text, limits=limits)
        measured += [
            (name, getattr(shape, name), getattr(limits, limit), setting) for name, limit, _, setting in MEASURES
        ]
    return tuple(
        Measure(name.replace("_", " "), value, most, f"KG_QUERY_{setting}_MAX")
        for name, value, most, setting in measured
    )
