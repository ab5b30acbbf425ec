"""``kg link`` against real endpoints: Oxigraph, this service itself, and one that is killed in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sssom_pydantic

from kg.identity.things import read_things
from kg.publication import current_release
from kg.rdf import open_index
from tests.endpoints import oxigraph
from tests.material import build_release, write_data
from tests.unit.identity.test_exports import HEAD, HIDDEN, PUBLIC, row
from tests.unit.identity.test_harvest import EMPTY, answering

if TYPE_CHECKING:
    from collections.abc import Iterator

KG = Path(sys.executable).with_name("kg")
ROOT = Path(__file__).resolve().parents[2]
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
THEIRS = f"""\
<http://www.wikidata.org/entity/Q5> <{LABEL}> "Ivanova"@en .
<http://www.wikidata.org/entity/Q6> <{LABEL}> "Petrova"@en .
<http://www.wikidata.org/entity/Q7> <{LABEL}> "Petrova"@en .
<http://www.wikidata.org/entity/Q8> <{LABEL}> "Sidorova"@en .
<http://www.wikidata.org/entity/Q9> <{LABEL}> "Author"@en .
<http://www.wikidata.org/entity/Q10> <http://www.w3.org/2002/07/owl#sameAs> <https://viaf.org/viaf/7> .
"""
DECISIONS = HEAD.replace("#curie_map:\n", "#curie_map:\n#  viaf: https://viaf.org/viaf/\n") + "".join(
    [
        row(subject_id="organisation:petrova", object_id="wd:Q6", predicate_modifier="Not"),
        row(subject_id="organisation:author", object_id="wd:Q9"),
        row(subject_id="organisation:reviewer", object_id="viaf:7"),
    ]
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"sources/a.trig": PUBLIC, "sources/b.trig": HIDDEN, "links/x.sssom.tsv": DECISIONS}
    outcome = build_release(write_data(tmp_path / "data", files), tmp_path / "releases")
    assert outcome.quarantine_report == ""
    return tmp_path


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[str]:
    with oxigraph(tmp_path / "theirs", THEIRS.encode()) as url:
        yield f"{url}/query"


def link(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [KG, "link", "--pause", "0.1", *arguments],
        cwd=folder,
        env=environment(folder / "releases"),
        capture_output=True,
        text=True,
        check=False,
    )


def run(command: list[str | Path], releases: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=environment(releases), capture_output=True, text=True, timeout=120, check=False
    )


def environment(releases: Path) -> dict[str, str]:
    return {**os.environ, "KG_RELEASES": str(releases)}


def test_candidates_are_proposed_and_what_was_decided_is_not(folder: Path, theirs: str) -> None:
    before = {path: path.read_bytes() for path in (folder / "data").rglob("*") if path.is_file()}
    done = link(folder, "--endpoint", theirs)
    assert done.returncode == 0, done.stderr
    rows, _converter, _, errors = sssom_pydantic.read(folder / "candidates" / "127.0.0.1.sssom.tsv", return_errors=True)
    # "Ivanava" is like "Ivanova" too; how much, is not for this test to say.
    found = {
        (r.subject.identifier, r.object.identifier, r.confidence) for r in rows if "old" not in r.subject.identifier
    }

    assert errors == []
    assert found == {
        ("organisation/reviewer", "Q10", 0.9),
        ("organisation/ivanova", "Q5", 0.8),
        ("organisation/petrova", "Q7", 0.8),
    }
    assert {r.predicate.identifier for r in rows} == {"closeMatch"}
    assert all(r.other == {"status": "proposed"} and not r.reviewers for r in rows)
    assert f"{len(rows)} candidates" in done.stderr
    assert before == {path: path.read_bytes() for path in before}, "nothing is linked by itself"


def test_candidates_among_the_decisions_are_refused_until_reviewed(folder: Path, theirs: str) -> None:
    link(folder, "--endpoint", theirs)
    (folder / "candidates" / "127.0.0.1.sssom.tsv").rename(folder / "data" / "links" / "y.sssom.tsv")
    done = subprocess.run(
        [KG, "build"], cwd=folder, env=environment(folder / "releases"), capture_output=True, text=True, check=False
    )

    assert done.returncode == 3
    assert "links/y.sssom.tsv:" in done.stderr
    assert "Nobody has decided" in done.stderr


@pytest.mark.parametrize("out", ["data/links/mine.sssom.tsv", "data/x.tsv", "candidates/../data/links/x.sssom.tsv"])
def test_candidates_never_go_where_decisions_are(folder: Path, out: str) -> None:
    done = link(folder, "--endpoint", "http://127.0.0.1:9/sparql", "--out", out)

    assert done.returncode == 2
    assert "candidates do not go into data" in done.stderr
    assert not (folder / out).exists()


@pytest.mark.parametrize("endpoint", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "127.0.0.1"])
def test_an_address_that_is_none_is_refused(folder: Path, endpoint: str) -> None:
    assert link(folder, "--endpoint", endpoint).returncode == 2


def test_an_endpoint_that_is_not_there_is_told(folder: Path) -> None:
    done = link(folder, "--endpoint", "http://127.0.0.1:9/sparql")

    assert done.returncode == 3
    assert "cannot be reached" in done.stderr


def test_our_own_service_can_be_harvested(habeas: str, releases: Path, tmp_path: Path) -> None:
    """By the protocol, and with its limits; our own names are no candidates for themselves."""
    arguments = ["--pause", "0.1", "--class", "https://w3id.org/habeas/ontology#Election"]
    done = subprocess.run(
        [KG, "link", "--endpoint", f"{habeas}/sparql", *arguments, "--out", str(tmp_path / "c.tsv")],
        cwd=ROOT,
        env=environment(releases),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "0 candidates" in done.stderr
    assert "0 have too many" in done.stderr


def test_a_run_that_is_killed_goes_on_and_asks_nothing_twice(releases: Path, tmp_path: Path) -> None:
    with answering(lambda _: (200, {}, EMPTY)) as server:
        command: list[str | Path] = [
            KG,
            "link",
            "--endpoint",
            server.url,
            "--pause",
            "0.1",
            "--out",
            str(tmp_path / "c.tsv"),
        ]
        with subprocess.Popen(command, cwd=ROOT, env=environment(releases), stderr=subprocess.DEVNULL) as process:
            while len(server.requests) < 5 and process.poll() is None:
                time.sleep(0.01)
            process.kill()
        killed_after = len(server.requests)
        state = (tmp_path / "c.tsv.state").read_text().count("\n") - 1
        done = subprocess.run(command, cwd=ROOT, env=environment(releases), capture_output=True, text=True, check=False)
        once = len(server.requests)
        again = subprocess.run(
            command, cwd=ROOT, env=environment(releases), capture_output=True, text=True, check=False
        )

        assert (done.returncode, again.returncode) == (0, 0), done.stderr
        assert len(server.requests) == once, "what is done is not asked again"
    things = read_things(open_index(current_release(releases).store), ())
    batches = [things[start : start + 20] for start in range(0, len(things), 20)]
    needed = len(batches) + sum(any(thing.linked for thing in batch) for batch in batches)
    assert killed_after >= 5
    assert 0 < state < len(batches)
    assert needed <= once <= needed + 2, "at most the batch in which it was killed is asked again"
    assert f"{len(things)} of {len(things)} things" in done.stderr
