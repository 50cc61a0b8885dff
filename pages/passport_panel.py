"""The passport of a run: where every number comes from, and what is taken for granted."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import orjson
import pandas as pd
import streamlit as st

from geodata.city import City
from layers.language import Language
from layers.passport import passport_facts, passport_sources
from layers.report.figures import published
from twin.assumptions import assumptions_of
from twin.passport import passport_of
from twin.run import Run
from twin.scenario import Scenario


def panel(run: Run, city: City, spoken: Language, *, public: bool = False) -> None:
    """All of it, and a button that saves it as JSON; in public with figures as they may be published."""
    text = spoken.text
    passport = passport_of(replace(run, outcomes=published(run.outcomes)) if public else run, city)
    scenario = Scenario.model_validate(run.scenario)
    facts, granted = st.columns(2)
    with facts:
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in passport_facts(passport, spoken))
        st.html(f'<div class="card passport"><dl>{rows}</dl></div>')
    with granted:
        st.markdown(f"**{text('What is taken for granted')}**")
        st.markdown("\n".join("- " + text(note.template, **note.values) for note in assumptions_of(scenario, city)))
        if run.notes:
            st.markdown(f"**{text('Notes')}**")
            st.markdown("\n".join("- " + text(note.template, **note.values) for note in run.notes))
    st.markdown(f"**{text('Sources')}**")
    sources = pd.DataFrame(passport_sources(passport, spoken))
    st.table(sources.set_index(sources.columns[0]))  # its lines break: a phone shows all of it
    with st.expander(text("The scenario as a file")):
        st.code(scenario.to_yaml(), language="yaml")
    content = orjson.dumps(passport, option=orjson.OPT_INDENT_2, default=str)
    st.download_button(
        text("Passport, JSON"), content, f"{run.id}-passport.json", "application/json", icon=":material/download:",
        key=f"passport_{run.id}", on_click="ignore",
    )  # fmt: skip
