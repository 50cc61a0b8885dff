"""Which low ground standing water can reach."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def reached(passable: NDArray[np.bool_], sources: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells that are joined to a source through passable cells that share an edge.

    Cells that touch only at a corner are not joined: a levee drawn as a chain of cells that share edges holds.

    Parameters
    ----------
    passable
        Cells that water at the given level covers, or may cover, [rows, columns].
    sources
        Cells that water comes from, [rows, columns]; only passable ones count.

    Examples
    --------
    >>> reached(np.array([[True, False, True]]), np.array([[True, False, False]])).tolist()
    [[True, False, False]]
    """
    label, count = ndimage.label(passable)
    fed = np.zeros(count + 1, np.bool_)
    fed[np.unique(label[sources & passable])] = True
    fed[0] = False
    return np.asarray(fed[label])


def edge_cells(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """True on the outermost cells of a grid, [rows, columns]."""
    edge: NDArray[Any] = np.zeros(shape, np.bool_)
    edge[[0, -1], :] = True
    edge[:, [0, -1]] = True
    return edge
