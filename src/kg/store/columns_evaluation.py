"""What a worker over columns does with a query: it compiles it or, given what another has compiled, answers it."""

from __future__ import annotations

import base64
import json
import pickle
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from ..columns.compile import (  # "compile" is the name of what it does
    Arrangement,
    Compiled,
    Term,
    compile,  # noqa: A004
    open_release_columns,
)
from ..columns.compile.parsing import parse
from ..errors import QueryResourceError, QueryUnsupportedError, ReleaseError
from ..vocab import BASE
from .backend import ResultFormat
from .columns_results import as_term, write_boolean, write_graph, write_solutions
from .evaluation import accepted, graphs_of
from .frames import COMPILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .backend import QueryRequest
    from .frames import ColumnsPlace

__all__ = ["load_parser", "open_columns_evaluation"]

_WRITERS: Final = {"SELECT": write_solutions, "ASK": write_boolean, "CONSTRUCT": write_graph}
_DECODED: Final = 64
# The longest statement of our own questions is 54 kB; one of 650 kB is planned for 7 s before it runs.
_SQL_CHARACTERS_MAX: Final = 2**18
_FIRST: Final = """SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o FILTER(?o <= "2000-01-01"^^<http://www.w3.org/2001/XMLSchema#date>)
  FILTER NOT EXISTS { ?o ?q ?s } } GROUP BY ?s ORDER BY ?n LIMIT 0"""


def load_parser() -> None:
    """Have the parser put its grammars together, for all workers to come; it starts no thread."""
    for text in (_FIRST, f"{_FIRST} # of texts with comments"):
        parse(text)


def open_columns_evaluation(place: ColumnsPlace, *, size_max: int) -> Callable[[QueryRequest], tuple[str, bytes]]:
    """Open the columns of a release, read-only.

    Args:
        place: where they are, and what DuckDB may take.
        size_max: largest result, in bytes.

    Returns:
        What evaluates one request after the other, as ``kg.store.evaluation.evaluate`` does.

    Raises:
        ReleaseError: they cannot be opened.
    """
    db = open_release_columns(Path(place.folder), memory_mb=place.memory_mb, threads=place.threads)
    try:
        # The first of its kind takes a tenth of a second longer than any other; nobody waits for this one.
        arrangement = Arrangement(db)
        first = compile(_FIRST, base=BASE, arrangement=arrangement)
        write_solutions(db, first, ResultFormat.JSON, size_max=size_max)
    except duckdb.Error as error:
        raise ReleaseError(f"The columns in {place.folder} cannot be asked ({type(error).__name__}).") from error

    def evaluate(request: QueryRequest) -> tuple[str, bytes]:
        return _compile(request, arrangement) if request.statement == COMPILE else _run(db, request, size_max)

    return evaluate


def _compile(request: QueryRequest, arrangement: Arrangement) -> tuple[str, bytes]:
    default, named = (
        [graph.value for graph in graphs_of(iris)] for iris in (request.default_graphs, request.named_graphs)
    )
    compiled = compile(request.text, base=BASE, default_graphs=default, named_graphs=named, arrangement=arrangement)
    accepted(compiled.form, request.formats)
    if len(compiled.sql) > _SQL_CHARACTERS_MAX:
        raise QueryUnsupportedError("The columns do not answer this: a query of so many expressions.")
    # It goes back to a process that does not look into it, and from there to workers like this one.
    code = base64.b64encode(pickle.dumps(compiled)).decode()
    try:
        parameters = [_shown(value) for value in compiled.parameters]
    except ValueError as error:
        raise QueryUnsupportedError("The columns do not answer this: a term that is none of RDF.") from error
    return ResultFormat.JSON, json.dumps({"sql": compiled.sql, "parameters": parameters, "code": code}).encode()


def _shown(value: Term | str) -> str:
    """A parameter for people: a text as it is, a term as in N-Triples.

    Raises:
        ValueError: it is no term of RDF.
    """
    return value if isinstance(value, str) else str(as_term(value))


@lru_cache(maxsize=_DECODED)
def _decoded(code: str) -> Compiled:
    compiled = pickle.loads(base64.b64decode(code))  # noqa: S301 - what a worker of this very release has written
    assert isinstance(compiled, Compiled)
    return compiled


def _run(db: duckdb.DuckDBPyConnection, request: QueryRequest, size_max: int) -> tuple[str, bytes]:
    compiled = _decoded(request.statement)
    media_type = accepted(compiled.form, request.formats)
    try:
        return media_type, _WRITERS[compiled.form](db, compiled, media_type, size_max=size_max)
    except (MemoryError, duckdb.OutOfMemoryException) as error:
        raise QueryResourceError("The query needs more memory than it may take (KG_COLUMNS_MEMORY_MB).") from error
    except (duckdb.Error, ValueError) as error:  # the second, where a triple has a term that is none of RDF's
        raise QueryUnsupportedError("Columns cannot evaluate this query.") from error
