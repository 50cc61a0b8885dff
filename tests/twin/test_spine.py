"""The mechanism that everything hangs on: what is computed again, what is reused, what stays unknown, what is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas
import numpy as np
import pytest
from shapely import Point
from towns import small_town, table

from geodata.city import LayersInMemory
from geodata.errors import InputError
from geodata.hazard_map import HazardMap
from geodata.provenance import Provenance
from twin.hook import Current, HookError, Previous, Static, installed_hooks
from twin.model import Twin
from twin.outcome import OutcomeObserver, outcomes_of
from twin.scenario import Scenario, load_scenario
from twin.store import MemoryStore
from twin.testing import check_hook
from twin.variable import Variable, VariableError

RISING = """
name: rising water
duration: 1 h
step: 20 min
water:
  source: hazard_map
  curve: [{at: 0, value: 0}, {at: 40 min, value: 1}, {at: 1 h, value: 0.5}]
"""


def scenario(text: str = RISING, **changes) -> Scenario:
    return Scenario.model_validate({**load_scenario(text).model_dump(), **changes})


FIRST = {
    "hazard", "inundation", "official_map", "official_rank", "exposure", "facilities", "gauges", "road_depth", "passability",
    "shelter_depth", "shelters",
}  # fmt: skip


def first_hooks(town, store) -> Twin:
    """A twin with the hooks about water only, so that a test can name all that run."""
    return Twin(town, store, [hook for hook in installed_hooks() if hook.name in FIRST])


def run(twin: Twin, question: Scenario):
    """All states, and what was computed: (hook, end of step)."""
    states, computed = [], []
    for state, advance in twin.run(question):
        states.append(state)
        computed += [(deed.hook, state.time) for deed in advance.deeds if deed.computed]
    return states, computed


def test_the_same_scenario_twice_computes_nothing():
    twin = Twin(small_town(), MemoryStore())
    _, first = run(twin, scenario())
    states, again = run(twin, scenario())
    assert first
    assert again == []
    assert outcomes_of(states[-1])["buildings_flooded"] == 2


def test_the_depths_are_those_a_person_can_work_out():
    states, _ = run(Twin(small_town(), MemoryStore()), scenario())
    # The map is 3 m deep in column 0 and 1 m in column 2; at share 0 its surface stands 3 m lower, at 0.5 1.5 m.
    assert [s.field("building_depth").tolist() for s in states] == [[0, 0, 0, 0], [1.5, 0, 0, 0], [3, 1, 0, 0], [1.5, 0, 0, 0]]
    assert states[-1].field("building_arrival").tolist() == [0, 1200, np.inf, np.inf]
    assert states[-1].field("building_wet_time").tolist() == [3600, 1200, 0, 0]
    assert states[-1].field("building_rank_peak").tolist() == [3, 2, 0, 0]
    assert states[-1].field("building_rank").tolist() == [2, 0, 0, 0]


def test_results_do_not_depend_on_the_output_interval():
    fine, _ = run(Twin(small_town(), MemoryStore()), scenario())
    coarse, _ = run(Twin(small_town(), MemoryStore()), scenario(output_interval=3600))
    assert fine[-1].digests == coarse[-1].digests


def test_renaming_a_shelter_recomputes_nothing():
    store = MemoryStore()
    town = small_town()
    run(Twin(town, store), scenario())
    renamed = small_town(tables={"shelters": town.shelters.assign(name=["New name", "High", "Fire only"])})
    assert renamed.fingerprint != town.fingerprint
    assert run(Twin(renamed, store), scenario())[1] == []


def test_moving_a_shelter_recomputes_the_shelters_only():
    store, town = MemoryStore(), small_town()
    run(first_hooks(town, store), scenario())
    moved = town.shelters.set_geometry([Point(15, 35), Point(75, 35), Point(65, 35)])
    _, computed = run(first_hooks(small_town(tables={"shelters": moved}), store), scenario())
    assert {hook for hook, _ in computed} == {"shelter_depth", "shelters"}


def test_a_measure_that_starts_later_leaves_earlier_keys_alone():
    store = MemoryStore()
    run(first_hooks(small_town(), store), scenario())
    closing = scenario(measures=[{"kind": "road_closure", "roads": ["r1"], "start": 2400}])
    states, computed = run(first_hooks(small_town(), store), closing)
    assert computed == [("passability", 2400), ("passability", 3600)]
    assert [s.field("road_open")[2, 1] for s in states] == [1, 1, 0, 0]


def test_a_measure_acts_exactly_then():
    closing = scenario(measures=[{"kind": "road_closure", "roads": ["r1"], "start": 700, "end": 900}])
    states, _ = run(Twin(small_town(), MemoryStore()), closing)
    shut = {s.time: s.field("road_open")[2, 1] for s in states}
    assert shut == {0: 1, 700: 0, 900: 1, 1200: 1, 2400: 1, 3600: 1}


def test_a_change_that_turns_out_to_change_nothing_stops_there():
    store = MemoryStore()
    twin = first_hooks(small_town(), store)
    run(twin, scenario())
    # The curve gives the same shares at the ends of all steps by one point more: other question, same parameters.
    same = scenario(
        water={
            "source": "hazard_map",
            "curve": [{"at": 0, "value": 0}, {"at": 1200, "value": 0.5}, {"at": 2400, "value": 1}, {"at": 3600, "value": 0.5}],
        }
    )
    assert run(twin, same)[1] == []
    # Here the hook has to run again, and what it gives is the same: nobody behind it runs.
    doubled = small_town(hazard_high=small_town().raster("hazard/river-l2/high"))
    other = replace(
        doubled,
        layers=LayersInMemory(
            {n: doubled.table(n) for n in doubled.layers.names("table")},
            {
                **{n: np.array(doubled.raster(n)) for n in doubled.layers.names("raster")},
                "water_mask": np.zeros((4, 8), np.float32),
            },
            {n: doubled.overlay(n) for n in doubled.layers.names("overlay")},
        ),
    )
    _, computed = run(first_hooks(other, store), scenario())
    assert {hook for hook, _ in computed} == {"hazard", "inundation"}


def test_the_plan_says_what_would_be_computed_without_computing():
    store = MemoryStore()
    twin = first_hooks(small_town(), store)
    before = twin.plan(scenario())
    assert before[0].hooks["official_map"] == "computed"
    assert before[0].hooks["exposure"] == "unsure"
    run(twin, scenario())
    assert {fate for step in twin.plan(scenario()) for fate in step.hooks.values()} == {"reused"}
    closing = scenario(measures=[{"kind": "road_closure", "roads": ["r1"], "start": 2400}])
    planned = {(s.step.end, hook): fate for s in twin.plan(closing) for hook, fate in s.hooks.items() if fate != "reused"}
    assert planned == {(2400, "passability"): "computed", (3600, "passability"): "computed"}


def test_what_a_half_covering_map_does_not_cover_stays_unknown():
    half = np.maximum(3.0 - np.tile(np.arange(8, dtype=np.float32), (4, 1)), 0)
    half[:, 4:] = np.nan
    observer = OutcomeObserver()
    twin = Twin(small_town(hazard_high=half), MemoryStore())
    *_, (state, _) = twin.run(scenario(), [observer])
    assert state.field("building_rank_peak").tolist() == [3, 2, 255, 255]
    assert np.isnan(state.field("building_arrival")[2:]).all()
    assert state.field("road_open")[2].tolist() == [0, 255, 1]
    assert state.field("shelter_usable").tolist() == [0, 255, 0]
    assert observer.values["buildings_unknown"] == 2
    assert observer.values["buildings_by_rank"]["unknown"] == 2
    assert observer.values["buildings_by_rank"]["0"] == 0
    assert observer.values["people_unknown"] == 4.0
    assert observer.values["roads_unknown_m"] == 40.0


def test_depth_intervals_stay_intervals():
    low = np.full((4, 8), 0.5, np.float32)
    high = np.full((4, 8), 3.0, np.float32)
    constant = scenario("{name: c, duration: 1 h, step: 1 h, water: {source: hazard_map}}")
    states, _ = run(Twin(small_town(hazard_high=high, hazard_low=low), MemoryStore()), constant)
    assert states[-1].field("building_depth").tolist() == [3.0] * 4
    assert states[-1].field("building_depth_low").tolist() == [0.5] * 4
    assert states[-1].field("building_rank").tolist() == [2] * 4


def test_building_records_speak_where_there_is_no_raster():
    records = table(
        "building_risks",
        building_id=["b0", "b0", "b2"],
        hazard=["river_flood"] * 3,
        name=["A", "B", "A"],
        scale=["L2"] * 3,
        authority=[""] * 3,
        depth_low=[0.5, 3.0, 0.0],
        depth_high=[3.0, 5.0, 0.5],
    )
    town = small_town(tables={"building_risks": records})
    maps = {f"{n}-l2": HazardMap(f"{n}-l2", n, "river_flood", "L2", "attributes", Provenance("x")) for n in "AB"}
    question = scenario("{name: c, duration: 1 h, step: 1 h, water: {source: hazard_map}}")
    states, _ = run(Twin(replace(town, hazard_maps=maps), MemoryStore()), question)
    assert states[-1].field("building_rank").tolist() == [3, 255, 1, 255]  # the deepest of two rivers; no record is unknown
    assert states[-1].field("building_official_rank").tolist() == [3, 255, 1, 255]
    assert set(states[-1].field("road_open").ravel().tolist()) == {254, 255}


def test_a_series_of_depths_is_followed_in_time():
    town = small_town()
    series = np.stack([np.zeros((4, 8)), np.full((4, 8), 2.0)]).astype(np.float32)
    series[:, :, 6:] = np.nan
    layers = LayersInMemory(
        {n: town.table(n) for n in town.layers.names("table")},
        {"elevation": np.array(town.elevation), "ground": np.array(town.elevation), "hazard/run/series": series},
        {n: town.overlay(n) for n in town.layers.names("overlay")},
    )
    hazard = HazardMap("run", "a run of depths", "river_flood", "", "series", Provenance("made by hand"), times=(0.0, 3600.0))
    question = scenario("{name: s, duration: 1 h, step: 20 min, water: {source: hazard_map, map: run}}")
    states, _ = run(Twin(replace(town, layers=layers, hazard_maps={"run": hazard}), MemoryStore()), question)
    np.testing.assert_allclose([s.field("building_depth")[0] for s in states], [0, 2 / 3, 4 / 3, 2], rtol=1e-6)
    assert [int(s.field("building_rank")[3]) for s in states] == [255] * 4


def test_a_smaller_flood_than_asked_for_is_a_lower_bound():
    town = small_town(hazard_id="river-l1", scale="L1")
    states, _ = run(Twin(town, MemoryStore()), scenario("{name: c, duration: 0, step: 1 h, water: {source: hazard_map}}"))
    assert states[-1].field("building_rank").tolist() == [3, 2, 255, 255]


def test_still_water_comes_only_where_it_can_get_to():
    basin = np.zeros((4, 8), np.float32)
    basin[:, 3] = 5.0  # a wall from north to south; east of it the ground is as low, but the edge is all around
    question = scenario("{name: s, duration: 0, step: 1 h, water: {source: stage, levels: [{at: 0, value: 2}]}}")
    walled = basin.copy()
    walled[[0, -1], :] = 9.0
    walled[:, -1] = 9.0
    states, _ = run(Twin(small_town(elevation=walled), MemoryStore()), question)
    assert states[-1].field("water_depth")[1].tolist() == [2, 2, 2, 0, 0, 0, 0, 0]
    free = scenario("{name: s, duration: 0, step: 1 h, water: {source: stage, connected: false, levels: [{at: 0, value: 2}]}}")
    states, _ = run(Twin(small_town(elevation=walled), MemoryStore()), free)
    assert states[-1].field("water_depth")[1].tolist() == [2, 2, 2, 0, 2, 2, 2, 0]


def test_a_bridge_is_closed_by_water_over_its_deck_only():
    town = small_town()
    question = scenario("{name: c, duration: 0, step: 1 h, water: {source: hazard_map}}")
    states, _ = run(Twin(town, MemoryStore()), question)
    assert states[-1].field("road_open")[:, 2].tolist() == [254, 254, 1, 1]
    roads = town.roads
    for deck, expected in ((2.5, 0), (np.nan, 255), (2.9, 1)):
        roads["deck_elevation"] = [np.nan, np.nan, deck]
        states, _ = run(Twin(small_town(tables={"roads": roads}), MemoryStore()), question)
        assert states[-1].field("road_open")[2, 2] == expected, deck


def test_an_observer_sees_all_and_can_change_nothing():
    seen = []

    class Meddler:
        def see(self, state):
            seen.append(state.time)
            with pytest.raises(ValueError, match="read-only"):
                state.field("water_depth")[:] = 0
            state.city.buildings["residents"] = 0.0
            with pytest.raises(TypeError):
                state.digests["water_depth"] = "x"

    twin = Twin(small_town(), MemoryStore())
    untouched, _ = run(Twin(small_town(), MemoryStore()), scenario())
    states = [state for state, _ in twin.run(scenario(), [Meddler()])]
    assert seen == [0, 1200, 2400, 3600]
    assert [s.digests for s in states] == [s.digests for s in untouched]
    assert twin.city.buildings["residents"].iloc[0] == 2.0


HEAT = Variable("heat", ("building",), "1", "made up", missing=("unknown",))
COLD = Variable("cold", ("building",), "1", "made up", missing=("unknown",), kind="prognostic", initial=0.0)


@dataclass(frozen=True)
class Plain:
    """A hook made of a function, for the tests."""

    body: object
    name: str = "plain"
    version: str = "1"
    reads: tuple = (Static("buildings", ("residents",)),)
    writes: tuple = (HEAT,)

    def parameters(self, question, step):
        return {}

    def step(self, inputs, parameters, duration):
        return {v.name: self.body(inputs) for v in self.writes}


def test_a_hook_that_keeps_to_its_contract_passes():
    check_hook(Plain(lambda inputs: inputs.table("buildings")["residents"].fillna(0).to_numpy()), small_town(), scenario())


def test_an_undeclared_input_is_refused_at_once():
    with pytest.raises(HookError, match="does not declare"):
        check_hook(Plain(lambda inputs: inputs.table("roads")["id"]), small_town(), scenario())
    with pytest.raises(KeyError):
        check_hook(Plain(lambda inputs: inputs.table("buildings")["height"]), small_town(), scenario())


def test_an_undeclared_input_that_leaks_into_a_hook_is_caught():
    @dataclass(frozen=True)
    class Leaky(Plain):
        def parameters(self, question, step):
            object.__setattr__(self, "city", question.city)
            return {}

        def step(self, inputs, parameters, duration):
            return {"heat": self.city.table("buildings").geometry.bounds["minx"].to_numpy()}

    with pytest.raises(HookError, match="although only undeclared inputs changed"):
        check_hook(Leaky(None), small_town(), scenario())


def test_hidden_state_between_steps_is_caught():
    counter = iter(range(1000))
    with pytest.raises(HookError, match="keeps state"):
        check_hook(Plain(lambda inputs: np.full(4, next(counter))), small_town(), scenario())


def test_a_hook_that_changes_its_input_is_caught():
    def meddle(inputs):
        inputs.current(HEAT)[:] = 1
        return np.zeros(4)

    with pytest.raises(ValueError, match="read-only"):
        check_hook(Plain(meddle, reads=(Current(HEAT),), writes=(COLD,)), small_town(), scenario())


def test_undeclared_missing_values_are_refused():
    twin = Twin(small_town(), MemoryStore(), (Plain(lambda inputs: np.array([0, np.inf, 0, 0])),))
    with pytest.raises(VariableError, match="does not declare"):
        run(twin, scenario())


def test_a_second_writer_and_a_missing_one_are_refused():
    one, two = Plain(lambda i: np.zeros(4), name="one"), Plain(lambda i: np.zeros(4), name="two")
    with pytest.raises(HookError, match="written by one and by two"):
        _ = Twin(small_town(), MemoryStore(), (one, two)).order
    with pytest.raises(HookError, match="which no hook of this twin writes"):
        _ = Twin(small_town(), MemoryStore(), (Plain(None, reads=(Current(COLD),)),)).order


@dataclass(frozen=True)
class Feeding:
    """Half of a circle: dx/dt = −rate × other, integrated by its own sub-step."""

    name: str
    reads: tuple
    writes: tuple
    other: Variable
    own: Variable
    version: str = "1"

    def parameters(self, question, step):
        return {}

    def step(self, inputs, parameters, duration):
        return {self.own.name: inputs.previous(self.own) + duration / 3600 * (1 - inputs.current(self.other))}


def circle(interval: int) -> Twin:
    warm = replace(HEAT, initial=0.0)
    a = Feeding("a", (Current(COLD), Previous(warm)), (warm,), COLD, warm)
    b = Feeding("b", (Current(warm), Previous(COLD)), (COLD,), warm, COLD)
    return Twin(small_town(), MemoryStore(), (b, a), coupling_interval=interval)


def test_hooks_in_a_circle_form_one_group_that_converges():
    assert [hook.name for hook in circle(60).order] == ["a+b"]
    # Both follow x' = 1 − x from 0: x(1 h) = 1 − e^−1. Euler errs by less than half the interval.
    exact = 1 - np.exp(-1)
    errors = []
    for interval in (240, 120, 60):
        states, _ = run(circle(interval), scenario())
        errors.append(abs(float(states[-1].field("heat")[0]) - exact))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.01
    assert errors[2] < 0.6 * errors[1]  # first order


def test_a_group_does_not_depend_on_how_the_run_is_cut():
    whole, _ = run(circle(60), scenario(step=3600))
    parts, _ = run(circle(60), scenario(step=1200))
    np.testing.assert_allclose(whole[-1].field("heat"), parts[-1].field("heat"), rtol=1e-6)


def test_a_question_the_city_cannot_answer_is_refused_before_anything_is_computed():
    store = MemoryStore()
    twin = Twin(small_town(), store)
    closing = scenario(measures=[{"kind": "road_closure", "roads": ["nowhere"], "start": 2400}])
    with pytest.raises(InputError, match="no roads with the ids nowhere"):
        run(twin, closing)
    with pytest.raises(InputError, match="no hazard map sea-l2"):
        run(twin, scenario(water={"source": "hazard_map", "map": "sea-l2"}))
    with pytest.raises(InputError, match="no official flood map"):
        run(Twin(replace(small_town(), hazard_maps={}), store), scenario())
    assert store.find("anything") is None
    assert any(hook == "computed" for step in twin.plan(scenario()) for hook in step.hooks.values()) is not False


def test_observations_stand_beside_what_the_scenario_would_give():
    import pandas as pd

    times = pd.to_datetime(["2026-09-14T09:00Z", "2026-09-14T09:20Z", "2026-09-14T09:30Z"])
    seen = table("observations", sensor_id=["g0"] * 3, time=list(times), value=[1.0, 2.0, 99.0], flag=[1, 1, 4])
    question = scenario(start="2026-09-14T18:00:00+09:00")
    states, _ = run(Twin(small_town(tables={"observations": seen}), MemoryStore()), question)
    assert [s.field("sensor_observed")[0] for s in states][:3] == [1.0, 2.0, 2.0]  # a failed reading does not count
    assert np.isnan(states[0].field("sensor_observed")[1])
    assert states[2].field("sensor_reading").tolist() == [4.0, 0.0]  # 3 m of water on ground at 0 m, gauge zero at −1 m


@pytest.mark.parametrize("hook", Twin(small_town(), MemoryStore()).order, ids=lambda hook: hook.name)
def test_every_built_in_hook_keeps_to_the_contract(hook):
    check_hook(
        hook,
        small_town(),
        scenario(start="2026-09-14T18:00:00+09:00", measures=[{"kind": "shelter_closed", "shelters": ["s1"], "start": 1200}]),
    )


DIMS = {
    "time",
    "y",
    "x",
    "y_face",
    "x_face",
    "building",
    "road",
    "node",
    "group",
    "sensor",
    "shelter",
    "facility",
    "area",
    "party",
}


def test_every_variable_tells_its_unit_and_meaning():
    from twin import variables

    for name, variable in vars(variables).items():
        if isinstance(variable, Variable):
            assert name == variable.name.upper()
            assert variable.meaning
            assert variable.unit
            assert set(variable.dims) <= DIMS


def test_a_state_is_a_dataset_with_units_and_ids():
    states, _ = run(Twin(small_town(), MemoryStore()), scenario())
    data = states[2].dataset
    assert data["building_depth"].sel(building="b1").item() == 1.0
    assert data["water_depth"].attrs["units"] == "m"
    assert data["road_open"].sel(group="car", road="r0").item() == 0
    assert isinstance(geopandas.GeoDataFrame(states[0].city.buildings), geopandas.GeoDataFrame)
