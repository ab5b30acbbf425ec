"""Random shapes on random data: three engines agree, the columns, pySHACL and pyshacl-turbo, which reads files itself.

Known of it, and of pySHACL whose behaviour it follows: of a property shape it does not tell the value that an ASK of a
component found (SHACL, section 6.3). What pySHACL is known to do wrong beside that is left out: see
``test_shacl_random.py``.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from pyshacl_turbo import validate
from rdflib import SH

from tests.conformance.test_shacl_random import as_pyshacl_tells, larger_graphs, rules_graphs, shapes_graphs
from tests.shacl import PREFIXES, Told, as_written, by_engine, by_pyshacl, canonical, told, tried


def by_turbo(shapes: str, data: str) -> Counter[Told]:
    with TemporaryDirectory() as folder, as_written():
        files = Path(folder) / "data.nt", Path(folder) / "shapes.ttl"
        files[0].write_bytes(canonical(PREFIXES + data))
        files[1].write_text(PREFIXES + shapes)
        formats = {"data_graph_format": "nt", "shacl_graph_format": "turtle"}
        _, report, _ = validate(str(files[0]), shacl_graph=str(files[1]), **formats)
        return Counter(told(report, node) for node in report.objects(None, SH.result))


@given(shapes=shapes_graphs | rules_graphs, data=larger_graphs)
@tried(5)
def test_three_engines_find_the_same(shapes: str, data: str) -> None:
    found = as_pyshacl_tells(by_engine(shapes, data))

    assert found == as_pyshacl_tells(by_pyshacl(shapes, data))
    assert found == as_pyshacl_tells(by_turbo(shapes, data))
