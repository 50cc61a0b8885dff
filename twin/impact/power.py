"""Who has power: substations, the areas they serve, and what runs on its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE

HOUR = 3600.0


def stopped_by_water(depth: NDArray[np.float64], critical: NDArray[np.float64], otherwise: float) -> NDArray[np.uint8]:
    """Whether water stops each facility: 1 = yes, 0 = no, 255 = unknown, [facilities].

    Parameters
    ----------
    depth
        Depth above the ground, m, NaN = unknown.
    critical
        Height above the ground at which water stops it, m, NaN = nobody says.
    otherwise
        The height where nobody says, m.

    Examples
    --------
    >>> stopped_by_water(np.array([0.2, 0.5, np.nan]), np.array([np.nan, 0.8, 0.3]), 0.3).tolist()
    [0, 0, 255]
    """
    height = np.where(np.isnan(critical), otherwise, critical)
    return np.where(np.isnan(depth), UNKNOWN_CODE, (depth >= height) & (depth > 0)).astype(np.uint8)


def powered_areas(facilities: pd.DataFrame, areas: pd.DataFrame, stopped: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Whether mains power reaches each area: 1, 0, 255 unknown, 254 where no substation is known to serve it, [areas].

    An area is dark when every substation that serves it (``area_id``) is stopped, and powered when one of them surely runs.
    """
    made = np.full(len(areas), NOT_APPLICABLE_CODE, np.uint8)
    row_of = {name: row for row, name in enumerate(areas["id"])}
    states: dict[int, list[int]] = {}
    substation = facilities["kind"].to_numpy(str) == "substation"
    for place in np.flatnonzero(substation):
        row = row_of.get(facilities["area_id"].iloc[place])
        if row is not None:
            states.setdefault(row, []).append(int(stopped[place]))
    for row, found in states.items():
        made[row] = 1 if 0 in found else UNKNOWN_CODE if UNKNOWN_CODE in found else 0
    return made


def area_rows(points: NDArray[np.object_], areas: pd.DataFrame, served: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Row of the served area that each point lies in, −1 = none."""
    rows = np.flatnonzero(served)
    found = np.full(len(points), -1, np.int64)
    if len(rows) and len(points):
        tree = shapely.STRtree(np.asarray(areas["geometry"], dtype=object)[rows])
        inside, place = tree.query(points, predicate="intersects")
        found[inside[::-1]] = rows[place[::-1]]
    return found


def mains_at(area: NDArray[np.int64], powered: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mains power at places by the area they lie in: outside of every served area nobody says, so it is not applicable."""
    if not len(powered):
        return np.full(len(area), NOT_APPLICABLE_CODE, np.uint8)
    return np.where(area >= 0, powered[np.maximum(area, 0)], NOT_APPLICABLE_CODE).astype(np.uint8)


def endurance(backup_hours: NDArray[np.float64], solar_share: NDArray[np.float64]) -> NDArray[np.float64]:
    """How long a place lasts on its own, s: fuel or battery, stretched by rooftop solar; NaN = unknown, inf = solar is enough.

    Solar that covers a share s of the need leaves 1 − s to the store: it lasts 1 / (1 − s) times as long. Without a stated
    store, but with solar for all of the need, a place lasts for ever by day and night only if it has a store: unknown.

    Examples
    --------
    >>> endurance(np.array([10.0, 10.0, np.nan, 8.0]), np.array([np.nan, 0.5, np.nan, 1.0])).tolist()
    [36000.0, 72000.0, nan, inf]
    """
    solar = np.clip(np.nan_to_num(solar_share), 0.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(backup_hours > 0, backup_hours * HOUR / (1.0 - solar), backup_hours * HOUR)
