"""Smooth random fields: value noise on a coarse lattice, evaluated anywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def smoothstep(value: Floats | float) -> Floats:
    """0 below 0, 1 above 1, and a smooth rise (3t² − 2t³) between.

    Examples
    --------
    >>> smoothstep(np.array([-1.0, 0.5, 2.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    held = np.clip(value, 0.0, 1.0)
    return np.asarray(held * held * (3.0 - 2.0 * held))


class Noise:
    """A smooth field of mean 0 and values within ±1 over a rectangle.

    Parameters
    ----------
    random
        Where the lattice values come from.
    bounds
        (west, south, east, north), m; outside, the edge values go on.
    wavelength
        Distance between lattice points, m.

    Examples
    --------
    >>> field = Noise(np.random.default_rng(1), (0.0, 0.0, 100.0, 100.0), wavelength=50.0)
    >>> bool(np.abs(field(np.linspace(0, 100, 9), np.full(9, 20.0))).max() <= 1)
    True
    """

    def __init__(self, random: np.random.Generator, bounds: tuple[float, float, float, float], *, wavelength: float) -> None:
        self.west, self.south, east, north = bounds
        self.wavelength = wavelength
        rows, columns = int((north - self.south) / wavelength) + 3, int((east - self.west) / wavelength) + 3
        self.values = random.uniform(-1.0, 1.0, (rows, columns))

    def __call__(self, x: Floats, y: Floats) -> Floats:
        """The field at points, any shapes that broadcast."""
        column, row = (np.asarray(x) - self.west) / self.wavelength, (np.asarray(y) - self.south) / self.wavelength
        column, row = np.clip(column, 0, self.values.shape[1] - 1.001), np.clip(row, 0, self.values.shape[0] - 1.001)
        i, j = column.astype(np.int64), row.astype(np.int64)
        s, t = smoothstep(column - i), smoothstep(row - j)
        low = self.values[j, i] * (1 - s) + self.values[j, i + 1] * s
        high = self.values[j + 1, i] * (1 - s) + self.values[j + 1, i + 1] * s
        return np.asarray(low * (1 - t) + high * t)
