"""Plans ranked by what they save in a year, over the events that people have set them against."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from geodata.errors import CityTwinError
from layers.language import Language, mark
from layers.ranked import Field, ranked_frame
from layers.report.subject import Subject
from pages import bench, service
from twin.library import Cell
from twin.library.library import LARGEST_PAGE
from twin.library.parts import digest_of, parts_of
from twin.ranking import Plan, rank
from twin.scenario import Scenario
from twin.scenario.events import storm_of
from twin.simulation import run_id

FIGURES = {
    "damage/middle": mark("Damage"),
    "people_exposed": mark("People in flooded buildings"),
    "people_cut_off": mark("People cut off on foot"),
    "people_without_departure": mark("People without a known safe departure"),
}
"""By what plans are ranked: less is better."""
MOST_TOLD = 8
"""So many names of scenarios stand in a sentence at most."""
SELDOM = 100.0
"""Once in so many years an event comes until somebody says otherwise."""


def panel(subject: Subject, spoken: Language) -> None:
    """Events with their chances, plans with cost and chance of failure, and the ranking."""
    text = spoken.text
    field, idle, doubtful = _field(subject, spoken)
    field = field.published() if subject.public else field
    told = {name: title for name, title in FIGURES.items() if field.tells(name)}
    st.caption(text("Events and plans are those named in the library; without names, the answers that are compared here."))
    if len(field.plans) < 2 or not told:
        st.info(text("There is nothing to rank yet: compute the same event with and without measures."))
        return
    with st.container(horizontal=True):
        figure = st.selectbox(text("Ranked by"), list(told), key="rank_by", format_func=lambda n: text(told[n]), width=280)
        first = next((number for number, plan in enumerate(field.plans) if plan in idle), 0)
        nothing = st.selectbox(text("Doing nothing is"), field.plans, first, key="rank_nothing", width=320)
    for words in doubtful:
        st.warning(words)
    for plan, events in field.left_out.items():
        st.caption(
            text("{plan} is left out: it has no answer yet for {events}.", plan=plan, events=text(", ").join(events)),
        )
    values = field.values(figure)
    chances = _chances(field, spoken)
    if len(chances) > 1 and len(set(chances.values())) == 1:
        st.warning(text("All events count as equally rare: say of each in the table above how rare it is."))
    plans = _plans(field, figure, nothing, spoken)
    try:
        ranking = rank(Plan(nothing, values[nothing]), plans, chances)
    except CityTwinError as error:
        st.info(spoken.error(error))
        return
    money = field.money if figure.startswith("damage") else ""
    st.dataframe(ranked_frame(ranking, spoken, money=money), hide_index=True, width="stretch")
    for note in ranking.notes:
        st.markdown("- " + text(note.template, **note.values))


def _chances(field: Field, spoken: Language) -> dict[str, float]:
    text, events = spoken.text, field.events
    event, years = text("Event"), text("Reached or exceeded once in … years, on average")
    told = [field.years.get(name, SELDOM) for name in events]
    frame = pd.DataFrame({event: list(events), years: told})
    edited = st.data_editor(
        frame, hide_index=True, disabled=[event], key=f"chances_{digest_of({'events': list(events), 'years': told})}",
        column_config={years: st.column_config.NumberColumn(min_value=1.0, required=True)},
    )  # fmt: skip
    if any(name in field.years for name in events):
        st.caption(
            text("A storm told by how often it comes brings its years with it; change them where more than rain must meet.")
        )
    return {name: 1.0 / float(once) for name, once in zip(edited[event], edited[years], strict=True)}


def _plans(field: Field, figure: str, nothing: str, spoken: Language) -> list[Plan]:
    text, values = spoken.text, field.values(figure)
    plan, cost, failure = text("Plan"), text("Cost per year"), text("Chance that it fails, %")
    names = [name for name in field.plans if name != nothing]
    frame = pd.DataFrame({plan: names, cost: [None] * len(names), failure: [0.0] * len(names)}).astype({cost: "Float64"})
    edited = st.data_editor(
        frame, hide_index=True, disabled=[plan], placeholder="–", key=f"plans_{digest_of({'plans': names})}",
        column_config={failure: st.column_config.NumberColumn(min_value=0.0, max_value=100.0, required=True)},
    )  # fmt: skip
    st.caption(text("A plan that fails is taken to leave what doing nothing leaves. Cost counts against damage only."))
    made = []
    for name, paid, share in edited.itertuples(index=False):
        given = None if pd.isna(paid) or not figure.startswith("damage") else float(paid)
        made.append(Plan.failing(name, values[name], values[nothing], percent=float(share), cost=given))
    return made


def _field(subject: Subject, spoken: Language) -> tuple[Field, set[str], tuple[str, ...]]:
    """Figures of every event under every plan: of the library's grid, else of what is compared.

    Then the plans without measures, and what of the library speaks against a ranking, in sentences.
    """
    idle: set[str] = set()
    grid = {} if service.for_the_public() else bench.library().grid(bench.shelf()).cells
    found: dict[tuple[str, str], Mapping[str, object]] = {}
    years: dict[str, float] = {}
    for (event, plan), cells in grid.items():
        scenario = bench.library().get(cells[0].id).scenario
        _tell_years(years, event or spoken.text("(no name)"), scenario)
        outcomes = service.outcomes_of_run(run_id(subject.city, scenario))
        if outcomes is not None:
            named = plan or spoken.text("(no name)")
            found[event or spoken.text("(no name)"), named] = outcomes
            idle |= set() if scenario.measures else {named}
    made = Field.of(found, years=years)
    if len(made.plans) > 1:
        return made, idle, _doubtful(grid, spoken)
    found, idle = {}, {subject.names[number] for number, told in enumerate(subject.runs) if not told.scenario.measures}
    events: dict[str, str] = {}
    for number, told in enumerate(subject.runs):
        name, content = subject.names[number], digest_of(parts_of(told.scenario)[0])
        event = events.setdefault(content, spoken.text("Event of {name}", name=name))
        found[event, name] = told.run.outcomes
        _tell_years(years, event, told.scenario)
    return Field.of(found, years=years), idle, ()


def _doubtful(grid: Mapping[tuple[str, str], tuple[Cell, ...]], spoken: Language) -> tuple[str, ...]:
    """What a name in the library does not keep its promise for: several scenarios under it, or not the same event or plan."""
    text, told = spoken.text, []
    if sum(map(len, grid.values())) >= LARGEST_PAGE:
        told.append(text("Only the latest {count} scenarios with names of events or plans are looked at.", count=LARGEST_PAGE))
    several = [cells for cells in grid.values() if len(cells) > 1]
    if several:
        told.append(
            text(
                "Several scenarios are named alike; ranked are those changed last: {names}.",
                names=text(", ").join(cells[0].name for cells in several[:MOST_TOLD]),
            )
        )
    other = [cells[0].name for cells in grid.values() if cells[0].event_differs or cells[0].plan_differs]
    if other:
        told.append(
            text(
                "Not the same event or plan as others of that name, so that the ranking compares unlike things: {names}.",
                names=text(", ").join(other[:MOST_TOLD]),
            )
        )
    return tuple(told)


def _tell_years(years: dict[str, float], event: str, scenario: Scenario) -> None:
    """Once in how many years an event comes, where its storm says so."""
    storm = storm_of(scenario.water)
    once = storm.comes_once_in if storm is not None else None
    if once is not None:
        years.setdefault(event, once)
