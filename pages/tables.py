"""Tables: what the map shows, in words and numbers, for reading, sorting and downloading."""

import streamlit as st

from geodata.errors import CityTwinError
from layers import listing
from layers.headline import headlines
from layers.language import mark
from layers.scene import Look
from pages import parts, service
from twin.flood.caution import notes_of, result_notes
from twin.outcome import outcomes_of
from twin.question import Question

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
home = service.home(city, service.scene(city, states, scenario, spoken, Look()))
step = min(st.session_state.get("step", home.step), len(states) - 1)
if len(states) > 1:
    # The key names the language: a label of one language is none of another.
    key = f"moment_{spoken.code}_{asked.run.id}"
    st.session_state.setdefault(key, labels[step])
    step = labels.index(st.select_slider(text("Time"), labels, key=key, width=520))
    st.session_state["step"] = step
state = states[step]
place = st.session_state.get("moment_place")
if place is not None:
    place.html(parts.moment(scenario, state, city, spoken))
st.html(parts.strip(headlines(outcomes_of(state), spoken)))

TABLES = {
    mark("By depth"): listing.ranks_table,
    mark("By district"): listing.districts_table,
    mark("By age"): listing.ages_table,
    mark("Care homes and hospitals"): listing.care_table,
    mark("Evacuation"): listing.evacuation_table,
    mark("Shelters"): listing.shelters_table,
    mark("Facilities"): listing.facilities_table,
    mark("Closed roads"): listing.closed_roads_table,
    mark("Sensors"): listing.sensors_table,
}
*tabs, charts = st.tabs([*(text(name) for name in TABLES), text("Charts")])
with charts:
    parts.run_charts(states, step, spoken)
for tab, table in zip(tabs, TABLES.values(), strict=True):
    with tab:
        frame = table(state, spoken)
        if len(frame):
            st.dataframe(
                frame, hide_index=True, width="stretch", column_config=parts.separated(frame), placeholder="–"
            )  # fmt: skip
        else:
            st.caption(text("This city has none, or none of them is concerned."))
asked_of = Question(scenario, city)
for note in (*asked_of.notes, *notes_of(asked_of), *result_notes(states[-1])):
    st.info(text(note.template, **note.values))
