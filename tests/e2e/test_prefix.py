"""Behind a proxy that takes a prefix off the path, every link in pages, headers and data leads through the proxy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.documents import links_of, triples_of
from tests.material_names import write_named_release
from tests.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREFIX = "/graphs-of/habeas"
# So that what is not believed is refused for itself.
BELIEVING = {"KG_FORWARDED_PREFIX": "true"}
BROWSER = {"Accept": "text/html,*/*;q=0.8"}


class Proxy(httpx.HTTPTransport):
    """A proxy in front of the service: it serves nothing but what lies below the prefix, and takes that off."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        path = request.url.raw_path.decode()
        assert path.startswith(f"{PREFIX}/"), f"a link leads past the prefix: {path}"
        request.url = request.url.copy_with(raw_path=path.removeprefix(PREFIX).encode())
        if "x-own-prefix" not in request.headers:
            request.headers["X-Forwarded-Prefix"] = PREFIX
            request.headers["X-Forwarded-For"] = "203.0.113.9"
        return super().handle_request(request)


@pytest.fixture(scope="module", params=["by the proxy", "by the setting"])
def proxied(request: pytest.FixtureRequest, small_releases: Path) -> Iterator[httpx.Client]:
    """A client of the service behind that proxy, which names the prefix, or leaves that to the service's settings."""
    by_setting = request.param == "by the setting"
    settings, headers = ({"KG_ROOT_PATH": PREFIX}, {"x-own-prefix": "1"}) if by_setting else (BELIEVING, {})
    with (
        serve(small_releases, **settings) as url,
        httpx.Client(base_url=url, transport=Proxy(), headers=headers, timeout=30) as client,
    ):
        yield client


def test_every_link_of_every_page_leads_through_the_proxy(proxied: httpx.Client) -> None:
    waiting, seen = [f"{PREFIX}/doc/group/freed-2031", f"{PREFIX}/"], set()
    while waiting:
        address = waiting.pop()
        if address in seen or re.search(r"/(ontology|vocab|shapes)|pardon|viasna", address):
            continue  # this small release documents no terms
        seen.add(address)
        response = proxied.get(address, headers=BROWSER, follow_redirects=True)
        # This small release has no index of names either.
        assert response.status_code == (503 if address.startswith((f"{PREFIX}/search", f"{PREFIX}/reconcile")) else 200)
        own = [target for found in links_of(response).values() for target, _ in found if target.startswith("/")]
        if "html" in response.headers["content-type"] and "?query" not in address:
            own += re.findall(r'(?:href|src|action)="(/[^"#]*)', response.text)
            assert len(response.content) == int(response.headers["content-length"])
        waiting += [address.replace("&amp;", "&") for address in own]

    assert len(seen) > 60


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/id/group/freed-2031", "/doc/group/freed-2031"),
        ("/id/group/freed-in-may", "/id/group/freed-2031"),
        ("/doc/group/freed-in-may.ttl", "/doc/group/freed-2031.ttl"),
        ("/timegate/doc/group/freed-2031", "/release/2031-05-03-small/doc/group/freed-2031"),
        ("/release/current", "/release/2031-05-03-small"),
    ],
)
def test_redirects_lead_through_the_proxy(proxied: httpx.Client, path: str, target: str) -> None:
    assert proxied.get(PREFIX + path).headers["location"] == PREFIX + target


def test_addresses_in_data_lead_through_the_proxy(proxied: httpx.Client) -> None:
    """Those of the service; the names of things stay what they are."""
    alternates = triples_of(proxied.get(f"{PREFIX}/doc/group/freed-2031?_profile=alt"))
    addresses = {o.strip("<>") for _, p, o in alternates if "connegp/altr#" in p}
    base = f"{proxied.base_url}".rstrip("/") + PREFIX

    assert len(addresses) > 10
    assert all(address.startswith(f"{base}/doc/") for address in addresses)
    for address in addresses:
        assert proxied.get(address).status_code == 200
    void = proxied.get(f"{PREFIX}/.well-known/void", headers={"Accept": "application/n-triples"}).text
    assert void.startswith(f"<{base}/dataset> ")


def test_a_query_is_answered_through_the_proxy_and_kept(proxied: httpx.Client) -> None:
    for _ in range(3):
        answer = proxied.get(f"{PREFIX}/sparql", params={"query": "ASK { ?s ?p ?o }", "format": "json"})
        assert answer.json()["boolean"] is True
    problem = proxied.get(f"{PREFIX}/sparql", params={"query": "no query"}, headers=BROWSER)
    assert f'href="{PREFIX}/static/style.css"' in problem.text


@pytest.mark.parametrize(
    "said", ['/"><script>', "//evil.example", "evil", "/a/../b", "/.", "/a b", "/" + "x" * 99, "/a?b", "/é"]
)
def test_a_prefix_that_is_none_is_not_believed(small_releases: Path, said: str) -> None:
    with serve(small_releases, **BELIEVING) as url:
        response = httpx.get(f"{url}/", headers={**BROWSER, "X-Forwarded-Prefix": said.encode()})

    assert response.status_code == 200
    assert 'href="/static/style.css"' in response.text


def test_a_prefix_is_believed_of_a_trusted_proxy_only(small_releases: Path) -> None:
    """Whoever else says so gets the links that everybody gets."""
    untrusted = {"KG_FORWARDED_ALLOW_IPS": "192.0.2.1", "FORWARDED_ALLOW_IPS": "192.0.2.1"}
    with serve(small_releases, **BELIEVING, **untrusted) as url:
        response = httpx.get(f"{url}/", headers={**BROWSER, "X-Forwarded-Prefix": PREFIX})

    assert 'href="/static/style.css"' in response.text
    assert PREFIX not in response.text


def test_a_prefix_is_believed_only_where_the_operator_says_so(small_releases: Path) -> None:
    """A proxy that knows nothing of the header passes on what any client writes there."""
    with serve(small_releases) as url:
        response = httpx.get(f"{url}/", headers={**BROWSER, "X-Forwarded-Prefix": PREFIX})

    assert 'href="/static/style.css"' in response.text
    assert PREFIX not in response.text


def test_what_holds_addresses_of_the_service_has_a_tag_of_its_own_for_each(tmp_path: Path) -> None:
    """A cache in front of the service must never confirm one client's addresses to another."""
    releases = write_named_release(tmp_path / "releases")
    with serve(releases, **BELIEVING) as url:
        for accept in ("application/json", "text/html"):
            ways: list[dict[str, str]] = [{}, {"X-Forwarded-Prefix": PREFIX}, {"Host": "elsewhere.example"}]
            asked = [httpx.get(f"{url}/search?q=a", headers={**way, "Accept": accept}) for way in ways]
            tags = [answer.headers["etag"] for answer in asked]
            assert [answer.status_code for answer in asked] == [200] * 3
            assert len(set(tags)) == 3
            again = {"Accept": accept, "If-None-Match": tags[1]}
            assert httpx.get(f"{url}/search?q=a", headers=again).status_code == 200
