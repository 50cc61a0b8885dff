"""What a browser may send, and what becomes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.blobs import Blobs
from layers.map_component import (
    ANSWERS,
    Bar,
    Drawn,
    Edited,
    MapEvents,
    Overlay,
    Path,
    Shape,
    Shifted,
    Sketch,
    Timeline,
    Tool,
    read_events,
)
from layers.sketch import MOST_CORNERS
from tests.browser.hamlet import change, hamlet_layers, second_answer

anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(("id", "kind", "coordinates", "start")), inner),
    max_leaves=12,
)


def test_what_is_right_is_read() -> None:
    events = read_events(
        {
            "drawn": {"kind": "pump", "coordinates": [[139.7, 35.5]], "elements": []},
            "edited": {"id": "m1", "coordinates": [[139.7, 35.5], [139.8, 35.5]]},
            "shifted": {"id": "m1", "start": 60, "end": 120},
            "chosen_shape": "m1",
            "swipe": 0.25,
            "left_tool": True,
        }
    )
    assert events == MapEvents(
        drawn=Drawn("pump", ((139.7, 35.5),)),
        edited=Edited("m1", ((139.7, 35.5), (139.8, 35.5))),
        shifted=Shifted("m1", 60, 120),
        chosen_shape="m1",
        swipe=0.25,
        left_tool=True,
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"drawn": {"kind": "pump", "coordinates": [[139.7, float("nan")]]}},
        {"drawn": {"kind": "pump", "coordinates": [[181.0, 35.0]]}},
        {"drawn": {"kind": "pump", "coordinates": [[139.7, 35.5], ["x", 35.5]]}},
        {"drawn": {"kind": "pump", "coordinates": [[139.7, 35.5]] * (MOST_CORNERS + 1)}},
        {"drawn": {"kind": "pump", "coordinates": [], "elements": []}},
        {"drawn": {"kind": "x" * 500, "coordinates": [[139.7, 35.5]]}},
        {"drawn": {"kind": "closure", "coordinates": [], "elements": [["roads", -1]]}},
        {"drawn": {"kind": "closure", "coordinates": [], "elements": [["roads", True]]}},
        {"edited": {"id": "", "coordinates": [[139.7, 35.5]]}},
        {"edited": {"id": "m1", "coordinates": []}},
        {"shifted": {"id": "m1", "start": -60, "end": None}},
        {"shifted": {"id": "m1", "start": 120, "end": 60}},
        {"shifted": {"id": "m1", "start": float("inf"), "end": None}},
        {"swipe": 1.5},
        {"left_tool": "yes"},
        {"chosen_shape": ["m1"]},
    ],
)
def test_what_is_wrong_in_one_place_is_dropped_whole(answer: dict[str, Any]) -> None:
    assert read_events(answer) == MapEvents()


@given(st.dictionaries(st.sampled_from(ANSWERS), anything))
def test_nothing_that_a_browser_sends_breaks_the_page(answer: dict[str, Any]) -> None:
    events = read_events(answer)
    for drawing in (events.drawn, events.edited):
        for longitude, latitude in drawing.coordinates if drawing else ():
            assert abs(longitude) <= 180
            assert abs(latitude) <= 85
    assert events.shifted is None or events.shifted.start >= 0


def test_every_event_of_the_component_has_a_place() -> None:
    assert set(ANSWERS) == set(MapEvents.__dataclass_fields__)


def test_what_goes_to_the_browser_is_plain_json() -> None:
    shape = Shape("m1", "flood_barrier", "line", ((139.7, 35.5), (139.8, 35.5)), "堤防", elements=(("roads", 3),))
    sketch = Sketch(Tool("road_closure", "pick", "roads", "道路をクリック"), (shape,), "m1").to_data()
    overlay = Overlay("ways", "Ways", (Path(((139.7, 35.5), (139.8, 35.5)), "On foot", "walk", dashed=True),)).to_data()
    bars = (Bar("m1", "堤防", 0.0), Bar("m2", "Pump", 60.0, float("inf"), movable=False))
    timeline = Timeline(("0", "1 h"), times=(0, 3600), bars=bars).to_data(str)
    json.dumps([sketch, overlay, timeline], allow_nan=False)
    assert sketch["shapes"][0]["elements"] == [["roads", 3]]
    assert [bar["end"] for bar in timeline["bars"]] == [None, None]


@pytest.mark.parametrize("times", [(0,), (0, 0), (60, 0)])
def test_times_belong_to_the_steps_and_ascend(times: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"times"):
        Timeline(("0", "1"), times=times)


def test_a_second_answer_brings_its_values_and_a_difference_its_colours() -> None:
    from layers.map_component import _other

    blobs = Blobs()
    layers = hamlet_layers(blobs)
    swipe = _other(second_answer(blobs), layers, str)
    assert set(swipe["layers"]) == {"flood", "buildings", "roads", "shelters"}
    own = next(layer for layer in layers if layer.id == "roads").deck.colours
    assert swipe["layers"]["roads"]["colours"] == own
    difference = _other(change(blobs), layers, str.upper)
    assert set(difference["layers"]) == {"flood"}
    assert difference["layers"]["flood"]["colours"]["surface"] == "water"
    assert difference["layers"]["flood"]["colours"]["table"] != swipe["layers"]["flood"]["colours"]["table"]
    assert "MUCH DEEPER" in [entry["label"] for entry in difference["layers"]["flood"]["legend"]["entries"]]
    json.dumps([swipe, difference], allow_nan=False)
