"""The form of a measure, and drawing by typing instead of clicking."""

from __future__ import annotations

from typing import Any

import streamlit as st

from geodata.city import City
from layers.language import Language
from layers.wording import kind_title
from pages import bench
from pages.form_key import emptied, key_of
from pages.kinds import KINDS, Field
from twin.drafting import draft, drawn_as, made_of, places_from, places_text
from twin.remarks import places_of
from twin.scenario import EvacuationOrder, Measure
from twin.scenario.edit import plain_measures
from twin.scenario.flood_measures import PumpPart


@st.fragment
def measure(city: City, number: int, spoken: Language) -> None:
    """Everything that can be said of one measure, its place included: the way for those who do not draw."""
    text, scenario = spoken.text, bench.bench(city).scenario
    held = scenario.measures[number]
    plain = dict(plain_measures(scenario)[number])
    saved = bench.bench(city).saved
    with st.form(key_of(f"measure_{number}", city, str(saved.number if saved else 0)), border=False):
        name = st.text_input(text("Name"), held.name, placeholder=kind_title(held.kind, spoken), max_chars=200)
        one, two = st.columns(2)
        start = one.text_input(text("Starts after"), spoken.duration(held.start) if held.start else "0")
        ends = "" if held.end is None else spoken.duration(held.end)
        end = two.text_input(text("Ends after"), ends, placeholder=text("never"))
        given: dict[str, Any] = {"name": name.strip(), "start": start.strip() or "0", "end": end.strip() or None}
        for field in KINDS[held.kind].fields if held.kind in KINDS else ():
            key = key_of(f"field_{number}_{field.name}", city)
            given[field.name] = _field(field, getattr(held, field.name, None), key, spoken)
        given |= _place_fields(city, held, spoken)
        if st.form_submit_button(text("Apply"), type="primary", width="stretch"):
            bench.attempt(lambda: _apply_measure(city, number, held, plain, given, spoken), at=f"measure {number}")
            st.rerun()
        bench.told(spoken, at=f"measure {number}")


def _apply_measure(
    city: City, number: int, held: Measure, plain: dict[str, Any], given: dict[str, Any], spoken: Language
) -> None:
    places = given.pop("places", None)
    if places is not None:
        plain |= drawn_as(held.kind, places_from(places)) if places.strip() else {}
    if "outlet" in given:
        poured = places_from(given["outlet"])
        given["outlet"] = list(poured[0]) if poured else None
    if held.kind == "flood_barrier":
        # Whoever gives a top means the top: the height that was there before gives way to it.
        was = {name: getattr(held, name, None) for name in ("crest", "height")}
        fresh = [name for name in was if given[name] is not None and given[name] != was[name]]
        if len(fresh) == 1:
            given["height" if fresh[0] == "crest" else "crest"] = None
    bench.replace(city, number, plain | given, spoken)


def _field(field: Field, value: Any, key: str, spoken: Language) -> Any:
    label = spoken.text(field.label)
    if field.choices:
        return st.selectbox(label, field.choices, index=field.choices.index(value) if value in field.choices else 0)
    number = int if field.whole else float
    low, high, step, first = number(field.low), number(field.high), number(field.step), field.shown(value)
    if field.optional:
        shown = st.number_input(label, low, high, None, step, key=emptied(key, first))
    else:
        shown = st.number_input(label, low, high, first, step, key=key)
    return field.held(shown)


def _place_fields(city: City, held: Measure, spoken: Language) -> dict[str, Any]:
    text = spoken.text
    elements = made_of(held.kind)
    if elements == "shelters":
        return {elements: _chosen(city, "shelters", held.shelters, text("Shelters"), spoken)}  # type: ignore[union-attr]
    if elements:
        ids = st.text_area(text("Ids of the roads, one a line"), "\n".join(getattr(held, elements)), height=90)
        return {elements: ids.split()}
    made: dict[str, Any] = {}
    if isinstance(held, EvacuationOrder):
        made["areas"] = _chosen(city, "areas", held.areas, text("Areas (none, and nothing drawn: the whole city)"), spoken)
        if not held.polygon:
            return made
    made["places"] = st.text_area(
        text("Longitude, latitude; one place a line"), places_text(places_of(held)), height=90
    )  # fmt: skip
    if isinstance(held, PumpPart):
        outlet = () if held.outlet is None else (held.outlet,)
        made["outlet"] = st.text_input(
            text("Outlet: longitude, latitude (empty = out of the city)"), places_text(outlet), placeholder=_example(city)
        )  # fmt: skip
        made["facility"] = _powering(city, held.facility, spoken)
    return made


def _powering(city: City, held: str, spoken: Language) -> str:
    """The facility whose power a pump needs; "" = it always has power."""
    rows = city.table("facilities")
    names = {"": spoken.text("none: it always has power"), **dict(zip(rows["id"], rows["name"], strict=True))}
    names.setdefault(held, held)  # one that this city does not have is not dropped in silence
    kinds = dict(zip(rows["id"], rows["kind"], strict=True))
    # Substations and pumping stations first: those are what a pump hangs on.
    order = sorted(names, key=lambda i: (i != "", kinds.get(i) not in ("substation", "pump"), names[i]))
    chosen = st.selectbox(
        spoken.text("Powered by"), order, index=order.index(held), format_func=lambda i: names[i] or i,
        help=spoken.text("Without power there the pump stands still."),
    )  # fmt: skip
    return str(chosen)


def _chosen(city: City, table: str, ids: tuple[str, ...], label: str, spoken: Language) -> list[str]:
    rows = city.table(table)
    names = dict(zip(rows["id"], rows["name"], strict=True))
    options = [*names, *(i for i in ids if i not in names)]
    return st.multiselect(
        label, options, list(ids), format_func=lambda i: names.get(i) or i, placeholder=spoken.text("Choose …")
    )


@st.fragment
def new_measure(city: City, kind: str, moment: int, spoken: Language) -> None:
    """The box of a measure that is being drawn: what to do, and how to do it without drawing."""
    text, tool = spoken.text, KINDS[kind]
    st.markdown(f"**{kind_title(kind, spoken)}** — {text(tool.hint)}")
    with st.expander(text("Type it instead")), st.form(f"new_{kind}", border=False):
        elements, ids, typed = made_of(kind), [], ""
        if elements == "shelters":
            ids = _chosen(city, "shelters", (), text("Shelters"), spoken)
        elif elements:
            ids = st.text_area(text("Ids of the roads, one a line"), height=90).split()
        elif kind == "evacuation_order":
            ids = _chosen(city, "areas", (), text("Areas (none, and nothing drawn: the whole city)"), spoken)
        if not elements and kind != "evacuation_order":
            typed = st.text_area(text("Longitude, latitude; one place a line"), height=90, placeholder=_example(city))
        if st.form_submit_button(text("Add"), type="primary", width="stretch"):
            if bench.attempt(lambda: _add_typed(city, kind, ids, typed, moment, spoken), at="new"):
                st.session_state["tool"] = None
            st.rerun()
        bench.told(spoken, at="new")


def _add_typed(city: City, kind: str, ids: list[str], typed: str, moment: int, spoken: Language) -> None:
    if kind == "evacuation_order":
        bench.add(city, draft(kind, city) | {"areas": ids}, spoken)
    else:
        places = () if made_of(kind) else places_from(typed)
        bench.add(city, draft(kind, city, places=places, ids=ids, moment=moment), spoken)


def _example(city: City) -> str:
    west, south, east, north = city.grid.bounds_wgs84
    return places_text([((west + east) / 2, (south + north) / 2)])
