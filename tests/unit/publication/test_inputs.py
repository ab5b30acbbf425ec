"""What names a release."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.publication import inputs_digest, tool_versions

FILES = {"sources/a.trig": b"one", "sources/b.trig": b"two"}


def test_the_digest_is_twelve_hexadecimal_digits_whatever_the_order() -> None:
    digest = inputs_digest(FILES)

    assert re.fullmatch(r"[0-9a-f]{12}", digest)
    assert inputs_digest(dict(reversed(FILES.items()))) == digest


@pytest.mark.parametrize(
    "other",
    [
        {**FILES, "sources/c.trig": b""},
        {"sources/a.trig": b"one"},
        {"sources/a.trig": b"two", "sources/b.trig": b"one"},
        {"sources/a.trig": b"one", "sources/c.trig": b"two"},
        {"sources/a.trig": b"onetwo", "sources/b.trig": b""},
    ],
)
def test_other_inputs_have_another_digest(other: dict[str, bytes]) -> None:
    assert inputs_digest(other) != inputs_digest(FILES)


@given(st.dictionaries(st.text(max_size=5), st.binary(max_size=5), max_size=3), st.binary(min_size=1, max_size=3))
def test_no_content_passes_for_another_file(files: dict[str, bytes], more: bytes) -> None:
    assert inputs_digest({**files, "more": more}) != inputs_digest({**files, "more": b""})


def test_the_manifest_can_name_every_tool() -> None:
    assert {"habeas-kg", "pyoxigraph", "pyshacl"} <= tool_versions().keys()
