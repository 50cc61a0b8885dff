"""People over a whole run: counted at each step, over time, by district and age; what queues cost; orders earlier and later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_towns import WATER_HOOKS, pool, town
from shapely import Point, box
from towns import table

from twin.analysis import analysed, run_analysis
from twin.breakdown import people_by_area
from twin.hooks.access import AccessHook
from twin.hooks.evacuation import EvacuationHook
from twin.hooks.minutes_left import MinutesLeftAnalysis
from twin.hooks.queued_arrivals import QueuedArrivalsAnalysis
from twin.hooks.travel import TravelHook
from twin.mobility.budget import PeopleBudget, PeopleLostError
from twin.mobility.care_list import care_list
from twin.mobility.series import evacuation_series
from twin.model import Twin
from twin.scenario import Scenario, load_scenario
from twin.scenario.shifts import with_shifts
from twin.store import MemoryStore

ORDER = "{kind: evacuation_order, level: 4, share: 1, start: 10 min, response: [{at: 0, value: 0}, {at: 1, value: 1}]}"
HOOKS = (*WATER_HOOKS, TravelHook(), AccessHook(), EvacuationHook())
RISING = "{source: hazard_map, curve: [{at: 0, value: 0}, {at: 40 min, value: 0}, {at: 41 min, value: 1}]}"


def question(order=ORDER, water="{source: hazard_map, curve: [{at: 0, value: 0}]}", step="10 min"):
    mobility = "mobility: {preparation: 5 min}"
    return load_scenario(f"{{name: e, duration: 1 h, step: {step}, water: {water}, {mobility}, measures: [{order}]}}")


def row_town(**changes):
    return town(
        **{"lines": [[(50, 200), (350, 200)]], "houses": [(50, 210), (50, 190)], "shelters": [(350, 200)],
           "residents": [2.2, 4.4], **changes}
    )  # fmt: skip


def run(city, scenario, analyses=()):
    store = MemoryStore()
    twin = Twin(city, store, HOOKS)
    states = [state for state, _ in twin.run(scenario, [PeopleBudget()])]
    found = [run_analysis(analysis, twin.ask(scenario), states, store) for analysis in analyses]
    return [analysed(state, n, found, analyses, store) for n, state in enumerate(states)]


def tampered(state, **fields):
    """The state with other values in some fields."""
    made = {name: np.asarray(values, state.variables[name].dtype) for name, values in fields.items()}
    digests = {**state.digests, **{name: f"tampered {name}" for name in made}}
    return replace(
        state, digests=digests, load=lambda d: made[d.split()[1]].copy() if d.startswith("tampered") else state.load(d)
    )


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"party_people": [2.2, 2.2, 2.3]}, "of all who were there"),
        ({"party_shelter": [0, 0, -np.inf]}, "in shelters"),
        ({"shelter_occupancy": [9.9]}, "in the count of shelters"),
        ({"road_evacuees": [2.2]}, "on the roads"),
        ({"road_caught": [2.2]}, "caught on roads"),
        ({"party_status": [2, 2, 0], "party_shelter": [0, 0, -np.inf], "shelter_occupancy": [4.4]}, "gone from where"),
    ],
)
def test_a_run_in_which_people_do_not_add_up_is_stopped(fields, place):
    last = run(row_town(), question())[-1]
    budget = PeopleBudget()
    budget.see(last)
    with pytest.raises(PeopleLostError, match=place):
        budget.see(tampered(last, **fields))


def test_a_shelter_that_takes_more_than_its_capacity_stops_the_run():
    last = run(row_town(shelter_columns={"capacity": [7.0]}), question())[-1]
    PeopleBudget().see(last)
    small = run(row_town(shelter_columns={"capacity": [5.0]}), question())[-1]
    with pytest.raises(PeopleLostError, match="above the capacity"):
        PeopleBudget().see(replace(last, city=small.city))


def test_the_program_itself_counts_people_in_every_run(tmp_path, monkeypatch):
    """The observer is one of those of `simulate`: a hook that loses people fails the run, and the manifest says so."""
    import twin.simulation
    from twin.run import RunFolder

    class Leak(PeopleBudget):
        def see(self, state):
            super().see(tampered(state, party_people=state.field("party_people") * 0.9))

    monkeypatch.setattr(twin.simulation, "PeopleBudget", Leak)
    with pytest.raises(PeopleLostError, match="of all who were there"):
        twin.simulation.simulate(row_town(), question(), store=MemoryStore(), folder=tmp_path / "run")
    told = RunFolder(tmp_path / "run").load()
    assert told.status == "failed"
    assert "do not add up" in told.error["template"]


@settings(max_examples=12, deadline=None)
@given(
    residents=st.lists(st.floats(0, 30), min_size=2, max_size=2), share=st.floats(0, 1), cars=st.floats(0, 1),
    capacity=st.sampled_from([0.0, 3.0, 20.0, np.nan]), seed=st.integers(0, 9), depth=st.sampled_from([0.0, 0.2, 2.0]),
)  # fmt: skip
def test_nobody_is_lost_whatever_happens(residents, share, cars, capacity, seed, depth):
    city = row_town(residents=residents, shelter_columns={"capacity": [capacity]}, high=pool(20, 20, depth))
    order = ORDER.replace("share: 1", f"share: {share}, by_car: {cars}")
    scenario = question(order, RISING).model_copy(update={"seed": seed})
    series = evacuation_series(run(city, scenario))
    everyone = series.table.drop(columns="times").sum(axis=1).to_numpy()
    assert everyone == pytest.approx(np.full(len(everyone), sum(residents)))
    assert series.occupancy.sum(axis=1) == pytest.approx(series.in_shelters, rel=1e-5)


def test_results_do_not_depend_on_how_the_run_is_cut_into_steps():
    """A party that has left its door when a step ends goes on as if it had not ended."""
    fine, coarse = (run(row_town(), question(step=step))[-1] for step in ("1 min", "30 min"))
    for name in ("party_out", "party_done", "party_status"):
        assert fine.field(name) == pytest.approx(coarse.field(name), abs=1e-6)


def test_series_for_charts():
    states = run(row_town(), question())
    series = evacuation_series(states)
    assert series.times.tolist() == [0, 600, 1200, 1800, 2400, 3000, 3600]
    assert series.at_home == pytest.approx([6.6, 6.6, 0, 0, 0, 0, 0])
    assert series.on_the_way == pytest.approx([0, 0, 6.6, 0, 0, 0, 0])
    assert series.occupancy[:, 0] == pytest.approx([0, 0, 0, 6.6, 6.6, 6.6, 6.6])
    assert np.isnan(series.capacity).all()
    dry = Twin(row_town(), MemoryStore(), WATER_HOOKS)
    assert evacuation_series(state for state, _ in dry.run(question())) is None


def test_who_moves_against_the_line_and_by_car_is_told_apart():
    order = ORDER.replace("share: 1", "share: 1, by_car: 1")
    slow = run(row_town(lines=[[(350, 200), (50, 200)]]), question(order, step="1 min"))
    state = next(state for state in slow if state.field("road_evacuees").sum() > 6)
    assert state.field("road_evacuees_against") == pytest.approx(state.field("road_evacuees"))
    assert state.field("road_evacuees_by_car") == pytest.approx(state.field("road_evacuees"))
    along = run(row_town(), question())
    state = next(state for state in along if state.field("road_evacuees").sum() > 6)
    assert state.field("road_evacuees_against").sum() == 0
    assert state.field("road_evacuees_by_car").sum() == 0


def test_queues_cost_what_they_cost_by_hand():
    # 1 person a second passes: three parties of 2.2 leave within a second, the last one waits for two.
    states = run(row_town(), question(ORDER.replace("share: 1", "share: 1, by_car: 1")), (QueuedArrivalsAnalysis(),))
    delay = states[0].field("building_queue_delay")
    assert delay.max() == pytest.approx(4.4, abs=1.1)
    done = states[-1].field("party_done")
    assert states[0].field("building_last_arrival") == pytest.approx([done[0], done[1:].max()])
    nobody = run(row_town(), question(ORDER.replace("share: 1", "share: 0")), (QueuedArrivalsAnalysis(),))[0]
    assert np.isneginf(nobody.field("building_queue_delay")).all()
    assert np.isneginf(nobody.field("building_last_arrival")).all()


def test_who_does_not_arrive_is_not_counted_as_undelayed():
    states = run(
        row_town(high=pool(20, 20, 2.0)), question(ORDER.replace("10 min", "34 min"), RISING), (QueuedArrivalsAnalysis(),)
    )
    assert (states[-1].field("party_status") == 3).all()
    assert np.isneginf(states[0].field("building_queue_delay")).all()
    assert np.isposinf(states[0].field("building_last_arrival")).all()


def test_an_earlier_order_saves_who_a_later_one_does_not():
    city, asked = row_town(high=pool(20, 20, 2.0)), question(ORDER.replace("10 min", "25 min"), RISING)
    caught = []
    for scenario in with_shifts(asked, (-600, 0, 600, 1200)):
        last = run(city, scenario)[-1]
        caught.append(int((last.field("party_status") == 2).sum()))
    assert caught == [3, 3, 0, 0]
    assert [s.measures[0].start for s in with_shifts(asked, (-3600, 60))] == [0, 1560]


def test_totals_by_district_and_age_add_up_to_the_city():
    areas = table("areas", [box(0, 200, 400, 400)], id=["north"], name=["North"], kind=["district"])
    city = row_town(tables={"areas": areas}, houses=[(50, 210), (50, 190), (60, 190)], residents=[2.0, 4.0, np.nan])
    houses = city.buildings
    houses["residents_75_over"] = [1.0, 0.0, np.nan]
    city = row_town(tables={"areas": areas, "buildings": houses})
    state = run(city, question())[0]
    told = people_by_area(state, np.array([True, True, False])).set_index("area")
    assert told["people"].to_dict() == {"north": 2.0, "": 4.0}
    assert told["people_75_over"].to_dict() == {"north": 1.0, "": 0.0}
    assert told["buildings"].sum() == 2
    assert told["everybody"].sum() == 6
    unknown = people_by_area(state, np.array([np.nan, 0.0, 1.0])).set_index("area")
    assert unknown["unknown"].to_dict() == {"north": 2.0, "": 0.0}
    assert np.isnan(unknown["people"][""]), "nobody says how many live there"
    assert people_by_area(state, np.zeros(3), kind="ward")["area"].tolist() == [""]


def test_care_homes_by_the_time_they_lack():
    places = table(
        "facilities", [Point(50, 200)] * 5, id=["short", "long", "silent", "pump", "clinic"],
        kind=["care_home", "hospital", "care_home", "pump", "clinic"], time_to_leave=[600.0, 6000.0, np.nan, 1.0, 60.0],
    )  # fmt: skip
    city = row_town(tables={"facilities": places}, high=pool(20, 20, 2.0))
    first, *_, last = run(city, question(water=RISING), (MinutesLeftAnalysis(),))
    listed = care_list(first)
    assert listed["id"].tolist() == ["long", "silent", "short", "clinic"]
    assert listed["verdict"].tolist() == ["less time than needed", "time needed unknown", "time enough", "time enough"]
    assert listed["spare"].iloc[0] == pytest.approx(listed["left"].iloc[0] - 6000)
    assert np.isnan(listed["spare"].iloc[1])
    shut = care_list(last)
    assert set(shut["verdict"]) == {"no safe departure any more"}
    assert (shut["left"] == 0).all()
    assert shut["spare"].dropna().tolist() == [-6000, -600, -60]


def test_orders_that_move_nobody_are_told():
    from twin.mobility.notes import mobility_notes

    areas = table("areas", [box(300, 0, 400, 100)], id=["empty"], kind=["district"])
    city = row_town(tables={"areas": areas})
    asked = question(ORDER.replace("share: 1", "share: 1, name: to nobody, areas: [empty]"))
    texts = [note.text for note in mobility_notes(Twin(city, MemoryStore(), HOOKS).ask(asked))]
    assert "The order to nobody addresses no building in which anybody is known to be: it moves nobody." in texts
    assert any("judged by depth alone" in text for text in texts)


def test_what_the_network_lacks_is_told():
    from twin.mobility.notes import mobility_notes

    city = row_town(
        lines=[[(50, 200), (350, 200)], [(380, 10), (390, 10)]], shelters=[(390, 10), (350, 200)], houses=[(50, 210), (50, 190)]
    )
    dry = Scenario(name="dry", duration=0)
    texts = [note.text for note in mobility_notes(Twin(city, MemoryStore(), HOOKS).ask(dry))]
    assert texts == ["1 shelter stands on a road that no building is joined to: nobody reaches it on foot."]
    bare = row_town(shelters=[], road_columns={"walkers": [False]})
    texts = [note.text for note in mobility_notes(Twin(bare, MemoryStore(), HOOKS).ask(dry))]
    assert texts[0].endswith("has no shelters: there is no way to one from anywhere.")
    assert texts[1].startswith("2 of 2 buildings have no road within 1000 m")
