"""Stock and flow by month, from each counter's own figures."""

from __future__ import annotations

from datetime import date

from kg.statistics import Balance, report_balance
from tests.unit.statistics.material import claim, freed, release_of, total


def count(key: str, measure: str, value: int, as_of: str, *, more: str = "") -> str:
    """A claim of one figure by one counter: "union-april" is the union's, "april" the centre's."""
    counter = "union" if key.startswith("union-") else "centre"
    return claim(
        f"centre-{key}",
        f"count:centre-{key} a hab:Count ; hab:measure measure:{measure} ; hab:value {value} ; "
        f'hab:asOf "{as_of}"^^edtf:EDTF ; hab:countedBy organisation:{counter} {more} .',
        speaker=counter,
    )


STOCKS = (
    count("april", "stock-recognised-prisoners", 100, "2031-04-30"),
    count("may", "stock-recognised-prisoners", 95, "2031-05-31"),
)
RECOGNISED = count("in-may", "recognised-in-month", 12, "2031-05-31", more='; hab:periodStart "2031-05-01"^^edtf:EDTF')


def balance_of(*trig: str) -> Balance:
    return report_balance(release_of(*trig))


def test_the_residual_is_what_no_figure_explains() -> None:
    (month,) = balance_of(*STOCKS, RECOGNISED, freed("may", "2031-05-03", 14)).months

    assert (month.month, month.before.value, month.recognised.value) == (date(2031, 5, 1), 100, 12)
    assert (month.released_value, month.expected, month.after.value, month.residual) == (14, 98, 95, -3)
    assert month.before.counter_label == "The centre"
    assert [s.claim.iri.rpartition("/")[2] for s in month.after.statements] == ["centre-may"]


def test_only_those_freed_within_the_month_are_added_up() -> None:
    before, within, after = freed("a", "2031-04-30", 5), freed("b", "2031-05-31", 4), freed("c", "2031-06-01", 7)
    (month,) = balance_of(*STOCKS, RECOGNISED, before, within, after, freed("undated", "", 9)).months

    assert [entry.size for entry in month.entries] == [4]


def test_the_counters_own_figure_of_releases_goes_before_the_list() -> None:
    own = count("out", "released-in-period", 17, "2031-05-31", more='; hab:periodStart "2031-05"^^edtf:EDTF')
    (month,) = balance_of(*STOCKS, RECOGNISED, own, freed("may", "2031-05-03", 14)).months

    assert month.released is not None
    assert (month.released_value, month.residual, month.entries) == (17, 0, ())


def test_a_recognition_figure_that_names_only_its_month_is_that_months() -> None:
    assert len(balance_of(*STOCKS, count("in-may", "recognised-in-month", 12, "2031-05")).months) == 1


def test_a_month_that_lacks_a_figure_is_told_with_what_it_lacks() -> None:
    balance = balance_of(STOCKS[1], RECOGNISED)

    assert balance.months == ()
    assert [(gap.month, gap.missing) for gap in balance.gaps] == [(date(2031, 5, 1), ("stock at 2031-04-30",))]


def test_a_month_with_both_stocks_but_no_recognitions_lacks_them() -> None:
    assert [gap.missing for gap in balance_of(*STOCKS).gaps] == [("recognised in 2031-05",)]


def test_figures_of_two_counters_or_definitions_are_never_mixed() -> None:
    others = count("union-april", "stock-recognised-prisoners", 300, "2031-04-30")
    wider = count(
        "may-wider", "stock-recognised-prisoners", 400, "2031-05-31", more="; hab:countingDefinition <x:wider>"
    )

    assert balance_of(others, STOCKS[1], RECOGNISED).months == ()
    assert [month.after.value for month in balance_of(*STOCKS, wider, RECOGNISED).months] == [95]


def test_a_bound_a_subcount_and_a_stock_within_the_month_balance_nothing() -> None:
    about = count("april", "stock-recognised-prisoners", 100, "2031-04-30", more="; hab:comparator comparator:about")
    women = count("april", "stock-recognised-prisoners", 20, "2031-04-30", more="; hab:subcountOf count:all")
    inside = count("april", "stock-recognised-prisoners", 100, "2031-04-29")

    for first in (about, women, inside):
        assert balance_of(first, STOCKS[1], RECOGNISED).months == ()


def test_of_two_claimed_values_the_one_that_more_claims_give_is_taken() -> None:
    copies = [claim(key, "count:centre-may hab:value 59 .", speaker=key) for key in ("copy", "copy-of-copy")]
    (month,) = balance_of(*STOCKS, *copies, RECOGNISED).months

    assert month.after.value == 59
    assert len(month.after.statements) == 3


def test_december_is_followed_by_january() -> None:
    (month,) = balance_of(
        count("november", "stock-recognised-prisoners", 100, "2031-11-30"),
        count("december", "stock-recognised-prisoners", 90, "2031-12-31"),
        count("in-december", "recognised-in-month", 0, "2031-12-31", more='; hab:periodStart "2031-12-01"^^edtf:EDTF'),
        total("year", 500, "2031-12-31"),
    ).months

    assert (month.month, month.residual) == (date(2031, 12, 1), -10)
