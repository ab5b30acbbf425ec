"""What the rules derive of situations from their events, and of counts from other counts and from the recorded acts."""

from __future__ import annotations

import pytest

from tests.rules import CURRENT, NOT_CURRENT, Words, claim, derived, derived_in_order

SITUATIONS = "30-bounds-of-situations.rq"


def days(**things: str) -> str:
    """The days that the build derives, event_arrest="2031-04-01" or "2031-04-01/2031-04-30" ("" for an open end)."""
    lines = []
    for name, text in things.items():
        folder, _, key = name.partition("_")
        first, _, last = text.partition("/") if "/" in text else (text, "", text)
        subject = f"{folder}:{key.replace('_', '-')}"
        lines += [f'{subject} hab:notBefore "{first}"^^xsd:date .'] if first else []
        lines += [f'{subject} hab:notAfter "{last}"^^xsd:date .'] if last else []
    return f"graph:derived {{ {' '.join(lines)} }}"


# Situations


def lasting(*trig: str) -> dict[str, str]:
    """The bounds that are derived for the one detention of ``trig``."""
    triples = derived(SITUATIONS, *trig)
    assert {subject for subject, _, _ in triples} <= {"detention"}
    return {name: value for _, name, value in triples}


HELD = claim("held", "situation:detention hab:startedBy event:arrest ; hab:endedBy event:release .")


def test_a_detention_lasts_from_its_arrest_to_its_release() -> None:
    known = days(event_arrest="2031-07-14", event_release="2034-12-13")

    assert lasting(HELD, known) == {"notBefore": "2031-07-14", "notAfter": "2034-12-13"}


def test_of_vague_events_the_outer_days_are_taken() -> None:
    known = days(event_arrest="2031-07-01/2031-07-31", event_release="2034-12-01/2034-12-31")

    assert lasting(HELD, known) == {"notBefore": "2031-07-01", "notAfter": "2034-12-31"}


def test_a_detention_without_an_end_stays_open() -> None:
    started = claim("held", "situation:detention hab:startedBy event:arrest .")

    assert lasting(started, days(event_arrest="2031-07-14")) == {"notBefore": "2031-07-14"}


def test_an_event_without_a_date_leaves_its_end_open() -> None:
    assert lasting(HELD, days(event_arrest="2031-07-14")) == {"notBefore": "2031-07-14"}
    assert lasting(HELD, days(event_arrest="/2031-07-14", event_release="2034-12-13")) == {"notAfter": "2034-12-13"}


def test_two_starts_that_claims_name_make_an_envelope() -> None:
    other = claim("other", "situation:detention hab:startedBy event:abduction .")
    known = days(event_arrest="2031-09-08", event_abduction="2031-09-07", event_release="2031-12-01")

    assert lasting(HELD, other, known)["notBefore"] == "2031-09-07"


def test_of_two_starts_one_without_a_date_leaves_the_beginning_open() -> None:
    other = claim("other", "situation:detention hab:startedBy event:abduction .")

    assert lasting(HELD, other, days(event_arrest="2031-09-08", event_release="2031-12-01")) == {
        "notAfter": "2031-12-01"
    }


def test_two_claims_of_the_same_start_are_one_start() -> None:
    again = claim("again", "situation:detention hab:startedBy event:arrest .")

    assert lasting(HELD, again, days(event_arrest="2031-07-14"))["notBefore"] == "2031-07-14"


def test_a_situation_with_a_date_of_its_own_keeps_it() -> None:
    dated = claim("dated", 'situation:detention hab:when "2031-08/.."^^edtf:EDTF .')
    known = days(event_arrest="2031-07-14", event_release="2034-12-13")

    assert lasting(HELD, dated, known) == {}


@pytest.mark.parametrize("status", NOT_CURRENT)
def test_a_date_that_is_not_current_does_not_stand_in_the_way(status: str) -> None:
    dated = claim("dated", 'situation:detention hab:when "2031-08/.."^^edtf:EDTF .', status)

    assert lasting(HELD, dated, days(event_arrest="2031-07-14")) == {"notBefore": "2031-07-14"}


@pytest.mark.parametrize("status", NOT_CURRENT)
def test_a_start_that_is_not_current_starts_nothing(status: str) -> None:
    started = claim("held", "situation:detention hab:startedBy event:arrest .", status)

    assert lasting(started, days(event_arrest="2031-07-14")) == {}


@pytest.mark.parametrize("status", CURRENT)
def test_a_current_start_starts_it(status: str) -> None:
    started = claim("held", "situation:detention hab:startedBy event:arrest .", status)

    assert lasting(started, days(event_arrest="2031-07-14")) == {"notBefore": "2031-07-14"}


def test_running_the_rule_again_gives_the_same() -> None:
    known = days(event_arrest="2031-07-14", situation_detention="1999-01-01")

    assert lasting(HELD, known) == {"notBefore": "2031-07-14"}


# Stocks


def stock(day: str, value: int, more: str = "") -> str:
    """A claim of the watch's stock as of ``day``, with the day that the build derives from it."""
    known = (
        f"count:c{day} hab:measure measure:stock-recognised-prisoners ; hab:countedBy organisation:watch ; "
        f"hab:population place:exampleland ; hab:value {value}{more} ."
    )
    return f"{claim(f'on-{day}', known)}\n{days(**{f'count_c{day}': day})}".replace(
        f"count:c{day.replace('-', '_')}", ""
    )


def series(*trig: str) -> set[Words]:
    """What the rules say of counts in one series, the keys left out."""
    return {triple for triple in derived_in_order("40", "42", *trig) if triple[1] != "seriesKey"}


def test_each_stock_leads_to_the_one_before_and_tells_the_change() -> None:
    assert series(stock("2031-09-30", 1317), stock("2031-10-31", 1299), stock("2031-11-30", 1305)) == {
        ("c2031-10-31", "previousCount", "c2031-09-30"),
        ("c2031-10-31", "changeSincePrevious", "-18"),
        ("c2031-11-30", "previousCount", "c2031-10-31"),
        ("c2031-11-30", "changeSincePrevious", "6"),
    }


@pytest.mark.parametrize(
    "more",
    [
        " ; hab:countedBy organisation:another-watch",
        " ; hab:measure measure:stock-other-definition",
        " ; hab:countingDefinition counting-definition:wider-definition",
        " ; hab:population group:women-prisoners",
        " ; hab:characteristic characteristic:woman",
    ],
)
def test_a_stock_by_another_rule_is_of_another_series(more: str) -> None:
    assert series(stock("2031-09-30", 1317), stock("2031-10-31", 1299, more)) == set()


def test_a_flow_has_no_series() -> None:
    flow = claim("flow", "count:f hab:measure measure:recognised-in-month ; hab:countedBy organisation:watch .")

    assert derived_in_order("40", "42", flow, days(count_f="2031-09-30")) == set()


def test_two_characteristics_give_one_key_in_any_order() -> None:
    both = ("hab:characteristic characteristic:woman, characteristic:pensioner",)
    turned = ("hab:characteristic characteristic:pensioner, characteristic:woman",)
    triples = series(stock("2031-09-30", 20, f" ; {both[0]}"), stock("2031-10-31", 18, f" ; {turned[0]}"))

    assert ("c2031-10-31", "changeSincePrevious", "-2") in triples


@pytest.mark.parametrize("comparator", ["about", "more-than", "at-least", "almost"])
def test_a_number_that_is_not_exact_tells_no_change(comparator: str) -> None:
    rounded = f" ; hab:comparator comparator:{comparator}"
    triples = series(stock("2031-09-30", 1317), stock("2031-10-31", 1300, rounded), stock("2031-11-30", 1299))

    assert {name for _, name, _ in triples} == {"previousCount"}


def test_a_number_in_dispute_tells_no_change() -> None:
    other = claim("other", "count:c2031-10-31 hab:value 1287 .")
    triples = series(stock("2031-09-30", 1317), stock("2031-10-31", 1278), other)

    assert triples == {("c2031-10-31", "previousCount", "c2031-09-30")}


def test_vague_days_that_overlap_are_in_no_order() -> None:
    month = days(count_cmonth="2031-09-01/2031-09-30")
    vague = claim(
        "vague",
        "count:cmonth hab:measure measure:stock-recognised-prisoners ; hab:countedBy organisation:watch ; "
        "hab:population place:exampleland ; hab:value 1300 .",
    )

    assert series(stock("2031-09-15", 1317), vague, month) == set()


# Documented totals


def total(start: str, end: str, *, inclusive: bool, more: str = "") -> str:
    """A published running total with its rule."""
    rule = (
        f'count:total hab:measure measure:released-in-period ; hab:periodStart "{start}"^^edtf:EDTF ; '
        f"hab:cutOffInclusive {str(inclusive).lower()}{more} ."
    )
    return f"{claim('total', rule)}\n{days(count_total=end)}"


def round_of(name: str, day: str, size: str, more: str = "") -> str:
    """A pardon of a group; ``size`` is "31", or "30-31" for an envelope, or "30-" for an open one."""
    least, _, most = size.partition("-") if "-" in size else (size, "", size)
    sizes = f"group:{name} hab:sizeAtLeast {least} ." + (f" group:{name} hab:sizeAtMost {most} ." if most else "")
    pardon = claim(f"pardon-{name}", f"event:{name} a hab:Pardon ; hab:affects group:{name} . {more}")
    return f"{pardon}\n{days(**{f'event_{name}': day})}\ngraph:derived {{ {sizes} }}"


def documented(*trig: str) -> dict[str, str]:
    """What the recorded acts add up to for the one total of ``trig``."""
    return {name: value for _, name, value in derived("50-documented-totals.rq", *trig)}


ROUNDS = (
    round_of("august", "2031-08-16", "30"),
    round_of("september", "2031-09-16", "37"),
    round_of("november", "2031-11-07", "30-31"),
)


def test_a_total_that_includes_its_last_day_takes_that_day_in() -> None:
    assert documented(*ROUNDS, total("2031-07", "2031-11-07", inclusive=True)) == {
        "documentedAtLeast": "97",
        "documentedAtMost": "98",
    }


def test_a_total_that_leaves_its_last_day_out_does_not() -> None:
    assert documented(*ROUNDS, total("2031-07", "2031-11-07", inclusive=False)) == {
        "documentedAtLeast": "67",
        "documentedAtMost": "67",
    }


def test_what_came_before_the_start_is_left_out() -> None:
    assert documented(*ROUNDS, total("2031-09-01", "2031-09-30", inclusive=True)) == {
        "documentedAtLeast": "37",
        "documentedAtMost": "37",
    }


def test_a_group_without_an_upper_end_opens_the_total() -> None:
    rounds = *ROUNDS, round_of("october", "2031-10-01", "5-")

    assert documented(*rounds, total("2031-07", "2031-11-07", inclusive=False)) == {"documentedAtLeast": "72"}


def test_a_person_counts_as_one_and_a_known_member_not_again() -> None:
    single = claim("single", "event:single a hab:Pardon ; hab:affects person:ada . person:ada a hab:Person .")
    member = claim("member", "event:again a hab:Pardon ; hab:affects person:eve . person:eve a hab:Person .")
    known = claim("known", "group:august hab:hasMember person:eve .")
    when = days(event_single="2031-08-01", event_again="2031-08-16")

    assert documented(*ROUNDS, single, member, known, when, total("2031-07", "2031-11-07", inclusive=False)) == {
        "documentedAtLeast": "68",
        "documentedAtMost": "68",
    }


def test_a_part_of_a_counted_group_is_not_counted_again() -> None:
    part = round_of("women", "2031-08-16", "14", "group:women hab:subgroupOf group:august .")

    assert documented(*ROUNDS, part, total("2031-07", "2031-11-07", inclusive=False))["documentedAtMost"] == "67"


def test_of_groups_that_may_overlap_the_smaller_adds_nothing_to_the_least() -> None:
    july = round_of("july", "2031-07-02", "18", "group:august hab:mayOverlap group:july .")

    assert documented(*ROUNDS, july, total("2031-07", "2031-11-07", inclusive=False)) == {
        "documentedAtLeast": "67",
        "documentedAtMost": "85",
    }


def test_an_act_that_was_undone_is_not_counted() -> None:
    undone = claim("undone", "event:rescission hab:undoes event:september .")

    assert documented(*ROUNDS, undone, total("2031-07", "2031-11-07", inclusive=False))["documentedAtMost"] == "30"


def test_a_release_before_the_pardon_is_announced_dates_it() -> None:
    freed = claim("freed", "event:freed a hab:Release ; hab:affects group:september .")
    when = days(event_freed="2031-08-31")

    assert documented(*ROUNDS, freed, when, total("2031-07", "2031-08-31", inclusive=True))["documentedAtMost"] == "67"


@pytest.mark.parametrize(
    "more",
    [
        " ; hab:characteristic characteristic:woman",
        " ; hab:subcountOf count:all",
        ' ; hab:periodStart "2030"^^edtf:EDTF',
    ],
)
def test_a_part_or_a_total_with_two_rules_is_not_worked_out(more: str) -> None:
    assert documented(*ROUNDS, total("2031-07", "2031-11-07", inclusive=True, more=more)) == {}


def test_a_total_whose_rule_is_not_stated_whole_is_not_worked_out() -> None:
    vague = claim("vague", 'count:t hab:measure measure:released-in-period ; hab:periodStart "2031"^^edtf:EDTF .')

    assert documented(*ROUNDS, vague, days(count_t="2031-11-07")) == {}
