"""The benchmark's queries, filled from the data, and one way of asking them that costs little."""

from __future__ import annotations

import http.client
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from kg.rdf import open_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ACCEPT", "Connection", "Outcome", "Query", "Subjects", "fill", "read_queries", "read_subjects", "target"]

FOLDER = Path(__file__).with_name("queries")
# What every engine here can write. One type each: Virtuoso takes its own pick of several.
ACCEPT = "application/sparql-results+json"
ACCEPT_GRAPH = "text/turtle"
GIVES_GRAPH = re.compile(r"^(CONSTRUCT|DESCRIBE)\b", re.MULTILINE)
SUBJECTS = 5000
THINGS = 20
HAB = "https://w3id.org/habeas/ontology#"


@dataclass(frozen=True, slots=True)
class Query:
    """One of the 18: its number and name, its text with $placeholders$, and what its first lines say of it.

    ``kind`` is lookup, walk or analytic; ``compared`` is "" or why its answers are not compared; ``virtuoso`` is "" or
    why Virtuoso cannot run it.
    """

    name: str
    text: str
    kind: str
    compared: str
    virtuoso: str


@dataclass(frozen=True, slots=True)
class Subjects:
    """IRIs to ask about, spread evenly over the data, always the same for one release."""

    persons: tuple[str, ...]
    arrests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: the status (0 where nothing did in time), type, body, and seconds to its last byte."""

    status: int
    media_type: str
    body: bytes
    seconds: float


def read_queries() -> list[Query]:
    """All of ``bench/queries/``, by number."""
    return [_read_query(path) for path in sorted(FOLDER.glob("*.rq"))]


def _read_query(path: Path) -> Query:
    text = path.read_text()
    said = dict(re.findall(r"^# (kind|compare|virtuoso): (.+)$", text, re.MULTILINE))
    return Query(
        path.stem, text, said["kind"], *(said.get(name, "").removeprefix("no ") for name in ("compare", "virtuoso"))
    )


def read_subjects(releases: Path) -> Subjects:
    """Up to ``SUBJECTS`` persons and arrests of the current release; kept beside it, for large ones take a while."""
    kept = releases.parent / "subjects.json"
    if not kept.is_file():
        store = open_index(releases / "current" / "store")
        found = {}
        for name, kind in (("persons", "Person"), ("arrests", "Arrest")):
            rows = store.query(f"SELECT ?s {{ ?s a <{HAB}{kind}> }}")
            found[name] = _spread(sorted(row["s"].value for row in rows))
        kept.write_text(json.dumps(found))
    return Subjects(**{name: tuple(iris) for name, iris in json.loads(kept.read_text()).items()})


def _spread(names: Sequence[str]) -> list[str]:
    step = max(1, len(names) // SUBJECTS)
    return list(names[::step][:SUBJECTS])


def fill(query: Query, subjects: Subjects, number: int) -> str:
    """The query about the ``number``-th subject; there are as many as you like, but they come round again."""
    persons, arrests = subjects.persons, subjects.arrests
    things = [arrests[(number + n * 7) % len(arrests)] for n in range(THINGS)]
    values = {
        "person": f"<{persons[number % len(persons)]}>",
        "arrest": f"<{arrests[number % len(arrests)]}>",
        "things": " ".join(f"<{thing}>" for thing in things),
    }
    return re.sub(r"\$(\w+)\$", lambda found: values[found[1]], query.text)


def target(path: str, query: str, default_graph: str) -> str:
    """What a GET request asks for: the query without its comments; ``default_graph`` as in ``Connection``."""
    bare = re.sub(r"^#.*\n", "", query, flags=re.MULTILINE)
    return f"{path}?{urlencode(_parameters(' '.join(bare.split()), default_graph), quote_via=quote)}"


def _parameters(query: str, default_graph: str) -> dict[str, str]:
    # A dataset that is named has no named graphs but those it names, and then GRAPH finds nothing.
    is_named = default_graph and not re.search(r"\bGRAPH\b", query)
    return {"query": query, **({"default-graph-uri": default_graph} if is_named else {})}


class Connection:
    """A kept-alive connection to one endpoint; it is opened anew after an error.

    Args:
        url: the endpoint.
        deadline_s: until when an answer must be there whole.
        default_graph: the name that the endpoint's default graph has, where it is a named one; else "".
        headers: sent with each request.
    """

    def __init__(
        self,
        url: str,
        *,
        deadline_s: float,
        default_graph: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._parts = urlsplit(url)
        self._deadline_s = deadline_s
        self._default_graph = default_graph
        self._headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        self._open: http.client.HTTPConnection | None = None

    def ask(self, query: str) -> Outcome:
        """POST a query and read its answer to the end, or until the deadline."""
        began = time.perf_counter()
        try:
            status, media_type, body = self._exchange(query, began)
        except (OSError, http.client.HTTPException):
            self.close()
            return Outcome(0, "", b"", time.perf_counter() - began)
        return Outcome(status, media_type, body, time.perf_counter() - began)

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _exchange(self, query: str, began: float) -> tuple[int, str, bytes]:
        if self._open is None:
            assert self._parts.hostname is not None, "an endpoint has a host"
            self._open = http.client.HTTPConnection(self._parts.hostname, self._parts.port, timeout=self._deadline_s)
        accept = ACCEPT_GRAPH if GIVES_GRAPH.search(query) else ACCEPT
        # As a form: Virtuoso 7.2 never answers a query that is the body itself.
        body = urlencode(_parameters(query, self._default_graph)).encode()
        self._open.request("POST", self._parts.path, body, {**self._headers, "Accept": accept})
        response = self._open.getresponse()
        answer = b""
        while piece := response.read(1 << 20):
            answer += piece
            if time.perf_counter() - began > self._deadline_s:
                raise TimeoutError
        return response.status, response.headers.get("Content-Type", ""), answer
