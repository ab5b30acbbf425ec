"""Files that ship with the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kg import resources
from kg.errors import KgError

if TYPE_CHECKING:
    from pathlib import Path


def test_ontology_rules_and_shapes_are_found_in_a_checkout() -> None:
    assert {"claims.ttl", "sensitivity.ttl"} <= {path.name for path in resources.ontology_files()}
    assert [path.suffix for path in resources.rule_files()] == [".rq"] * len(resources.rule_files())
    for stage in ("source", "release"):
        assert resources.shapes_files(stage)


def test_an_installation_without_its_files_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a build without any shape would call everything conforming."""
    package = tmp_path / "src" / "kg"
    (package / "shipped" / "shapes" / "source").mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", package)

    with pytest.raises(KgError, match="ontology/ is missing"):
        resources.ontology_files()
    with pytest.raises(KgError, match=r"holds no source/\*\.ttl"):
        resources.shapes_files("source")
