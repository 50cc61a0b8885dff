"""Access in towns that a person can solve: times, cut-off, unknown, detours, services; and the hooks keep their contract."""

from __future__ import annotations

import numpy as np
import pytest
from network_towns import WATER_HOOKS, pool, town
from shapely import Point
from towns import table

from twin.hooks.access import AccessHook, CutOffSinceHook
from twin.hooks.travel import TravelHook
from twin.model import Twin
from twin.scenario import load_scenario
from twin.scenario.rules import GROUPS
from twin.store import MemoryStore
from twin.testing import check_hook

WALKER, CAREFUL, CAR, LARGE = range(4)
MINE = (TravelHook(), AccessHook(), CutOffSinceHook())
ALWAYS = (
    "{name: c, duration: 1 h, step: 20 min, water: {source: hazard_map, curve: [{at: 0, value: 0}, {at: 20 min, value: 1}]}}"
)


def states(city, text=ALWAYS, store=None):
    return [state for state, _ in Twin(city, store or MemoryStore(), (*WATER_HOOKS, *MINE)).run(load_scenario(text))]


def line_town(**changes):
    """A house 10 m north of the west end of a road of 300 m to a shelter 20 m north of its east end."""
    return town(**{"lines": [[(50, 200), (350, 200)]], "houses": [(50, 210)], "shelters": [(350, 220)], **changes})


def test_the_way_is_door_to_road_road_and_road_to_door():
    first = states(line_town())[0]
    # 10 + 300 + 20 m at 1 m/s; 0.5 m/s; a car at 20 km/h between walks.
    assert first.field("building_shelter_time")[WALKER, 0] == pytest.approx(330.0)
    assert first.field("building_shelter_time")[CAREFUL, 0] == pytest.approx(660.0)
    assert first.field("building_shelter_time")[CAR, 0] == pytest.approx(30 + 300 / (20 / 3.6), rel=1e-6)
    assert first.field("building_access")[:, 0].tolist() == [0, 0, 0, 0]
    assert first.field("building_detour")[WALKER, 0] == 0


def test_at_night_walkers_are_slower_and_more_careful():
    night = "{name: n, duration: 0, step: 1 h, mobility: {night: night}, water: {source: hazard_map}}"
    city = line_town(high=pool(20, 20, 0.4))
    assert states(city, night)[0].field("building_access")[WALKER, 0] == 1
    assert states(city, night.replace("night: night", "night: day"))[0].field("building_access")[WALKER, 0] == 0
    assert states(line_town(), night)[0].field("building_shelter_time")[WALKER, 0] == pytest.approx(330 / 0.8)


def test_water_cuts_off_by_group_and_says_since_when():
    later = states(line_town(high=pool(20, 20, 0.4)))
    assert [s.field("building_access")[:, 0].tolist() for s in later[:2]] == [[0, 0, 0, 0], [0, 1, 1, 1]]
    assert np.isinf(later[1].field("building_shelter_time")[CAREFUL, 0])
    # The way was lost in the step from 0 to 1200 s; it is still lost at the end.
    assert later[-1].field("building_cut_off_since")[:, 0].tolist() == [np.inf, 0, 0, 0]


def test_a_detour_is_told_against_a_dry_day():
    square = [[(50, 200), (350, 200)], [(50, 200), (50, 300)], [(50, 300), (350, 300)], [(350, 300), (350, 200)]]
    closing = "{name: c, duration: 0, step: 1 h, measures: [{kind: road_closure, roads: [r0]}]}"
    state = states(line_town(lines=square), closing)[0]
    assert state.field("building_shelter_time")[WALKER, 0] == pytest.approx(530.0)
    assert state.field("building_detour")[WALKER, 0] == pytest.approx(200.0)


def test_unknown_roads_are_not_counted_on_and_do_not_cut_off_for_sure():
    high = pool(20, 20, np.nan)
    state = states(line_town(high=high))[-1]
    assert state.field("building_access")[WALKER, 0] == 255
    assert np.isnan(state.field("building_shelter_time")[WALKER, 0])


def test_a_shelter_on_an_island_and_a_house_without_road():
    island = [[(50, 200), (150, 200)], [(250, 200), (350, 200)]]
    state = states(line_town(lines=island))[0]
    assert state.field("building_access")[WALKER].tolist() == [2]
    assert np.isinf(state.field("building_shelter_time")[WALKER, 0])
    far = town(lines=[[(50, 200), (350, 200)]], houses=[(50, 210)], shelters=[(350, 220)], road_columns={"walkers": [False]})
    assert states(far)[0].field("building_access")[:, 0].tolist() == [3, 3, 0, 0]


def test_no_shelter_at_all_is_no_way_not_zero():
    state = states(line_town(shelters=[]))[0]
    assert state.field("building_access")[:, 0].tolist() == [2, 2, 2, 2]
    assert np.isinf(state.field("building_shelter_time")).all()


def test_one_way_streets_bind_vehicles_only():
    state = states(line_town(road_columns={"oneway": ["backward"]}))[0]
    assert state.field("building_access")[:, 0].tolist() == [0, 0, 2, 2]


def test_the_nearest_usable_shelter_is_chosen_and_named():
    two = line_town(shelters=[(350, 220), (150, 200)], lines=[[(50, 200), (150, 200)], [(150, 200), (350, 200)]])
    assert states(two)[0].field("building_shelter")[WALKER, 0] == 1
    shut = "{name: c, duration: 0, step: 1 h, measures: [{kind: shelter_closed, shelters: [s1]}]}"
    assert states(two, shut)[0].field("building_shelter")[WALKER, 0] == 0


def test_services_and_their_absence():
    places = table("facilities", [Point(350, 200)], id=["f"], kind=["fire_station"], critical_height=[np.nan])
    state = states(line_town(tables={"facilities": places}))[0]
    assert state.field("building_fire_station_time")[0] == pytest.approx(10 + 300 / (20 / 3.6), rel=1e-6)
    assert state.field("building_fire_response_time")[0] == pytest.approx(10 + 300 / (20 / 3.6), rel=1e-6)
    assert np.isneginf(state.field("building_hospital_time")[0])
    drowned = states(line_town(tables={"facilities": places}, high=pool(35, 35, 0.1)))[-1]
    assert np.isinf(drowned.field("building_fire_station_time")[0])


def test_a_town_without_network_has_no_roads_near():
    roads = [(50, 200), (350, 200)]
    bare = town(lines=[roads], houses=[(50, 210)], shelters=[(350, 220)], tables={"nodes": table("nodes", [], id=[])})
    assert (states(bare)[0].field("building_access") == 3).all()


@pytest.mark.parametrize("hook", MINE, ids=lambda hook: hook.name)
def test_hooks_keep_their_contract(hook):
    places = table("facilities", [Point(350, 200)], id=["f"], kind=["fire_station"])
    check_hook(hook, line_town(tables={"facilities": places}), load_scenario(ALWAYS))


def test_closing_a_road_reruns_no_water():
    store = MemoryStore()
    twin = Twin(line_town(), store, (*WATER_HOOKS, *MINE))
    list(twin.run(load_scenario(ALWAYS)))
    closing = load_scenario(ALWAYS[:-1] + ", measures: [{kind: road_closure, roads: [r0], start: 20 min}]}")
    computed = {deed.hook for _, advance in twin.run(closing) for deed in advance.deeds if deed.computed}
    assert computed == {"passability", "travel", "access", "cut_off_since"}
    assert len(GROUPS) == 4
