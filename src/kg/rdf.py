"""The door to pyoxigraph: parsing and serialising RDF, and the index that a release is walked with.

Literals stay as written ("01"^^xsd:integer keeps its zero): only the index normalises them, so hashes, claims and dumps
are made from what is parsed here. The one exception is a language tag, which the parser lower-cases (RDF 1.1 Concepts
§3.3 compares tags without case).
"""

from __future__ import annotations

import codecs
import hashlib
import re
from typing import TYPE_CHECKING, Final

import pyoxigraph

from .errors import KgError, SourceError
from .vocab import IS_REBASED, rebased

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = [
    "SOURCE_SUFFIXES",
    "any_turtle_to_ntriples",
    "build_index",
    "construct",
    "convert_nquads",
    "convert_turtle",
    "count_index",
    "index_names",
    "is_iri",
    "load_graphs",
    "open_index",
    "open_rules_store",
    "select",
    "sha256",
    "to_nquads",
    "turtle_to_ntriples",
]

_TRIPLE_TERMS_MAX: Final = 500
# What one line of N-Quads may take; the columns read lines of up to twice that.
_LINE_BYTES_MAX: Final = 32 * 2**20
# With a scheme, and with nothing that could end it where it is written (RDF 1.1 Turtle §6.5, IRIREF).
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_NAMES: Final = {".trig": "TriG", ".nq": "N-Quads"}
SOURCE_SUFFIXES: Final = {".trig": pyoxigraph.RdfFormat.TRIG, ".nq": pyoxigraph.RdfFormat.N_QUADS}


def sha256(content: bytes) -> str:
    """SHA-256 of ``content``, in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def is_iri(text: str) -> bool:
    """Whether a text is an absolute IRI (RFC 3987 §2.2) that the store reads, in a query as in a file.

    Its own parser is asked: what it refuses ("50%off", square brackets, control characters) would fail a query.
    """
    if _ABSOLUTE.fullmatch(text) is None:
        return False
    try:
        next(pyoxigraph.parse(f"<{text}> <a:> <a:> .".encode(), format=pyoxigraph.RdfFormat.N_TRIPLES))
    except (SyntaxError, UnicodeEncodeError):
        return False
    return True


def to_nquads(content: bytes, *, suffix: str, where: str) -> bytes:
    """Parse one source file into canonical N-Quads, one quad a line, in the order of the file.

    Args:
        content: the bytes of the file.
        suffix: ".trig" or ".nq".
        where: the file's name, for the error.

    Raises:
        SourceError: the file is not what its suffix says, with line and column; or it holds no statement.
    """
    _refuse_harmful(content, where)
    try:
        quads = pyoxigraph.parse(content.removeprefix(codecs.BOM_UTF8), format=SOURCE_SUFFIXES[suffix])
        nquads = _serialize(quads, pyoxigraph.RdfFormat.N_QUADS)
    except SyntaxError as error:
        # pyoxigraph counts columns from 1 and gives none where the bytes are not even UTF-8.
        place = "".join(f":{n}" for n in (error.lineno, error.offset) if n is not None)
        raise SourceError(
            # Not in the parser's words: they quote the file, whose level nobody knows yet.
            f"It is not well-formed {_NAMES[suffix]}.",
            where=f"{where}{place}",
            remedy="Mend the syntax there; everything after that place was not read.",
        ) from error
    except MemoryError as error:
        raise SourceError(
            "A name or text in it is longer than 16 MiB.",
            where=where,
            remedy="Keep long texts elsewhere, and say where.",
        ) from error
    if not nquads:
        raise SourceError("It holds no statement.", where=where, remedy="Fill the file or remove it.")
    if len(nquads) > _LINE_BYTES_MAX and max(map(len, nquads.splitlines())) > _LINE_BYTES_MAX:
        raise SourceError(
            f"A statement is longer than {_LINE_BYTES_MAX >> 20} MiB.",
            where=where,
            remedy="Keep long texts elsewhere, and say where.",
        )
    return rebased(nquads.decode()).encode() if IS_REBASED else nquads


def _refuse_harmful(content: bytes, where: str) -> None:
    """Refuse what would end this process: the parser follows triple terms by recursion, 100,000 deep to a crash."""
    if content.count(b"<<") > _TRIPLE_TERMS_MAX:
        raise SourceError(
            f"It has '<<' more than {_TRIPLE_TERMS_MAX} times, the mark of a triple inside of a triple (RDF 1.2).",
            where=where,
            remedy="Give what is said a claim of its own, a named graph, and speak of that claim.",
        )


def _serialize(statements: Iterable[pyoxigraph.Triple | pyoxigraph.Quad], form: pyoxigraph.RdfFormat) -> bytes:
    text = pyoxigraph.serialize(statements, format=form)  # type: ignore[arg-type]  # declared as all of one kind
    assert text is not None  # it is None only where an output was given
    return text


def any_turtle_to_ntriples(path: Path) -> bytes:
    """Parse one Turtle file of anybody's into N-Triples; its relative IRIs are of the file, its blank nodes its own.

    Raises:
        KgError: the file cannot be read, or is not Turtle.
    """
    try:
        triples = pyoxigraph.parse(
            path.read_bytes(),
            format=pyoxigraph.RdfFormat.TURTLE,
            base_iri=path.absolute().as_uri(),
            rename_blank_nodes=True,
        )
        return _serialize(triples, pyoxigraph.RdfFormat.N_TRIPLES)
    except OSError as error:
        raise KgError(f"{path}: it cannot be read ({error.strerror}).") from error
    except SyntaxError as error:
        raise KgError(f"{path}: {error}") from error


def turtle_to_ntriples(path: Path) -> bytes:
    """Parse one Turtle file of our own (ontology, code list) into N-Triples.

    Raises:
        KgError: the file is not Turtle, or has a blank node, which could not be named the same in every build.
    """
    try:
        triples = pyoxigraph.parse(rebased(path.read_text(encoding="utf-8")), format=pyoxigraph.RdfFormat.TURTLE)
        ntriples = _serialize(triples, pyoxigraph.RdfFormat.N_TRIPLES)
    except SyntaxError as error:
        raise KgError(f"{path}: {error}") from error
    if any(line.startswith(b"_:") or b" _:" in line.partition(b'"')[0] for line in ntriples.splitlines()):
        raise KgError(f"{path}: it has a blank node. Give every node of the ontology an IRI.")
    return ntriples


def convert_turtle(text: str, media_type: str, *, prefixes: Mapping[str, str]) -> bytes:
    """Turtle of our own in another format of graphs.

    Args:
        text: without relative IRIs.
        media_type: a value of ``kg.store.backend.GraphFormat``.
        prefixes: namespaces by prefix, for the formats that have some.
    """
    known = pyoxigraph.RdfFormat.from_media_type(media_type)
    triples = pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.TURTLE)
    content = pyoxigraph.serialize(triples, format=known, prefixes=dict(prefixes))
    assert content is not None  # it is None only where an output was given
    return content


def convert_nquads(text: str, media_type: str, *, prefixes: Mapping[str, str]) -> bytes:
    """N-Quads of our own in another format; without their graphs where the format has none.

    Args:
        text: one quad a line; statements of one subject stand together in the result if they do so here.
        media_type: of a format of graphs or datasets.
        prefixes: namespaces by prefix, for the formats that have some.
    """
    known = pyoxigraph.RdfFormat.from_media_type(media_type)
    assert known is not None  # the callers' are all known
    quads = pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.N_QUADS)
    statements = quads if known.supports_datasets and media_type != "application/ld+json" else (q.triple for q in quads)
    content = pyoxigraph.serialize(statements, format=known, prefixes=dict(prefixes))
    assert content is not None  # it is None only where an output was given
    return content


def load_graphs(files: Mapping[str, Iterable[Path]]) -> pyoxigraph.Store:
    """An in-memory store of Turtle files of our own, one named graph for each name.

    Raises:
        KgError: a file is not Turtle.
    """
    store = pyoxigraph.Store()
    for name, paths in files.items():
        for path in paths:
            try:
                text = rebased(path.read_text(encoding="utf-8"))
                store.load(text, format=pyoxigraph.RdfFormat.TURTLE, to_graph=pyoxigraph.NamedNode(name))
            except SyntaxError as error:
                raise KgError(f"{path}: {error}") from error
    return store


def open_rules_store(nquads: Path) -> pyoxigraph.Store:
    """An in-memory store of a dataset in N-Quads, for the rules to run over."""
    store = pyoxigraph.Store()
    store.bulk_load(path=nquads, format=pyoxigraph.RdfFormat.N_QUADS)
    return store


def construct(store: pyoxigraph.Store, query: str, *, graphs: Iterable[str]) -> bytes:
    """Run a CONSTRUCT query and add what it gives to ``graphs`` of the store, and return it as N-Triples.

    An empty string in ``graphs`` stands for the default graph.

    Raises:
        KgError: the query is not SPARQL, or not a CONSTRUCT query.
    """
    try:
        answer = store.query(query)
    except SyntaxError as error:
        raise KgError(f"a rule is not SPARQL 1.1: {error}") from error
    if not isinstance(answer, pyoxigraph.QueryTriples):
        raise KgError("a rule must be a CONSTRUCT query.")
    triples = sorted(set(answer), key=str)
    for graph in graphs:
        name = pyoxigraph.NamedNode(graph) if graph else pyoxigraph.DefaultGraph()
        store.bulk_extend(pyoxigraph.Quad(t.subject, t.predicate, t.object, name) for t in triples)
    return _serialize(triples, pyoxigraph.RdfFormat.N_TRIPLES)


def build_index(nquads: Path, folder: Path) -> int:
    """Load a dataset in N-Quads into a new index on disk and return how many quads it holds."""
    store = pyoxigraph.Store(folder)
    store.bulk_load(path=nquads, format=pyoxigraph.RdfFormat.N_QUADS)
    store.optimize()
    store.flush()
    quads = len(store)
    del store
    # RocksDB's log tells of the machine that built the index; nothing reads it.
    (folder / "LOG").unlink()
    return quads


def count_index(folder: Path) -> int:
    """How many quads an index holds; it is opened read-only.

    Raises:
        KgError: the index cannot be opened.
    """
    return len(open_index(folder))


def index_names(folder: Path, iri: str) -> bool:
    """Whether any quad of an index names an IRI as its subject or object; no query is evaluated for it.

    Raises:
        KgError: the index cannot be opened.
    """
    store, node = open_index(folder), pyoxigraph.NamedNode(iri)
    patterns = ((node, None), (None, node))
    return any(next(store.quads_for_pattern(s, None, o, None), None) is not None for s, o in patterns)


def open_index(folder: Path) -> pyoxigraph.Store:
    """Open an index on disk, read-only.

    Raises:
        KgError: the index cannot be opened.
    """
    try:
        return pyoxigraph.Store.read_only(str(folder))
    except OSError as error:
        raise KgError(f"{folder}: the index cannot be opened ({error}). Build the release again.") from error


def select(store: pyoxigraph.Store, query: str) -> list[dict[str, str]]:
    """Run a SELECT query of our own and return its rows: by variable, the IRI or the text; unbound ones are missing.

    It has no limit of time or memory: a query that comes from outside is run by the service's workers instead.

    Raises:
        KgError: the query is not SPARQL, or not a SELECT query.
    """
    try:
        answer = store.query(query)
    except SyntaxError as error:
        raise KgError(f"a query of our own is not SPARQL 1.1: {error}") from error
    if not isinstance(answer, pyoxigraph.QuerySolutions):
        raise KgError("a query of our own must be a SELECT query.")
    names = [variable.value for variable in answer.variables]
    return [{name: term.value for name, term in zip(names, row, strict=True) if term is not None} for row in answer]
