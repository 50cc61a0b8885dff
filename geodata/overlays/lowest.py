"""The lowest terrain cell of each building: where water reaches it first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.overlays.footprints import FootprintCells
from geodata.overlays.kernel import frozen, kernel


@kernel
def lowest_of_rows(indptr, cells, elevation, out):  # type: ignore[no-untyped-def]
    """Cell with the lowest known elevation in each row, the first of equals, −1 where none is known."""
    for row in range(out.shape[0]):
        lowest = np.inf
        out[row] = -1
        for entry in range(indptr[row], indptr[row + 1]):
            value = elevation[cells[entry]]
            if value < lowest:
                lowest = value
                out[row] = cells[entry]


def lowest_cells(footprints: FootprintCells, elevation: NDArray[Any]) -> NDArray[np.int64]:
    """Find the lowest terrain cell under each building.

    Parameters
    ----------
    footprints
        From `geodata.overlays.footprints.footprint_cells`.
    elevation
        Terrain, m, [rows, columns]; NaN = hole. Of cells equally low the one with the smallest index is taken.

    Returns
    -------
    int64 [buildings]: flat cell index, −1 where the building has no cell or all of its cells are holes.

    Examples
    --------
    >>> cells = FootprintCells(np.array([0, 2, 3]), np.array([0, 1, 2], np.int32), np.ones(3), np.zeros(2), (1, 3))
    >>> lowest_cells(cells, np.array([[4.0, 3.5, np.nan]])).tolist()
    [1, -1]
    """
    values = np.asarray(elevation)
    if values.shape != footprints.shape:
        raise ValueError(f"an elevation of shape {values.shape} does not fit a grid of {footprints.shape}")
    if values.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        values = values.astype(np.float64)
    out = np.empty(len(footprints), np.int64)
    lowest_of_rows(footprints.indptr, footprints.cells, frozen(values.reshape(-1)), out)
    return out
