"""The queries behind the pages: files in ``queries/``, each valid SPARQL, in which placeholders stand for IRIs.

``<urn:habeas:NAME>`` in a file is replaced by one IRI, or by several in a row where it stands in VALUES. What is put
in has passed the check of the parser itself, which leaves no character to end an IRI with: no request can write into a
query, and none of what one names can fail it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kg.errors import QueryRefusedError
from kg.rdf import is_iri
from kg.store.backend import QueryRequest
from kg.vocab import rebased

from .budgets import CLIENT
from .terms import Label, Row, choose_label, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.store.backend import QueryBackend

__all__ = ["as_iris", "ask", "example_queries", "labels_of", "query_text", "select"]

_FOLDER: Final = Path(__file__).parent / "queries"


@cache
def _file(name: str) -> str:
    return rebased((_FOLDER / f"{name}.rq").read_text("utf-8"))


def query_text(name: str, *, more: str = "", **iris: str | Iterable[str]) -> str:
    """The query ``queries/NAME.rq`` with its placeholders filled in.

    Args:
        name: of the file.
        more: what of our own is to follow: LIMIT and OFFSET.
        iris: what stands in the place of each placeholder.

    Raises:
        QueryRefusedError: a value is no absolute IRI.
    """
    text = _file(name)
    for placeholder, value in iris.items():
        text = text.replace(f"<urn:habeas:{placeholder}>", as_iris([value] if isinstance(value, str) else value))
    return f"{text}{more}"


def as_iris(iris: Iterable[str]) -> str:
    """IRIs in a row, as SPARQL writes them.

    Raises:
        QueryRefusedError: one is no absolute IRI.
    """
    listed = list(iris)
    if not all(map(is_iri, listed)):
        raise QueryRefusedError("A name in this address is no IRI.")
    return " ".join(f"<{iri}>" for iri in listed)


async def _json(backend: QueryBackend, text: str) -> dict[str, Any]:  # as the JSON results format defines it
    answer = await backend.answer(QueryRequest(text, client=CLIENT.get()))
    results: dict[str, Any] = json.loads(answer.read())
    return results


async def ask(backend: QueryBackend, name: str, **iris: str) -> bool:
    """Ask a yes-or-no question of ours."""
    return bool((await _json(backend, query_text(name, **iris)))["boolean"])


async def select(backend: QueryBackend, name: str, *, more: str = "", **iris: str | Iterable[str]) -> list[Row]:
    """The rows of a SELECT of ours; ``query_text`` says what it takes."""
    return rows_of(await _json(backend, query_text(name, more=more, **iris)))


async def labels_of(backend: QueryBackend, rows: Iterable[Row]) -> dict[str, Label]:
    """A label for every IRI in some rows that has one."""
    iris = sorted({term.value for row in rows for term in row.values() if term.is_iri and is_iri(term.value)})
    found: dict[str, list[Label]] = {}
    for row in rows_of(await _json(backend, query_text("labels", nodes=iris))):
        found.setdefault(row["node"].value, []).append(Label(row["label"].value, row["label"].language))
    return {iri: choose_label(labels) for iri, labels in found.items()}


@cache
def example_queries() -> tuple[tuple[str, str], ...]:
    """Examples for newcomers, from ``queries/examples/``: what each asks (its first line), and the query."""
    texts = [rebased(path.read_text("utf-8")) for path in sorted((_FOLDER / "examples").glob("*.rq"))]
    return tuple((text.partition("\n")[0].removeprefix("#").strip(), text) for text in texts)
