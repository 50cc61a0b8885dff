"""Depth ranks of the official Japanese hazard maps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.variable import UNKNOWN_CODE

RANK_BOUNDS = (0.5, 3.0, 5.0, 10.0, 20.0)
"""Depths, m, between the ranks 1 to 6 (DOMAIN.md: PLATEAU VIEW colour set; MLIT guide of 2016)."""


def rank_of(high: NDArray[Any], low: NDArray[Any], *, wet: float) -> NDArray[np.uint8]:
    """Rank of a depth known as an interval, by its upper end; 0 = dry, 255 = unknown.

    The upper end of an official interval does not belong to it (0.5–3 m is rank 2, not 3), an exact depth of 3 m does.

    Parameters
    ----------
    high, low
        Ends of the depth, m, any shape; equal where the depth is exact; NaN = unknown.
    wet
        Depth from which a place counts as wet, m.

    Examples
    --------
    >>> rank_of(np.array([0.0, 0.5, 3.0, 3.0, np.nan]), np.array([0.0, 0.0, 0.5, 3.0, np.nan]), wet=0.01).tolist()
    [0, 1, 2, 3, 255]
    """
    upper = np.searchsorted(RANK_BOUNDS, np.nan_to_num(high), side="left")
    lower = np.searchsorted(RANK_BOUNDS, np.nan_to_num(low), side="right")
    rank = np.maximum(upper, lower) + 1
    rank = np.where(high < wet, 0, rank)
    return np.where(np.isnan(high), UNKNOWN_CODE, rank).astype(np.uint8)
