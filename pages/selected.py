"""What belongs to the thing that was clicked or drawn: its shape and bar, its ways out, what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from geodata.city import City
from geodata.errors import CityTwinError, InputError
from layers.language import Language, mark
from layers.map_events import Drawn, Edited, MapEvents, Shifted
from layers.sketch import Overlay, Shape, Sketch, Tool
from layers.timeline import Bar
from layers.ways import closure_facts, ends_facts, ways_overlay
from layers.wording import measure_title, measure_words
from pages import bench, parts, service
from pages.kinds import KINDS
from pages.map_frame import TABLE_OF_LAYER
from twin.drafting import draft, drawn_as, made_of
from twin.mobility.closure import effect_of
from twin.mobility.itinerary import Itinerary, itineraries
from twin.remarks import places_of
from twin.scenario import Measure, RoadClosure, Scenario
from twin.scenario.edit import plain_measures
from twin.scenario.engine import Engine, StormCell
from twin.state import State

STORM = "storm"
"""Id and kind of the shape that stands for the middle of the storm."""
GONE = mark("What was meant on the map is no longer there; reload the page.")


def sketch(city: City, scenario: Scenario, moment: float, spoken: Language) -> Sketch:
    """The measures as shapes, and the tool in hand."""
    kind = st.session_state.get("tool")
    tool = Tool(kind, KINDS[kind].shape, KINDS[kind].layer, spoken.text(KINDS[kind].hint)) if kind in KINDS else None
    number = st.session_state.get("measure")
    shapes = tuple(_shape(city, n, measure, moment, spoken) for n, measure in enumerate(scenario.measures))
    storm = storm_of(scenario)
    if storm is not None:
        shapes = (*shapes, Shape(STORM, STORM, "point", (storm.at,), spoken.text("Middle of the storm")))
    chosen = STORM if storm is not None and number is None else ""
    return Sketch(tool, shapes, chosen if number is None else f"measure-{number}")


def storm_of(scenario: Scenario) -> StormCell | None:
    """Where the storm of a scenario is, if it is about one place."""
    water = scenario.water
    return water.rain.cell if isinstance(water, Engine) and water.rain is not None else None


def _shape(city: City, number: int, measure: Measure, moment: float, spoken: Language) -> Shape:
    table = made_of(measure.kind)
    rows = service.rows(city, table) if table else {}
    elements = tuple((table, rows[i]) for i in getattr(measure, table, ()) if i in rows) if table else ()
    form = KINDS[measure.kind].shape if measure.kind in KINDS else "pick"
    places = places_of(measure)
    return Shape(
        f"measure-{number}", measure.kind, form if places else "pick", places, _label(city, measure, spoken),
        measure.acts_at(round(moment)), elements,
    )  # fmt: skip


def _label(city: City, measure: Measure, spoken: Language) -> str:
    """What a measure is called on the map and the timeline: one of elements by these, as several may be of a kind."""
    title = measure_title(measure, spoken)
    return f"{title} · {measure_words(measure, city, spoken)}" if made_of(measure.kind) and not measure.name else title


def bars(city: City, scenario: Scenario, spoken: Language) -> tuple[Bar, ...]:
    """From when to when each measure acts."""
    return tuple(
        Bar(f"measure-{n}", _label(city, m, spoken), m.start, m.end) for n, m in enumerate(scenario.measures)
    )  # fmt: skip


def heard(events: MapEvents, city: City, scenario: Scenario, moment: int, spoken: Language) -> None:
    """Act upon what was drawn, moved or chosen on the map or its timeline, before the page runs again.

    Parameters
    ----------
    events
        What the person did.
    city, scenario
        What they saw while they did it.
    moment
        The moment that they looked at, s.
    spoken
        Their language.
    """
    chosen = st.session_state
    if events.drawn is not None:
        bench.attempt(_draw, city, events.drawn, moment, spoken)
        chosen["tool"] = None
    if events.edited is not None:
        bench.attempt(_move_corners, city, scenario, events.edited, spoken)
    if events.shifted is not None:
        bench.attempt(_move_times, city, scenario, events.shifted, spoken)
    if events.chosen_shape is not None:
        chosen["measure"] = bench.number_of(events.chosen_shape, scenario)
    if events.left_tool:
        chosen["tool"] = None


def _draw(city: City, drawn: Drawn, moment: int, spoken: Language) -> None:
    if drawn.kind not in KINDS or any(layer not in TABLE_OF_LAYER for layer, _ in drawn.elements):
        raise InputError(GONE)
    tables = [(city.table(TABLE_OF_LAYER[layer])["id"], row) for layer, row in drawn.elements]
    if any(row >= len(ids) for ids, row in tables):
        raise InputError(GONE)
    ids = [str(ids.iloc[row]) for ids, row in tables]
    bench.add(city, draft(drawn.kind, city, places=drawn.coordinates, ids=ids, moment=moment), spoken)


def _move_corners(city: City, scenario: Scenario, edited: Edited, spoken: Language) -> None:
    if edited.id == STORM and storm_of(scenario) is not None:
        bench.move_storm(city, edited.coordinates[0], spoken)
        return
    number = bench.require_measure(edited.id, scenario)
    plain = plain_measures(scenario)[number]
    if made_of(plain["kind"]):
        raise InputError(GONE)
    bench.replace(city, number, plain | drawn_as(plain["kind"], edited.coordinates), spoken)


def _move_times(city: City, scenario: Scenario, shifted: Shifted, spoken: Language) -> None:
    number = bench.require_measure(shifted.id, scenario)
    bench.shift(city, number, start=shifted.start, end=shifted.end, spoken=spoken)


def ways(scenario: Scenario, states: Sequence[State], step: int) -> tuple[Itinerary, ...]:
    """The ways out of the building that is selected; none when it is none."""
    selection = st.session_state.get("selection")
    if not selection or selection[0] != "buildings" or not states or not states[step].has("road_speed"):
        return ()
    try:
        return itineraries(states, step, selection[1], scenario)
    except CityTwinError:
        return ()  # the card tells the rest of the building all the same


def overlays(city: City, scenario: Scenario, states: Sequence[State], step: int, spoken: Language) -> tuple[Overlay, ...]:
    """The routes of the building that is selected."""
    return ways_overlay(ways(scenario, states, step), city, spoken)


def actions(
    city: City, scenario: Scenario, told_of: Scenario, states: Sequence[State], step: int, spoken: Language
) -> None:  # fmt: skip
    """What can be done with the element that is selected, and whom it would touch.

    ``told_of`` is the scenario that the states answer: another one than that on the workbench until a change is computed.
    """
    table, row = st.session_state["selection"]
    if table == "buildings":
        ends = ends_facts(ways(told_of, states, step), city, spoken)
        if ends:
            st.html(f'<div class="card ways"><h3>{spoken.text("What closes the way")}</h3>{parts.facts(ends)}</div>')
    elif table == "roads":
        _road(city, scenario, told_of, states, step, row, spoken)
    elif table == "shelters":
        _shelter(city, scenario, row, spoken)


def _road(
    city: City, scenario: Scenario, told_of: Scenario, states: Sequence[State], step: int, row: int, spoken: Language
) -> None:  # fmt: skip
    road = str(city.table("roads")["id"].iloc[row])
    if _shuts(scenario, road):
        st.button(
            spoken.text("Reopen this road"), icon=":material/check:", key="reopen", width="stretch",
            on_click=bench.attempt, args=(reopen, city, road, spoken),
        )  # fmt: skip
    else:
        st.button(
            spoken.text("Close this road"), icon=":material/block:", key="close_road", type="primary", width="stretch",
            on_click=bench.attempt, args=(close, city, road, spoken),
        )  # fmt: skip
    if not states or not states[step].has("building_shelter_time"):
        return
    shut = _shuts(told_of, road)
    effect = effect_of(states[step], told_of, [row], close=not shut, groups=("walker", "car"))
    heading = spoken.text("If it is opened now") if shut else spoken.text("If it is closed now")
    st.html(f'<div class="card"><h3>{heading}</h3>'
            f"{parts.facts(closure_facts(effect, close=not shut, language=spoken))}</div>")  # fmt: skip


def _shuts(scenario: Scenario, road: str) -> bool:
    """Whether a closure of the scenario holds the road."""
    return any(isinstance(measure, RoadClosure) and road in measure.roads for measure in scenario.measures)


def _shelter(city: City, scenario: Scenario, row: int, spoken: Language) -> None:
    shelter = str(city.table("shelters")["id"].iloc[row])
    for kind, label in (("shelter_opened", mark("Open this shelter")), ("shelter_closed", mark("Close this shelter"))):
        holders = [n for n, m in enumerate(scenario.measures) if m.kind == kind and shelter in getattr(m, "shelters", ())]
        if not holders:
            st.button(
                spoken.text(label),
                key=kind,
                width="stretch",
                on_click=bench.attempt,
                args=(_put_shelter, city, kind, shelter, spoken),
            )


def _put_shelter(city: City, kind: str, shelter: str, spoken: Language) -> None:
    """Open or close a shelter from the start; the contrary measure lets go of it."""
    scenario = bench.bench(city).scenario
    contrary = "shelter_closed" if kind == "shelter_opened" else "shelter_opened"
    plain = [_without(m, "shelters", shelter) if m["kind"] == contrary else m for m in plain_measures(scenario)]
    bench.put_measures(city, [*filter(None, plain), draft(kind, city, ids=[shelter])], spoken)


def close(city: City, road: str, spoken: Language) -> None:
    """Close a road from the start: with the other roads that were closed that way, so that the list stays short."""
    held = plain_measures(bench.bench(city).scenario)
    plain = [m for m in (_without(m, "roads", road) if m["kind"] == "road_opened" else m for m in held) if m]
    for number, measure in enumerate(plain):
        if measure["kind"] == "road_closure" and not {"name", "start", "end"} & set(measure):
            plain[number] = measure | {"roads": [*measure["roads"], road]}
            bench.put_measures(city, plain, spoken)
            return
    bench.put_measures(city, [*plain, draft("road_closure", city, ids=[road])], spoken)


def reopen(city: City, road: str, spoken: Language) -> None:
    """Take a road out of all closures."""
    plain = [
        _without(m, "roads", road) if m["kind"] == "road_closure" else m for m in plain_measures(bench.bench(city).scenario)
    ]
    bench.put_measures(city, [m for m in plain if m], spoken)


def _without(measure: dict[str, object], field: str, element: str) -> dict[str, object] | None:
    """A measure without one of its elements; None when it was the only one."""
    held = measure[field]
    left = [each for each in held if each != element] if isinstance(held, list) else []
    return measure | {field: left} if left else None
