"""Our own shapes, compiled to the columns, find on all their examples at once what the reference engine finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kg.rdf import turtle_to_ntriples
from kg.resources import ontology_files
from kg.validation import Stage, load_shapes
from kg.validation import compile as compile_shapes
from tests.conformance.test_shapes import CONFORMING, VIOLATING, flat, rules
from tests.shacl import columns_of

if TYPE_CHECKING:
    from pathlib import Path

# How many shapes of a stage the columns take, and how many of those the examples break at least.
TAKEN = {Stage.SOURCE: (153, 137), Stage.RELEASE: (35, 22)}


@pytest.mark.parametrize("stage", Stage)
def test_the_columns_and_the_reference_agree_on_all_examples(stage: Stage, tmp_path: Path) -> None:
    engine = compile_shapes(load_shapes(stage))
    compiled = engine.coverage().compiled
    examples = [flat(path) for path in CONFORMING + VIOLATING if rules()[path.parent.name] is stage]
    ontology = [turtle_to_ntriples(path) for path in ontology_files()] if stage is Stage.RELEASE else []
    assert len(examples) > len(compiled)
    taken, broken = TAKEN[stage]
    assert len(compiled) >= taken

    with columns_of(tmp_path, {None: b"".join(examples + ontology).decode()}) as columns:
        report = engine.validate(columns, shapes=compiled, engine="both")

    assert len({result.shape for result in report.results}) >= broken
