"""What all kinds of tests share: the project's own release, built once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.material import build_release
from tests.serving import serve, serve_command

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]

# How long an example takes says nothing here: other tests run beside it.
settings.register_profile("habeas", deadline=None)
settings.load_profile("habeas")


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the release of the project's own data is published."""
    folder = tmp_path_factory.mktemp("releases")
    outcome = build_release(ROOT / "data", folder)
    assert outcome.quarantine_report == ""
    return folder


@pytest.fixture(scope="session")
def habeas(releases: Path) -> Iterator[str]:
    """The address of a server process over that release."""
    with serve(releases) as url:
        yield url


@pytest.fixture
def habeas_command(releases: Path) -> Iterator[tuple[str, Path]]:
    """The address of ``kg serve`` over that release, and what it has printed."""
    with serve_command(Path(sys.executable).with_name("kg"), releases) as server:
        yield server.url, server.log
