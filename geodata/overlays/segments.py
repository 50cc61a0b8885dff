"""Road edges on the grid: every cell an edge crosses, and how long it stays there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.grid import Grid
from geodata.overlays.blocks import Progress, run_blocks
from geodata.overlays.cell_rows import CellRows
from geodata.overlays.kernel import frozen, kernel
from geodata.overlays.reductions import steps_of
from geodata.overlays.trace import pieces_bound, trace_line

BLOCK = 16384


@kernel
def cross_cells(x, y, offsets, rows, columns):  # type: ignore[no-untyped-def]
    """Cells crossed by each of a block of lines, ascending and merged.

    Returns
    -------
    counts int64 [lines], cells int64 [entries], lengths float64 [entries] and beyond float64 [lines], both in cells
    """
    count = offsets.shape[0] - 1
    longest, total = 1, 0
    for line in range(count):
        bound = pieces_bound(x, y, offsets[line], offsets[line + 1], rows, columns)
        longest = max(longest, bound)
        total += bound
    piece_cells = np.empty(longest, np.int64)
    piece_lengths, begins, ends = np.empty(longest), np.empty(longest), np.empty(longest)
    segments = np.empty(longest, np.int64)
    counts = np.zeros(count, np.int64)
    beyond = np.zeros(count, np.float64)
    cells = np.empty(total, np.int64)
    lengths = np.empty(total, np.float64)
    used = 0
    for line in range(count):
        pieces = trace_line(
            x, y, offsets[line], offsets[line + 1], rows, columns, piece_cells, piece_lengths, segments, begins, ends
        )
        order = np.argsort(piece_cells[:pieces], kind="mergesort")  # stable: sums do not depend on the sort
        first = used
        for k in order:
            cell = piece_cells[k]
            if cell < 0:
                beyond[line] += piece_lengths[k]
            elif used > first and cells[used - 1] == cell:
                lengths[used - 1] += piece_lengths[k]
            else:
                cells[used] = cell
                lengths[used] = piece_lengths[k]
                used += 1
        counts[line] = used - first
    return counts, cells[:used].copy(), lengths[:used].copy(), beyond


@kernel
def lengths_above(indptr, cells, lengths, outside, total, field, limit, above, unknown):  # type: ignore[no-untyped-def]
    """Length of each row in cells above a limit, and in unknown cells or outside of the grid."""
    for row in range(above.shape[0]):
        wet, blind = 0.0, float(outside[row]) * total[row]
        for entry in range(indptr[row], indptr[row + 1]):
            value = field[cells[entry]]
            if np.isnan(value):
                blind += float(lengths[entry])
            elif value > limit:
                wet += float(lengths[entry])
        above[row] = wet
        unknown[row] = blind


@dataclass(frozen=True, eq=False)
class SegmentCells(CellRows):
    """Road edge ↔ cells: ``weights`` is the length of the edge within the cell, m.

    ``outside`` is the share of the edge's length outside of the grid (1 for an edge without length).
    """

    total: NDArray[np.float64]
    """Length of each edge, the part outside of the grid included, m, [edges]."""

    _EXTRA: ClassVar[tuple[str, ...]] = ("total",)

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        super().__post_init__()
        object.__setattr__(self, "total", frozen(self.total, np.float64))

    @property
    def length(self) -> NDArray[np.float32]:
        """Length of the edge within the cell, m, float32 [entries]."""
        return self.weights

    def take(self, elements: NDArray[np.integer[Any]]) -> SegmentCells:
        """The rows of some edges, in the order asked for."""
        return replace(super().take(elements), total=self.total[elements])


def segment_cells(geometries: Any, grid: Grid, *, progress: Progress | None = None, threads: int | None = None) -> SegmentCells:
    """Find every cell that each line crosses.

    A stretch along a border between cells belongs to the cell east or south of it, as a point there does
    (`Grid.cell_of`); touching a corner without going into the cell does not count.

    Parameters
    ----------
    geometries
        Lines or multi-lines in the grid's CRS (GeoSeries or array of shapely geometries), [n]. None and empty ones get
        no cell.
    grid
        The city's grid.
    progress
        Called with (lines done, lines in all).
    threads
        Threads; None = one per core. The result does not depend on it.

    Returns
    -------
    SegmentCells
        Row ``i`` belongs to ``geometries[i]``.

    Raises
    ------
    InputError
        When a geometry is not a line.

    Examples
    --------
    >>> grid = Grid(west=0.0, north=20.0, cell=10.0, rows=2, columns=2, crs="EPSG:6677")
    >>> found = segment_cells([shapely.LineString([(4, 12), (13, 12), (13, 2)])], grid)
    >>> found.row(0).tolist(), found.length.tolist()
    ([0, 1, 3], [6.0, 5.0, 8.0])
    """
    shapes = lines_of(geometries, "roads")

    def work(start: int, stop: int) -> tuple[NDArray[Any], ...]:
        parts, owner = shapely.get_parts(shapes[start:stop], return_index=True)
        x, y, _, offsets = line_offsets(parts, grid)
        counts, cells, lengths, beyond = cross_cells(x, y, offsets, grid.rows, grid.columns)
        if len(parts) != stop - start or (owner != np.arange(stop - start)).any():
            counts, cells, lengths, beyond = _merged(owner, stop - start, counts, cells, lengths, beyond)
        return counts, cells, lengths, beyond

    blocks = run_blocks(work, len(shapes), block=BLOCK, threads=threads, progress=progress)
    indptr = np.zeros(len(shapes) + 1, np.int64)
    if not blocks:
        nothing = np.empty(0, np.float32)
        return SegmentCells(indptr, np.empty(0, np.int32), nothing, nothing, grid.shape, np.empty(0))
    counts, cells, lengths, beyond = (np.concatenate(column) for column in zip(*blocks, strict=True))
    np.cumsum(counts, out=indptr[1:])
    sums = np.concatenate([np.zeros(1), np.cumsum(lengths)])
    inside = sums[indptr[1:]] - sums[indptr[:-1]]
    whole = np.where(counts > 0, inside, 0.0) + beyond
    outside = np.ones(len(shapes))
    np.divide(beyond, whole, out=outside, where=(whole > 0.0) & (counts > 0))
    if grid.rows * grid.columns < 2**31:
        cells = cells.astype(np.int32)
    metres = (lengths * grid.cell).astype(np.float32)
    return SegmentCells(indptr, cells, metres, outside.astype(np.float32), grid.shape, whole * grid.cell)


def length_above(segments: SegmentCells, field: NDArray[Any], limit: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much of each edge lies under more than a limit: the closed length.

    Parameters
    ----------
    segments
        From `segment_cells`.
    field
        Depth or another quantity [rows, columns] or [cells], or steps of it [steps, …]; NaN = unknown.
    limit
        Values above (not at) it count.

    Returns
    -------
    above, unknown : float64 [edges] or [steps, edges]
        Length known to lie above the limit, and length where the field is unknown or the edge is outside of the grid, m.

    Examples
    --------
    >>> lengths = np.array([6.0, 5.0, 8.0], np.float32)
    >>> segments = SegmentCells(np.array([0, 3]), np.arange(3), lengths, np.zeros(1), (1, 3), np.array([19.0]))
    >>> length_above(segments, np.array([0.1, 0.2, np.nan]), 0.15)
    (array([5.]), array([8.]))
    """
    steps, leading = steps_of(field, segments.shape)
    above, unknown = (np.empty((len(steps), len(segments))) for _ in range(2))
    limit = steps.dtype.type(limit)  # 0.15 m as float32 is not above 0.15 m
    for step, flat in enumerate(steps):
        lengths_above(
            segments.indptr,
            segments.cells,
            segments.weights,
            segments.outside,
            segments.total,
            flat,
            limit,
            above[step],
            unknown[step],
        )
    shape = (*leading, len(segments))
    return above.reshape(shape), unknown.reshape(shape)


def lines_of(geometries: Any, what: str) -> NDArray[Any]:
    """The geometries as an array, after a check that all of them are lines."""
    shapes = np.asarray(geometries, dtype=object)
    wrong = ~np.isin(shapely.get_type_id(shapes), (-1, 1, 2, 5))
    if wrong.any():
        raise InputError(
            "One of the {what} is not a line (number {first}, a {kind}); give LineStrings."
            if wrong.sum() == 1
            else "{count} {what} are not lines (first: number {first}, a {kind}); give LineStrings.",
            count=int(wrong.sum()),
            what=what,
            first=int(np.flatnonzero(wrong)[0]),
            kind=shapes[wrong][0].geom_type,
        )
    return shapes


def line_offsets(
    lines: NDArray[Any], grid: Grid
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Vertices in cells from the grid's upper left corner (y downwards), z in m (NaN without), and offsets of the lines."""
    points, owner = shapely.get_coordinates(lines, include_z=True, return_index=True)
    offsets = np.zeros(len(lines) + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=len(lines)), out=offsets[1:])
    x = np.ascontiguousarray((points[:, 0] - grid.west) / grid.cell)
    y = np.ascontiguousarray((grid.north - points[:, 1]) / grid.cell)
    return x, y, np.ascontiguousarray(points[:, 2]), offsets


def _merged(
    owner: NDArray[np.integer[Any]],
    count: int,
    counts: NDArray[np.int64],
    cells: NDArray[np.int64],
    lengths: NDArray[np.float64],
    beyond: NDArray[np.float64],
) -> tuple[NDArray[Any], ...]:
    """Rows of the parts of multi-lines put together, row by row of their owners."""
    element = np.repeat(owner, counts)
    order = np.lexsort((cells, element))
    element, cells, lengths = element[order], cells[order], lengths[order]
    new = np.ones(len(cells), bool)
    new[1:] = (element[1:] != element[:-1]) | (cells[1:] != cells[:-1])
    starts = np.flatnonzero(new)
    summed = np.add.reduceat(lengths, starts) if len(starts) else lengths
    merged = np.bincount(element[starts], minlength=count).astype(np.int64)
    return merged, cells[starts], summed, np.bincount(owner, weights=beyond, minlength=count)
