"""Sensors: a gauge with its latest reading beside it."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas
import numpy as np
from numpy.typing import NDArray

from layers.blobs import Blobs
from layers.map_layer import MapLayer, StepValues
from layers.points import points_layer
from layers.relief import Relief
from layers.scales import SENSOR_STATES


def put_readings(blobs: Blobs, steps: Sequence[NDArray[np.float64]]) -> tuple[str, ...]:
    """Keep the readings of all steps, float32 [sensor] each, NaN = none; one set holds at all steps."""
    return tuple(blobs.put(np.ascontiguousarray(step, dtype="<f4").tobytes()) for step in steps)


def sensors_layer(
    sensors: geopandas.GeoDataFrame,
    relief: Relief,
    blobs: Blobs,
    *,
    fingerprint: str,
    values: StepValues | None = None,
    readings: tuple[str, ...] = (),
    visible: bool = True,
) -> MapLayer:
    """Sensors: a gauge with its latest reading beside it, "–" where there is none.

    Parameters
    ----------
    sensors
        Contract ``sensors``.
    relief, blobs, fingerprint, visible
        As in `layers.buildings.buildings_layer`.
    values
        Codes of `layers.coding.SENSOR_STATE` by step.
    readings
        Names from `put_readings`.
    """
    kinds = sensors["kind"].astype("str").tolist()
    made = points_layer("sensors", "Sensors", sensors, relief, blobs, fingerprint, kinds, SENSOR_STATES, values, visible)
    made.deck.readings = {"names": list(readings), "units": sensors["unit"].astype("str").tolist()}
    return made
