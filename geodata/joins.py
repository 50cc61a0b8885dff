"""The overlays of a city as they are stored: one name, one set of arrays each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.city import Arrays
from geodata.grid import Grid
from geodata.overlays import compute_overlays
from geodata.tables import TABLES


def stored_overlays(
    tables: Mapping[str, pd.DataFrame],
    elevation: NDArray[Any] | None,
    grid: Grid,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Arrays]:
    """Overlays of these tables on a grid.

    ``footprint_cells`` (`FootprintCells`), ``road_cells`` (`SegmentCells`), ``nearest_node`` (`NearestNodes`) and
    ``lowest_cell`` (``cell``: flat index per building, −1 = unknown).

    Parameters
    ----------
    tables
        Completed tables in stored order, in the grid's CRS.
    elevation
        Terrain, m, [rows, columns], NaN = hole; None = no terrain.
    grid
        The grid.
    progress
        Called with (buildings done, buildings in all).
    """
    frames = {}
    for name in ("buildings", "roads", "nodes"):
        absent = geopandas.GeoDataFrame(geometry=geopandas.GeoSeries([], crs=grid.crs))
        frames[name] = geopandas.GeoDataFrame(tables[name] if name in tables else TABLES[name].completed(absent))
    made = compute_overlays(
        grid=grid,
        elevation=np.full(grid.shape, np.nan, np.float32) if elevation is None else elevation,
        progress=progress,
        **frames,
    )
    return {
        "footprint_cells": made.footprints.to_arrays(),
        "road_cells": made.segments.to_arrays(),
        "nearest_node": made.nearest.to_arrays(),
        "lowest_cell": {"cell": made.lowest},
    }
