"""The way that somebody would take, and the plan for everyone."""

from __future__ import annotations

import numpy as np
import pytest
from network_towns import WATER_HOOKS, town

from twin.analysis import run_analysis
from twin.hooks.shelter_plan import ShelterPlanAnalysis
from twin.hooks.travel import TravelHook
from twin.mobility.network import building_doors, network_digest, network_of
from twin.mobility.reach import Service, way_to
from twin.model import Twin
from twin.scenario import load_scenario
from twin.scenario.shares import with_shares
from twin.store import MemoryStore

DRY = load_scenario("{name: dry, duration: 0, step: 1 h}")


def test_the_way_names_its_edges_and_where_it_ends():
    lines = [[(50, 200), (150, 200)], [(250, 200), (150, 200)], [(250, 200), (350, 200)]]
    city = town(lines, [(50, 210), (390, 10)], [(350, 220), (350, 230)])
    digest = network_digest(city)
    network, homes = network_of(digest, city), building_doors(digest, city, "walker")
    service = Service(network.doors(city.shelters.geometry, "walker"), np.array([True, True]))
    way = way_to(network, "walker", np.ones(3), service, homes, 0, pace=1.0)
    assert (way.edges.tolist(), way.against.tolist(), way.place, way.time) == ([0, 1, 2], [False, True, False], 0, 330.0)
    shut = way_to(network, "walker", np.array([1.0, 0.0, 1.0]), service, homes, 0, pace=1.0)
    assert (len(shut.edges), shut.place, shut.time) == (0, -1, np.inf)
    closed = Service(service.doors, np.array([False, True]))
    assert way_to(network, "walker", np.ones(3), closed, homes, 0, pace=1.0).place == 1


def test_a_plan_saves_what_everyone_to_the_nearest_loses():
    # Shelter s0 takes 2 and is nearest to both; b1 loses less by going to s1.
    lines = [[(50, 200), (100, 200)], [(100, 200), (150, 200)], [(150, 200), (200, 200)]]
    city = town(
        lines, [(50, 200), (150, 200)], [(100, 200), (200, 200)], residents=[2.0, 2.0],
        shelter_columns={"capacity": [2.0, 50.0]},
    )  # fmt: skip
    store = MemoryStore()
    twin = Twin(city, store, (*WATER_HOOKS, TravelHook()))
    states = [state for state, _ in twin.run(DRY)]
    finding = run_analysis(ShelterPlanAnalysis(), twin.ask(DRY), states, store)
    fields = {name: store.field(digest) for name, digest in finding.fields_at(0).items()}
    assert fields["building_planned_shelter"].tolist() == [0, 1]
    assert float(fields["plan_person_seconds"].reshape(())) == pytest.approx(200.0)
    assert float(fields["plan_left_over"].reshape(())) == 0
    assert float(fields["nearest_person_seconds"].reshape(())) >= 200.0


def test_shares_are_shown_side_by_side():
    measures = "[{kind: evacuation_order, level: 4, share: 0.3}, {kind: road_closure, roads: [r0]}]"
    order = f"{{name: e, duration: 1 h, measures: {measures}}}"
    found = with_shares(load_scenario(order))
    assert [scenario.measures[0].share for scenario in found] == [0.1, 0.3, 0.6]
    assert found[1] == load_scenario(order)
