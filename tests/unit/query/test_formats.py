"""Names and media types of the formats."""

from __future__ import annotations

import pytest

from kg.errors import NotAcceptableError
from kg.query.formats import BOOLEAN_MEDIA_TYPES, FORMAT_NAMES, GRAPH_MEDIA_TYPES, SOLUTIONS_MEDIA_TYPES, format_choice
from kg.store.backend import GraphFormat, ResultFormat


def test_every_format_is_offered_under_its_own_media_type_first() -> None:
    assert list(SOLUTIONS_MEDIA_TYPES)[: len(ResultFormat)] == [known.value for known in ResultFormat]
    assert list(GRAPH_MEDIA_TYPES)[: len(GraphFormat)] == [known.value for known in GraphFormat]


def test_a_boolean_has_no_table() -> None:
    assert set(BOOLEAN_MEDIA_TYPES.values()) == {ResultFormat.JSON, ResultFormat.XML}


def test_every_format_has_a_short_name() -> None:
    named = {
        chosen
        for name in FORMAT_NAMES
        for choice in [format_choice(name)]
        for chosen in (choice.solutions, choice.graph)
    }

    assert named == {*ResultFormat, *GraphFormat, None}


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotAcceptableError, match="csv"):
        format_choice("excel")
