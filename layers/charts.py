"""Charts of a run: where people are over time, how full shelters get, and who is concerned by age and district."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from layers.cards.area import AGE_LABELS, concerned
from layers.language import Language
from layers.listing import WHEREABOUTS
from layers.people import area_kind
from twin.breakdown import people_by_area
from twin.mobility.series import EvacuationSeries, evacuation_series
from twin.state import State
from twin.variables import AGES

Chart = alt.LayerChart | alt.FacetChart
MOVING = ("on_the_way", "in_shelters", "caught", "stranded", "kept_in")
# Okabe–Ito, in the order of MOVING; dashes tell the lines apart without colour.
COLOURS = ("#0072b2", "#009e73", "#d55e00", "#cc79a7", "#56b4e9")
DASHES = ([1, 0], [8, 2], [2, 2], [8, 2, 2, 2], [4, 4])
WHO_COLOURS = ["#0072b2", "#d55e00", "#e69f00", "#009e73", "#cc79a7"]
AGE_COLOURS = ("#fee838", "#c8b866", "#66696c", "#00224e")
FULLEST = 8
"""Shelters shown at most: the fullest ones; the table holds them all."""
MOMENT = "#b00064"


def run_charts(states: Sequence[State], step: int, language: Language) -> tuple[Chart, ...]:
    """All charts that the states have something to say for; none where nobody was told to leave and nothing is flooded."""
    series = evacuation_series(states)
    made: list[Chart] = []
    if series is not None and anybody_moves(series):
        made.append(people_chart(series, step, language))
        if (series.occupancy[step] > 0).any():
            made.append(occupancy_chart(series, states[0], step, language))
    if states:
        made += [chart for chart in (ages_chart(states[step], language), districts_chart(states[step], language)) if chart]
    return tuple(made)


def anybody_moves(series: EvacuationSeries) -> bool:
    """Whether anybody is on the way, arrived, caught, stranded or kept in at any time."""
    return any((getattr(series, name) > 0).any() for name in MOVING)


def people_chart(series: EvacuationSeries, step: int, language: Language) -> Chart:
    """People on the way, arrived, caught, stranded and kept in, over the hours of the run."""
    text = language.text
    told = [name for name in MOVING if (getattr(series, name) > 0).any() or name in ("on_the_way", "in_shelters", "caught")]
    rows = pd.concat([
        pd.DataFrame({"hour": series.times / 3600, "people": getattr(series, name), "where": text(WHEREABOUTS[name])})
        for name in told
    ])  # fmt: skip
    names = [text(WHEREABOUTS[name]) for name in told]
    places = [MOVING.index(name) for name in told]
    lines = (
        alt.Chart(rows, title=text("People of the evacuation"))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=_hours(language),
            y=alt.Y("people:Q", title=text("people")),
            color=alt.Color("where:N", title=None, scale=alt.Scale(domain=names, range=[COLOURS[i] for i in places]),
                            legend=alt.Legend(orient="top", columns=1, labelLimit=320, symbolStrokeWidth=3)),
            strokeDash=alt.StrokeDash("where:N", scale=alt.Scale(domain=names, range=[DASHES[i] for i in places]), legend=None),
            tooltip=["where:N", alt.Tooltip("hour:Q", format=".2f"), alt.Tooltip("people:Q", format=",.0f")],
        )
    )  # fmt: skip
    return alt.layer(lines, _moment(series, step)).properties(height=360)


def occupancy_chart(series: EvacuationSeries, state: State, step: int, language: Language) -> Chart:
    """People in the fullest shelters at the moment shown, beside the places that each has; "?" where nobody states them."""
    text = language.text
    inside = series.occupancy[step]
    chosen = [row for row in np.argsort(-inside, kind="stable").tolist() if inside[row] > 0][:FULLEST]
    names = state.city.table("shelters")["name"].astype("str").tolist()
    rows = pd.DataFrame({
        "shelter": [f"{names[row]}" for row in chosen],
        "people": [float(inside[row]) for row in chosen],
        "places": [float(series.capacity[row]) for row in chosen],
        "label": [
            f"{language.number(inside[row], 0)} / "
            + ("?" if np.isnan(series.capacity[row]) else language.number(series.capacity[row], 0))
            for row in chosen
        ],
    })  # fmt: skip
    base = alt.Chart(rows, title=text("People in shelters, and the places there")).encode(
        y=alt.Y("shelter:N", sort=None, title=None, axis=alt.Axis(labelLimit=180))
    )
    bars = base.mark_bar(color=COLOURS[0], height=14).encode(x=alt.X("people:Q", title=text("people")))
    ticks = base.mark_tick(color="#1d2327", thickness=3, height=22).encode(x="places:Q")
    labels = base.mark_text(align="left", dx=5, color="#1d2327").encode(x="people:Q", text="label:N")
    return alt.layer(bars, ticks, labels).properties(height=alt.Step(26))


def ages_chart(state: State, language: Language) -> Chart | None:
    """Who is concerned, by age band; None where nobody is, or where nobody states ages."""
    text, rows = language.text, []
    for label, chosen in concerned(state).items():
        table = people_by_area(state, chosen, kind=area_kind(state))
        sums = [float(table[f"people_{age}"].sum(min_count=1)) for age in AGES]
        if any(people > 0 for people in sums):
            ages = [text(AGE_LABELS[age]) for age in AGES]
            rows += [{"what": text(label), "age": age, "people": people} for age, people in zip(ages, sums, strict=True)]
    frame = pd.DataFrame(rows)
    if not len(frame):
        return None
    frame["label"] = [language.number(people, 0) for people in frame["people"]]
    names = [text(AGE_LABELS[age]) for age in AGES]
    base = alt.Chart(frame, title=text("Who is concerned now, by age")).encode(
        y=alt.Y("what:N", title=None, sort=None, axis=alt.Axis(labelLimit=220)),
        yOffset=alt.YOffset("age:N", sort=names),
        x=alt.X("people:Q", title=text("people")),
    )
    bars = base.mark_bar(stroke="#3c4250", strokeWidth=0.6).encode(
        color=alt.Color("age:N", title=None, scale=alt.Scale(domain=names, range=list(AGE_COLOURS)),
                        legend=alt.Legend(orient="top", columns=2, labelLimit=240)),
    )  # fmt: skip
    labels = base.mark_text(align="left", dx=4, fontSize=10, color="#1d2327").encode(text="label:N")
    return alt.layer(bars, labels).properties(height=alt.Step(13))


def districts_chart(state: State, language: Language) -> Chart | None:
    """Where people are concerned: the districts with most of them; None where the city has no districts, or nobody is."""
    text, rows = language.text, []
    kind = area_kind(state)
    if not (state.city.table("areas")["kind"] == kind).any():
        return None
    for label, chosen in concerned(state).items():
        table = people_by_area(state, chosen, kind=kind)
        names = table["name"].where(table["area"] != "", text("in no district"))
        rows.append(pd.DataFrame({"district": names, "people": table["people"].to_numpy(), "what": text(label)}))
    frame = pd.concat(rows)
    largest = frame.groupby("district")["people"].max().sort_values(ascending=False)
    largest = largest[largest > 0].head(FULLEST)
    if not len(largest):
        return None
    frame = frame[frame["district"].isin(largest.index)]
    labels = [text(label) for label in concerned(state)]
    base = alt.Chart(frame, title=text("Districts where most people are concerned now")).encode(
        y=alt.Y("district:N", sort=largest.index.tolist(), title=None, axis=alt.Axis(labelLimit=180)),
        yOffset=alt.YOffset("what:N", sort=labels),
        x=alt.X("people:Q", title=text("people")),
    )
    bars = base.mark_bar(stroke="#3c4250", strokeWidth=0.6).encode(
        color=alt.Color("what:N", title=None, scale=alt.Scale(domain=labels, range=WHO_COLOURS),
                        legend=alt.Legend(orient="top", columns=2, labelLimit=240)),
    )  # fmt: skip
    numbers = base.mark_text(align="left", dx=4, fontSize=10, color="#1d2327").encode(text=alt.Text("people:Q", format=",.0f"))
    return alt.layer(bars, numbers).properties(height=alt.Step(13))


def _hours(language: Language) -> alt.X:
    return alt.X("hour:Q", axis=alt.Axis(title=language.text("hours since the start"), grid=False))


def _moment(series: EvacuationSeries, step: int) -> alt.Chart:
    """A rule at the moment shown."""
    rule = alt.Chart(pd.DataFrame({"hour": [series.times[step] / 3600]})).mark_rule(color=MOMENT, strokeWidth=2)
    made: alt.Chart = rule.encode(x="hour:Q")
    return made
