"""Refuge upstairs, roads that people depend on, and everyday traffic, in towns made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from network_towns import WATER_HOOKS, pool, town
from shapely import box
from towns import table

from geodata.errors import InputError
from twin.hooks.critical_roads import CriticalRoadsHook
from twin.hooks.refuge import RefugeHook, judge
from twin.hooks.traffic import TrafficHook
from twin.hooks.travel import TravelHook
from twin.model import Twin
from twin.outcome import outcomes_of
from twin.scenario import load_scenario
from twin.store import MemoryStore
from twin.testing import check_hook

NOW = "{name: c, duration: 0, step: 1 h, water: {source: hazard_map}}"
DRY = "{name: c, duration: 0, step: 1 h}"


def state(city, hook, text=NOW):
    return next(state for state, _ in Twin(city, MemoryStore(), (*WATER_HOOKS, TravelHook(), hook)).run(load_scenario(text)))


SAFE = {"depth": 2.0, "duration": 12.0, "collapse": 0.0, "landslide": 0.0, "storeys": 2.0, "scenario_depth": 1.0}


@pytest.mark.parametrize(
    ("changes", "advice", "reason"),
    [
        ({}, 1, 0),
        ({"collapse": 1.0}, 0, 1),
        ({"collapse": 1.0, "depth": np.nan}, 0, 1),
        ({"landslide": 1.0}, 0, 2),
        ({"storeys": 1.0}, 0, 3),
        ({"depth": 4.0}, 0, 3),
        ({"duration": 100.0}, 0, 4),
        ({"scenario_depth": 3.5}, 0, 5),
        ({"depth": np.nan}, 255, 6),
        ({"duration": np.nan}, 255, 6),
        ({"collapse": np.nan}, 255, 6),
        ({"landslide": np.nan}, 255, 6),
        ({"storeys": np.nan}, 255, 7),
        ({"depth": 0.0, "duration": np.nan}, 1, 0),
        ({"scenario_depth": np.nan}, 1, 0),
        ({"depth": 4.0, "scenario_depth": 0.0}, 0, 3),
    ],
)
def test_going_upstairs_is_judged_by_official_layers_alone(changes, advice, reason):
    found = judge(**{name: np.array([value]) for name, value in {**SAFE, **changes}.items()})
    assert [int(each[0]) for each in found] == [advice, reason]


def refuge_town(**tables):
    city = town([[(50, 200), (350, 200)]], [(50, 210), (150, 210), (250, 210)], [(350, 200)], high=pool(0, 39, 2.0))
    houses = city.buildings
    houses["storeys"] = [2, 2, 2]
    risks = table(
        "building_risks", building_id=["b0", "b1", "b2"], hazard=["river_flood", "river_flood", "landslide"],
        scale=["L2", "L2", ""],
        depth_high=[2.0, 2.0, np.nan], duration=[12.0, 12.0, np.nan],
    )  # fmt: skip
    zones = table("areas", [box(140, 200, 160, 220)], id=["z"], name=["家屋倒壊等氾濫想定区域"], kind=["hazard_zone"])
    made = {"buildings": houses, "building_risks": risks, "areas": zones, **tables}
    return town(
        [[(50, 200), (350, 200)]], [(50, 210), (150, 210), (250, 210)], [(350, 200)], high=pool(0, 39, 2.0), tables=made
    )


def test_refuge_in_a_town():
    found = state(refuge_town(), RefugeHook())
    assert found.field("building_refuge").tolist() == [1, 0, 0]
    assert found.field("building_refuge_reason").tolist() == [0, 1, 2]
    without = state(refuge_town(areas=table("areas", [box(0, 0, 9, 9)], id=["d"], kind=["district"])), RefugeHook())
    assert without.field("building_refuge").tolist() == [255, 255, 0]


def test_people_depend_on_the_one_road_they_have():
    lines = [
        [(50, 200), (150, 200)],
        [(150, 200), (250, 200)],
        [(250, 200), (350, 200)],
        [(150, 200), (200, 300)],
        [(200, 300), (250, 200)],
    ]
    city = town(lines, [(50, 210), (200, 310)], [(350, 200)], residents=[3.0, 5.0])
    assert state(city, CriticalRoadsHook(), DRY).field("road_people_dependent").tolist() == [3, 0, 8, 0, 0]
    shut = "{name: c, duration: 0, step: 1 h, measures: [{kind: road_closure, roads: [r1]}]}"
    assert state(city, CriticalRoadsHook(), shut).field("road_people_dependent").tolist() == [3, 0, 8, 3, 8]


TRIPS = """{name: t, duration: 0, step: 1 h,
    mobility: {traffic: {trips: [{origin: west, destination: east, vehicles_per_hour: 900}]}}MORE}"""


def traffic_town(lines):
    areas = table(
        "areas", [box(0, 190, 100, 210), box(300, 190, 400, 210)], id=["west", "east"], kind=["district"] * 2
    )  # fmt: skip
    return town(lines, [(50, 195), (350, 195)], [(350, 200)], tables={"areas": areas}, residents=[100.0, 50.0])


def test_traffic_shares_two_equal_roads_and_a_closure_costs_time():
    lines = [[(50, 200), (200, 250), (350, 200)], [(50, 200), (200, 150), (350, 200)]]
    city = traffic_town(lines)
    usual = state(city, TrafficHook(), TRIPS.replace("MORE", ""))
    assert usual.field("road_flow").tolist() == pytest.approx([450, 450], rel=0.02)
    assert float(usual.field("traffic_extra_time").reshape(())) == pytest.approx(0.0, abs=0.1)
    shut = state(city, TrafficHook(), TRIPS.replace("MORE", ", measures: [{kind: road_closure, roads: [r0]}]"))
    assert shut.field("road_flow").tolist() == pytest.approx([0, 900])
    # BPR with a lane of 1800 an hour: half of its capacity, against a quarter before.
    free = 2 * np.hypot(150, 50) / (20 / 3.6)
    assert float(shut.field("traffic_extra_time").reshape(())) == pytest.approx(free * 0.15 * (1 / 2**4 - 1 / 4**4), rel=0.02)


def test_trips_without_a_way_are_told():
    city = traffic_town([[(50, 200), (350, 200)]])
    shut = state(city, TrafficHook(), TRIPS.replace("MORE", ", measures: [{kind: road_closure, roads: [r0]}]"))
    assert float(shut.field("traffic_unserved").reshape(())) == pytest.approx(900)
    figures = outcomes_of(shut)
    assert figures["traffic_trips_lost_per_hour"] == pytest.approx(900)
    assert figures["traffic_extra_s"] is None, "no trip is left whose time could be told"


def test_what_a_closure_does_to_an_ordinary_day_is_among_the_figures():
    lines = [[(50, 200), (200, 250), (350, 200)], [(50, 200), (200, 150), (350, 200)]]
    shut = state(traffic_town(lines), TrafficHook(), TRIPS.replace("MORE", ", measures: [{kind: road_closure, roads: [r0]}]"))
    figures = outcomes_of(shut)
    assert figures["traffic_extra_s"] == pytest.approx(float(shut.field("traffic_extra_time").reshape(())))
    assert figures["traffic_trips_lost_per_hour"] == 0
    unasked = outcomes_of(state(traffic_town(lines), TrafficHook(), DRY))
    assert unasked["traffic_extra_s"] is None, "not asked is not zero"
    assert unasked["traffic_trips_lost_per_hour"] is None


def test_traffic_is_not_computed_unasked_and_gravity_needs_areas():
    city = traffic_town([[(50, 200), (350, 200)]])
    assert np.isneginf(state(city, TrafficHook(), DRY).field("road_flow")).all()
    gravity = "{name: g, duration: 0, step: 1 h, mobility: {traffic: {areas: district, trips_per_resident: 1}}}"
    assert state(city, TrafficHook(), gravity).field("road_flow")[0] > 0
    with pytest.raises(InputError, match="no areas of kind ward"):
        state(city, TrafficHook(), gravity.replace("district", "ward"))


@pytest.mark.parametrize("hook", [CriticalRoadsHook(), RefugeHook(), TrafficHook()], ids=lambda hook: hook.name)
def test_hooks_keep_their_contract(hook):
    city = traffic_town([[(50, 200), (350, 200)]]) if hook.name == "traffic" else refuge_town()
    check_hook(hook, city, load_scenario(TRIPS.replace("MORE", "") if hook.name == "traffic" else NOW))
