"""What a person may ask of the flood engine: rain fields, lines, edges, power; what is refused, and what is only noted."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

sys.path.insert(0, str(Path(__file__).parents[1]))

from test_inundation import RAIN, lonlat, plain_city, run, scenario, valley, walls
from towns import small_town, table

from geodata.city import City, LayersInMemory
from geodata.errors import InputError
from twin.flood.caution import notes_of, result_notes
from twin.flood.products import hazard_class
from twin.flood.variables import EFFECTIVE_CREST, FACILITY_POWERED, FLOW_WATER_DEPTH, PROGNOSTIC
from twin.hook import Current
from twin.hooks.inundation import InundationHook
from twin.model import Twin
from twin.question import Question
from twin.scenario import load_scenario
from twin.store import MemoryStore


def with_rasters(city: City, **rasters: np.ndarray) -> City:
    """A city with more rasters; "__" in a name stands for "/"."""
    made = {name.replace("__", "/"): np.asarray(values, np.float32) for name, values in rasters.items()}
    known = {name: city.raster(name) for name in city.layers.names("raster")}
    tables = {name: city.table(name) for name in city.layers.names("table")}
    return replace(city, layers=LayersInMemory(tables, known | made))


def showers(city: City) -> City:
    """0 for 10 min; then 60 mm/h in the western half for 20 min; then 30 mm/h everywhere for as long."""
    west = np.zeros(city.grid.shape)
    west[:, : city.grid.columns // 2] = 60
    return with_rasters(
        city, rain__radar__00000000=0 * west, rain__radar__00000600=west, rain__radar__00001800=np.full_like(west, 30.0)
    )


def notes(city: City, question) -> list[str]:
    return [note.text for note in notes_of(Question(question, city))]


def test_rain_falls_where_and_when_the_field_says():
    city = showers(plain_city(np.zeros((6, 8))))
    still = {"law": "constant", "rate": 0}
    states, _ = run(city, scenario(water=walls(rain={"field": "radar"}, infiltration=still)))
    volumes = [state.field("flow_account")[2] for state in states]
    # at first nothing, then 20 min of 60 mm/h on 24 cells of 100 m², then 20 min of 30 mm/h on 48
    assert volumes == pytest.approx([0, 24 * 100 * 0.010, 24 * 100 * 0.020 + 48 * 100 * 0.005, 48.0 + 48.0], rel=1e-5)
    assert states[1].field("flow_depth")[:, 7].max() < 0.001 < states[1].field("flow_depth")[:, 0].min()
    assert states[-1].field("flow_account")[-1] < 1e-6


def test_a_storm_about_a_place_rains_there_most():
    city = plain_city(np.zeros((9, 9)))
    middle = city.grid.to_wgs84.transform(city.grid.x[2], city.grid.y[6])
    still = {"law": "constant", "rate": 0}
    hour = {"rates": [{"at": 0, "value": 60}, {"at": 3600, "value": 0}]}
    everywhere, _ = run(city, scenario(water=walls(rain=hour, infiltration=still)))
    cell = {"at": list(middle), "radius": 2 * city.grid.cell}
    about, _ = run(city, scenario(water=walls(rain=hour | {"cell": cell}, infiltration=still)))
    depth = about[1].field("flow_depth")
    assert np.unravel_index(depth.argmax(), depth.shape) == (6, 2)
    y, x = np.mgrid[:9, :9]
    share = 0.5 ** (((x - 2) ** 2 + (y - 6) ** 2) / 4)
    fallen, whole = (states[-1].field("flow_account")[2] for states in (about, everywhere))
    assert fallen == pytest.approx(whole * share.mean(), rel=1e-4)
    assert about[-1].field("flow_account")[-1] < 1e-6
    with pytest.raises(ValidationError, match="give one of them"):
        scenario(water=walls(rain={"field": "radar", "cell": cell}))


def test_steps_of_a_rain_field_hang_on_the_rasters_that_hold_in_them():
    city, store = showers(plain_city(valley())), MemoryStore()
    question = scenario(water=walls(rain={"field": "radar"}))
    run(city, question, store)
    later = with_rasters(city, rain__radar__00001800=np.full(city.grid.shape, 90.0))
    _, computed = run(later, question, store)
    assert computed == 2  # the field's third raster holds from minute 30: the steps to minute 40 and 60
    shifted, _ = run(city, scenario(water=walls(rain={"field": "radar", "field_start": "20 min"})))
    assert shifted[1].field("flow_account")[2] == 0
    told = notes(city, scenario(water=walls(rain={"field": "radar", "field_start": 1200})))
    assert "tells of 1200 s to 4200 s" in " ".join(told)


def test_roofs_drain_the_rain_of_a_field_too():
    town = small_town(elevation=np.zeros((4, 8)))
    layers = LayersInMemory(
        {name: town.table(name) for name in town.layers.names("table")},
        {name: town.raster(name) for name in town.layers.names("raster")}
        | {f"rain/radar/{time:08d}": np.full((4, 8), 50.0, np.float32) for time in (0, 1800)},
        {name: town.overlay(name) for name in town.layers.names("overlay")},
    )
    states, _ = run(replace(town, layers=layers), scenario(water=walls(rain={"field": "radar"})))
    assert states[-1].field("flow_account")[2] == pytest.approx(0.05 * 32 * 100, rel=1e-5)


def test_results_do_not_depend_on_how_a_rain_field_is_cut_into_steps():
    city = showers(plain_city(valley()))
    water = walls(rain={"field": "radar"})
    one, _ = run(city, scenario(water=water, step=3600))
    many, _ = run(city, scenario(water=water, step=300))
    assert np.array_equal(one[-1].field("flow_depth"), many[-1].field("flow_depth"))


def test_a_line_source_enters_evenly_along_its_cells():
    city = plain_city(np.zeros((9, 12)))
    line = [lonlat(city, 4, 2), lonlat(city, 4, 9)]
    inflow = {"line": line, "discharge": [{"at": 0, "value": 0.8}]}
    states, _ = run(city, scenario(duration=60, step=60, water=walls(inflows=[inflow])))
    depth = states[-1].field("flow_depth")
    assert depth.sum() * 100 == pytest.approx(0.8 * 60, rel=1e-5)
    assert np.allclose(depth, depth[::-1], atol=1e-6)
    assert np.allclose(depth, depth[:, ::-1], atol=1e-6)
    assert depth[4, 5] > depth[3, 5]
    assert depth[4, 2] > 2 * depth[4, 0]


@pytest.mark.parametrize("solver", ["local_inertial", "full"])
def test_a_river_enters_over_one_edge_and_leaves_over_another(solver):
    city = plain_city(np.tile(1.0 - 0.02 * np.arange(30), (5, 1)))
    water = {
        "source": "engine", "solver": solver, "open_edges": ["east"],
        "inflow_edges": [{"sides": ["west"], "discharge": [{"at": 0, "value": 10}]}],
    }  # fmt: skip
    states, _ = run(city, scenario(water=water))
    normal = (0.2 * 0.05 / np.sqrt(0.002)) ** 0.6
    assert states[-1].field("flow_depth")[2, 15] == pytest.approx(normal, rel=0.05)
    speed = states[-1].field("flow_speed")[2, 15]
    assert speed == pytest.approx(0.2 / normal, rel=0.05)
    assert states[-1].field("flow_force")[2, 15] == pytest.approx(0.2, rel=0.05)
    assert states[-1].field("flow_account")[-1] < 1e-6


def test_water_may_stand_at_a_level_at_the_start():
    city = plain_city(np.tile(np.arange(10.0), (4, 1)))
    states, _ = run(city, scenario(water=walls(initial="level", initial_level=2.5), duration=60, step=60))
    assert states[0].field("flow_depth")[0].tolist() == [2.5, 1.5, 0.5, 0, 0, 0, 0, 0, 0, 0]


def test_a_crest_is_told_on_both_sides_of_its_faces_and_a_breach_lowers_it():
    from shapely import LineString

    city = plain_city(np.zeros((30, 40)))
    wall = table("crests", [LineString([(200, 310), (200, -10)])], id=["c"], kind=["levee"], crest_elevation=[5.0])
    city = plain_city(np.zeros((30, 40)), tables={"crests": wall})
    breach = {"kind": "levee_breach", "at": lonlat(city, 15, 20), "width": 40, "start": 1200, "growth": 600}
    states, _ = run(city, scenario(water=walls(rain=RAIN), measures=[breach]))
    crest = states[0].field(EFFECTIVE_CREST)
    assert (crest[:, 19:21] == 5.0).all()
    assert np.isneginf(crest[:, :19]).all()
    assert states[-1].field(EFFECTIVE_CREST)[15, 20] == pytest.approx(0.0, abs=0.05)
    assert states[-1].field(EFFECTIVE_CREST)[2, 20] == 5.0


def test_time_above_two_depths_and_classes_agree_with_a_slow_filling_by_hand():
    city = plain_city(np.zeros((3, 3)))
    rain = {"rates": [{"at": 0, "value": 1000}, {"at": "1 h", "value": 0}]}  # 1 m in an hour, behind walls
    states, _ = run(city, scenario(water=walls(rain=rain)))
    last = states[-1]
    for name, depth in (("flow_wet_time", 0.05), ("flow_ground_floor_time", 0.5)):
        assert last.field(name) == pytest.approx(3600 * (1 - depth), abs=20), name
    assert (last.field("flow_speed") < 1e-3).all()
    assert (last.field("flow_hazard_now") == hazard_class(last.field("flow_depth"), np.zeros((3, 3)))).all()
    assert last.field("flow_hazard_now")[0, 0] == 3


def test_speed_is_unknown_where_the_local_inertial_scheme_cannot_say_it():
    steep = np.tile(20.0 - 0.1 * 10 * np.arange(20), (3, 1))  # one in ten
    inflow = {"at": lonlat(plain_city(steep), 1, 1), "discharge": [{"at": 0, "value": 5}]}
    question = {"open_edges": ["east"], "source": "engine", "inflows": [inflow]}
    local, _ = run(plain_city(steep), scenario(water=question))
    full, _ = run(plain_city(steep), scenario(water=question | {"solver": "full"}))
    assert np.isnan(local[-1].field("flow_speed")[1, 10])
    assert local[-1].field("flow_hazard_now")[1, 10] == 255
    assert local[-1].field("flow_trust")[1, 10] == 2
    assert np.isfinite(full[-1].field("flow_speed")).all()
    assert full[-1].field("flow_speed")[1, 10] > 0.5
    assert (full[-1].field("flow_trust") == 0).all()
    told = " ".join(note.text for note in result_notes(local[-1]))
    assert "ask again with solver: full" in told
    assert result_notes(full[-1]) == ()


@dataclass(frozen=True)
class SubstationHook:
    """A power hook for the test: a facility has power until the water at it stands 2 cm deep."""

    name: str = "substation"
    version: str = "1"
    reads: tuple = (Current(FLOW_WATER_DEPTH),)
    writes: tuple = (FACILITY_POWERED,)

    def parameters(self, question, step):
        return {}

    def step(self, inputs, parameters, duration):
        return {FACILITY_POWERED.name: np.array([inputs.current(FLOW_WATER_DEPTH)[0, 9] < 0.02], np.uint8)}


def test_a_pump_stands_still_when_another_hook_says_that_its_power_is_out():
    from shapely import Point

    facilities = table("facilities", [Point(95, 55)], id=["p"], kind=["pump_station"], critical_height=[9.0])
    city = plain_city(np.zeros((6, 10)), tables={"facilities": facilities})
    pump = {"kind": "pump", "at": lonlat(city, 3, 3), "capacity": 0.05, "starts_at": 0.001, "facility": "p"}
    question = scenario(water=walls(rain=RAIN), measures=[pump])
    free, _ = run(city, question)
    hooks = (InundationHook(), SubstationHook())
    twin = Twin(city, MemoryStore(), hooks)
    assert twin.of(scenario(water=walls(rain=RAIN))) is twin  # no pump hangs on power: nothing is coupled
    alone = Twin(city, MemoryStore(), hooks[:1])
    assert alone.of(question) is alone  # nobody says which facilities have power
    tied = twin.of(question)
    assert tied.of(question) is tied
    assert [hook.name for hook in tied.order] == ["inundation+substation"]  # one group, the flood before the power
    states = [state for state, _ in twin.run(question)]
    assert states[-1].field(FACILITY_POWERED).tolist() == [0]
    assert 0 < states[-1].field("flow_account")[7] < free[-1].field("flow_account")[7]


ONE = [{"at": 0, "value": 1}]


def _level(city: City, **more) -> dict:
    return {"source": "engine", "level_edges": [{"levels": [{"at": 0, "value": 1.0}], **more}]}


def test_what_the_city_cannot_answer_is_one_sentence():
    city = plain_city(valley())
    here, middle = lonlat(city, 5, 5), lonlat(city, 12, 20)
    holed = np.array(valley())
    holed[:, :3] = np.nan
    beyond = plain_city(holed)
    rain = showers(city)
    both = {"inflow_edges": [{"sides": ["west"], "discharge": ONE}]}
    nowhere = walls(inflows=[{"at": lonlat(beyond, 5, 1), "discharge": ONE}])
    radar, half = walls(rain={"field": "radar"}), walls(rain={**RAIN, "pattern": "half"})
    nothing, minus = np.full(city.grid.shape, np.nan), np.full(city.grid.shape, -1.0)
    for where, water, says in (
        (city, _level(city, line=[here, middle], near=10), "touches no edge of the terrain within 10.0 m"),
        (city, _level(city, sides=["west"]) | both, "same part of the edge"),
        (beyond, nowhere, "terrain of Plain is unknown"),
        (with_rasters(city, roughness=-50 * minus), walls(), "Manning roughness of 50"),
        (rain, walls(rain={"field": "Radar"}), "no rain field Radar; it has radar"),
        (city, radar, "none: import one with --rain"),
        (with_rasters(rain, rain__radar__00000600=nothing), radar, "unknown in 960 cells"),
        (with_rasters(rain, rain__radar__00000600=minus), radar, "rain of -1;"),
        (with_rasters(city, half=nothing), half, "unknown in 960 cells"),
        (city, walls(initial="rivers"), "no water bodies"),
    ):
        with pytest.raises(InputError, match=says):
            run(where, scenario(water=water))


def test_what_is_odd_but_valid_is_a_note():
    hill = np.full((50, 60), 5.0)
    hill[25, 30] = 30.0
    city = plain_city(hill)
    inflow = {"name": "spring", "at": lonlat(city, 25, 30), "discharge": [{"at": 0, "value": 1}]}
    assert any("spring lies on dry high ground" in note for note in notes(city, scenario(water=walls(inflows=[inflow]))))
    hillside = plain_city(np.repeat(np.linspace(60.0, 0.0, 50)[:, None], 60, axis=1))
    for row, dry in ((25, True), (48, False)):
        inflow["at"] = lonlat(hillside, row, 30)
        assert dry is any("dry high ground" in note for note in notes(hillside, scenario(water=walls(inflows=[inflow]))))
    low = [{"name": "tide", "sides": ["west"], "levels": [{"at": 0, "value": 1.0}, {"at": 600, "value": 2.0}]}]
    assert any("level edge tide stays below" in note for note in notes(city, scenario(water=walls(level_edges=low))))
    line = [lonlat(city, 10, 10), lonlat(city, 10, 20)]
    barrier = {"kind": "flood_barrier", "name": "old", "line": line, "crest": 4.0}
    assert any("old, 4 m, lies below the ground" in note for note in notes(city, scenario(measures=[barrier])))
    dot = {"kind": "flood_barrier", "line": [line[0], [line[0][0] + 1e-6, line[0][1]]], "height": 1}
    assert any("shorter than a cell of 10 m" in note for note in notes(city, scenario(measures=[dot])))
    dry = scenario("{name: d, duration: 1 h, step: 20 min}", measures=[barrier])
    assert any("1 measure acts on flowing water only" in note for note in notes(city, dry))
    assert notes(city, scenario("{name: d, duration: 1 h}")) == []


def test_every_engine_note_can_be_translated():
    for note in notes_of(Question(scenario(water=walls(rain=RAIN)), plain_city(valley()))):
        assert note.template.format(**note.values) == note.text


def test_a_balance_that_is_off_is_told():
    city = plain_city(valley())
    states, _ = run(city, scenario(water=walls(rain=RAIN)))
    assert not any("lost track" in note.text for note in result_notes(states[-1]))
    off = {v.name: states[-1].field(v) for v in PROGNOSTIC}

    class Wrong:
        def has(self, variable):
            return True

        def field(self, variable):
            values = np.array(off[variable.name])
            if variable.name == "flow_account":
                values[-1] = 2e-4
            return values

    assert "lost track of 0.02%" in result_notes(Wrong())[0].text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("water", "fault"),
    [
        ("roughness: 9", "water.engine.roughness: Input should be less than or equal to 1, not 9"),
        ("inflows: [{at: [1, 2], discharge: [{at: 0, value: .nan}]}]", "0.value: Input should be a finite number, not nan"),
        ("rain: {rates: [{at: 0, value: .nan}]}", "rates.0.value: Input should be a finite number, not nan"),
    ],
)
def test_one_wrong_number_is_one_fault_that_names_it(water, fault):
    with pytest.raises(InputError, match="has 1 fault") as caught:
        load_scenario(f"{{name: x, duration: 1 h, water: {{source: engine, {water}}}}}")
    assert fault in str(caught.value)
