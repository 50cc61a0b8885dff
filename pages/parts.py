"""Pieces of pages: the strip of figures, the line of the moment, the card of an element, progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from geodata.city import City
from layers import charts
from layers.card import Card, Fact, Series, card_of
from layers.cards.ground import ground_card
from layers.flat_scene import flat_scene
from layers.headline import Headline
from layers.language import Language, mark
from layers.scene import Look
from pages import service
from twin.jobs import Job
from twin.presence import Where, counted
from twin.scenario import Scenario
from twin.state import State

PEOPLE: dict[Where, str] = {"at_home": mark("residents at home"), "by_day": mark("people by day")}
"""Who is counted, within a line; translation keys."""


def strip(figures: Sequence[Headline]) -> str:
    """The headline figures as HTML."""
    items = (f'<li class="{f.tone}"><b>{escape(f.figure)}</b> {escape(f.sentence)}</li>' for f in figures)
    return f'<ul class="strip">{"".join(items)}</ul>'


def moment(
    scenario: Scenario, state: State, city: City, spoken: Language, *, named: bool = True, beside: State | None = None
) -> str:
    """The scenario, the moment of the state, whose people are counted (``beside`` it too), and how sure it is, as HTML."""
    instant = scenario.instant(state.time)
    parts = [*([escape(spoken.text(scenario.name))] if named else []), f"<b>+{escape(spoken.duration(state.time))}</b>"]
    if instant is not None:
        parts.append(escape(spoken.instant(instant, city.time_zone)))
    whose = dict.fromkeys(spoken.text(PEOPLE[counted(each)]) for each in (state, beside) if each is not None)
    parts.append(escape(" ↔ ".join(whose)))
    parts.append(escape(spoken.text("depths at their upper end")))
    return f'<div class="moment">{" · ".join(parts)}</div>'


def facts(told: Sequence[Fact]) -> str:
    """Labels and what they say, as HTML."""
    rows = (f'<dt>{escape(f.label)}</dt><dd class="{f.tone}">{escape(f.value)}</dd>' for f in told)
    return f"<dl>{''.join(rows)}</dl>"


def card(shown: Card, step: int, spoken: Language, deeds: Callable[[], None] | None = None) -> None:
    """What is known of the selected element, what can be done with it, and a chart over time."""
    head = f'<div class="card"><h2>{escape(shown.title)}</h2><p class="kind">{escape(shown.subtitle)}</p>'
    st.html(head + facts(shown.now) + "</div>")
    if deeds is not None:
        deeds()
    for unit in dict.fromkeys(one.unit for one in shown.series):
        st.altair_chart(chart([one for one in shown.series if one.unit == unit], step, spoken), width="stretch")
    sources = "".join(f"<li>{escape(source)}</li>" for source in shown.sources)
    st.html(f'<div class="card">{facts(shown.facts)}<ul class="sources">{sources}</ul></div>')
    st.button(spoken.text("Close"), key="close_panel", icon=":material/close:", on_click=_close)


def _close() -> None:
    st.session_state["selection"] = None  # what a search flew to stays: closing a card moves nobody's map


def selection_card(
    city: City, selection: tuple[str, Any], states: Sequence[State], step: int, spoken: Language,
    deeds: Callable[[], None] | None = None,
) -> None:  # fmt: skip
    """The card of what is selected: (table, row), or ("ground", (longitude, latitude)); ``deeds`` draws what can be done."""
    table, place = selection
    if table == "ground":
        found = ground_card(city, place, states, step, spoken)
    else:
        found = card_of(city, table, place, states, step, spoken)
    if found is not None:
        card(found, step, spoken, deeds)
    elif deeds is not None:
        deeds()


def chart(series: Sequence[Series], step: int, spoken: Language) -> alt.LayerChart:
    """A quantity over the hours of the run; gaps where it is unknown, a rule at the moment shown."""
    rows = [
        {"hour": hour, "value": value, "what": one.label}
        for one in series
        for hour, value in zip(one.hours, one.values, strict=True)
    ]
    unit = series[0].unit
    hours = series[0].hours
    axis = alt.Axis(title=spoken.text("hours since the start"), grid=False)
    lines = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("hour:Q", axis=axis),
            y=alt.Y("value:Q", title=unit, scale=alt.Scale(zero=True), axis=alt.Axis(format="~r")),
            color=alt.Color("what:N", title=None, legend=alt.Legend(orient="top") if len(series) > 1 else None,
                            scale=alt.Scale(range=["#0b5e8a", "#b45a00"])),
            strokeDash=alt.StrokeDash("what:N", legend=None),
        )
    )  # fmt: skip
    now = alt.Chart(pd.DataFrame({"hour": [hours[min(step, len(hours) - 1)]]})).mark_rule(color="#b00064", strokeWidth=2)
    title = alt.Title(series[0].label if len(series) == 1 else "", fontSize=12, anchor="start")
    made: alt.LayerChart = (lines + now.encode(x="hour:Q")).properties(height=180, title=title)
    return made


def run_charts(states: Sequence[State], step: int, spoken: Language) -> None:
    """Charts of the whole run: people over time, shelters, age bands and districts at the moment shown."""
    for made in charts.run_charts(states, step, spoken):
        st.altair_chart(made, width="stretch")


@st.fragment(run_every=0.7)
def progress(job: Job, spoken: Language) -> None:
    """How far a computation is, with a way to stop it; the page runs again when it has ended."""
    now = service.workers().jobs.get(job.id)
    if not now.unfinished:
        if now.error is not None:
            st.error(spoken.text(now.error.template, **dict(now.error.values)))
            return
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        share = now.share
        words = (
            spoken.text("Computing: {done} of {total} steps", done=now.done, total=now.total)
            if share is not None
            else (spoken.text("Waiting for a worker …"))
        )
        st.progress(share or 0.0, text=words)
        if st.button(spoken.text("Cancel"), key="cancel"):
            service.workers().jobs.cancel(now.id)


def flat_map(city: City, state: State | None, look: Look, spoken: Language) -> None:
    """The map for browsers without WebGL 2, drawn on the server."""
    st.info(
        spoken.text(
            "This browser cannot draw the 3D map; here is a flat one, drawn on the server. The tables page tells the rest."
        )
    )
    st.image(flat_scene(city, state, language=spoken, look=look), width="stretch")


def place_of(city: City, table: str, index: int) -> tuple[float, float]:
    """Longitude and latitude of an element."""
    point = city.table(table).geometry.iloc[index].representative_point()
    longitude, latitude = city.grid.to_wgs84.transform(point.x, point.y)
    return float(longitude), float(latitude)


def people_table(frame: pd.DataFrame, spoken: Language, *, public: bool) -> None:
    """A table of people, in which what is missing is withheld (in public) or unknown."""
    missing = spoken.text("withheld") if public else spoken.text("unknown")
    st.dataframe(frame, hide_index=True, width="stretch", column_config=separated(frame), placeholder=missing)


def separated(frame: pd.DataFrame) -> dict[str, st.column_config.NumberColumn]:
    """Column settings that show numbers with the reader's separators."""
    return {name: st.column_config.NumberColumn(format="localized") for name in frame.select_dtypes("number").columns}
