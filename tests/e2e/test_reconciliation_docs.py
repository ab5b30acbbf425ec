"""``docs/reconciliation.md``: each command works as it stands, and what is said of weights and limits is so."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from api.reconciliation.properties import properties
from kg.settings import Settings
from tests.material_names import entry, write_named_release
from tests.serving import serve

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "reconciliation.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
COMMANDS = [command for block in BLOCKS for command in re.split(r"\n(?=curl )", block.strip())]
VIASNA = "https://w3id.org/habeas/id/organisation/viasna"
ALES = "https://w3id.org/habeas/id/person/ales-bialiatski"


def run(command: str, url: str) -> Any:
    """What a command prints."""
    quiet = command.replace("curl ", "curl --silent --show-error --fail ", 1)
    done = subprocess.run(
        ["/bin/sh", "-c", quiet], env={**os.environ, "HABEAS": url}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (command, done.stderr)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def answers(habeas: str) -> list[Any]:
    """What all commands print, over the project's own release."""
    return [run(command, habeas) for command in COMMANDS]


def test_the_commands_can_be_pasted() -> None:
    """Into any shell: some take an unquoted question mark for a file's name."""
    assert "`export HABEAS=" in DOCUMENT
    assert [line for line in DOCUMENT.splitlines() if line.startswith("curl") and ' "$HABEAS' not in line] == []


def test_every_command_works(answers: list[Any]) -> None:
    assert len(answers) == DOCUMENT.count("\ncurl ") > 7


def test_the_batches_find_who_is_meant(answers: list[Any]) -> None:
    old, draft = answers[0], answers[1]

    assert (old["q0"]["result"][0]["id"], old["q0"]["result"][0]["match"]) == (ALES, True)
    assert old["q1"]["result"][0]["id"] == VIASNA
    assert [(c["id"], c["match"]) for c in draft["results"][0]["candidates"]] == [(ALES, True)]


def test_the_values_are_those_of_the_release(answers: list[Any]) -> None:
    rows = answers[2]["rows"]

    assert {"date": "1962-09-25T00:00:00Z"} in rows[ALES]["birth"]
    assert len(rows[VIASNA]["name"]) == 2


def test_a_link_leads_to_the_thing(answers: list[Any]) -> None:
    (candidate,) = answers[-1]["result"]
    assert candidate["id"] == "https://w3id.org/habeas/id/person/alexander-lukashenko"


def test_limits_are_those_of_the_settings() -> None:
    settings = Settings()
    for name, said in (
        ("reconcile_queries_max", "100 queries or things"),
        ("reconcile_bytes_max", "256 KiB"),
        ("search_characters_max", "256 characters"),
    ):
        assert said in DOCUMENT.replace("\n", " ")
        assert f"`KG_{name.upper()}`" in DOCUMENT
    assert (settings.reconcile_queries_max, settings.reconcile_bytes_max, settings.search_characters_max) == (
        100,
        256 * 1024,
        256,
    )


def test_every_property_of_the_table_is_found_by_its_pattern(tmp_path: Path) -> None:
    """Each pattern is SPARQL that the store takes; one that it does not take would be an error for all of a batch."""
    releases = write_named_release(tmp_path / "releases", entries=(entry(VIASNA, "Organisation", {"en": "V"}),))
    wanted = {"ids": [VIASNA], "properties": [{"id": known} for known in properties()]}
    with serve(releases) as url:
        answer = run(f"curl {url}/reconcile/extend --json '{json.dumps(wanted)}'", url)
    assert len(properties()) > 10
    assert [cell["id"] for cell in answer["rows"][0]["properties"]] == list(properties())
