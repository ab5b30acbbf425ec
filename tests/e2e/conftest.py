"""Servers that many tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.serving import Server, serve_process, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def small_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A releases folder with one small release of invented claims."""
    return write_release(tmp_path_factory.mktemp("small") / "releases")


@pytest.fixture(scope="session")
def small_server(small_releases: Path) -> Iterator[Server]:
    """The service over it, as it is set by default."""
    with serve_process(small_releases) as server:
        yield server


@pytest.fixture
def client(small_server: Server) -> Iterator[httpx.Client]:
    """A client of that service, which follows no redirect and accepts anything."""
    with httpx.Client(base_url=small_server.url, timeout=30) as client:
        yield client
