"""Rows for a reader and for a machine."""

from __future__ import annotations

import csv
import json
from datetime import date

from kg.cli.tables import aligned, as_csv, as_json, short


def test_columns_are_as_wide_as_their_widest_cell_and_numbers_stand_to_the_right() -> None:
    assert aligned([("who", "people"), ("a group", 7), ("b", 31)], indent=1) == (
        " who      people\n a group       7\n b            31\n"
    )


def test_a_missing_cell_is_empty_and_lines_end_without_blanks() -> None:
    assert aligned([("a", "b"), (None, "x"), ("y", None)]) == "a  b\n   x\ny\n"


def test_csv_quotes_what_needs_it() -> None:
    rows: list[dict[str, object]] = [{"a": 'he said "no", twice', "b": None}, {"a": "two\nlines", "b": 3}]

    assert list(csv.DictReader(as_csv(rows).splitlines(keepends=True))) == [
        {"a": 'he said "no", twice', "b": ""},
        {"a": "two\nlines", "b": "3"},
    ]


def test_no_rows_are_an_empty_csv_and_an_empty_array() -> None:
    assert (as_csv([]), json.loads(as_json([]))) == ("", [])


def test_dates_are_strings_in_json_and_letters_stay_letters() -> None:
    assert json.loads(as_json([{"day": date(2031, 5, 3), "name": "Алесь"}])) == [{"day": "2031-05-03", "name": "Алесь"}]
    assert "Алесь" in as_json([{"name": "Алесь"}])


def test_our_iris_have_a_short_form_and_others_stay_whole() -> None:
    assert short("https://w3id.org/habeas/claim/q2m7abcd") == "claim:q2m7abcd"
    assert short("https://w3id.org/habeas/id/group/freed-in-may") == "group:freed-in-may"
    assert short("https://example.org/claim/1") == "https://example.org/claim/1"
