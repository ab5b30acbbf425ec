"""What all kinds of tests share: the project's own release, built once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.material import build_release
from tests.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]


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
