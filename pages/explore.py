"""Explore: the city on a 3D map, the state of a scenario over time, whatever is clicked."""

from __future__ import annotations

import streamlit as st

from geodata.errors import CityTwinError
from layers.headline import headlines
from pages import map_frame, parts, service, sharing
from twin.outcome import outcomes_of
from twin.scenario import load_scenario

spoken = service.language()
text = spoken.text
city = service.city()
chosen = st.session_state


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


link = sharing.restore(city, spoken)
public = sharing.is_public()
wanted = sharing.scenario_shown(link, service.scenarios(city))
if wanted is not None:
    chosen["scenario"] = wanted
scenarios = service.scenarios(city)
if wanted is not None and wanted not in scenarios:
    st.warning(text("The answer to {name} is not published here; ask whoever sent you the link.", name=wanted))
if chosen.get("scenario") not in scenarios:
    asked_for = st.query_params.get("scenario", "")
    chosen["scenario"] = asked_for if asked_for in scenarios else next(iter(scenarios))

with st.sidebar:
    map_frame.search(city, spoken)
    st.selectbox(text("Scenario"), list(scenarios), key="scenario", format_func=lambda name: text(scenarios[name].name))
    share_place = st.container()
    look = map_frame.colours(spoken)
    if not service.for_the_public():
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

states = service.shown_states(city, asked.run) if asked.run is not None else ()
scene = service.scene(city, states, scenario, spoken, look, people=not public)
home = service.home(city, scene)
step = map_frame.step_shown(home, states)

with st.container(key="strip"):
    if asked.job is not None:
        parts.progress(asked.job, spoken)
    elif states:
        st.html(parts.strip(headlines(sharing.published_if_public(outcomes_of(states[step])), spoken)))

events = map_frame.show(city, scene, states, home, look, spoken)
sharing.tell_missing_layers(scene, spoken)
with share_place:
    runs = [] if asked.run is None or asked.job is not None else [asked.run]
    sharing.control(city, [scenario], runs, home, look, spoken, events=events, step=step)

place = chosen.get("moment_place")
if place is not None and states:
    place.html(parts.moment(scenario, states[step], city, spoken))

if chosen.get("selection"):
    with st.container(key="panel"):
        if public:
            st.caption(text("A link for the public tells nothing of single places and the people there."))
        else:
            parts.selection_card(city, chosen["selection"], states, step, spoken)
