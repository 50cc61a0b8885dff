"""The map in a page, with what every page with a map has: search, colours, the element that was clicked, the flat map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from geodata.city import City
from geodata.errors import CityTwinError
from geodata.finder import Found
from layers.comparison import Other
from layers.language import Language, mark
from layers.map_component import city_map
from layers.map_events import MapEvents
from layers.scene import Look, Scene
from layers.sketch import Overlay, Sketch
from layers.themes import BUILDING_THEMES, GROUP_LABELS, ROAD_THEMES, WATER_THEMES, asks_for_group, offered
from layers.timeline import Bar, Timeline
from layers.view import View
from pages import parts, service
from twin.state import State

SCALES = {
    "official": mark("Official colours"),
    "safe": mark("Colours for every eye"),
    "detail": mark("Where people walk and drive"),
}
TABLE_OF_LAYER = {
    "buildings": "buildings",
    "roads": "roads",
    "shelters": "shelters",
    "facilities": "facilities",
    "sensors": "sensors",
    "areas": "areas",
}
LAYER_OF_TABLE = {table: layer for layer, table in TABLE_OF_LAYER.items()}


def search(city: City, spoken: Language) -> None:
    """A field that finds elements, and selects the one that is chosen."""
    text = spoken.text
    words = st.text_input(text("Find an address, a name or an id"), key="search", icon=":material/search:")
    if not words:
        return
    hits = service.finder(city).find(words)
    if hits:
        st.radio(
            text("Found"), hits, index=None, key="found", on_change=_choose_found,
            format_func=lambda hit: f"{hit.label} — {text(hit.table.replace('_', ' '))} {hit.detail}".rstrip(),
        )  # fmt: skip
    else:
        st.caption(text("Nothing here is called that."))


def _choose_found() -> None:
    found: Found | None = st.session_state.get("found")
    if found is not None:
        st.session_state["selection"] = (found.table, found.index)
        st.session_state["fly_to"] = (found.table, found.index)


def colours(spoken: Language) -> Look:
    """What buildings, water and roads are coloured by, for whom, and in which colours."""
    text, chosen = spoken.text, st.session_state
    for key, label, themes in (
        ("theme", text("Colour buildings by"), BUILDING_THEMES),
        ("water", text("Colour water by"), WATER_THEMES),
        ("roads", text("Colour roads by"), ROAD_THEMES),
    ):
        names = offered(themes, ())
        st.selectbox(label, list(names), key=key, format_func=lambda name, names=names: text(names[name]))
    if asks_for_group(chosen["theme"], BUILDING_THEMES) or asks_for_group(chosen["roads"], ROAD_THEMES):
        st.selectbox(text("For whom"), list(GROUP_LABELS), key="group", format_func=lambda name: text(GROUP_LABELS[name]))
    st.radio(text("Colours"), list(SCALES), key="scale", format_func=lambda name: text(SCALES[name]))
    return Look(chosen["scale"], chosen["theme"], chosen["water"], chosen["roads"], chosen.get("group", "walker"))


def step_shown(home: View, states: Sequence[State]) -> int:
    """Number of the state that the reader looks at."""
    return min(int(st.session_state.get("step", home.step)), max(len(states) - 1, 0))


def show(
    city: City, scene: Scene, states: Sequence[State], home: View, look: Look, spoken: Language,
    *, sketch: Sketch | None = None, overlays: Sequence[Overlay] = (), bars: tuple[Bar, ...] = (), badge: str = "",
    other: Other | None = None, heard: Callable[[MapEvents], None] | None = None, moments: Sequence[int] = (),
) -> MapEvents:  # fmt: skip
    """The map, or the flat one; what was clicked becomes the selection, and where the timeline rests the step.

    The camera is the reader's: nothing here moves it but a link and a search. What the person did is acted upon before the page
    runs again, and told to ``heard``: a page that ran first would be drawn twice. ``moments`` stand below the map, with the
    bars, before there is an answer.
    """
    chosen = st.session_state
    step = step_shown(home, states)
    if "at" in st.query_params:
        try:
            home = View.from_query(st.query_params)
        except CityTwinError as error:
            st.warning(spoken.error(error))
    if "fly_to" in chosen:
        longitude, latitude = parts.place_of(city, *chosen["fly_to"])
        home = replace(home, longitude=longitude, latitude=latitude, zoom=17.0)
    if chosen.get("flat"):
        _flat(city, scene, states, step, look, spoken)
        return MapEvents(webgl=False)
    selection = chosen.get("selection")
    timeline = scene.timeline
    if timeline is not None:
        timeline = replace(timeline, times=tuple(round(state.time) for state in states), bars=bars)
    elif bars and len(moments) > 1:  # what is done can be moved before there is an answer
        timeline = Timeline(tuple("+" + spoken.duration(moment) for moment in moments), None, tuple(moments), bars)

    def hear(events: MapEvents) -> None:
        if events.pick is not None:
            table = TABLE_OF_LAYER.get(events.pick.layer or "")
            bare = ("ground", events.pick.coordinate) if events.pick.coordinate and states else None
            chosen["selection"] = (table, events.pick.index) if table else bare
        if events.step is not None:
            chosen["step"] = events.step
        if not events.webgl:
            chosen["flat"] = True
        if heard is not None:
            heard(events)

    return city_map(
        scene.layers,
        home,
        key="map",
        fit="at" not in st.query_params and "fly_to" not in chosen,
        timeline=timeline,
        selection=(LAYER_OF_TABLE[selection[0]], selection[1]) if selection and selection[0] in LAYER_OF_TABLE else None,
        attribution=scene.attribution,
        badge=badge,
        height="calc(100vh - var(--head, 6.9rem) - var(--foot, 0rem))",
        translate=spoken.text,
        language=spoken.code,
        sketch=sketch,
        overlays=overlays,
        other=other,
        heard=hear,
    )


def _flat(city: City, scene: Scene, states: Sequence[State], step: int, look: Look, spoken: Language) -> None:
    if scene.timeline:
        labels = scene.timeline.labels
        label = st.select_slider(spoken.text("Time"), labels, value=labels[step])
        step = st.session_state["step"] = labels.index(label)
    parts.flat_map(city, states[step] if states else None, look, spoken)
