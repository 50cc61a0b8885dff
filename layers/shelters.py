"""Shelters: usable, not usable or unknown, told by the shape of the icon and not only by its colour."""

from __future__ import annotations

import geopandas

from layers.blobs import Blobs
from layers.map_layer import MapLayer, StepValues
from layers.points import points_layer
from layers.relief import Relief
from layers.scales import SHELTER_USE


def shelters_layer(
    shelters: geopandas.GeoDataFrame,
    relief: Relief,
    blobs: Blobs,
    *,
    fingerprint: str,
    values: StepValues | None = None,
    visible: bool = True,
) -> MapLayer:
    """Shelters: a house on a disc when usable, crossed out on a square when not, a question mark on a diamond when unknown.

    ``values`` hold codes of `layers.coding.USABILITY`; without them every shelter shows as unknown.
    """
    return points_layer(
        "shelters", "Shelters", shelters, relief, blobs, fingerprint, ["shelter"] * len(shelters), SHELTER_USE, values, visible
    )
