"""Coarser and smaller cities made from a city: for previews, and for extents larger than memory.

Each is a `City` of its own, with its own fingerprint and its parent's, so that its results never mix with the original's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.city import City, LayersInMemory
from geodata.errors import InputError
from geodata.grid import Grid
from geodata.joins import stored_overlays

HIGHEST = ("crest",)
"""Rasters of which the highest value of a block is kept: banks and walls must not be averaged away."""


def blocks(values: NDArray[Any], factor: int) -> NDArray[Any]:
    """Values of each block of factor × factor cells, [..., rows, columns, factor × factor]; NaN beyond the edge.

    Examples
    --------
    >>> blocks(np.array([[1.0, 2.0, 3.0]]), 2).shape
    (1, 2, 4)
    """
    *leading, rows, columns = values.shape
    padded = np.pad(values, [(0, 0)] * len(leading) + [(0, -rows % factor), (0, -columns % factor)], constant_values=np.nan)
    shape = (*leading, padded.shape[-2] // factor, factor, padded.shape[-1] // factor, factor)
    split = np.moveaxis(padded.reshape(shape), -3, -2)
    return split.reshape(*split.shape[:-2], factor * factor)


def mean_of_known(values: NDArray[Any], factor: int) -> NDArray[np.float32]:
    """Mean of the known cells of each block, NaN where none is known.

    Examples
    --------
    >>> mean_of_known(np.array([[1.0, 3.0], [np.nan, 2.0]]), 2).tolist()
    [[2.0]]
    """
    parts = blocks(values, factor)
    known = ~np.isnan(parts)
    count = known.sum(axis=-1)
    total = np.where(known, parts, 0).sum(axis=-1, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def highest_of_known(values: NDArray[Any], factor: int) -> NDArray[np.float32]:
    """Highest known value of each block, NaN where none is known: bad news and banks are never averaged away."""
    highest = np.fmax.reduce(blocks(values, factor), axis=-1)
    return np.asarray(highest, dtype=np.float32)


def coarsened(city: City, factor: int) -> City:
    """The city on cells ``factor`` times as long.

    Terrain and water levels are averaged; crests keep their highest point, so banks hold as before; hazard maps keep
    the deepest and longest-standing cell. The tables stay as they are and are joined to the coarser cells anew.

    Raises
    ------
    InputError
        When the factor is below 1.

    Examples
    --------
    See ``tests/geodata/test_fidelity.py``.
    """
    grid = city.grid.coarsened(factor)
    rasters = {}
    for name in city.layers.names("raster"):
        if name == "ground":
            continue
        keep_highest = name in HIGHEST or name.startswith("hazard/")
        rasters[name] = (highest_of_known if keep_highest else mean_of_known)(city.raster(name), factor)
    return _made(city, grid, rasters, {n: city.table(n) for n in city.layers.names("table")}, f"coarsened {factor}×")


def window(city: City, bounds: tuple[float, float, float, float]) -> City:
    """The part of the city inside (west, south, east, north), m: whole cells, and every element that touches them.

    Raises
    ------
    InputError
        When the bounds lie outside of the city or are empty.
    """
    grid = city.grid
    west, south, east, north = bounds
    left, right = (int(np.clip(np.floor((x - grid.west) / grid.cell), 0, grid.columns)) for x in (west, east - 1e-9))
    top, bottom = (int(np.clip(np.floor((grid.north - y) / grid.cell), 0, grid.rows)) for y in (north, south + 1e-9))
    right, bottom = min(right + 1, grid.columns), min(bottom + 1, grid.rows)
    if not (west < east and south < north and left < right and top < bottom):
        raise InputError(
            "The window {bounds} does not overlap {city}, which lies in {extent}; give bounds in metres inside it.",
            bounds=bounds,
            city=city.name,
            extent=tuple(round(v) for v in grid.bounds),
        )
    part = Grid(grid.west + left * grid.cell, grid.north - top * grid.cell, grid.cell, bottom - top, right - left, grid.crs)
    rasters = {
        name: np.array(city.raster(name)[..., top:bottom, left:right])
        for name in city.layers.names("raster")
        if name != "ground"
    }
    tables = {name: _inside(city.table(name), part) for name in city.layers.names("table")}
    for table, column, owner in (
        ("building_risks", "building_id", "buildings"), ("observations", "sensor_id", "sensors"),
        ("trips", "origin", "areas"), ("trips", "destination", "areas"),
    ):  # fmt: skip
        if table in tables and owner in tables:
            mine = tables[table][column].isin(tables[owner]["id"])
            tables[table] = tables[table][mine].reset_index(drop=True)
    return _made(city, part, rasters, tables, f"window of {part.columns} × {part.rows} cells")


def _inside(table: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    if not isinstance(table, geopandas.GeoDataFrame):
        return table
    west, south, east, north = grid.bounds
    return table.iloc[np.sort(table.sindex.query(shapely.box(west, south, east, north), predicate="intersects"))].reset_index(
        drop=True
    )


def _made(city: City, grid: Grid, rasters: dict[str, NDArray[Any]], tables: dict[str, pd.DataFrame], fidelity: str) -> City:
    elevation = rasters.get("elevation")
    if elevation is not None:
        crest = rasters.get("crest")
        rasters["ground"] = elevation if crest is None else np.fmax(elevation, crest)
    maps = {}
    layers = LayersInMemory(tables, rasters, stored_overlays(tables, elevation, grid))
    for name, hazard in city.hazard_maps.items():
        names = [f"hazard/{name}/{part}" for part in ("low", "high", "series", "hours")]
        own = "".join(layers.digests("raster", part)[""] for part in names if part in rasters)
        maps[name] = replace(hazard, digest=own or hazard.digest)
    described = ", ".join(filter(None, (city.fidelity, fidelity)))
    return replace(city, grid=grid, layers=layers, hazard_maps=maps, parent=city.fingerprint, fidelity=described)
