"""Layers from the contracts' tables: what reaches the browser, and what is kept honest on the way."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from layers.blobs import Blobs
from layers.coding import DEPTH, UNKNOWN
from layers.flat_map import FlatLayer, flat_picture, flat_svg
from layers.flood import merged_codes
from layers.ground import GROUND_CLASSES, ROAD_CLASS, WATER_CLASS, ground_classes
from layers.map_component import TEXTS, Driving, Timeline, legend_data, read_events
from layers.map_layer import promise_values
from layers.relief import Relief
from layers.scales import OFFICIAL_DEPTH, ROAD_PASSABILITY, contrast
from layers.wire.container import unpack
from tests.browser.town import GRID, box, buildings, depths, frame, terrain, town_layers


def test_every_promise_of_the_town_is_kept_and_all_chunks_cover_all_buildings() -> None:
    blobs = Blobs()
    layer = next(layer for layer in town_layers(blobs) if layer.id == "buildings")
    geometry = layer.deck.geometry
    numbers: set[int] = set()
    for chunk in geometry["chunks"]:
        kind, head, arrays = unpack(blobs.get(chunk["name"]))
        assert kind == "solids"
        assert head["first"] == chunk["first"]
        numbers |= set((head["first"] + np.cumsum(arrays["elements"].astype(int))).tolist())
    assert numbers == set(range(len(buildings())))
    for name in layer.deck.values["names"]:
        assert len(blobs.get(name)) == geometry["count"]


def test_values_are_one_byte_per_element() -> None:
    blobs = Blobs()
    for layer in town_layers(blobs):
        for name in getattr(layer.deck, "values", {"names": []})["names"]:
            assert len(blobs.get(name)) == int(np.prod(layer.deck.values["shape"]))


def test_promised_values_are_computed_when_asked_for() -> None:
    blobs, asked = Blobs(), []

    def codes(step: int) -> np.ndarray:
        asked.append(step)
        return np.full(3, step, dtype=np.uint8)

    values = promise_values(blobs, [("run", "0"), ("run", "1")], (3,), codes)
    assert asked == []
    assert blobs.get(values.names[1]) == b"\1\1\1"
    assert asked == [1]


def test_elements_without_values_are_unknown_not_dry() -> None:
    blobs = Blobs()
    from layers.buildings import buildings_layer

    relief = Relief(GRID, terrain())
    with_scale = buildings_layer(buildings(), relief, blobs, fingerprint="x", scale=OFFICIAL_DEPTH)
    plain = buildings_layer(buildings(), relief, blobs, fingerprint="x")
    assert (with_scale.deck.fill, plain.deck.fill) == (UNKNOWN, 0)


@pytest.mark.parametrize(
    ("cells", "merged"),
    [
        ([[0, 0], [0, 0]], 0),
        ([[0, 7], [255, 0]], 7),
        ([[0, 0], [255, 0]], 255),
        ([[255, 255], [255, 255]], 255),
        ([[254, 0], [0, 0]], 0),
    ],
)
def test_merging_cells_shows_wet_before_unknown_before_dry(cells: list[list[int]], merged: int) -> None:
    assert merged_codes(np.array(cells, dtype=np.uint8), largest=1).tolist() == [[merged]]


def test_ground_classes_lie_in_the_right_order() -> None:
    water = frame("water", {"id": ["w"]}, [box(0, 500, 1800, 100)])
    road = frame("road_surfaces", {"id": ["r"], "kind": ["bridge"]}, [box(800, 400, 50, 300)])
    land = frame("land_use", {"id": ["l"], "kind": ["forest"]}, [box(0, 0, 1800, 1400)])
    classes = ground_classes(GRID, land_use=land, water=water, road_surfaces=road, largest=180)
    assert classes.shape == GRID.shape
    assert GROUND_CLASSES[classes[10, 10]].label == "woods"
    assert classes[55, 10] == WATER_CLASS
    assert classes[55, 82] == ROAD_CLASS


def test_base_map_colours_are_calm() -> None:
    """The base map leaves colour to the data: greys and pale tints only, water the one exception."""
    for entry in GROUND_CLASSES:
        if entry.label != "water":
            assert max(entry.light) - min(entry.light) <= 24
        assert contrast(entry.light, (28, 36, 48)) > 7  # text and lines stand out on it


def test_the_timeline_leaves_gaps_where_nothing_is_known() -> None:
    made = Timeline(("a", "b"), Driving("Stage", "m", (1.0, float("nan")))).to_data(str)
    assert made["driving"]["values"] == [1.0, None]
    json.dumps(made, allow_nan=False)


def test_legend_and_texts_go_through_the_translation() -> None:
    seen = []
    legend_data(ROAD_PASSABILITY.legend(), lambda key: seen.append(key) or key)
    assert "closed to all" in seen
    assert len(TEXTS) == len(set(TEXTS))


@pytest.mark.parametrize(
    "pick", [None, 3, {"layer": 5, "index": "x", "coordinate": "here"}, {"index": -1, "coordinate": [float("nan"), 2]}]
)
def test_nonsense_from_a_browser_is_no_pick_of_anything(pick: object) -> None:
    found = read_events({"pick": pick}).pick
    assert found is None or (found.layer is None and found.index == -1 and found.coordinate is None)


def test_the_flat_map_shows_unknown_hatched_and_dry_clear() -> None:
    relief = Relief(GRID)
    ground = ground_classes(GRID, largest=180)
    codes = np.zeros(GRID.shape, dtype=np.uint8)
    codes[:, 60:120] = DEPTH.encode([4.0])[0]
    codes[:, 120:] = UNKNOWN
    picture = np.asarray(flat_picture(relief, ground, waters=[(codes, OFFICIAL_DEPTH)], largest=180)).astype(int)
    dry, wet, unknown = picture[:, 5:55], picture[:, 65:115], picture[:, 125:175]
    assert dry.reshape(-1, 3).std(axis=0).max() == 0
    assert (wet[..., 0] - wet[..., 2]).mean() > 20
    assert unknown.sum(axis=2).std() > 10
    assert np.abs(unknown[..., 0] - unknown[..., 2]).max() < 15


def test_the_flat_map_draws_buildings_with_their_courtyards() -> None:
    relief = Relief(GRID)
    yard = box(400, 400, 400, 400).difference(box(550, 550, 100, 100))
    layer = FlatLayer(np.array([yard], dtype=object), DEPTH.encode([4.0]), OFFICIAL_DEPTH)
    picture = np.asarray(flat_picture(relief, ground_classes(GRID, largest=180), layers=[layer], largest=1800))
    assert tuple(picture[600, 600]) == tuple(picture[10, 10])
    assert tuple(picture[450, 450]) != tuple(picture[10, 10])


def test_the_svg_escapes_what_people_wrote() -> None:
    relief = Relief(GRID)
    picture = flat_picture(
        relief, ground_classes(GRID, largest=60), waters=[(DEPTH.encode(depths()[2]), OFFICIAL_DEPTH)], largest=60
    )
    text = flat_svg(
        picture,
        [OFFICIAL_DEPTH.legend()],
        title='<script>"',
        attribution="© <b>河川局</b> & co",
        translate=lambda key: f"«{key}»",
    )
    root = ET.fromstring(text)
    words = [element.text for element in root.iter() if element.text]
    assert "© <b>河川局</b> & co" in words
    assert "«unknown»" in words
    assert "<script>" not in text
