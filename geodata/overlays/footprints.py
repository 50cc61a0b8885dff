"""Building footprints on the grid: which cells each one covers, and how much of each cell, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.grid import Grid
from geodata.overlays.blocks import Progress, run_blocks
from geodata.overlays.cell_rows import CellRows
from geodata.overlays.kernel import kernel

THRESHOLD = 0.01
"""The coverage threshold published with every maximum: 1 % of the cell, or of the footprint where that is smaller."""

BLOCK = 8192
BAND_CELLS = 1 << 22  # cells of the accumulation window: bounds memory for polygons as large as the city
_TINY = 1e-9


@kernel
def add_edge(window, first, last, x0, y0, x1, y1, sign):  # type: ignore[no-untyped-def]
    """Add the signed area to the right of one edge to a window.

    Exact-area accumulation: a running sum along each row afterwards gives the covered share of every cell, since the
    areas to the right of a closed ring's edges cancel outside of it.

    Parameters
    ----------
    window
        float64 [rows, columns + 1]; the last column takes what falls beyond.
    first, last
        int64 [rows]: columns touched so far, so that only those are summed and cleared.
    x0, y0, x1, y1
        The edge in cells from the window's upper left corner, y downwards.
    sign
        +1 or −1, from the direction of the ring and whether it is a hole.
    """
    rows, columns = window.shape[0], window.shape[1] - 1
    if y0 > y1:
        x0, y0, x1, y1, sign = x1, y1, x0, y0, -sign
    if y0 == y1 or y1 <= 0.0 or y0 >= rows:
        return
    slope = (x1 - x0) / (y1 - y0)
    top, bottom = max(y0, 0.0), min(y1, float(rows))
    for row in range(int(top), min(int(np.ceil(bottom)), rows)):
        upper, lower = max(top, float(row)), min(bottom, row + 1.0)
        height = (lower - upper) * sign
        x_upper = x0 if upper == y0 else x0 + (upper - y0) * slope
        x_lower = x1 if lower == y1 else x0 + (lower - y0) * slope
        left, right = min(x_upper, x_lower), max(x_upper, x_lower)
        if right >= columns:
            last[row] = columns - 1  # what closes the row lies on or beyond the window's edge: the cover runs up to it
        if left >= columns:
            continue
        if right <= 0.0:
            window[row, 0] += height
            first[row] = 0
            last[row] = max(last[row], 0)
            continue
        start = max(int(np.floor(left)), 0)
        first[row] = min(first[row], start)
        if right == left:
            share = left - start
            window[row, start] += height * (1.0 - share)
            window[row, start + 1] += height * share
            last[row] = max(last[row], min(start + 1, columns - 1))
            continue
        per_width = height / (right - left)
        if left < 0.0:
            window[row, 0] += -left * per_width
        stop = min(int(np.ceil(right)), columns)
        for column in range(start, stop):
            west, east = max(left, float(column)), min(right, column + 1.0)
            part = (east - west) * per_width
            share = 0.5 * (west + east) - column
            window[row, column] += part * (1.0 - share)
            window[row, column + 1] += part * share
        last[row] = max(last[row], min(stop, columns - 1))


@kernel
def ring_area(x, y, start, stop):  # type: ignore[no-untyped-def]
    """Signed area of a closed ring (shoelace, from its first point so that large coordinates do not cancel)."""
    area = 0.0
    for i in range(start + 1, stop - 1):
        area += (x[i] - x[start]) * (y[i + 1] - y[start]) - (x[i + 1] - x[start]) * (y[i] - y[start])
    return 0.5 * area


@kernel
def cover_cells(x, y, rings, parts, shapes, rows, columns, threshold, band_cells):  # type: ignore[no-untyped-def]
    """Cells covered by each of a block of polygons.

    Parameters
    ----------
    x, y
        Vertices in cells from the grid's upper left corner, y downwards, float64 [vertices].
    rings, parts, shapes
        Offsets: vertices of each ring, rings of each polygon (the shell first), polygons of each footprint.
    threshold
        See `footprint_cells`.
    band_cells
        Largest accumulation window, cells.

    Returns
    -------
    counts int64 [footprints], cells int64 [entries], coverage float32 [entries], outside float32 [footprints]
    """
    count = shapes.shape[0] - 1
    counts = np.zeros(count, np.int64)
    outside = np.zeros(count, np.float32)
    capacity = max(16, 8 * count)
    cells = np.empty(capacity, np.int64)
    coverage = np.empty(capacity, np.float32)
    used = 0
    memory = np.zeros(64, np.float64)
    first = np.empty(1, np.int64)
    last = np.empty(1, np.int64)
    for shape in range(count):
        ring_start, ring_stop = parts[shapes[shape]], parts[shapes[shape + 1]]
        begin, end = rings[ring_start], rings[ring_stop]
        if begin == end:
            outside[shape] = 1.0
            continue
        west, east, top, bottom = np.inf, -np.inf, np.inf, -np.inf
        finite = True
        for i in range(begin, end):
            finite = finite and np.isfinite(x[i]) and np.isfinite(y[i])
            west, east = min(west, x[i]), max(east, x[i])
            top, bottom = min(top, y[i]), max(bottom, y[i])
        if not finite or east < 0.0 or bottom < 0.0 or west >= columns or top >= rows:
            outside[shape] = 1.0
            continue
        inside_grid = west >= 0.0 and top >= 0.0 and east <= columns and bottom <= rows
        area = 0.0
        for part in range(shapes[shape], shapes[shape + 1]):
            for ring in range(parts[part], parts[part + 1]):
                size = abs(ring_area(x, y, rings[ring], rings[ring + 1]))
                area += size if ring == parts[part] else -size
        limit = max(threshold * min(1.0, area), _TINY * min(1.0, area))
        column0, column1 = max(int(np.floor(west)), 0), min(int(np.ceil(east)), columns)
        row0, row1 = max(int(np.floor(top)), 0), min(int(np.ceil(bottom)), rows)
        width = max(column1 - column0, 1)
        band = max(1, min(row1 - row0, band_cells // width))
        if band * (width + 1) > memory.shape[0]:
            memory = np.zeros(band * (width + 1), np.float64)
        if band > first.shape[0]:
            first = np.empty(band, np.int64)
            last = np.empty(band, np.int64)
        found = 0
        covered = 0.0
        best, best_cell = 0.0, -1
        for band_top in range(row0, row1, band):
            height = min(band, row1 - band_top)
            window = memory[: height * (width + 1)].reshape((height, width + 1))
            first[:height] = width
            last[:height] = -1
            for part in range(shapes[shape], shapes[shape + 1]):
                for ring in range(parts[part], parts[part + 1]):
                    start, stop = rings[ring], rings[ring + 1]
                    sign = -1.0 if ring_area(x, y, start, stop) > 0.0 else 1.0
                    if ring != parts[part]:
                        sign = -sign
                    for i in range(start, stop - 1):
                        add_edge(
                            window, first, last, x[i] - column0, y[i] - band_top, x[i + 1] - column0, y[i + 1] - band_top, sign
                        )
            for row in range(height):
                running = 0.0
                for column in range(first[row], last[row] + 1):
                    running += window[row, column]
                    window[row, column] = 0.0
                    share = min(max(running, 0.0), 1.0)
                    covered += share
                    cell = (band_top + row) * columns + column0 + column
                    if share > best:
                        best, best_cell = share, cell
                    if share >= limit and share > 0.0:
                        if used == capacity:
                            capacity *= 2
                            cells, old_cells = np.empty(capacity, np.int64), cells
                            coverage, old_coverage = np.empty(capacity, np.float32), coverage
                            cells[:used] = old_cells
                            coverage[:used] = old_coverage
                        cells[used] = cell
                        coverage[used] = share
                        used += 1
                        found += 1
                window[row, width] = 0.0
        if found == 0:
            # Thinner than the threshold everywhere, or so small that its area drowns in rounding: one cell stays.
            if best_cell < 0:
                column, row = int(np.floor(x[begin])), int(np.floor(y[begin]))
                if 0 <= row < rows and 0 <= column < columns:
                    best_cell = row * columns + column
            if best_cell >= 0:
                if used == capacity:
                    capacity *= 2
                    cells, old_cells = np.empty(capacity, np.int64), cells
                    coverage, old_coverage = np.empty(capacity, np.float32), coverage
                    cells[:used] = old_cells
                    coverage[:used] = old_coverage
                cells[used] = best_cell
                coverage[used] = max(best, _TINY)
                used += 1
                found = 1
        counts[shape] = found
        if not inside_grid:
            beyond = area - covered
            if found == 0:
                outside[shape] = 1.0
            elif beyond >= limit and beyond > _TINY * area:
                outside[shape] = min(beyond / area, 1.0)
    return counts, cells[:used].copy(), coverage[:used].copy(), outside


@dataclass(frozen=True, eq=False)
class FootprintCells(CellRows):
    """Footprint ↔ cells: ``weights`` is the share of the **cell** that the footprint covers, 0–1.

    ``outside`` is the share of the footprint that lies outside of the grid, 0 where that part is below the threshold.
    """

    threshold: float = THRESHOLD
    _EXTRA: ClassVar[tuple[str, ...]] = ("threshold",)

    @property
    def coverage(self) -> NDArray[np.float32]:
        """Share of the cell covered by the footprint, 0–1, float32 [entries]."""
        return self.weights


def footprint_cells(
    geometries: Any,
    grid: Grid,
    *,
    threshold: float = THRESHOLD,
    progress: Progress | None = None,
    threads: int | None = None,
) -> FootprintCells:
    """Find the cells that each footprint covers, with exact areas.

    A cell is kept when the part of the footprint in it is at least ``threshold`` times the area of the cell **or of the
    footprint, whichever is smaller**: on coarse grids a house that stands in two cells keeps both, since each holds more
    than 1 % of the house, even if the house is less than 1 % of the cell. A footprint in the grid always keeps at least
    the cell with its largest part.

    Parameters
    ----------
    geometries
        Polygons or multipolygons in the grid's CRS (GeoSeries or array of shapely geometries), valid, [n]. None and
        empty ones get no cell.
    grid
        The city's grid.
    threshold
        Between 0 and 1. 0 keeps every cell with any area in common.
    progress
        Called with (footprints done, footprints in all).
    threads
        Threads; None = one per core. The result does not depend on it.

    Returns
    -------
    FootprintCells
        Row ``i`` belongs to ``geometries[i]``.

    Raises
    ------
    InputError
        When a geometry is not a polygon, or the threshold is not a share.

    Examples
    --------
    >>> grid = Grid(west=0.0, north=20.0, cell=10.0, rows=2, columns=2, crs="EPSG:6677")
    >>> found = footprint_cells([shapely.box(5, 12, 15, 18)], grid)
    >>> found.row(0).tolist(), found.coverage.round(3).tolist(), found.outside.tolist()
    ([0, 1], [0.30..., 0.30...], [0.0])
    """
    if not 0.0 <= threshold <= 1.0:
        raise InputError("The coverage threshold {value} is not a share; give a number from 0 to 1.", value=threshold)
    shapes = np.asarray(geometries, dtype=object)
    kinds = shapely.get_type_id(shapes)
    wrong = ~np.isin(kinds, (-1, 3, 6))
    if wrong.any():
        raise InputError(
            "1 footprint is not a polygon (number {first}, a {kind}); give polygons or multipolygons."
            if wrong.sum() == 1
            else "{count} footprints are not polygons (first: number {first}, a {kind}); give polygons or multipolygons.",
            count=int(wrong.sum()),
            first=int(np.flatnonzero(wrong)[0]),
            kind=shapes[wrong][0].geom_type,
        )

    def work(start: int, stop: int) -> tuple[NDArray[Any], ...]:
        x, y, rings, parts, polygons = polygon_offsets(shapes[start:stop])
        x, y = (x - grid.west) / grid.cell, (grid.north - y) / grid.cell
        made: tuple[NDArray[Any], ...] = cover_cells(
            x, y, rings, parts, polygons, grid.rows, grid.columns, threshold, BAND_CELLS
        )
        return made

    blocks = run_blocks(work, len(shapes), block=BLOCK, threads=threads, progress=progress)
    indptr = np.zeros(len(shapes) + 1, np.int64)
    if not blocks:
        nothing = np.empty(0, np.float32)
        return FootprintCells(indptr, np.empty(0, np.int32), nothing, nothing, grid.shape, threshold=threshold)
    counts, cells, coverage, outside = (np.concatenate(column) for column in zip(*blocks, strict=True))
    np.cumsum(counts, out=indptr[1:])
    if grid.rows * grid.columns < 2**31:
        cells = cells.astype(np.int32)
    return FootprintCells(indptr, cells, coverage, outside, grid.shape, threshold=threshold)


def polygon_offsets(
    shapes: NDArray[Any],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Vertices and offsets of polygons and multipolygons, None and empty ones included.

    Returns
    -------
    x, y float64 [vertices]; offsets int64: vertices of rings, rings of polygons, polygons of shapes
    """
    polygons, shape_of = shapely.get_parts(shapes, return_index=True)
    rings, polygon_of = shapely.get_rings(polygons, return_index=True)
    points, ring_of = shapely.get_coordinates(rings, return_index=True)
    return (
        np.ascontiguousarray(points[:, 0]),
        np.ascontiguousarray(points[:, 1]),
        _offsets(ring_of, len(rings)),
        _offsets(polygon_of, len(polygons)),
        _offsets(shape_of, len(shapes)),
    )


def _offsets(owner: NDArray[np.integer[Any]], count: int) -> NDArray[np.int64]:
    offsets = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=count), out=offsets[1:])
    return offsets
