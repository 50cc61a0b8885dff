"""The page of the town: nothing but the map, and what the map reported as text."""

import json

import streamlit as st

from layers.blobs import shared_blobs
from layers.map_component import Driving, Timeline, city_map
from layers.view import View
from tests.browser.town import GRID, STEPS, town_layers

st.set_page_config(layout="wide", page_title="Town")
scale = st.query_params.get("scale", "official")


@st.cache_resource
def layers_of(name: str) -> list:
    return town_layers(shared_blobs(), scale_name=name)


view = View.of_bounds(GRID.bounds_wgs84)
labels = tuple(f"+{20 * step} min" for step in range(STEPS))
events = city_map(
    layers_of(scale),
    view,
    key="map",
    timeline=Timeline(labels, Driving("River stage", "m", (1.2, 2.2, 3.2, 4.2))),
    attribution="Synthetic town for tests",
    badge="Fictional town",
    fit=True,
)
if events.pick:
    st.session_state["pick"] = events.pick
st.button("Run again")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
pick = st.session_state.get("pick")
st.code(
    json.dumps(
        {
            "runs": st.session_state["runs"],
            "pick": pick and {"layer": pick.layer, "index": pick.index, "coordinate": pick.coordinate},
            "step": events.step,
            "camera": events.camera,
            "webgl": events.webgl,
            "visible": events.visible,
        }
    ),
    language="json",
)
