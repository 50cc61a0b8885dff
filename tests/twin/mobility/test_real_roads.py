"""Real networks: Helsinki from OpenStreetMap, Delft from CityJSON, and the roads of Charleston under water."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geodata.importer import import_city
from twin.analysis import run_analysis
from twin.hook import installed_hooks
from twin.hooks.access import AccessHook
from twin.hooks.minutes_left import MinutesLeftAnalysis
from twin.hooks.travel import TravelHook
from twin.mobility.graph import build_graph, directed
from twin.mobility.shortest import nearest
from twin.mobility.speeds import doubtful_limits, vehicle_speed
from twin.model import Twin
from twin.scenario import load_scenario
from twin.scenario.rules import GROUPS
from twin.store import MemoryStore


def hooks():
    """The hooks of water and roads."""
    mine = (TravelHook(), AccessHook())
    wanted = {
        "exposure",
        "facilities",
        "hazard",
        "inundation",
        "official_map",
        "road_depth",
        "passability",
        "shelter_depth",
        "shelters",
    }
    return (*(hook for hook in installed_hooks() if hook.name in wanted), *mine)


def graph_of(city):
    return build_graph(city.roads, city.table("nodes"))


def equal_to_scipy(graph, times):
    """Times to a few nodes equal those of scipy; parallel edges count by the faster one."""
    weights = graph.backward(times)
    goals = np.arange(0, graph.nodes, max(graph.nodes // 5, 1))
    tails = np.repeat(np.arange(graph.nodes), np.diff(graph.indptr))
    order = np.lexsort((weights, graph.heads, tails))
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(tails[order]) != 0) | (np.diff(graph.heads[order]) != 0)
    kept = order[first & np.isfinite(weights[order])]
    matrix = csr_array((weights[kept], (tails[kept], graph.heads[kept])), shape=(graph.nodes,) * 2)
    expected = dijkstra(matrix, indices=goals, min_only=True)
    found = nearest(graph.indptr, graph.heads, weights, goals).cost
    np.testing.assert_allclose(found, expected)
    return np.isfinite(found).mean()


@pytest.mark.realdata
def test_helsinki_on_foot_and_by_car(realdata: Path, tmp_path: Path):
    city, _ = import_city([realdata / "helsinki_osm" / "Helsinki.osm.pbf"], out=tmp_path / "city")
    graph = graph_of(city)
    assert graph.edges > 500
    assert not doubtful_limits(city.roads).any()
    on_foot = equal_to_scipy(graph, directed(graph.length, None))
    speed = vehicle_speed(city.roads)
    by_car = equal_to_scipy(graph, directed(graph.length / speed, city.roads["oneway"].to_numpy(object)))
    assert by_car <= on_foot, "one-way streets bind cars only"
    assert on_foot > 0.5


@pytest.mark.realdata
def test_delft_has_surfaces_of_roads_but_no_network_and_that_is_a_defined_result(realdata: Path, tmp_path: Path):
    city, _ = import_city([realdata / "cityjson" / "delft.json"], out=tmp_path / "city")
    assert len(city.table("road_surfaces")) > 0
    assert graph_of(city).nodes == 0
    twin = Twin(city, MemoryStore(), hooks())
    state, _ = next(twin.run(load_scenario("{name: dry, duration: 0, step: 1 h}")))
    assert (state.field("building_access") == 3).all()
    assert np.isinf(state.field("building_shelter_time")).all()


@pytest.mark.realdata
def test_high_water_closes_roads_in_charleston(realdata: Path, tmp_path: Path):
    folder = realdata / "charleston"
    mapping = Path(__file__).parents[3] / "examples" / "charleston-mapping.yaml"
    city, _ = import_city([folder], out=tmp_path / "city", mapping=mapping, terrain=[folder / "terrain_200m.tif"])
    rising = (
        "{name: surge, duration: 2 h, step: 1 h, water: {source: stage, connected: false, "
        "levels: [{at: 0, value: 0}, {at: 1 h, value: 2}, {at: 2 h, value: 6}]}}"
    )
    store = MemoryStore()
    twin, scenario = Twin(city, store, hooks()), load_scenario(rising)
    states = [state for state, _ in twin.run(scenario)]
    closed = [int((state.field("road_speed")[GROUPS.index("car")] == 0).sum()) for state in states]
    assert closed[0] <= closed[1] <= closed[2]
    assert closed[2] > 0
    finding = run_analysis(MinutesLeftAnalysis(), twin.ask(scenario), states, store)
    closing = store.field(finding.fields_at(0)["road_closing"])[GROUPS.index("car")]
    assert np.isfinite(closing).sum() >= closed[2]
    assert set(closing[np.isfinite(closing)]) <= {0.0, 3600.0}
    # Nobody named a shelter here: no departure is known to arrive, and that is not zero minutes.
    assert np.isneginf(store.field(finding.fields_at(0)["building_time_left"])).all()
