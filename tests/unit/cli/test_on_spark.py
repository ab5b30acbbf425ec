"""``--engine spark``: options that fit together, results in every format, and a word where something is missing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pyoxigraph
import pytest
from typer.testing import CliRunner

from kg.cli import app
from kg.cli.on_spark import _graph, _results, query_on_spark
from kg.columns.compile import Solutions, Term
from kg.errors import KgError, NotAcceptableError, SettingsError
from kg.query.formats import format_choice
from kg.store.backend import GraphFormat, ResultFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

XSD = "http://www.w3.org/2001/XMLSchema#"
TERMS = (
    Term(2, "urn:x:a"),
    Term(1, "b.1"),
    Term(3, 'it"s\n', XSD + "string"),
    Term(3, "é", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", "be-tarask"),
    Term(3, "01", XSD + "integer"),
    None,
)
SOLUTIONS = Solutions(("v",), [(term,) for term in TERMS])


@pytest.mark.parametrize("options", [["--engine", "spark"], ["--master", "local[1]"], ["--columns", "/nowhere"]])
@pytest.mark.parametrize("verb", [["query", "ASK {}"], ["validate"]])
def test_options_of_a_cluster_go_together(verb: Sequence[str], options: Sequence[str]) -> None:
    outcome = CliRunner().invoke(app, [*verb, *options])

    assert isinstance(outcome.exception, SettingsError)
    assert "--engine spark" in str(outcome.exception)


def test_a_cluster_and_an_endpoint_are_not_both_asked() -> None:
    spark = ["--engine", "spark", "--master", "local[1]"]
    outcome = CliRunner().invoke(app, ["query", "ASK {}", *spark, "--endpoint", "http://127.0.0.1:1/sparql"])

    assert isinstance(outcome.exception, SettingsError)
    assert "--endpoint" in str(outcome.exception)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("kg.spark", "pyspark"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)

    with pytest.raises(KgError, match=r"not installed: pip install 'habeas-kg\[spark\]'"):
        query_on_spark("ASK { <relative> ?p ?o }", format_choice("json"), master="local[1]", columns="/nowhere")


def test_a_format_that_does_not_fit_is_refused_before_spark_starts() -> None:
    with pytest.raises(NotAcceptableError):
        query_on_spark("ASK {}", format_choice("csv"), master="local[1]", columns="/nowhere")


@pytest.mark.parametrize("form", [ResultFormat.JSON, ResultFormat.XML, ResultFormat.TSV])
def test_solutions_are_written_whole(form: ResultFormat) -> None:
    body = _results(SOLUTIONS, form.value)

    found = pyoxigraph.parse_query_results(body, format=pyoxigraph.QueryResultsFormat.from_media_type(form.value))
    assert isinstance(found, pyoxigraph.QuerySolutions)
    values = [row["v"] for row in found]
    assert [v and v.value for v in values if not isinstance(v, pyoxigraph.BlankNode)] == [
        "urn:x:a", 'it"s\n', "é", "01", None
    ]  # fmt: skip
    assert isinstance(values[1], pyoxigraph.BlankNode)
    assert values[3] == pyoxigraph.Literal("é", language="be-tarask")
    assert values[4] == pyoxigraph.Literal("01", datatype=pyoxigraph.NamedNode(XSD + "integer"))


def test_csv_and_booleans_are_written() -> None:
    assert _results(SOLUTIONS, ResultFormat.CSV.value).decode().startswith("v\r\nurn:x:a\r\n")
    assert b"true" in _results(True, ResultFormat.XML.value)  # noqa: FBT003 - it is the answer


def test_a_graph_is_written_once() -> None:
    subject, predicate = Term(2, "urn:x:a"), Term(2, "urn:x:p")
    body = _graph([(subject, predicate, term) for term in TERMS if term is not None], GraphFormat.N_TRIPLES.value)

    assert len(body.splitlines()) == 5
    assert b'"\xc3\xa9"@be-tarask' in body
