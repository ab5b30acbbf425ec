"""A real server process over a releases folder, and a small release with invented names to serve."""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import httpx
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store

from kg.columns import write_columns
from tests.material import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]
START_S = 30.0
GRACE_S = 2
_PORTS_FROM = 11_000
_PORTS_EACH = 2_000
NUMBERS = 1500

SMALL = (
    f"""{PREFIXES}
@prefix confidence: <https://w3id.org/habeas/vocab/confidence/> .
@prefix conflict: <https://w3id.org/habeas/id/conflict/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
    + """\
graph:provenance {
  source:tern-1 a hab:NewsArticle ; rdfs:label "The Tern on the amnesty"@en ; hab:publishedOn "2031-05-02"^^edtf:EDTF .
  claim:k7f3m2qa a hab:Claim ; hab:reportedIn source:tern-1 ; prov:wasAttributedTo organisation:ministry ;
    hab:locator "paragraph 1" ; hab:confidence confidence:high .
  claim:m4p8w2xz a hab:Claim ; hab:reportedIn source:tern-1 ; prov:wasAttributedTo organisation:harbour-watch ;
    hab:locator "paragraph 4" ; hab:claimedOn "2031-05-01"^^edtf:EDTF .
  claim:names222 a hab:Claim ; hab:reportedIn source:tern-1 ; prov:wasAttributedTo organisation:harbour-watch .
}
claim:k7f3m2qa { group:freed-2031 a hab:PersonGroup ; hab:size 12 . event:amnesty-2031 hab:affects group:freed-2031 . }
claim:m4p8w2xz { group:freed-2031 hab:size 11 . }
claim:names222 {
  group:freed-2031 rdfs:label "people freed in May 2031"@en ; skos:altLabel "вызваленыя"@be .
  event:amnesty-2031 rdfs:label "<script>alert(1)</script> amnesty"@en .
  organisation:ministry rdfs:label "Ministry of Mercy"@en .
  organisation:harbour-watch rdfs:label "Harbour Watch"@en , "Портовая варта"@be .
}
graph:ontology {
  hab:size rdfs:label "size"@en .
  hab:affects rdfs:label "affects"@en .
  confidence:high skos:prefLabel "high"@en .
}
graph:derived { group:freed-2031 hab:sizeAtLeast 11 ; hab:sizeAtMost 12 . }
graph:links { group:freed-in-may <http://purl.org/dc/terms/isReplacedBy> group:freed-2031 . }
graph:conflicts {
  conflict:c1 a hab:Conflict ; hab:conflictsOnSubject group:freed-2031 ; hab:conflictsOnProperty hab:size .
}
"""
)

# What a release says of itself, as short as it can be.
DESCRIPTIONS = {
    "dataset.nq.zst": "",
    "void.ttl": "@base <https://w3id.org/habeas/> .\n<dataset> a <http://rdfs.org/ns/void#Dataset> .\n",
    "links/index.json": "[]",
    "sitemap/1.txt": "doc/group/freed-2031\n",
}


class Server(NamedTuple):
    """A server process: where it listens, its process id, and what it has said."""

    url: str
    pid: int
    log: Path


def write_release(releases: Path, name: str = "2031-05-03-small", trig: str = SMALL) -> Path:
    """A releases folder with one more release, of some TriG and of numbers enough for a query that never ends.

    It is the current one when this returns.
    """
    release = releases / name
    release.mkdir(parents=True, exist_ok=True)
    (release / "manifest.json").write_text("{}")
    for path, text in DESCRIPTIONS.items():
        (release / path).parent.mkdir(exist_ok=True)
        (release / path).write_text(text)
    _write_store(release / "store", trig)
    point_to(releases, name)
    return releases


def write_release_columns(releases: Path) -> None:
    """Give the current release the columns of what is in its index."""
    release = (releases / "current").resolve()
    nquads = Store.read_only(str(release / "store")).dump(format=RdfFormat.N_QUADS)
    assert nquads is not None
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "dataset.nq"
        dataset.write_bytes(nquads)
        write_columns(dataset, release / "columns")


def point_to(releases: Path, name: str) -> None:
    """Make a release the current one, as publishing does: in one step."""
    (releases / "current.new").symlink_to(name)
    (releases / "current.new").replace(releases / "current")


def _write_store(path: Path, trig: str) -> None:
    store = Store(str(path))
    store.load(trig.encode(), format=RdfFormat.TRIG)
    # As in a real release, the default graph holds each triple once.
    store.extend([Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in store])
    number = NamedNode("http://example.com/number")
    store.extend(Quad(NamedNode(f"http://example.com/{n}"), number, Literal(n), DefaultGraph()) for n in range(NUMBERS))
    store.flush()


@contextmanager
def serve_process(releases: Path, *, factory: str = "api.app:create_app", **settings: str) -> Iterator[Server]:
    """Serve a releases folder from a process of its own, until the block ends.

    Args:
        releases: the folder.
        factory: what makes the application.
        settings: variables of the environment (``KG_QUERY_TIMEOUT_S="2"``); no other ``KG_`` variable is passed on.
    """
    options = (
        "--no-access-log",
        "--loop",
        "uvloop",
        "--http",
        "api.connections:Connection",
        "--timeout-graceful-shutdown",
        str(GRACE_S),
    )
    command = (sys.executable, "-m", "uvicorn", "--factory", factory, *options)
    with _running(command, ROOT, {"KG_RELEASES": str(releases), **settings}) as server:
        yield server


@contextmanager
def serve(releases: Path, **settings: str) -> Iterator[str]:
    """``serve_process``, for those who want its address only."""
    with serve_process(releases, **settings) as server:
        yield server.url


@contextmanager
def serve_command(kg: Path, releases: Path, **settings: str) -> Iterator[Server]:
    """Serve as a person does, with an installed ``kg serve``, from a folder where no checkout is."""
    with _running((str(kg), "serve"), releases, {"KG_RELEASES": str(releases), **settings}) as server:
        yield server


@contextmanager
def _running(command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=folder, env={**inherited, **settings}, stdout=log, stderr=log
        )
        try:
            server = Server(f"http://127.0.0.1:{port}", process.pid, Path(f"/proc/{os.getpid()}/fd/{log.fileno()}"))
            _wait_until_alive(server, process, log)
            yield server
        except httpx.TransportError as error:
            log.seek(0)
            error.add_note(f"the server said:\n{log.read().decode()}")
            raise
        finally:
            _end(process)


def port_of(server: Server) -> int:
    """The port that a server listens on."""
    return int(server.url.rpartition(":")[2])


def figures_of(server: Server) -> dict[str, float]:
    """What ``/metrics`` says now, by name and labels.

    One who asked a process that is being replaced waits until the other has started.
    """
    text = httpx.get(f"{server.url}/metrics", timeout=START_S).text
    return {name: float(value) for name, value in re.findall(r"^(habeas_.+) (\S+)$", text, re.MULTILINE)}


def until(condition: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def free_port() -> int:
    """A port of this machine that nothing listens on now.

    It is taken a moment later. So that nobody else takes it until then, each process of the tests has ports of its
    own, and all of them lie below those that the kernel gives away.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = _PORTS_FROM + worker * _PORTS_EACH + random.randrange(_PORTS_EACH)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _wait_until_alive(server: Server, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{server.url}/health/live").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    log.seek(0)
    raise AssertionError(f"the server did not start:\n{log.read().decode()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
