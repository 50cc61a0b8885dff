"""Depth at points such as shelters and facilities."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.grid import Grid


def depth_at_places(
    places: pd.DataFrame, grid: Grid, field: NDArray[Any], inside: NDArray[np.int64], building_depth: NDArray[Any]
) -> NDArray[np.float32]:
    """Depth at each place: the deeper of its cell and of the building it is in; NaN where neither is known.

    Parameters
    ----------
    places
        Column ``geometry`` (points).
    grid
        Grid of the field.
    field
        Depth, m, [rows, columns].
    inside
        Row of the building that each place is in, −1 = none, [places].
    building_depth
        Depth at each building, m.
    """
    points = geopandas.GeoSeries(places["geometry"])
    cells = grid.cells_of(points.x.to_numpy(), points.y.to_numpy())
    ground = np.where(cells >= 0, field.ravel()[np.maximum(cells, 0)], np.nan)
    indoors = np.full(len(places), np.nan)
    indoors[inside >= 0] = building_depth[inside[inside >= 0]]
    return np.asarray(np.fmax(ground, indoors), dtype=np.float32)
