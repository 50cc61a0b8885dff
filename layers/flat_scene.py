"""The picture of a state without WebGL: the same layers, colours and patterns, drawn flat on the server."""

from __future__ import annotations

import numpy as np
import shapely

from geodata.city import City
from layers.coding import DEPTH, RANK
from layers.flat_map import FlatLayer, flat_picture, flat_svg
from layers.ground import ground_classes
from layers.language import Language
from layers.relief import Relief
from layers.scales import (
    DEPTH_SCALES,
    PLAIN_BUILDINGS,
    PLAIN_ROADS,
    RANK_SCALES,
    ROAD_PASSABILITY,
    SHELTER_USE,
    scale_named,
)
from layers.scene import attribution, road_codes, shelter_codes
from twin.state import State


def flat_scene(city: City, state: State | None, *, language: Language, scale: str = "official") -> str:
    """An SVG of the city, or of one of its states, with its legends and its sources.

    Parameters
    ----------
    city
        The city.
    state
        The state to draw; None draws the city alone.
    language
        The reader's.
    scale
        Name of the colour scale of depths and ranks.
    """
    relief = Relief(city.grid, city.elevation if "elevation" in city.layers.names("raster") else None)
    dress = {name: city.table(name) for name in ("land_use", "water", "road_surfaces")}
    depths, ranks = scale_named(scale, DEPTH_SCALES), scale_named(scale, RANK_SCALES)
    layers, legends = [], []
    if len(city.roads):
        codes = np.zeros(len(city.roads), np.uint8) if state is None else road_codes(state)
        drawn = PLAIN_ROADS if state is None else ROAD_PASSABILITY
        layers.append(FlatLayer(city.roads.geometry.to_numpy(), codes, drawn))
        legends.append(drawn.legend(shape="line"))
    if len(city.buildings):
        codes = np.zeros(len(city.buildings), np.uint8) if state is None else RANK.encode(state.field("building_rank"))
        layers.append(FlatLayer(city.buildings.geometry.to_numpy(), codes, PLAIN_BUILDINGS if state is None else ranks))
    if len(city.shelters) and state is not None:
        spots = shapely.buffer(city.shelters.geometry.to_numpy(), 4 * city.grid.cell)
        layers.append(FlatLayer(spots, shelter_codes(state), SHELTER_USE))
        legends.append(SHELTER_USE.legend())
    if state is not None:
        legends.insert(0, depths.legend())
    water = None if state is None else DEPTH.encode(state.field("water_depth"))
    picture = flat_picture(relief, ground_classes(city.grid, **dress), water=water, water_scale=depths, layers=layers)
    title = city.name if state is None else f"{city.name} +{language.duration(state.time)}"
    return flat_svg(picture, legends, title=title, attribution=attribution(city, language), translate=language.text)
