"""Explore: the city on a 3D map, the state of a scenario over time, whatever is clicked."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from geodata.errors import CityTwinError
from geodata.finder import Found
from layers.card import card_of
from layers.headline import headlines
from layers.language import mark
from layers.map_component import city_map
from layers.scene import THEMES
from layers.view import View
from pages import parts, service
from twin.outcome import outcomes_of
from twin.scenario import load_scenario

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
}

spoken = service.language()
text = spoken.text
city = service.city()
chosen = st.session_state


def choose_found() -> None:
    found: Found | None = chosen.get("found")
    if found is not None:
        chosen["selection"] = (found.table, found.index)
        chosen["fly_to"] = (found.table, found.index)


def upload() -> None:
    file = chosen.get("upload")
    if file is None:
        return
    try:
        scenario = load_scenario(file.getvalue().decode("utf-8-sig", errors="replace"))
    except CityTwinError as error:
        chosen["fault"] = error
    else:
        chosen.setdefault("uploaded", {})[scenario.name] = scenario
        chosen["scenario"] = scenario.name


scenarios = service.scenarios(city)
if chosen.get("scenario") not in scenarios:
    asked_for = st.query_params.get("scenario", "")
    chosen["scenario"] = asked_for if asked_for in scenarios else next(iter(scenarios))

with st.sidebar:
    words = st.text_input(text("Find an address, a name or an id"), key="search", icon=":material/search:")
    if words:
        hits = service.finder(city).find(words)
        if hits:
            st.radio(
                text("Found"), hits, index=None, key="found", on_change=choose_found,
                format_func=lambda hit: f"{hit.label} — {text(hit.table.replace('_', ' '))} {hit.detail}".rstrip(),
            )  # fmt: skip
        else:
            st.caption(text("Nothing here is called that."))
    st.selectbox(text("Scenario"), list(scenarios), key="scenario", format_func=lambda name: text(scenarios[name].name))
    st.selectbox(text("Colour buildings by"), list(THEMES), key="theme", format_func=lambda name: text(THEMES[name]))
    st.radio(text("Colours"), list(SCALES), key="scale", format_func=lambda name: text(SCALES[name]))
    with st.expander(text("Your own scenario")):
        st.file_uploader(text("A scenario file (YAML)"), type=["yaml", "yml"], key="upload", on_change=upload)
    if "fault" in chosen:
        st.error(spoken.error(chosen.pop("fault")))

scenario = scenarios[chosen["scenario"]]
try:
    asked = service.ask(service.city_path(), city, scenario)
except CityTwinError as error:
    st.error(spoken.error(error))
    st.stop()

scene = service.scene(city, asked.run, spoken, chosen["scale"], chosen["theme"])
states = service.shown_states(city, asked.run) if asked.run is not None else ()
home = service.home(city, scene)
step = min(chosen.get("step", home.step), max(len(states) - 1, 0))

with st.container(key="strip"):
    if asked.job is not None:
        parts.progress(asked.job, spoken)
    elif states:
        st.html(parts.strip(headlines(outcomes_of(states[step]), spoken)))

if "at" in st.query_params:
    try:
        home = View.from_query(st.query_params)
    except CityTwinError as error:
        st.warning(spoken.error(error))
if "fly_to" in chosen:
    longitude, latitude = parts.place_of(city, *chosen["fly_to"])
    home = replace(home, longitude=longitude, latitude=latitude, zoom=17.0)

if chosen.get("flat"):
    if scene.timeline:
        label = st.select_slider(text("Time"), scene.timeline.labels, value=scene.timeline.labels[step])
        step = chosen["step"] = scene.timeline.labels.index(label)
    parts.flat_map(city, states[step] if states else None, chosen["scale"], spoken)
else:
    layer_of = {table: layer for layer, table in TABLE_OF_LAYER.items()}
    selection = chosen.get("selection")
    events = city_map(
        scene.layers,
        home,
        key="map",
        fit="at" not in st.query_params and "fly_to" not in chosen,
        timeline=scene.timeline,
        selection=(layer_of[selection[0]], selection[1]) if selection and selection[0] in layer_of else None,
        attribution=scene.attribution,
        height="calc(100vh - 5.6rem)",
        translate=text,
        language=spoken.code,
    )
    if events.pick is not None:
        table = TABLE_OF_LAYER.get(events.pick.layer or "")
        chosen["selection"] = (table, events.pick.index) if table else None
        st.rerun()
    if events.step is not None and events.step != step:
        chosen["step"] = events.step
        st.rerun()
    if not events.webgl:
        chosen["flat"] = True
        st.rerun()

place = chosen.get("moment_place")
if place is not None and states:
    place.html(parts.moment(scenario, states[step], city, spoken))

if chosen.get("selection"):
    with st.container(key="panel"):
        parts.card(card_of(city, *chosen["selection"], states, step, spoken), step, spoken)
