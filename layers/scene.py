"""The picture of a run: every map layer of a city with the bytes of its states, the timeline and the attribution."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.city import City
from layers import codes
from layers.areas import areas_layer
from layers.blobs import Blobs
from layers.buildings import buildings_layer
from layers.coding import NOT_APPLICABLE, UNKNOWN
from layers.evacuees import caught_layer, evacuees_layer
from layers.facilities import facilities_layer
from layers.flood import flood_layer, merged_codes, merged_shape, theme_codes
from layers.flood_scales import TRUSTED
from layers.ground import ground_layer
from layers.language import Language, mark
from layers.map_component import Driving, Timeline
from layers.map_layer import MapLayer, StepValues, promise_values, put_values
from layers.relief import Relief
from layers.roads import roads_layer
from layers.scales import PLAIN_BUILDINGS, PLAIN_ROADS, RANK_SCALES
from layers.sensors import put_readings, sensors_layer
from layers.shelter_fill import put_people, shelter_fill_layer
from layers.shelters import shelters_layer
from layers.themes import BUILDING_THEMES, ROAD_THEMES, WATER_THEMES, Theme, theme_named
from layers.view import View
from layers.water_surface import surface_bytes, surface_offsets
from twin.scenario.rules import GROUPS
from twin.state import State


@dataclass(frozen=True)
class Look:
    """How a reader wants the map coloured: plain names, which may come from a link; a strange one gives the first.

    Parameters
    ----------
    scale
        Colour scale of depths and ranks ("official", "safe", "detail").
    buildings, water, roads
        Names of themes, see `layers.themes`.
    group
        For whom, where a theme is another picture for each group: one of `twin.scenario.rules.GROUPS`.
    """

    scale: str = "official"
    buildings: str = "now"
    water: str = "depth"
    roads: str = "passability"
    group: str = "walker"

    @property
    def row(self) -> int:
        """Row of the group in fields over groups."""
        return list(GROUPS).index(self.group) if self.group in GROUPS else 0


@dataclass(frozen=True)
class Scene:
    """What the map component draws."""

    layers: tuple[MapLayer, ...]
    timeline: Timeline | None
    attribution: str


def scene_of(
    city: City, states: Sequence[State], *, blobs: Blobs, language: Language, look: Look | None = None,
    driving: Driving | None = None, people: bool = True, relief: Relief | None = None,
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
    look
        How it is coloured; None takes the first of everything.
    driving
        What drives the water, drawn on the timeline.
    people
        Whether how many people are where may be seen: not in what is published.
    relief
        That of the city (`relief_of`), where somebody keeps it from one scene to the next.
    """
    look = look or Look()
    if not people and "road_people_dependent" in theme_named(look.roads, ROAD_THEMES).reads:
        look = replace(look, roads=ROAD_THEMES[0].name)
    relief = relief_of(city) if relief is None else relief
    ground_print = city.fingerprint_of("elevation")

    def named(table: str) -> str:
        return f"{city.fingerprint_of(table)}/{ground_print}/{relief.exaggeration}"

    dress = {name: city.table(name) for name in ("land_use", "water", "road_surfaces")}
    ground = ground_layer(relief, blobs, fingerprint="/".join(map(named, dress)), **dress)
    made: list[MapLayer] = [ground]
    if states and driving is not None:
        made += _water_layers(city, states, relief, blobs, ground.deck.terrain, look, ground_print)
    if len(city.areas):
        made.append(areas_layer(city.areas, relief, blobs, fingerprint=named("areas")))
    if len(city.roads):
        theme = theme_named(look.roads, ROAD_THEMES)
        values = _themed(blobs, states, theme, look.row, (len(city.roads),))
        drawn = theme.scale(look.scale) if states else PLAIN_ROADS
        layer = roads_layer(city.roads, relief, blobs, fingerprint=named("roads"), values=values, scale=drawn)
        made.append(layer.explained(theme is not ROAD_THEMES[0]))
        made += _people_layers(city, states, relief, blobs, named("roads")) if people else []
    if len(city.buildings):
        theme = theme_named(look.buildings, BUILDING_THEMES)
        values = _themed(blobs, states, theme, look.row, (len(city.buildings),))
        drawn = theme.scale(look.scale) if states else PLAIN_BUILDINGS
        layer = buildings_layer(city.buildings, relief, blobs, fingerprint=named("buildings"), scale=drawn, values=values)
        # The official depth classes are explained beside the water; anything else needs its own legend.
        made.append(layer.explained(bool(states) and drawn not in RANK_SCALES))
    if len(city.facilities):
        made.append(facilities_layer(city.facilities, relief, blobs, fingerprint=named("facilities")))
    if len(city.shelters):
        reads = ("shelter_usable", "shelter_reason")
        usable = _steps(blobs, states, reads, "shelters", (len(city.shelters),), codes.shelter_codes)
        made.append(shelters_layer(city.shelters, relief, blobs, fingerprint=named("shelters"), values=usable))
        made += _fill_layer(city, states, relief, blobs, named("shelters")) if people else []
    if len(city.sensors):
        readings = put_readings(blobs, [codes.readings_of(state) for state in states]) if states else ()
        reads = ("sensor_reading", "sensor_observed")
        alarm = _steps(blobs, states, reads, "sensors", (len(city.sensors),), codes.sensor_codes)
        made.append(sensors_layer(city.sensors, relief, blobs, fingerprint=named("sensors"), readings=readings, values=alarm))
    labels = tuple("+" + language.duration(state.time) for state in states)
    timeline = Timeline(labels, driving, tuple(state.time for state in states)) if len(states) > 1 else None
    return Scene(tuple(made), timeline, attribution(city, language))


def relief_of(city: City) -> Relief:
    """The terrain of a city as drawn; flat where it has none. What is worked out of it stays with it."""
    return Relief(city.grid, city.elevation if "elevation" in city.layers.names("raster") else None)


def _water_layers(
    city: City, states: Sequence[State], relief: Relief, blobs: Blobs, terrain: dict[str, str], look: Look, ground_print: str
) -> list[MapLayer]:
    """The water, and hatching over it where the solver is not made for the flow."""
    theme = theme_named(look.water, WATER_THEMES)
    if not theme.told_by(states):
        theme = WATER_THEMES[0]
    if not theme.told_by(states):
        return []
    shape = merged_shape(city.grid.shape)
    surface = _surface(blobs, states, relief, theme.surface, ground_print)
    values = _steps(
        blobs, states, theme.reads, f"water {theme.name}", shape, lambda state: theme_codes(theme.codes(state, 0), theme)
    )
    if values is None:
        return []
    made = [flood_layer(relief, terrain=terrain, values=replace(values, surface=surface), scale=theme.scale(look.scale))]
    trust = _steps(
        blobs, states, ("flow_trust",), "trust", shape, lambda state: merged_codes(codes.trust_codes(state))
    )  # fmt: skip
    if trust is not None and states[-1].has("flow_trust") and _doubted(states[-1]):
        over = replace(trust, surface=surface)
        title = mark("Where the solver is not made for the flow")
        made.append(flood_layer(relief, terrain=terrain, values=over, scale=TRUSTED, name="trust", title=title))
    return made


def _doubted(state: State) -> bool:
    """Whether the flow left the validity of the solver anywhere: what is so far never becomes less."""
    return bool(np.isin(codes.trust_codes(state), (1, 2)).any())


def _surface(blobs: Blobs, states: Sequence[State], relief: Relief, variable: str, ground_print: str) -> tuple[str, ...]:
    """Names of the bytes that tell how high the water of each state stands."""
    ground = "effective_ground"

    def offsets(state: State) -> NDArray[np.uint8]:
        heights = state.field(ground).astype(np.float64) if state.has(ground) else None
        if heights is not None and relief.elevation is not None:
            heights = np.where(np.isfinite(heights), heights, relief.elevation)
        return surface_bytes(surface_offsets(relief, state.field(variable), heights))

    digests = [(state.digests[variable], state.digests.get(ground, "")) for state in states]
    made_from = [("water surface", ground_print, str(relief.factor), *pair) for pair in digests]
    return promise_values(blobs, made_from, (0,), lambda number: offsets(states[number])).names


def _people_layers(city: City, states: Sequence[State], relief: Relief, blobs: Blobs, fingerprint: str) -> list[MapLayer]:
    """People on the roads, where anybody is told to leave."""
    reads = ("road_evacuees", "road_evacuees_against", "road_caught")
    told = [state for state in states if all(map(state.has, reads))]
    if not any(state.field("road_evacuees").any() or state.field("road_caught").any() for state in told):
        return []
    count = len(city.roads)
    on_the_way = _steps(blobs, states, reads[:2], "evacuees", (2 * count,), codes.evacuee_codes, untold=NOT_APPLICABLE)
    caught = _steps(blobs, states, reads[2:], "caught", (count,), codes.caught_codes, untold=NOT_APPLICABLE)
    return [
        layer(city.roads, relief, blobs, fingerprint=fingerprint, values=values).explained(layer is evacuees_layer)
        for layer, values in ((evacuees_layer, on_the_way), (caught_layer, caught))
        if values is not None
    ]


def _fill_layer(city: City, states: Sequence[State], relief: Relief, blobs: Blobs, fingerprint: str) -> list[MapLayer]:
    """How full shelters are, where anybody goes to one."""
    reads = ("shelter_occupancy", "shelter_turned_away", "shelter_usable")
    values = _steps(blobs, states, reads, "fill", (len(city.shelters),), codes.fill_codes, untold=NOT_APPLICABLE)
    inside = [state.field("shelter_occupancy") if state.has("shelter_occupancy") else None for state in states]
    if values is None or not any(people is not None and people.any() for people in inside):
        return []
    nobody_knows = np.full(len(city.shelters), np.nan)
    people = put_people(blobs, [nobody_knows if people is None else people for people in inside])
    return [shelter_fill_layer(city.shelters, relief, blobs, fingerprint=fingerprint, values=values, people=people)]


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


def _themed(blobs: Blobs, states: Sequence[State], theme: Theme, group: int, shape: tuple[int, ...]) -> StepValues | None:
    """Bytes of a theme by step, unknown where a state does not tell it (yet); None where none does."""
    row = group if theme.by_group else 0
    return _steps(blobs, states, theme.reads, f"{theme.name} {row}", shape, lambda state: theme.codes(state, row))


def _steps(
    blobs: Blobs, states: Sequence[State], variables: tuple[str, ...], coding: str, shape: tuple[int, ...],
    coded: Callable[[State], NDArray[np.uint8]], *, untold: int = UNKNOWN,
) -> StepValues | None:  # fmt: skip
    """Bytes by step; ``untold`` where a state does not hold the variables: a moment that is seen at a glance tells less.

    So the layer stays on the map, and its geometry in the browser, until the rest of the answer is there.
    """
    told = [all(map(state.has, variables)) for state in states]
    if not any(told):
        return None
    if shape == (0,):
        return put_values(blobs, [np.zeros(0, np.uint8)])
    made_from = [
        (coding, *(state.digests[name] for name in variables)) if known else ("untold", str(untold), str(shape))
        for state, known in zip(states, told, strict=True)
    ]

    def codes_of(number: int) -> NDArray[np.uint8]:
        return coded(states[number]) if told[number] else np.full(shape, untold, np.uint8)

    return promise_values(blobs, made_from, shape, codes_of)
