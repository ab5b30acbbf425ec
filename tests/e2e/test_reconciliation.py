"""A session as OpenRefine has it, over a spreadsheet and a real server: once in each version of the protocol."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kg.vocab import HAB, ID
from tests.material_names import (
    ELECTION,
    IVO_OF_1980,
    IVO_OF_1991,
    MASTER,
    MILA,
    MILA_ELSEWHERE,
    ONA,
    PORT,
    STRIKE,
    WATCH,
    write_named_release,
)
from tests.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

SPREADSHEET = """\
name,born,member of
Mila Tern,1970,Harbour Watch
Тэрн Міла,1970-05-02T00:00:00Z,
Ona Heron,,
Ona Heron,1985,
Ona Heron,1950,
Ivo Gull,,
Ivo Gull,1991,
Nobody Here,1970,
"""
MANY = 100
BATCH = 3

Json = Any


@dataclass
class Client:
    """A client of one version, which knows of the service nothing but the address of its endpoint."""

    http: httpx.Client
    version: str
    manifest: dict[str, Json] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """The address that a person gives to the client."""
        return "/reconcile/1.0-draft" if self.version == "1.0-draft" else "/reconcile"

    def ask(self, method: str, address: str, **more: Json) -> Json:
        """A request as this version makes it: before CORS, answers came as scripts."""
        if self.version == "0.1":
            more["params"] = {**more.get("params", {}), "callback": "jsonp_1.show"}
        response = self.http.request(method, address, **more)
        assert response.status_code == 200, response.text
        assert response.headers["access-control-allow-origin"] == "*"
        if self.version != "0.1":
            assert response.headers["content-type"] == "application/json"
            return response.json()
        assert response.headers["content-type"].startswith("text/javascript")
        return json.loads(response.text.removeprefix("/**/jsonp_1.show(").removesuffix(");"))

    def start(self) -> None:
        """Read the manifest."""
        self.manifest = self.ask("GET", self.endpoint)
        assert self.version in self.manifest["versions"]

    def candidates(self, rows: list[dict[str, Json]]) -> list[list[dict[str, Json]]]:
        """The candidates for rows of a name, a type and properties."""
        if self.version == "1.0-draft":
            queries = [
                {
                    "type": row["type"],
                    "conditions": [
                        {"matchType": "name", "v": row["name"]},
                        *({"matchType": "property", "pid": name, "v": v} for name, v in row["properties"].items()),
                    ],
                }
                for row in rows
            ]
            answer = self.ask("POST", f"{self.endpoint}/match", json={"queries": queries})
            return [result["candidates"] for result in answer["results"]]
        named = {
            f"q{number}": {
                "query": row["name"],
                "type": row["type"],
                "type_strict": "should",
                "properties": [{"pid": name, "v": v} for name, v in row["properties"].items()],
            }
            for number, row in enumerate(rows)
        }
        answer = self.ask("POST", self.endpoint, data={"queries": json.dumps(named)})
        return [answer[name]["result"] for name in named]

    def values(self, ids: list[str], properties: list[dict[str, Json]]) -> dict[str, dict[str, list[Json]]]:
        """The values of properties of things."""
        query = {"ids": ids, "properties": properties}
        if self.version == "1.0-draft":
            rows = self.ask("POST", f"{self.endpoint}/extend", json=query)["rows"]
            return {row["id"]: {cell["id"]: cell["values"] for cell in row["properties"]} for row in rows}
        rows = self.ask("POST", self.endpoint, data={"extend": json.dumps(query)})["rows"]
        return dict(rows)

    def address_of(self, kind: str) -> str:
        """Where suggestions are."""
        if self.version == "1.0-draft":
            assert self.manifest["suggest"][kind] is True
            return f"{self.endpoint}/suggest/{kind}"
        service = self.manifest["suggest"][kind]
        return str(service["service_url"] + service["service_path"])

    def proposal_address(self) -> str:
        """Where properties are proposed."""
        if self.version == "1.0-draft":
            assert self.manifest["extend"]["proposeProperties"] is True
            return f"{self.endpoint}/extend/propose"
        service = self.manifest["extend"]["propose_properties"]
        return str(service["service_url"] + service["service_path"])

    def page_of(self, template: str, identifier: str) -> str:
        """The address that a template makes of an identifier (RFC 6570; before, with two braces)."""
        encoded = str(httpx.QueryParams({"id": identifier})).partition("=")[2]
        return template.replace("{id}" if self.version == "1.0-draft" else "{{id}}", encoded)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service over the release of invented names."""
    with serve(write_named_release(tmp_path_factory.mktemp("names") / "releases")) as url:
        yield url


@pytest.fixture(params=["0.1", "0.2", "1.0-draft"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of each version, which has read the manifest."""
    with httpx.Client(base_url=url, timeout=30) as http:
        client = Client(http, request.param)
        client.start()
        yield client


def rows_of(spreadsheet: str, kind: str) -> list[dict[str, Json]]:
    """The rows of a spreadsheet as a client asks for them: empty cells are left out."""
    return [
        {
            "name": row["name"],
            "type": kind,
            "properties": {
                pid: row[column] for pid, column in (("birth", "born"), ("organisation", "member of")) if row[column]
            },
        }
        for row in csv.DictReader(io.StringIO(spreadsheet))
    ]


def test_a_spreadsheet_is_reconciled_judged_and_extended(client: Client) -> None:
    """The whole way: types, a column in batches with others beside it, judgements, and new columns."""
    (person,) = (kind["id"] for kind in client.manifest["defaultTypes"] if kind["name"] == "person")
    rows = rows_of(SPREADSHEET, person)
    found = [one for start in range(0, len(rows), BATCH) for one in client.candidates(rows[start : start + BATCH])]
    matched = [[candidate["id"] for candidate in one if candidate["match"]] for one in found]

    assert matched == [[MILA], [MILA], [], [ONA], [], [], [IVO_OF_1991], []]
    # What is not certain is for people to judge: here one takes the namesake that comes first.
    assert {candidate["id"] for candidate in found[5]} >= {IVO_OF_1980, IVO_OF_1991}
    judged = [ids[0] if ids else one[0]["id"] for ids, one in zip(matched, found, strict=True) if one]
    things = list(dict.fromkeys(judged))
    assert {MILA, ONA, IVO_OF_1980, IVO_OF_1991} <= set(things)

    proposed = client.ask("GET", client.proposal_address(), params={"type": person})["properties"]
    assert {"birth", "office", "organisation"} <= {known["id"] for known in proposed}
    values = client.values(things, [{"id": known["id"]} for known in proposed])
    assert values[MILA]["birth"] == [{"date": "1970-05-02T00:00:00Z"}]
    assert values[MILA]["office"] == [{"id": MASTER, "name": "harbour master"}]
    assert values[MILA]["organisation"] == [{"id": WATCH, "name": "Harbour Watch"}]
    assert values[MILA]["election"] == [{"id": ELECTION, "name": "election of the harbour council, 2030"}]
    assert values[MILA]["birthplace"] == [{"id": PORT, "name": "Port Tern"}]
    assert values[MILA]["link"] == [{"str": MILA_ELSEWHERE}]
    assert values[MILA]["role"] == [{"str": "leader"}], "what cannot be matched here is text"
    assert values[ONA]["birth"] == [{"str": "1985"}], "a year is no day"
    assert values[ONA]["office"] == []


def test_the_limit_of_a_property_is_kept(client: Client) -> None:
    both = client.values([MILA], [{"id": "name"}])[MILA]["name"]
    one = client.values([MILA], [{"id": "name", "settings": {"limit": 1}}])[MILA]["name"]

    assert both == [{"str": "Mila Tern"}, {"str": "Міла Тэрн"}]
    assert one == both[:1]


def test_numbers_that_are_none_are_text(client: Client) -> None:
    sizes = client.values(["group/strikers"], [{"id": "size"}])["group/strikers"]["size"]
    assert sizes == [{"int": 12}, {"str": "99999999999999999999"}, {"str": "many"}]


def test_what_is_not_there_has_no_values(client: Client) -> None:
    rows = client.values(["nobody", f"{ID}person/nobody", ""], [{"id": "birth"}, {"id": "shoe-size"}])
    assert rows == {identifier: {"birth": [], "shoe-size": []} for identifier in ("nobody", f"{ID}person/nobody", "")}


@pytest.mark.parametrize(
    "identifier",
    [
        MILA,
        f"{ID}person/mila-turn",
        "person/mila-tern",
        "Q90000001",
        "wikidata:Q90000001",
        MILA_ELSEWHERE,
        "https://www.wikidata.org/wiki/Q90000001",
    ],
)
def test_a_thing_is_matched_by_an_identifier_here_or_elsewhere(client: Client, identifier: str) -> None:
    ((candidate, *others),) = client.candidates([{"name": identifier, "type": HAB + "Person", "properties": {}}])

    assert (candidate["id"], candidate["score"], candidate["match"], others) == (MILA, 100.0, True, [])
    assert candidate["features"][0]["id"] == "identifier"


@pytest.mark.parametrize("dirty", ["http://example.org/50%off", "http://example.org/[", "http://example.org/\x85"])
def test_a_cell_that_is_no_address_spoils_no_other(client: Client, dirty: str) -> None:
    """Neither as a name nor as a value; what can be matched is."""
    rows = [(MILA, {}), (dirty, {}), ("Mila Tern", {"link": dirty, "organisation": {"id": dirty}})]
    found = client.candidates([{"name": name, "type": HAB + "Person", "properties": known} for name, known in rows])

    assert [candidate["id"] for candidate in found[0]] == [MILA]
    assert found[1] == []
    assert MILA in [candidate["id"] for candidate in found[2]]


def test_identifiers_elsewhere_decide_between_namesakes_and_against_them(client: Client) -> None:
    def ask(link: str) -> list[dict[str, Json]]:
        row = {"name": "Mila Tern", "type": HAB + "Person", "properties": {"link": link}}
        return client.candidates([row])[0]

    assert [c["match"] for c in ask("Q90000001")[:1]] == [True]
    assert [c["match"] for c in ask("Q90000002")[:1]] == [False], "she is another one there"


@pytest.mark.parametrize(
    ("name", "kind", "properties", "wanted"),
    [
        ("strike in the harbour", "Event", {"date": "2031-05-02"}, STRIKE),
        ("strike in the harbour", "Event", {"date": "02.05.2031"}, STRIKE),
        ("strike in the harbour", "Event", {"place": {"id": PORT, "name": "Port Tern"}}, STRIKE),
        ("strike in the harbour", "Event", {"place": "Порт Тэрн"}, STRIKE),
        ("strike in the harbour", "Event", {"affects": WATCH}, STRIKE),
        ("Mila Tern", "Person", {"office": "Harbour Master", "birthplace": "Port Tern"}, MILA),
        (
            "Mila Tern",
            "Person",
            {"election": ELECTION, "role": "https://w3id.org/habeas/vocab/public-role/leader"},
            MILA,
        ),
        ("Mila Tern", "Person", {"birth": [1969, 1970]}, MILA),
        ("strike in the harbour", "Event", {"affects": "wikidata:Q90000003"}, STRIKE),
        ("the strikers", "PersonGroup", {"size": 12}, f"{ID}group/strikers"),
    ],
)
def test_every_kind_of_value_can_speak_for_a_thing(
    client: Client, name: str, kind: str, properties: dict[str, Json], wanted: str
) -> None:
    (candidates,) = client.candidates([{"name": name, "type": HAB + kind, "properties": properties}])

    assert (candidates[0]["id"], candidates[0]["match"]) == (wanted, True)
    features = {feature["id"]: feature["value"] for feature in candidates[0]["features"]}
    assert {features[f"property:{pid}"] for pid in properties} == {1.0}


@pytest.mark.parametrize(
    ("name", "kind", "properties"),
    [
        ("strike in the harbour", "Event", {"date": "2032"}),
        ("strike in the harbour", "Event", {"place": WATCH}),
        ("Mila Tern", "Person", {"birth": 1971}),
        ("Mila Tern", "Person", {"organisation": "Town Council of Port Tern"}),
        ("the strikers", "PersonGroup", {"size": 13}),
    ],
)
def test_every_kind_of_value_can_speak_against_it(
    client: Client, name: str, kind: str, properties: dict[str, Json]
) -> None:
    (candidates,) = client.candidates([{"name": name, "type": HAB + kind, "properties": properties}])
    (same_name,) = (candidate for candidate in candidates if candidate["name"] == name)
    features = {feature["id"]: feature["value"] for feature in same_name["features"]}

    assert not any(candidate["match"] for candidate in candidates)
    assert {features[f"property:{pid}"] for pid in properties} == {0.0}


def test_the_features_add_up_to_the_score(client: Client) -> None:
    row = {"name": "Mila Turn", "type": HAB + "Person", "properties": {"birth": 1970, "organisation": "Port Tern"}}
    ((candidate, *_),) = client.candidates([row])
    features = {feature["id"]: feature["value"] for feature in candidate["features"]}

    weighed = features["name"] + 0.5 * features["property:birth"] + 0.4 * features["property:organisation"]
    wish = 0.0 if client.version == "1.0-draft" else 0.3  # there a type is a condition, here a wish
    assert candidate["score"] == pytest.approx(100 * (weighed + wish * features["type"]) / (1.9 + wish), abs=0.02)
    assert (features["property:birth"], features["property:organisation"]) == (1.0, 0.0)


def test_suggestions_come_while_one_types(client: Client) -> None:
    def suggested(kind: str, **parameters: Json) -> list[str]:
        answer = client.ask("GET", client.address_of(kind), params=parameters)
        return [each["id"] for each in answer["result"]]

    assert suggested("entity", prefix="harb", type=HAB + "Organisation") == [WATCH]
    assert suggested("entity", prefix="Пар")[:1] == [WATCH]
    assert suggested("entity", prefix=MILA) == [MILA]
    assert len(suggested("entity", prefix="")) == 10
    second = "offset" if client.version == "1.0-draft" else "cursor"
    assert suggested("entity", prefix="", **{second: 10}) != suggested("entity", prefix="")
    assert suggested("type", prefix="pers") == [HAB + "PersonGroup", HAB + "Person"]
    assert suggested("type", prefix=HAB + "Award") == [HAB + "Award"]
    assert "birth" in suggested("property", prefix="date")
    assert suggested("property", prefix="birth")[:1] == ["birth"]
    assert suggested("entity", prefix="zzzz") == []


def test_previews_may_be_framed_and_views_lead_to_the_page(client: Client) -> None:
    if client.version == "1.0-draft":
        preview = f"{client.endpoint}/preview?id={{id}}"
    else:
        preview = client.manifest["preview"]["url"]
    shown = client.http.get(client.page_of(preview, WATCH))
    viewed = client.http.get(client.page_of(client.manifest["view"]["url"], WATCH))

    assert shown.status_code == 200
    assert "frame-ancestors *" in shown.headers["content-security-policy"]
    assert "Партовая варта" in shown.text
    assert "organisation" in shown.text
    assert (viewed.status_code, viewed.headers["location"]) == (303, "/doc/organisation/harbour-watch")
    others = client.http.get("/search")
    assert "frame-ancestors 'none'" in others.headers["content-security-policy"]


def test_flyouts_show_what_is_pointed_at(url: str) -> None:
    with httpx.Client(base_url=url) as http:
        for kind, identifier, words in (
            ("entity", f"{ID}event/x", "&lt;script&gt;"),
            ("type", HAB + "Person", "One human being."),
            ("property", "birth", "When a person was born"),
        ):
            answer = http.get(f"/reconcile/flyout/{kind}", params={"id": identifier}).json()
            assert answer["id"] == identifier
            assert words in answer["html"]
            assert "<script" not in answer["html"]
        assert http.get("/reconcile/flyout/type", params={"id": "x"}).status_code == 404
        assert http.get("/reconcile/flyout/shoe", params={"id": "x"}).status_code == 404


def test_without_a_name_things_are_found_by_what_they_are_known_for(url: str) -> None:
    conditions = [{"matchType": "property", "pid": "organisation", "v": "Партовая варта"}]
    with httpx.Client(base_url=url) as http:
        draft = http.post("/reconcile/match", json={"queries": [{"conditions": conditions}]}).json()
        old = http.get("/reconcile", params={"queries": '{"a":{"properties":[{"pid":"link","v":"Q90000001"}]}}'}).json()

    assert [c["id"] for c in draft["results"][0]["candidates"]] == [MILA]
    assert [c["id"] for c in old["a"]["result"]] == [MILA]
    assert not any(c["match"] for c in draft["results"][0]["candidates"]), "nobody has given a name"


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ({"v": 1980, "required": True}, [IVO_OF_1980]),
        ({"v": [1980, 1991], "required": True}, [IVO_OF_1980, IVO_OF_1991]),
        ({"v": [1980, 1991], "required": True, "matchQuantifier": "all"}, []),
        ({"v": [1980], "required": True, "matchQuantifier": "none"}, [IVO_OF_1991]),
        ({"v": "the year of the flood", "required": True}, []),
    ],
)
def test_the_draft_says_what_is_required_and_how_much_of_it(
    url: str, condition: dict[str, Json], wanted: list[str]
) -> None:
    conditions = [
        {"matchType": "name", "v": "Ivo Gull"},
        {"matchType": "property", "pid": "birth", **condition},
    ]
    with httpx.Client(base_url=url) as http:
        answer = http.post("/reconcile/match", json={"queries": [{"type": "Person", "conditions": conditions}]}).json()
    assert sorted(c["id"] for c in answer["results"][0]["candidates"]) == wanted


@pytest.mark.parametrize(
    ("rule", "types", "wanted"),
    [
        ("any", ["Place", "Organisation"], {PORT}),
        ("all", ["Place", "Organisation"], set()),
        ("all", ["Election", "Event"], set()),
        ("should", ["NoSuchKind"], {PORT}),
        ("any", ["NoSuchKind"], set()),
    ],
)
def test_several_types_are_any_all_or_a_wish(url: str, rule: str, types: list[str], wanted: set[str]) -> None:
    query = {"query": "Port Tern", "type": types, "type_strict": rule}
    with httpx.Client(base_url=url) as http:
        answer = http.get("/reconcile", params={"queries": json.dumps({"q": query})}).json()
    same_name = {c["id"] for c in answer["q"]["result"] if {"id": "name", "value": 1.0} in c["features"]}
    assert same_name == wanted


def test_a_single_query_is_answered_as_the_first_services_did(url: str) -> None:
    with httpx.Client(base_url=url) as http:
        by_name = http.get("/reconcile", params={"query": "Harbour Watch"}).json()
        by_object = http.get("/reconcile", params={"query": '{"query":"Harbour Watch","limit":1}'}).json()

    assert by_name["result"][0]["id"] == WATCH
    assert by_name["result"][0]["match"] is True
    assert [c["id"] for c in by_object["result"]] == [WATCH]


def test_browsers_of_other_sites_may_ask(url: str) -> None:
    with httpx.Client(base_url=url) as http:
        for address, methods in (("/reconcile", "GET, HEAD, POST, OPTIONS"), ("/reconcile/match", "POST, OPTIONS")):
            answer = http.options(address, headers={"Origin": "https://example.org"})
            assert answer.status_code == 204
            assert answer.headers["access-control-allow-methods"] == answer.headers["allow"] == methods
            assert "Content-Type" in answer.headers["access-control-allow-headers"]
            assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "callback", ["", "alert(1)//", "a b", "a.", ".a", "1a", "<script>", "a" * 65, "a.b.c.d.e.f", "ü", "a\u2028"]
)
def test_a_callback_is_the_name_of_a_function(url: str, callback: str) -> None:
    with httpx.Client(base_url=url) as http:
        for address in ("/reconcile", "/reconcile/suggest/type", "/reconcile/extend/propose"):
            response = http.get(address, params={"callback": callback})
            assert response.status_code == 400, address
            assert response.headers["content-type"] == "application/problem+json"
        form = http.post("/reconcile", data={"queries": "{}", "callback": callback})
        assert form.status_code == 400


def test_what_is_over_a_limit_is_told(url: str) -> None:
    many = {f"q{n}": {"query": "x"} for n in range(MANY + 1)}
    named = {"q": {"query": "x", "properties": [{"pid": "place", "v": [f"{n}"] * 20} for n in range(20)]}}
    with httpx.Client(base_url=url, timeout=30) as http:
        cases = (
            (413, http.post("/reconcile", data={"queries": json.dumps(many)})),
            (413, http.post("/reconcile/match", json={"queries": [{"conditions": []}] * (MANY + 1)})),
            (413, http.post("/reconcile/extend", json={"ids": ["a"] * (MANY + 1), "properties": []})),
            (413, http.post("/reconcile", data={"queries": "x" * 300_000})),
            (200, http.post("/reconcile", data={"queries": json.dumps(named)})),
            (400, http.post("/reconcile", data={"queries": json.dumps({"q": {"query": "x" * 257}})})),
            (400, http.post("/reconcile", data={"queries": json.dumps({"q" * 101: {"query": "x"}})})),
            (400, http.post("/reconcile", data={"queries": json.dumps({"q": {"query": "x", "limit": 0}})})),
            (400, http.post("/reconcile", data={"queries": "{}", "extend": "{}"})),
            (400, http.post("/reconcile?queries={}", data={"queries": "{}"})),
            (415, http.post("/reconcile", json={})),
            (415, http.post("/reconcile/match", content="{}")),
            (400, http.post("/reconcile/match", json={"queries": [{"conditions": []}]})),
            (400, http.post("/reconcile/match", json={"queries": [{"conditions": [{"matchType": "name"}]}]})),
            (404, http.get("/reconcile/preview?id=nobody")),
            (404, http.get("/reconcile/view")),
            (405, http.get("/reconcile/match")),
        )
    for number, (status, response) in enumerate(cases):
        assert response.status_code == status, (number, response.text)
    distinct = {
        f"q{n}": {"query": f"{n}", "properties": [{"pid": "place", "v": [f"{n} {m}" for m in range(20)]}]}
        for n in range(MANY)
    }
    with httpx.Client(base_url=url, timeout=30) as http:
        assert http.post("/reconcile", data={"queries": json.dumps(distinct)}).status_code == 413
