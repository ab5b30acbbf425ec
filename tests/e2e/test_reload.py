"""A new release takes the place of another under load, and nobody notices but by its answers."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.material_processes import descendants_of
from tests.serving import SMALL, Server, point_to, serve_process, until, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENTS = 2
MARK = re.compile(r"edition-[0-9]")
QUERY = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> SELECT ?label { ?s rdfs:label ?label }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def publish(releases: Path, edition: int) -> str:
    """A release in which every label and document bears the number of its edition; its id."""
    name = f"2031-05-0{edition}-small"
    docs = releases / name / "docs"
    docs.mkdir(parents=True)
    (docs / "ontology.html").write_text(f"edition-{edition} " * 1000)
    trig = SMALL.replace("Tern on", f"Tern edition-{edition} on").replace("Harbour", f"edition-{edition} Harbour")
    write_release(releases, name, trig)
    return name


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    publish(tmp_path, 1)
    return tmp_path


def served(server: Server) -> str:
    return str(httpx.get(f"{server.url}/health/ready").json().get("release"))


def descriptors(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd"))  # noqa: PTH208 - one number of a folder of links


@contextmanager
def load(server: Server, paths: dict[str, dict[str, str]]) -> Iterator[Counter[tuple[str, str]]]:
    """Ask each address over and over, from several clients; what each answered: a mark, or what was wrong."""
    seen: Counter[tuple[str, str]] = Counter()
    done = threading.Event()

    def ask_on(path: str, params: dict[str, str]) -> None:
        with httpx.Client(base_url=server.url, timeout=30) as client:
            while not done.is_set():
                try:
                    answer = client.get(path, params=params, headers={"Accept": "text/html"})
                except httpx.TransportError as error:
                    seen[path, repr(error)] += 1
                    continue
                marks = "+".join(sorted(set(MARK.findall(answer.text))))
                seen[path, marks if answer.status_code == 200 else str(answer.status_code)] += 1

    threads = [threading.Thread(target=ask_on, args=item) for item in paths.items() for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_two_releases_are_published_under_load_without_one_failed_request(releases: Path) -> None:
    paths = {"/sparql": {"query": QUERY}, "/doc/group/freed-2031": {}, "/source/tern-1": {}, "/ontology": {}}
    with serve_process(releases, KG_RELOAD_S="0.2") as server:
        workers, before = set(descendants_of(server.pid)), descriptors(server)
        with load(server, paths) as seen:
            for edition in (1, 2, 3):
                name = publish(releases, edition) if edition > 1 else "2031-05-01-small"
                answered = {(path, f"edition-{edition}") for path in paths}
                until(lambda: answered <= set(seen))  # noqa: B023 - it is called here and now
                assert served(server) == name

        # Every answer is whole, and of one edition.
        assert set(seen) == {(path, f"edition-{edition}") for path in paths for edition in (1, 2, 3)}
        until(lambda: not workers & set(descendants_of(server.pid)))
        until(lambda: len(descendants_of(server.pid)) == len(workers))
        until(lambda: descriptors(server) <= before + 1)


def test_a_query_that_runs_keeps_its_release_until_it_has_its_answer(releases: Path) -> None:
    """It is stopped at its own deadline, and not because its release is no longer the current one."""
    with serve_process(releases, KG_RELOAD_S="0.1", KG_QUERY_TIMEOUT_S="3") as server:
        answers: list[httpx.Response] = []

        def ask() -> None:
            answers.append(httpx.get(f"{server.url}/sparql", params={"query": ENDLESS}, timeout=30))

        slow = threading.Thread(target=ask)
        slow.start()
        time.sleep(0.5)
        name = publish(releases, 2)
        until(lambda: served(server) == name)
        assert not answers
        slow.join()

    assert answers[0].json()["type"].endswith("query-timeout")


def test_a_release_that_cannot_be_opened_changes_nothing(releases: Path) -> None:
    with serve_process(releases, KG_RELOAD_S="0.1") as server:
        broken = releases / "2031-05-02-broken"
        (broken / "store").mkdir(parents=True)
        (broken / "store" / "CURRENT").write_text("MANIFEST-nowhere\n")
        (broken / "manifest.json").write_text("{}")
        workers = set(descendants_of(server.pid))
        point_to(releases, broken.name)
        until(lambda: "is not served" in server.log.read_text())

        assert served(server) == "2031-05-01-small"
        until(lambda: set(descendants_of(server.pid)) == workers)
        time.sleep(0.5)  # five more looks
        assert server.log.read_text().count("is not served") == 1
        name = publish(releases, 3)
        until(lambda: served(server) == name)


def test_a_pointer_that_leads_nowhere_changes_nothing(releases: Path) -> None:
    with serve_process(releases, KG_RELOAD_S="0.1") as server:
        point_to(releases, "2031-05-09-gone")
        until(lambda: "is not served" in server.log.read_text())

        assert served(server) == "2031-05-01-small"


def test_a_signal_makes_the_service_look_at_once(releases: Path) -> None:
    with serve_process(releases, KG_RELOAD_S="0") as server:
        name = publish(releases, 2)
        time.sleep(1)
        assert served(server) == "2031-05-01-small"
        os.kill(server.pid, signal.SIGHUP)
        until(lambda: served(server) == name)


def test_a_release_is_not_opened_twice(releases: Path) -> None:
    with serve_process(releases, KG_RELOAD_S="0.1") as server:
        workers = set(descendants_of(server.pid))
        point_to(releases, "2031-05-01-small")
        os.kill(server.pid, signal.SIGHUP)
        time.sleep(1)

        assert set(descendants_of(server.pid)) == workers
