"""How high the water stands over the drawn ground: level where the water is, and meeting the terrain at the shore."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from layers.relief import Relief, block_mean, block_sum

WET = 0.01
"""Depth from which a cell counts as wet, m."""
SHALLOW = 0.5
"""Depth up to which the surface stays so near the ground between wet and dry that no wet cell is hidden below it, m."""
LARGEST = 300.0
ZERO = 32768


def surface_offsets(relief: Relief, depth: NDArray[Any], ground: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """Height of the water surface above the drawn ground at the points of the mesh, m, [rows, columns] of the mesh.

    The level of a wet point is the mean level (ground + depth) of the wet cells around it. A dry point beside it takes the
    same level when its ground is higher: there the surface dives under the terrain, and the shore is where the two meet. Where
    the ground behind is lower, something holds the water back (a wall, a levee on the cell's edge): the surface falls to the
    ground half way, and nothing is shown beyond. Unknown and dry ground keep 0.

    Parameters
    ----------
    relief
        The terrain as drawn.
    depth
        Depth of water, m, [rows, columns] of the grid; NaN = unknown, −inf = not applicable.
    ground
        The ground that the water stands on, m, same shape; None takes the relief's own.

    Examples
    --------
    Three cells in a row: two below a water level of 2 m, one above it.

    >>> from geodata.grid import Grid
    >>> bank = np.array([[0.0, 1.0, 5.0]])
    >>> relief = Relief(Grid(west=0, north=5, cell=5, rows=1, columns=3, crs="EPSG:6677"), bank)
    >>> surface_offsets(relief, np.array([[2.0, 1.0, 0.0]])).tolist()
    [[2.0, 1.0, -3.0]]
    """
    if ground is None:
        ground = relief.elevation if relief.elevation is not None else np.zeros(relief.grid.shape)
    heights, factor = relief.heights, relief.factor
    wet = depth >= WET
    with np.errstate(invalid="ignore"):
        level = block_mean(np.where(wet, ground + depth, np.nan), factor)
        thin = block_mean(np.where(wet, depth, np.nan), factor)
    # Over unknown ground nobody knows the level: the water is drawn by its depth on the ground as drawn.
    level = np.where(np.isnan(level), heights + thin, level)
    offset = np.maximum(level - heights, WET)
    there = np.isfinite(offset)
    unknown = (block_sum(np.isnan(depth), factor, np.dtype(np.int32)) > 0) & ~there
    near = scipy.ndimage.maximum_filter(np.where(there, level, -np.inf), size=3, mode="constant", cval=-np.inf)
    deep = scipy.ndimage.maximum_filter(np.where(there, offset, 0.0), size=3, mode="constant", cval=0.0)
    with np.errstate(invalid="ignore"):
        below = np.abs(near - heights)
    below = np.where(deep < SHALLOW, np.minimum(below, SHALLOW), below)
    shore = ~there & ~unknown & np.isfinite(near)
    made: NDArray[np.float64] = np.where(there, offset, np.where(shore, -below, 0.0))
    return np.clip(made, -LARGEST, LARGEST)


def surface_bytes(offsets: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Offsets for the browser: two bytes each, low byte first, of centimetres above −327.68 m; uint8 [rows, columns, 2].

    One byte would make terraces of up to a metre in deep water.

    Examples
    --------
    >>> surface_bytes(np.array([[0.0, 2.0]])).tolist()
    [[[0, 128], [200, 128]]]
    """
    codes = (np.rint(offsets * 100) + ZERO).astype("<u2")
    return codes.view(np.uint8).reshape(*codes.shape, 2)
