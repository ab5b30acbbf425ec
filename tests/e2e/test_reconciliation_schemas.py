"""Every kind of answer, in every version, is formed as the specification says; so are the queries that the tests send.

The schemas are in ``tests/conformance/reconciliation``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema_rs
import pytest

from tests.material_names import ENTRIES, MILA, WATCH, write_named_release
from tests.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = Path(__file__).parents[1] / "conformance" / "reconciliation"
VERSIONS = ("0.1", "0.2", "1.0-draft")
PROPERTIES = ("birth", "link", "name", "office", "organisation", "role", "size", "unknown")
NAMES = ("Mila Tern", "Ivo Gull", "Harbour Wotch", MILA, "Q90000001", "", "zzz")

Json = Any


def check(version: str, kind: str, value: Json) -> None:
    """Compare a value with the schema of its kind."""
    document = json.loads((SCHEMAS / f"{version}.json").read_text())
    schema = {**document, "$ref": f"#/$defs/{kind}"}
    jsonschema_rs.validator_for(schema).validate(value)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of the service over the release of invented names."""
    releases = write_named_release(tmp_path_factory.mktemp("names") / "releases")
    with serve(releases) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def got(client: httpx.Client, address: str, **parameters: str) -> Json:
    response = client.get(address, params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def old_batch() -> dict[str, Json]:
    return {
        f"q{number}": {
            "query": name,
            "type": "Person",
            "type_strict": "should",
            "limit": 3,
            "properties": [{"pid": pid, "v": ["1970", 1970, 1.5, True, {"id": WATCH}]} for pid in PROPERTIES],
        }
        for number, name in enumerate(NAMES)
    }


def draft_batch() -> dict[str, Json]:
    known = [
        {"matchType": "property", "pid": pid, "v": ["1970", 1970, 1.5, True, {"id": WATCH}], "matchQuantifier": "any"}
        for pid in PROPERTIES
    ]
    return {"queries": [{"limit": 3, "conditions": [{"matchType": "name", "v": name}, *known]} for name in NAMES]}


def test_there_is_a_schema_for_every_version() -> None:
    assert sorted(path.stem for path in SCHEMAS.glob("*.json")) == sorted(VERSIONS)
    for version in VERSIONS:
        with pytest.raises(jsonschema_rs.ValidationError):
            check(version, "manifest", {"versions": [version]})
        with pytest.raises(jsonschema_rs.ValidationError):
            check(version, "result-batch", {"q0": {}})


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifest(client: httpx.Client, version: str) -> None:
    endpoint = "/reconcile/1.0-draft" if version == "1.0-draft" else "/reconcile"
    check(version, "manifest", got(client, endpoint))


@pytest.mark.parametrize("version", ["0.1", "0.2"])
def test_candidates_before_the_draft(client: httpx.Client, version: str) -> None:
    batch = old_batch()
    check(version, "query-batch", batch)
    answer = client.post("/reconcile", data={"queries": json.dumps(batch)}).json()

    assert answer["q0"]["result"]
    assert answer["q6"]["result"] == []
    check(version, "result-batch", answer)
    check(version, "result-batch", {"q": got(client, "/reconcile", query="Mila Tern")})


def test_candidates_of_the_draft(client: httpx.Client) -> None:
    batch = draft_batch()
    check("1.0-draft", "query-batch", batch)
    answers = [client.post(f"{root}/match", json=batch).json() for root in ("/reconcile", "/reconcile/1.0-draft")]

    assert answers[0] == answers[1]
    assert len(answers[0]["results"]) == len(NAMES)
    assert answers[0]["results"][0]["candidates"]
    check("1.0-draft", "result-batch", answers[0])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["entity", "type", "property"])
def test_suggestions(client: httpx.Client, version: str, kind: str) -> None:
    root = "/reconcile/1.0-draft" if version == "1.0-draft" else "/reconcile"
    for prefix in ("", "p", "harb", "zzz"):
        answer = got(client, f"{root}/suggest/{kind}", prefix=prefix)
        assert prefix or answer["result"]
        check(version, f"suggest-{kind}", answer)


@pytest.mark.parametrize("version", VERSIONS)
def test_values_and_proposals(client: httpx.Client, version: str) -> None:
    query = {"ids": [known.iri for known in ENTRIES], "properties": [{"id": pid} for pid in PROPERTIES]}
    check(version, "extension-query", query)
    if version == "1.0-draft":
        answer = client.post("/reconcile/1.0-draft/extend", json=query).json()
    else:
        answer = client.post("/reconcile", data={"extend": json.dumps(query)}).json()

    assert len(answer["rows"]) == len(ENTRIES)
    check(version, "extension-response", answer)
    root = "/reconcile/1.0-draft" if version == "1.0-draft" else "/reconcile"
    check(version, "proposal", got(client, f"{root}/extend/propose"))
    proposed = got(client, f"{root}/extend/propose", type="Person", limit="2")
    assert (proposed["type"], proposed["limit"], len(proposed["properties"])) == ("Person", 2, 2)
    check(version, "proposal", proposed)


def test_flyouts(client: httpx.Client) -> None:
    for kind, identifier in (("entity", MILA), ("property", "birth")):
        check("0.2", "flyout", got(client, f"/reconcile/flyout/{kind}", id=identifier))
