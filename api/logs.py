"""What this process has to say: JSON lines on stderr, in which nobody finds a query, an address or a name.

Fields of every line: ``timestamp`` (ISO 8601, UTC), ``level``, ``event``; ``request_id`` within a request; ``logger``
where a library speaks; ``error`` and ``place`` (class, file and line) where something was raised.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING, Any, Final

import structlog

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["log_as_json"]

_OURS: Final = {"kg", __name__.partition(".")[0]}
# Made once: json.dumps makes one for each call that is not by default.
_JSON: Final = json.JSONEncoder(default=lambda value: type(value).__qualname__)
_BY_UVICORN: Final = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access")


def log_as_json() -> None:
    """Have everything that this process logs from now on written as JSON lines to stderr."""
    everywhere: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*everywhere, _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_discreet, *everywhere],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            pass_foreign_args=True,
            use_get_message=False,
        )
    )
    _redirect(handler)


def _render(_: object, __: str, event: structlog.typing.EventDict) -> str:
    return _JSON.encode(event)


def _redirect(handler: logging.Handler) -> None:
    logging.getLogger().handlers = [handler]
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    for name in _BY_UVICORN:
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # It would hold addresses and queries, however uvicorn was started.
    access = logging.getLogger("uvicorn.access")
    access.propagate, access.disabled = False, True
    warnings.showwarning = _on_warning  # type: ignore[assignment] # all arguments are passed by place
    sys.excepthook = _on_uncaught
    threading.excepthook = lambda raised: _on_uncaught(raised.exc_type, raised.exc_value, raised.exc_traceback)


def _on_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("uncaught", exc_info=(kind, error or kind(), trace))


def _on_warning(_: Warning | str, kind: type[Warning], file: str, line: int, *__: object) -> None:
    logging.getLogger(__name__).warning("%s at %s:%s", kind.__name__, file, line)


def _discreet(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Keep what stands in a program's own text, and numbers: anything else may be what somebody asked for."""
    record: logging.LogRecord = event["_record"]
    arguments: Any = event.pop("positional_args", ())  # what logging takes: a tuple or a mapping
    ours = record.name.partition(".")[0] in _OURS
    if arguments and (ours or all(isinstance(argument, int | float) for argument in arguments)):
        event["event"] = str(record.msg) % arguments
    if not ours:
        # Further lines are tracebacks, and what they were about.
        event["event"] = event["event"].partition("\n")[0]
        event["logger"] = record.name
    event.pop("stack_info", None)
    raised = event.pop("exc_info", None)
    event.update(_told(raised[1]) if raised and raised[1] is not None else {})
    return event


def _told(error: BaseException) -> dict[str, str]:
    """An exception by its class and where it was raised, without its words."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__qualname__,
        "place": f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "",
    }
