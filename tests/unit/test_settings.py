"""The settings, and the table that documents them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from kg.errors import SettingsError
from kg.settings import Settings, load_settings

TABLE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def test_the_table_says_what_the_class_says() -> None:
    documented = [line for line in TABLE.read_text().splitlines() if line.startswith("| `KG_")]

    assert documented == [
        f"| `KG_{name.upper()}` | {'–' if field.default == '' else f'`{field.default}`'} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    assert len(documented) > 10


def test_what_the_code_reads_beside_the_settings_is_documented_with_them() -> None:
    code = "".join(path.read_text() for path in (TABLE.parents[1] / "src").rglob("*.py"))
    read = set(re.findall(r"environ\.get\(\"(KG_\w+)\"", code))

    assert {"KG_BASE_IRI", "KG_PUBLISH_USER", "KG_PUBLISH_PASSWORD"} <= read
    assert {name for name in read if f"`{name}`" not in TABLE.read_text()} == set()


def test_the_environment_sets_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_PORT", "8123")

    assert load_settings().port == 8123


@pytest.mark.parametrize(
    ("name", "value"),
    [("KG_PORT", "70000"), ("KG_WORKERS", "0"), ("KG_QUERY_TIMEOUT_S", "soon"), ("KG_QUERY_BYTES_MAX", "1")],
)
def test_a_value_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=f"{name}.*{value}"):
        load_settings()


def test_settings_do_not_change_once_they_are_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().port = 1  # type: ignore[misc]  # the very thing that must not work
