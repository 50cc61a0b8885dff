"""Links and reports: what a link restores, what of it is missing, and the control that makes both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from geodata.city import City
from geodata.errors import CityTwinError
from layers.language import LANGUAGES, Language, mark
from layers.link import Link, missing
from layers.map_events import MapEvents
from layers.report.figures import published
from layers.scene import Look, Scene
from layers.themes import BUILDING_THEMES, GROUP_LABELS, ROAD_THEMES, WATER_THEMES, theme_named
from layers.view import View
from pages import bench, map_frame, report_maker, service
from twin.question import Note
from twin.run import Run
from twin.scenario import Scenario

FIELDS = ("asked", "at", "theme", "water", "roads", "group", "scale", "mode", "public", "made")
"""Fields of a link: they are read once, afterwards the page is the reader's."""
MADE_ON = 12
"""So many letters of a fingerprint tell whether a city was imported anew."""


def restore(city: City, spoken: Language) -> Link | None:
    """What the link restores that the page was opened with; None without one. Its colours, step and rule hold from now on.

    What cannot be restored is told over the page until the reader has seen it.
    """
    chosen, query = st.session_state, st.query_params.to_dict()
    if _is_new(query):
        link, notes = Link.from_query(query)
        chosen["link_read"], chosen["link"] = {name: query[name] for name in FIELDS if name in query}, link
        if link.view is None:
            st.query_params.pop("at", None)
        else:
            chosen["step"] = link.view.step
        chosen["theme"] = theme_named(link.look.buildings, BUILDING_THEMES).name
        chosen["water"] = theme_named(link.look.water, WATER_THEMES).name
        chosen["roads"] = theme_named(link.look.roads, ROAD_THEMES).name
        chosen["group"] = link.look.group if link.look.group in GROUP_LABELS else "walker"
        chosen["scale"] = link.look.scale if link.look.scale in map_frame.SCALES else "official"
        chosen["public"] = link.public
        for name in ("compared", "mode", "layers_told", "laid"):
            chosen.pop(name, None)
        bare = replace(link, view=None)
        chosen["link_notes"] = [
            *notes,
            *missing(bare, cities=list(service.city_paths()), fingerprint=city.fingerprint, layers=()),
        ]
    if chosen.get("link_notes"):
        _tell(chosen["link_notes"], spoken)
    found: Link | None = chosen.get("link")
    return found


def _is_new(query: Mapping[str, str]) -> bool:
    """Whether the address holds a link that was not read yet. Fields that only went away are the page's own doing."""
    read = st.session_state.get("link_read")
    given = {name: query[name] for name in FIELDS if name in query}
    return bool(given) and (read is None or any(read.get(name) != value for name, value in given.items()))


def scenario_shown(link: Link | None, offered: Mapping[str, Scenario]) -> str | None:
    """Name of the scenario that a link asks for, among those of the page or added to them; None once it was shown."""
    chosen = st.session_state
    if link is None or not link.scenarios or chosen.get("laid"):
        return None
    chosen["laid"] = True
    scenario = link.scenarios[0]
    known = next((name for name, other in offered.items() if other == scenario), None)
    if known is None:
        known = scenario.name
        chosen.setdefault("uploaded", {})[known] = scenario
    return known


def lay_on_bench(link: Link | None) -> None:
    """Open the scenario of a link on the workbench: the saved one where it is still as it was, else as the link carries it."""
    chosen = st.session_state
    if link is None or not link.scenarios or chosen.get("laid"):
        return
    chosen["laid"] = True
    scenario, letters = link.scenarios[0], st.query_params.get("asked", "")
    try:
        saved = bench.library().get(link.saved) if link.saved else None
    except CityTwinError:
        saved = None
    if saved is not None and saved.city == bench.shelf() and saved.scenario == scenario:
        bench.put_saved(saved)
        return
    if saved is not None:
        bench.tell(mark("“{name}” was changed since the link was made; this is how it was then."), {"name": saved.name})
    bench.put(bench.Bench(scenario))
    st.query_params["asked"] = letters


def tell_missing_layers(scene: Scene, spoken: Language) -> None:
    """Say which layers of a link this answer does not have, until the reader has seen it."""
    link: Link | None = st.session_state.get("link")
    if link is None or st.session_state.get("layers_told") or scene.timeline is None:
        return
    st.session_state["layers_told"] = True
    there = [layer.id for layer in scene.layers]
    gone = missing(replace(link, city=""), cities=(), fingerprint=link.made_on, layers=there)
    if gone:
        # Until the reader closes it: four seconds are over before a map is there.
        st.toast(spoken.text(gone[0].template, **gone[0].values), icon=":material/layers_clear:", duration="infinite")


def _tell(notes: Sequence[Note], spoken: Language) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="link_notes"):
        st.warning(" ".join(spoken.text(n.template, **n.values) for n in notes), icon=":material/link_off:")
        if st.button(spoken.text("Close"), key="close_link_notes"):
            st.session_state["link_notes"] = []
            st.rerun()


def is_public() -> bool:
    """Whether the page was opened by a link for the public, or by a server for the public."""
    return (
        service.for_the_public() or bool(st.session_state.get("public")) or st.query_params.get("public", "") not in ("", "0")
    )


def published_if_public(outcomes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Figures as they may be shown here."""
    return published(outcomes) if is_public() else outcomes


def control(
    city: City, scenarios: Sequence[Scenario], runs: Sequence[Run], view: View, look: Look, spoken: Language,
    *, events: MapEvents, step: int, saved: str = "", mode: str = "", public_page: str | None = None,
) -> None:  # fmt: skip
    """The button that shows the link to what is on the screen, and makes the report of it.

    Parameters
    ----------
    city, scenarios, runs
        What is shown; a report is made of the runs once all of them are whole.
    view, look, step
        How it is shown.
    spoken
        The reader's language.
    events
        What the map tells: camera and layers.
    saved
        Id of the scenario in the library.
    mode
        That of a comparison.
    public_page
        Where a link for the public leads to, when it is not this page; "" = the first one.
    """
    text = spoken.text
    st.session_state["shown_scenario"] = scenarios[0]
    seen = view.moved(events.camera) if events.camera else view
    seen = replace(seen, step=step, scale=look.scale, layers=events.visible if events.visible is not None else seen.layers)
    with st.popover(text("Share"), icon=":material/share:", key="share"):
        public = is_public() or st.toggle(
            text("For the public"),
            key="share_public",
            help=text(
                "Counts of fewer than 11 people are withheld, others rounded. This is a view, not a protection: whoever "
                "changes the link sees all that this server shows. For the public, send links of a server that was started "
                "with city-twin serve --public."
            ),
        )
        at = service.city_path().name
        link = Link(at, city.fingerprint[:MADE_ON], tuple(scenarios), "" if public else saved, seen, look, mode, public)
        st.caption(text("This link restores city, scenario, time, camera, layers and colours. Copy it:"))
        st.code(link.address(_here(public_page if public else None)), language=None, wrap_lines=False, height=68)
        if link.left_out:
            st.warning(text("Too large for a link, send the file of it along: {names}.", names=", ".join(link.left_out)))
        st.divider()
        if len(runs) < len(scenarios) or any(run.status != "done" for run in runs):
            st.caption(text("A report can be made as soon as the answer is whole."))
            return
        code = st.segmented_control(
            text("Language of the report"), list(LANGUAGES), format_func=lambda code: LANGUAGES[code], default=spoken.code,
            key="report_language",
        )  # fmt: skip
        order = report_maker.Order(tuple(run.id for run in runs), code or spoken.code, public, seen, look, mode)
        with st.container(horizontal=True):
            for kind in ("pdf", "html"):
                st.download_button(
                    text("Report, {kind}", kind=kind.upper()), report_maker.maker(city, order, kind),
                    f"{runs[0].id}.{kind}", report_maker.TYPES[kind], icon=":material/download:", key=f"report_{kind}",
                    on_click="ignore",
                )  # fmt: skip


def _here(page: str | None) -> str:
    """The address of a page of this server, without its fields; None = the page that is shown."""
    parts = urlsplit(st.context.url or "")
    path = parts.path if page is None else parts.path.rsplit("/", 1)[0] + "/" + page
    return f"{parts.scheme}://{parts.netloc}{path}" if parts.netloc else page or "."
