"""The form of an event: where the water comes from, how much, when, and where people are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from geodata.city import City
from geodata.errors import CityTwinError
from layers.language import Language, mark
from layers.wording import datum_words, ground_words, storm_words
from pages import bench
from pages.form_key import emptied, key_of
from twin.duration import seconds_of
from twin.presence import tells_by_day
from twin.question import NO_DAY
from twin.rain_statistics import rain_statistics, told_by
from twin.scenario import Engine, HazardMapWater, Scenario, Stage
from twin.scenario import events as event_of
from twin.scenario.edit import changed
from twin.scenario.mobility import ZONES, TrafficDemand
from twin.scenario.rules import PassageRules
from twin.scenario.storm import DesignStorm

SOURCES = {
    "hazard_map": mark("An official flood map"),
    "stage": mark("Still water at a level"),
    "engine": mark("Computed by the flood engine"),
    "dry": mark("A dry day"),
}
ABOVE = {"river": mark("above the normal river level"), "datum": mark("above {datum}")}
SIDES = {"north": mark("north"), "east": mark("east"), "south": mark("south"), "west": mark("west")}
PEOPLE = {
    "auto": mark("As the day and hour say"),
    "at_home": mark("Residents at home"),
    "by_day": mark("At work, at school: where they are by day"),
}


@st.fragment
def event(city: City, spoken: Language) -> None:
    """Where the water comes from, how much, when; applied as a whole, so that nothing half-chosen is computed.

    What is applied is saved before the page runs, not while it does: it would show the old answer once more.
    """
    text, scenario = spoken.text, bench.bench(city).scenario
    water = scenario.water
    sources = [name for name in SOURCES if name != "hazard_map" or any(m.tells_depth for m in city.hazard_maps.values())]
    source = st.radio(
        text("Where the water comes from"), sources, index=sources.index(water.source if water else "dry"),
        format_func=lambda name: text(SOURCES[name]), key=key_of("event_source", city),
    )  # fmt: skip
    storm = _storm_fields(city, scenario, spoken) if source == "engine" else None
    with st.form(key_of("event", city, f"{source}_{storm is None}"), border=False):
        fields = {"hazard_map": _official_fields, "stage": _stage_fields, "dry": _no_fields}
        given = _engine_fields(city, scenario, spoken, storm) if source == "engine" else fields[source](city, scenario, spoken)
        times = _time_fields(city, scenario, source, spoken)
        times["traffic"] = _traffic_field(city, scenario, spoken)
        if st.form_submit_button(text("Apply"), type="primary", width="stretch"):
            bench.attempt(lambda: _apply_event(city, scenario, source, given, times, spoken), at="event")
            st.rerun()
        bench.told(spoken, at="event")


def _apply_event(
    city: City, scenario: Scenario, source: str, given: dict[str, Any], times: dict[str, Any], spoken: Language
) -> None:
    duration, step = seconds_of(times["duration"]), seconds_of(times["step"])
    made: dict[str, Any] | None = None
    # What counts as flooded belongs to the water: what was chosen for rain does not outlive it.
    wet = given.pop("wet", PassageRules().wet if isinstance(scenario.water, Engine) else scenario.rules.wet)
    rules = scenario.rules.model_copy(update={"wet": wet})
    if source != "dry":
        peak_at = seconds_of(given.pop("peak_at"))
        if source == "engine":
            length, design = seconds_of(given.pop("rain_length")), given.pop("storm")
            held = event_of.storm_of(scenario.water)
            made = event_of.engine(
                scenario.water, **given, rain_length=length, peak_at=peak_at, duration=duration,
                design=design() if design else None, keep=held is None or told_by(city, held) is None,
            )  # fmt: skip
        else:
            build = {"hazard_map": event_of.official, "stage": event_of.stage}[source]
            made = build(**given, peak_at=peak_at, duration=duration)
    start = None
    if times["day"] is not None:
        start = datetime.combine(times["day"], times["hour"] or time(12), ZoneInfo(city.time_zone)).isoformat()
    mobility = scenario.mobility.model_copy(update={name: times[name] for name in ("traffic", "careful_share")})
    asked = changed(scenario, water=made, duration=duration, step=step, output_interval=None, start=start, rules=rules,
                    people=times["people"], mobility=mobility)  # fmt: skip
    bench.change_event(city, asked, spoken)


def _official_fields(city: City, scenario: Scenario, spoken: Language) -> dict[str, Any]:
    text = spoken.text
    floods = [m for m in city.hazard_maps.values() if m.hazard != "landslide" and m.tells_depth]
    maps = [("", scale) for scale in sorted({m.scale for m in floods}, reverse=True)] + [(m.id, m.scale) for m in floods]
    water = scenario.water if isinstance(scenario.water, HazardMapWater) else None
    now = (water.map, city.hazard_maps[water.map].scale if water.map in city.hazard_maps else water.scale) if water else maps[0]

    def words(choice: tuple[str, str]) -> str:
        if choice[0]:
            return city.hazard_maps[choice[0]].name or choice[0]
        return text("All maps of scale {scale}", scale=choice[1] or text("not stated"))

    at_first = maps.index(now) if now in maps else 0
    map_id, scale = st.selectbox(text("Map and return period"), maps, index=at_first, format_func=words)
    peak = event_of.peak_of(water)
    share = st.number_input(text("Reaches this share of its depths, %"), 1, 100, round(100 * peak.value) if peak else 100, 5)
    at = st.text_input(text("Highest after"), spoken.duration(peak.at if peak else 3 * event_of.HOUR))
    return {"map_id": map_id, "scale": scale, "share": share / 100, "peak_at": at}


def _stage_fields(city: City, scenario: Scenario, spoken: Language) -> dict[str, Any]:
    text = spoken.text
    above = [name for name in ABOVE if name == "datum" or city.has("river_level")]
    water = scenario.water if isinstance(scenario.water, Stage) else None
    which = st.selectbox(
        text("Level, measured"), above, index=above.index(water.above) if water and water.above in above else 0,
        format_func=lambda name: text(ABOVE[name], datum=datum_words(city, spoken)),
    )  # fmt: skip
    peak = event_of.peak_of(water)
    first = st.number_input(text("Level at first, m"), -100.0, 5000.0, water.levels[0].value if water else 0.5, 0.1)
    highest = st.number_input(text("Highest level, m"), -100.0, 5000.0, peak.value if peak else 4.5, 0.1)
    _ground_caption(city, spoken)
    at = st.text_input(text("Highest after"), spoken.duration(peak.at if peak else 2 * event_of.HOUR))
    return {"above": which, "start": first, "highest": highest, "peak_at": at}


def _storm_fields(city: City, scenario: Scenario, spoken: Language) -> Callable[[], DesignStorm] | None:
    """The storm, where it is told by how often it comes; None where a total tells the rain.

    These fields stand outside of the form: what such a storm brings is told as soon as it is chosen.
    """
    text, known = spoken.text, rain_statistics(city)
    if not known:
        return None
    held = event_of.storm_of(scenario.water)
    here = told_by(city, held) if held else None
    by_total, by_chance = text("how much falls"), text("how often it comes")
    chosen = st.radio(
        text("Rain told by"), [by_total, by_chance], index=int(here is not None), horizontal=True, key=key_of("told_by", city)
    )
    if held and not here:
        st.caption(
            text("The statistics of this city do not tell this storm as it stands: it stays as it is until you change it.")
        )
    if chosen == by_total:
        return None
    names = [each.name for each in known]
    at_first = names.index(here.name) if here else 0
    name = names[0]
    if len(names) > 1:
        name = st.selectbox(text("Rain statistics of"), names, index=at_first, key=key_of("statistics", city))
    of = known[names.index(name)]
    every = of.return_periods()
    at_first = every.index(held.return_period) if held and held.return_period in every else min(len(every) - 1, 3)
    years = st.selectbox(
        text("A storm that comes once in"), every, index=at_first, key=key_of("years", city, name),
        format_func=lambda number: text("{years} years", years=spoken.number(number)),
    )  # fmt: skip
    length = st.text_input(
        text("It lasts"), spoken.duration(held.length if held else event_of.HOUR), key=key_of("storm_length", city)
    )  # fmt: skip
    factor = st.number_input(
        text("Times so much (1 = as the statistics say, more for a warmer climate)"), 0.1, 10.0,
        held.factor if held else 1.0, 0.05, key=key_of("factor", city),
    )  # fmt: skip

    def storm() -> DesignStorm:
        return of.storm(years, seconds_of(length), factor=round(factor, 4))

    try:
        st.caption(storm_words(storm(), spoken))
    except CityTwinError as error:
        st.warning(spoken.error(error))
    return storm


def _engine_fields(city: City, scenario: Scenario, spoken: Language, storm: Callable[[], DesignStorm] | None) -> dict[str, Any]:
    text = spoken.text
    water = scenario.water if isinstance(scenario.water, Engine) else None
    total, length = event_of.rain_figures(water.rain if water else None)
    rain, rain_length = 0.0, "0"
    if storm is None:
        rain = st.number_input(text("Rain in total, mm (0 = none)"), 0.0, 2000.0, total if water else 100.0, 10.0)
        rain_length = st.text_input(text("It falls within"), spoken.duration(length))
    cell = _cell_fields(city, water, spoken)
    inflows = (*water.inflows, *water.inflow_edges) if water else ()
    river = None
    with st.expander(text("Rivers and sea"), expanded=bool(water and (inflows or water.level_edges))):
        if inflows:
            most = max(event_of.highest_point(inflow.discharge).value for inflow in inflows)
            river = st.number_input(text("River, greatest discharge, m³/s"), 0.0, 1e6, most, 10.0)
        full = city.has("river_level") and st.checkbox(
            text("Rivers hold water at the start"), water is None or water.initial == "rivers"
        )
        tide, sides = _tide_fields(city, water, spoken)
        at = st.text_input(
            text("Highest after"), spoken.duration(2 * event_of.HOUR), help=text("Only where a new level is given above.")
        )  # fmt: skip
    wet = st.number_input(
        text("Counts as flooded from, cm"), 1.0, 50.0, 100 * (scenario.rules.wet if water else event_of.KERB), 1.0,
        help=text("Rain wets every place a little; a kerb is about 10 cm high."),
    )  # fmt: skip
    return {
        "rain": rain, "rain_length": rain_length, "storm": storm, "cell": cell,
        "river": river, "tide": tide, "sides": sides, "peak_at": at,
        "rivers_full": bool(full), "wet": wet / 100,
    }  # fmt: skip


def _tide_fields(city: City, water: Engine | None, spoken: Language) -> tuple[float | None, list[str] | None]:
    """How high the water stands at the edge of the terrain, and on which sides."""
    text, edges = spoken.text, water.level_edges if water else ()
    highest = max((event_of.highest_point(edge.levels).value for edge in edges), default=None)
    tide = st.number_input(
        text("Sea or river at the edge, highest level, m above {datum} (empty = none)", datum=datum_words(city, spoken)),
        -100.0, 5000.0, None, 0.1, key=emptied(key_of("tide", city), highest),
    )  # fmt: skip
    _ground_caption(city, spoken)
    if len(edges) > 1 or any(edge.line for edge in edges):
        return tide, None  # drawn stretches stay where they are
    sides = st.multiselect(
        text("At these edges (none = all)"), list(SIDES), list(edges[0].sides) if edges else [],
        format_func=lambda side: text(SIDES[side]), placeholder=text("all sides"),
    )  # fmt: skip
    return tide, sides or list(SIDES)


def _ground_caption(city: City, spoken: Language) -> None:
    """What a level is to be compared with."""
    words = ground_words(city, spoken)
    if words:
        st.caption(words)


def _cell_fields(city: City, water: Engine | None, spoken: Language) -> dict[str, Any] | None:
    """Where the storm is; on the map its middle can be dragged."""
    text = spoken.text
    now = water.rain.cell if water and water.rain else None
    place, everywhere = text("About one place, marked on the map"), text("Everywhere alike")
    west, south, east, north = city.grid.bounds_wgs84
    middle = now.at if now else (round((west + east) / 2, 6), round((south + north) / 2, 6))
    with st.expander(text("Where it rains"), expanded=now is not None):
        chosen = st.radio(text("Where it rains"), [everywhere, place], index=int(now is not None), label_visibility="collapsed")
        radius = st.number_input(
            text("Half as much falls at this distance, m"), 50.0, 1e6, now.radius if now else 1000.0, 100.0
        )
        longitude = st.number_input(text("Middle of the storm, longitude"), -180.0, 180.0, middle[0], 0.001, format="%.5f")
        latitude = st.number_input(text("Middle of the storm, latitude"), -90.0, 90.0, middle[1], 0.001, format="%.5f")
    return {"at": [longitude, latitude], "radius": radius} if chosen == place else None


def _no_fields(_city: City, _scenario: Scenario, spoken: Language) -> dict[str, Any]:
    st.caption(spoken.text("No water: what do the measures do on an ordinary day?"))
    return {}


def _time_fields(city: City, scenario: Scenario, source: str, spoken: Language) -> dict[str, Any]:
    text = spoken.text
    local = scenario.start.astimezone(ZoneInfo(city.time_zone)) if scenario.start else None
    one, two = st.columns(2)
    # A dry day may be a single moment; water takes its time.
    moment = scenario.duration == 0 and source != "dry"
    duration = one.text_input(text("Lasts"), spoken.duration(3 * event_of.HOUR if moment else scenario.duration))
    step = two.text_input(text("A state every"), spoken.duration(20 * event_of.MINUTE if moment else scenario.step))
    with st.expander(text("Day, hour, and where people are"), expanded=bool(local) or scenario.people != "auto"):
        day: date | None = st.date_input(
            text("Day (empty = no date)"), None, key=emptied(key_of("day", city), local.date() if local else None)
        )  # fmt: skip
        hour = st.time_input(
            text("Hour of the day"), None, step=900, key=emptied(key_of("hour", city), local.time() if local else None),
            help=text("People walk more slowly from 18:00 to 06:00; without a date it is day."),
        )  # fmt: skip
        where = st.radio(
            text("Where people are"), list(PEOPLE), index=list(PEOPLE).index(scenario.people),
            format_func=lambda name: text(PEOPLE[name]),
            help=text(
                "By day is Monday to Friday, 9:00 to 17:00; without a date people are at home. It holds for the whole run."
            ),
        )  # fmt: skip
        if not tells_by_day(city):
            st.caption(text(NO_DAY, city=city.name))
        held = scenario.mobility.careful_share
        careful: float | None = st.number_input(
            text("Of people of unknown age so many need more time, %"), 0.0, 100.0, None, 5.0,
            key=emptied(key_of("careful", city), None if held is None else 100 * held),
            placeholder=text("as among residents"),
            help=text(
                "By day nobody's age is known. Those who need more time leave at level 3, walk more slowly, pass less water."
            ),
        )  # fmt: skip
    share = None if careful is None else careful / 100
    return {"duration": duration, "step": step, "day": day, "hour": hour, "people": where, "careful_share": share}


def _traffic_field(city: City, scenario: Scenario, spoken: Language) -> TrafficDemand | None:
    """Whether everyday traffic is worked out, too; only where the city has areas between which people may travel."""
    held, kinds = scenario.mobility.traffic, set(city.table("areas")["kind"])
    kind = next((kind for kind in ZONES if kind in kinds), None)
    if held is None and kind is None:
        return None
    asked = st.checkbox(
        spoken.text("Work out everyday traffic"), held is not None,
        help=spoken.text("Which roads fill up when others are closed; shown by the colour of the roads, under “Look”."),
    )  # fmt: skip
    return (held or TrafficDemand(areas=kind or ZONES[0])) if asked else None
