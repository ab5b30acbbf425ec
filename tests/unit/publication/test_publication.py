"""Releases: written whole, verified, switched to at once."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from kg.columns import write_columns
from kg.columns.compile import open_release_columns
from kg.errors import NotConformingError, ReleaseError, SourceError
from kg.importers import accept, read_inputs
from kg.publication import current_release, read_release, verify
from kg.publication.verification import describe_files
from kg.release import OnProblem
from tests.material import GAZETTE, build_release, claim, dataset_of, group_of, source, trig, write_data

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kg.publication import PublishedRelease

GROUP = group_of(31, key="gruppe22", source_key="a")
FREED = "<https://w3id.org/habeas/id/group/freed>"


def release_of(tmp_path: Path, **files: str) -> PublishedRelease:
    data = write_data(tmp_path / "data", {f"sources/{name}.trig": text for name, text in files.items()})
    return build_release(data, tmp_path / "releases").release


def test_a_release_is_the_current_one_and_verifies(tmp_path: Path) -> None:
    release = release_of(tmp_path, a=GROUP)

    assert current_release(tmp_path / "releases").id == release.id
    assert verify(release) == dataset_of(release).count("\n")


def test_every_quad_read_is_public_withheld_or_quarantined(tmp_path: Path) -> None:
    release = release_of(
        tmp_path,
        a=GROUP,
        b=group_of(30, key="gruppe33", source_key="b", level="restricted"),
        c=group_of(-1, key="gruppe44", source_key="c"),
    )

    manifest = release.manifest()
    sources = {entry["path"]: entry for entry in manifest["sources"]}
    assert sources["sources/a.trig"]["quads"] == {"read": 10, "public": 10, "withheld": 0, "quarantined": 0}
    assert sources["sources/b.trig"]["quads"] == {"read": 10, "public": 4, "withheld": 6, "quarantined": 0}
    assert manifest["not_public"] == {
        "sources": 1,
        "quarantined": 1,
        "quads": {"read": 10, "public": 0, "withheld": 0, "quarantined": 10},
    }


def test_the_default_graph_holds_what_two_sources_claim_once(tmp_path: Path) -> None:
    """Otherwise COUNT and SUM would count it twice."""
    release = release_of(tmp_path, a=GROUP, b=group_of(31, key="gruppe33", source_key="b"))

    lines = [line for line in dataset_of(release).splitlines() if line.startswith(FREED) and "#size>" in line]
    assert len(lines) == 3
    assert sum(line.endswith("integer> .") for line in lines) == 1


def test_the_same_inputs_are_the_same_release(tmp_path: Path) -> None:
    first = release_of(tmp_path, a=GROUP)
    again = build_release(tmp_path / "data", tmp_path / "releases")

    assert not again.is_new
    assert again.release == first


def test_going_back_to_earlier_inputs_makes_their_release_current_again(tmp_path: Path) -> None:
    first = release_of(tmp_path, a=GROUP)
    second = release_of(tmp_path, a=GROUP.replace("31", "32"))
    assert current_release(tmp_path / "releases") == second

    release_of(tmp_path, a=GROUP)

    assert current_release(tmp_path / "releases") == first


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: (path / "dataset.nq.zst").write_bytes(b""), r"dataset\.nq\.zst has 0 bytes, and not \d+"),
        (lambda path: (path / "dataset.nq.zst").unlink(), r"dataset\.nq\.zst is missing"),
        (lambda path: (path / "extra.txt").write_text("x"), r"extra\.txt is not in the manifest"),
        (lambda path: next((path / "store").glob("*.sst")).unlink(), r"store/\d+\.sst is missing"),
        (lambda path: (path / "columns" / "quad.parquet").unlink(), r"columns/quad\.parquet is missing"),
        (lambda path: turn_last(path / "columns" / "columns.duckdb"), r"columns/columns\.duckdb has been changed"),
    ],
)
def test_a_release_that_was_touched_does_not_verify(
    tmp_path: Path, harm: Callable[[Path], object], message: str
) -> None:
    """Each file is told with what is wrong with it, and what to do."""
    release = release_of(tmp_path, a=GROUP)
    harm(release.path)

    with pytest.raises(ReleaseError, match=message) as refusal:
        verify(release)
    assert "kg build" in str(refusal.value)
    assert "docs/operations.md" in str(refusal.value)


def turn_last(path: Path) -> None:
    octets = path.read_bytes()
    path.write_bytes(octets[:-1] + bytes([octets[-1] ^ 0xFF]))


def test_columns_of_another_dataset_do_not_verify(tmp_path: Path) -> None:
    """Not even where the manifest has their sizes and hashes."""
    release = release_of(tmp_path, a=GROUP)
    other = tmp_path / "other.nq"
    other.write_text(dataset_of(release).replace("31", "32"), encoding="utf-8")
    shutil.rmtree(release.columns)
    write_columns(other, release.columns)
    manifest = release.manifest()
    manifest["files"] = describe_files(release.path)
    (release.path / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(ReleaseError, match=r"the quads in columns\.duckdb are not those of the dump"):
        verify(release)


def test_columns_hold_no_trace_of_what_is_not_public(tmp_path: Path) -> None:
    hidden = group_of(30, key="gruppe33", source_key="b", level="restricted").replace("freed", "hidden")
    release = release_of(tmp_path, a=GROUP, b=hidden)
    dump = dataset_of(release)
    assert "group/freed" in dump

    with open_release_columns(release.columns, memory_mb=256, threads=1) as columns:
        names = [row[0] for row in columns.execute("SELECT lexical FROM term WHERE kind = 2").fetchall()]
    assert [name for name in names if f"<{name}>" not in dump] == []
    assert not any("hidden" in name or "gruppe33" in name for name in names)


@pytest.mark.parametrize(("key", "message"), [("read", "do not add up"), (None, "the manifest says 1")])
def test_counts_that_do_not_add_up_do_not_verify(tmp_path: Path, key: str | None, message: str) -> None:
    release = release_of(tmp_path, a=GROUP)
    manifest = release.manifest()
    if key is None:
        manifest["quads"] = 1
    else:
        manifest["sources"][0]["quads"][key] += 1
    (release.path / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(ReleaseError, match=message):
        verify(release)


def test_what_is_no_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no release has been published"):
        current_release(tmp_path)
    with pytest.raises(ReleaseError, match="not a release"):
        read_release(tmp_path)
    (tmp_path / "current").symlink_to("gone")
    with pytest.raises(ReleaseError, match="not a release"):
        current_release(tmp_path)


def test_a_release_that_breaks_a_release_shape_is_not_published_and_the_old_one_stays(tmp_path: Path) -> None:
    """Two sources, each fine by itself, that together make a part larger than the whole."""
    first = release_of(tmp_path, a=GROUP)
    part = trig(
        source("b") + claim("part2222", "b"),
        {"part2222": "group:freed-women a hab:PersonGroup ; hab:subgroupOf group:freed ; hab:size 32 ."},
    )

    with pytest.raises(NotConformingError, match="freed-women"):
        release_of(tmp_path, a=GROUP, b=part)

    assert current_release(tmp_path / "releases") == first
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == sorted([first.id, "current"])


def test_strict_stops_at_a_source_that_cannot_be_taken(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", {"sources/a.trig": "not TriG"})

    with pytest.raises(SourceError, match=r"sources/a\.trig"):
        build_release(data, tmp_path / "releases", on_problem=OnProblem.STOP)
    assert not (tmp_path / "releases" / "current").exists()

    broken = build_release(data, tmp_path / "releases").release
    write_data(tmp_path / "data", {"sources/a.trig": GROUP})
    good = build_release(data, tmp_path / "releases").release
    write_data(tmp_path / "data", {"sources/a.trig": "not TriG"})
    with pytest.raises(SourceError, match=r"sources/a\.trig"):
        build_release(data, tmp_path / "releases", on_problem=OnProblem.STOP)
    assert broken != good
    assert current_release(tmp_path / "releases") == good


def test_no_release_without_any_source(tmp_path: Path) -> None:
    (tmp_path / "a.trig").write_text("not TriG")

    with pytest.raises(SourceError, match="no source can be taken"):
        build_release(tmp_path, tmp_path / "releases")


def test_a_file_that_the_manifest_takes_back_is_built(tmp_path: Path) -> None:
    """A changed file is set aside; once its change is accepted, the same files are another release."""
    data = write_data(tmp_path / "data", {"sources/a.trig": GROUP})
    accept(data, {"reference/gazette.trig": GAZETTE.encode(), "sources/a.trig": b"another"}, whole=True)
    first = build_release(data, tmp_path / "releases")
    assert "sources/a.trig" in first.quarantine_report

    accept(data, {file.path: file.content for file in read_inputs(data).sources}, whole=True)
    second = build_release(data, tmp_path / "releases")

    assert second.is_new
    assert second.quarantine_report == ""


def test_a_folder_of_another_name_is_no_release_of_these_inputs(tmp_path: Path) -> None:
    first = release_of(tmp_path, a=GROUP)
    first.path.rename(first.path.with_name(f"zz-backup-{first.id}"))

    assert release_of(tmp_path, a=GROUP).path == first.path
