"""``/openapi.json`` and ``/docs``: every address is there, each sentence is true, and no request finds a fault."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.routing import Mount, Route

from api.app import create_app
from api.problems import problem_types
from api.routers.docs import openapi
from kg.query.formats import FORMAT_NAMES
from kg.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "api" / "openapi.json").read_text())
OPERATIONS = [
    (path, method, operation) for path, item in openapi()["paths"].items() for method, operation in item.items()
]


@pytest.fixture(scope="module")
def client(habeas: str) -> Iterator[httpx.Client]:
    """A client of the service over the project's own release."""
    with httpx.Client(base_url=habeas, timeout=30) as client:
        yield client


def paths_of(routes: list[Any]) -> Iterator[str]:
    """The addresses of an application, as OpenAPI writes them."""
    for route in routes:
        assert isinstance(route, (Route, Mount)), route
        yield re.sub(r":\w+}", "}", route.path) if isinstance(route, Route) else f"{route.path}/{{path}}"


def test_every_address_is_documented_and_nothing_else() -> None:
    assert sorted(DOCUMENT["paths"]) == sorted(paths_of(create_app(Settings()).routes))


def test_every_part_of_the_document_is_used() -> None:
    used = set(re.findall(r'"#/components/(\w+)/([\w-]+)"', json.dumps(DOCUMENT)))
    assert used == {(kind, name) for kind, parts in DOCUMENT["components"].items() for name in parts}


def test_formats_and_statuses_are_those_of_the_service() -> None:
    named = DOCUMENT["components"]["parameters"]["format"]["schema"]["enum"]
    statuses = {status for _, _, operation in OPERATIONS for status in operation["responses"]}

    assert set(named) == {*FORMAT_NAMES, "html"}
    assert {str(known.status) for known in problem_types().values()} <= statuses
    assert len({operation["operationId"] for *_, operation in OPERATIONS}) == len(OPERATIONS)


def _is_needed(parameter: dict[str, Any]) -> bool:
    """Whether an address with this parameter says nothing without it."""
    return parameter.get("required", False) or parameter["name"] in ("graph", "uri")


def test_every_example_leads_somewhere(client: httpx.Client) -> None:
    """An address whose parameters are those of the examples is there."""
    asked = 0
    for path, method, operation in OPERATIONS:
        if method != "get":
            continue
        given = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
        filled = re.sub(
            r"{(\w+)}",
            lambda match: given[match[1]].get("example") or given[match[1]]["schema"]["enum"][0],  # noqa: B023
            path,
        )
        query = {name: each["example"] for name, each in given.items() if each["in"] == "query" and _is_needed(each)}
        response = client.get(filled, params=query, follow_redirects=True)
        assert response.status_code == 200, filled
        asked += 1
    assert asked > 20


def test_every_command_works(client: httpx.Client, habeas: str) -> None:
    commands = [operation["x-curl"].replace("{base}", habeas) for *_, operation in OPERATIONS if "x-curl" in operation]
    assert len(commands) > 10
    for command in commands:
        done = subprocess.run(
            [*("bash", "-c"), command.replace("curl ", "curl --silent --fail ", 1)], capture_output=True, check=False
        )
        assert (done.returncode, bool(done.stdout)) == (0, True), command


def test_the_page_shows_every_operation_without_scripts(client: httpx.Client) -> None:
    page = client.get("/docs").text

    assert "<script" not in page
    assert not re.search(r'(src|href)="(https?:)?//(?!creativecommons)', page), "nothing comes from elsewhere"
    for path, method, operation in OPERATIONS:
        assert f'id="{operation["operationId"]}"' in page
        assert f'<span class="method">{method.upper()}</span> {path}<' in page


def test_the_document_is_kept_by_who_has_it(client: httpx.Client) -> None:
    response = client.get("/openapi.json")

    assert response.json() == DOCUMENT
    assert response.headers["content-type"] == "application/json"
    again = client.get("/openapi.json", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_no_request_finds_a_fault(habeas: str, tmp_path: Path) -> None:
    """Schemathesis asks what the document allows, and what it does not; see schemathesis.toml."""
    report = tmp_path / "report.json"
    options = ["--no-color", "--report", "json", "--report-json-path", report]
    config = Path(__file__).with_name("schemathesis.toml")
    done = subprocess.run(
        [Path(sys.executable).with_name("st"), "--config-file", config, "run", f"{habeas}/openapi.json", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(report.read_text())

    assert done.returncode == 0, done.stdout
    assert (found["failures"], found["errors"]) == ([], [])
    assert found["operations"]["tested"] == len(OPERATIONS) - 1, "all but the document's own address"
    assert found["test_cases"]["generated"] > 500
