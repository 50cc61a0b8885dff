"""Points with icons: what shelters, facilities and sensors have in common."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas
import numpy as np
import pydeck

from layers.blobs import Blobs
from layers.map_layer import MapLayer, StepValues, relief_properties, value_properties
from layers.relief import Relief
from layers.scales import SHELTER_USE, Scale
from layers.wire.points import points_message


def points_layer(
    name: str,
    title: str,
    frame: geopandas.GeoDataFrame,
    relief: Relief,
    blobs: Blobs,
    fingerprint: str,
    icons: Sequence[str],
    scale: Scale,
    values: StepValues | None,
    visible: bool,
) -> MapLayer:
    """A layer of icons.

    Parameters
    ----------
    name, title
        Id and translation key.
    frame
        A table of points with ``name``, in the grid's CRS.
    relief, blobs, fingerprint, visible
        As in `layers.buildings.buildings_layer`.
    icons
        Name of the glyph of each point; those of ``component/icons.js``.
    scale
        Colour of the plate by byte; that of shelters changes its shape too.
    values
        Bytes by step, None when nothing is known of their state.
    """

    def message() -> bytes:
        x, y = frame.geometry.x.to_numpy(dtype=np.float64), frame.geometry.y.to_numpy(dtype=np.float64)
        return points_message(x, y, relief, icons=icons, labels=frame["name"].astype("str").tolist())

    digest = blobs.promise(("points", name, fingerprint), message)
    layer = pydeck.Layer(
        "CityPoints",
        id=name,
        pickable=True,
        visible=visible,
        points={"name": digest, "count": len(frame)},
        states=scale.name == SHELTER_USE.name,
        relief=relief_properties(relief),
        **value_properties(values, scale),
    )
    return MapLayer(name, title, layer, scale.legend(), visible)
