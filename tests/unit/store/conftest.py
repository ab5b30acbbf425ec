"""A small release: enough triples that three of them joined without a shared variable never end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zstandard
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store

if TYPE_CHECKING:
    from pathlib import Path

THINGS = 2000


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "store"
    store = Store(str(path))
    knows = NamedNode("http://example.com/knows")
    store.extend(
        Quad(NamedNode(f"http://example.com/thing/{n}"), knows, Literal(f"word {n}"), DefaultGraph())
        for n in range(THINGS)
    )
    for name in ("a", "b"):
        graph = NamedNode(f"http://example.com/graph/{name}")
        store.add(Quad(NamedNode("http://example.com/thing/0"), knows, Literal(name), graph))
    store.flush()
    return path


@pytest.fixture(scope="session")
def dataset_path(store_path: Path) -> Path:
    """The same quads, as a release has them beside its index."""
    path = store_path.with_name("dataset.nq.zst")
    quads = Store.read_only(str(store_path)).dump(format=RdfFormat.N_QUADS)
    assert quads is not None
    path.write_bytes(zstandard.ZstdCompressor().compress(quads))
    return path
