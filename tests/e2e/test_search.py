"""``/search`` over a real server: any script, filters, parts, and answers that say what is wrong."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kg.vocab import HAB, ID
from tests.material_names import ELECTION, ENTRIES, MILA, STRIKE, TRIG, WATCH, entry, write_named_release
from tests.serving import point_to, serve, until, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of the service over the release of invented names."""
    releases = write_named_release(tmp_path_factory.mktemp("names") / "releases")
    with serve(releases) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def found(client: httpx.Client, **parameters: str | int) -> dict[str, Any]:
    """The answer as JSON."""
    response = client.get("/search", params=parameters, headers={"Accept": "application/json"})
    assert response.status_code == 200, response.text
    members: dict[str, Any] = response.json()
    return members


def ids(members: dict[str, Any], key: str = "results") -> list[str]:
    return [result["id"] for result in members[key]]


@pytest.mark.parametrize("text", ["mila", "TERN mila", "міла", "Мила Тэрн"[5:], "Mila Te"])
def test_a_name_is_found_in_any_script_and_while_it_is_typed(client: httpx.Client, text: str) -> None:
    assert MILA in ids(found(client, q=text))


def test_texts_are_found_too_and_the_answer_says_what_a_thing_is(client: httpx.Client) -> None:
    (result,) = found(client, q="ships")["results"]

    assert result["id"] == WATCH
    assert (result["name"], result["lang"]) == ("Harbour Watch", "en")
    assert result["labels"] == {"en": "Harbour Watch", "be": "Партовая варта"}
    assert [kind["name"] for kind in result["types"]] == ["organisation", "agent"]
    assert result["page"] == f"{client.base_url}".rstrip("/") + "/doc/organisation/harbour-watch"


def test_types_and_dates_narrow_what_is_found(client: httpx.Client) -> None:
    everything = found(client, q="harbour")

    assert {WATCH, ELECTION, STRIKE} <= set(ids(everything))
    assert ids(found(client, q="harbour", type="Organisation")) == [WATCH]
    assert ids(found(client, q="harbour", type=HAB + "Organisation")) == [WATCH]
    assert set(ids(found(client, q="harbour", type="Event"))) == {ELECTION, STRIKE}, "an election is an event"
    assert ids(found(client, q="harbour", **{"from": "2031"})) == [STRIKE]
    assert ids(found(client, q="harbour", to="2030-06")) == [ELECTION]
    assert ids(found(client, q="harbour", **{"from": "2030-06-02"}, to="2031-04")) == []
    assert found(client, q="harbour", type="NoSuchKind")["total"] == 0


def test_a_walk_through_the_parts_finds_each_thing_once(client: httpx.Client) -> None:
    walked: list[str] = []
    members = found(client, limit=5)
    while True:
        walked += ids(members)
        if members["next"] is None:
            break
        members = client.get(members["next"], headers={"Accept": "application/json"}).json()

    assert members["total"] == len(walked) == len(ENTRIES)
    assert set(walked) == {known.iri for known in ENTRIES}
    assert members["previous"].endswith("/search?offset=5&limit=5")


def test_where_no_text_fits_a_name_that_is_like_it_is_shown(client: httpx.Client) -> None:
    members = found(client, q="Harbour Watch zzqq")

    assert members["total"] == 0
    assert WATCH in ids(members, "similar")
    assert "Names like it" in client.get("/search", params={"q": "Harbour Watch zzqq"}, headers=HTML).text


def test_what_hardly_sounds_like_it_and_terms_of_the_ontology_are_no_names_like_it(tmp_path: Path) -> None:
    term = entry(f"{HAB}Harbour", "Term", {"en": "harbour watch"})
    releases = write_named_release(tmp_path / "releases", entries=(*ENTRIES, term))
    with serve(releases) as url, httpx.Client(base_url=url, timeout=30) as client:
        assert ids(found(client, q="Harbour Watch zzqq"), "similar") == [WATCH]
        assert ids(found(client, q="Hubert Wutz"), "similar") == []


def test_dates_are_told_as_claims_give_them_and_not_as_a_period(tmp_path: Path) -> None:
    another = 'claim:other222 { election:harbour-2030 hab:when "2030-05~"^^edtf:EDTF . }\n'
    releases = write_named_release(tmp_path / "releases", trig=TRIG + another)
    with serve(releases) as url, httpx.Client(base_url=url, timeout=30) as client:
        page = client.get("/search", params={"q": "harbour"}, headers=HTML).text

    assert ">about May 2030 or 1 June 2030</span>" in page
    assert ">1 May 2031 to 3 May 2031</span>" in page


def test_parts_are_called_previous_and_next(client: httpx.Client) -> None:
    page = client.get("/search", params={"limit": 5, "offset": 5}, headers=HTML).text

    assert re.findall(r'<a rel="(\w+)"[^>]*>(\w+)</a>', page) == [("prev", "Previous"), ("next", "Next")]


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ("q=" + "x" * 257, "“q” may be 256 characters long"),
        ("limit=0", "“limit” is a whole number from 1 to 100"),
        ("limit=101", "“limit”"),
        ("limit=ten", "“limit”"),
        ("offset=10001", "“offset” is a whole number from 0 to 10,000"),
        ("offset=-1", "“offset”"),
        ("from=yesterday", "“from” is a year, a month or a day"),
        ("to=2024-13", "“to” is a year"),
        ("q=a&q=b", "more than once"),
        ("q=%FF", "UTF-8"),
        ("&".join(f"x{n}=1" for n in range(51)), "50 parameters"),
    ],
)
def test_what_is_wrong_is_told(client: httpx.Client, parameters: str, named: str) -> None:
    response = client.get(f"/search?{parameters}", headers={"Accept": "application/json"})

    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert named in response.json()["detail"]


def test_the_page_works_without_scripts_and_writes_nothing_raw(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "award"}, headers=HTML)

    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; award" in page.text
    assert "<img" not in client.get("/search", params={"q": "<img src=x>"}, headers=HTML).text
    assert 'value="award"' in page.text, "what was looked for stands in the form"


def test_the_page_of_nothing_found_helps(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "qqqq", "type": "Person"}, headers=HTML).text

    assert "Nothing is found" in page
    assert 'href="/search?q=qqqq"' in page, "the filters can be left out"
    assert "has not been documented here" in page


def test_a_part_beyond_the_end_says_so(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "harbour", "offset": 500}, headers=HTML).text

    assert "none so far down" in page
    assert "Nothing is found" not in page


def test_every_page_has_a_field_for_it(client: httpx.Client) -> None:
    for address in ("/", "/sparql", "/docs", "/search"):
        page = client.get(address, headers=HTML).text
        assert len(re.findall(r'<form[^>]*action="/search"[^>]*role="search"', page)) == 1, address
        assert len(re.findall(r'<input type="search"[^>]*name="q"', page)) == 1, address


def test_the_release_decides_and_who_has_the_answer_keeps_it(client: httpx.Client) -> None:
    first = client.get("/search", params={"q": "mila"})
    again = client.get("/search", params={"q": "mila"}, headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    other = client.get("/search", params={"q": "ona"}, headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_formats_are_chosen_by_accept_and_by_name(client: httpx.Client) -> None:
    assert client.get("/search?format=html").headers["content-type"].startswith("text/html")
    assert client.get("/search?format=json", headers=HTML).headers["content-type"] == "application/json"
    assert client.get("/search", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/search?format=xml").status_code == 406


def test_each_release_has_its_own_index(tmp_path: Path) -> None:
    releases = write_named_release(tmp_path / "releases", "2031-05-03-one")
    with serve(releases, KG_RELOAD_S="0.1") as url, httpx.Client(base_url=url, timeout=30) as client:
        assert ids(found(client, q="mila")) == [MILA]
        tag = client.get("/search", params={"q": "mila"}).headers["etag"]

        successor = entry(f"{ID}person/rita-knot", "Person Agent", {"en": "Rita Knot"})
        write_named_release(releases, "2031-06-03-two", entries=(successor,))
        until(lambda: ids(found(client, q="")) == [successor.iri])

        assert ids(found(client, q="mila")) == []
        assert client.get("/search", params={"q": "mila"}, headers={"If-None-Match": tag}).status_code == 200
        one = {"q0": {"query": "Mila Tern"}, "q1": {"query": "Rita Knot"}}
        answer = client.post("/reconcile", data={"queries": json.dumps(one)}).json()
        assert [candidate["id"] for candidate in answer["q1"]["result"]] == [successor.iri]
        assert MILA not in str(answer)

        point_to(releases, "2031-05-03-one")
        until(lambda: ids(found(client, q="mila")) == [MILA])


def test_a_release_without_an_index_is_served_all_the_same(tmp_path: Path) -> None:
    with serve(write_release(tmp_path / "releases")) as url, httpx.Client(base_url=url, timeout=30) as client:
        response = client.get("/search?q=x", headers={"Accept": "application/json"})

        assert response.status_code == 503
        assert "no index" in response.json()["detail"]
        assert client.post("/reconcile", data={"queries": "{}"}).status_code == 503
        assert client.get("/sparql", params={"query": "ASK {}"}).json() == {"head": {}, "boolean": True}
