"""Ranking of measures over a set of events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import InputError
from twin.ranking import Plan, expected_annual, rank

CHANCES = {"often": 0.1, "seldom": 0.01, "rare": 0.001}


def test_the_area_under_a_straight_line_by_hand():
    found = expected_annual({"often": 0.0, "seldom": 90.0, "rare": 99.0}, CHANCES)
    assert found.low == pytest.approx(0.09 * 45 + 0.009 * 94.5)
    assert found.middle == pytest.approx(found.low + 0.001 * 99)
    assert found.high == pytest.approx(found.low + 0.002 * 99)


def test_frequent_events_count_down_to_the_harmless_one():
    bare = expected_annual({"often": 10.0}, CHANCES)
    whole = expected_annual({"often": 10.0}, CHANCES, harmless=0.5)
    assert whole.middle - bare.middle == pytest.approx(0.4 * 5)


@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), st.floats(0, 1))
def test_a_plan_that_lowers_every_event_never_costs_lives_or_money(values, share):
    nothing = Plan("nothing", dict(zip(CHANCES, values, strict=True)))
    half = Plan("half", {event: value * share for event, value in nothing.values.items()})
    row = rank(nothing, [half], CHANCES).rows[0]
    assert row.saved.low >= -1e-9
    assert row.saved.low <= row.saved.middle + 1e-9 <= row.saved.high + 2e-9


def test_a_wall_that_may_break_is_worth_less():
    nothing = Plan("nothing", {"seldom": 100.0, "rare": 500.0})
    sure = Plan("sure wall", {"seldom": 0.0, "rare": 500.0})
    weak = Plan("weak wall", {"seldom": 0.0, "rare": 500.0}, failed=nothing.values, failure=0.3)
    rows = rank(nothing, [weak, sure], CHANCES).rows
    assert [row.plan for row in rows] == ["sure wall", "weak wall"]
    assert rows[1].saved.middle == pytest.approx(0.7 * rows[0].saved.middle)


def test_cost_turns_an_order_round():
    nothing = Plan("nothing", {"seldom": 100.0, "rare": 100.0})
    rows = rank(
        nothing,
        [Plan("dear", {"seldom": 0.0, "rare": 0.0}, cost=1.05), Plan("cheap", {"seldom": 50.0, "rare": 50.0}, cost=0.01)],
        CHANCES,
    ).rows
    assert rows[0].plan == "cheap"


def test_one_event_says_so():
    texts = [each.text for each in rank(Plan("nothing", {"rare": 1.0}), [Plan("wall", {"rare": 0.0})], CHANCES).notes]
    assert any("one event only" in text for text in texts)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan("wall", {"often": 1.0}), "share the events"),
        (Plan("wall", {"rare": 1.0}, failure=0.2), "what rare does then"),
        (Plan("wall", {"rare": 1.0}, failure=2.0), "from 0 to 1"),
    ],
)
def test_what_cannot_be_ranked_is_said(plan, words):
    with pytest.raises(InputError, match=words):
        rank(Plan("nothing", {"rare": 1.0}), [plan], CHANCES)


def test_an_event_without_a_chance_is_refused():
    with pytest.raises(InputError, match="annual chance unknown"):
        expected_annual({"new": 1.0}, CHANCES)
