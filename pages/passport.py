"""Passport: everything that a reader of a run's numbers may ask about them."""

from __future__ import annotations

import streamlit as st

from geodata.errors import CityTwinError
from pages import choices, parts, passport_panel, service, sharing

spoken = service.language()
text = spoken.text
city = service.city()
link = sharing.restore(city, spoken)
offered = choices.choices(city, link, spoken)
if not offered:
    st.info(text("Nothing is published here yet."))
    st.stop()
with st.sidebar:
    if st.session_state.get("passport_of") not in offered:
        shown = st.session_state.get("shown_scenario")
        st.session_state["passport_of"] = next(iter(offered)) if shown is None else choices.name_of(shown)
    name = st.selectbox(text("Answer"), list(offered), key="passport_of", format_func=lambda each: offered[each].label)
st.subheader(text("Scenario passport: {name}", name=text(offered[name].scenario.name)))
try:
    asked = service.ask(service.city_path(), city, offered[name].scenario)
except CityTwinError as error:
    st.error(spoken.error(error))
    st.stop()
if asked.job is not None:
    parts.progress(asked.job, spoken)
if asked.run is not None:
    passport_panel.panel(asked.run, city, spoken, public=sharing.is_public())
