"""What a query is measured against, as its explanation tells it."""

from __future__ import annotations

import pytest

from api.explain import _measures
from kg.query.admission import QueryLimits
from kg.settings import Settings

SETTINGS = Settings()
LIMITS = QueryLimits.of(SETTINGS)


def test_every_measure_names_its_limit_and_the_setting_of_it() -> None:
    measures = _measures("SELECT * { ?s a/b ?o OPTIONAL { ?s ?p 'é' } VALUES ?s { 1 2 } }", LIMITS)

    assert [(measure.name, measure.value) for measure in measures] == [
        ("bytes", 64),
        ("nesting", 2),
        ("patterns", 2),
        ("path steps", 2),
        ("unions", 1),
        ("rows", 2),
        ("expressions", 0),
    ]
    for measure in measures:
        assert measure.limit == getattr(SETTINGS, measure.setting.removeprefix("KG_").lower())


@pytest.mark.parametrize("text", ["x" * (LIMITS.bytes_max + 1), "\ud800" * LIMITS.bytes_max])
def test_a_text_that_is_too_long_is_not_looked_into(text: str) -> None:
    (measure,) = _measures(text, LIMITS)

    assert (measure.name, measure.limit) == ("bytes", LIMITS.bytes_max)
    assert measure.value > measure.limit
