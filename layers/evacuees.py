"""People on the roads: how many are on their way, and where people were caught when a road closed."""

from __future__ import annotations

import geopandas
import numpy as np
import pydeck
import shapely

from layers.blobs import Blobs
from layers.language import mark
from layers.map_layer import MapLayer, Shapes, StepValues, chunk_listing, relief_properties, value_properties
from layers.mobility_scales import CAUGHT, EVACUEES
from layers.relief import Relief
from layers.roads import drawn_spans, drawn_widths, road_shapes
from layers.scales import Scale

NARROWEST = 6.0
"""Width that a number of people is drawn on at least, m: a footpath may be the busiest way of all."""


def evacuees_layer(
    roads: geopandas.GeoDataFrame,
    relief: Relief,
    blobs: Blobs,
    *,
    fingerprint: str,
    values: StepValues,
    visible: bool = True,
) -> MapLayer:
    """People on their way, by road: the more, the wider; parameters as in `layers.buildings.buildings_layer`.

    ``values`` hold codes of `layers.coding.PEOPLE`, the number of people on a logarithmic scale, twice [2 × road]: those who go
    along the line of each road, then those who go against it. The map lets them move in the direction in which they go.
    """
    title = mark("People on their way")
    return _people_on_roads(
        "CityMovement", "evacuees", title, roads, relief, blobs, fingerprint, values, EVACUEES, visible, both_ways=True
    )


def caught_layer(
    roads: geopandas.GeoDataFrame,
    relief: Relief,
    blobs: Blobs,
    *,
    fingerprint: str,
    values: StepValues,
    visible: bool = True,
) -> MapLayer:
    """People caught on roads that closed while they were on them, [road]; parameters as in `evacuees_layer`."""
    title = mark("People caught on roads")
    return _people_on_roads("CityRoads", "caught", title, roads, relief, blobs, fingerprint, values, CAUGHT, visible)


def _people_on_roads(
    kind: str, name: str, title: str, roads: geopandas.GeoDataFrame, relief: Relief, blobs: Blobs, fingerprint: str,
    values: StepValues, scale: Scale, visible: bool, *, both_ways: bool = False,
) -> MapLayer:  # fmt: skip
    def shapes() -> Shapes:
        lines = np.asarray(roads.geometry.to_numpy(), dtype=object)
        drawn = np.concatenate([lines, shapely.reverse(lines)]) if both_ways else lines
        times = 2 if both_ways else 1
        widths = np.tile(np.maximum(drawn_widths(roads), NARROWEST), times)
        return road_shapes(drawn, widths, np.tile(drawn_spans(roads), times), relief)

    geometry = chunk_listing(blobs, (name, fingerprint), shapes, relief=relief)
    layer = pydeck.Layer(
        kind,
        id=name,
        pickable=False,
        visible=visible,
        geometry=geometry,
        relief=relief_properties(relief),
        **value_properties(values, scale),
    )
    return MapLayer(name, title, layer, scale.legend(shape="line"), visible)
