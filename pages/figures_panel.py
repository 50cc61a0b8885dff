"""Below the map of the workbench: charts, totals and lists of the answer, and what other shares and other hours would give."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from geodata.city import City
from geodata.errors import CityTwinError
from layers import listing
from layers.language import Language, mark
from pages import parts, service
from twin.scenario import EvacuationOrder, Scenario
from twin.scenario.shares import with_shares
from twin.scenario.shifts import with_shifts
from twin.simulation import run_id
from twin.state import State

TOLD = "orders_told"
"""Of which scenario all other shares and hours are told."""
CHARTS, ORDERS = mark("Charts"), mark("More or fewer go, earlier or later")
Table = Callable[[State, Language], pd.DataFrame]
TABLES: dict[str, tuple[Table, ...]] = {
    mark("By district and age"): (listing.districts_table, listing.ages_table),
    mark("Care homes and hospitals"): (listing.care_table,),
    mark("Shelters"): (listing.evacuation_table, listing.shelters_table),
    mark("Closed roads"): (listing.closed_roads_table,),
}


def panel(city: City, scenario: Scenario, states: Sequence[State], step: int, spoken: Language) -> None:
    """One view at a time; none is made before somebody opens the box.

    Parameters
    ----------
    city, scenario
        The question on the workbench.
    states, step
        Its answer as far as it can be told, and the moment that is shown.
    spoken
        The reader's language.
    """
    text = spoken.text
    with (
        st.container(key="below"),
        st.expander(
            text("Charts, totals and lists"), icon=":material/bar_chart:", key="figures_box", on_change="rerun"
        ) as box,
    ):  # fmt: skip
        if not box.open:
            return
        views = [CHARTS, *TABLES, *([ORDERS] if orders_of(scenario) else [])]
        view = st.segmented_control(
            text("Show"), views, default=CHARTS, key="figures_view", format_func=text, label_visibility="collapsed",
        )  # fmt: skip
        if view == ORDERS:
            # What waits for computations asks again and again; once all is there nobody does, until the question changes.
            if st.session_state.get(TOLD) != scenario or not _orders(city, scenario, spoken):
                _orders_awaited(city, scenario, spoken)
        elif not states:
            st.caption(text("This follows with the answer."))
        elif view in TABLES:
            for table in TABLES[view]:
                _table(table(states[step], spoken))
            if not any(len(table(states[step], spoken)) for table in TABLES[view]):
                st.caption(text("This city has none, or none of them is concerned."))
        else:
            parts.run_charts(states, step, spoken)


def _table(frame: pd.DataFrame) -> None:
    if len(frame):
        st.dataframe(frame, hide_index=True, width="stretch", column_config=parts.separated(frame), placeholder="–")


def orders_of(scenario: Scenario) -> bool:
    """Whether anybody is told to go somewhere."""
    return any(isinstance(measure, EvacuationOrder) and measure.level != 5 for measure in scenario.measures)


@st.fragment(run_every=1.0)
def _orders_awaited(city: City, scenario: Scenario, spoken: Language) -> None:
    """The tables of `_orders` until they are whole."""
    st.session_state[TOLD] = None
    if _orders(city, scenario, spoken):
        st.session_state[TOLD] = scenario
        st.rerun()


def _orders(city: City, scenario: Scenario, spoken: Language) -> bool:
    """The same question with other shares, and its orders at other hours, asked for when looked at; whether all is told."""
    text, whole = spoken.text, True
    st.caption(
        text("Nobody knows beforehand how many people go. All else stays as it is; the water is not computed again."),
    )
    for title, variants in (
        (mark("If so many of those addressed go"), with_shares(scenario)),
        (mark("If the orders come earlier or later"), with_shifts(scenario)),
    ):
        rows = [(variant, *_outcomes(city, variant, spoken)) for variant in variants]
        frame = listing.orders_table([(variant, found) for variant, found, _ in rows], scenario, spoken)
        st.markdown(f"**{text(title)}**")
        st.dataframe(frame, hide_index=True, width="stretch", column_config=parts.separated(frame), placeholder="…")
        for fault in dict.fromkeys(words for _, _, words in rows if words):
            st.caption(fault)
        whole &= all(found is not None or words for _, found, words in rows)
    return whole


def _outcomes(city: City, scenario: Scenario, spoken: Language) -> tuple[listing.Figures | None, str]:
    """Figures of the run of a scenario, which is asked for when it is not there; and what speaks against it."""
    name = run_id(city, scenario)
    found = service.outcomes_of_run(name)
    if found is not None:
        return found, ""
    asked: dict[str, str] = st.session_state.setdefault("other_orders", {})
    try:
        if name not in asked:  # once: what a person stops is not begun again
            job = service.ask(service.city_path(), city, scenario).job
            asked[name] = job.id if job is not None else ""
        else:
            job = service.workers().jobs.get(asked[name]) if asked[name] else None
    except CityTwinError as error:
        return None, spoken.error(error)
    if job is None or job.status not in ("failed", "cancelled"):
        return None, ""
    return None, spoken.text("stopped") if job.error is None else spoken.text(job.error.template, **dict(job.error.values))
