"""What a researcher sees and clicks, in a real browser over the real release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

GROUP = "/id/group/pardoned-2024-11-07"


def test_from_the_front_page_a_question_leads_to_both_numbers(page: Page, habeas: str) -> None:
    page.goto(habeas)
    page.get_by_role("link", name="Who says how many people were pardoned on 7 November 2024, and where?").click()
    page.get_by_role("button", name="Ask").click()

    rows = page.locator("table tbody tr").all_inner_texts()
    assert any("30" in row and "Pavel Sapelka" in row and "paragraph 6" in row for row in rows)
    assert any("31" in row and "Office of the President" in row and "paragraph 1" in row for row in rows)


def test_a_thing_shows_each_statement_with_who_says_so(page: Page, habeas: str) -> None:
    page.goto(habeas + GROUP)

    assert page.url == f"{habeas}/doc/group/pardoned-2024-11-07"
    text = page.locator("main").inner_text()
    assert "claims disagree" in text
    for said in ("Pavel Sapelka", "Office of the President of Belarus", "paragraph 6"):
        assert said in text


def test_who_says_so_can_be_followed_to_the_source_and_its_address(page: Page, habeas: str) -> None:
    page.goto(habeas + GROUP)
    page.get_by_role("link", name="Report of the Associated Press").first.click()

    assert "mymotherlode.com" in page.locator("main").inner_text()


def test_a_query_with_a_mistake_says_where_it_is_and_keeps_the_query(page: Page, habeas: str) -> None:
    page.goto(f"{habeas}/sparql")
    page.get_by_label("SPARQL query").fill("SELECT * WHERE { ?s ?p }")
    page.get_by_role("button", name="Ask").click()

    assert "line 1" in page.locator("main").inner_text().lower()
    assert page.get_by_label("SPARQL query").input_value() == "SELECT * WHERE { ?s ?p }"


@pytest.mark.parametrize("path", ["/ontology", "/ontology/core", "/vocab/confidence", "/shapes/source"])
def test_the_pages_of_terms_lead_home_and_to_a_search(page: Page, habeas: str, path: str) -> None:
    page.goto(habeas + path, wait_until="networkidle")
    assert page.request.get(page.locator("link[rel=icon]").evaluate("link => link.href")).ok

    page.get_by_role("searchbox", name="Search").fill("Viasna")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url(f"{habeas}/search?q=Viasna", wait_until="networkidle")

    page.goto(habeas + path, wait_until="networkidle")
    page.get_by_role("link", name="Habeas", exact=True).click()
    page.wait_for_url(f"{habeas}/", wait_until="networkidle")


THINGS = [GROUP, "/id/person/ales-bialiatski", "/source/ap-2024-11-07", "/doc/count/viasna-stock-2024-11-07"]
TERMS = ["/ontology", "/ontology/core", "/vocab", "/vocab/conflict-kind", "/shapes"]


@pytest.mark.parametrize("path", ["/", "/sparql", "/search", "/docs", "/sameas", *THINGS, *TERMS])
def test_a_small_screen_needs_no_scrolling_sideways(page: Page, habeas: str, path: str) -> None:
    page.set_viewport_size({"width": 320, "height": 740})
    page.goto(habeas + path)

    wide = page.locator("body").evaluate("body => document.documentElement.scrollWidth")
    assert wide <= 320


def test_the_fields_of_a_search_stand_in_one_row(page: Page, habeas: str) -> None:
    page.goto(f"{habeas}/search")
    boxes = [page.get_by_label(label, exact=True).bounding_box() for label in ("Kind", "From", "To")]

    assert len({box["y"] for box in boxes if box}) == 1


def test_no_group_of_addresses_breaks_over_columns(page: Page, habeas: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{habeas}/docs")
    columns = page.locator(".contents .group").evaluate_all(
        "groups => groups.map(group => new Set([...group.children].map(child => child.getBoundingClientRect().x)).size)"
    )

    assert len(columns) > 5
    assert set(columns) == {1}


def test_the_first_tab_stop_skips_to_the_content(page: Page, habeas: str) -> None:
    page.goto(habeas)
    page.keyboard.press("Tab")

    assert page.locator(":focus").inner_text() == "Skip to the content"
