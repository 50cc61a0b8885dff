"""A scenario in words: what happens, what is done, from when to when."""

from __future__ import annotations

from geodata.city import City
from geodata.datum_name import datum_name
from layers.language import Language, mark
from twin.drafting import length_of
from twin.hooks.shelters import FLAGS
from twin.levels import building_ground
from twin.presence import presence_of
from twin.question import Note
from twin.scenario import Engine, EvacuationOrder, HazardMapWater, Measure, Scenario, Stage
from twin.scenario.events import highest_point, peak_of, rain_figures, storm_of
from twin.scenario.flood_measures import CulvertPart, FloodBarrier, Gate, LeveeBreach, PumpPart, RaisedRoad, Storage
from twin.scenario.kinds import KIND_NAMES
from twin.scenario.presets import official_map
from twin.scenario.rules import PassageRules
from twin.scenario.storm import DesignStorm
from twin.scenario.timed import TimedPart

HAZARDS = {hazard: hazard.replace("_", " ") for hazard in FLAGS}
"""Words of the hazards that shelters are meant for; they are translated with the tables of a city."""


def datum_words(city: City, language: Language) -> str:
    """What elevations and levels are measured from."""
    return datum_name(city.heights) or language.text("a datum that is not stated")


def ground_words(city: City, language: Language) -> str:
    """At which heights the buildings stand: what a level of water is to be compared with; "" where that is not known."""
    ground = building_ground(city)
    if ground is None:
        return ""
    low, middle, high = (language.number(level, 1) for level in ground)
    return language.text(
        "The buildings here stand on ground of {low} to {high} m above {datum}, half of them below {middle} m.",
        low=low, high=high, middle=middle, datum=datum_words(city, language),
    )  # fmt: skip


def event_words(scenario: Scenario, city: City, language: Language) -> str:
    """Where the water comes from and how high it gets, in a sentence or two."""
    text, water = language.text, scenario.water
    peak = peak_of(water)
    when = "" if peak is None else language.duration(peak.at)
    if isinstance(water, HazardMapWater) and peak is not None:
        named = city.hazard_maps[water.map].name if water.map in city.hazard_maps else ""
        which = named or (water.map if water.map else text("Official flood maps, {scale}", scale=water.scale))
        if peak.value >= 1:
            return text("{map}, risen to in full after {when}.", map=which, when=when)
        share = language.number(100 * peak.value, 0)
        return text("{map}, risen to {share} % of its depth after {when}.", map=which, share=share, when=when)
    if isinstance(water, Stage) and peak is not None:
        level = language.number(peak.value)
        if water.above == "river":
            return text("The river stands {level} m above normal after {when}.", level=level, when=when)
        datum = datum_words(city, language)
        return text("Still water stands {level} m above {datum} after {when}.", level=level, when=when, datum=datum)
    if isinstance(water, Engine):
        return _engine_words(water, city, language) + _flooded_words(scenario.rules.wet, language)
    return text("A dry day.")


def event_title(scenario: Scenario, language: Language) -> str:
    """The event in a few words, as a heading."""
    text, water = language.text, scenario.water
    peak = peak_of(water)
    if isinstance(water, HazardMapWater):
        return text(official_map(water.scale).name)
    if isinstance(water, Stage) and peak is not None:
        told = mark("River {level} m above normal") if water.above == "river" else mark("Still water at {level} m")
        return text(told, level=language.number(peak.value))
    if isinstance(water, Engine):
        storm = storm_of(water)
        if storm is not None:
            return text("Storm once in {years} years, {length}: {depth} mm", **_storm_figures(storm, language))
        total, length = rain_figures(water.rain)
        if total:
            return text("Rain, {depth} mm in {length}", depth=language.number(total, 0), length=language.duration(length))
        return text("Computed flood")
    return text("Dry day")


def storm_words(storm: DesignStorm, language: Language) -> str:
    """How often a storm comes, how long it lasts, what it brings, and whose statistics say so."""
    words = language.text("a storm once in {years} years, {length}: {depth} mm", **_storm_figures(storm, language))
    after = " · ".join(dict.fromkeys(part for part in (storm.source or storm.name, storm.valid) if part))
    return language.text("{storm}, after {source}", storm=words, source=after) if after else words


def _storm_figures(storm: DesignStorm, language: Language) -> dict[str, str]:
    number = language.number
    depth = number(storm.total, 0)
    if storm.factor != 1.0:
        depth = f"{number(storm.depths[-1].depth, 0)} × {number(storm.factor)} = {depth}"
    years = number(storm.return_period or 0.0)
    return {"years": years, "length": language.duration(storm.length), "depth": depth}


def _flooded_words(wet: float, language: Language) -> str:
    """From which depth on a place counts as flooded, where somebody chose it."""
    if wet == PassageRules().wet:
        return ""
    return language.text(" Flooded means {depth} cm and more.", depth=language.number(100 * wet, 0))


def _engine_words(water: Engine, city: City, language: Language) -> str:
    text = language.text
    total, length = rain_figures(water.rain)
    parts = []
    storm = storm_of(water)
    if storm is not None:
        parts.append(storm_words(storm, language))
    elif total:
        parts.append(text("{depth} mm of rain in {length}", depth=language.number(total, 0), length=language.duration(length)))
    if water.rain is not None and water.rain.cell is not None:
        parts.append(text("about one place, half as much at {distance} m", distance=language.number(water.rain.cell.radius, 0)))
    if water.rain is not None and water.rain.field:
        parts.append(text("the rain field {name}", name=water.rain.field))
    inflows = [part.discharge for part in water.inflows] + [part.discharge for part in water.inflow_edges]
    if inflows:
        most = max(highest_point(discharge).value for discharge in inflows)
        parts.append(
            text("{count} inflows of up to {most} m³/s", count=len(inflows), most=language.number(most, 1))
            if len(inflows) > 1
            else text("an inflow of up to {most} m³/s", most=language.number(most, 1))
        )
    if water.level_edges:
        most = max(highest_point(edge.levels).value for edge in water.level_edges)
        parts.append(
            text("rivers or sea at the edge up to {most} m above {datum}", most=language.number(most),
                 datum=datum_words(city, language))
        )  # fmt: skip
    listed = text(", ").join(parts) or text("no water comes in")
    # What ends with a full stop of its own ("T.P.") takes no second one.
    return text("The flood engine computes the water: {parts}.", parts=listed.removesuffix("."))


def time_words(scenario: Scenario, city: City, language: Language) -> str:
    """When it starts, how long it lasts, how fine it is told."""
    lasts = language.text(
        "{duration}, told every {step}", duration=language.duration(scenario.duration),
        step=language.duration(scenario.output_interval or scenario.step),
    )  # fmt: skip
    if scenario.start is None:
        return language.text("No date: in daylight. {lasts}.", lasts=lasts)
    return language.text("From {start}. {lasts}.", start=language.instant(scenario.start, city.time_zone), lasts=lasts)


def people_words(scenario: Scenario, city: City, language: Language) -> str:
    """Where people are counted."""
    if presence_of(scenario, city) == "by_day":
        return language.text("People are counted where they are by day.")
    return language.text("Residents are counted at home.")


def measure_title(measure: TimedPart, language: Language) -> str:
    """What a measure is called, else its kind."""
    return measure.name or kind_title(str(getattr(measure, "kind", "")), language)


def kind_title(kind: str, language: Language) -> str:
    """What a kind of measure is called."""
    return language.text(KIND_NAMES.get(kind, kind.replace("_", " ").capitalize()))


def note_words(note: Note, language: Language) -> str:
    """What is to be said of a question; hazards are called as in the tables of a city."""
    known = HAZARDS.values()
    named = {
        name: language.text(value) if isinstance(value, str) and value in known else value
        for name, value in note.values.items()
    }
    return language.text(note.template, **named)


def acting_words(measure: TimedPart, language: Language) -> str:
    """From when to when a measure acts."""
    start, end = language.duration(measure.start), "" if measure.end is None else language.duration(measure.end)
    if measure.end is None:
        return language.text("all the time") if not measure.start else language.text("from +{start} on", start=start)
    return language.text("+{start} to +{end}", start=start, end=end)


def measure_words(measure: Measure, city: City, language: Language) -> str:
    """What a measure is, without its name and times."""
    text, number = language.text, language.number
    if isinstance(measure, FloodBarrier):
        long = number(length_of(city, measure.line), 0)
        if measure.height is not None:
            return text("{length} m long, {height} m above the ground", length=long, height=number(measure.height))
        return text("{length} m long, top at {crest} m", length=long, crest=number(measure.crest or 0.0))
    if isinstance(measure, RaisedRoad):
        return text("{length} m of road, {height} m higher", length=number(length_of(city, measure.line), 0),
                    height=number(measure.height))  # fmt: skip
    if isinstance(measure, Gate):
        return text("{length} m wide, top at {crest} m", length=number(length_of(city, measure.line), 0),
                    crest=number(measure.crest))  # fmt: skip
    if isinstance(measure, LeveeBreach):
        return text("{width} m wide after {growth}", width=number(measure.width), growth=language.duration(measure.growth))
    if isinstance(measure, PumpPart):
        return text("{capacity} m³/s", capacity=number(measure.capacity))
    if isinstance(measure, CulvertPart):
        return text("{width} × {height} m, {length} m long", width=number(measure.width), height=number(measure.height),
                    length=number(length_of(city, measure.ends), 0))  # fmt: skip
    if isinstance(measure, Storage):
        return text("{volume} m³ within {radius} m", volume=number(measure.volume, 0), radius=number(measure.radius, 0))
    if isinstance(measure, EvacuationOrder):
        where = (
            text("in the drawn area") if measure.polygon
            else text("in 1 area" if len(measure.areas) == 1 else "in {count} areas", count=len(measure.areas))
            if measure.areas else text("in the whole city")
        )  # fmt: skip
        return text("level {level} {where}, {share} % go", level=measure.level, where=where,
                    share=number(100 * measure.share, 0))  # fmt: skip
    for table, many in (("roads", mark("{count} stretches of road")), ("shelters", mark("{count} shelters"))):
        ids: tuple[str, ...] = getattr(measure, table, ())
        if ids:
            return text(many, count=len(ids)) if len(ids) > 1 else _called(city, table, ids[0], language)
    return ""


def _called(city: City, table: str, wanted: str, language: Language) -> str:
    """The name of an element, else its id."""
    rows = city.table(table)
    names = rows.loc[rows["id"] == wanted, "name"].tolist()
    if not names:
        return language.text("{id}, which this city does not have", id=wanted)
    return str(names[0]) or wanted
