"""The hook: pure, keyed, resumable, and what it refuses before anything is computed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from towns import small_town, table

from geodata.city import City, LayersInMemory
from geodata.errors import InputError
from geodata.grid import Grid
from twin.hooks.inundation import InundationHook
from twin.model import Twin
from twin.scenario import Scenario, load_scenario
from twin.store import MemoryStore
from twin.testing import check_hook

HOUR = """
name: storm
duration: 1 h
step: 20 min
water: {source: engine, rain: {rates: [{at: 0, value: 50}, {at: 30 min, value: 0}]}}
"""


def scenario(text: str = HOUR, **changes) -> Scenario:
    return Scenario.model_validate({**load_scenario(text).model_dump(), **changes})


def plain_city(elevation, cell: float = 10.0, tables=None) -> City:
    """A city that is terrain alone."""
    elevation = np.asarray(elevation, np.float32)
    rows, columns = elevation.shape
    grid = Grid(0.0, rows * cell, cell, rows, columns, "EPSG:6677")
    return City("Plain", grid, LayersInMemory(tables or {}, {"elevation": elevation}))


def run(city: City, question: Scenario, store=None):
    twin = Twin(city, store or MemoryStore(), (InundationHook(),))
    states, computed = [], 0
    for state, advance in twin.run(question):
        states.append(state)
        computed += sum(deed.computed for deed in advance.deeds)
    return states, computed


def valley(rows: int = 24, columns: int = 40):
    """A bowl: water gathers in the middle."""
    y, x = np.mgrid[:rows, :columns]
    return 0.02 * (np.abs(x - columns / 2) + np.abs(y - rows / 2)) * 10


def lonlat(city: City, row: int, column: int) -> list[float]:
    return [float(v) for v in city.grid.to_wgs84.transform(city.grid.x[column], city.grid.y[row])]


def walls(**more) -> dict:
    return {"source": "engine", "open_edges": [], **more}


RAIN = {"rates": [{"at": 0, "value": 50}, {"at": 1800, "value": 0}]}


def test_terrain_alone_and_a_storm_are_enough():
    city = plain_city(valley())
    states, _ = run(city, scenario(water=walls(rain=RAIN)))
    depth = states[-1].field("flow_water_depth")
    assert depth.mean() == pytest.approx(0.025, rel=1e-4)  # 50 mm/h for half an hour behind walls
    assert states[-1].field("flow_max_depth").max() >= depth.max() > 0.1
    account = states[-1].field("flow_account")
    assert account[2] == pytest.approx(0.025 * depth.size * 100, rel=1e-5)
    assert account[-1] < 1e-6


def test_it_keeps_to_the_contract():
    inflow = {"at": lonlat(small_town(), 2, 1), "discharge": [{"at": 0, "value": 2}]}
    question = scenario(water={"source": "engine", "inflows": [inflow], "rain": RAIN})
    fields = {
        v.name: np.full([{"y": 4, "x": 8, "x_face": 9, "y_face": 5, "account": 10}[d] for d in v.dims], v.initial, v.dtype)
        for v in InundationHook().writes if v.initial is not None
    }  # fmt: skip
    check_hook(InundationHook(), small_town(), question, fields)
    check_hook(InundationHook(), small_town(), scenario("{name: d, duration: 20 min, step: 20 min}"))


def test_a_run_can_be_taken_up_where_it_stopped():
    city, store = plain_city(valley()), MemoryStore()
    whole, _ = run(city, scenario(water=walls(rain=RAIN)), store)
    again, computed = run(city, scenario(water=walls(rain=RAIN)), store)
    assert computed == 0
    fresh, _ = run(city, scenario(water=walls(rain=RAIN)))
    assert fresh[-1].digests == whole[-1].digests == again[-1].digests


@pytest.mark.parametrize("solver", ["local_inertial", "full"])
def test_results_do_not_depend_on_the_step(solver):
    city = plain_city(valley())
    water = walls(rain=RAIN, solver=solver)
    coarse, _ = run(city, scenario(water=water, step=3600))
    fine, _ = run(city, scenario(water=water, step=300))
    odd, _ = run(city, scenario(water=water, step=777))
    for name in ("flow_depth", "flux_x", "flow_max_depth", "flow_arrival"):
        assert np.array_equal(coarse[-1].field(name), fine[-1].field(name)), name
    assert np.abs(coarse[-1].field("flow_depth") - odd[-1].field("flow_depth")).max() < 0.01


def test_a_measure_that_starts_later_leaves_earlier_keys_alone():
    city, store = plain_city(valley()), MemoryStore()
    question = scenario(water=walls(rain=RAIN))
    run(city, question, store)
    barrier = {"kind": "flood_barrier", "line": [lonlat(city, 2, 20), lonlat(city, 20, 20)], "height": 1.0, "start": 2400}
    _, computed = run(city, scenario(water=walls(rain=RAIN), measures=[barrier]), store)
    assert computed == 1  # the last of three steps
    more = {"rates": [{"at": 0, "value": 50}, {"at": 1800, "value": 0}, {"at": 3000, "value": 10}, {"at": 3300, "value": 0}]}
    _, computed = run(city, scenario(water=walls(rain=more)), store)
    assert computed == 1


def test_a_barrier_holds_and_a_breach_lets_go():
    city = plain_city(np.zeros((30, 40)))
    line = [lonlat(city, 0, 20), lonlat(city, 29, 20)]
    line = [[line[0][0], line[0][1] + 1e-4], [line[1][0], line[1][1] - 1e-4]]
    inflow = [{"at": lonlat(city, 15, 5), "radius": 30.0, "discharge": [{"at": 0, "value": 10}]}]
    crests = table("crests", [_line(city, 20)], id=["c"], kind=["levee"], crest_elevation=[5.0])
    city = plain_city(np.zeros((30, 40)), tables={"crests": crests})
    dry, _ = run(city, scenario(water=walls(inflows=inflow)))
    depth = dry[-1].field("flow_depth")
    assert depth[:, 20:].max() == 0
    assert depth[:, :20].mean() == pytest.approx(10 * 3600 / (30 * 20 * 100), rel=1e-3)
    breach = {"kind": "levee_breach", "at": lonlat(city, 15, 20), "width": 40, "start": 1200, "growth": 600}
    wet, _ = run(city, scenario(water=walls(inflows=inflow), measures=[breach]))
    assert wet[1].field("flow_depth")[:, 20:].max() == 0
    assert wet[-1].field("flow_depth")[:, 20:].mean() > 0.15
    assert wet[-1].field("flow_account")[-1] < 1e-6
    arrival = wet[-1].field("flow_arrival")
    assert arrival[15, 22] < arrival[15, 38]
    assert arrival[15, 22] > 1200


def _line(city: City, column: int):
    from shapely import LineString

    x = city.grid.west + column * city.grid.cell
    return LineString([(x, city.grid.north + 5), (x, city.grid.north - city.grid.rows * city.grid.cell - 5)])


def test_no_building_is_dry_because_it_is_a_wall():
    town = small_town(elevation=np.zeros((4, 8)))
    question = scenario(water=walls(rain=RAIN))
    states, _ = run(town, question)
    depth = states[-1].field("flow_water_depth")
    assert states[-1].field("flow_depth")[1, 2] == 0  # under b1
    assert depth[1, 2] == pytest.approx(depth[1, 1], abs=1e-4)
    assert states[-1].field("flow_account")[2] == pytest.approx(0.025 * 32 * 100, rel=1e-5)  # what falls on roofs counts
    ignored, _ = run(town, scenario(water=walls(rain=RAIN, buildings="ignored")))
    assert ignored[-1].field("flow_depth")[1, 2] == pytest.approx(0.025, rel=1e-4)


def test_a_pump_stops_when_its_power_is_drowned():
    flat = np.zeros((6, 10))
    from shapely import Point

    facilities = table("facilities", [Point(95, 5)], id=["p"], kind=["pump_station"], critical_height=[0.02])
    city = plain_city(flat, tables={"facilities": facilities})
    pump = {"kind": "pump", "at": lonlat(city, 3, 3), "capacity": 0.5, "starts_at": 0.001}
    free, _ = run(city, scenario(water=walls(rain=RAIN), measures=[pump]))
    tied, _ = run(city, scenario(water=walls(rain=RAIN), measures=[{**pump, "facility": "p"}]))
    assert 0 < tied[-1].field("flow_account")[7] < free[-1].field("flow_account")[7]


def test_unknown_ground_at_the_edge_lets_water_out_and_stays_unknown():
    ground = np.zeros((10, 12))
    ground[:, 9:] = np.nan
    city = plain_city(ground)
    states, _ = run(city, scenario(water={"source": "engine", "rain": RAIN, "open_edges": ["east"]}))
    depth = states[-1].field("flow_water_depth")
    assert np.isnan(depth[:, 9:]).all()
    assert np.isnan(states[-1].field("flow_arrival")[:, 9:]).all()
    assert states[-1].field("flow_account")[4] > 0
    assert depth[:, 8].mean() < depth[:, 0].mean()


def test_without_the_engine_nothing_is_computed_and_nothing_is_called_dry():
    states, _ = run(small_town(), scenario("{name: d, duration: 1 h, step: 20 min}"))
    assert (states[-1].field("flow_water_depth") == -np.inf).all()
    assert (states[-1].field("flow_hazard_class") == 254).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rain": {"rates": [{"at": 0, "value": -5}]}}, "-5.0 mm/h"),
        ({"rain": {"rates": [{"at": 0, "value": "nan"}]}}, "finite"),
        ({"roughness": 5.0}, "less than or equal to 1"),
        ({"alpha": 0.85}, "makes the local_inertial solver unstable"),
        ({"rain": {"rates": [{"at": 0, "value": 5}, {"at": 0, "value": 5}]}}, "do not rise"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused(change, says):
    import yaml

    text = yaml.safe_dump({"name": "x", "duration": 3600, "water": {"source": "engine", **change}})
    with pytest.raises(InputError, match=says):
        load_scenario(text)


def test_a_question_the_city_cannot_answer_is_refused_before_anything_is_computed():
    city = plain_city(valley())
    here = lonlat(city, 5, 5)
    far = [here[0] + 1, here[1]]
    for measures, says in (
        ([{"kind": "flood_barrier", "line": [here, far], "height": 1}], "outside of Plain"),
        ([{"kind": "levee_breach", "at": here, "width": 50, "start": 600}], "knows no levee"),
        ([{"kind": "pump", "at": far, "capacity": 1}], "outside of Plain"),
        ([{"kind": "pump", "at": here, "capacity": 1, "facility": "q"}], "powered by q"),
    ):
        with pytest.raises(InputError, match=says):
            run(city, scenario(measures=measures))
    holed = np.array(valley())
    holed[7, 9] = np.nan
    with pytest.raises(InputError, match="1 cell without elevation inside it, at row 7, column 9"):
        run(plain_city(holed), scenario())
    states, _ = run(plain_city(holed), scenario(water={"source": "engine", "rain": RAIN, "holes": "fill"}))
    assert np.isfinite(states[-1].field("flow_water_depth")).all()
    with pytest.raises(InputError, match="no terrain"):
        run(replace(small_town(), layers=LayersInMemory({})), scenario())
