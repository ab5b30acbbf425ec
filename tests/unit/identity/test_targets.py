"""The forms in which a thing is named, and the one that a link uses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.identity import canonical_iri, is_iri, target_of
from kg.vocab import ID

ITEM = "http://www.wikidata.org/entity/Q2866"


@pytest.mark.parametrize(
    "form",
    [
        ITEM,
        "https://www.wikidata.org/entity/Q2866",
        "http://www.wikidata.org/wiki/Q2866",
        "https://www.wikidata.org/wiki/Q2866#sitelinks",
        "https://m.wikidata.org/wiki/Q2866?uselang=be",
        "https://wikidata.org/wiki/Special:EntityPage/Q2866",
        "https://www.wikidata.org/wiki/Special:EntityData/Q2866.json",
    ],
)
def test_each_form_of_an_item_is_the_item(form: str) -> None:
    assert canonical_iri(form) == ITEM
    assert target_of(canonical_iri(form)).key == "wikidata"


@pytest.mark.parametrize(
    "other",
    [
        "http://www.wikidata.org/entity/Q0",
        "http://www.wikidata.org/entity/Q2866x",
        "http://www.wikidata.org.example.org/entity/Q2866",
        "http://example.org/?u=http://www.wikidata.org/entity/Q2866",
        "ftp://www.wikidata.org/entity/Q2866",
        f"http://www.wikidata.org/entity/Q{'1' * 13}",
    ],
)
def test_what_only_looks_like_one_stays_as_it_is(other: str) -> None:
    assert canonical_iri(other) == other


@pytest.mark.parametrize("form", ["http://w3id.org/habeas/id/person/a", "https://w3id.org/habeas/doc/person/a.ttl"])
def test_a_thing_of_ours_has_forms_too(form: str) -> None:
    assert canonical_iri(form) == f"{ID}person/a"
    assert target_of(canonical_iri(form)).key == "habeas"


def test_an_unknown_dataset_is_known_by_its_host() -> None:
    target = target_of("https://Example.org:8080/thing/1")
    assert (target.key, target.prefix) == ("example.org-8080", "https://Example.org:8080/")
    assert target_of("http://example.org/1").key == "example.org-http"


@given(st.text(max_size=60))
def test_a_key_is_always_a_safe_file_name(text: str) -> None:
    iri = f"https://{text}/1"
    if is_iri(iri):
        key = target_of(iri).key
        assert "/" not in key
        assert key.isascii()


@given(st.text(max_size=60))
def test_one_form_is_the_form_of_itself(text: str) -> None:
    for prefix in (ITEM, "https://www.wikidata.org/wiki/", f"{ID}person/", ""):
        assert canonical_iri(canonical_iri(prefix + text)) == canonical_iri(prefix + text)
