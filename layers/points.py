"""Points with icons: shelters (usable or not), facilities by kind, sensors with their reading. The shape tells the state too."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas
import numpy as np
import pydeck
from numpy.typing import NDArray

from layers.blobs import Blobs
from layers.legend import Legend, LegendEntry
from layers.map_layer import MapLayer, StepValues, relief_properties, value_properties
from layers.relief import Relief
from layers.scales import PLAIN_FACILITIES, SENSOR_STATES, SHELTER_USE, Scale
from layers.wire.points import points_message


def put_readings(blobs: Blobs, steps: Sequence[NDArray[np.float64]]) -> tuple[str, ...]:
    """Keep the readings of all steps, float32 [sensor] each, NaN = none; one set holds at all steps."""
    return tuple(blobs.put(np.ascontiguousarray(step, dtype="<f4").tobytes()) for step in steps)


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
    return _points_layer(
        "shelters", "Shelters", shelters, relief, blobs, fingerprint, ["shelter"] * len(shelters), SHELTER_USE, values, visible
    )


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
    made = _points_layer("facilities", "Facilities", facilities, relief, blobs, fingerprint, kinds, scale, values, visible)
    colour = scale.classes[0].colour
    entries = tuple(LegendEntry(kind.replace("_", " "), colour, shape=kind) for kind in sorted(set(kinds)))
    return MapLayer(made.id, made.title, made.deck, Legend("Facilities", entries), visible)


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
    made = _points_layer("sensors", "Sensors", sensors, relief, blobs, fingerprint, kinds, SENSOR_STATES, values, visible)
    made.deck.readings = {"names": list(readings), "units": sensors["unit"].astype("str").tolist()}
    return made


def _points_layer(
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
    x, y = frame.geometry.x.to_numpy(dtype=np.float64), frame.geometry.y.to_numpy(dtype=np.float64)
    labels = frame["name"].astype("str").tolist()
    digest = blobs.promise(("points", name, fingerprint), lambda: points_message(x, y, relief, icons=icons, labels=labels))
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
