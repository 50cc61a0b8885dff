"""Facilities whose failure hurts others: an icon for each kind."""

from __future__ import annotations

import geopandas

from layers.blobs import Blobs
from layers.legend import Legend, LegendEntry
from layers.map_layer import MapLayer, StepValues
from layers.points import points_layer
from layers.relief import Relief
from layers.scales import PLAIN_FACILITIES, Scale


def facilities_layer(
    facilities: geopandas.GeoDataFrame,
    relief: Relief,
    blobs: Blobs,
    *,
    fingerprint: str,
    values: StepValues | None = None,
    scale: Scale = PLAIN_FACILITIES,
    visible: bool = True,
) -> MapLayer:
    """Facilities: one icon for each kind."""
    kinds = facilities["kind"].astype("str").tolist()
    made = points_layer("facilities", "Facilities", facilities, relief, blobs, fingerprint, kinds, scale, values, visible)
    colour = scale.classes[0].colour
    entries = tuple(LegendEntry(kind.replace("_", " "), colour, shape=kind) for kind in sorted(set(kinds)))
    return MapLayer(made.id, made.title, made.deck, Legend("Facilities", entries), visible)
