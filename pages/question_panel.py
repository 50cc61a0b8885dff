"""The question, at the left of the workbench: what happens, what is done about it, what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from geodata.city import City
from geodata.phrase import Phrase
from layers.language import Language
from layers.wording import (
    acting_words,
    event_words,
    kind_title,
    measure_title,
    measure_words,
    note_words,
    people_words,
    time_words,
)
from pages import bench, event_form, library_panel, measure_form, work_panel
from pages.answer import Answer
from pages.kinds import KINDS
from twin.flood.refusal import FAR_LEVEE
from twin.remarks import NOT_COMPUTED, Remark
from twin.scenario import Scenario
from twin.scenario.edit import plain_measures


def panel(
    city: City, scenario: Scenario, asked: Answer, remarks: Sequence[Remark], fault: tuple[str, dict[str, object]] | None,
    moment: int, spoken: Language,
) -> None:  # fmt: skip
    """The whole of it, from top to bottom."""
    text = spoken.text
    _head(city, scenario, spoken)
    bench.told(spoken)
    said = escape(" ".join(tell(scenario, city, spoken) for tell in (event_words, time_words, people_words)))
    st.html(f'<h3 class="ask">{text("What happens")}</h3><p class="said">{said}</p>')
    for remark in remarks:
        if remark.measure is None:
            (st.error if remark.grave else st.warning)(note_words(remark.note, spoken))
    with st.expander(text("Change what happens"), icon=":material/thunderstorm:", key="event_box", on_change="rerun") as box:
        if box.open:
            event_form.event(city, spoken)
    st.html(f'<h3 class="ask">{text("What is done")}</h3>')
    for number in range(len(scenario.measures)):
        _measure(city, scenario, number, [r for r in remarks if r.measure == number], spoken)
    if not scenario.measures:
        st.caption(text("Nothing yet. Add a measure, or click a road or a shelter on the map."))
    _add(city, moment, spoken)
    if fault is not None and not any(remark.grave for remark in remarks):
        st.error(text(fault[0], **fault[1]))
    if asked.refused is not None and bench.bench(city).unsaved is None:
        st.error(text(asked.refused.template, **asked.refused.values))
    work_panel.reused(city, scenario, asked, spoken)
    work_panel.jobs(spoken)


def speaks_against(remarks: Sequence[Remark], fault: tuple[str, dict[str, object]] | None) -> Phrase | None:
    """Why a question cannot be asked: the first of the grave remarks, else what the hooks refuse; None when it can."""
    if fault is None:
        return None
    grave = next((remark.note for remark in remarks if remark.grave), None)
    return Phrase(*fault) if grave is None else Phrase(grave.template, grave.values)


def _head(city: City, scenario: Scenario, spoken: Language) -> None:
    """Its name, undo and redo, and the library."""
    on = bench.bench(city)
    text, saved, waits = spoken.text, on.saved, on.unsaved is not None
    name = escape(text(scenario.name))
    kept = text("saved, version {number}", number=saved.number) if saved else text("not changed yet")
    kept = text("not saved") if waits else kept
    st.html(f'<h2 class="scenario">{name} <small>{kept}</small></h2>')
    with st.container(horizontal=True, gap="small", key="bench_buttons"):
        st.button(
            "", icon=":material/undo:", key="undo", help=text("Undo"), shortcut="Ctrl+Z",
            disabled=waits or not (saved and saved.can_undo), on_click=lambda: bench.attempt(lambda: bench.undo(city)),
        )  # fmt: skip
        st.button(
            "", icon=":material/redo:", key="redo", help=text("Redo"), shortcut="Ctrl+Y",
            disabled=waits or not (saved and saved.can_redo), on_click=lambda: bench.attempt(lambda: bench.redo(city)),
        )  # fmt: skip
        library_panel.menu(city, spoken)
    if waits:
        _unsaved(city, spoken)


@st.fragment(run_every=5.0)
def _unsaved(city: City, spoken: Language) -> None:
    """What could not be saved is tried again and again, and the person knows."""
    if bench.save_what_waits(city, spoken):
        st.rerun()
    waiting = bench.bench(city).unsaved
    if waiting is not None and waiting.why is not None:
        st.error(spoken.text(bench.UNSAVED, why=waiting.why), icon=":material/save:")


def _measure(city: City, scenario: Scenario, number: int, remarks: Sequence[Remark], spoken: Language) -> None:
    """One measure in words; opened, its form."""
    text, held = spoken.text, scenario.measures[number]
    chosen = st.session_state.get("measure") == number
    icon = KINDS[held.kind].icon if held.kind in KINDS else ":material/construction:"
    title = measure_title(held, spoken)
    with st.container(key=f"measure_{number}_{'open' if chosen else 'shut'}"):
        st.button(
            f"**{title}** · {measure_words(held, city, spoken)} · {acting_words(held, spoken)}", icon=icon, type="tertiary",
            key=f"choose_{number}", width="stretch", on_click=_choose, args=(None if chosen else number,),
        )  # fmt: skip
        for remark in remarks:
            (st.error if remark.grave else st.warning)(text(remark.note.template, **remark.note.values))
            if remark.note.template == FAR_LEVEE:
                st.button(
                    text("Move it to the nearest levee"), icon=":material/moving:", key=f"to_levee_{number}", width="stretch",
                    on_click=lambda: bench.attempt(lambda: bench.to_levee(city, number, spoken)),
                )  # fmt: skip
            if remark.note.template == NOT_COMPUTED:
                st.button(
                    text("Compute a cloudburst instead"), icon=":material/thunderstorm:", key=f"compute_{number}",
                    width="stretch", on_click=lambda: bench.attempt(lambda: bench.compute_water(city, spoken)),
                )  # fmt: skip
        if not chosen:
            return
        measure_form.measure(city, number, spoken)
        with st.container(horizontal=True):
            st.button(
                text("Copy"), icon=":material/content_copy:", key="copy_measure",
                on_click=lambda: bench.attempt(lambda: bench.add(city, plain_measures(scenario)[number], spoken)),
            )  # fmt: skip
            st.button(
                text("Remove"), icon=":material/delete:", key="remove_measure",
                on_click=lambda: bench.attempt(lambda: bench.remove(city, number, spoken)),
            )  # fmt: skip


def _choose(number: int | None) -> None:
    st.session_state["measure"] = number
    st.session_state["tool"] = None


def _add(city: City, moment: int, spoken: Language) -> None:
    """The chooser of a new measure; with one in hand, how to draw or type it."""
    text, kind = spoken.text, st.session_state.get("tool")
    if kind in KINDS:
        with st.container(border=True, key="drawing"):
            measure_form.new_measure(city, kind, moment, spoken)
            st.button(text("Leave it"), icon=":material/close:", key="leave", on_click=_take, args=(None,))
        return
    st.selectbox(
        text("Add a measure"), list(KINDS), index=None, key="add_kind", placeholder=text("Add a measure …"),
        label_visibility="collapsed", format_func=lambda name: kind_title(name, spoken), on_change=_take_chosen,
    )  # fmt: skip


def _take_chosen() -> None:
    _take(st.session_state.get("add_kind"))
    st.session_state["add_kind"] = None


def _take(kind: str | None) -> None:
    """Take a tool in hand, or put it down."""
    st.session_state["tool"] = kind
    st.session_state["measure"] = None
    if kind is not None:
        st.session_state["selection"] = None
