"""Any raster onto a city's grid: unknown stays unknown, official values are never blended, memory stays bounded."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.warp import reproject

from geodata.crs import bounds_in_degrees, bounds_meet, find_transformer
from geodata.errors import InputError
from geodata.grid import Grid
from geodata.report import ImportReport
from geodata.source import SourceRaster

BLOCK_CELLS = 4_000_000
"""Cells of the grid that are made at a time."""
COARSER = 1.5
"""From this ratio of cell sizes on, many source cells share one cell of the grid: they are summed up, not sampled."""
KNOWN_SHARE = 0.5
"""Share of a cell that the source must cover with values for the cell to be known."""


def resample(raster: SourceRaster, grid: Grid, *, report: ImportReport, block_cells: int = BLOCK_CELLS) -> NDArray[np.float32]:
    """The raster on the grid, float32 [rows, columns], or [time, rows, columns] for a series.

    Elevation and roughness: bilinear, or the mean where the grid is coarser. Rain: the nearest cell's rate, or the mean
    where the grid is coarser. Hazards and observations: the nearest cell's
    official value, or the highest one where the grid is coarser (bad news is not averaged away). A cell is NaN (unknown)
    where the source covers less than half of it with values (coarser grid), or has none at its centre.

    Raises
    ------
    InputError
        When the two don't overlap (both extents are named) or their CRSs cannot be joined strictly.
    """
    data = raster.data
    source_crs = data.rio.crs
    transformer = find_transformer(
        source_crs.to_wkt(), grid.crs, area=grid.bounds_wgs84, report=report, layer=_layer_of(raster)
    )
    transform, ratio = _transform_of(data), 1.0
    edges = _edges(data)
    covered = bounds_in_degrees(edges, source_crs.to_wkt())
    if covered is None or not bounds_meet(covered, grid.bounds_wgs84):
        raise InputError(
            "{source} covers {covered}, the city {city} (west, south, east, north in degrees): they do not overlap; "
            "check the CRS of both.",
            source=raster.provenance.source,
            covered=tuple(round(value, 4) for value in covered) if covered else "no known place",
            city=tuple(round(value, 4) for value in grid.bounds_wgs84),
        )
    ratio = grid.cell / _cell_in_metres(data, transformer)
    way = _way(raster, ratio)
    series = data.to_numpy()[None] if data.ndim == 2 else data.to_numpy()
    made = np.full((len(series), *grid.shape), np.nan, dtype=np.float32)
    margin = math.ceil(ratio) + 2
    for number, values in enumerate(series):
        padded = np.pad(values, margin, constant_values=np.nan)
        place = transform @ Affine.translation(-margin, -margin)
        _fill(made[number], padded, place, source_crs, grid, way, coarser=ratio >= COARSER, block_cells=block_cells)
    layer = _layer_of(raster)
    if way is not Resampling.nearest:
        report.noted(
            layer, "values were put onto the grid of {cell} m cells by {way}", 1, source=raster.provenance.source,
            values={"cell": grid.cell, "way": way.name},
        )  # fmt: skip
    unknown = int(np.isnan(made[0]).sum())
    report.noted(layer, "cells of the city's grid have no value here: unknown", unknown, source=raster.provenance.source)
    if unknown == made[0].size:
        raise InputError(
            "{source} has no value anywhere on the city's grid {city} (west, south, east, north in degrees); check its "
            "CRS and nodata.",
            source=raster.provenance.source,
            city=tuple(round(value, 4) for value in grid.bounds_wgs84),
        )
    return made[0] if data.ndim == 2 else made


def _layer_of(raster: SourceRaster) -> str:
    return "terrain" if raster.role == "elevation" else raster.role


def _way(raster: SourceRaster, ratio: float) -> Resampling:
    if raster.role == "rain":
        return Resampling.average if ratio >= COARSER else Resampling.nearest
    if raster.role in ("elevation", "roughness"):
        return Resampling.average if ratio >= COARSER else Resampling.bilinear
    return Resampling.max if ratio >= COARSER else Resampling.nearest


def _transform_of(data: Any) -> Affine:
    west, south, east, north = _edges(data)
    rows, columns = data.sizes["y"], data.sizes["x"]
    made = Affine((east - west) / columns, 0, west, 0, -(north - south) / rows, north)
    return made if data["y"].to_numpy()[0] > data["y"].to_numpy()[-1] else made @ Affine(1, 0, 0, 0, -1, rows)


def _edges(data: Any) -> tuple[float, float, float, float]:
    x, y = data["x"].to_numpy().astype(float), data["y"].to_numpy().astype(float)
    half_x = abs(x[-1] - x[0]) / max(len(x) - 1, 1) / 2
    half_y = abs(y[-1] - y[0]) / max(len(y) - 1, 1) / 2
    return (
        float(x.min() - half_x),
        float(y.min() - half_y),
        float(x.max() + half_x),
        float(y.max() + half_y),
    )


def _cell_in_metres(data: Any, transformer: Any) -> float:
    """Side of a source cell on the grid's CRS, m (geometric mean of both sides at the raster's centre)."""
    x, y = data["x"].to_numpy().astype(float), data["y"].to_numpy().astype(float)
    step_x, step_y = abs(x[-1] - x[0]) / max(len(x) - 1, 1), abs(y[-1] - y[0]) / max(len(y) - 1, 1)
    middle_x, middle_y = float(x.mean()), float(y.mean())
    east, north = transformer.transform([middle_x, middle_x + step_x, middle_x], [middle_y, middle_y, middle_y + step_y])
    width = math.hypot(east[1] - east[0], north[1] - north[0])
    height = math.hypot(east[2] - east[0], north[2] - north[0])
    side = math.sqrt(width * height)
    return side if math.isfinite(side) and side > 0 else math.inf


def _fill(
    target: NDArray[np.float32],
    values: NDArray[np.float32],
    place: Affine,
    source_crs: Any,
    grid: Grid,
    way: Resampling,
    *,
    coarser: bool,
    block_cells: int,
) -> None:
    """Write one time step into ``target`` [rows, columns], block of rows by block of rows."""
    known = np.isfinite(values).astype(np.float32)
    height = max(1, block_cells // grid.columns)
    facts = {
        "src_transform": place,
        "src_crs": source_crs,
        "dst_crs": rasterio.crs.CRS.from_user_input(grid.crs),
        "num_threads": 1,
    }
    for top in range(0, grid.rows, height):
        rows = min(height, grid.rows - top)
        where = grid.transform @ Affine.translation(0, top)
        block = np.full((rows, grid.columns), np.nan, dtype=np.float32)
        share = np.zeros_like(block)
        reproject(values, block, dst_transform=where, resampling=way, src_nodata=np.nan, dst_nodata=np.nan, **facts)
        cover = Resampling.average if coarser else Resampling.nearest
        reproject(known, share, dst_transform=where, resampling=cover, **facts)
        block[share < KNOWN_SHARE] = np.nan
        target[top : top + rows] = block
