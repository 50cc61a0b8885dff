"""The picture of a run: what is drawn follows from what the states tell, on the map and on the flat map."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.blobs import Blobs
from layers.coding import NOT_APPLICABLE, TIME_LEFT, UNKNOWN
from layers.flat_scene import flat_scene
from layers.flood import merged_codes
from layers.language import Language
from layers.map_component import Driving, map_data
from layers.map_layer import Shapes, chunk_listing
from layers.relief import Relief, block_mean
from layers.scene import Look, home_view, relief_of, scene_of
from layers.timing import driving_of
from layers.water_surface import surface_bytes, surface_offsets
from tests.layers.states import state_of
from tests.twin.towns import small_town
from twin.scenario import Scenario

INF = np.inf
ENGLISH = Language("en")
CALM = {
    "water_depth": 0.5, "road_open": 1, "road_depth": 0.0, "building_rank": 1, "shelter_usable": 1, "shelter_reason": 0,
    "sensor_reading": 1.0, "sensor_observed": np.nan, "flow_trust": 254, "flow_max_depth": -INF, "flow_arrival": -INF,
    "flow_hazard_class": 254,
}  # fmt: skip
ENGINE = {"flow_trust": 0, "flow_max_depth": 0.5, "flow_arrival": 0.0, "flow_hazard_class": 1, "effective_ground": 1.0}
MOVING = {
    "road_evacuees": [3.0, 0, 0], "road_evacuees_against": [1.0, 0, 0], "road_caught": 0.0, "shelter_occupancy": [2.0, 0, 0],
    "shelter_turned_away": 0.0,
}  # fmt: skip


def scene(*states, look=None, blobs=None):
    driving = Driving("Rain", "mm/h", tuple(0.0 for _ in states))
    return scene_of(small_town(), states, blobs=blobs or Blobs(), language=ENGLISH, look=look, driving=driving)


def layer_of(made, name):
    return next(layer for layer in made.layers if layer.id == name)


def ids(made):
    return {layer.id for layer in made.layers}


def test_people_shelter_fill_and_hatching_appear_only_where_there_is_something_to_tell():
    city = small_town()
    calm = scene(state_of(city, 0, **CALM), state_of(city, 600, **CALM))
    assert {"flood", "roads", "buildings", "shelters"} <= ids(calm)
    assert not ids(calm) & {"evacuees", "caught", "shelter_fill", "trust"}
    blobs = Blobs()
    moving = scene(state_of(city, 0, **CALM), state_of(city, 600, **(CALM | ENGINE | MOVING)), blobs=blobs)
    for name, length in (("evacuees", 2 * len(city.roads)), ("shelter_fill", len(city.shelters))):
        untold, told = layer_of(moving, name).deck.values["names"]
        assert blobs.get(untold) == bytes([NOT_APPLICABLE]) * length, "a moment that does not tell of people draws none"
        assert blobs.get(told) != blobs.get(untold)
    told = CALM | ENGINE | MOVING
    full = scene(state_of(city, 0, **told), state_of(city, 600, **(told | {"flow_trust": 2})))
    assert {"evacuees", "caught", "shelter_fill", "trust"} <= ids(full)


def test_the_bytes_of_every_layer_have_the_shape_that_they_say():
    city, blobs = small_town(), Blobs()
    told = CALM | ENGINE | MOVING | {"flow_trust": 1}
    made = scene(state_of(city, 0, **told), state_of(city, 600, **told), blobs=blobs)
    for layer in made.layers:
        values = getattr(layer.deck, "values", None)
        for name in (values or {}).get("names", []):
            assert len(blobs.get(name)) == np.prod(values["shape"]), layer.id
    surface = layer_of(made, "flood").deck.values["surface"]
    assert len(surface) == 2
    relief = Relief(city.grid, city.elevation)
    expected = surface_bytes(surface_offsets(relief, np.full((4, 8), 0.5), np.ones((4, 8))))
    assert blobs.get(surface[1]) == expected.tobytes()


def test_a_theme_that_the_states_do_not_tell_is_unknown_and_its_legend_is_open():
    city = small_town()
    made = scene(state_of(city, **CALM), look=Look(buildings="minutes_left"))
    layer = layer_of(made, "buildings")
    assert layer.deck.values["names"] == []
    assert layer.deck.fill == UNKNOWN
    assert layer.legend.opened
    assert not layer_of(scene(state_of(city, **CALM)), "buildings").legend.opened


def test_the_group_of_the_look_is_the_group_of_the_bytes():
    city, blobs = small_town(), Blobs()
    left = np.full((4, 4), INF, np.float32)
    left[2] = -INF
    told = CALM | {"building_time_left": left, "building_time_left_high": left}
    for group, state in (("walker", "open"), ("car", "late")):
        made = scene(state_of(city, **told), look=Look(buildings="minutes_left", group=group), blobs=blobs)
        name = layer_of(made, "buildings").deck.values["names"][0]
        assert set(blobs.get(name)) == {TIME_LEFT.code_of(state)}


def test_water_of_maps_falls_back_to_its_depth_where_only_the_engine_tells_more():
    city = small_town()
    made = scene(state_of(city, **CALM), look=Look(water="hazard"))
    assert layer_of(made, "flood").legend.title == "Depth of water, official classes"
    made = scene(state_of(city, **(CALM | ENGINE)), look=Look(water="hazard"))
    assert layer_of(made, "flood").legend.title == "Hazard class of the water, highest so far"


def test_the_flat_map_follows_with_the_same_legends():
    city = small_town()
    told = CALM | ENGINE | MOVING | {"flow_trust": 2, "building_time_left": -INF, "building_time_left_high": -INF}
    text = flat_scene(city, state_of(city, **told), language=ENGLISH, look=Look(water="arrival", buildings="minutes_left"))
    for words in ("too late: no safe departure any more", "Water first stood 5 cm deep after", "Places taken in shelters",
                  "outside: Froude number above 1 at some time", "People on their way, by road"):  # fmt: skip
        assert words in text
    early = flat_scene(city, state_of(city, **CALM), language=ENGLISH, look=Look(buildings="minutes_left"))
    assert "Time left to set out, at least" in early


def test_the_timeline_shows_what_drives_the_engine():
    asked = {"name": "x", "duration": "1 h", "water": {"source": "engine"}}
    rates = [{"at": 0, "value": 50}, {"at": 1800, "value": 0}]
    rain = Scenario.model_validate(asked | {"water": {"source": "engine", "rain": {"rates": rates}}})
    city = small_town()
    states = [state_of(city, 0, **CALM), state_of(city, 3600, **CALM)]
    driving = driving_of(rain, states)
    assert (driving.label, driving.unit, driving.values) == ("Rain", "mm/h", (50.0, 0.0))
    river = Scenario.model_validate(
        asked | {"water": {"source": "engine", "inflows": [{"at": [139.0, 35.0], "discharge": [{"at": 0, "value": 7}]}]}}
    )
    assert driving_of(river, states).values == (7.0, 7.0)


def test_the_shapes_of_a_city_are_worked_out_once_for_all_its_scenes():
    """They are the same in every answer; what names them is promised to each store, which may have forgotten it."""
    asked = []

    def shapes() -> Shapes:
        asked.append(1)
        return Shapes(np.array([[0.0, 0, 10, 10], [20, 20, 30, 30]]), lambda first, last: bytes([first, last]))

    relief, blobs = Relief(small_town().grid), Blobs()
    first = chunk_listing(Blobs(), ("things", "v1"), shapes, relief=relief)
    second = chunk_listing(blobs, ("things", "v1"), shapes, relief=relief)
    assert first == second
    assert blobs.get(second["chunks"][0]["name"]) == bytes([0, 2])
    assert len(asked) == 1
    chunk_listing(blobs, ("things", "v2"), shapes, relief=relief)
    assert len(asked) == 2, "other things have other shapes"


def test_scenes_of_a_city_differ_in_what_the_states_tell_only():
    city, blobs = small_town(), Blobs()
    relief = relief_of(city)
    calm, wet = ([state_of(city, 0, **CALM | {"road_depth": depth})] for depth in (0.0, 1.0))
    made = [scene_of(city, states, blobs=blobs, language=ENGLISH, relief=relief) for states in (calm, wet)]
    roads, others = (layer_of(each, "roads").deck for each in made)
    assert roads.geometry == others.geometry
    assert roads.values["names"] != others.values["names"]
    buildings, same = (layer_of(each, "buildings").deck for each in made)
    assert buildings.values == same.values


def test_a_moment_more_costs_a_name_for_each_layer():
    """What the page sends with every change grows by names alone, not by values."""
    city, view = small_town(), home_view(small_town())
    sizes = []
    for count in (10, 110):
        states = [state_of(city, 60 * n, **CALM | MOVING | {"road_depth": float(n)}) for n in range(count)]
        made = scene_of(city, states, blobs=Blobs(), language=ENGLISH, driving=Driving("Rain", "mm/h", (0.0,) * count))
        sizes.append(len(json.dumps(map_data(made.layers, view, timeline=made.timeline))))
    names = 12  # of bytes and readings by layer; each 32 letters, and the marks around it twice escaped
    assert (sizes[1] - sizes[0]) / 100 < 38 * names + 150


@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)), largest=st.integers(1, 9), seed=st.integers(0, 1000),
)  # fmt: skip
def test_cells_are_merged_as_a_look_at_every_block_does(shape, largest, seed):
    dice = np.random.default_rng(seed)
    codes = dice.integers(0, 256, shape).astype(np.uint8)
    depths = np.where(dice.random(shape) < 0.3, np.nan, dice.random(shape))
    factor = max(1, -(-max(shape) // largest))
    merged, mean = merged_codes(codes, largest=largest), block_mean(depths, factor)
    order = [NOT_APPLICABLE, 0, UNKNOWN, *(code for code in range(256) if code not in (NOT_APPLICABLE, 0, UNKNOWN))]
    for row, column in np.ndindex(*merged.shape):
        block = np.s_[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor]
        assert merged[row, column] == max(codes[block].ravel().tolist(), key=order.index)
        known = depths[block][np.isfinite(depths[block])]
        assert mean[row, column] == pytest.approx(known.mean() if len(known) else np.nan, nan_ok=True)
