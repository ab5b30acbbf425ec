"""``kg report`` on the release of the project's own data: what is published, explained from one list of claims."""

from __future__ import annotations

import csv
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
import pytest
import zstandard
from typer.testing import CliRunner

from kg.cli import app
from kg.statistics import TotalsReport, explain, report_totals
from tests.material import build_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.publication import PublishedRelease

ROOT: Final = Path(__file__).parents[2]
VERBS: Final = ("totals", "balance", "conflicts")
PUBLISHED: Final = (115, 128, 178, 207, 232, 250, 156)
DERIVABLE: Final = (146, 227)
HAB: Final = "https://w3id.org/habeas/ontology#"
GROUP: Final = "https://w3id.org/habeas/id/group/"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> PublishedRelease:
    """A release of the whole data folder."""
    return build_release(ROOT / "data", tmp_path_factory.mktemp("releases")).release


@pytest.fixture(scope="module")
def index(release: PublishedRelease) -> ox.Store:
    """The release's dataset in memory, so that a test may change it."""
    store = ox.Store()
    with release.dataset.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as plain:
        store.bulk_load(plain.read(), format=ox.RdfFormat.N_QUADS)
    return store


@pytest.fixture
def resized(index: ox.Store) -> Iterator[ox.Store]:
    """The dataset, as if every claim gave the group of 16 September 2024 one person more than the 37 it gives."""
    before, after = (f"GRAPH ?g {{ <{GROUP}pardoned-2024-09-16> <{HAB}size> {size} }}" for size in (37, 38))
    index.update(f"DELETE {{ {before} }} INSERT {{ {after} }} WHERE {{ {before} }}")
    yield index
    index.update(f"DELETE {{ {after} }} INSERT {{ {before} }} WHERE {{ {after} }}")


def kg(release: PublishedRelease, *arguments: str) -> str:
    """What ``kg`` prints on stdout, with this release as the current one."""
    outcome = CliRunner().invoke(app, list(arguments), env={"KG_RELEASES": str(release.path.parent)})
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def explained(report: TotalsReport) -> dict[int, list[int]]:
    """Each total that has an explanation, with the sizes that the plainest one adds up."""
    return {
        each.total.question.value: [entry.size for entry in each.explanations[0].counted]
        for each in report.totals
        if each.explanations
    }


def test_every_published_total_follows_from_the_list_by_a_rule(index: ox.Store) -> None:
    report = report_totals(index)

    assert {each.total.question.value for each in report.totals if each.total.is_exact} >= set(PUBLISHED)
    assert set(explained(report)) >= set(PUBLISHED)
    assert explained(report)[115] == [18, 30, 30, 37]
    assert explained(report)[128] == [30, 30, 37, 31]
    assert explained(report)[232] == [30, 30, 37, 31, 32, 29, 20, 23]
    assert explained(report)[156] == [2, 31, 123]


def test_the_editors_read_every_total_as_the_search_does(index: ox.Store) -> None:
    agreements = [each.agrees_with_editors for each in report_totals(index).totals if each.explanations]

    assert len(agreements) >= len(PUBLISHED)
    assert set(agreements) == {True}


def test_a_total_that_no_claim_gives_is_told_as_our_own_sum(release: PublishedRelease) -> None:
    text = kg(release, "report", "totals", *(f"--total={number}" for number in DERIVABLE))

    assert "146 = 18 + 30 + 30 + 37 + 31\n" in text
    assert "227 = 18 + 30 + 30 + 37 + 31 + 32 + 29 + 20\n" in text
    assert text.count("no current claim: what follows is a sum of ours and no published total") == len(DERIVABLE)


def test_plain_rules_seldom_fit_by_chance_and_the_text_warns_of_the_others(
    release: PublishedRelease, index: ox.Store
) -> None:
    """With its last day stated, few numbers have a rule as cheap as the published total has; without, nearly all do."""
    report = report_totals(index)
    for each in report.totals:
        if each.explanations:
            price = each.explanations[0].rule.price
            found = [explain(replace(each.total.question, value=number), report.entries) for number in range(100, 260)]
            fitting = [one for one in found if one and one[0].rule.price <= price]
            assert len(fitting) <= 0.05 * len(found), each.total.label

    text = kg(release, "report", "totals", "--total", "146")
    assert "a number may fit one by chance" in text
    assert "almost any number has some rule then" in text
    assert "(price 2)" in text


def test_a_total_that_no_rule_gives_is_listed_as_unexplained(release: PublishedRelease) -> None:
    assert "605: unexplained, because no counting rule gives it\n" in kg(release, "report", "totals")


def test_with_other_data_totals_become_unexplained(resized: ox.Store) -> None:
    """The sizes are read, not known: one person more in one group, and no total of 2024 adds up as it did."""
    changed = explained(report_totals(resized, asked=(*PUBLISHED, *DERIVABLE)))

    assert changed[156] == [2, 31, 123]
    assert not {115, 128, 207, 250} & set(changed)


def test_the_claims_behind_both_sides_stand_in_the_rows(release: PublishedRelease) -> None:
    rows = list(csv.DictReader(kg(release, "report", "totals", "--format", "csv").splitlines()))
    of_115 = [row for row in rows if row["total"] == "115"]

    assert {row["side"] for row in of_115} == {"total", "counted", "left out"}
    assert {(row["speaker"], row["locator"]) for row in of_115 if row["side"] == "total"} == {
        ("Associated Press", "paragraph 5")
    }
    assert {row["day"] for row in of_115 if row["side"] == "left out"} == {"2024-11-07"}
    assert all(row["claim"].startswith("https://w3id.org/habeas/claim/") for row in of_115)
    assert all(row["source"] for row in of_115)


def test_a_month_is_not_told_as_a_day(release: PublishedRelease) -> None:
    """The list is in the order of the first possible days, and is headed so."""
    text = kg(release, "report", "totals")

    assert re.search(r"^  from +people +who +says", text, re.MULTILINE)
    assert re.search(r"^  2024-07-01 +18 +people released in July 2024 .*\b2024-07 ", text, re.MULTILINE)


def test_a_balance_tells_its_residual_and_the_months_that_lack_a_figure(release: PublishedRelease) -> None:
    text = kg(release, "report", "balance")
    rows = json.loads(kg(release, "report", "balance", "--format", "json"))

    assert re.search(r"2024-11 .* 1299 +62 +63 \(list\) +1298 +1296 +-2\n", text)
    assert "stock at 2024-07-31" in text
    assert {row["residual"] for row in rows if row["month"] == "2024-11"} == {-2}


def test_conflicts_tell_who_says_which_value_where(release: PublishedRelease) -> None:
    rows = json.loads(kg(release, "report", "conflicts", "--format", "json"))
    sizes = {
        (row["value"], row["speaker"], row["locator"])
        for row in rows
        if row["subject"] == f"{GROUP}pardoned-2024-11-07" and row["source"].endswith("/ap-2024-11-07")
    }

    assert sizes == {
        ("31", "Office of the President of Belarus", "paragraph 1"),
        ("30", "Pavel Sapelka", "paragraph 6"),
    }


def test_every_conflict_of_the_release_is_listed_with_two_values(release: PublishedRelease, index: ox.Store) -> None:
    rows = json.loads(kg(release, "report", "conflicts", "--format", "json"))
    values = {row["conflict"]: {r["value"] for r in rows if r["conflict"] == row["conflict"]} for row in rows}
    query = f"SELECT DISTINCT ?c WHERE {{ GRAPH <https://w3id.org/habeas/graph/conflicts> {{ ?c a <{HAB}Conflict> }} }}"
    solutions = index.query(query)
    assert isinstance(solutions, ox.QuerySolutions)

    assert set(values) == {row["c"].value for row in solutions}
    assert {conflict for conflict, found in values.items() if len(found) < 2} == set()


def test_the_figures_close_the_list_of_conflicts(release: PublishedRelease) -> None:
    text = kg(release, "report", "conflicts")

    for name in ("claims", "sources", "speakers", "conflicts"):
        assert re.search(rf"^{name} +\d+$", text, re.MULTILINE), name


@pytest.mark.parametrize("verb", VERBS)
def test_no_report_says_that_something_was_so(release: PublishedRelease, verb: str) -> None:
    text = kg(release, "report", verb)

    assert "documented" in text
    assert not re.search(r"\bthere (was|were)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("verb", VERBS)
def test_the_example_in_the_help_runs(release: PublishedRelease, verb: str) -> None:
    example = re.search(r"Example: kg (.+)", kg(release, "report", verb, "--help"))
    assert example is not None

    assert kg(release, *shlex.split(example[1]))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_rows_are_the_same_in_csv_and_json(release: PublishedRelease, verb: str, form: str) -> None:
    text = kg(release, "report", verb, "--format", form)
    rows = list(csv.DictReader(text.splitlines())) if form == "csv" else json.loads(text)

    assert len(rows) > 10
    assert all(set(row) == set(rows[0]) for row in rows)


def test_a_release_that_is_not_there_is_a_failure_and_not_an_empty_report(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(app, ["report", "totals", "--release", str(tmp_path)])

    assert outcome.exit_code != 0
    assert outcome.stdout == ""
