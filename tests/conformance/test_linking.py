"""``docs/linking.md``: the values that others copy hold for the data, and the commands do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kg.identity import read_decisions
from kg.publication import current_release
from kg.vocab import ID
from tests.material import dataset_of

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "linking.md").read_text()
CELL = re.compile(r"^\| \[[^]]*\((P\d+)\)\][^|]*\| (.*) \|$", re.MULTILINE)
VALUES = {name: re.findall(r"`([^`]+)`", cell.replace(r"\|", "|")) for name, cell in CELL.findall(TEXT)}
COMMANDS = re.findall(r"^curl .*$", TEXT, re.MULTILINE)


@pytest.fixture(scope="module")
def keys(releases: Path) -> set[str]:
    """TYPE/KEY of every thing of the release."""
    found = set(re.findall(rf"^<{re.escape(ID)}([^>]*)>", dataset_of(current_release(releases)), re.M))
    assert len(found) > 300
    return found


def test_the_regular_expression_fits_each_thing_and_nothing_else(keys: set[str]) -> None:
    (pattern,) = VALUES["P1793"]
    assert [key for key in keys if re.fullmatch(pattern, key) is None] == []
    for other in ("person", "person/", "/person/a", "person/A", "person/a/b", "person/a b", "Person/a", "person/a.ttl"):
        assert re.fullmatch(pattern, other) is None, other


def test_the_formatters_make_our_names(keys: set[str]) -> None:
    for name in ("P1630", "P1921"):
        assert VALUES[name] == [f"{ID}$1"]


def test_the_match_pattern_reads_a_key_out_of_each_address(keys: set[str]) -> None:
    (pattern,) = VALUES["P8966"]
    for key in keys:
        for address in (f"{ID}{key}", f"{ID}{key}".replace("/id/", "/doc/").replace("https", "http") + ".ttl"):
            match = re.match(pattern, address)
            assert match is not None, address
            assert match[1] == key


def test_the_example_is_a_decision_of_ours(keys: set[str]) -> None:
    (key,) = VALUES["P1855"]
    (item,) = re.findall(r"\((http://www\.wikidata\.org/entity/Q\d+)\)", TEXT.partition("P1855)")[2].partition("\n")[0])
    files = sorted((ROOT / "data" / "links").glob("*.sssom.tsv"))
    linked = {
        (d.judgement.subject, d.judgement.object)
        for d in read_decisions((path.name, path.read_bytes()) for path in files)
    }

    assert key in keys
    assert (ID + key, item) in linked


def test_the_commands_work(habeas: str) -> None:
    assert len(COMMANDS) == 3
    for command in COMMANDS:
        local = command.replace("http://127.0.0.1:8000", habeas).replace("curl ", "curl --silent --fail ", 1)
        done = subprocess.run(["bash", "-c", local], capture_output=True, text=True, check=False)
        assert done.returncode == 0, command
        assert "wikidata" in done.stdout


def test_the_command_that_harvests_is_that_of_the_help() -> None:
    kg = Path(sys.executable).with_name("kg")
    told = subprocess.run([kg, "link", "--help"], capture_output=True, text=True, check=True).stdout
    (command,) = re.findall(r"^kg link .*$", TEXT, re.MULTILINE)

    assert command in " ".join(told.split())


def test_every_column_that_is_explained_is_one_of_a_file() -> None:
    columns = set(
        re.findall(r"`([a-z]+_[a-z]+|comment|confidence)`", TEXT.partition("| column |")[2].partition("\n\n")[0])
    )
    heads = {
        column
        for path in (ROOT / "data" / "links").glob("*.sssom.tsv")
        for line in path.read_text().splitlines()
        if line.startswith("subject_id")
        for column in line.split("\t")
    }

    assert heads
    assert heads - {"subject_label"} <= columns
