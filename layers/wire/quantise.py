"""Positions as small whole-number steps from one vertex to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

METRES_PER_DEGREE = 111_320.0
POSITION_STEP = 0.02  # m; the error is half of it, well under the 5 cm allowed
HEIGHT_STEP = 0.01  # m


@dataclass(frozen=True)
class Quantised:
    """Vertices as steps.

    Parameters
    ----------
    origin
        Longitude, latitude from which offsets count, degrees.
    step
        Size of one step in longitude and latitude, degrees.
    dx, dy
        Steps from the vertex before (the first from the origin), int16 where they fit, else int32.
    """

    origin: tuple[float, float]
    step: tuple[float, float]
    dx: NDArray[Any]
    dy: NDArray[Any]

    def decoded(self) -> NDArray[np.float64]:
        """Longitude and latitude, [vertex, 2]."""
        return np.stack(
            [
                self.origin[0] + np.cumsum(self.dx, dtype=np.int64) * self.step[0],
                self.origin[1] + np.cumsum(self.dy, dtype=np.int64) * self.step[1],
            ],
            axis=1,
        )


def quantise(longitude: NDArray[np.float64], latitude: NDArray[np.float64], *, step: float = POSITION_STEP) -> Quantised:
    """Steps between successive vertices.

    Examples
    --------
    >>> made = quantise(np.array([139.7, 139.7001]), np.array([35.6, 35.6001]))
    >>> made.dx.dtype.name, bool(np.abs(made.decoded()[:, 0] - [139.7, 139.7001]).max() * 111_320 < 0.02)
    ('int16', True)
    """
    if len(longitude) == 0:
        return Quantised((0.0, 0.0), (1.0, 1.0), np.zeros(0, np.int16), np.zeros(0, np.int16))
    west, east = float(longitude.min()), float(longitude.max())
    south, north = float(latitude.min()), float(latitude.max())
    origin = ((west + east) / 2, (south + north) / 2)
    steps = (step / (METRES_PER_DEGREE * float(np.cos(np.radians(origin[1])))), step / METRES_PER_DEGREE)
    made = []
    for values, start, size in ((longitude, origin[0], steps[0]), (latitude, origin[1], steps[1])):
        delta = np.diff(np.rint((values - start) / size).astype(np.int64), prepend=0)
        made.append(delta)
    small = all(np.abs(delta).max() <= 32767 for delta in made)
    dx, dy = (delta.astype(np.int16 if small else np.int32) for delta in made)
    return Quantised(origin, steps, dx, dy)


def quantise_heights(heights: NDArray[np.float64]) -> tuple[NDArray[np.uint16], float, float]:
    """Heights as uint16: codes, height of code 0 and metres per code. 65535 stands for unknown.

    Examples
    --------
    >>> codes, zero, step = quantise_heights(np.array([3.0, 4.5, np.nan]))
    >>> codes.tolist(), zero, step
    ([0, 150, 65535], 3.0, 0.01)
    """
    known = heights[np.isfinite(heights)]
    zero = float(known.min()) if len(known) else 0.0
    span = float(known.max()) - zero if len(known) else 0.0
    step = max(HEIGHT_STEP, span / 65000.0)
    codes = np.where(np.isfinite(heights), np.rint((np.nan_to_num(heights) - zero) / step), 65535).astype(np.uint16)
    return codes, zero, step
