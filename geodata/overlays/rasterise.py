"""Hazard polygons and crest lines as rasters on the city's grid, erring on the safe side."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.grid import Grid
from geodata.overlays.footprints import THRESHOLD, footprint_cells
from geodata.overlays.kernel import kernel
from geodata.overlays.segments import line_offsets, lines_of
from geodata.overlays.trace import pieces_bound, trace_line


@kernel
def burn_highest(indptr, cells, low, high, low_raster, high_raster):  # type: ignore[no-untyped-def]
    """Raise both rasters to the highest end of any polygon in the cell; they come in as −inf."""
    for row in range(indptr.shape[0] - 1):
        for entry in range(indptr[row], indptr[row + 1]):
            cell = cells[entry]
            low_raster[cell] = max(low_raster[cell], low[row])
            high_raster[cell] = max(high_raster[cell], high[row])


@kernel
def burn_crests(x, y, z, offsets, height, columns, rows, raster):  # type: ignore[no-untyped-def]
    """Raise a raster [cells] (−inf where no crest is) to the highest crest in each crossed cell, without diagonal gaps."""
    longest = 1
    for line in range(offsets.shape[0] - 1):
        longest = max(longest, pieces_bound(x, y, offsets[line], offsets[line + 1], rows, columns))
    cells, segments = np.empty(longest, np.int64), np.empty(longest, np.int64)
    lengths, begins, ends = np.empty(longest), np.empty(longest), np.empty(longest)
    for line in range(offsets.shape[0] - 1):
        pieces = trace_line(x, y, offsets[line], offsets[line + 1], rows, columns, cells, lengths, segments, begins, ends)
        before = -1
        crest_before = -np.inf
        for k in range(pieces):
            cell = cells[k]
            if cell < 0:
                before = -1
                continue
            i = segments[k]
            crest = height[line]
            if not (np.isnan(z[i]) or np.isnan(z[i + 1])):
                rise = z[i + 1] - z[i]
                crest = max(z[i] + begins[k] * rise, z[i] + ends[k] * rise)
            if not np.isnan(crest):
                raster[cell] = max(raster[cell], crest)
                if before >= 0:
                    row, column = cell // columns, cell % columns
                    row_before, column_before = before // columns, before % columns
                    if row != row_before and column != column_before:
                        # Through a corner: both cells beside it, or water would slip between the two.
                        joint = max(crest, crest_before)
                        for corner in (row * columns + column_before, row_before * columns + column):
                            raster[corner] = max(raster[corner], joint)
                before = cell
                crest_before = crest
            else:
                before = -1


def rasterise_intervals(
    geometries: Any,
    low: Any,
    high: Any,
    grid: Grid,
    *,
    threshold: float = THRESHOLD,
    threads: int | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Burn polygons that each carry an interval (a depth rank is one) into two rasters.

    A cell of which a polygon covers at least ``threshold`` (as in `footprint_cells`) takes part in that polygon. Where
    several do, each end is the highest of theirs: the deepest water anywhere in the cell lies between the two.

    Parameters
    ----------
    geometries
        Polygons in the grid's CRS, [n].
    low, high
        Ends of the interval of each polygon, finite, ``low <= high``, [n] or a single number.
    grid
        The city's grid.
    threshold, threads
        As in `footprint_cells`.

    Returns
    -------
    low, high : float32 [rows, columns]
        NaN where no polygon is: what that means (dry, or not surveyed) only the caller knows.

    Raises
    ------
    InputError
        When an interval is not finite or upside down.

    Examples
    --------
    >>> grid = Grid(west=0.0, north=10.0, cell=10.0, rows=1, columns=3, crs="EPSG:6677")
    >>> low, high = rasterise_intervals([shapely.box(0, 0, 12, 10), shapely.box(10, 0, 20, 10)], [0.5, 3.0], [3.0, 5.0], grid)
    >>> low.tolist(), high.tolist()
    ([[0.5, 3.0, nan]], [[3.0, 5.0, nan]])
    """
    cells = footprint_cells(geometries, grid, threshold=threshold, threads=threads)
    low, high = (np.broadcast_to(np.asarray(end, np.float64), (len(cells),)).astype(np.float32) for end in (low, high))
    bad = ~(np.isfinite(low) & np.isfinite(high) & (low <= high))
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise InputError(
            "1 hazard polygon has no usable interval (number {first}, {low} to {high}); give it a finite lower and upper end."
            if bad.sum() == 1
            else "{count} hazard polygons have no usable interval (first: number {first}, {low} to {high}); give each a finite "
            "lower and upper end.",
            count=int(bad.sum()),
            first=first,
            low=float(low[first]),
            high=float(high[first]),
        )
    rasters = np.full((2, grid.rows * grid.columns), -np.inf, np.float32)
    burn_highest(cells.indptr, cells.cells, low, high, rasters[0], rasters[1])
    rasters[np.isneginf(rasters)] = np.nan
    return rasters[0].reshape(grid.shape), rasters[1].reshape(grid.shape)


def rasterise_crests(geometries: Any, elevations: Any, grid: Grid) -> NDArray[np.float32]:
    """Burn crest lines of levees and walls into a raster that water cannot slip through.

    Every cell that a line crosses takes the highest crest in it. Where a line passes exactly through a corner, the two
    cells beside the corner are raised too, so the crest cells of a line are connected side by side.

    Parameters
    ----------
    geometries
        Lines in the grid's CRS, [n]. Vertices with z carry the elevation of the crest, interpolated between them.
    elevations
        Elevation of the crest of each line where its vertices carry none, m, [n] or a single number; NaN = unknown: such
        a line holds nothing back.
    grid
        The city's grid.

    Returns
    -------
    float32 [rows, columns]: highest crest in the cell, m; NaN where none is.

    Raises
    ------
    InputError
        When a geometry is not a line.

    Examples
    --------
    >>> grid = Grid(west=0.0, north=20.0, cell=10.0, rows=2, columns=2, crs="EPSG:6677")
    >>> rasterise_crests([shapely.LineString([(1, 19), (19, 1)])], [4.0], grid).tolist()
    [[4.0, 4.0], [4.0, 4.0]]
    """
    shapes = lines_of(geometries, "crests")
    parts, owner = shapely.get_parts(shapes, return_index=True)
    height = np.broadcast_to(np.asarray(elevations, np.float64), (len(shapes),))[owner]
    x, y, z, offsets = line_offsets(parts, grid)
    raster = np.full(grid.rows * grid.columns, -np.inf)
    burn_crests(x, y, z, offsets, height, grid.columns, grid.rows, raster)
    raster[np.isneginf(raster)] = np.nan
    return raster.astype(np.float32).reshape(grid.shape)
