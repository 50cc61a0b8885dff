"""People on the roads: how many are on their way, and where people were caught when a road closed."""

from __future__ import annotations

import geopandas
import numpy as np
import pydeck
import shapely
from numpy.typing import NDArray

from layers.blobs import Blobs
from layers.language import mark
from layers.map_layer import MapLayer, StepValues, chunk_listing, relief_properties, value_properties
from layers.mobility_scales import CAUGHT, EVACUEES
from layers.relief import Relief
from layers.roads import drawn_widths
from layers.scales import Scale
from layers.wire.paths import paths_message

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
    lines = np.asarray(roads.geometry.to_numpy(), dtype=object)
    both = np.concatenate([lines, shapely.reverse(lines)])
    return _people_on_roads(
        "CityMovement",
        "evacuees",
        mark("People on their way"),
        roads,
        both,
        relief,
        blobs,
        fingerprint,
        values,
        EVACUEES,
        visible,
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
    lines = np.asarray(roads.geometry.to_numpy(), dtype=object)
    return _people_on_roads(
        "CityRoads", "caught", mark("People caught on roads"), roads, lines, relief, blobs, fingerprint, values, CAUGHT, visible
    )


def _people_on_roads(
    kind: str, name: str, title: str, roads: geopandas.GeoDataFrame, lines: NDArray[np.object_], relief: Relief, blobs: Blobs,
    fingerprint: str, values: StepValues, scale: Scale, visible: bool,
) -> MapLayer:  # fmt: skip
    times = len(lines) // max(len(roads), 1)
    widths = np.tile(np.maximum(drawn_widths(roads), NARROWEST), times)
    spans = np.tile(roads["bridge"].astype("boolean").fillna(False).to_numpy(dtype=bool), times)
    geometry = chunk_listing(
        blobs,
        (name, fingerprint),
        shapely.bounds(lines),
        lambda first, last: paths_message(lines[first:last], widths[first:last], relief, first=first, spans=spans[first:last]),
        relief=relief,
    )
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
