"""What is written to the log of a process, and what never is."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

MARK = "ivanova"
SAYS = f"""
import asyncio, logging, sys, threading, warnings
import structlog
from api.logs import log_as_json

logging.basicConfig()
logging.getLogger("uvicorn.access").addHandler(logging.StreamHandler())
log_as_json()

def fail():
    raise ValueError("SELECT {MARK}")

async def lose_a_task():
    asyncio.create_task(asyncio.to_thread(fail))
    await asyncio.sleep(0.1)

{{}}
"""


def lines_of(code: str) -> list[dict[str, Any]]:
    """What a process has written in which this was run; all of it is JSON, and holds no mark."""
    done = subprocess.run([sys.executable, "-c", SAYS.format(code)], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert MARK not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_our_own_lines_are_kept_whole() -> None:
    (line,) = lines_of(
        'logging.getLogger("kg.store.pool").warning("A worker: %s. Next try in %g s.", "no memory", 2.5)'
    )

    assert line["event"] == "A worker: no memory. Next try in 2.5 s."
    assert line["level"] == "warning"
    assert line["timestamp"].endswith("Z")


def test_a_library_is_quoted_by_its_own_words_and_numbers() -> None:
    lines = lines_of(
        f"""log = logging.getLogger("uvicorn.error")
log.warning("Invalid request: %s", "{MARK}")
log.warning("Cancel %s running task(s)", 3)
log.error("Exception in ASGI application\\nabout {MARK}")
log.error("of %(name)s", {{"name": "{MARK}"}})"""
    )

    assert [line["event"] for line in lines] == [
        "Invalid request: %s",
        "Cancel 3 running task(s)",
        "Exception in ASGI application",
        "of %(name)s",
    ]
    assert {line["logger"] for line in lines} == {"uvicorn.error"}


def test_an_exception_is_told_by_its_class_and_place() -> None:
    (line,) = lines_of(
        """try:
    fail()
except ValueError:
    logging.getLogger("uvicorn.error").exception("it failed")"""
    )

    assert (line["event"], line["error"], line["place"]) == ("it failed", "ValueError", "<string>:11")


def test_what_nobody_caught_is_told_like_that_too() -> None:
    for code in ("fail()", "threading.Thread(target=fail).start()", "asyncio.run(lose_a_task())"):
        (line,) = lines_of(code)
        assert (line["error"], line["place"]) == ("ValueError", "<string>:11")


def test_warnings_and_accesses_are_not_quoted() -> None:
    lines = lines_of(
        f"""warnings.warn("{MARK}")
logging.getLogger("uvicorn.access").info("GET /?query={MARK}")
logging.getLogger("uvicorn.access").warning("GET /?query={MARK}")"""
    )

    assert [line["event"] for line in lines] == ["UserWarning at <string>:17"]


def test_lines_within_a_request_bear_its_id() -> None:
    lines = lines_of(
        """structlog.contextvars.bind_contextvars(request_id="r1")
structlog.get_logger().info("request", status=200)
logging.getLogger("api.problems").error("ValueError at a.py:3")
logging.getLogger("uvicorn.error").warning("odd")"""
    )

    assert [line["request_id"] for line in lines] == ["r1"] * 3
    assert lines[0]["status"] == 200
