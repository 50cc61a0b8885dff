"""Which grid a city gets: the terrain's own where it can be kept, else cells of five metres under its layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyproj

from geodata.crs import Bounds, bounds_in_degrees, bounds_meet, horizontal_part
from geodata.errors import InputError
from geodata.grid import Grid
from geodata.report import ImportReport
from geodata.source import SourceRaster

LARGEST = 9_000_000
"""Cells of the largest grid that is made without being asked for."""
WITHOUT_TERRAIN = 5.0
"""Cell size where there is no terrain, m."""
MARGIN_WITHOUT_TERRAIN = 100.0
MARGIN_IN_TERRAIN = 500.0


def choose_grid(
    terrain: Sequence[SourceRaster], bounds: Bounds | None, *, crs: str, cell: float | None, report: ImportReport
) -> Grid:
    """The grid of a city.

    Parameters
    ----------
    terrain
        Elevation rasters, in any CRS; the first one gives resolution and alignment where it is in the city's CRS.
    bounds
        (west, south, east, north) of the layers in the city's CRS; None where there is only terrain.
    crs
        The city's CRS.
    cell
        Cell size asked for, m; None = the terrain's, or 5 m.

    Raises
    ------
    InputError
        When the layers do not overlap the terrain, naming both extents; when there is neither.

    Examples
    --------
    >>> choose_grid([], (0.0, 0.0, 1000.0, 500.0), crs="EPSG:6677", cell=None, report=ImportReport()).shape
    (140, 240)
    """
    if not terrain:
        if bounds is None:
            raise InputError("There is neither a terrain nor a layer with a place; give at least one of them.")
        west, south, east, north = bounds
        margin = MARGIN_WITHOUT_TERRAIN
        grid = Grid.covering(
            (west - margin, south - margin, east + margin, north + margin), cell=cell or WITHOUT_TERRAIN, crs=crs
        )
        report.noted("grid", "there is no terrain: elevations are unknown, and cells are {cell} m", values={"cell": grid.cell})
        return _small_enough(grid, report, asked=cell is not None)
    native = native_grid(terrain, crs)
    if bounds is not None and not bounds_meet(native.bounds, bounds):
        raise InputError(
            "The layers ({layers}) and the terrain ({terrain}) do not overlap (west, south, east, north in degrees); "
            "check their CRSs, or give the terrain of this place.",
            layers=spoken_bounds(bounds, crs),
            terrain=spoken_bounds(native.bounds, crs),
        )
    if cell is not None:
        native = Grid.covering(native.bounds, cell=cell, crs=crs)
    if native.rows * native.columns > LARGEST and bounds is not None:
        whole = native
        native = _cropped(native, bounds, MARGIN_IN_TERRAIN)
        if native != whole:
            report.noted(
                "grid",
                "the terrain has {cells} cells; it was cropped to the layers and {margin} m around them",
                values={"cells": whole.rows * whole.columns, "margin": MARGIN_IN_TERRAIN},
            )
    return _small_enough(native, report, asked=cell is not None)


def native_grid(terrain: Sequence[SourceRaster], crs: str) -> Grid:
    """Grid over all terrain rasters, on the lines of the first that is in the city's CRS with square cells."""
    grids = [_grid_of(raster, crs) for raster in terrain]
    aligned = [(grid, exact) for grid, exact in grids if exact] or grids
    model = min((grid for grid, _ in aligned), key=lambda grid: grid.cell)
    if len(grids) == 1:
        return model
    west = min(grid.bounds[0] for grid, _ in grids)
    south = min(grid.bounds[1] for grid, _ in grids)
    east = max(grid.bounds[2] for grid, _ in grids)
    north = max(grid.bounds[3] for grid, _ in grids)
    left = math.floor(round((west - model.west) / model.cell, 6))
    top = math.floor(round((model.north - north) / model.cell, 6))
    columns = math.ceil(round((east - model.west) / model.cell, 6)) - left
    rows = math.ceil(round((model.north - south) / model.cell, 6)) - top
    return Grid(model.west + left * model.cell, model.north - top * model.cell, model.cell, rows, columns, crs)


def _grid_of(raster: SourceRaster, crs: str) -> tuple[Grid, bool]:
    """Its grid in the city's CRS, and whether that is the raster's own."""
    data = raster.data
    own = horizontal_part(data.rio.crs.to_wkt())
    x, y = data["x"].values.astype(float), data["y"].values.astype(float)
    step_x = abs(x[-1] - x[0]) / (len(x) - 1) if len(x) > 1 else math.nan
    step_y = abs(y[-1] - y[0]) / (len(y) - 1) if len(y) > 1 else step_x
    step_x = step_y if math.isnan(step_x) else step_x
    if math.isnan(step_x):
        raise InputError("The terrain {source} is a single cell; give a larger one.", source=raster.provenance.source)
    edges = (x.min() - step_x / 2, y.min() - step_y / 2, x.max() + step_x / 2, y.max() + step_y / 2)
    if own.equals(horizontal_part(crs), ignore_axis_order=True) and abs(step_x - step_y) <= 1e-6 * step_x:
        size = _tidy(step_x)
        return Grid(_tidy(edges[0]), _tidy(edges[3]), size, len(y), len(x), crs), True
    turned = pyproj.Transformer.from_crs(own, horizontal_part(crs), always_xy=True)
    bounds = turned.transform_bounds(float(edges[0]), float(edges[1]), float(edges[2]), float(edges[3]))
    middle_x, middle_y = float(x[len(x) // 2]), float(y[len(y) // 2])
    east, north = turned.transform([middle_x, middle_x + step_x, middle_x], [middle_y, middle_y, middle_y + step_y])
    across, along = math.hypot(east[1] - east[0], north[1] - north[0]), math.hypot(east[2] - east[0], north[2] - north[0])
    # a tenth of a metre is finer than any terrain is known: sizes stay readable
    size = max(round(min(across, along), 1), 0.1)
    west, south, east_edge, north_edge = (float(value) for value in bounds)
    return Grid.covering((west, south, east_edge, north_edge), cell=size, crs=crs), False


def _tidy(value: float) -> float:
    """The value without the last digits that cell centres stored as floats bring in (µm)."""
    return float(round(value, 6))


def _cropped(grid: Grid, bounds: Bounds, margin: float) -> Grid:
    """The part of a grid around a box, on the same lines."""
    west, south, east, north = bounds
    left = max(math.floor((west - margin - grid.west) / grid.cell), 0)
    right = min(math.ceil((east + margin - grid.west) / grid.cell), grid.columns)
    top = max(math.floor((grid.north - north - margin) / grid.cell), 0)
    bottom = min(math.ceil((grid.north - south + margin) / grid.cell), grid.rows)
    return Grid(grid.west + left * grid.cell, grid.north - top * grid.cell, grid.cell, bottom - top, right - left, grid.crs)


def _small_enough(grid: Grid, report: ImportReport, *, asked: bool) -> Grid:
    cells = grid.rows * grid.columns
    if cells <= LARGEST or asked:
        return grid
    factor = math.ceil(math.sqrt(cells / LARGEST))
    coarse = grid.coarsened(factor)
    report.noted(
        "grid",
        "a grid of {cells} cells of {cell} m is more than {largest}: cells are {coarse} m",
        values={"cells": cells, "cell": grid.cell, "largest": LARGEST, "coarse": coarse.cell},
    )
    return coarse


def spoken_bounds(bounds: Bounds, crs: str) -> str:
    """(west, south, east, north) in degrees, to read."""
    degrees = bounds_in_degrees(bounds, crs) or bounds
    return ", ".join(f"{value:.4f}" for value in degrees)


def merged_bounds(parts: Sequence[Bounds]) -> Bounds | None:
    """The box around boxes; None for none."""
    if not parts:
        return None
    array = np.asarray(parts, dtype=float)
    west, south = array[:, :2].min(axis=0)
    east, north = array[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)
