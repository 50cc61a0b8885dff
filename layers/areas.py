"""Areas such as districts: their outlines on the ground."""

from __future__ import annotations

import geopandas
import numpy as np
import pydeck
import shapely

from layers.blobs import Blobs
from layers.coding import PLAIN
from layers.legend import Legend, LegendEntry
from layers.map_layer import MapLayer, Shapes, chunk_listing, relief_properties, value_properties
from layers.relief import Relief
from layers.scales import ColourClass, Scale
from layers.wire.paths import paths_message

OUTLINE = Scale("outline", "Areas", PLAIN, (ColourClass("boundary", (92, 82, 140), lower="plain"),), shape="line")
OUTLINE_WIDTH = 4.0  # m


def areas_layer(
    areas: geopandas.GeoDataFrame, relief: Relief, blobs: Blobs, *, fingerprint: str, visible: bool = False
) -> MapLayer:
    """The layer of area outlines; parameters as in `layers.buildings.buildings_layer`."""

    def shapes() -> Shapes:
        lines = np.asarray(shapely.boundary(areas.geometry.to_numpy()), dtype=object)
        widths = np.full(len(lines), OUTLINE_WIDTH)
        return Shapes(
            shapely.bounds(lines),
            lambda first, last: paths_message(lines[first:last], widths[first:last], relief, first=first),
        )

    geometry = chunk_listing(blobs, ("outlines", fingerprint), shapes, relief=relief)
    layer = pydeck.Layer(
        "CityRoads",
        id="areas",
        pickable=False,
        inside=True,
        visible=visible,
        geometry=geometry,
        relief=relief_properties(relief),
        **value_properties(None, OUTLINE),
    )
    entry = LegendEntry("boundary", OUTLINE.classes[0].colour, shape="line")
    return MapLayer("areas", "Areas", layer, Legend("Areas", (entry,)), visible)
