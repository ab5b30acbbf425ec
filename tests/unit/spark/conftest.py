"""The queries and the invented data of bench/ are asked for here by their plain names, as there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.spark import cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

# At the end of the path: no script may take the place of an installed package.
sys.path.append(str(Path(__file__).resolve().parents[3] / "bench"))


@pytest.fixture(scope="package")
def spark() -> Iterator[Any]:
    """A session with two executors; it takes longer to start than most tests, and is one for all."""
    with cluster() as session:
        yield session
