"""What a release says of itself: its pages in parts, and figures that are those of what is public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import RDF, Graph, Namespace, URIRef

from kg.publication import description
from tests.material import build_release, group_of, write_data

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

VOID = Namespace("http://rdfs.org/ns/void#")
DATASET = URIRef("https://w3id.org/habeas/dataset")
FILES = {
    "sources/a.trig": group_of(31, key="gruppe22", source_key="a"),
    "sources/b.trig": group_of(30, key="gruppe33", source_key="b", level="restricted"),
}


def test_the_list_of_pages_comes_in_parts_that_hold_each_page_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(description, "PAGES_PER_PART", 2)
    release = build_release(write_data(tmp_path / "data", FILES), tmp_path / "releases").release
    parts = [path.read_text().splitlines() for path in sorted((release.path / "sitemap").glob("*.txt"))]
    pages = [page for part in parts for page in part]

    assert len(parts) == (len(pages) + 1) // 2 > 1
    assert all(1 <= len(part) <= 2 for part in parts)
    assert len(set(pages)) == len(pages)
    assert {"doc/group/freed", "claim/gruppe22", "source/a"} <= set(pages)
    assert "claim/gruppe33" not in pages


def test_a_release_without_links_says_so(tmp_path: Path) -> None:
    release = build_release(write_data(tmp_path / "data", FILES), tmp_path / "releases").release
    void = Graph().parse(release.path / "void.ttl")

    assert list(void.subjects(RDF.type, VOID.Linkset)) == []
    assert list(void.objects(DATASET, VOID.subset)) == []
    assert len(Graph().parse(release.path / "dcat.ttl")) > 50
    assert "gruppe33" not in (release.path / "void.ttl").read_text()
