"""A small index of public persons, organisations and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kg.search import Entry, SearchIndex, write_index

if TYPE_CHECKING:
    from pathlib import Path

PERSON, ORGANISATION, EVENT = "hab:Person", "hab:Organisation", "hab:Event"
ENTRIES = (
    Entry(
        "id:bialiatski",
        {"en": "Ales Bialiatski", "be": "Алесь Бяляцкі"},
        ("Ales Bialiatski", "Алесь Бяляцкі", "Александр Беляцкий"),
        types=(PERSON,),
        former=("id:bialiatski-old", "id:bialiatski-older"),
    ),
    Entry("id:kalesnikava", {"en": "Maria Kalesnikava"}, ("Maria Kalesnikava", "Марыя Калеснікава"), types=(PERSON,)),
    Entry("id:statkevich", {"en": "Mikola Statkevich"}, ("Mikola Statkevich", "Мікола Статкевіч"), types=(PERSON,)),
    Entry(
        "id:viasna",
        {"en": "Human Rights Centre Viasna", "be": "Праваабарончы цэнтр «Вясна»"},
        ("Human Rights Centre Viasna", "Праваабарончы цэнтр «Вясна»"),
        types=(ORGANISATION,),
        texts=("Founded in Minsk in 1996 by Ales Bialiatski.",),
    ),
    Entry(
        "id:arrest",
        {"en": "arrest of Ales Bialiatski, 2021"},
        ("arrest of Ales Bialiatski, 2021",),
        types=(EVENT,),
        not_before="2021-07-14",
        not_after="2021-07-14",
    ),
    Entry("id:term", {"en": "sixth term"}, ("sixth term",), types=(EVENT,), not_before="2020-09-23"),
)


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """The entries, written and opened."""
    return open_index(tmp_path_factory.mktemp("search"), ENTRIES)


def open_index(folder: Path, entries: tuple[Entry, ...]) -> SearchIndex:
    """An index of these entries."""
    write_index(entries, folder)
    return SearchIndex.open(folder)
