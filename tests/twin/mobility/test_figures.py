"""Headline figures of roads and evacuation, in a town where a person can count."""

from __future__ import annotations

import pytest
from network_towns import WATER_HOOKS, pool, town

from twin.analysis import analysed, run_analysis
from twin.hooks.access import AccessHook, CutOffSinceHook
from twin.hooks.evacuation import EvacuationHook
from twin.hooks.minutes_left import MinutesLeftAnalysis
from twin.hooks.travel import TravelHook
from twin.model import Twin
from twin.outcome import OutcomeObserver, outcomes_of
from twin.scenario import load_scenario
from twin.store import MemoryStore

HOOKS = (*WATER_HOOKS, TravelHook(), AccessHook(), CutOffSinceHook(), EvacuationHook())
QUESTION = """
name: flood
duration: 2 h
step: 10 min
water: {source: hazard_map, curve: [{at: 0, value: 0}, {at: 1 h, value: 0}, {at: 3601, value: 1}]}
mobility: {preparation: 5 min}
measures:
  - {kind: evacuation_order, level: 4, share: 1, start: 10 min, response: [{at: 0, value: 0}, {at: 1, value: 1}]}
"""


def two_houses(**changes):
    """Two houses, 100 m apart; between them and the shelter runs the water."""
    return town(
        **{"lines": [[(50, 200), (150, 200)], [(150, 200), (350, 200)]], "houses": [(50, 200), (150, 200)],
           "shelters": [(350, 200)],
           "residents": [2.2, 4.4], "high": pool(25, 25, 2.0), "shelter_columns": {"capacity": [5.0]}, **changes}
    )  # fmt: skip


def outcomes(city, text=QUESTION):
    observer, store = OutcomeObserver(), MemoryStore()
    twin = Twin(city, store, HOOKS)
    scenario = load_scenario(text)
    states = [state for state, _ in twin.run(scenario, [observer])]
    finding = run_analysis(MinutesLeftAnalysis(), twin.ask(scenario), states, store)
    return {
        **observer.values,
        **outcomes_of(analysed(states[0], 0, [finding], [MinutesLeftAnalysis()], store)),
    }, observer.values


def test_everyone_gets_out_in_time_with_room():
    _, found = outcomes(two_houses(shelter_columns={"capacity": [100.0]}))
    assert found["people_in_shelters"] == pytest.approx(6.6)
    # Order at 600 s; the last sets out 301 s later and walks 300 m, behind two others at most.
    assert found["clearance_s"] == pytest.approx(300 + 300, abs=3)
    assert found["people_caught"] == 0
    assert found["shelters_over_capacity"] == 0


def test_a_shelter_that_is_too_small_is_told_and_the_rest_is_stranded():
    _, found = outcomes(two_houses())
    assert found["shelters_over_capacity"] == 1
    assert found["people_in_shelters"] == pytest.approx(4.4)
    assert found["people_stranded"] == pytest.approx(2.2)
    assert found["clearance_s"] is None


def test_a_closure_tells_whose_way_is_longer_and_nobody_without_a_way_is_among_them():
    """Past the closed road the way is 2 × 100 m longer for the nearer house; the farther one goes round anyway."""
    lines = [[(50, 200), (150, 200)], [(150, 200), (350, 200)], [(150, 200), (150, 300), (350, 300), (350, 200)]]
    shut = "{name: shut, duration: 10 min, step: 10 min, measures: [{kind: road_closure, roads: [r1], start: 10 min}]}"
    _, found = outcomes(two_houses(lines=lines, high=None), shut)
    assert found["people_detoured"] == pytest.approx(6.6)
    assert found["people_cut_off"] == 0
    _, cut = outcomes(two_houses(high=None), shut)
    assert cut["people_detoured"] == 0
    assert cut["people_cut_off"] == pytest.approx(6.6)


def test_cut_off_and_minutes_left():
    whole, found = outcomes(two_houses())
    assert found["people_cut_off"] == found["people_cut_off_for_certain"] == pytest.approx(6.6)
    assert found["people_never_joined"] == 0
    # Closed after 60 min; 5 min preparation; 200 s or 300 s on the way. Most people live nearer.
    assert whole["median_minutes_left"] == pytest.approx(60 - 5 - 200 / 60, abs=0.01)
    assert whole["people_without_departure"] == 0


def test_on_a_dry_day_nothing_closes_and_no_number_is_made_up():
    whole, found = outcomes(two_houses(high=None))
    assert whole["median_minutes_left"] is None
    assert found["people_cut_off"] == 0


def test_without_orders_nobody_moves():
    _, found = outcomes(two_houses(), QUESTION[: QUESTION.index("measures")])
    assert found["people_in_shelters"] == found["people_caught"] == 0
    assert found["clearance_s"] is None
