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

    ``footprint_cells`` (`FootprintCells`), ``road_cells`` (`SegmentCells`), ``nearest_node`` (`NearestNodes`),
    ``lowest_cell`` (``cell``: flat index per building, −1 = unknown), ``place_buildings`` (``shelters``, ``facilities``: row of
    the building that each is in, −1 = none).

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
        "place_buildings": {name: buildings_of(tables.get(name), frames["buildings"]) for name in ("shelters", "facilities")},
    }


def buildings_of(places: pd.DataFrame | None, buildings: geopandas.GeoDataFrame) -> NDArray[np.int64]:
    """Row of the building that each place is in, [places]: the one it names, else the footprint it lies in; −1 = none.

    Where footprints overlap, the first one counts.
    """
    if places is None or not len(places):
        return np.zeros(0, np.int64)
    named = places["building_id"].to_numpy()
    wanted = buildings["id"].isin(set(named) - {""})
    rows = pd.Series(np.flatnonzero(wanted), index=buildings["id"][wanted]).reindex(named).fillna(-1).to_numpy(np.int64)
    inside = buildings.sindex.query(places["geometry"].to_numpy(), predicate="intersects")
    first = pd.Series(inside[1]).groupby(inside[0]).min().reindex(range(len(places))).fillna(-1).to_numpy(np.int64)
    return np.asarray(np.where(rows >= 0, rows, first), dtype=np.int64)
