"""Roads: width by class, and who may pass; a closed road is thick and barred, not only red."""

from __future__ import annotations

import geopandas
import numpy as np
import pydeck
import shapely
from numpy.typing import NDArray

from layers.blobs import Blobs
from layers.map_layer import MapLayer, Shapes, StepValues, chunk_listing, relief_properties, value_properties
from layers.relief import Relief
from layers.scales import PLAIN_ROADS, Scale
from layers.wire.paths import paths_message

#: Width as drawn where the source names none, m.
CLASS_WIDTH = {
    "motorway": 14.0, "trunk": 12.0, "primary": 10.0, "secondary": 8.0, "tertiary": 7.0, "residential": 5.0, "service": 3.5,
    "track": 3.0, "pedestrian": 4.0, "footway": 2.0, "cycleway": 2.0, "steps": 2.0, "path": 1.5, "other": 4.0,
}  # fmt: skip


def drawn_widths(roads: geopandas.GeoDataFrame) -> NDArray[np.float64]:
    """Width of each road as drawn, m, [road]: the known width, else by class.

    Examples
    --------
    >>> drawn_widths(geopandas.GeoDataFrame({"width": [None, 6.0], "class": ["primary", ""]}, geometry=[None] * 2)).tolist()
    [10.0, 6.0]
    """
    width = roads["width"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    usual = roads["class"].astype("str").map(CLASS_WIDTH).fillna(CLASS_WIDTH["other"]).to_numpy(dtype=np.float64)
    widths: NDArray[np.float64] = np.where(width > 0, width, usual)
    return widths


def drawn_spans(roads: geopandas.GeoDataFrame) -> NDArray[np.bool_]:
    """Which roads are bridges, [road]."""
    spans: NDArray[np.bool_] = roads["bridge"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    return spans


def road_shapes(lines: NDArray[np.object_], widths: NDArray[np.float64], spans: NDArray[np.bool_], relief: Relief) -> Shapes:
    """Lines of roads as they are drawn on a terrain, with their widths, m, and which of them are bridges, [line] each."""
    return Shapes(
        shapely.bounds(lines),
        lambda first, last: paths_message(lines[first:last], widths[first:last], relief, first=first, spans=spans[first:last]),
    )


def roads_layer(
    roads: geopandas.GeoDataFrame,
    relief: Relief,
    blobs: Blobs,
    *,
    fingerprint: str,
    scale: Scale = PLAIN_ROADS,
    values: StepValues | None = None,
    visible: bool = True,
) -> MapLayer:
    """The layer of roads; parameters as in `layers.buildings.buildings_layer`."""

    def shapes() -> Shapes:
        lines = np.asarray(roads.geometry.to_numpy(), dtype=object)
        return road_shapes(lines, drawn_widths(roads), drawn_spans(roads), relief)

    geometry = chunk_listing(blobs, ("paths", fingerprint), shapes, relief=relief)
    layer = pydeck.Layer(
        "CityRoads",
        id="roads",
        pickable=True,
        visible=visible,
        geometry=geometry,
        relief=relief_properties(relief),
        **value_properties(values, scale),
    )
    return MapLayer("roads", "Roads", layer, scale.legend(shape="line"), visible)
