"""No link dies: four releases with a merge, an un-merge and takedowns, and every IRI of the first one still answers.

Everybody and everything here is invented.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest

from kg.publication import read_release
from tests.documents import links_of, triples_of
from tests.material import build_release, claim, dataset_of, source, trig, write_data
from tests.serving import point_to, serve_process, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving import Server

BASE = "https://w3id.org/habeas/"
ROLE = "hab:hasPublicRole <https://w3id.org/habeas/vocab/public-role/journalist>"
PRIVATE = "person/k7f3m2qa"
PEOPLE = trig(
    source("article") + claim("persns22", "article") + claim("members2", "article") + claim("watchers", "article"),
    {
        "persns22": f'person:tern a hab:Person ; rdfs:label "Tern"@en ; {ROLE} . '
        f'person:terne a hab:Person ; rdfs:label "Terne"@fr ; {ROLE} . '
        'person:k7f3m2qa a hab:Person ; rdfs:label "Sandpiper"@en .',
        "members2": 'group:freed a hab:PersonGroup ; rdfs:label "the freed"@en ; '
        "hab:hasMember person:terne , person:k7f3m2qa .",
        "watchers": 'organisation:watch a hab:Organisation ; rdfs:label "The Watch"@en .',
    },
)
MERGE = """\
#mapping_set_id: https://example.org/links
#curie_map:
#  person: https://w3id.org/habeas/id/person/
#  organisation: https://w3id.org/habeas/id/organisation/
#  dcterms: http://purl.org/dc/terms/
subject_id\tpredicate_id\tobject_id\tmapping_justification\treviewer_id\treview_date\tconfidence
person:terne\tdcterms:isReplacedBy\tperson:tern\tsemapv:ManualMappingCuration\torganisation:editors\t2031-05-01\t0.9
"""
LIST = "iri,date,reason,answer\n"
REMOVED = f"{LIST}{BASE}id/{PRIVATE},2031-06-01,request,unknown\n{BASE}id/organisation/watch,2031-06-01,request,gone\n"


class Served(NamedTuple):
    """A service, its releases folder, and the ids of the releases in the order in which they were built."""

    server: Server
    releases: Path
    ids: dict[str, str]

    def turn_to(self, name: str) -> httpx.Client:
        """A client of it once it serves one of them."""
        point_to(self.releases, self.ids[name])
        until(lambda: httpx.get(f"{self.server.url}/health/ready").json().get("release") == self.ids[name])
        return httpx.Client(base_url=self.server.url, timeout=30)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service over four releases of one data folder, a day apart: at first, merged, parted again, and taken down."""
    folder = tmp_path_factory.mktemp("rot")
    data, releases = folder / "data", folder / "releases"
    ids = {}
    states = {"first": ("", LIST), "merged": (MERGE, LIST), "parted": ("", f"{LIST}"), "removed": ("", REMOVED)}
    for day, (name, (links, takedowns)) in enumerate(states.items(), 1):
        files: dict[str, str | bytes] = {"sources/people.trig": PEOPLE, "takedowns.csv": takedowns}
        write_data(data, files)
        (data / "links").mkdir(exist_ok=True)
        path = data / "links" / "x.sssom.tsv"
        path.write_text(links) if links else path.unlink(missing_ok=True)
        # The same inputs are the same release; so that there is a third one, something else must have changed.
        if name == "parted":
            write_data(data, {"sources/more.trig": more()})
        outcome = build_release(data, releases)
        assert outcome.quarantine_report == ""
        ids[name] = f"2031-05-0{day}-{outcome.release.digest}"
        outcome.release.path.rename(releases / ids[name])
    point_to(releases, ids["first"])
    with serve_process(releases, KG_RELOAD_S="0.1", KG_PAST_RELEASES="1") as server:
        yield Served(server, releases, ids)


def more() -> str:
    """Another source."""
    return trig(source("later") + claim("sayagane", "later"), {"sayagane": "group:freed hab:size 6 ."})


def iris_of(served: Served, name: str) -> set[str]:
    """Every thing, claim and source that a release names."""
    text = dataset_of(read_release(served.releases / served.ids[name]))
    return set(re.findall(rf"<{BASE}((?:id/[a-z-]+|claim|source)/[a-z0-9-]+)>", text))


def promised(iri: str, name: str) -> set[int]:
    """What the address of an IRI of the first release may answer from another one."""
    if name == "removed" and iri == "id/organisation/watch":
        return {410}
    if name == "removed" and iri in (f"id/{PRIVATE}", "claim/watchers"):
        return {404}
    if name == "merged" and iri == "id/person/terne":
        return {308}
    return {303} if iri.startswith("id/") else {200}


@pytest.mark.parametrize("name", ["first", "merged", "parted", "removed"])
def test_every_iri_of_the_first_release_answers_as_promised(served: Served, name: str) -> None:
    iris = iris_of(served, "first")
    assert len(iris) > 10
    with served.turn_to(name) as client:
        for iri in sorted(iris):
            response = client.get(f"/{iri}")
            assert {response.status_code} == promised(iri, name), iri
            if response.is_redirect:
                end = client.get(f"/{iri}", follow_redirects=True, headers={"Accept": "text/turtle"})
                assert end.status_code == 200, iri


def test_a_merged_thing_leads_to_its_survivor_and_is_found_by_its_old_name(served: Served) -> None:
    with served.turn_to("merged") as client:
        old = f"{BASE}id/person/terne"
        survivor = triples_of(client.get("/doc/person/tern.ttl"))
        found = client.get("/sparql", params={"query": f"SELECT ?p ?o {{ <{old}> ?p ?o }}", "format": "csv"}).text

        assert client.get("/doc/person/terne.ttl").headers["location"] == "/doc/person/tern.ttl"
        assert (f"<{old}>", "<http://purl.org/dc/terms/isReplacedBy>", f"<{BASE}id/person/tern>") in survivor
        assert (f"<{BASE}id/person/tern>", "<http://www.w3.org/2000/01/rdf-schema#label>", '"Terne"@fr') in survivor
        assert found.splitlines()[1:] == [f"http://purl.org/dc/terms/isReplacedBy,{BASE}id/person/tern"]


def test_a_merged_thing_is_found_by_both_names_and_by_both_iris(served: Served) -> None:
    with served.turn_to("merged") as client:
        for name in ("Tern", "Terne"):
            (found,) = client.get("/search", params={"q": name}, headers={"Accept": "application/json"}).json()[
                "results"
            ]
            assert found["id"] == f"{BASE}id/person/tern"
        queries = {name: {"query": f"{BASE}id/person/{name}"} for name in ("tern", "terne")}
        answers = client.post("/reconcile", data={"queries": json.dumps(queries)}).json()
        same = client.get("/sameas", params={"uri": f"{BASE}id/person/terne"}, headers={"Accept": "application/json"})

        for answer in answers.values():
            assert [(one["id"], one["match"]) for one in answer["result"]] == [(f"{BASE}id/person/tern", True)]
        assert same.status_code == 200
        assert f"{BASE}id/person/tern" in same.text


def test_what_was_taken_down_is_found_by_nothing(served: Served) -> None:
    with served.turn_to("removed") as client:
        for name, iri in (("Sandpiper", PRIVATE), ("The Watch", "organisation/watch")):
            found = client.get("/search", params={"q": name}, headers={"Accept": "application/json"}).json()
            query = {"q": {"query": name}, "iri": {"query": f"{BASE}id/{iri}"}}
            answers = client.post("/reconcile", data={"queries": json.dumps(query)}).json()

            assert f"{BASE}id/{iri}" not in {one["id"] for one in (*found["results"], *found["similar"])}
            assert f"{BASE}id/{iri}" not in {one["id"] for one in answers["q"]["result"]}
            assert answers["iri"]["result"] == []
            assert client.get("/sameas", params={"uri": f"{BASE}id/{iri}"}).status_code == 404
            assert iri not in client.get("/sitemap/1.xml").text


def test_without_the_judgement_both_names_live_again(served: Served) -> None:
    with served.turn_to("parted") as client:
        for name, label in (("tern", '"Tern"@en'), ("terne", '"Terne"@fr')):
            iri = f"<{BASE}id/person/{name}>"
            triples = triples_of(client.get(f"/doc/person/{name}.ttl"))
            labels = {o for s, p, o in triples if s == iri and p.endswith("rdf-schema#label>")}
            assert labels == {label}


def test_what_was_taken_down_is_in_no_release_that_is_served(served: Served) -> None:
    """Nor told by a page, a dump, a query, a TimeMap or a past release; that of a private person is as if never."""
    with served.turn_to("removed") as client:
        for kind in ("id", "doc"):
            assert client.get(f"/{kind}/organisation/watch").status_code == 410
            assert client.get(f"/{kind}/{PRIVATE}").status_code == 404
            assert client.get(f"/timemap/{kind}/organisation/watch").status_code == 410
            assert client.get(f"/timegate/{kind}/{PRIVATE}").status_code == 404
            for past in served.ids.values():
                assert client.get(f"/release/{past}/{kind}/organisation/watch").status_code == 410
                assert client.get(f"/release/{past}/{kind}/{PRIVATE}").status_code == 404
        never = client.get("/doc/person/a2222222").json()
        assert client.get(f"/doc/{PRIVATE}").json() == never


@pytest.mark.parametrize("suffix", ["html", "ttl", "nt", "trig", "jsonld", "rdf"])
def test_a_past_document_does_not_name_what_has_been_taken_down_since(served: Served, suffix: str) -> None:
    with served.turn_to("removed") as client:
        for path in ("doc/group/freed", "claim/members2", "claim/persns22", "source/article"):
            now, then = client.get(f"/{path}.{suffix}"), client.get(f"/release/{served.ids['first']}/{path}.{suffix}")
            assert (now.status_code, then.status_code) == (200, 200), path
            for text in (now.text, then.text):
                for trace in ("k7f3m2qa", "Sandpiper", "organisation/watch", "The Watch", "claim/watchers"):
                    assert trace not in text, path
        shown = client.get(f"/release/{served.ids['first']}/doc/group/freed.{suffix}").text
        assert "terne" in shown


# Words that only one claim says, or only one source, and where a document of before could still hold them.
_ALIAS = "<http://www.w3.org/2004/02/skos/core#altLabel>"
_MATCH = "<http://www.w3.org/2004/02/skos/core#exactMatch>"
_SAYS = {
    "peepers2": f'person:tern a hab:Person ; rdfs:label "Tern"@en ; {ROLE} . '
    'group:freed a hab:PersonGroup ; rdfs:label "the freed"@en ; hab:size 5 .',
    "namessay": f'person:tern {_ALIAS} "Alias-A\\\\u0022 \\"x\\" {{ }} #"@en ; {_MATCH} <https://x.org/Alias-A> . '
    'group:freed rdfs:label "Alias-A"@ru ; hab:size 9731 ; hab:temporalExtent "1931-07-02"^^edtf:EDTF .',
    "maresays": f'person:tern {_ALIAS} "Alias-B"@en . group:freed rdfs:label "the freed"@en .',
}
_LEFT = {"claim": "Alias-B", "restricted": "Alias-B", "source": "Alias-A"}


def said(level: str) -> str:
    """Three claims out of two sources, one of them with a level."""
    provenance = source("article") + source("second") + claim("peepers2", "article")
    return trig(provenance + claim("namessay", "article", level=level) + claim("maresays", "second"), _SAYS)


@pytest.fixture(scope="module")
def silenced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service over four releases: with all claims, without one, without a source, and with one restricted."""
    folder = tmp_path_factory.mktemp("silenced")
    states = {
        "first": ("public", LIST),
        "claim": ("public", f"{LIST}{BASE}claim/namessay,2031-06-01,safety,unknown\n"),
        "source": ("public", f"{LIST}{BASE}source/second,2031-06-01,safety,unknown\n"),
        "restricted": ("restricted", LIST),
    }
    ids = {}
    for day, (name, (level, takedowns)) in enumerate(states.items(), 1):
        data = write_data(folder / "data", {"sources/x.trig": said(level), "takedowns.csv": takedowns})
        outcome = build_release(data, folder / "releases")
        assert outcome.quarantine_report == ""
        ids[name] = f"2031-05-0{day}-{outcome.release.digest}"
        outcome.release.path.rename(folder / "releases" / ids[name])
    point_to(folder / "releases", ids["first"])
    with serve_process(folder / "releases", KG_RELOAD_S="0.1", KG_PAST_RELEASES="1") as server:
        yield Served(server, folder / "releases", ids)


@pytest.mark.parametrize(
    ("now", "traces"),
    [
        ("claim", ("Alias-A", "namessay", "9731", "1931-07")),
        ("restricted", ("Alias-A", "namessay", "9731", "1931-07")),
        ("source", ("Alias-B", "maresays", "source/second")),
    ],
)
def test_what_a_claim_said_goes_from_the_past_with_the_claim(
    silenced: Served, now: str, traces: tuple[str, ...]
) -> None:
    """Also out of the default graph, where it does not stand under the claim's name; what others say as well stays."""
    documents = ("doc/person/tern", "doc/group/freed", "source/article", "claim/peepers2", "doc/organisation/gazette")
    first = f"/release/{silenced.ids['first']}"
    with silenced.turn_to(now) as client:
        for path in documents:
            for suffix in ("html", "ttl", "nt", "trig", "jsonld", "rdf"):
                text = client.get(f"{first}/{path}.{suffix}").raise_for_status().text
                assert [trace for trace in traces if trace in text] == [], f"{path}.{suffix}"
        for kept in ('"Tern"', _LEFT[now], "hasPublicRole"):
            assert kept in client.get(f"{first}/doc/person/tern.ttl").text
        assert '"the freed"' in client.get(f"{first}/doc/group/freed.ttl").text


def test_a_past_release_is_not_told_in_the_terms_of_schema_org(silenced: Served) -> None:
    """There nothing says which claim it is from."""
    with silenced.turn_to("claim") as client:
        then = client.get(f"/release/{silenced.ids['first']}/doc/person/tern", params={"_profile": "schema"})
        page = client.get(f"/release/{silenced.ids['first']}/doc/person/tern.html")

        assert then.status_code == 406
        for told in (page.text, page.headers["link"]):
            assert "schema.org/Person" not in told
            assert "_profile=schema" not in told
        assert "_profile=schema" in client.get("/doc/person/tern.html").text


def test_no_document_is_unchanged_that_is_not_there(silenced: Served) -> None:
    """``If-None-Match: *`` is met by what there is (RFC 9110 §13.1.2)."""
    anything = {"If-None-Match": "*"}
    with silenced.turn_to("claim") as client:
        assert client.get("/doc/person/tern", headers=anything).status_code == 304
        for path in ("/doc/person/nobody", "/claim/namessay", f"/release/{silenced.ids['first']}/claim/namessay"):
            assert client.get(path, headers=anything).status_code == 404


def test_a_past_release_shows_what_was_said_then(served: Served) -> None:
    with served.turn_to("parted") as client:
        first, merged = (client.get(f"/release/{served.ids[name]}/doc/person/tern.ttl") for name in ("first", "merged"))

        assert '"Terne"' not in first.text
        assert '"Terne"' in merged.text
        assert first.headers["memento-datetime"] == "Thu, 01 May 2031 00:00:00 GMT"
        assert "no-cache" in first.headers["cache-control"]
        old = client.get(f"/release/{served.ids['merged']}/id/person/terne")
        assert (old.status_code, old.headers["location"]) == (308, f"/release/{served.ids['merged']}/id/person/tern")


def test_a_memento_links_to_its_original_and_its_neighbours(served: Served) -> None:
    """RFC 7089 §2.2."""
    with served.turn_to("parted") as client:
        links = links_of(client.get(f"/release/{served.ids['merged']}/doc/person/tern.ttl"))
        urls = {name: f"/release/{served.ids[name]}/doc/person/tern" for name in served.ids}

        assert [target for target, _ in links["original"]] == ["/doc/person/tern"]
        assert [target for target, _ in links["timegate"]] == ["/timegate/doc/person/tern"]
        assert [target for target, _ in links["timemap"]] == ["/timemap/doc/person/tern"]
        for relation, name in (("first", "first"), ("prev", "first"), ("next", "parted"), ("last", "parted")):
            assert [target for target, _ in links[relation]] == [urls[name]]
        assert {target for target, _ in links["memento"]} == {urls["first"], urls["merged"], urls["parted"]}
        now = links_of(client.get("/doc/person/tern"))
        assert (now["timegate"], now["timemap"][0][0]) == (links["timegate"], "/timemap/doc/person/tern")


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("Tue, 01 Jan 2030 00:00:00 GMT", "first"),
        ("Thu, 01 May 2031 00:00:00 GMT", "first"),
        ("Fri, 02 May 2031 12:00:00 GMT", "merged"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "parted"),
        (None, "parted"),
    ],
)
def test_the_timegate_leads_to_the_document_as_it_was(served: Served, asked: str | None, name: str) -> None:
    """RFC 7089 §4: not younger than the time that is asked for, or the first."""
    with served.turn_to("parted") as client:
        headers = {} if asked is None else {"Accept-Datetime": asked}
        response = client.get("/timegate/doc/person/tern", headers=headers)

        assert response.status_code == 302
        assert response.headers["vary"] == "accept-datetime"
        assert response.headers["location"] == f"/release/{served.ids[name]}/doc/person/tern"
        assert [target for target, _ in links_of(response)["original"]] == ["/doc/person/tern"]


def test_a_time_that_is_none_is_refused(served: Served) -> None:
    with served.turn_to("parted") as client:
        for wrong in (
            "yesterday",
            "2031-05-01",
            "Fri, 99 Abc 2031 00:00:00 GMT",
            "1 Jan 99999999999999999999 00:00:00 GMT",
            "1 Jan 2024 00:00:00 +99999999999999999999999999",
            "1 Jan 2024 00:00:00 +2400",
        ):
            assert client.get("/timegate/doc/person/tern", headers={"Accept-Datetime": wrong}).status_code == 400


def test_the_timemap_lists_every_memento_and_each_is_there(served: Served) -> None:
    """RFC 7089 §5, in application/link-format (RFC 6690)."""
    with served.turn_to("parted") as client:
        response = client.get("/timemap/doc/person/tern")
        response.headers["link"] = response.text.replace("\n", " ")
        links = links_of(response)

        assert response.headers["content-type"] == "application/link-format"
        assert [attributes["datetime"][5:16] for _, attributes in links["memento"]] == [
            "01 May 2031",
            "02 May 2031",
            "03 May 2031",
        ]
        assert links["self"][0][1]["from"] == "Thu, 01 May 2031 00:00:00 GMT"
        for target, attributes in links["memento"]:
            memento = client.get(target)
            assert memento.status_code == 200
            assert memento.headers["memento-datetime"] == attributes["datetime"]


def test_a_release_that_was_taken_back_is_not_served(served: Served) -> None:
    """``current`` points to an older one again: what came after it is no past."""
    with served.turn_to("merged") as client:
        assert client.get(f"/release/{served.ids['parted']}/doc/person/tern").status_code == 404
        assert served.ids["parted"] not in client.get("/releases.ttl").text
        assert served.ids["first"] in client.get("/releases.ttl").text


@pytest.mark.parametrize("name", ["2031-05-09-nothing", "current", "%2e%2e", "2031-05-01-", "x" * 300])
def test_no_name_leads_out_of_the_folder_of_releases(served: Served, name: str) -> None:
    with served.turn_to("parted") as client:
        response = client.get(f"/release/{name}/doc/person/tern")
        assert response.status_code in (302, 404)
        assert "manifest" not in response.text
