"""What pages call claims and conflicts, and how they tell what names a thing."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.material import PREFIXES
from tests.serving import serve, write_release

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTS = (
    f"""{PREFIXES}
@prefix conflict: <https://w3id.org/habeas/id/conflict/> .
@prefix count: <https://w3id.org/habeas/id/count/> .
"""
    + """\
graph:provenance {
  source:tern-1 a hab:NewsArticle ; rdfs:label "The Tern on the amnesty"@en .
  claim:k7f3m2qa hab:reportedIn source:tern-1 ; prov:wasAttributedTo organisation:ministry .
  claim:m4p8w2xz hab:reportedIn source:tern-1 ; prov:wasAttributedTo organisation:watch .
  claim:names222 hab:reportedIn source:tern-1 ; prov:wasAttributedTo organisation:watch .
  claim:gone2222 hab:reportedIn source:tern-1 ; prov:wasAttributedTo organisation:office ;
    hab:claimStatus <https://w3id.org/habeas/vocab/claim-status/retracted> .
}
claim:k7f3m2qa { count:may hab:value 12 ; a hab:Count ; hab:asOf "2031-05-31"^^edtf:EDTF . }
claim:m4p8w2xz { count:may hab:value 11 . event:amnesty hab:grantedBy organisation:ministry . }
claim:names222 {
  count:may rdfs:label "people freed by May"@en ; hab:countedBy organisation:watch .
  count:june rdfs:label "people freed by June"@en .
  organisation:ministry rdfs:label "Ministry of Mercy"@en . organisation:watch rdfs:label "Harbour Watch"@en .
}
graph:derived { count:june hab:previousCount count:may . }
graph:ontology {
  hab:asOf rdfs:label "as of"@en . hab:value rdfs:label "value"@en . hab:previousCount rdfs:label "previous count"@en .
}
graph:conflicts {
  conflict:c1 a hab:Conflict ; hab:conflictsOnSubject count:may ; hab:conflictsOnProperty hab:value ;
    hab:conflictingClaim claim:k7f3m2qa , claim:m4p8w2xz ; hab:conflictingValue 11 , 12 .
}
"""
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    releases = write_release(tmp_path_factory.mktemp("naming") / "releases", trig=COUNTS)
    with serve(releases) as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30) as client:
        yield client


def read(client: httpx.Client, path: str) -> str:
    """What of a page is read; a line for each property and each value of it."""
    markup = re.sub(r"<script.*?</script>", "", client.get(path).text, flags=re.DOTALL)
    lines = re.sub(r"</(dt|dd|h\d|p|li|tr)>", "\n", markup)
    return "\n".join(" ".join(line.split()) for line in html.unescape(re.sub("<[^>]+>", " ", lines)).splitlines())


def test_a_conflict_is_called_by_what_it_is_about_and_shows_who_says_what(client: httpx.Client) -> None:
    text = read(client, "/doc/conflict/c1")

    assert text.count("\nvalue of people freed by May\n") == 1
    assert "\nMinistry of Mercy: people freed by May, value 12\n" in text
    assert "\nHarbour Watch: people freed by May, value 11\n" in text
    assert "k7f3m2qa" not in text


def test_where_claims_disagree_is_a_link_to_the_conflict(client: httpx.Client) -> None:
    markup = client.get("/doc/count/may").text

    assert re.search(r'<a class="tag warn" href="/doc/conflict/c1"[^>]*>claims disagree</a>', markup)
    assert "claims disagree on\n\nvalue of people freed by May\n" in read(client, "/doc/count/may")


def test_what_names_a_thing_is_told_the_right_way_round(client: httpx.Client) -> None:
    assert "\nprevious count\n\npeople freed by May\n" in read(client, "/doc/count/june")
    assert "\nprevious count of\n\npeople freed by June\n" in read(client, "/doc/count/may")
    assert "\none side of\n\nvalue of people freed by May\n" in read(client, "/claim/k7f3m2qa")


def test_claims_in_a_row_are_called_by_who_says_what(client: httpx.Client) -> None:
    text = read(client, "/doc/organisation/watch")

    assert "was attributed to Harbour Watch\n" in text
    assert "\nHarbour Watch: people freed by May, value 11, and 1 more\n" in text


def test_of_what_a_claim_says_names_come_last(client: httpx.Client) -> None:
    assert "\nHarbour Watch: people freed by May, counted by Harbour Watch, and 4 more\n" in read(
        client, "/doc/organisation/watch"
    )


def test_a_key_for_want_of_a_name_is_left_as_it_is(client: httpx.Client) -> None:
    assert '<h1 class="key">amnesty</h1>' in client.get("/doc/event/amnesty").text
    assert "<h1>people freed by May</h1>" in client.get("/doc/count/may").text


def test_claims_that_describe_a_thing_are_told_from_those_that_only_name_it(client: httpx.Client) -> None:
    assert "\n3 claims by 2 speakers describe it." in read(client, "/doc/count/may")
    assert "\n1 claim by 1 speaker describes it; 1 more claim by 1 speaker names it." in read(
        client, "/doc/organisation/ministry"
    )
    assert "\nNo claim is about this." in read(client, "/doc/conflict/c1")


def test_the_first_page_counts_no_claim_that_was_taken_back(client: httpx.Client) -> None:
    text = read(client, "/")

    assert [f"\n{name}\n{number}\n" in text for name, number in (("claims", 3), ("sources", 1), ("speakers", 2))] == [
        True
    ] * 3
    assert "retracted or superseded are kept, and not counted here" in text
