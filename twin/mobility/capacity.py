"""How many people a road lets through and holds: on foot and by car."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FOOT_FLOW = 1.2
"""People who pass one metre of width each second in a crowd (SFPE handbook: 1.3 at most [M])."""
FOOT_DENSITY = 2.0
"""People on a square metre in a queue that still moves [M]."""
FOOT_WIDTH = 2.0
"""Width that people on foot have in one direction, m (a choice of this project; sidewalks are in no table)."""
LANE_FLOW = 0.5
"""Cars a second and lane at a signal-free road, 1800/h [M]; half of it on roads of fewer than 20 km/h."""
CAR_SPACE = 7.5
"""Length that a standing car takes, m (as MATSim and most queue models)."""


def foot_capacity(length: NDArray[np.float64], width: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """People per second, and people held, in one direction of each edge.

    Examples
    --------
    >>> [each.tolist() for each in foot_capacity(np.array([100.0]), np.array([np.nan]))]
    [[2.4], [400.0]]
    """
    wide = np.minimum(np.where(np.isnan(width) | (width <= 0), FOOT_WIDTH, width / 2.0), FOOT_WIDTH)
    return wide * FOOT_FLOW, np.maximum(wide * length * FOOT_DENSITY, 1.0)


def car_capacity(
    length: NDArray[np.float64], lanes: NDArray[np.float64], speed: NDArray[np.float64], people_per_car: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """People per second, and people held, in one direction of each edge.

    Examples
    --------
    >>> [each.tolist() for each in car_capacity(np.array([75.0]), np.array([1.0]), np.array([10.0]), 2.0)]
    [[1.0], [20.0]]
    """
    flow = lanes * LANE_FLOW * np.where(speed >= 20 / 3.6, 1.0, 0.5) * people_per_car
    return flow, np.maximum(lanes * length / CAR_SPACE, 1.0) * people_per_car
