"""What the page says of one element: what it is, its state now and over time, the official rank beside ours, its sources."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geodata.city import City
from geodata.tables import TABLES
from layers.language import Language
from layers.scales import OFFICIAL_RANK
from twin.scenario.rules import GROUPS
from twin.state import State
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE

HIDDEN = ("geometry", "attributes", "from_node", "to_node", "building_id", "area_id", "component")
LABELS = {
    "residents_0_14": "Residents aged 0 to 14",
    "residents_15_64": "Residents aged 15 to 64",
    "residents_65_74": "Residents aged 65 to 74",
    "residents_75_over": "Residents aged 75 or older",
    "storeys": "Storeys above ground",
    "storeys_below": "Storeys below ground",
    "floor_height": "Floor above the ground",
    "oneway": "Direction of traffic",
    "bridge": "On a bridge",
    "tunnel": "In a tunnel or underpass",
    "level": "Level, 0 = on the ground",
    "deck_elevation": "Elevation of the bridge deck",
    "cars": "Meant for cars",
    "walkers": "Meant for walkers",
    "users": "People who need help here",
    "critical_height": "Height of water that stops it",
    "backup_hours": "Time without mains power",
    "river_flood": "Meant for river floods",
    "inland_flood": "Meant for inland floods",
    "high_tide": "Meant for storm surges",
    "landslide": "Meant for landslides",
    "earthquake": "Meant for earthquakes",
    "tsunami": "Meant for tsunamis",
    "large_fire": "Meant for large fires",
    "volcano": "Meant for volcanic events",
}
"""Labels of columns whose names do not read well; the others are labelled by their names."""
_SINGULAR = {"buildings": "building", "roads": "road", "shelters": "shelter", "facilities": "facility", "sensors": "sensor"}


@dataclass(frozen=True)
class Fact:
    """One line of a card: a label, what it says, and whether that is unknown or bad news (told by a sign, too)."""

    label: str
    value: str
    tone: str = "plain"


@dataclass(frozen=True)
class Series:
    """A quantity of the element over the run; NaN where it is unknown."""

    label: str
    unit: str
    hours: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Card:
    """Everything the page says of one element, in the reader's language."""

    title: str
    subtitle: str
    now: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    series: tuple[Series, ...]
    sources: tuple[str, ...]


def label_of(column: str) -> str:
    """The translation key of a column's label.

    Examples
    --------
    >>> label_of("year_built"), label_of("residents_0_14")
    ('Year built', 'Residents aged 0 to 14')
    """
    return LABELS.get(column, column.replace("_", " ").capitalize())


def card_of(city: City, table: str, index: int, states: Sequence[State], step: int, language: Language) -> Card:
    """The card of one element.

    Parameters
    ----------
    city
        The city.
    table, index
        The element: table and row.
    states
        States of the run in order; empty when nothing was simulated.
    step
        Number of the state that is "now".
    language
        The reader's.
    """
    row = city.table(table).iloc[index]
    dim = _SINGULAR.get(table, "")
    now: list[Fact] = []
    series: list[Series] = []
    if states and dim:
        state = states[min(step, len(states) - 1)]
        now = _now(table, state, index, language)
        series = _series(dim, states, index, language)
    return Card(
        str(row.get("name") or row.get("address") or row["id"]), _subtitle(table, row, language), tuple(now),
        _facts(table, row, language), tuple(series), _sources(city, table, language),
    )  # fmt: skip


def _subtitle(table: str, row: pd.Series, language: Language) -> str:
    kind = row.get("use") or row.get("kind") or row.get("class") or ""
    words = [language.text(_SINGULAR.get(table, table).capitalize())]
    if kind:
        words.append(language.text(str(kind).replace("_", " ")))
    return " · ".join(words)


def _facts(table: str, row: pd.Series, language: Language) -> tuple[Fact, ...]:
    facts = []
    for column in TABLES[table].columns:
        if column.name in HIDDEN or column.name in ("name", "use", "kind", "class"):
            continue
        value = row[column.name]
        label = language.text(label_of(column.name))
        if column.kind == "text" and not value:
            continue  # an absent text says nothing; an absent number is told as unknown
        if pd.isna(value):
            facts.append(Fact(label, language.text("unknown"), "unknown"))
        elif column.kind == "boolean":
            facts.append(Fact(label, language.text("yes" if value else "no")))
        elif column.kind in ("number", "integer"):
            facts.append(
                Fact(
                    label,
                    str(int(value)) if column.name == "year_built" else quantity_text(float(value), column.unit, language),
                )
            )
        else:
            facts.append(Fact(label, language.text(str(value).replace("_", " ")) if column.choices else str(value)))
    known = [fact for fact in facts if fact.tone != "unknown"]
    absent = [fact.label for fact in facts if fact.tone == "unknown"]
    if absent:
        known.append(Fact(language.text("Not stated by the source"), ", ".join(absent), "unknown"))
    return tuple(known)


def _now(table: str, state: State, index: int, language: Language) -> list[Fact]:
    return {
        "buildings": _building_now,
        "roads": _road_now,
        "shelters": _shelter_now,
        "sensors": _sensor_now,
        "facilities": _facility_now,
    }[table](state, index, language)


def quantity_text(value: float, unit: str, language: Language) -> str:
    """A value with its unit as people read it: durations in hours and minutes, speeds in km/h.

    Examples
    --------
    >>> english = Language("en")
    >>> quantity_text(13.89, "m/s", english), quantity_text(7900.0, "s", english), quantity_text(82.5, "m2", english)
    ('50 km/h', '2 h 11 min 40 s', '82.5 m²')
    """
    if unit == "s":
        return language.duration(value)
    if unit == "m/s":
        return f"{language.number(value * 3.6, 0)} km/h"
    shown = {"m2": "m²", "m3/s": "m³/s", "1": ""}.get(unit, unit)
    return f"{language.number(value)} {shown}".rstrip()


def depth_text(high: float, low: float, language: Language) -> str:
    """A depth known as an interval, in words.

    Examples
    --------
    >>> depth_text(3.0, 0.5, Language("en")), depth_text(0.0, 0.0, Language("en")), depth_text(1.2, 1.2, Language("en"))
    ('0.5 to 3 m', 'dry', '1.2 m')
    """
    if math.isnan(high):
        return language.text("unknown")
    if high < 0.01:
        return language.text("dry")
    if low >= high or math.isnan(low):
        return f"{language.number(high)} m"
    return language.text("{low} to {high} m", low=low, high=high)


def rank_text(rank: int, language: Language) -> str:
    """A depth rank in words: the number and the depths it stands for."""
    if rank == UNKNOWN_CODE:
        return language.text("unknown")
    if rank == 0:
        return language.text("no water")
    label = next(entry.label for entry in OFFICIAL_RANK.classes if entry.lower == str(rank))
    return language.text("rank {rank}", rank=rank) + f" ({language.text(label)})"


def _tone(value: float, limit: float = 0.01) -> str:
    return "unknown" if math.isnan(value) else "warning" if value >= limit else "plain"


def _building_now(state: State, index: int, language: Language) -> list[Fact]:
    text = language.text
    high, low = (float(state.field(name)[index]) for name in ("building_depth", "building_depth_low"))
    ours, official = (int(state.field(name)[index]) for name in ("building_rank_peak", "building_official_rank"))
    arrival = float(state.field("building_arrival")[index])
    came = (
        text("not so far in this run")
        if arrival == math.inf
        else text("unknown")
        if math.isnan(arrival)
        else text("after {time} at the earliest", time=language.duration(arrival))
        if arrival
        else text("from the start")
    )
    wet = float(state.field("building_wet_time")[index])
    facts = [
        Fact(text("Depth now"), depth_text(high, low, language), _tone(high)),
        Fact(text("Deepest so far"), rank_text(ours, language), "unknown" if ours == UNKNOWN_CODE else "plain"),
        Fact(text("Official rank here"), rank_text(official, language), "unknown" if official == UNKNOWN_CODE else "plain"),
        Fact(text("Water came"), came, "unknown" if math.isnan(arrival) else "plain"),
        Fact(text("Wet for"), text("unknown") if math.isnan(wet) else language.duration(wet), _tone(wet, math.inf)),
    ]
    if UNKNOWN_CODE not in (ours, official) and ours < official:
        facts.insert(3, Fact(text("Mind"), text("An official map ranks this place higher than this scenario does."), "warning"))
    return facts


_GROUP_LABELS = dict(
    zip(GROUPS, ("Walkers by day", "Walkers at night, older or with a child", "Cars", "Large vehicles"), strict=True)
)


def _road_now(state: State, index: int, language: Language) -> list[Fact]:
    depth = float(state.field("road_depth")[index])
    facts = [Fact(language.text("Depth now"), depth_text(depth, depth, language), _tone(depth))]
    words = {
        0: ("closed", "warning"),
        1: ("open", "plain"),
        UNKNOWN_CODE: ("unknown", "unknown"),
        NOT_APPLICABLE_CODE: ("not meant for them", "plain"),
    }
    for group, codes in zip(GROUPS, state.field("road_open")[:, index].tolist(), strict=True):
        word, tone = words[codes]
        facts.append(Fact(language.text(_GROUP_LABELS[group]), language.text(word), tone))
    return facts


def _shelter_now(state: State, index: int, language: Language) -> list[Fact]:
    depth = float(state.field("shelter_depth")[index])
    usable = int(state.field("shelter_usable")[index])
    reason = state.variables["shelter_reason"].codes[int(state.field("shelter_reason")[index])]
    word, tone = {0: ("cannot be used", "warning"), 1: ("can be used", "plain")}.get(usable, ("unknown", "unknown"))
    return [
        Fact(language.text("Shelter"), language.text(word), tone),
        Fact(language.text("Why"), language.text(reason)),
        Fact(language.text("Depth now"), depth_text(depth, depth, language), _tone(depth)),
    ]


def _facility_now(state: State, index: int, language: Language) -> list[Fact]:
    depth = float(state.field("facility_depth")[index])
    return [Fact(language.text("Depth now"), depth_text(depth, depth, language), _tone(depth))]


def _sensor_now(state: State, index: int, language: Language) -> list[Fact]:
    unit = str(state.city.table("sensors")["unit"].iloc[index])

    def words(value: float) -> str:
        if math.isnan(value):
            return language.text("unknown")
        return language.text("not computed here") if value == -math.inf else f"{language.number(value)} {unit}"

    would, did = (float(state.field(name)[index]) for name in ("sensor_reading", "sensor_observed"))
    return [
        Fact(language.text("Would read in this scenario"), words(would), _tone(would, math.inf)),
        Fact(language.text("Did read at that moment"), words(did), _tone(did, math.inf)),
    ]


_SERIES = {
    "building": (("building_depth", "Depth at the building"),),
    "road": (("road_depth", "Depth on the road"),),
    "shelter": (("shelter_depth", "Depth at the shelter"),),
    "facility": (("facility_depth", "Depth at the facility"),),
    "sensor": (("sensor_reading", "Would read"), ("sensor_observed", "Did read")),
}


def _series(dim: str, states: Sequence[State], index: int, language: Language) -> list[Series]:
    made = []
    for name, label in _SERIES[dim]:
        values = [_plain(state.field(name)[index]) for state in states if state.has(name)]
        unit = states[0].variables[name].unit if dim != "sensor" else str(states[0].city.table("sensors")["unit"].iloc[index])
        if any(np.isfinite(values)):
            made.append(Series(language.text(label), unit, tuple(state.time / 3600 for state in states), tuple(values)))
    return made


def _plain(value: Any) -> float:
    return float(value) if np.isfinite(value) else math.nan


def _sources(city: City, table: str, language: Language) -> tuple[str, ...]:
    lines = []
    for layer in (table, "elevation", *(f"hazard/{name}" for name in city.hazard_maps)):
        origin = city.provenance.get(layer)
        if origin is None and layer.startswith("hazard/"):
            origin = city.hazard_maps[layer.removeprefix("hazard/")].provenance
        if origin is not None:
            parts = [origin.source, origin.date, origin.licence or language.text("licence not stated")]
            lines.append(f"{language.text(layer.partition('/')[0].capitalize())}: " + ", ".join(filter(None, parts)))
    return tuple(dict.fromkeys(lines))
