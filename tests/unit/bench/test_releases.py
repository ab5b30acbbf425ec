"""A multiplied dump: each copy speaks of things of its own, in a world that all copies share."""

from __future__ import annotations

import io

import pytest
from datasets import write_copy

BASE = "https://w3id.org/habeas"
OWN = (
    f"<{BASE}/id/event/e1> <{BASE}/ontology#affects> <{BASE}/id/person/p1> <{BASE}/claim/k7f3m2qa> .\n"
    f'<{BASE}/source/s-1> <{BASE}/ontology#publishedOn> "<{BASE}/id/person>" <{BASE}/graph/provenance> .\n'
    f"<{BASE}/id/event/e1> <{BASE}/ontology#atPlace> <{BASE}/id/place/town-1> .\n"
)
SHARED = f"<{BASE}/id/place/town-1> <{BASE}/ontology#partOf> <{BASE}/id/place/region-1> .\n"


def copied(number: int) -> str:
    out = io.BytesIO()
    write_copy(io.BytesIO((OWN + SHARED).encode()), out, number)
    return out.getvalue().decode()


def test_the_first_copy_is_the_dump_itself() -> None:
    assert copied(0) == OWN + SHARED


@pytest.mark.parametrize("number", [1, 12])
def test_a_further_copy_has_other_things_in_the_same_places(number: int) -> None:
    assert copied(number) == (
        OWN.replace("/e1>", f"/e1-x{number}>")
        .replace("/p1>", f"/p1-x{number}>")
        .replace("qa>", f"qa-x{number}>")
        .replace("s-1>", f"s-1-x{number}>")
    )
