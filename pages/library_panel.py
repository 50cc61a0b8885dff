"""The library from the workbench: new, open, name, copy, history, events × plans, files."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geodata.city import City
from layers.language import Language
from pages import bench
from twin.library import Saved
from twin.scenario import Scenario, load_scenario
from twin.scenario.edit import changed
from twin.scenario.presets import begun_with

PAGE = 8
OPEN = "library_open"
"""Key of the box that opens scenarios: it closes by itself once something is open."""
GRID = "grid_asked_for"
"""Whether somebody just asked for events × plans."""
FILE = "file_open"
"""Key of the box of the scenario that is open."""


def menu(city: City, spoken: Language) -> None:
    """Buttons that open what can be done with scenarios as a whole."""
    text = spoken.text
    # What is in a box is fetched when it is opened: a click on the map must not wait for the library.
    with st.popover(text("Open"), icon=":material/folder_open:", key=OPEN, on_change="rerun") as box:
        if box.open:
            _open(city, spoken)
    with st.popover(text("File"), icon=":material/more_vert:", key=FILE, on_change="rerun") as box:
        if box.open:
            _this(city, spoken)
    saved = bench.bench(city).saved
    if saved is not None and st.session_state.pop(GRID, False):
        st.dialog(text("Events × plans"), width="large", icon=":material/grid_on:")(_grid)(saved, spoken)


def _open(city: City, spoken: Language) -> None:
    """Begin anew from what the city offers, or go on with something saved."""
    text = spoken.text
    if bench.bench(city).unsaved is not None:
        st.caption(text("What is on the workbench is not saved yet; nothing else can be opened before it is."))
        return
    offered = begun_with(city)
    st.selectbox(
        text("Begin with"), list(offered), index=None, key="begin", placeholder=text("an event that this city offers"),
        format_func=lambda name: text(offered[name].name), on_change=_begin, args=(offered,),
    )  # fmt: skip
    words = st.text_input(text("Find a saved scenario"), key="library_words", icon=":material/search:")
    page = int(st.session_state.get("library_page", 0))
    found = bench.library().list(bench.shelf(), words=words, offset=page * PAGE, limit=PAGE)
    if not found.items and page:
        st.session_state["library_page"] = page = 0
        found = bench.library().list(bench.shelf(), words=words, limit=PAGE)
    for item in found.items:
        st.button(
            f"**{item.name}** · "
            f"{text('{count} measures', count=item.measures) if item.measures != 1 else text('1 measure')} · "
            f"{spoken.instant(item.changed, city.time_zone)}",
            key=f"open_{item.id}", type="tertiary", width="stretch", on_click=_take_out, args=(item.id,),
        )  # fmt: skip
    if not found.total and words:
        st.caption(text("No saved scenario is called that."))
    elif not found.total:
        st.caption(text("Nothing is saved yet: every change you make is saved by itself."))
    if found.total > PAGE:
        last = (found.total - 1) // PAGE
        with st.container(horizontal=True, vertical_alignment="center"):
            back, on = {"disabled": page == 0, "args": (page - 1,)}, {"disabled": page >= last, "args": (page + 1,)}
            st.button("", icon=":material/chevron_left:", key="library_back", on_click=_turn, **back)
            st.caption(text("{page} of {pages}", page=page + 1, pages=last + 1))
            st.button("", icon=":material/chevron_right:", key="library_on", on_click=_turn, **on)
    st.file_uploader(text("A scenario file (YAML)"), type=["yaml", "yml"], key="library_file", on_change=_read)


def _this(city: City, spoken: Language) -> None:
    """What can be done with the scenario that is open."""
    text, on = spoken.text, bench.bench(city)
    saved = on.saved
    with st.form(f"names_{saved.id if saved else ''}_{saved.number if saved else 0}", border=False):
        name = st.text_input(text("Name"), text(on.scenario.name), max_chars=200)
        question = st.text_area(text("The question in words"), on.scenario.description, height=70, max_chars=10_000)
        event = st.text_input(text("Name of the event"), saved.event if saved else "", help=text("A storm, a river flood."))
        plan = st.text_input(text("Name of the plan"), saved.plan if saved else "", help=text("What is done about it."))
        if st.form_submit_button(text("Apply"), width="stretch"):
            bench.attempt(lambda: _rename(city, name, question, event, plan, spoken))
            st.rerun()
    with st.container(horizontal=True):
        if saved is not None:
            st.button(text("Copy"), icon=":material/content_copy:", key="copy_scenario", on_click=_copy, args=(saved, spoken))
        st.download_button(
            text("YAML file"), on.scenario.to_yaml(), f"{bench.shelf()}-scenario.yaml", "application/yaml",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
    if saved is None:
        return
    with st.expander(text("History"), icon=":material/history:"):
        versions = bench.library().history(saved.id)
        labels = {
            v.number: f"{v.number} · {text(v.what.template, **v.what.values)} · {spoken.instant(v.made, city.time_zone)}"
            for v in versions
        }
        wanted = st.selectbox(
            text("Version"), list(labels), index=list(labels).index(saved.number), format_func=labels.get,
            key=f"v_{saved.id}_{saved.number}",
        )  # fmt: skip
        st.caption(labels[wanted])  # the list cuts off what is longer than it is wide
        if wanted != saved.number:
            st.button(text("Let this version stand again"), key="go_to", on_click=_go_to, args=(saved, wanted))
    st.button(text("Events × plans"), icon=":material/grid_on:", key="events_plans", on_click=_ask_for_grid)
    st.button(text("Put away"), icon=":material/archive:", key="archive", on_click=_put_away, args=(saved.id,),
              help=text("It leaves the list; nothing is deleted."))  # fmt: skip


def _ask_for_grid() -> None:
    """Events and plans have a window of their own: in a narrow box nobody sees two plans beside each other."""
    st.session_state[FILE], st.session_state[GRID] = False, True


def _grid(saved: Saved, spoken: Language) -> None:
    """Which events have been set against which plans, and a way to put a plan against another event."""
    text = spoken.text
    grid = bench.library().grid(bench.shelf())
    if not grid.cells:
        st.caption(text("Give events and plans names to set them against each other here."))
        return
    unnamed = text("(no name)")
    cells = {
        (event, plan): ", ".join(
            ("● " if c.id == saved.id else "") + c.name + (" ≠" if c.event_differs or c.plan_differs else "") for c in held
        )
        for (event, plan), held in grid.cells.items()
    }
    # Down the side the events, across the top what is done about them; a table breaks the lines of long names.
    frame = pd.DataFrame(
        {plan or unnamed: [cells.get((event, plan), text("not asked")) for event in grid.events] for plan in grid.plans},
        index=pd.Index([event or unnamed for event in grid.events], name=text("Event ↓ · plan →")),
    )
    st.table(frame)
    st.caption(text("●: open now."))
    if (frame.map(lambda cell: "≠" in cell)).any(axis=None):
        st.caption(text("≠: its event or plan has another content than others of the same name."))
    firsts = {event: next(cells[0].id for (e, _), cells in grid.cells.items() if e == event) for event in grid.events}
    others = [event for event in grid.events if event != saved.event]
    if others:
        st.selectbox(
            text("Set this plan against"), others, index=None, key="against", on_change=_combine, args=(firsts, saved, spoken),
            format_func=lambda event: event or unnamed,
        )  # fmt: skip
    if st.session_state["bench"].saved != saved:
        st.rerun()  # another scenario is open now: the page tells of it, and the window closes


def _combine(firsts: dict[str, str], saved: Saved, spoken: Language) -> None:
    """Open the plan of what is open against another event."""
    event = st.session_state.get("against")
    if event is None:
        return
    name = spoken.text("{plan} against {event}", plan=saved.plan or saved.name, event=event or "?")
    bench.attempt(lambda: bench.put_saved(bench.library().combine(event_of=firsts[event], plan_of=saved.id, name=name)))


def _begin(offered: dict[str, Scenario]) -> None:
    name = st.session_state.get("begin")
    if name is not None:
        bench.attempt(bench.put, bench.Bench(offered[name]))
        _clean()


def _take_out(scenario_id: str) -> None:
    bench.attempt(lambda: bench.put_saved(bench.library().get(scenario_id)))
    _clean()


def _turn(page: int) -> None:
    st.session_state["library_page"] = page


def _rename(city: City, name: str, question: str, event: str, plan: str, spoken: Language) -> None:
    on = bench.bench(city)
    named = changed(on.scenario, name=name.strip() or on.scenario.name, description=question)
    saved = on.saved or bench.library().create(bench.shelf(), on.scenario)
    bench.change(saved, named, bench.Message(bench.NAMED), spoken, event=event.strip(), plan=plan.strip())


def _copy(saved: Saved, spoken: Language) -> None:
    name = spoken.text("{name} (copy)", name=saved.name)
    bench.attempt(lambda: bench.put_saved(bench.library().copy(saved.id, name=name)))


def _go_to(saved: Saved, number: int) -> None:
    bench.attempt(lambda: bench.put_saved(bench.library().go_to(saved.id, number, based_on=saved.number)))
    _clean()


def _put_away(scenario_id: str) -> None:
    bench.library().archive(scenario_id)
    st.session_state.pop("bench", None)
    st.query_params.pop("saved", None)
    _clean()


def _read() -> None:
    file = st.session_state.get("library_file")
    if file is None:
        return

    def keep() -> None:
        scenario = load_scenario(file.getvalue().decode("utf-8-sig", errors="replace"))
        bench.put_saved(bench.library().create(bench.shelf(), scenario))

    bench.attempt(keep)
    _clean()


def _clean() -> None:
    """Nothing of the scenario that was open before stays in hand."""
    for name in ("measure", "tool", "stopped"):
        st.session_state[name] = None
    st.session_state[OPEN] = False
