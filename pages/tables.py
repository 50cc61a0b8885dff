"""Tables: what the map shows, in words and numbers, for reading, sorting and downloading."""

import streamlit as st

from geodata.errors import CityTwinError
from layers import listing
from layers.headline import headlines
from layers.language import mark
from pages import parts, service
from twin.outcome import outcomes_of

spoken = service.language()
text = spoken.text
city = service.city()
scenarios = service.scenarios(city)
if st.session_state.get("scenario") not in scenarios:
    st.session_state["scenario"] = next(iter(scenarios))
with st.sidebar:
    st.selectbox(text("Scenario"), list(scenarios), key="scenario", format_func=lambda name: text(scenarios[name].name))
scenario = scenarios[st.session_state["scenario"]]
try:
    asked = service.ask(service.city_path(), city, scenario)
except CityTwinError as error:
    st.error(spoken.error(error))
    st.stop()
if asked.job is not None:
    parts.progress(asked.job, spoken)
    st.stop()

states = service.shown_states(city, asked.run)
labels = ["+" + spoken.duration(state.time) for state in states]
step = min(st.session_state.get("step", 0), len(states) - 1)
if len(states) > 1:
    label = st.select_slider(text("Time"), labels, value=labels[step], width=520)
    step = labels.index(label)
    st.session_state["step"] = step
state = states[step]
st.html(parts.strip(headlines(outcomes_of(state), spoken)))

TABLES = {
    mark("By depth"): listing.ranks_table,
    mark("By district"): listing.districts_table,
    mark("Shelters"): listing.shelters_table,
    mark("Facilities"): listing.facilities_table,
    mark("Closed roads"): listing.closed_roads_table,
    mark("Sensors"): listing.sensors_table,
}
for tab, table in zip(st.tabs([text(name) for name in TABLES]), TABLES.values(), strict=True):
    with tab:
        frame = table(state, spoken)
        if len(frame):
            st.dataframe(frame, hide_index=True, width="stretch")
        else:
            st.caption(text("This city has none, or none of them is concerned."))
for note in asked.run.notes:
    st.info(note)
