"""``kg query``: ask the current release, or any other SPARQL endpoint, from the command line."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack, aclosing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from kg.errors import QueryRefusedError, SettingsError
from kg.publication import current_release, open_columnar
from kg.query.admission import QueryLimits
from kg.query.formats import format_choice
from kg.query.plan import ask, plan
from kg.settings import load_settings
from kg.store.backend import FormatChoice, GraphFormat, QueryRequest, ResultFormat
from kg.store.pool import PoolLimits, WorkerPool
from kg.store.remote import RemoteEndpoint
from kg.store.remote_http import Address

from .on_spark import QueryOptions, query_on_spark
from .options import with_options

if TYPE_CHECKING:
    from kg.settings import Settings
    from kg.store.backend import Answer

__all__ = ["query"]

_AS_TABLE = FormatChoice(ResultFormat.JSON, ResultFormat.JSON, GraphFormat.TURTLE)
_NO_TERMINAL_COLUMNS = 10_000


class _Format(StrEnum):
    table = "table"
    json = "json"
    xml = "xml"
    csv = "csv"
    tsv = "tsv"
    turtle = "turtle"
    ntriples = "ntriples"
    jsonld = "jsonld"
    rdfxml = "rdfxml"


@with_options("chosen", QueryOptions)
def query(
    text: Annotated[
        str | None, typer.Argument(help="The query; read from stdin where neither it nor --file is given.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, readable=True, help="A file that holds the query.")
    ] = None,
    form: Annotated[_Format, typer.Option("--format", help="How to print the result.")] = _Format.table,
    endpoint: Annotated[
        str | None, typer.Option(help="Ask this SPARQL endpoint instead of the current release.")
    ] = None,
    *,
    chosen: QueryOptions,
) -> None:
    """Run a SPARQL 1.1 query and print its whole result, or say why there is none.

    As the service does, it asks the columns of the release for what scans, if there are any (KG_COLUMNS), and else its
    index. The deadline and the caps are those of the service too (docs/settings.md). SELECT and ASK print as a table,
    CONSTRUCT and DESCRIBE as Turtle, unless --format says otherwise.

    Example: kg query 'SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }'
    """
    settings = load_settings()
    formats = _AS_TABLE if form is _Format.table else format_choice(form.value)
    request = QueryRequest(_read(text, file), formats)
    cluster = chosen.cluster
    if cluster is not None and endpoint is not None:
        raise SettingsError("--engine spark asks columns, and --endpoint another service: ask one of them.")
    if cluster is None:
        asking = _ask(request, settings) if endpoint is None else _ask_endpoint(request, endpoint, settings)
        answer = asyncio.run(asking)
    else:
        place = cluster.place(settings.releases)
        answer = query_on_spark(request.text, formats, master=cluster.master, columns=place)
    if form is _Format.table and answer.media_type == ResultFormat.JSON:
        _print_table(answer)
    else:
        for chunk in answer.chunks():
            sys.stdout.buffer.write(chunk)


def _read(text: str | None, file: Path | None) -> str:
    if text is not None:
        return text
    content = sys.stdin.buffer.read() if file is None else file.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise QueryRefusedError(f"the query is not UTF-8: {error}. Save it as UTF-8.") from error


async def _ask(request: QueryRequest, settings: Settings) -> Answer:
    """Ask the current release: its columns for what scans, if it has them, and else its index."""
    planned = plan(request.text, QueryLimits.of(settings), has_columns=True)
    release = current_release(settings.releases)
    async with AsyncExitStack() as opened:
        # One question is not worth loading the release into memory.
        index = await opened.enter_async_context(WorkerPool(release.store, PoolLimits.of(settings)))
        columns = await open_columnar(settings, release) if planned.way.is_scan else None
        if columns is not None:
            opened.push_async_callback(columns.aclose)
        return await ask(index, planned, request, columns=columns)


async def _ask_endpoint(request: QueryRequest, endpoint: str, settings: Settings) -> Answer:
    planned = plan(request.text, QueryLimits.of(settings))
    address = Address(endpoint, user=settings.remote_user, password=settings.remote_password)
    async with aclosing(RemoteEndpoint(address, PoolLimits.of(settings))) as backend:
        await backend.start()
        # Other engines have other traps: they are asked what was written.
        return await ask(backend, planned._replace(text=request.text, rewrites=()), request)


def _print_table(answer: Answer) -> None:
    """Print SPARQL 1.1 JSON results; terms as they are, without their datatypes."""
    results = json.loads(answer.read())
    if "boolean" in results:
        typer.echo(str(results["boolean"]).lower())
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in results["head"]["vars"]:
        table.add_column(name, overflow="fold")
    for row in results["results"]["bindings"]:
        table.add_row(*(row.get(name, {}).get("value", "") for name in results["head"]["vars"]))
    width = None if sys.stdout.isatty() else _NO_TERMINAL_COLUMNS
    Console(markup=False, highlight=False, width=width).print(table)
