"""Differences on the map: each code says what a person would say who looks at the two numbers."""

from __future__ import annotations

import numpy as np
import pytest

from layers.blobs import Blobs
from layers.change_scales import DEPTH_CHANGES, MINUTES_CHANGE, ROAD_CHANGES, TIME_LEFT_CHANGES, TRAVEL_TIME_CHANGES
from layers.changes import beside, depth_change, difference, ground_change, minutes_change, road_change, told_differences
from layers.language import Language
from layers.legend import Pattern
from layers.map_component import Driving
from layers.scales import relative_luminance
from layers.scene import scene_of
from tests.layers.states import state_of
from tests.layers.test_scene import CALM
from tests.twin.towns import small_town

INF = np.inf
DRIVING = Driving("Rain", "mm/h", (0.0,))


def labels(scale, codes):
    return [entry.label for entry in scale.class_of(codes)]


def test_depths_are_told_as_deeper_shallower_same_dry_and_unknown():
    city = small_town()
    one, other = np.zeros(city.grid.shape, np.float32), np.zeros(city.grid.shape, np.float32)
    one[0, :5] = (0.0, 0.5, 2.0, 0.5, np.nan)
    other[0, :5] = (0.0, 0.52, 0.5, 0.9, 1.0)
    codes = depth_change(state_of(city, water_depth=one), state_of(city, 1, water_depth=other), "water_depth")[0, :5]
    assert labels(DEPTH_CHANGES, codes) == [
        "no water in either", "the same within 0.05 m", "shallower by 1 m or more", "deeper by 0.3 to 1 m", "unknown",
    ]  # fmt: skip


def test_an_unknown_cell_is_never_merged_into_a_dry_block(monkeypatch):
    city = small_town()
    depth = np.zeros(city.grid.shape, np.float32)
    depth[0, 0] = np.nan
    codes = ground_change(state_of(city, water_depth=depth), state_of(city, 1, water_depth=0.0))
    assert codes[0, 0] == 255


def test_minutes_are_gains_and_losses_and_never_invented():
    city = small_town()
    before = np.full((4, 4), 600.0, np.float32)
    after = before.copy()
    before[0], after[0] = (600.0, 600.0, -INF, INF), (1500.0, 630.0, 600.0, 600.0)
    states = [state_of(city, t, building_time_left=values) for t, values in ((0, before), (1, after))]
    codes = minutes_change(*states, "time_left", "walker")
    assert labels(TIME_LEFT_CHANGES, codes) == [
        "gains 10 to 30 min", "the same within 1 min", "gains: from no safe departure, or to one without an end here",
        "loses: to no safe departure, or from one without an end here",
    ]  # fmt: skip
    assert codes[2] == MINUTES_CHANGE.code_of("won")


def test_a_shorter_way_is_a_gain():
    city = small_town()
    way = np.full((4, 4), 300.0, np.float32)
    way[2, 1:3] = (np.nan, INF)
    states = [state_of(city, t, building_shelter_time=v) for t, v in ((0, np.float32(1200.0)), (1, way))]
    codes = minutes_change(*states, "travel_time", "car")
    assert labels(TRAVEL_TIME_CHANGES, codes) == [
        "gains 10 to 30 min", "unknown", "loses every way to a shelter", "gains 10 to 30 min",
    ]  # fmt: skip


def test_roads_open_close_or_are_unknown():
    city = small_town()
    one, other = np.ones((4, len(city.roads)), np.uint8), np.ones((4, len(city.roads)), np.uint8)
    one[2, 0], other[2, 1], other[2, 2] = 0, 0, 255
    codes = road_change(state_of(city, road_open=one), state_of(city, 1, road_open=other))
    assert labels(ROAD_CHANGES, codes)[:3] == ["open in the second only", "closed in the second only", "unknown"]


@pytest.mark.parametrize("scale", [DEPTH_CHANGES, TIME_LEFT_CHANGES, TRAVEL_TIME_CHANGES])
def test_no_two_classes_differ_by_colour_alone(scale):
    shown = [entry for entry in scale.classes if entry.alpha]
    looks = {(round(relative_luminance(entry.colour), 1), entry.pattern) for entry in shown}
    worse = [entry for entry in shown if entry.colour[0] > entry.colour[2] + 20]
    better = [entry for entry in shown if entry.colour[2] > entry.colour[0] + 20]
    assert all(entry.pattern != Pattern.SOLID for entry in worse)
    assert not {entry.pattern for entry in worse} & {entry.pattern for entry in better}
    assert len(looks) >= len(shown) - 1


def scenes(city, blobs, *told):
    return [
        scene_of(city, [state_of(city, n, **fields)], blobs=blobs, language=Language("en"), driving=driving)
        for n, (fields, driving) in enumerate(told)
    ]


def test_beside_each_other_a_dry_day_shows_nothing_where_the_flood_has_water():
    city, blobs = small_town(), Blobs()
    wet, dry = scenes(city, blobs, (CALM, DRIVING), (CALM | {"water_depth": 0.0}, None))
    for first, second in ((wet, dry), (dry, wet)):
        scene, other = beside(first, second, blobs, left="a", right="b")
        assert {layer.id for layer in scene.layers} == {layer.id for layer in wet.layers}
        flood = next(layer for layer in scene.layers if layer.id == "flood")
        sides = [blobs.get(flood.deck.values["names"][0]), blobs.get(other.values["flood"].names[0])]
        assert {frozenset(side) for side in sides} == {frozenset([254]), frozenset([50])}
        assert tuple(flood.deck.values["shape"]) == other.values["flood"].shape


def test_a_difference_shows_no_layer_that_tells_of_one_answer_only():
    city, blobs = small_town(), Blobs()
    times = {"building_time_left": np.float32(600.0), "building_time_left_high": np.float32(600.0)}
    fields = [CALM | times, CALM | {"water_depth": 1.5} | times]
    states = [state_of(city, n, **each) for n, each in enumerate(fields)]
    assert list(told_differences(states[:1], states[1:])) == ["depth", "time_left"]
    first, second = scenes(city, blobs, *((each, DRIVING) for each in fields))
    for what, painted in (("depth", {"flood", "roads"}), ("time_left", {"buildings", "roads"})):
        scene, other = difference(
            first, states[:1], states[1:], blobs, what=what, group="walker", left="a", right="b", surface=second
        )
        assert other.difference
        assert set(other.values) == painted
        assert "shelters" not in {layer.id for layer in scene.layers}
        for name, values in other.values.items():
            assert len(blobs.get(values.names[0])) == np.prod(values.shape), name
