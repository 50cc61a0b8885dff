"""The picture of a run: every map layer of a city with the bytes of its states, the timeline and the attribution."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.city import City
from layers.areas import areas_layer
from layers.blobs import Blobs
from layers.buildings import buildings_layer
from layers.coding import ARRIVAL, NOT_APPLICABLE, RANK, UNKNOWN
from layers.facilities import facilities_layer
from layers.flood import depth_codes, flood_layer
from layers.ground import ground_layer
from layers.language import Language
from layers.map_component import Driving, Timeline
from layers.map_layer import MapLayer, StepValues, promise_values, put_values
from layers.relief import Relief
from layers.roads import roads_layer
from layers.scales import (
    ARRIVAL_TIME,
    DEPTH_SCALES,
    PLAIN_BUILDINGS,
    PLAIN_ROADS,
    RANK_SCALES,
    ROAD_PASSABILITY,
    SHELTER_USE,
    Scale,
    passability,
    scale_named,
)
from layers.sensors import put_readings, sensors_layer
from layers.shelters import shelters_layer
from layers.view import View
from twin.hooks.passability import OPEN
from twin.hooks.shelters import NOT_DESIGNATED
from twin.scenario.rules import GROUPS
from twin.state import State
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE

THEMES = {
    "now": "Depth rank now",
    "peak": "Deepest rank so far",
    "official": "Official rank",
    "arrival": "First arrival of water",
}
"""What the buildings are coloured by; translation keys."""
_RANK_VARIABLE = {"now": "building_rank", "peak": "building_rank_peak", "official": "building_official_rank"}


@dataclass(frozen=True)
class Scene:
    """What the map component draws."""

    layers: tuple[MapLayer, ...]
    timeline: Timeline | None
    attribution: str


def scene_of(
    city: City, states: Sequence[State], *, blobs: Blobs, language: Language, scale: str = "official", theme: str = "now",
    driving: Driving | None = None,
) -> Scene:  # fmt: skip
    """The scene of a run's states, or of the city alone when there are none.

    Geometry and values are promised under names that tell their content: nothing is encoded before a browser asks for it,
    and what a browser has it never asks for again.

    Parameters
    ----------
    city
        The city.
    states
        The states that are shown, in order.
    blobs
        Where bytes are promised.
    language
        The reader's.
    scale
        Name of the colour scale of depths and ranks.
    theme
        One of `THEMES`.
    driving
        What drives the water, drawn on the timeline.
    """
    terrain = city.elevation if "elevation" in city.layers.names("raster") else None
    relief = Relief(city.grid, terrain)
    ground_print = city.fingerprint_of("elevation")

    def named(table: str) -> str:
        return f"{city.fingerprint_of(table)}/{ground_print}/{relief.exaggeration}"

    dress = {name: city.table(name) for name in ("land_use", "water", "road_surfaces")}
    ground = ground_layer(relief, blobs, fingerprint="/".join(map(named, dress)), **dress)
    made: list[MapLayer] = [ground]
    if states and driving is not None and states[0].has("water_depth"):
        depths = _steps(
            blobs, states, ("water_depth",), "depth", _merged_shape(city), lambda s: depth_codes(s.field("water_depth"))
        )
        if depths is not None:
            colours = scale_named(scale, DEPTH_SCALES)
            made.append(flood_layer(relief, terrain=ground.deck.terrain, values=depths, scale=colours))
    if len(city.areas):
        made.append(areas_layer(city.areas, relief, blobs, fingerprint=named("areas")))
    if len(city.roads):
        roads = _steps(blobs, states, ("road_open", "road_depth"), "roads", (len(city.roads),), road_codes)
        drawn = PLAIN_ROADS if roads is None else ROAD_PASSABILITY
        made.append(roads_layer(city.roads, relief, blobs, fingerprint=named("roads"), values=roads, scale=drawn))
    if len(city.buildings):
        colours, codes = _building_values(blobs, states, scale, theme, len(city.buildings))
        made.append(buildings_layer(city.buildings, relief, blobs, fingerprint=named("buildings"), scale=colours, values=codes))
    if len(city.facilities):
        made.append(facilities_layer(city.facilities, relief, blobs, fingerprint=named("facilities")))
    if len(city.shelters):
        usable = _steps(blobs, states, ("shelter_usable", "shelter_reason"), "shelters", (len(city.shelters),), shelter_codes)
        made.append(shelters_layer(city.shelters, relief, blobs, fingerprint=named("shelters"), values=usable))
    if len(city.sensors):
        readings = put_readings(blobs, [readings_of(state) for state in states]) if states else ()
        alarm = _steps(blobs, states, ("sensor_reading", "sensor_observed"), "sensors", (len(city.sensors),), sensor_codes)
        made.append(sensors_layer(city.sensors, relief, blobs, fingerprint=named("sensors"), readings=readings, values=alarm))
    labels = tuple("+" + language.duration(state.time) for state in states)
    timeline = Timeline(labels, driving) if len(states) > 1 else None
    return Scene(tuple(made), timeline, attribution(city, language))


def home_view(city: City, driving: Driving | None = None) -> View:
    """The view that a page opens with: all buildings (else the whole city), at the first moment of the highest water."""
    bounds = city.grid.bounds_wgs84
    if len(city.buildings):
        middles = shapely.centroid(city.buildings.geometry.to_numpy())
        # A farm far out must not make the town small: all but the outermost hundredth on each side.
        x, y = (np.quantile(part(middles), (0.01, 0.99)) for part in (shapely.get_x, shapely.get_y))
        margin = max(0.03 * float(max(np.ptp(x), np.ptp(y))), 100.0)
        west, south, east, north = city.grid.to_wgs84.transform_bounds(
            x[0] - margin, y[0] - margin, x[1] + margin, y[1] + margin
        )
        bounds = (float(west), float(south), float(east), float(north))
    view = View.of_bounds(bounds)
    known = [-math.inf if value is None else value for value in driving.values] if driving else [0.0]
    return replace(view, zoom=min(view.zoom + 0.3, 18.0), step=known.index(max(known)))


def attribution(city: City, language: Language) -> str:
    """The line that names all sources, always visible on the map."""
    lines = dict.fromkeys(origin.attribution for origin in city.provenance.values() if origin.attribution)
    return " · ".join(lines) or language.text("The sources of these data name no attribution.")


def road_codes(state: State) -> NDArray[np.uint8]:
    """Codes of `layers.coding.PASSABILITY` from what cars and walkers may do."""
    open_to = state.field("road_open")
    cars, walkers = open_to[GROUPS.index("car")], open_to[GROUPS.index("walker")]
    # A footpath is judged by those who may use it: a car that never could does not close it.
    cars = np.where(cars == NOT_APPLICABLE_CODE, walkers, cars)
    walkers = np.where(walkers == NOT_APPLICABLE_CODE, cars, walkers)
    code = passability(cars == OPEN, walkers == OPEN, state.field("road_depth") >= 0.01).astype(np.uint8)
    code[cars == UNKNOWN_CODE] = UNKNOWN
    code[cars == NOT_APPLICABLE_CODE] = NOT_APPLICABLE
    return code


def shelter_codes(state: State) -> NDArray[np.uint8]:
    """Codes of `layers.coding.USABILITY`."""
    usable, reason = state.field("shelter_usable"), state.field("shelter_reason")
    code = SHELTER_USE.coding.encode(np.where(usable == 1, 0.0, 1.0))
    code[reason == NOT_DESIGNATED] = 2
    code[usable == UNKNOWN_CODE] = UNKNOWN
    return code


def arrival_codes(state: State) -> NDArray[np.uint8]:
    """Codes of `layers.coding.ARRIVAL`; not applicable where no water came so far."""
    arrival = state.field("building_arrival")
    return ARRIVAL.encode(arrival, not_applicable=np.isposinf(arrival))


def sensor_codes(state: State) -> NDArray[np.uint8]:
    """Codes of `layers.coding.SENSOR_STATE`: the reading against the thresholds that its source states."""
    sensors, reading = state.city.table("sensors"), readings_of(state)
    highest = sensors["danger_level"].to_numpy(np.float64)
    lowest = np.fmin(sensors["caution_level"].to_numpy(np.float64), sensors["standby_level"].to_numpy(np.float64))
    code = np.select([reading >= highest, reading >= lowest], [2, 1], 0).astype(np.uint8)
    code[np.isnan(reading)] = UNKNOWN
    return code


def readings_of(state: State) -> NDArray[np.float64]:
    """What each sensor did read, else what it would read; NaN where neither is known."""
    would = state.field("sensor_reading")
    observed = state.field("sensor_observed")
    return np.where(np.isnan(observed), np.where(np.isfinite(would), would, np.nan), observed)


def _building_values(
    blobs: Blobs, states: Sequence[State], scale: str, theme: str, count: int
) -> tuple[Scale, StepValues | None]:
    if not states:
        return PLAIN_BUILDINGS, None
    if theme == "arrival":
        return ARRIVAL_TIME, _steps(blobs, states, ("building_arrival",), "arrival", (count,), arrival_codes)
    name = _RANK_VARIABLE.get(theme, "building_rank")
    codes = _steps(blobs, states, (name,), "rank", (count,), lambda state: RANK.encode(state.field(name)))
    return scale_named(scale, RANK_SCALES), codes


def _merged_shape(city: City) -> tuple[int, ...]:
    return tuple(depth_codes(np.zeros(city.grid.shape, np.float32)).shape)


def _steps(
    blobs: Blobs, states: Sequence[State], variables: tuple[str, ...], coding: str, shape: tuple[int, ...],
    codes: Callable[[State], NDArray[np.uint8]],
) -> StepValues | None:  # fmt: skip
    if not states or not all(state.has(name) for state in states for name in variables):
        return None
    if shape == (0,):
        return put_values(blobs, [np.zeros(0, np.uint8)])
    made_from = [(coding, *(state.digests[name] for name in variables)) for state in states]
    return promise_values(blobs, made_from, shape, lambda number: codes(states[number]))
