"""Data folders and their manifests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kg.errors import SourceError
from kg.importers import MANIFEST_NAME, accept, read_inputs, select
from tests.material import GAZETTE, group_of, write_data

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GROUP = group_of(31, key="gruppe22", source_key="a")


def accepted(folder: Path) -> Path:
    """A data folder whose manifest says what is there."""
    data = write_data(folder, {"sources/a.trig": GROUP})
    accept(data, {file.path: file.content for file in read_inputs(data).sources}, whole=True)
    return data


def test_sources_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    data = write_data(tmp_path, {"sources/z.trig": GROUP, "sources/b/a.trig": GROUP, "a.nq": b"", "notes.txt": "no"})

    paths = [source.path for source in read_inputs(data).sources]

    assert paths == ["a.nq", "reference/gazette.trig", "sources/b/a.trig", "sources/z.trig"]


def test_without_a_manifest_nothing_is_checked(tmp_path: Path) -> None:
    inputs = read_inputs(write_data(tmp_path, {}))

    assert inputs.manifest is None
    inputs.check(inputs.sources[0])


def test_a_file_that_is_what_the_manifest_says_passes(tmp_path: Path) -> None:
    inputs = read_inputs(accepted(tmp_path))

    assert inputs.missing == []
    for source in inputs.sources:
        inputs.check(source)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-20], "bytes where the manifest says"),
        (lambda content: content.replace(b"31", b"13"), "SHA-256 differs"),
    ],
)
def test_a_cut_or_changed_file_is_told_from_the_real_one(
    tmp_path: Path, change: Callable[[bytes], bytes], message: str
) -> None:
    path = accepted(tmp_path) / "sources/a.trig"
    path.write_bytes(change(path.read_bytes()))
    inputs = read_inputs(tmp_path)

    with pytest.raises(SourceError, match=message) as caught:
        inputs.check(inputs.sources[1])
    assert "kg validate --accept" in caught.value.remedy


def test_a_file_that_the_manifest_does_not_know_is_refused(tmp_path: Path) -> None:
    data = write_data(accepted(tmp_path), {"sources/new.trig": GROUP})
    inputs = read_inputs(data)

    with pytest.raises(SourceError, match="not in the manifest"):
        inputs.check(inputs.sources[2])


def test_a_file_that_is_gone_is_missed(tmp_path: Path) -> None:
    (accepted(tmp_path) / "sources/a.trig").unlink()

    assert read_inputs(tmp_path).missing == ["sources/a.trig"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sources": {"a": {"bytes": "many"}}}', '{"sources": []}'])
def test_a_manifest_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    data = write_data(tmp_path, {MANIFEST_NAME: text})

    with pytest.raises(SourceError, match="manifest cannot be read"):
        read_inputs(data)


def test_accepting_one_file_keeps_what_is_known_of_the_others(tmp_path: Path) -> None:
    accept(accepted(tmp_path), {"sources/b.trig": b"new"}, whole=False)

    names = list(json.loads((tmp_path / MANIFEST_NAME).read_text())["sources"])
    assert names == ["reference/gazette.trig", "sources/a.trig", "sources/b.trig"]


def test_accepting_the_whole_folder_forgets_what_is_gone(tmp_path: Path) -> None:
    accept(accepted(tmp_path), {"reference/gazette.trig": GAZETTE.encode()}, whole=True)

    assert list(json.loads((tmp_path / MANIFEST_NAME).read_text())["sources"]) == ["reference/gazette.trig"]


def test_a_folder_that_is_not_there_or_holds_no_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        read_inputs(tmp_path / "nowhere")
    with pytest.raises(SourceError, match="holds no source"):
        read_inputs(tmp_path)


def test_a_single_file_can_be_chosen_and_only_a_source(tmp_path: Path) -> None:
    inputs = read_inputs(accepted(tmp_path))

    assert [source.path for source in select(inputs, ["sources/a.trig"]).sources] == ["sources/a.trig"]
    with pytest.raises(SourceError, match="not a source"):
        select(inputs, ["notes.txt"])
