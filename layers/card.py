"""What the page says of one element: what it is, its state now and over time, its sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from geodata.city import City
from geodata.tables import TABLES
from layers.cards.area import area_facts
from layers.cards.building import building_facts
from layers.cards.facility import facility_facts
from layers.cards.road import road_facts
from layers.cards.sensor import sensor_facts
from layers.cards.shelter import shelter_facts
from layers.fact import Fact, Series, quantity_text, rank_text, series_of
from layers.language import Language, mark
from twin.state import State

__all__ = ["Card", "Fact", "Series", "card_of", "label_of", "quantity_text", "rank_text", "sources_of"]

HIDDEN = ("geometry", "attributes", "from_node", "to_node", "building_id", "area_id", "component")
LABELS = {
    "residents_0_14": "Residents aged 0 to 14",
    "residents_15_64": "Residents aged 15 to 64",
    "residents_65_74": "Residents aged 65 to 74",
    "residents_75_over": "Residents aged 75 or older",
    "people_by_day": "People by day",
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
_SINGULAR = {
    "buildings": "building", "roads": "road", "shelters": "shelter", "facilities": "facility", "sensors": "sensor",
    "areas": "area",
}  # fmt: skip
_NOW: dict[str, Callable[[State, int, Language], list[Fact]]] = {
    "buildings": building_facts, "roads": road_facts, "shelters": shelter_facts, "sensors": sensor_facts,
    "facilities": facility_facts, "areas": area_facts,
}  # fmt: skip
_SERIES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "buildings": (("building_depth", mark("Depth at the building"), "m"),),
    "roads": (("road_depth", mark("Depth on the road"), "m"), ("road_evacuees", mark("People on the road"), mark("people"))),
    "shelters": (
        ("shelter_depth", mark("Depth at the shelter"), "m"),
        ("shelter_occupancy", mark("People in the shelter"), mark("people")),
    ),
    "facilities": (("facility_depth", mark("Depth at the facility"), "m"),),
    "sensors": (("sensor_reading", mark("Would read"), ""), ("sensor_observed", mark("Did read"), "")),
    "areas": (),
}
"""Fields over time: variable, label, unit ("" = the sensor's own)."""
_PEOPLE = ("road_evacuees", "shelter_occupancy")


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
    now: tuple[Fact, ...] = ()
    series: list[Series] = []
    if states and table in _NOW:
        now = tuple(_NOW[table](states[min(step, len(states) - 1)], index, language))
        for variable, label, unit in _SERIES[table]:
            shown = language.text(unit) if unit else str(row["unit"])
            found = series_of(label, shown, states, variable, index, language)
            # A curve of people that is 0 throughout says less than the line above it.
            series += [one for one in found if variable not in _PEOPLE or max(one.values) > 0]
    return Card(
        str(row.get("name") or row.get("address") or row["id"]), _subtitle(table, row, language), now,
        _facts(table, row, language), tuple(series), sources_of(city, table, language),
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


def sources_of(city: City, table: str, language: Language) -> tuple[str, ...]:
    """One line for each source behind a table, the terrain and the hazard maps: what, by whom, of when, under which licence."""
    lines = []
    for layer in (table, "elevation", *(f"hazard/{name}" for name in city.hazard_maps)):
        origin = city.provenance.get(layer)
        if origin is None and layer.startswith("hazard/"):
            origin = city.hazard_maps[layer.removeprefix("hazard/")].provenance
        if origin is not None:
            parts = [origin.source, origin.date, origin.licence or language.text("licence not stated")]
            lines.append(f"{language.text(layer.partition('/')[0].capitalize())}: " + ", ".join(filter(None, parts)))
    return tuple(dict.fromkeys(lines))
