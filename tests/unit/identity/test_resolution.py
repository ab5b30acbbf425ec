"""Merges and links are drawn after the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kg.columns import load_triples, ntriples, open_database
from kg.errors import ClaimError
from kg.identity import Judgement, resolve
from kg.vocab import ID

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

EXACT = "http://www.w3.org/2004/02/skos/core#exactMatch"
REPLACED = "http://purl.org/dc/terms/isReplacedBy"
OLD, NEW, NEWEST, HIDDEN = (f"{ID}person/{key}" for key in ("old", "new", "newest", "hidden"))


def resolved(tmp_path: Path, *judgements: Judgement) -> tuple[str, str]:
    """The resolved triples and the linkset, over three disclosed persons."""
    with open_database(tmp_path / "x.duckdb") as db:
        _disclose(db, f"<{OLD}> <a:knows> <{NEW}> .\n<{NEW}> <a:knows> <{NEWEST}> .\n")
        resolve(db, judgements)
        return ntriples(db, "resolved").decode(), ntriples(db, "link").decode()


def _disclose(db: duckdb.DuckDBPyConnection, text: str) -> None:
    db.execute("CREATE TABLE disclosed (s INTEGER, p INTEGER, o INTEGER, g INTEGER, source INTEGER)")
    db.execute("CREATE TABLE said (s INTEGER, p INTEGER, o INTEGER)")
    load_triples(db, text.encode(), into="said")
    db.execute("INSERT INTO disclosed SELECT s, p, o, s, 1 FROM said")


def test_without_judgements_nothing_changes(tmp_path: Path) -> None:
    triples, links = resolved(tmp_path)

    assert triples.count("\n") == 2
    assert links == ""


def test_a_merged_thing_is_replaced_wherever_it_stood_and_keeps_a_redirect(tmp_path: Path) -> None:
    triples, links = resolved(tmp_path, Judgement(OLD, REPLACED, NEW), Judgement(NEW, REPLACED, NEWEST))

    assert triples == f"<{NEWEST}> <a:knows> <{NEWEST}> .\n"
    assert f"<{OLD}> <{REPLACED}> <{NEWEST}> ." in links
    assert f"<{NEW}> <{REPLACED}> <{NEWEST}> ." in links


def test_a_link_of_a_merged_thing_goes_to_its_survivor(tmp_path: Path) -> None:
    _, links = resolved(tmp_path, Judgement(OLD, REPLACED, NEW), Judgement(OLD, EXACT, "https://example.org/1"))

    assert f"<{NEW}> <{EXACT}> <https://example.org/1> ." in links


def test_a_thing_that_was_not_disclosed_gets_no_link_and_no_redirect(tmp_path: Path) -> None:
    _, links = resolved(tmp_path, Judgement(HIDDEN, EXACT, "https://example.org/1"), Judgement(HIDDEN, REPLACED, NEW))

    assert links == ""


def test_a_link_to_a_name_of_our_own_is_none(tmp_path: Path) -> None:
    """It would make the name of a hidden claim public."""
    _, links = resolved(tmp_path, Judgement(OLD, EXACT, "https://w3id.org/habeas/claim/secretca"))

    assert links == ""


@pytest.mark.parametrize(
    "judgements",
    [
        (Judgement(OLD, REPLACED, NEW), Judgement(NEW, REPLACED, OLD)),
        (Judgement(OLD, REPLACED, NEW), Judgement(OLD, REPLACED, NEWEST)),
    ],
)
def test_merges_in_a_circle_or_into_two_things_stop_the_build(
    tmp_path: Path, judgements: tuple[Judgement, ...]
) -> None:
    with pytest.raises(ClaimError, match="person/old"):
        resolved(tmp_path, *judgements)
