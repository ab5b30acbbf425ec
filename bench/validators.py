"""One validation by one engine, in a process of its own, so that its memory is its own; run by bench/validate.py.

    python bench/validators.py ENGINE DATA.nt SHAPES.ttl RESULTS.txt

From the files on disk to the report in hand; prints seconds, CPU seconds and peak memory as JSON, and writes the
results as lines: focus node, path, value, component, shape and severity as N-Triples terms, all blank nodes alike.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SH = "http://www.w3.org/ns/shacl#"
SPARQL = f"<{SH}SPARQLConstraintComponent>"
FIELDS = ("focusNode", "resultPath", "value", "sourceConstraintComponent", "sourceShape", "resultSeverity")
Result = "tuple[str | None, ...]"


def main() -> None:
    """Validate once."""
    name, data, shapes, results = sys.argv[1:]
    steps: dict[str, float] = {}
    began, cpu = time.perf_counter(), time.process_time()
    report = ENGINES[name](data, shapes, steps)
    figures = {"seconds": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Path(results).write_text("".join(sorted(f"{line(result)}\n" for result in report())))
    json.dump({**figures, "peak_mib": peak_mib, "steps": steps}, sys.stdout)


def line(result: Iterable[str | None]) -> str:
    """One result as text in which equal results are written alike."""
    focus, path, value, component, shape, severity = result
    # SHACL §5.3.2: without ?value it is the value node, which some engines leave out where it is the focus node.
    given = focus if value is None and component == SPARQL and path is None else value
    return " ".join(map(_term, (focus, path, given, component, shape, severity)))


def _term(term: str | None) -> str:
    if term is None:
        return "-"
    if term.startswith("_:"):
        return "_:b"
    text = term.replace("\n", "\\n").replace("\r", "\\r")
    return text.removesuffix("^^<http://www.w3.org/2001/XMLSchema#string>")


# --- Engines: each loads, validates, and returns how to list what its report holds -----------------------------------


def habeas(data: str, shapes: str, steps: dict[str, float]) -> Callable[[], Iterator[Result]]:
    """The compiled shapes on columns."""
    from kg import columns  # noqa: PLC0415 - peers have no kg
    from kg.validation import Columns, compile, read_shapes  # noqa: A004, PLC0415

    build, load = Path("build.duckdb"), Path(columns.__file__).with_name("load.sql")
    with (
        TemporaryDirectory(prefix="habeas-bench-") as folder,
        columns.open_database(folder / build, memory_mb=2048) as db,
    ):
        clock = _Clock(steps)
        # As kg.columns.load does it, but from the file where it stands.
        columns.run(db, load, pattern=data)
        db.execute("CREATE TABLE triple AS SELECT DISTINCT s, p, o FROM incoming ORDER BY ALL")
        db.execute("CREATE VIEW said AS SELECT *, NULL::INTEGER AS g FROM triple")
        clock.says("load")
        compiled = compile(read_shapes([Path(shapes)]))
        clock.says("compile")
        report = compiled.validate(Columns(db, "triple", "said"))
        clock.says("validate")
    print(f"by the reference engine: {len(report.by_reference)} shapes", file=sys.stderr)
    return lambda: (
        (r.focus_node, _iri(r.path), r.value, _iri(r.component), _iri(r.shape), f"<{SH}{r.severity}>")
        for r in report.results
    )


class _Clock:
    """Notes the seconds of each step."""

    def __init__(self, steps: dict[str, float]) -> None:
        self._steps, self._since = steps, time.perf_counter()

    def says(self, step: str) -> None:
        now = time.perf_counter()
        self._steps[step], self._since = now - self._since, now


def _iri(name: str | None) -> str | None:
    return None if name is None else f"<{name}>"


def pyshacl(data: str, shapes: str, _: dict[str, float]) -> Callable[[], Iterator[Result]]:
    """The reference, as its users call it."""
    from pyshacl import validate  # noqa: PLC0415 - may be missing
    from rdflib import Graph  # noqa: PLC0415

    _keep_literals()
    graph = Graph().parse(data, format="nt")
    _, report, _ = validate(graph, shacl_graph=Graph().parse(shapes, format="turtle"), inplace=True)
    return lambda: _of_graph(report)


def turbo(data: str, shapes: str, _: dict[str, float]) -> Callable[[], Iterator[Result]]:
    """pyshacl-turbo, which reads the files itself."""
    from pyshacl_turbo import validate  # noqa: PLC0415 - may be missing

    _keep_literals()
    _, report, _ = validate(data, shacl_graph=shapes, data_graph_format="nt", shacl_graph_format="turtle")
    return lambda: _of_graph(report)


def shifty(data: str, shapes: str, _: dict[str, float]) -> Callable[[], Iterator[Result]]:
    """pyshifty, which reads the files itself; N-Triples are Turtle."""
    import shifty as engine  # noqa: PLC0415 - may be missing

    _keep_literals()
    _, report, _ = engine.validate(
        Path(data), Path(shapes), graph_mode="data", infer=False, sort_results=False, on_unsupported="error"
    )
    return lambda: _of_graph(report)


def shacl_rust(data: str, shapes: str, _: dict[str, float]) -> Callable[[], Iterator[Result]]:
    """shacl-rust with the index that it has for large graphs."""
    import shacl_rust as engine  # noqa: PLC0415 - may be missing

    report = engine.validate_file(data, shapes, data_format="nt", shapes_format="turtle", experimental_index=True)
    names = [field if field != "resultSeverity" else "severity" for field in FIELDS]
    return lambda: (tuple(result.get(name) for name in names) for result in report["results"])


def _keep_literals() -> None:
    """What is "01" in the data shall not be "1" in a report."""
    import rdflib  # noqa: PLC0415 - shacl-rust needs none

    rdflib.NORMALIZE_LITERALS = False


def _of_graph(report: Any) -> Iterator[Result]:  # noqa: ANN401 - an rdflib.Graph, which may be missing
    from rdflib import URIRef  # noqa: PLC0415

    for node in report.objects(None, URIRef(f"{SH}result")):
        yield tuple(_n3(report.value(node, URIRef(f"{SH}{field}"))) for field in FIELDS)


def _n3(node: Any) -> str | None:  # noqa: ANN401 - a term of rdflib
    from rdflib import BNode, Literal, URIRef  # noqa: PLC0415

    if node is None or isinstance(node, BNode):
        return None if node is None else "_:b"
    if isinstance(node, URIRef):
        return f"<{node}>"
    assert isinstance(node, Literal)
    text = str(node).replace("\\", "\\\\").replace('"', '\\"')
    suffix = f"@{node.language.lower()}" if node.language else f"^^<{node.datatype}>" if node.datatype else ""
    return f'"{text}"{suffix}'


ENGINES = {
    "habeas": habeas,
    "pySHACL": pyshacl,
    "pyshacl-turbo": turbo,
    "pyshifty": shifty,
    "shacl-rust": shacl_rust,
}

if __name__ == "__main__":
    main()
