"""What a person looks at: the routes of a building, and what closing or opening a road does; by hand, and against the hooks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_towns import WATER_HOOKS, WaterHook, pool, town
from shapely import Point, box
from towns import table

from geodata.errors import InputError
from twin.analysis import analysed, run_analysis
from twin.hooks.access import AccessHook
from twin.hooks.minutes_left import MinutesLeftAnalysis
from twin.hooks.travel import TravelHook
from twin.mobility.closure import effect_of
from twin.mobility.graph import directed, graph_of_arrays
from twin.mobility.itinerary import itineraries
from twin.mobility.one_way import BACKWARD, FORWARD, way_from
from twin.mobility.shortest import nearest
from twin.model import Twin
from twin.scenario import load_scenario
from twin.store import MemoryStore

WALKER, CAREFUL, CAR, LARGE = range(4)
HOOKS = (*WATER_HOOKS, TravelHook(), AccessHook())
SHUT = """
name: shut from one to five
duration: 12 h
step: 1 h
water:
  source: hazard_map
  curve: [{at: 0, value: 0}, {at: 3600, value: 0}, {at: 3601, value: 1}, {at: 17999, value: 1}, {at: 5 h, value: 0}]
mobility: {preparation: 0}
"""
# A road that floods in the middle and leads to a near shelter, and a long way round to another one.
LINES = [[(10, 390), (10, 90)], [(10, 90), (310, 90)], [(10, 390), (10, 398), (390, 398), (390, 10)]]


def ring_town(**changes):
    return town(
        **{"lines": LINES, "houses": [(12, 390)], "shelters": [(310, 90), (390, 10)], "high": pool(25, 25, 2.0), **changes}
    )


def finished(city, text=SHUT, *, look_ahead=True, hooks=HOOKS):
    store = MemoryStore()
    twin, scenario = Twin(city, store, hooks), load_scenario(text)
    states = [state for state, _ in twin.run(scenario)]
    if look_ahead:
        found = [run_analysis(MinutesLeftAnalysis(), twin.ask(scenario), states, store)]
        states = [analysed(state, n, found, [MinutesLeftAnalysis()], store) for n, state in enumerate(states)]
    return states, scenario


def one_road(**changes):
    return finished(ring_town(**{"lines": LINES[:2], "shelters": [(310, 90)], **changes}))


def test_the_route_of_the_last_safe_departure_and_what_ends_it():
    states, scenario = one_road()
    walker = itineraries(states, 0, 0, scenario)[WALKER]
    assert walker.time_left == pytest.approx(50 * 60 - 2, abs=0.01)
    assert walker.now.edges.tolist() == walker.last.edges.tolist() == [0, 1]
    assert walker.now.against.tolist() == [False, False]
    assert walker.now.time == pytest.approx(602)
    assert walker.holds is True
    assert walker.last.arrival == pytest.approx(3600, abs=2)
    assert (walker.limit.kind, walker.limit.row, walker.limit.moment) == ("road", 1, 3600.0)


def test_while_the_water_stands_there_is_no_way_and_afterwards_nothing_closes():
    states, scenario = one_road()
    shut = itineraries(states, 2, 0, scenario)[WALKER]
    assert (shut.now, shut.last, shut.limit) == (None, None, None)
    assert np.isneginf(shut.time_left)
    after = itineraries(states, 6, 0, scenario)[WALKER]
    assert np.isposinf(after.time_left)
    assert after.last.edges.tolist() == [0, 1]
    assert after.limit is None


def test_a_way_that_is_open_now_may_not_hold():
    # With 55 minutes of preparation the road closes before one is through; the way round takes longer and stays open.
    high_up = {"bridge": [False, False, True], "deck_elevation": [np.nan, np.nan, 10.0]}
    states, scenario = finished(ring_town(road_columns=high_up), SHUT.replace("preparation: 0", "preparation: 55 min"))
    walker = itineraries(states, 0, 0, scenario)[WALKER]
    assert walker.now.shelter == 0
    assert walker.holds is False
    assert (walker.last.shelter, walker.time_left) == (1, np.inf)
    assert walker.last.edges.tolist() == [2]


def test_an_unfinished_run_tells_the_way_now_and_nothing_that_lies_ahead():
    states, scenario = finished(ring_town(), look_ahead=False)
    walker = itineraries(states[:1], 0, 0, scenario)[WALKER]
    assert walker.now.shelter == 0
    assert (walker.holds, walker.last, walker.time_left, walker.limit) == (None, None, None, None)


def test_the_path_runs_from_door_to_door_in_longitude_and_latitude():
    states, scenario = one_road()
    path = np.array(itineraries(states, 0, 0, scenario)[WALKER].now.path)
    city = states[0].city
    x, y = city.grid.to_wgs84.transform(*path.T, direction="INVERSE")
    assert np.column_stack([x, y]) == pytest.approx(np.array([[12, 390], [10, 390], [10, 90], [310, 90]]), abs=0.01)


def test_a_house_far_from_roads_has_no_route():
    states, scenario = finished(ring_town(houses=[(12, 390)], road_columns={"walkers": [False, False, False]}))
    walker, _, car, _ = itineraries(states, 0, 0, scenario)
    assert walker.now is None
    assert np.isneginf(walker.time_left)
    assert car.now.shelter == 0


def test_a_building_or_state_that_is_not_there_is_told():
    states, scenario = one_road()
    for number, building in ((99, 0), (0, 99), (0, -1)):
        with pytest.raises(InputError, match="choose another"):
            itineraries(states, number, building, scenario)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_way_equals_the_search_of_everything(data):
    nodes = data.draw(st.integers(2, 9))
    edges = data.draw(st.lists(st.tuples(*[st.integers(0, nodes - 1)] * 2), min_size=1, max_size=20))
    start, end = np.array(edges).T
    speed = np.array(data.draw(st.lists(st.sampled_from([0.0, 1.0, 2.0, np.nan]), min_size=len(edges), max_size=len(edges))))
    way = data.draw(st.lists(st.sampled_from([0, FORWARD, BACKWARD]), min_size=len(edges), max_size=len(edges)))
    graph = graph_of_arrays(nodes, start, end, 10.0)
    goals = np.array(data.draw(st.lists(st.integers(0, nodes - 1), min_size=1, max_size=3)))
    walk = np.array(data.draw(st.lists(st.integers(0, 30), min_size=len(goals), max_size=len(goals))), float)
    times = directed(
        np.where(speed > 0, 10.0 / np.where(speed > 0, speed, 1), np.inf), np.array(["", "forward", "backward"])[way]
    )
    every = nearest(graph.indptr, graph.heads, graph.backward(times), goals, walk)
    found = way_from(graph, speed, np.array(way, np.int8), 0, 5.0, goals, walk)
    assert found.arrival == 5.0 + every.cost[0]
    here = 0
    for slot in found.slots:
        tail, head = (start, end) if slot % 2 == 0 else (end, start)
        assert tail[slot // 2] == here
        here = head[slot // 2]
    assert found.goal < 0 or here == goals[found.goal]
    assert times[found.slots].sum() + (walk[found.goal] if found.goal >= 0 else np.inf) == every.cost[0]


TWO = """
name: two hours
duration: 20 min
step: 10 min
mobility: {preparation: 0}
"""


def served_town(**changes):
    areas = table("areas", [box(0, 300, 400, 400)], id=["north"], name=["North"], kind=["district"])
    hospital = table("facilities", [Point(310, 90)], id=["h"], kind=["hospital"])
    return ring_town(
        **{"high": None, "residents": [10.0, 4.0], "houses": [(12, 390), (12, 100)],
           "tables": {"areas": areas, "facilities": hospital}, **changes}
    )  # fmt: skip


def test_closing_a_road_tells_who_goes_elsewhere_and_how_much_longer_it_takes():
    states, scenario = finished(served_town(), TWO, look_ahead=False)
    effect = effect_of(states[0], scenario, [0])
    assert effect.cut_off.sum() == 0
    assert effect.other_shelter[WALKER].tolist() == [True, False]
    # 776 m to the far shelter in place of 600 m.
    assert effect.delay[WALKER].tolist() == pytest.approx([176, 0])
    assert effect.figures()["people_other_shelter"] == 10
    assert effect.figures()["mean_delay_s"] == pytest.approx(176)
    assert effect.hospital_lost.tolist() == [True, False]
    table_ = effect.table()
    assert table_[["area", "effect", "people"]].values.tolist() == [["north", "other shelter", 10], ["north", "delayed", 10]]
    assert table_["mean_delay_s"].iloc[1] == pytest.approx(176)


def test_the_effect_is_what_a_run_with_the_closure_says():
    city = served_town()
    closed = TWO + "measures: [{kind: road_closure, roads: [r0, r2], start: 0}]\n"
    states, scenario = finished(city, TWO, look_ahead=False)
    after, _ = finished(city, closed, look_ahead=False)
    effect = effect_of(states[0], scenario, [0, 2])
    was, now = (each[0].field("building_shelter_time")[:3] for each in (states, after))
    assert (effect.cut_off == (np.isfinite(was) & np.isinf(now))).all()
    assert effect.figures()["people_cut_off"] == 10
    back = effect_of(after[0], load_scenario(closed), [0, 2], close=False)
    assert back.figures()["people_joined"] == 10
    assert (np.isfinite(was) == (back.joined | np.isfinite(now))).all()


def test_water_keeps_a_road_closed_whoever_opens_it():
    wet = """{name: w, duration: 10 min, water: {source: hazard_map}, mobility: {preparation: 0},
              measures: [{kind: road_closure, roads: [r1]}, {kind: road_opened, roads: [r1]}]}"""
    states, scenario = finished(served_town(high=pool(25, 25, 2.0)), wet, look_ahead=False)
    assert (states[0].field("road_open")[:, 1] == 0).all()
    effect = effect_of(states[0], scenario, [1], close=False)
    assert not effect.affected().any()
    assert effect.notes[0].text == "Water closes 1 of these roads to cars; opening it does not help there."


def test_opening_ends_a_closure_while_it_acts():
    text = """{name: o, duration: 30 min, step: 10 min, measures: [{kind: road_closure, roads: [r1]},
               {kind: road_opened, roads: [r1], start: 10 min, end: 20 min}]}"""
    states, _ = finished(served_town(), text, look_ahead=False)
    assert [int(state.field("road_open")[CAR, 1]) for state in states] == [0, 1, 0, 0]
    with pytest.raises(InputError, match="no roads with the ids nowhere"):
        finished(served_town(), text.replace("roads: [r1], start", "roads: [nowhere], start"), look_ahead=False)


def test_a_road_that_is_not_there_is_told():
    states, scenario = finished(served_town(), TWO, look_ahead=False)
    with pytest.raises(InputError, match="no road of the row"):
        effect_of(states[0], scenario, [99])


@pytest.mark.parametrize(
    ("speed", "solver", "walker", "car"), [(0.0, "full", 1, 1), (2.5, "full", 0, 0), (2.5, "local_inertial", 1, 1)]
)
def test_fast_water_closes_roads_only_where_its_speed_is_known(speed, solver, walker, car):
    """0.1 m at 2.5 m/s: 0.25 m²/s is above 0.15 for cars, and above 2 m/s no walker's class."""
    sea = "[{sides: [west], levels: [{at: 0, value: 1}]}]"
    text = f"{{name: f, duration: 1, water: {{source: engine, solver: {solver}, level_edges: {sea}}}}}"
    hooks = (WaterHook(speed=speed), *HOOKS[1:])
    states, _ = finished(served_town(high=pool(25, 25, 0.1)), text, look_ahead=False, hooks=hooks)
    state = states[0].field("road_open")[:, 1].tolist()
    assert (state[WALKER], state[CAREFUL], state[CAR]) == (walker, walker, car)
    # A large vehicle stands 0.25 m²/s.
    assert state[LARGE] == 1


def test_another_city_with_the_same_roads_has_its_own_dry_day():
    near, far = served_town(), served_town(shelters=[(10, 90), (390, 10)])
    times = [finished(city, TWO, look_ahead=False)[0][0].field("building_detour")[WALKER, 0] for city in (near, far)]
    assert times == [0, 0]


def test_replacing_nothing_changes_nothing():
    states, scenario = finished(served_town(), TWO, look_ahead=False)
    effect = effect_of(states[0], scenario, [0], close=False)
    assert not effect.affected().any()
