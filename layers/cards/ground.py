"""A point on bare ground: the cell it lies in, its water now and so far, and what the official maps say there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely

from geodata.city import City
from geodata.datum_name import datum_name
from layers.card import Card, sources_of
from layers.coding import HAZARD_CLASS
from layers.fact import Fact, Series, depth_text, plain, tone_of
from layers.flood_scales import HAZARD_CLASSES, TRUSTED
from layers.language import Language
from twin.state import State
from twin.variable import UNKNOWN_CODE

Cell = tuple[int, int]


def cell_at(city: City, coordinate: tuple[float, float]) -> Cell | None:
    """Row and column of the cell in which a point lies (longitude, latitude); None outside the city."""
    grid = city.grid
    x, y = grid.to_wgs84.transform(*coordinate, direction="INVERSE")
    row, column = math.floor((grid.north - y) / grid.cell), math.floor((x - grid.west) / grid.cell)
    return (row, column) if 0 <= row < grid.rows and 0 <= column < grid.columns else None


def ground_card(
    city: City, coordinate: tuple[float, float], states: Sequence[State], step: int, language: Language
) -> Card | None:
    """The card of a point on the ground; None outside the city.

    Parameters
    ----------
    city
        The city.
    coordinate
        Longitude and latitude, degrees.
    states
        States of the run in order; empty when nothing was simulated.
    step
        Number of the state that is "now".
    language
        The reader's.
    """
    cell = cell_at(city, coordinate)
    if cell is None:
        return None
    text = language.text
    title = f"{coordinate[1]:.5f}, {coordinate[0]:.5f}"
    size = language.number(city.grid.cell)
    subtitle = text("Ground · one cell of {size} × {size} m", size=size)
    now = tuple(_now(states[min(step, len(states) - 1)], cell, language)) if states else ()
    depth = [plain(state.field("water_depth")[cell]) for state in states if state.has("water_depth")]
    series: tuple[Series, ...] = ()
    if np.isfinite(depth).any():
        series = (Series(text("Depth on the ground"), "m", tuple(state.time / 3600 for state in states), tuple(depth)),)
    return Card(title, subtitle, now, tuple(_facts(city, cell, coordinate, language)), series, sources_of(city, "", language))


def _facts(city: City, cell: Cell, coordinate: tuple[float, float], language: Language) -> list[Fact]:
    text, facts = language.text, []
    if "elevation" in city.layers.names("raster"):
        height = float(city.elevation[cell])
        datum = f" ({datum_name(city.heights)})" if city.heights.datum else ""
        known = not math.isnan(height)
        words = f"{language.number(height)} m{datum}" if known else text("unknown")
        facts.append(Fact(text("Height of the ground"), words, "plain" if known else "unknown"))
    if len(city.areas):
        x, y = city.grid.to_wgs84.transform(*coordinate, direction="INVERSE")
        inside = shapely.contains_xy(np.asarray(city.areas.geometry.to_numpy(), dtype=object), x, y)
        names = [str(name) for name in city.areas["name"][inside] if name]
        if names:
            facts.append(Fact(text("Lies in"), ", ".join(dict.fromkeys(names))))
    return facts


def _now(state: State, cell: Cell, language: Language) -> list[Fact]:
    text = language.text
    high, low = float(state.field("water_depth")[cell]), float(state.field("water_depth_low")[cell])
    facts = [Fact(text("Depth now"), depth_text(high, low, language), tone_of(high))]
    if state.has("official_depth"):
        official, least = float(state.field("official_depth")[cell]), float(state.field("official_depth_low")[cell])
        facts.append(Fact(text("On official maps at most"), depth_text(official, least, language), tone_of(official, math.inf)))
    computed = state.has("flow_max_depth") and not math.isinf(float(state.field("flow_max_depth")[cell]))
    return [*facts, *_flow(state, cell, high, language)] if computed else facts


def _flow(state: State, cell: Cell, depth: float, language: Language) -> list[Fact]:
    """What the flood engine computed there."""
    text, facts = language.text, []
    ground = float(state.field("effective_ground")[cell])
    if depth >= 0.01 and math.isfinite(ground):
        datum = datum_name(state.city.heights)
        level = f"{language.number(ground + depth)} m" + (f" ({datum})" if datum else "")
        facts.append(Fact(text("Water level now"), level))
    if state.has("flow_speed"):
        speed = float(state.field("flow_speed")[cell])
        if math.isnan(speed):
            facts.append(Fact(text("Speed now"), text("unknown: too fast for this solver to tell"), "unknown"))
        elif depth >= 0.01:
            facts.append(Fact(text("Speed now"), f"{language.number(speed)} m/s"))
    peak = float(state.field("flow_max_depth")[cell])
    facts.append(Fact(text("Greatest depth so far"), depth_text(peak, peak, language), tone_of(peak, math.inf)))
    arrival = float(state.field("flow_arrival")[cell])
    came = (
        text("unknown")
        if math.isnan(arrival)
        else text("not so far in this run")
        if arrival == math.inf
        else text("from the start")
        if arrival <= 0
        else text("after {time}", time=language.duration(round(arrival / 60) * 60))
    )
    facts.append(Fact(text("Water first stood 5 cm deep"), came, "unknown" if math.isnan(arrival) else "plain"))
    if state.has("flow_hazard_now"):
        facts.append(_hazard(text("Hazard class now"), int(state.field("flow_hazard_now")[cell]), language))
    facts.append(_hazard(text("Hazard class so far"), int(state.field("flow_hazard_class")[cell]), language))
    trust = int(state.field("flow_trust")[cell])
    if trust in (1, 2):
        facts.append(Fact(text("Mind"), text(TRUSTED.classes[trust].label) + " " + text(TRUSTED.note), "warning"))
    return facts


def _hazard(label: str, code: int, language: Language) -> Fact:
    if code == UNKNOWN_CODE or code >= len(HAZARD_CLASS.members):
        return Fact(label, language.text("unknown"), "unknown")
    if code == 0:
        return Fact(label, language.text("no water"))
    return Fact(label, language.text(HAZARD_CLASSES.classes[code].label), "warning" if code >= 3 else "plain")
