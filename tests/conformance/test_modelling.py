"""The worked example in docs/modelling.md is a source file that conforms, and says what the real one says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from kg.importers import read_inputs
from kg.release import check

ROOT: Final = Path(__file__).parents[2]
GUIDE: Final = ROOT / "docs" / "modelling.md"
SEED: Final = ROOT / "data" / "sources" / "2024-11-07-ap-31-pardoned.trig"


@pytest.fixture(scope="module")
def example() -> str:
    """The TriG of the guide, all pieces in a row."""
    blocks = re.findall(r"```trig\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) > 3
    return "".join(blocks)


def quads(trig: str) -> set[ox.Quad]:
    return set(ox.parse(trig, format=ox.RdfFormat.TRIG))


def test_the_example_conforms_as_a_source_file(example: str, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "example.trig").write_text(example, encoding="utf-8")
    outcome = check(read_inputs(tmp_path), progress=lambda *_: None)

    assert outcome.report == ""
    assert outcome.accepted == ("sources/example.trig",)


def test_a_mistake_in_the_example_would_be_seen(example: str, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    broken = example.replace("hab:size 31", 'hab:size "31"')
    (tmp_path / "sources" / "example.trig").write_text(broken, encoding="utf-8")

    assert check(read_inputs(tmp_path), progress=lambda *_: None).refused == ("sources/example.trig",)


def test_the_example_says_what_the_file_of_the_article_says(example: str) -> None:
    assert quads(example) - quads(SEED.read_text(encoding="utf-8")) == set()


def test_every_claim_that_the_example_heads_says_something(example: str) -> None:
    provenance = ox.NamedNode("https://w3id.org/habeas/graph/provenance")
    claim = ox.NamedNode("https://w3id.org/habeas/ontology#Claim")
    headed = {quad.subject for quad in quads(example) if quad.object == claim}
    assert len(headed) > 5

    assert headed == {quad.graph_name for quad in quads(example)} - {provenance}


def test_the_files_that_the_guide_names_are_there() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    files = re.findall(r"`(data/[a-z\d/.-]+\.trig)`", text)
    links = [f"docs/{name}" for name in re.findall(r"\]\(([^):]+)\)", text)]
    assert len(files) >= 3
    assert links

    assert [name for name in (*files, *links) if not (ROOT / name).is_file()] == []
