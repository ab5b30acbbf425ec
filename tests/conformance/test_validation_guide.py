"""What docs/validation.md shows runs on the data that ship, and says what the guide says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from kg.cli import app
from kg.publication import current_release
from kg.validation import Stage, compile, load_shapes  # noqa: A004 - the name of what it does

if TYPE_CHECKING:
    import pytest

OWN = "@prefix sh: <http://www.w3.org/ns/shacl#> . [] sh:targetSubjectsOf <urn:x:none> ; sh:nodeKind sh:IRI ."
CONFORMING = re.compile("^Conforms|sh:conforms true")
GUIDE = (Path(__file__).parents[2] / "docs" / "validation.md").read_text(encoding="utf-8")


def test_the_first_script_of_the_guide_runs_and_our_shapes_are_all_compiled(releases: Path) -> None:
    script = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[0]
    told = script.replace("releases/current", str(current_release(releases).path))

    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=120)

    first, second, *report = done.stdout.splitlines()
    coverage = compile(load_shapes(Stage.RELEASE)).coverage()
    assert first == f"{len(coverage.compiled)} shapes as SQL, 0 for pySHACL"
    assert second == "True"
    assert "".join(report).startswith("Conforms")


def test_the_script_of_the_guide_for_data_and_shapes_of_ones_own_runs(tmp_path: Path) -> None:
    script = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[1]
    (tmp_path / "data.ttl").write_text("<#a> <urn:x:age> 1 .")
    (tmp_path / "own.ttl").write_text(OWN.replace("urn:x:none", "urn:x:age").replace("sh:IRI", "sh:Literal"))

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120, cwd=tmp_path
    )

    assert "breaks sh:nodeKind sh:Literal" in done.stdout
    assert f"where <{(tmp_path / 'data.ttl').as_uri()}#a>" in done.stdout


def test_the_script_of_the_guide_for_a_change_tells_what_the_change_breaks(releases: Path, tmp_path: Path) -> None:
    (script,) = (text for text in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL) if ".baseline(" in text)
    told = script.replace("releases/current", str(current_release(releases).path))

    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=120, cwd=tmp_path
    )

    assert "shapes:Group-acyclic" in done.stdout
    assert done.stdout.endswith("() False\n")


def test_the_commands_of_the_guide_run_and_find_that_our_release_conforms(
    releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_RELEASES", str(releases))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.ttl").write_text(OWN)
    commands = [shlex.split(line) for line in re.findall(r"^\$ kg (.*)$", GUIDE, re.MULTILINE)]
    assert len(commands) == 5

    for command in commands:
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, (command, result.output)
        assert CONFORMING.search(result.stdout) or command[-1] == "ndjson", command
