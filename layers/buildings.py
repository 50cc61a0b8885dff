"""Buildings: extruded footprints standing on the terrain, coloured by rank or depth."""

from __future__ import annotations

import geopandas
import numpy as np
import pydeck
import shapely
from numpy.typing import NDArray

from layers.blobs import Blobs
from layers.map_layer import MapLayer, Shapes, StepValues, chunk_listing, relief_properties, value_properties
from layers.relief import Relief
from layers.scales import PLAIN_BUILDINGS, Scale
from layers.wire.solids import solids_message

STOREY = 3.0  # m


def drawn_heights(buildings: geopandas.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Heights to draw, m, and where they are assumed because the source names none, [building].

    Known height first, then storeys × 3 m, then one storey. This is for the eye only; no figure is made from it.

    Examples
    --------
    >>> frame = geopandas.GeoDataFrame({"height": [7.5, None, None], "storeys": [None, 4, None]}, geometry=[None] * 3)
    >>> heights, assumed = drawn_heights(frame)
    >>> heights.tolist(), assumed.tolist()
    ([7.5, 12.0, 3.0], [False, True, True])
    """
    height = buildings["height"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    storeys = buildings["storeys"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    assumed = ~(height > 0)
    by_storeys = np.where(storeys > 0, storeys * STOREY, STOREY)
    return np.where(assumed, by_storeys, height), assumed


def buildings_layer(
    buildings: geopandas.GeoDataFrame,
    relief: Relief,
    blobs: Blobs,
    *,
    fingerprint: str,
    scale: Scale = PLAIN_BUILDINGS,
    values: StepValues | None = None,
    visible: bool = True,
    chunk: int | None = None,
) -> MapLayer:
    """The layer of buildings.

    Parameters
    ----------
    buildings
        Contract ``buildings``, Hilbert-sorted, in the grid's CRS.
    relief
        What they stand on.
    blobs
        Where geometry is promised.
    fingerprint
        Of the buildings and the terrain: the same text must mean the same geometry.
    scale
        How the bytes are coloured.
    values
        Bytes by step in the scale's coding; None draws all alike.
    visible
        Drawn at first.
    chunk
        Buildings per message; None = as suits their number.
    """

    def shapes() -> Shapes:
        footprints = np.asarray(buildings.geometry.to_numpy(), dtype=object)
        heights, _ = drawn_heights(buildings)
        return Shapes(
            shapely.bounds(footprints),
            lambda first, last: solids_message(footprints[first:last], heights[first:last], relief, first=first),
        )

    geometry = chunk_listing(blobs, ("solids", fingerprint), shapes, relief=relief, chunk=chunk)
    layer = pydeck.Layer(
        "CityBuildings",
        id="buildings",
        pickable=True,
        visible=visible,
        geometry=geometry,
        relief=relief_properties(relief),
        **value_properties(values, scale),
    )
    return MapLayer("buildings", "Buildings", layer, scale.legend(), visible)
