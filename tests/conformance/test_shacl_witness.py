"""Random shapes on random data: three engines agree, the columns, pySHACL and pyshacl-turbo, which reads files itself.

pyshacl-turbo is a package like others, and not among those of the project: where it cannot be imported,
``HABEAS_PYSHACL_TURBO`` names the folder that it is installed in. ``HABEAS_SHACL_CASES`` is how many
cases are tried, 5 if it is not set.

Known of it, and of pySHACL whose behaviour it follows: of a property shape it does not tell the value that an ASK of a
component found (SHACL, section 6.3). What pySHACL is known to do wrong beside that is left out: see
``test_shacl_random.py``.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from rdflib import SH

from tests.conformance.test_shacl_random import as_pyshacl_tells, larger_graphs, rules_graphs, shapes_graphs
from tests.shacl import PREFIXES, Told, as_written, by_engine, by_pyshacl, canonical, told

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = int(os.environ.get("HABEAS_SHACL_CASES", "5"))
FOLDER = os.environ.get("HABEAS_PYSHACL_TURBO")


@pytest.fixture(scope="module")
def validate() -> Callable[..., Any]:
    """The engine's function; Any, because it may be missing."""
    if FOLDER is not None and FOLDER not in sys.path:
        sys.path.append(FOLDER)
    try:
        module = importlib.import_module("pyshacl_turbo")
    except ModuleNotFoundError:
        pytest.skip("pyshacl-turbo is not installed; HABEAS_PYSHACL_TURBO may name the folder where it is")
    return module.validate  # type: ignore[no-any-return] # as above


def by_turbo(validate: Callable[..., Any], shapes: str, data: str) -> Counter[Told]:
    with TemporaryDirectory() as folder, as_written():
        files = Path(folder) / "data.nt", Path(folder) / "shapes.ttl"
        files[0].write_bytes(canonical(PREFIXES + data))
        files[1].write_text(PREFIXES + shapes)
        formats = {"data_graph_format": "nt", "shacl_graph_format": "turtle"}
        _, report, _ = validate(str(files[0]), shacl_graph=str(files[1]), **formats)
        return Counter(told(report, node) for node in report.objects(None, SH.result))


@given(shapes=shapes_graphs | rules_graphs, data=larger_graphs)
@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
def test_three_engines_find_the_same(validate: Callable[..., Any], shapes: str, data: str) -> None:
    found = as_pyshacl_tells(by_engine(shapes, data))

    assert found == as_pyshacl_tells(by_pyshacl(shapes, data))
    assert found == as_pyshacl_tells(by_turbo(validate, shapes, data))
