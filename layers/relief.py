"""The one elevation model that everything on the map stands on: the terrain, decimated to what a browser can draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from geodata.grid import Grid

LARGEST_MESH = 512
LARGEST_TEXTURE = 2048
LATTICE = 17

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class Relief:
    """Terrain as drawn.

    Parameters
    ----------
    grid
        The city's grid.
    elevation
        Full-resolution heights, m, float [rows, columns], NaN = unknown; None for a city without terrain (drawn flat).
    exaggeration
        Factor on every height on the map, shared by all layers.
    """

    grid: Grid
    elevation: NDArray[Any] | None = None
    exaggeration: float = 1.0
    _kept: dict[tuple[str, ...], Any] = field(default_factory=dict, init=False, repr=False)

    def kept(self, name: tuple[str, ...], make: Callable[[], Made]) -> Made:
        """What stands on this terrain, made when first asked for and kept with it: the same name must mean the same.

        Examples
        --------
        >>> relief = Relief(Grid(0.0, 0.0, 10.0, 2, 2, "EPSG:32654"))
        >>> relief.kept(("roads", "v1"), lambda: [1]) is relief.kept(("roads", "v1"), lambda: [1])
        True
        """
        if name not in self._kept:
            self._kept[name] = make()
        made: Made = self._kept[name]
        return made

    @cached_property
    def factor(self) -> int:
        """Cells of the grid along one cell of the mesh."""
        return max(1, -(-max(self.grid.shape) // LARGEST_MESH))

    @cached_property
    def mesh_grid(self) -> Grid:
        """The grid of the mesh."""
        return self.grid.coarsened(self.factor)

    @cached_property
    def heights(self) -> NDArray[np.float64]:
        """Heights at the cell centres of the mesh, m, [rows, columns]; unknown cells take the height of the nearest known."""
        if self.elevation is None or not np.isfinite(self.elevation).any():
            return np.zeros(self.mesh_grid.shape)
        return _filled(block_mean(np.asarray(self.elevation), self.factor))

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Where the terrain is known, on the mesh, [rows, columns]."""
        if self.elevation is None:
            return np.zeros(self.mesh_grid.shape, dtype=bool)
        return np.isfinite(block_mean(np.asarray(self.elevation), self.factor))

    @cached_property
    def datum(self) -> float:
        """Height that the map draws at zero, m: the median, so that the camera turns around the ground and not the sea."""
        return round(float(np.median(self.heights)), 2)

    def height_at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Heights of the drawn surface at points in the grid's CRS, m; points outside take the height of the edge."""
        grid = self.mesh_grid
        row = np.clip((grid.north - np.asarray(y)) / grid.cell - 0.5, 0, grid.rows - 1)
        column = np.clip((np.asarray(x) - grid.west) / grid.cell - 0.5, 0, grid.columns - 1)
        row, column = np.nan_to_num(row), np.nan_to_num(column)
        top = np.minimum(row.astype(np.int64), max(grid.rows - 2, 0))
        left = np.minimum(column.astype(np.int64), max(grid.columns - 2, 0))
        down, right = row - top, column - left
        below, beside = np.minimum(top + 1, grid.rows - 1), np.minimum(left + 1, grid.columns - 1)
        heights = self.heights
        upper = heights[top, left] * (1 - right) + heights[top, beside] * right
        lower = heights[below, left] * (1 - right) + heights[below, beside] * right
        made: NDArray[np.float64] = upper * (1 - down) + lower * down
        return made

    def shade(self) -> NDArray[np.uint8]:
        """Hillshade, uint8 [rows, columns] of at most 2048 cells a side; 200 is level ground, light from the north-west."""
        factor = max(1, -(-max(self.grid.shape) // LARGEST_TEXTURE))
        if self.elevation is None or not np.isfinite(self.elevation).any() or min(self.grid.shape) < 2 * factor + 1:
            return np.full((2, 2), 200, dtype=np.uint8)
        heights = _filled(block_mean(np.asarray(self.elevation), factor))
        cell = self.grid.cell * factor
        # Slopes are drawn three times as steep: a levee of 5 m must be seen in a plain.
        south, east = (np.asarray(slope) * 3.0 / cell for slope in np.gradient(heights))
        light = np.zeros_like(heights)
        for azimuth, weight in ((315.0, 0.6), (270.0, 0.2), (0.0, 0.2)):
            toward_east, toward_north = np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))
            slope_light = (1.0 - (east * toward_east - south * toward_north)) / np.sqrt(1.0 + east**2 + south**2)
            light += weight * slope_light
        return np.clip(200.0 + (light - 1.0) * 90.0, 90, 255).astype(np.uint8)

    def lattice(self) -> NDArray[np.float64]:
        """Longitude and latitude of 17 × 17 points spread over the grid's bounds, [row, column, 2], row 0 in the north."""
        west, south, east, north = self.grid.bounds
        x, y = np.meshgrid(np.linspace(west, east, LATTICE), np.linspace(north, south, LATTICE))
        longitude, latitude = self.grid.to_wgs84.transform(x, y)
        return np.stack([longitude, latitude], axis=-1)


def block_mean(values: NDArray[Any], factor: int) -> NDArray[np.float64]:
    """Mean of the known values of each block of ``factor`` × ``factor`` cells, NaN where none is known.

    Examples
    --------
    >>> block_mean(np.array([[1.0, 3.0], [np.nan, 2.0]]), 2).tolist()
    [[2.0]]
    """
    if factor == 1:
        return values.astype(np.float64)
    known = np.isfinite(values)
    count = block_sum(known, factor, np.dtype(np.int32))
    total = block_sum(np.where(known, values, 0), factor, np.dtype(np.float64))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def block_sum(values: NDArray[Any], factor: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Sum over each block of ``factor`` × ``factor`` cells.

    Rows first, then columns: summing over the short axes of an array takes several times as long.

    Examples
    --------
    >>> block_sum(np.array([[1, 2, 3], [4, 5, 6]]), 2, np.dtype(np.int32)).tolist()
    [[12, 9]]
    """
    rows = np.zeros((-(-values.shape[0] // factor), values.shape[1]), dtype=dtype)
    for row in range(factor):
        part = values[row::factor]
        rows[: len(part)] += part
    made = np.zeros((rows.shape[0], -(-values.shape[1] // factor)), dtype=dtype)
    for column in range(factor):
        part = rows[:, column::factor]
        made[:, : part.shape[1]] += part
    return made


def _filled(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    unknown = ~np.isfinite(heights)
    if not unknown.any():
        return heights
    nearest = scipy.ndimage.distance_transform_edt(unknown, return_distances=False, return_indices=True)
    filled: NDArray[np.float64] = heights[tuple(nearest)]
    return filled
