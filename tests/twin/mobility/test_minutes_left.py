"""Minutes left in a run, and the mechanism of analyses: keyed, stored, strict about what is read and written."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from network_towns import WATER_HOOKS, pool, town
from shapely import Point
from towns import table

from twin.analysis import Analysis, Series, analysed, installed_analyses, run_analysis
from twin.hook import HookError, Static
from twin.hooks.minutes_left import MinutesLeftAnalysis
from twin.hooks.travel import TravelHook
from twin.mobility.variables import ROAD_SPEED
from twin.model import Twin
from twin.scenario import load_scenario
from twin.store import MemoryStore
from twin.variable import Variable, VariableError
from twin.variables import ROAD_OPEN

WALKER, CAREFUL, CAR, LARGE = range(4)
# The water stands from 1 h (exclusive) to 5 h (exclusive): it comes just after 60 min and is gone at 300 min.
SHUT = """
name: shut from one to five
duration: 12 h
step: 1 h
water:
  source: hazard_map
  curve: [{at: 0, value: 0}, {at: 3600, value: 0}, {at: 3601, value: 1}, {at: 17999, value: 1}, {at: 5 h, value: 0}]
mobility: {preparation: 0}
"""


def road_town(**changes):
    """A house on the west end of a road of 10 minutes on foot to a shelter, across a pool in the middle."""
    return town(
        **{"lines": [[(10, 390), (10, 90)], [(10, 90), (310, 90)]], "houses": [(12, 390)], "shelters": [(310, 90)],
           "high": pool(25, 25, 2.0), **changes}
    )  # fmt: skip


def finished(city, text=SHUT, store=None):
    store = store if store is not None else MemoryStore()
    twin = Twin(city, store, (*WATER_HOOKS, TravelHook()))
    scenario = load_scenario(text)
    return twin.ask(scenario), [state for state, _ in twin.run(scenario)], store


def left(city, text=SHUT, name="building_time_left"):
    question, states, store = finished(city, text)
    finding = run_analysis(MinutesLeftAnalysis(), question, states, store)
    return np.stack([store.field(finding.fields_at(number)[name]) for number in range(len(states))]) / 60


def test_a_road_shut_from_60_to_300_minutes_leaves_50_not_710():
    values = left(road_town())[:, WALKER, 0]
    assert values[0] == pytest.approx(50 - 2 / 60, abs=0.001)  # 2 m from the door besides
    assert np.isneginf(values[1:5]).all()
    assert np.isposinf(values[5:]).all()
    assert left(road_town(), name="building_time_left_high")[0, WALKER, 0] == pytest.approx(110 - 2 / 60, abs=0.001)


def test_older_people_have_less_and_preparation_counts():
    assert left(road_town())[0, CAREFUL, 0] == pytest.approx(40 - 4 / 60, abs=0.001)
    prepared = SHUT.replace("preparation: 0", "preparation: 15 min")
    assert left(road_town(), prepared)[0, WALKER, 0] == pytest.approx(35 - 2 / 60, abs=0.001)


def test_unknown_is_closed_at_the_lower_end_and_open_at_the_upper():
    city = road_town(high=pool(25, 25, np.nan))
    assert np.isneginf(left(city)[0, WALKER, 0])
    assert np.isposinf(left(city, name="building_time_left_high")[0, WALKER, 0])


def test_closing_and_reopening_of_roads():
    question, states, store = finished(road_town())
    fields = run_analysis(MinutesLeftAnalysis(), question, states, store).fields_at(0)
    assert store.field(fields["road_closing"])[WALKER].tolist() == [np.inf, 3600.0]
    assert store.field(fields["road_reopening"])[WALKER].tolist() == [np.inf, 5 * 3600.0]


def test_care_homes_have_their_time_minus_what_they_need():
    homes = table(
        "facilities", [Point(10, 390), Point(10, 390), Point(10, 390)], id=["slow", "unknown", "pump"],
        kind=["care_home", "hospital", "pump"], time_to_leave=[1800.0, np.nan, 60.0],
    )  # fmt: skip
    city = road_town(tables={"facilities": homes})
    spare = left(city, name="facility_time_spare")[0]
    car = left(city)[0, LARGE, 0]
    assert spare[0] == pytest.approx(car - 30 + 2 / 60, abs=0.01)
    assert np.isnan(spare[1])
    assert np.isneginf(spare[2])


def test_a_shelter_closed_by_a_measure_ends_the_window():
    shut = SHUT + "measures: [{kind: shelter_closed, shelters: [s0], start: 40 min}]\n"
    # The last output at which it is known to be open is that at 0.
    assert np.isneginf(left(road_town(high=None), shut)[0, WALKER, 0])
    finer = shut.replace("step: 1 h", "step: 10 min")
    assert left(road_town(high=None), finer)[0, WALKER, 0] == pytest.approx(20 - 2 / 60, abs=0.001)


def test_the_same_run_is_analysed_once_and_other_water_again():
    store = MemoryStore()
    question, states, _ = finished(road_town(), store=store)
    assert run_analysis(MinutesLeftAnalysis(), question, states, store).computed
    again = run_analysis(MinutesLeftAnalysis(), question, states, store)
    assert not again.computed
    question, states, _ = finished(road_town(high=pool(25, 25, 0.2)), store=store)
    assert run_analysis(MinutesLeftAnalysis(), question, states, store).computed


def test_renaming_a_shelter_analyses_nothing_again():
    store = MemoryStore()
    question, states, _ = finished(road_town(), store=store)
    run_analysis(MinutesLeftAnalysis(), question, states, store)
    renamed = road_town(shelter_columns={"name": ["Other"]})
    question, states, _ = finished(renamed, store=store)
    assert not run_analysis(MinutesLeftAnalysis(), question, states, store).computed


def test_what_was_found_stands_in_the_states():
    question, states, store = finished(road_town())
    finding = run_analysis(MinutesLeftAnalysis(), question, states, store)
    state = analysed(states[3], 3, [finding], [MinutesLeftAnalysis()], store)
    assert np.isneginf(state.field("building_time_left")[WALKER, 0])
    assert state.field("road_speed").shape == (4, 2)
    assert state.dataset["building_time_left"].dims == ("group", "building")


COUNT = Variable("count", ("time", "road"), "1", "made up")


@dataclass(frozen=True)
class Plain:
    """An analysis made of a function, for the tests."""

    body: object
    name: str = "plain"
    version: str = "1"
    reads: tuple = (Series(ROAD_SPEED), Static("roads", ("class",)))
    writes: tuple = (COUNT,)

    def parameters(self, question):
        return {}

    def analyse(self, course, parameters):
        return {"count": self.body(course)}


@pytest.mark.parametrize(
    "body",
    [
        lambda course: course.at(ROAD_OPEN, 0),
        lambda course: course.table("buildings"),
        lambda course: course.raster("elevation"),
        lambda course: course.overlay("road_cells"),
    ],
)
def test_undeclared_inputs_are_refused(body):
    question, states, store = finished(road_town())
    with pytest.raises(HookError, match="does not declare"):
        run_analysis(Plain(body), question, states, store)


def test_undeclared_columns_and_outputs_are_refused():
    question, states, store = finished(road_town())
    with pytest.raises(KeyError):
        run_analysis(Plain(lambda course: course.table("roads")["name"]), question, states, store)
    with pytest.raises(VariableError, match="shape"):
        run_analysis(Plain(lambda course: np.zeros(3)), question, states, store)
    with pytest.raises(ValueError, match="read-only"):
        run_analysis(Plain(lambda course: course.at(ROAD_SPEED, 0).fill(0)), question, states, store)
    other = replace(COUNT, name="other")
    with pytest.raises(HookError, match="declares other"):
        run_analysis(Plain(lambda course: np.zeros((13, 2)), writes=(other,)), question, states, store)
    fine = run_analysis(Plain(lambda course: np.ones((course.size("time"), 2))), question, states, store)
    assert store.field(fine.fields_at(12)["count"]).tolist() == [1, 1]


def test_analyses_follow_their_contract():
    assert isinstance(MinutesLeftAnalysis(), Analysis)
    assert all(isinstance(analysis, Analysis) for analysis in installed_analyses())
