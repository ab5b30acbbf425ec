"""Things are found by IRI, by name in any spelling, and by text."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kg.errors import ReleaseError
from kg.search import Entry, SearchIndex, write_index

from .conftest import ENTRIES, EVENT, ORGANISATION, PERSON, open_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.search import Hit


def iris(hits: Sequence[Hit]) -> list[str]:
    return [hit.entry.iri for hit in hits]


def test_what_was_written_is_found_as_it_was(index: SearchIndex) -> None:
    assert [index.find(entry.iri) for entry in ENTRIES] == list(ENTRIES)


def test_a_merged_thing_is_found_by_its_former_iris(index: SearchIndex) -> None:
    assert index.find("id:bialiatski-old") == index.find("id:bialiatski-older") == index.find("id:bialiatski")


@pytest.mark.parametrize("iri", ["", "id:", "id:bialiatski ", "bialiatski", "\ud800", "x" * 100_000])
def test_what_is_not_there_is_not_found(index: SearchIndex, iri: str) -> None:
    assert index.find(iri) is None


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("Аляксандар Бяляцкі", "id:bialiatski"),
        ("BELYATSKY, A.", "id:bialiatski"),
        ("Aleś Bialacki", "id:bialiatski"),
        ("Aleksandras Beliackis", "id:bialiatski"),
        ("Мария Колесникова", "id:kalesnikava"),
        ("Марія Колеснікова", "id:kalesnikava"),
        ("Nikolai Viktorovich Statkevich", "id:statkevich"),
        ("Statkiewicz", "id:statkevich"),
        ("Правозащитный центр «Весна»", "id:viasna"),
        ("Вясна", "id:viasna"),
    ],
)
def test_a_thing_is_matched_by_its_name_in_another_spelling(index: SearchIndex, name: str, iri: str) -> None:
    assert iris(index.match(name))[0] == iri


def test_a_match_says_which_name_fits_and_how_well(index: SearchIndex) -> None:
    same, *_ = index.match("алесь БЯЛЯЦКІ")
    near, *_ = index.match("Алесь Бялацкий")

    assert (same.score, same.name) == (100, "Алесь Бяляцкі")
    assert 79 < near.score < 100
    assert set(near.features) == {"average", "weakest", "patronymic", "covered"}


def test_a_match_is_narrowed_to_types_and_to_a_number(index: SearchIndex) -> None:
    assert iris(index.match("Ales Bialiatski", types=[EVENT])) == ["id:arrest"]
    assert iris(index.match("Ales Bialiatski", types=[EVENT, PERSON]))[0] == "id:bialiatski"
    assert index.match("Ales Bialiatski", types=["hab:Place"]) == []
    assert len(index.match("Ales Bialiatski", limit=1)) == 1
    assert index.match("Ales Bialiatski", limit=0) == index.match("Ales Bialiatski", limit=-1) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bialiatski", ["id:bialiatski", "id:arrest", "id:viasna"]),
        ("Ales BIAL", ["id:bialiatski", "id:arrest", "id:viasna"]),
        ("Беляцкий", ["id:bialiatski", "id:arrest"]),
        ("founded 1996", ["id:viasna"]),
        ("1996 foun", ["id:viasna"]),
        ("вяс", ["id:viasna"]),
        ("s", ["id:statkevich", "id:term"]),
        ("nobody bialiatski", []),
        ("found 1996", []),
    ],
)
def test_text_is_found_with_all_its_words_the_last_as_a_beginning(
    index: SearchIndex, text: str, found: list[str]
) -> None:
    page = index.search(text)

    assert iris(page.hits) == found
    assert page.total == len(found)


def test_empty_text_lists_all_and_signs_find_nothing(index: SearchIndex) -> None:
    assert iris(index.search("").hits) == [entry.iri for entry in ENTRIES]
    assert index.search(" ").total == len(ENTRIES)
    assert index.search("(*)").total == 0


def test_pages_follow_each_other_without_gap_or_repeat(tmp_path: Path) -> None:
    """Over the place from which on the index's own order holds, too."""
    entries = tuple(Entry(f"id:{n}", {"en": f"report {n}"}, (f"report {n}",)) for n in range(250))
    index = open_index(tmp_path, entries)

    for text in ("", "report"):
        pages = [index.search(text, offset=offset, limit=30) for offset in range(0, 270, 30)]
        found = [iri for page in pages for iri in iris(page.hits)]
        assert sorted(found) == sorted(entry.iri for entry in entries)
        assert {page.total for page in pages} == {250}
    assert index.search("report", offset=10**9).hits == ()


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ({"not_before": "2021-07-14", "not_after": "2021-07-14"}, ["id:arrest", "id:term"]),
        ({"not_before": "2021-07-15"}, ["id:term"]),
        ({"not_after": "2020-09-23"}, ["id:term"]),
        ({"not_after": "2020-09-22"}, []),
        ({"not_before": "2021"}, []),
        ({"not_after": "yesterday"}, []),
    ],
)
def test_days_narrow_to_what_reaches_into_them(index: SearchIndex, days: dict[str, str], found: list[str]) -> None:
    assert iris(index.search("", **days).hits) == found
    assert iris(index.search("", **days, types=[PERSON]).hits) == []


def test_a_name_is_completed(index: SearchIndex) -> None:
    assert iris(index.complete("Ales Bi")) == ["id:bialiatski", "id:arrest"]
    assert iris(index.complete("Бял")) == ["id:bialiatski", "id:arrest"]
    assert iris(index.complete("hum", types=[ORGANISATION])) == ["id:viasna"]
    assert iris(index.complete("a", limit=1)) == ["id:bialiatski"]
    assert index.complete("1996") == index.complete("") == []


@given(st.text(max_size=50), st.integers(-5, 2000))
@example('"AND NOT (', 5)
@example("name:* OR [a TO b]~2^3", 5)
@example("\ud800\x00\\", 1)
def test_no_text_is_an_error(index: SearchIndex, text: str, number: int) -> None:
    for hits in (index.match(text, types=[text], limit=number), index.complete(text, types=[text], limit=number)):
        assert len(hits) <= max(number, 0)
    page = index.search(text, types=[text], not_before=text, not_after=text, offset=number, limit=number)
    assert len(page.hits) <= max(number, 0)
    assert index.match(text) == index.match(text)
    assert all(0 <= hit.score <= 100 for hit in (*index.match(text), *index.search(text).hits))


@pytest.mark.parametrize("text", ["ab " * 100_000, "щ" * 1_000_000, "a* " * 9_999, "ch" * 99_999, "." * 999_999])
def test_long_text_takes_no_long_time(index: SearchIndex, text: str) -> None:
    began = time.process_time()

    index.match(text, types=[text] * 9999)
    index.search(text, types=[text] * 9999)
    index.complete(text)

    assert time.process_time() - began < 1


def test_threads_share_an_index(index: SearchIndex) -> None:
    names = [name for entry in ENTRIES for name in entry.names] * 30
    alone = [iris(index.match(name)) for name in names]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda name: iris(index.match(name)), names)) == alone


def test_an_empty_index_answers(tmp_path: Path) -> None:
    index = open_index(tmp_path, ())

    assert index.search("").total == 0
    assert index.match("Ales") == []
    assert index.find("id:x") is None


def test_what_is_no_index_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="Build the release again"):
        SearchIndex.open(tmp_path / "gone")
    with pytest.raises(ReleaseError, match="Build the release again"):
        SearchIndex.open(tmp_path)
    write_index(ENTRIES, tmp_path)
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(ReleaseError, match="Build the release again"):
        SearchIndex.open(tmp_path)


def test_opening_writes_nothing(tmp_path: Path) -> None:
    write_index(ENTRIES, tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    index = SearchIndex.open(tmp_path)
    index.match("Ales Bialiatski")

    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before
    assert not [file for file in before if file.suffix == ".lock"]


def test_a_lock_that_is_written_while_the_links_are_removed_stops_nobody_and_goes_with_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lock_first(path: str, **rest: int) -> None:  # as the library's own thread may
        Path(path, ".tantivy-meta.lock").touch()
        monkeypatch.undo()
        os.rmdir(path, **rest)

    write_index(ENTRIES, tmp_path / "index")
    (tmp_path / "places").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "places"))
    monkeypatch.setattr("os.rmdir", lock_first)
    index = SearchIndex.open(tmp_path / "index")

    assert index.find("id:viasna")
    del index
    gc.collect()
    assert not list((tmp_path / "places").iterdir())


def test_an_index_on_a_read_only_disk_is_opened(tmp_path: Path) -> None:
    write_index(ENTRIES, tmp_path / "index")
    ask = f"SearchIndex.open(Path({str(tmp_path / 'index')!r})).find('id:viasna')"
    code = f"from pathlib import Path; from kg.search import SearchIndex; assert {ask}"
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" -c "$0"'
    command = ["unshare", "--mount", "sh", "-c", script, code, str(tmp_path), sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if "unshare failed" in done.stderr or "mount:" in done.stderr:
        pytest.skip("this machine lets nobody mount")

    assert done.returncode == 0, done.stderr
