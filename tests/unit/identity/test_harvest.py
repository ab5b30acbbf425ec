"""Asking another dataset's endpoint: politely, within limits, whatever it answers, and resumed after a kill."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from kg.errors import BackendBusyError, KgError, RemoteError, SettingsError
from kg.identity.endpoint import Endpoint, LimitReachedError, Politeness
from kg.identity.harvest import BATCH, harvest, open_state
from kg.identity.things import Thing
from kg.store.remote_http import Address
from kg.vocab import ID
from tests.endpoints import oxigraph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

JSON = "application/sparql-results+json"
EMPTY = json.dumps({"head": {"vars": []}, "results": {"bindings": []}}).encode()
THINGS = [Thing(f"{ID}organisation/n{n}", ((f"Society number {n}", "en"),)) for n in range(BATCH * 2 + 5)]

# Status, headers and body of an answer.
_Answer = tuple[int, dict[str, str], bytes]


class _Server:
    """An HTTP server that answers as it is told, and keeps what it was asked."""

    def __init__(self, answers: Callable[[int], _Answer]) -> None:
        self.requests: list[dict[str, str]] = []
        self.at_once = self.most_at_once = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.at_once += 1
                outer.most_at_once = max(outer.most_at_once, outer.at_once)
                outer.requests.append({name.lower(): value for name, value in self.headers.items()})
                self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, body = answers(len(outer.requests))
                self.send_response(status)
                for name, value in {"Content-Type": JSON, "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                outer.at_once -= 1
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sparql"


@contextmanager
def answering(answers: Callable[[int], _Answer]) -> Iterator[_Server]:
    server = _Server(answers)
    thread = threading.Thread(target=server.server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.server.shutdown()
        server.server.server_close()
        thread.join()


def endpoint(url: str, slept: list[float] | None = None, **politeness: float) -> Endpoint:
    waits = [] if slept is None else slept
    return Endpoint(Address(url), Politeness(**politeness), sleep=waits.append)  # type: ignore[arg-type]


def test_one_request_at_a_time_with_a_pause_and_a_name_of_our_own(tmp_path: Path) -> None:
    slept: list[float] = []
    with (
        answering(lambda _: (200, {}, EMPTY)) as server,
        open_state(tmp_path / "s", endpoint="x", things=THINGS) as state,
    ):
        harvest(endpoint(server.url, slept, pause_s=2.5), THINGS, state, told=lambda *_: None)

    assert len(server.requests) == 3
    assert slept == [2.5, 2.5]
    assert server.most_at_once == 1
    assert all("habeas" in request["user-agent"] for request in server.requests)
    assert state.done == {thing.iri for thing in THINGS}


@pytest.mark.parametrize(
    ("retry_after", "expected"),
    [
        ("7", 7.0),
        (timedelta(seconds=60), 60.0),
        (timedelta(days=-1), 0.0),
        ("soon", 10.0),
        ("Sun, 01 Jan 99999999999999999999 00:00:00 GMT", 10.0),
        ("Sun, 01 Jan 2031 00:00:00 +9999999999999999", 10.0),
        ("", 10.0),
    ],
)
def test_who_is_busy_is_asked_again_after_the_time_that_it_names(retry_after: str | timedelta, expected: float) -> None:
    if isinstance(retry_after, timedelta):
        retry_after = format_datetime(datetime.now(UTC) + retry_after, usegmt=True)
    slept: list[float] = []
    with answering(lambda n: (429 if n == 1 else 200, {"Retry-After": retry_after}, EMPTY)) as server:
        assert endpoint(server.url, slept).select("ASK {}") == []

    assert slept[0] == pytest.approx(expected, abs=30)
    assert len(server.requests) == 2


def test_who_is_always_busy_is_left_alone_and_who_asks_for_too_much_patience_at_once() -> None:
    with answering(lambda _: (503, {"Retry-After": "1"}, b"")) as server:
        with pytest.raises(BackendBusyError):
            endpoint(server.url).select("ASK {}")
        assert len(server.requests) == 4
    with answering(lambda _: (429, {"Retry-After": "99999999999"}, b"")) as server:
        with pytest.raises(RemoteError, match="come back"):
            endpoint(server.url).select("ASK {}")
        assert len(server.requests) == 1


HOSTILE: dict[str, _Answer] = {
    "a redirect to another host": (302, {"Location": "http://127.0.0.2/"}, b""),
    "a page": (200, {"Content-Type": "text/html"}, b"<html>"),
    "half of a result": (200, {}, EMPTY[:20]),
    "no JSON": (200, {}, b"\xff\xfe"),
    "another JSON": (200, {}, b'{"results": 7}'),
    "a deep one": (200, {}, b"[" * 200_000),
    "a compressed one": (200, {"Content-Encoding": "gzip"}, EMPTY),
    "an error": (500, {}, b"broken"),
    "fewer bytes than it says": (200, {"Content-Length": "99999"}, EMPTY),
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_an_answer_that_is_no_result_is_an_error_and_keeps_what_was_found(tmp_path: Path, answer: _Answer) -> None:
    with (
        answering(lambda n: (200, {}, EMPTY) if n == 1 else answer) as server,
        open_state(tmp_path / "s", endpoint="x", things=THINGS) as state,
    ):
        with pytest.raises(KgError):
            harvest(endpoint(server.url, timeout_s=2), THINGS, state, told=lambda *_: None)
        assert len(state.done) == BATCH


def test_a_result_that_is_too_large_is_asked_for_in_parts_and_in_the_end_left_out(tmp_path: Path) -> None:
    bindings = [{"thing": {"type": "uri", "value": f"http://example.org/{n}"}} for n in range(6000)]
    much = json.dumps({"head": {"vars": ["thing"]}, "results": {"bindings": bindings}}).encode()
    three = THINGS[:3]
    for answer, size in ((much, 4 * 2**20), (b" " * 2**20 + EMPTY, 1024)):
        path = tmp_path / str(size)
        with (
            answering(lambda _, body=answer: (200, {}, body)) as server,
            open_state(path, endpoint="x", things=three) as s,
        ):
            harvest(endpoint(server.url, result_bytes_max=size), three, s, told=lambda *_: None)
        assert s.skipped == {thing.iri for thing in three}
        assert len(server.requests) == 5


def test_an_endpoint_that_drips_is_cut_off(tmp_path: Path) -> None:
    stop = threading.Event()

    def drip(_: int) -> _Answer:
        stop.wait(5)
        return 200, {}, EMPTY

    one = THINGS[:1]
    with answering(drip) as server, open_state(tmp_path / "s", endpoint="x", things=one) as state:
        harvest(endpoint(server.url, timeout_s=0.3), one, state, told=lambda *_: None)
        stop.set()

    assert state.skipped == {one[0].iri}


def test_a_run_goes_on_where_another_one_was_stopped_and_asks_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with answering(lambda _: (200, {}, EMPTY)) as server:
        with open_state(path, endpoint="x", things=THINGS) as state, pytest.raises(LimitReachedError):
            harvest(endpoint(server.url, requests_max=2), THINGS, state, told=lambda *_: None)
        path.write_bytes(path.read_bytes() + b'{"done": ["half a li')  # killed while it wrote
        told: list[tuple[int, int]] = []
        with open_state(path, endpoint="x", things=THINGS) as state:
            assert len(state.done) == 2 * BATCH
            harvest(endpoint(server.url), THINGS, state, told=lambda *numbers: told.append(numbers))
        with open_state(path, endpoint="x", things=THINGS) as state:
            harvest(endpoint(server.url), THINGS, state, told=lambda *_: None)

    assert len(server.requests) == 3
    assert told == [(len(THINGS), len(THINGS))]
    assert len(state.done) == len(THINGS)


def test_the_state_of_another_harvest_is_not_taken(tmp_path: Path) -> None:
    with open_state(tmp_path / "s", endpoint="x", things=THINGS):
        pass
    for endpoint_, things in (("y", THINGS), ("x", THINGS[1:])):
        with (
            pytest.raises(SettingsError, match="another endpoint or release"),
            open_state(tmp_path / "s", endpoint=endpoint_, things=things),
        ):
            pass


@pytest.mark.parametrize(
    "damaged",
    [
        b"\0" * 40,
        b"\xff\xfe",
        b"",
        b'{"done": ["half a li',
        b"7",
        b"[" * 100_000,
        b'{"done": 7, "skipped": [], "found": []}',
        b'{"done": []}',
        b'{"done": [], "skipped": [], "found": [{"subject": "a"}]}',
        b'{"done": [], "skipped": [], "found": [7]}',
    ],
)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_damaged_line_is_told_and_the_file_left_as_it_is(tmp_path: Path, damaged: bytes, number: int) -> None:
    path = tmp_path / "state"
    with open_state(path, endpoint="x", things=THINGS) as state:
        for start in range(3):
            state.add(THINGS[start : start + 1], [])
    lines = path.read_bytes().splitlines()
    lines[number - 1] = damaged
    path.write_bytes(b"\n".join(lines) + b"\n" + b"cut off")
    before = path.read_bytes()

    with (
        pytest.raises(SettingsError, match=rf"state, line {number}: .*Remove|another endpoint"),
        open_state(path, endpoint="x", things=THINGS),
    ):
        pass
    assert before.startswith(path.read_bytes())
    assert path.read_bytes().count(b"\n") == 4


def test_two_runs_do_not_ask_at_once(tmp_path: Path) -> None:
    with (
        open_state(tmp_path / "s", endpoint="x", things=THINGS),
        pytest.raises(SettingsError, match="another run"),
        open_state(tmp_path / "s", endpoint="x", things=THINGS),
    ):
        pass


def test_a_real_endpoint_gives_candidates(tmp_path: Path) -> None:
    other = "".join(
        f'<http://example.org/{n}> <http://www.w3.org/2004/02/skos/core#prefLabel> "Society number {n}"@en .\n'
        for n in range(10)
    )
    with (
        oxigraph(tmp_path / "db", other.encode()) as url,
        open_state(tmp_path / "s", endpoint=url, things=THINGS) as state,
    ):
        harvest(endpoint(f"{url}/query"), THINGS, state, told=lambda *_: None)

    best = {candidate.subject: candidate.object for candidate in state.found if candidate.confidence == 0.8}
    assert best == {f"{ID}organisation/n{n}": f"http://example.org/{n}" for n in range(10)}
