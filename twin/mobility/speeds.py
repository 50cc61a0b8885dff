"""How fast people and vehicles move: dry by road class, and slowed by water."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.network import KILOMETRE_PER_HOUR, PLAUSIBLE

CLASS_SPEEDS: Mapping[str, float] = MappingProxyType({
    "motorway": 80.0, "trunk": 50.0, "primary": 40.0, "secondary": 35.0, "tertiary": 30.0, "residential": 20.0, "service": 15.0,
    "track": 15.0, "pedestrian": 10.0, "footway": 10.0, "cycleway": 10.0, "steps": 5.0, "path": 10.0, "other": 20.0, "": 20.0,
})  # fmt: skip
"""Free-flow speed of vehicles by road class, km/h: choices of this project, below posted limits."""
CLIP_DEPTH = 0.3


def vehicle_speed(roads: pd.DataFrame) -> NDArray[np.float64]:
    """Dry free-flow speed of vehicles on each edge, m/s: by class, and not above a plausible posted limit.

    Parameters
    ----------
    roads
        Columns ``class`` and ``speed_limit`` (m/s).

    Examples
    --------
    >>> roads = pd.DataFrame({"class": ["primary", "primary", ""], "speed_limit": [np.nan, 5.0, 0.0]})
    >>> vehicle_speed(roads).round(2).tolist()
    [11.11, 5.0, 5.56]
    """
    codes, names = pd.factorize(roads["class"])
    table = np.array([CLASS_SPEEDS.get(name, CLASS_SPEEDS[""]) for name in names] or [CLASS_SPEEDS[""]])
    speed = table[codes] * KILOMETRE_PER_HOUR if len(roads) else np.zeros(0)
    limit = roads["speed_limit"].to_numpy(np.float64)
    known = (limit >= PLAUSIBLE[0]) & (limit <= PLAUSIBLE[1])
    return np.where(known, np.minimum(speed, np.where(known, limit, np.inf)), speed)


def doubtful_limits(roads: pd.DataFrame) -> NDArray[np.bool_]:
    """Edges whose posted limit is not believed (0, 300 km/h …), [edges]."""
    limit = roads["speed_limit"].to_numpy(np.float64)
    return np.asarray((limit < PLAUSIBLE[0]) | (limit > PLAUSIBLE[1]))


def slowed_by_water(free: NDArray[Any], depth: NDArray[Any]) -> NDArray[np.float64]:
    """Speed of vehicles in water, m/s; NaN where the depth is unknown.

    Pregnolato et al. 2017 (doi 10.1016/j.trd.2017.06.020): v = 0.0009 w² − 0.5529 w + 86.9448 km/h with w in millimetres. It
    turns up past 307 mm, so w is clipped at 300 mm; it never exceeds the dry speed, and is not below 1 m/s. Whether one may
    pass at all is another question (`twin.hooks.passability`).

    Examples
    --------
    >>> slowed_by_water(np.array([10.0, 30.0, 10.0]), np.array([0.0, 0.1, np.nan])).round(2).tolist()
    [10.0, 11.29, nan]
    """
    width = np.clip(depth, 0.0, CLIP_DEPTH) * 1000.0
    limit = (0.0009 * width**2 - 0.5529 * width + 86.9448) * KILOMETRE_PER_HOUR
    return np.asarray(np.where(np.asarray(depth) > 0, np.minimum(free, np.maximum(limit, 1.0)), free + 0.0 * np.asarray(depth)))
