"""Depth at points such as shelters and facilities."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.grid import Grid


def depth_at_places(
    places: pd.DataFrame, grid: Grid, field: NDArray[Any], buildings: pd.Series, building_depth: NDArray[Any]
) -> NDArray[np.float32]:
    """Depth at each place: the deeper of its cell and of the building it is in; NaN where neither is known.

    Parameters
    ----------
    places
        Columns ``geometry`` (points) and ``building_id`` ("" = in no known building).
    grid
        Grid of the field.
    field
        Depth, m, [rows, columns].
    buildings
        Ids of the buildings.
    building_depth
        Depth at each building, m.
    """
    points = geopandas.GeoSeries(places["geometry"])
    cells = grid.cells_of(points.x.to_numpy(), points.y.to_numpy())
    ground = np.where(cells >= 0, field.ravel()[np.maximum(cells, 0)], np.nan)
    number = pd.Index(buildings).get_indexer(pd.Index(places["building_id"]))
    inside = np.where(number >= 0, building_depth[np.maximum(number, 0)], np.nan) if len(building_depth) else np.nan
    return np.asarray(np.fmax(ground, inside), dtype=np.float32)
