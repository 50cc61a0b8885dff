"""A page as the workbench has it, without computing: a tool by the link; what was drawn comes back as shapes and bars."""

import json
from dataclasses import asdict, replace

import streamlit as st

from layers.blobs import shared_blobs
from layers.map_component import Bar, Overlay, Path, Shape, Sketch, Timeline, Tool, city_map
from layers.map_events import MapEvents
from layers.view import View
from tests.browser.hamlet import GRID, TIMES, change, hamlet_layers, place, second_answer

st.set_page_config(layout="wide", page_title="Hamlet")
st.html("<style>[data-testid=stMainBlockContainer]{padding:1rem}</style>")
TOOLS = {
    "barrier": Tool("flood_barrier", "line", hint="Click the corners of the barrier from end to end."),
    "pump": Tool("pump", "point", hint="Click where the pump stands."),
    "order": Tool("evacuation_order", "area", hint="Click around the area that has to leave."),
    "culvert": Tool("culvert", "ends", hint="Click both ends."),
    "closure": Tool("road_closure", "pick", "roads", hint="Click the roads to close."),
}
state, query = st.session_state, st.query_params


@st.cache_resource
def layers() -> list:
    return hamlet_layers(shared_blobs())


state.setdefault("tool", query.get("tool", ""))
if "shapes" not in state:
    drawn = (
        Shape("m1", "flood_barrier", "line", (place(180, 440), place(420, 330), place(640, 350)), "Barrier at the river"),
        Shape("m2", "pump", "point", (place(700, 470),), "Pump", active=False),
        Shape(
            "m3",
            "evacuation_order",
            "area",
            (place(270, 90), place(650, 90), place(650, 240), place(270, 240)),
            "Order: all leave",
        ),
        Shape("m4", "road_closure", "pick", (), "Main street closed", elements=(("roads", 0),)),
    )
    state["shapes"] = drawn if query.get("shapes") else ()
    bars = (Bar("m1", "Barrier at the river", 0, 2400), Bar("m2", "Pump", 1800), Bar("m3", "Order: all leave", 600, 3000))
    state["bars"] = bars if query.get("shapes") else ()
routes = Overlay(
    "ways", "Ways from this house",
    (
        Path((place(320, 390), place(300, 300), place(460, 300), place(460, 160), place(720, 240)), "On foot, 14 min", "walk"),
        Path((place(320, 390), place(300, 300), place(720, 300), place(720, 240)), "By car, 6 min", "car", dashed=True),
    ),
)  # fmt: skip
others = {"swipe": second_answer, "difference": change}


def heard(events: MapEvents) -> None:
    """Acts before the page runs, as the workbench does: what is heard by a run that another one overtakes is not lost."""
    for name in ("pick", "drawn", "edited", "shifted", "chosen_shape"):
        if (event := getattr(events, name)) is not None:
            state[name] = event if isinstance(event, str) else asdict(event)
    if events.left_tool:
        state["left"], state["tool"] = state.get("left", 0) + 1, ""
    if events.drawn:
        tool = TOOLS[state["tool"]]
        name = f"d{len(state['shapes'])}"
        state["shapes"] += (
            Shape(name, tool.kind, tool.shape, events.drawn.coordinates, tool.kind, elements=events.drawn.elements),
        )
        state["tool"] = ""
    if events.edited:
        state["shapes"] = tuple(
            replace(s, coordinates=events.edited.coordinates) if s.id == events.edited.id else s for s in state["shapes"]
        )
    if events.shifted:
        moved = events.shifted
        state["bars"] = tuple(replace(b, start=moved.start, end=moved.end) if b.id == moved.id else b for b in state["bars"])


events = city_map(
    layers(),
    replace(
        View.of_bounds(GRID.bounds_wgs84),
        step=int(query.get("step", "0")),
        layers=tuple(query["layers"].split(",")) if "layers" in query else None,
    ),
    key="map",
    height="calc(100vh - 11rem)",
    timeline=Timeline(("+0 min", "+20 min", "+1 h"), times=TIMES, bars=state["bars"]),
    attribution="Synthetic hamlet for tests",
    fit=True,
    sketch=Sketch(TOOLS.get(state["tool"]), state["shapes"], query.get("selected", "")),
    overlays=(routes,) if query.get("routes") else (),
    other=others[query["compare"]](shared_blobs()) if "compare" in query else None,
    heard=heard,
)
state["runs"] = state.get("runs", 0) + 1
buttons = st.columns(1 + len(TOOLS))
buttons[0].button("Run again")
for name, column in zip(TOOLS, buttons[1:], strict=True):
    column.button(name, on_click=lambda chosen=name: state.update(tool=chosen))
told = {name: state.get(name) for name in ("pick", "drawn", "edited", "shifted", "chosen_shape", "left", "runs")}
st.code(json.dumps(told | {"step": events.step, "camera": events.camera, "swipe": events.swipe}), language="json")
