"""Under the map of a comparison: what differs and why, figures, districts, who gains and loses, the ranking, the passports."""

from __future__ import annotations

import streamlit as st

from geodata.errors import CityTwinError
from layers.gains import MINUTES, gains_told
from layers.language import Language
from layers.report.figures import band_notes, outcome_frame
from layers.report.people import people_tables
from layers.report.subject import Subject
from layers.themes import GROUP_LABELS
from pages import parts, passport_panel, ranking_panel
from twin.comparison import in_a_sentence
from twin.questions_compared import what_differs
from twin.scenario.rules import GROUPS


def tables(subject: Subject, against: int, step: int, spoken: Language) -> None:
    """Everything that the map does not tell.

    Parameters
    ----------
    subject
        What is compared.
    against
        Number of the run on the right.
    step
        Number of the moment shown.
    spoken
        The reader's language.
    """
    text = spoken.text
    why, figures, people, minutes, ranking, passports = st.tabs([
        text("What differs, and why"), text("Figures"), text("By district and age"), text("Who gains, who loses"),
        text("Plans ranked"), text("Passports"),
    ])  # fmt: skip
    with why:
        _why(subject, spoken)
    with figures:
        frame = outcome_frame(subject)
        st.table(frame.set_index(frame.columns[0]))  # its lines break: bands are long
        st.caption(" ".join(band_notes(subject)))
    with people:
        told = people_tables(subject)
        for title, frame in told:
            st.caption(f"**{title}**")
            parts.people_table(frame, spoken, public=subject.public)
        if not told:
            st.caption(text("Nobody is concerned at this moment."))
    with minutes:
        _minutes(subject, against, step, spoken)
    with ranking:
        ranking_panel.panel(subject, spoken)
    with passports:
        for number, tab in enumerate(st.tabs(list(subject.names))):
            with tab:
                passport_panel.panel(subject.runs[number].run, subject.city, spoken, public=subject.public)


def _why(subject: Subject, spoken: Language) -> None:
    text, first = spoken.text, subject.runs[0]
    for number, told in enumerate(subject.runs[1:], 1):
        st.markdown(f"**{subject.names[number]}** ↔ **{subject.names[0]}**")
        reasons = what_differs(first.scenario, told.scenario)
        for note in in_a_sentence(first.run, told.run, reasons):
            st.markdown("- " + text(note.template, **note.values))


def _minutes(subject: Subject, against: int, step: int, spoken: Language) -> None:
    text = spoken.text
    with st.container(horizontal=True):
        what = st.selectbox(text("Minutes"), list(MINUTES), key="gain_what", format_func=lambda n: text(MINUTES[n]), width=280)
        group = st.selectbox(
            text("For whom"), GROUPS, key="gain_group", format_func=lambda name: text(GROUP_LABELS[name]), width=320
        )
    before, after = (subject.runs[number].states for number in (0, against))
    try:
        told = gains_told(before[step], after[step], what=what, group=group, language=spoken, public=subject.public)
    except CityTwinError as error:
        st.info(spoken.error(error))
        return
    name = text("From {first} to {second}, at +{time}:", first=subject.names[0], second=subject.names[against],
                time=spoken.duration(before[step].time))  # fmt: skip
    st.markdown(f"{name} {' '.join(told.sentences)}")
    for column, (title, frame) in zip(st.columns(2), told.tables, strict=True):
        with column:
            st.caption(f"**{title}**")
            parts.people_table(frame, spoken, public=subject.public)
