"""The ground of a city on its grid: terrain, roughness, crests, the ground that water meets, the normal level of its river."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from geodata.grid import Grid
from geodata.heights import canonical, convert
from geodata.merge import Frame
from geodata.overlays.rasterise import rasterise_crests, rasterise_intervals
from geodata.report import ImportReport
from geodata.resampling import resample
from geodata.source import SourceRaster, VerticalReference

_RISING = ("river", "sea", "")
"""Water whose level a stage means: canals and ponds behind gates do not rise with the river."""


def terrain_raster(
    terrain: Sequence[SourceRaster], grid: Grid, into: Frame, report: ImportReport
) -> NDArray[np.float32] | None:
    """Elevation in metres above the city's datum, float32 [rows, columns]; None without terrain.

    Where tiles overlap, the earlier one counts.
    """
    made: NDArray[np.float32] | None = None
    for raster in terrain:
        values = resample(raster, grid, report=report)
        reference = raster.heights or VerticalReference()
        own, city = canonical(reference), canonical(into.heights)
        same = (own.datum, own.epoch) == (city.datum, city.epoch)
        if not (same and own.unit == "m"):
            x, y = np.meshgrid(grid.x, grid.y)
            values = convert(
                values, x, y, from_=reference, to=into.heights, crs=grid.crs, report=report, layer="terrain",
                offset=None if same else into.vertical_offset, assume_same=same,
            ).astype(np.float32)  # fmt: skip
        made = values if made is None else np.where(np.isnan(made), values, made)
    if made is not None:
        report.read("terrain", int(made.size))
        report.noted("terrain", "cells have no elevation", int(np.isnan(made).sum()))
    return made


def roughness_raster(rasters: Sequence[SourceRaster], grid: Grid, report: ImportReport) -> NDArray[np.float32] | None:
    """Manning roughness, float32 [rows, columns]; None without any."""
    made: NDArray[np.float32] | None = None
    for raster in rasters:
        values = resample(raster, grid, report=report)
        made = values if made is None else np.where(np.isnan(made), values, made)
    return made


def crest_raster(crests: geopandas.GeoDataFrame | None, grid: Grid) -> NDArray[np.float32] | None:
    """Highest crest of a levee or wall in each cell, float32 [rows, columns]; None where no crest has a known elevation."""
    if crests is None or not len(crests):
        return None
    made = rasterise_crests(crests.geometry.to_numpy(), crests["crest_elevation"].to_numpy(float), grid)
    return None if np.isnan(made).all() else made


def river_level_raster(water: geopandas.GeoDataFrame | None, grid: Grid) -> NDArray[np.float32] | None:
    """Normal level of the nearest reach of river or sea, m, float32 [rows, columns]; None where none is known.

    Examples
    --------
    >>> from shapely import box
    >>> reach = geopandas.GeoDataFrame({"kind": ["river"], "level": [2.5]}, geometry=[box(0, 0, 5, 5)], crs="EPSG:6677")
    >>> river_level_raster(reach, Grid(0.0, 5.0, 5.0, 1, 3, "EPSG:6677")).tolist()
    [[2.5, 2.5, 2.5]]
    """
    if water is None or not len(water):
        return None
    reaches = water[water["level"].notna() & water["kind"].isin(_RISING)]
    if not len(reaches):
        return None
    levels: NDArray[Any] = reaches["level"].to_numpy(float)
    lowest, _ = rasterise_intervals(reaches.geometry.to_numpy(), levels, levels, grid)
    unknown = np.isnan(lowest)
    if unknown.all():
        return None
    nearest = distance_transform_edt(unknown, return_distances=False, return_indices=True)
    made: NDArray[np.float32] = lowest[tuple(nearest)]
    return made


def water_mask(water: geopandas.GeoDataFrame | None, grid: Grid) -> NDArray[np.float32] | None:
    """1 in every cell that a river or the sea touches, 0 elsewhere, float32 [rows, columns]; None without water bodies.

    This is where still water comes from: a stage reaches the ground that is joined to these cells.

    Examples
    --------
    >>> from shapely import box
    >>> river = geopandas.GeoDataFrame({"kind": ["river"]}, geometry=[box(0, 0, 5, 5)], crs="EPSG:6677")
    >>> water_mask(river, Grid(0.0, 5.0, 5.0, 1, 3, "EPSG:6677")).tolist()
    [[1.0, 0.0, 0.0]]
    """
    if water is None or not len(water):
        return None
    rising = water[water["kind"].isin(_RISING)]
    level = np.ones(len(rising))
    touched, _ = rasterise_intervals(rising.geometry.to_numpy(), level, level, grid)
    made: NDArray[np.float32] = np.nan_to_num(touched)
    return made
