"""Terms as pages show them, and the queries behind the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Store

from api.lookups import example_queries, query_text
from api.terms import Label, Term, choose_label, rows_of
from kg.errors import QueryRefusedError
from kg.query.admission import QueryLimits, admit
from kg.settings import Settings
from kg.vocab import EDTF

QUERIES = Path(__file__).parents[3] / "api" / "queries"
NAMES = sorted(path.relative_to(QUERIES).with_suffix("").as_posix() for path in QUERIES.rglob("*.rq"))
XSD = "http://www.w3.org/2001/XMLSchema#"
THING = "https://w3id.org/habeas/id/person/somebody"


def test_the_queries_are_there() -> None:
    assert len(NAMES) > 10
    assert len(example_queries()) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_every_query_of_ours_is_admitted_and_can_be_evaluated(name: str) -> None:
    text = query_text(name, thing=THING, nodes=[THING, THING])

    admit(text, QueryLimits.of(Settings()))
    Store().query(text)
    assert "urn:habeas:" not in text


@pytest.mark.parametrize("iri", ["x:a> } #", "x:a b", "x:a\nb", "no-scheme", "", "x:\\u003E", 'x:"', "x:{}"])
def test_no_name_can_write_into_a_query(iri: str) -> None:
    with pytest.raises(QueryRefusedError):
        query_text("known", thing=iri)


@pytest.mark.parametrize(
    ("term", "href"),
    [
        (Term("uri", THING), "/doc/person/somebody"),
        (Term("uri", "https://w3id.org/habeas/claim/k7f3m2qa"), "/claim/k7f3m2qa"),
        (Term("uri", "https://w3id.org/habeas/source/gazette-1"), "/source/gazette-1"),
        (Term("uri", "https://example.com/a"), "https://example.com/a"),
        (Term("uri", "javascript:alert(1)"), ""),
        (Term("literal", "https://example.com/a"), ""),
        (
            Term("literal", "https://example.com/a", datatype="http://www.w3.org/2001/XMLSchema#anyURI"),
            "https://example.com/a",
        ),
        (Term("literal", "javascript:alert(1)", datatype="http://www.w3.org/2001/XMLSchema#anyURI"), ""),
    ],
)
def test_a_term_leads_to_its_page_or_nowhere(term: Term, href: str) -> None:
    assert term.href == href


@pytest.mark.parametrize(
    ("datatype", "value", "text"),
    [
        (EDTF, "2031-05~", "about May 2031"),
        (f"{XSD}date", "2031-05-01", "1 May 2031"),
        (f"{XSD}dateTime", "2031-05-01T10:00:00Z", "1 May 2031, 10:00 UTC"),
        (f"{XSD}duration", "P4Y6M", "4 years 6 months"),
        (f"{XSD}string", "2031-05-01", "2031-05-01"),
        ("", "P4Y6M", "P4Y6M"),
    ],
)
def test_dates_and_durations_are_told_in_words_and_all_else_as_it_is_written(
    datatype: str, value: str, text: str
) -> None:
    assert Term("literal", value, datatype=datatype).text == text


def test_a_label_is_chosen_for_readers_of_english() -> None:
    labels = [Label("Страж", "be"), Label("Watch", "en"), Label("Wächter", "de")]

    assert choose_label(labels).text == "Watch"
    assert choose_label(labels[::2]).text == "Страж"
    assert choose_label([Label("b", "pl"), Label("a", "lt")]).text == "a"


def test_rows_leave_out_what_is_unbound() -> None:
    results = {"results": {"bindings": [{"a": {"type": "literal", "value": "x", "xml:lang": "be"}}, {}]}}

    assert rows_of(results) == [{"a": Term("literal", "x", "be")}, {}]
