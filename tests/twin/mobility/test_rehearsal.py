"""After the rehearsal of a worker nobody waits for a compiler."""

from __future__ import annotations

import numpy as np
import pytest
from network_towns import pool, town
from numba.core import event
from shapely import box
from towns import table

from twin.mobility.rehearsal import QUESTION, rehearse, small_city
from twin.model import Twin
from twin.scenario import Scenario, load_scenario
from twin.simulation import analyse
from twin.store import MemoryStore

ASKED = """
name: other
duration: 3 h
step: 30 min
water: {source: hazard_map, curve: [{at: 0, value: 0.0}, {at: 3 h, value: 1.0}]}
mobility: {traffic: {areas: district}}
measures:
  - {kind: evacuation_order, level: 4, start: 0, share: 1.0, by_car: 0.5}
  - {kind: road_closure, roads: [r1], start: 1 h}
  - {kind: shelter_closed, shelters: [s1], start: 1 h}
"""


def test_the_rehearsal_moves_people_by_every_means():
    scenario = Scenario.model_validate(QUESTION)
    state = [state for state, _ in Twin(small_city(), MemoryStore()).run(scenario)][-1]
    people, status = state.field("party_people"), state.field("party_status")
    assert people[status == 2].sum() > 2.0, "more arrived than the nearest shelter holds"
    assert (state.field("party_node")[status == 2] >= 2 * state.city.table("nodes").shape[0]).any(), "some by car"
    assert state.field("shelter_turned_away").sum() > 0
    assert np.isfinite(state.field("road_flow")).any()


@pytest.mark.slow
def test_nothing_is_compiled_after_the_rehearsal():
    rehearse()
    zones = table("areas", [box(0, 0, 200, 400), box(200, 0, 400, 400)], id=["d0", "d1"], kind=["district"] * 2)
    city = town(
        [[(10, 200), (150, 200)], [(150, 200), (250, 200)], [(250, 200), (390, 200)]],
        [(20, 210), (160, 210), (300, 210)], [(380, 200), (15, 200)], high=pool(10, 20, 1.0), tables={"areas": zones},
        shelter_columns={"capacity": [3.0, np.nan]}, residents=[4.0, 5.0, 6.0],
    )  # fmt: skip
    store, scenario = MemoryStore(), load_scenario(ASKED)
    twin = Twin(city, store)
    with event.install_recorder("numba:compile") as recorded:
        states = [state for state, _ in twin.run(scenario)]
        analyse(twin.ask(scenario), states, store)
    assert [name for _, each in recorded.buffer if (name := each.data["dispatcher"].py_func.__qualname__)] == []
    assert states[-1].field("party_status").max() > 0, "somebody moved"
