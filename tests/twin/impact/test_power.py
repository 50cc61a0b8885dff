"""A flooded substation stops the pump that drains its area: flood and power in one circle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely import Point, box

from tests.twin.towns import small_town, table
from twin.hooks.inundation import InundationHook
from twin.model import Twin
from twin.outcome import outcomes_of
from twin.scenario import Scenario
from twin.store import MemoryStore
from twin.variable import UNKNOWN_CODE

TOLERANCE = 0.02
"""How much the greatest depth and the volume may change, as a share, when the coupling interval is halved."""


def basin(*, backup: float = np.nan):
    """A walled town, flat but for a hollow in the west with a pump; the substation stands beside it."""
    ground = np.full((4, 8), 1.0, np.float32)
    ground[:, :2] = 0.0
    facilities = table(
        "facilities",
        [Point(5, 25), Point(25, 25), Point(75, 5)],
        id=["pump", "substation", "hospital"],
        kind=["pump", "substation", "hospital"],
        critical_height=[9.0, 0.05, 9.0],
        backup_hours=[backup, np.nan, 0.05],
        area_id=["", "a0", ""],
    )
    areas = table("areas", [box(0, 0, 80, 40)], id=["a0"], name=["All"], kind=["district"])
    return small_town(elevation=ground, tables={"facilities": facilities, "areas": areas})


def question(city, *, tied: bool = True, duration: int = 3600) -> Scenario:
    longitude, latitude = city.grid.to_wgs84.transform(5.0, 25.0)
    pump = {
        "kind": "pump",
        "at": [longitude, latitude],
        "capacity": 0.02,
        "starts_at": 0.01,
        "facility": "pump" if tied else "",
    }
    return Scenario.model_validate({
        "name": "basin", "duration": duration, "step": 600, "measures": [pump],
        "water": {"source": "engine", "open_edges": [], "buildings": "ignored",
                  "rain": {"rates": [{"at": 0, "value": 600}, {"at": duration, "value": 0}]}},
    })  # fmt: skip


def last(twin, asked):
    states = [state for state, _ in twin.run(asked)]
    return states[-1], states


def test_the_pump_stops_when_its_substation_floods():
    city = basin(backup=0.0)
    tied, states = last(Twin(city, MemoryStore()), question(city))
    free, _ = last(Twin(city, MemoryStore()), question(city, tied=False))
    powered = [state.field("facility_powered")[0] for state in states]
    assert powered[0] == 1
    assert powered[-1] == 0
    assert states[-1].field("area_powered").tolist() == [0]
    assert tied.field("flow_water_depth").max() > free.field("flow_water_depth").max() + 0.005


def test_a_pump_of_which_nobody_knows_whether_it_has_a_store_stands_still():
    state, _ = last(Twin(basin(), MemoryStore()), question(basin()))
    assert state.field("facility_powered")[0] == UNKNOWN_CODE
    still, _ = last(Twin(basin(backup=0.0), MemoryStore()), question(basin()))
    assert state.field("flow_water_depth").max() == still.field("flow_water_depth").max()


def test_without_pumps_that_hang_on_power_nothing_is_coupled():
    city = basin()
    twin = Twin(city, MemoryStore())
    assert twin.of(question(city, tied=False)) is twin
    names = [hook.name for hook in twin.of(question(city)).order]
    assert "inundation+hazard+power" in names
    assert all(not isinstance(hook, InundationHook) for hook in twin.of(question(city)).order)


def test_halving_the_coupling_interval_changes_next_to_nothing():
    city = basin()
    asked = question(city)
    found = []
    for interval in (60, 30):
        twin = replace(Twin(city, MemoryStore()), coupling_interval=interval)
        state, _ = last(twin, asked)
        found.append(outcomes_of(state))
    for name in ("max_depth_m", "flooded_volume_m3"):
        assert found[0][name] == pytest.approx(found[1][name], rel=TOLERANCE), name


def test_results_do_not_hang_on_the_output_interval():
    city = basin()
    asked = question(city)
    one, _ = last(Twin(city, MemoryStore()), asked)
    other, _ = last(Twin(city, MemoryStore()), asked.model_copy(update={"step": 300}))
    assert np.array_equal(one.field("flow_depth"), other.field("flow_depth"))


def test_a_store_bridges_the_gap_and_a_hospital_lives_on_its_own_for_three_minutes():
    city = basin(backup=24.0)
    state, _ = last(Twin(city, MemoryStore()), question(city))
    assert state.field("facility_service")[0] == 2  # the pump runs on its own power
    assert state.field("facility_powered")[0] == 1
    assert state.field("facility_service")[2] == 3  # the hospital's three minutes are over
    assert state.field("facility_lasts")[2] == 0.0
    assert state.field("facility_out_time")[2] > 0
    told = outcomes_of(state)
    assert told["facilities_out"] == 2  # substation by water, hospital for want of power
    assert told["people_without_power"] == 9.0


def test_unknown_depth_is_unknown_power():
    city = basin()
    hazard = np.full((4, 8), np.nan, np.float32)
    town = small_town(hazard_high=hazard, elevation=np.zeros((4, 8)), tables={
        "facilities": city.table("facilities"), "areas": city.table("areas")})  # fmt: skip
    states = [state for state, _ in Twin(town, MemoryStore()).run(
        Scenario.model_validate({"name": "x", "duration": 0, "water": {"source": "hazard_map"}}))]  # fmt: skip
    assert states[-1].field("area_powered").tolist() == [UNKNOWN_CODE]
    assert states[-1].field("facility_service").tolist() == [UNKNOWN_CODE] * 3
