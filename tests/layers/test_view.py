"""Views: they fit in a link, nothing else fits in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import InputError
from layers.blobs import Blobs
from layers.view import View
from tests.browser.town import GRID, town_layers

views = st.builds(
    View,
    st.floats(-180, 180).map(lambda v: round(v, 6)),
    st.floats(-85, 85).map(lambda v: round(v, 6)),
    zoom=st.floats(0, 22).map(lambda v: round(v, 2)),
    pitch=st.floats(0, 75).map(lambda v: round(v, 1)),
    bearing=st.floats(-180, 180).map(lambda v: round(v, 1)),
    layers=st.none() | st.lists(st.sampled_from(["buildings", "roads", "flood"]), unique=True).map(tuple),
    scale=st.sampled_from(["official", "safe"]),
    step=st.integers(0, 500),
)


@given(views)
def test_a_view_comes_back_from_its_link(view: View) -> None:
    assert View.from_query(view.to_query()) == view


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"at": "1,2,3"},
        {"at": "a,b,c,d,e"},
        {"at": "nan,0,1,0,0"},
        {"at": "inf,0,1,0,0"},
        {"at": "999,0,1,0,0"},
        {"at": "0,0,1,0,0", "step": "many"},
        {"at": "0,0,1,0,0", "step": "-1"},
        {"at": "0,0,1,0,0", "layers": "<script>"},
        {"at": "0,0,1,0,0", "scale": "@@=alert(1)"},
    ],
)
def test_a_broken_or_malicious_link_is_refused_with_a_sentence(query: dict[str, str]) -> None:
    with pytest.raises(InputError, match="open the map without that link"):
        View.from_query(query)


def test_the_deck_names_no_base_map_and_no_expression() -> None:
    layers = town_layers(Blobs())
    view = View.of_bounds(GRID.bounds_wgs84)
    text = view.to_deck(layers).to_json()
    spec = json.loads(text)
    assert "mapStyle" not in spec
    assert spec.get("mapProvider") is None
    assert "@@=" not in text
    assert "http" not in text
    assert [layer["@@type"] for layer in spec["layers"]][:3] == ["CityGround", "CityFlood", "CityRoads"]
    assert len(text) < 60_000  # what a re-run sends


def test_visible_layers_follow_the_view() -> None:
    layers = town_layers(Blobs())
    assert "areas" not in View(0, 0).visible(layers)
    assert View(0, 0, layers=("areas", "no_such")).visible(layers) == ("areas",)
    assert View(0, 0, layers=()).visible(layers) == ()
    assert View(0, 0, layers=("gone", "no_such")).visible(layers) == View(0, 0).visible(layers), "no empty map"


def test_a_camera_from_the_browser_moves_the_view_and_is_checked() -> None:
    assert View(0, 0).moved({"zoom": 12, "strange": 5}).zoom == 12
    with pytest.raises(InputError):
        View(0, 0).moved({"latitude": 1e9})
