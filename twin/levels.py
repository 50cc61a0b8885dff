"""At which heights a city stands: what a level of water is to be compared with before anything is computed."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from geodata.city import City


class GroundLevels(NamedTuple):
    """Ground under the buildings of a city, m above its datum."""

    lowest: float
    middle: float
    highest: float


@lru_cache(maxsize=8)
def building_ground(city: City) -> GroundLevels | None:
    """The ground under buildings: lowest, half of them, highest; None without buildings on known ground.

    Examples
    --------
    See ``tests/twin/test_remarks.py``.
    """
    buildings = city.buildings
    if not len(buildings) or "elevation" not in city.layers.names("raster"):
        return None
    grid, box = city.grid, buildings.geometry.bounds.to_numpy()
    columns = np.floor(((box[:, 0] + box[:, 2]) / 2 - grid.west) / grid.cell)
    rows = np.floor((grid.north - (box[:, 1] + box[:, 3]) / 2) / grid.cell)
    inside = (rows >= 0) & (rows < grid.rows) & (columns >= 0) & (columns < grid.columns)
    ground = city.elevation[rows[inside].astype(int), columns[inside].astype(int)]
    known = ground[np.isfinite(ground)]
    if not len(known):
        return None
    return GroundLevels(float(known.min()), float(np.median(known)), float(known.max()))
