"""``kg query`` and ``kg validate`` with ``--engine spark``: the columns of the release, read by a cluster."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

import pyoxigraph
import typer

from kg.columns.compile import Solutions, compile  # noqa: A004 - the name of what it does
from kg.columns.compile.terms import BLANK, IRI, Term
from kg.errors import KgError, NotAcceptableError, ReleaseError, SettingsError
from kg.publication import current_release
from kg.store.backend import Answer, ResultFormat
from kg.validation import Columns
from kg.vocab import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from kg.columns.compile.answers import Triple
    from kg.store.backend import FormatChoice
    from kg.validation import ValidationReport

__all__ = ["Cluster", "Master", "QueryOptions", "cluster_of", "query_on_spark", "validate_on_spark"]


class Cluster(NamedTuple):
    """Where Spark runs, and the folder or address of the columns there; None for those of the release."""

    master: str
    columns: str | None

    def place(self, releases: Path) -> str:
        """Where the executors read the columns.

        Raises:
            ReleaseError: none are named, and the current release has none.
        """
        if self.columns:
            return self.columns
        held = current_release(releases).columns
        if not (held / "quad.parquet").is_file():
            raise ReleaseError(f"{held.parent}: this release has no columns. Build one that has: kg build")
        # An address, for a path alone may mean another file system to a cluster.
        return held.resolve().as_uri()


Master = Annotated[str | None, typer.Option(help="Spark's master: spark://host:7077, yarn, local[2].")]


class _Engine(StrEnum):
    local = "local"
    spark = "spark"


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """What a query runs on: the options of ``kg query``."""

    engine: Annotated[_Engine, typer.Option(help="Where it runs; spark wants --master.")] = _Engine.local
    master: Master = None
    columns: Annotated[
        str | None, typer.Option(help="Where Spark reads the columns, if not in the release's folder.")
    ] = None

    @property
    def cluster(self) -> Cluster | None:
        """The cluster; None where it runs here.

        Raises:
            SettingsError: the options do not go together.
        """
        if self.engine is _Engine.spark:
            return cluster_of(self.master, self.columns)
        if self.master or self.columns:
            raise SettingsError("--master and --columns are for --engine spark.")
        return None


def cluster_of(master: str | None, columns: str | None) -> Cluster:
    """The cluster that the options of ``--engine spark`` name.

    Raises:
        SettingsError: --master is missing.
    """
    if not master:
        raise SettingsError("--engine spark wants --master, the address of a cluster: spark://host:7077, local[2].")
    return Cluster(master, columns)


@contextmanager
def _opened(master: str, columns: str) -> Iterator[tuple[ModuleType, Any]]:
    """The package ``kg.spark`` and a session of it on the columns.

    Raises:
        KgError: the extra is not installed, Spark does not start, or there are no columns.
    """
    try:
        spark = import_module("kg.spark")
    except ModuleNotFoundError as error:
        raise KgError(
            f"--engine spark needs the package {error.name}, which is not installed: pip install 'habeas-kg[spark]'. "
            "It needs Java 17 or later, too."
        ) from error
    with spark.spark_session(master) as session:
        spark.open_tables(session, columns)
        yield spark, session


def query_on_spark(text: str, formats: FormatChoice, *, master: str, columns: str) -> Answer:
    """Answer a query on a cluster; the limits of the service do not hold there.

    Raises:
        QueryUnsupportedError: columns do not cover it, or Spark does not compute it exactly.
        NotAcceptableError: it has another form than the format.
    """
    compiled = compile(text, base=BASE)
    wanted = {"SELECT": formats.solutions, "ASK": formats.boolean, "CONSTRUCT": formats.graph}[compiled.form]
    if wanted is None:
        raise NotAcceptableError(f"A {compiled.form} query has no result in this format. Choose another --format.")
    with _opened(master, columns) as (spark, session):
        found = spark.run_compiled(session, compiled)
    body = _graph(found, wanted.value) if isinstance(found, list) else _results(found, wanted.value)
    return Answer(wanted.value, len(body), BytesIO(body))


def _results(found: Solutions | bool, media_type: str) -> bytes:
    """Results in the format of a media type."""
    text = json.dumps(_json(found), ensure_ascii=False)
    if media_type == ResultFormat.JSON:
        return text.encode()
    parsed = pyoxigraph.parse_query_results(text, format=pyoxigraph.QueryResultsFormat.JSON)
    written = parsed.serialize(format=pyoxigraph.QueryResultsFormat.from_media_type(media_type))
    return cast(bytes, written)


def _json(found: Solutions | bool) -> dict[str, Any]:
    """SPARQL 1.1 Query Results JSON (§3, §4)."""
    if isinstance(found, bool):
        return {"head": {}, "boolean": found}
    rows = [
        {name: _binding(term) for name, term in zip(found.variables, row, strict=True) if term is not None}
        for row in found.rows
    ]
    return {"head": {"vars": list(found.variables)}, "results": {"bindings": rows}}


def _binding(term: Term) -> dict[str, str]:
    if term.kind in {BLANK, IRI}:
        return {"type": "bnode" if term.kind == BLANK else "uri", "value": term.lexical}
    if term.language:
        return {"type": "literal", "value": term.lexical, "xml:lang": term.language}
    return {"type": "literal", "value": term.lexical, "datatype": term.datatype}


def _graph(found: list[Triple], media_type: str) -> bytes:
    triples = [pyoxigraph.Triple(*map(_node, triple)) for triple in found]
    return cast(bytes, pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.from_media_type(media_type)))


def _node(term: Term) -> Any:  # noqa: ANN401 - one of pyoxigraph's three classes, which have no common base
    if term.kind == BLANK:
        return pyoxigraph.BlankNode("b" + term.lexical.encode().hex())
    if term.kind == IRI:
        return pyoxigraph.NamedNode(term.lexical)
    if term.language:
        return pyoxigraph.Literal(term.lexical, language=term.language)
    return pyoxigraph.Literal(term.lexical, datatype=pyoxigraph.NamedNode(term.datatype))


def validate_on_spark(
    validate: Callable[[Columns], ValidationReport], *, master: str, columns: str
) -> ValidationReport:
    """What ``validate`` says of the default graph of columns that a cluster reads."""
    with _opened(master, columns) as (spark, session):
        return validate(Columns.of_release(spark.Database(session)))
