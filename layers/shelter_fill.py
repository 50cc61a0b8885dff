"""How full the shelters are: a bar over each icon and the number of people beside it."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas
import numpy as np
import pydeck
from numpy.typing import NDArray

from layers.blobs import Blobs
from layers.language import mark
from layers.map_layer import MapLayer, StepValues, relief_properties, value_properties
from layers.mobility_scales import SHELTER_FILL
from layers.relief import Relief
from layers.wire.points import points_message


def put_people(blobs: Blobs, steps: Sequence[NDArray[np.float64]]) -> tuple[str, ...]:
    """Keep the people in each shelter at all steps, float32 [shelter] each."""
    return tuple(blobs.put(np.ascontiguousarray(step, dtype="<f4").tobytes()) for step in steps)


def shelter_fill_layer(
    shelters: geopandas.GeoDataFrame,
    relief: Relief,
    blobs: Blobs,
    *,
    fingerprint: str,
    values: StepValues,
    people: tuple[str, ...],
    visible: bool = True,
) -> MapLayer:
    """A bar as long as the share of places taken, "?" where the capacity is not stated, and "120 / 300" below it.

    Parameters
    ----------
    shelters
        Contract ``shelters``.
    relief, blobs, fingerprint, visible
        As in `layers.buildings.buildings_layer`.
    values
        Codes of `layers.coding.FILL` by step.
    people
        Names from `put_people`.
    """

    def message() -> bytes:
        x, y = shelters.geometry.x.to_numpy(dtype=np.float64), shelters.geometry.y.to_numpy(dtype=np.float64)
        icons, labels = ["shelter"] * len(shelters), shelters["name"].astype("str").tolist()
        return points_message(x, y, relief, icons=icons, labels=labels)

    digest = blobs.promise(("points", "shelter_fill", fingerprint), message)
    capacity = shelters["capacity"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    layer = pydeck.Layer(
        "CityFill",
        id="shelter_fill",
        pickable=False,
        visible=visible,
        points={"name": digest, "count": len(shelters)},
        readings={"names": list(people), "capacity": [None if np.isnan(places) else int(places) for places in capacity]},
        relief=relief_properties(relief),
        **value_properties(values, SHELTER_FILL),
    )
    return MapLayer("shelter_fill", mark("How full shelters are"), layer, SHELTER_FILL.legend(), visible)
