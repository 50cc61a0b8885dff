"""The one raster frame of a city: origin, cell size, shape, projected CRS in metres. Row 0 lies in the north."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyproj
from affine import Affine
from numpy.typing import NDArray

from geodata.errors import InputError


@dataclass(frozen=True)
class Grid:
    """A north-up grid of square cells.

    Parameters
    ----------
    west, north
        Outer corner of the north-western cell, m, in ``crs``.
    cell
        Cell size, m.
    rows, columns
        Shape of every raster on this grid, [rows, columns], row 0 in the north.
    crs
        A projected CRS in metres, as text that pyproj reads ("EPSG:6670").

    Raises
    ------
    InputError
        When the CRS is not projected in metres, or the shape or cell size is not positive.

    Examples
    --------
    >>> grid = Grid(west=0.0, north=20.0, cell=5.0, rows=4, columns=3, crs="EPSG:6677")
    >>> grid.bounds          # west, south, east, north
    (0.0, 0.0, 15.0, 20.0)
    >>> grid.cell_of(6.0, 19.0)
    (0, 1)
    """

    west: float
    north: float
    cell: float
    rows: int
    columns: int
    crs: str

    def __post_init__(self) -> None:
        if not (self.rows > 0 and self.columns > 0 and self.cell > 0 and math.isfinite(self.cell)):
            raise InputError(
                "A grid of {rows} × {columns} cells of {cell} m is empty; give a terrain or an extent with an area.",
                rows=self.rows,
                columns=self.columns,
                cell=self.cell,
            )
        require_metres(self.crs)

    @classmethod
    def covering(cls, bounds: tuple[float, float, float, float], *, cell: float, crs: str) -> Grid:
        """The smallest grid with lines on whole multiples of ``cell`` that covers (west, south, east, north)."""
        west, south, east, north = bounds
        if not all(math.isfinite(value) for value in bounds):
            raise InputError("The extent {bounds} is not finite; check the coordinates of the layers.", bounds=bounds)
        left, bottom = math.floor(west / cell), math.floor(south / cell)
        right, top = math.ceil(east / cell), math.ceil(north / cell)
        return cls(left * cell, top * cell, cell, max(top - bottom, 1), max(right - left, 1), crs)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north), m."""
        return (self.west, self.north - self.rows * self.cell, self.west + self.columns * self.cell, self.north)

    @property
    def transform(self) -> Affine:
        """From (column, row) to (x, y), as rasterio wants it."""
        return Affine(self.cell, 0.0, self.west, 0.0, -self.cell, self.north)

    @property
    def x(self) -> NDArray[np.float64]:
        """Cell centres west to east, m, [columns]."""
        return np.asarray(self.west + (np.arange(self.columns) + 0.5) * self.cell, dtype=np.float64)

    @property
    def y(self) -> NDArray[np.float64]:
        """Cell centres north to south, m, [rows]."""
        return np.asarray(self.north - (np.arange(self.rows) + 0.5) * self.cell, dtype=np.float64)

    @cached_property
    def to_wgs84(self) -> pyproj.Transformer:
        """From (x, y) in metres to (longitude, latitude) in degrees."""
        return pyproj.Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)

    @property
    def bounds_wgs84(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in degrees."""
        west, south, east, north = self.to_wgs84.transform_bounds(*self.bounds)
        return float(west), float(south), float(east), float(north)

    def cell_of(self, x: float, y: float) -> tuple[int, int] | None:
        """(row, column) of the cell that holds a point, or None outside the grid."""
        row, column = math.floor((self.north - y) / self.cell), math.floor((x - self.west) / self.cell)
        return (row, column) if 0 <= row < self.rows and 0 <= column < self.columns else None

    def cells_of(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Flat cell index (row × columns + column) of each point, −1 outside the grid or for non-finite points."""
        with np.errstate(invalid="ignore"):
            row, column = np.floor((self.north - y) / self.cell), np.floor((x - self.west) / self.cell)
            inside = (row >= 0) & (row < self.rows) & (column >= 0) & (column < self.columns)
            flat = np.where(inside, row * self.columns + column, -1.0)
        return flat.astype(np.int64)

    def coarsened(self, factor: int) -> Grid:
        """The grid whose cells are ``factor`` × ``factor`` cells of this one, extended to cover it."""
        if factor < 1:
            raise InputError("A coarsening factor of {factor} is below 1; give a whole number of 1 or more.", factor=factor)
        return Grid(
            self.west,
            self.north,
            self.cell * factor,
            math.ceil(self.rows / factor),
            math.ceil(self.columns / factor),
            self.crs,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for TOML and JSON."""
        return {
            "west": self.west,
            "north": self.north,
            "cell": self.cell,
            "rows": self.rows,
            "columns": self.columns,
            "crs": self.crs,
        }


def require_metres(crs: str) -> None:
    """Raise `InputError` unless a CRS is projected with both axes in metres.

    Examples
    --------
    >>> require_metres("EPSG:6677")
    >>> require_metres("EPSG:4326")
    Traceback (most recent call last):
    geodata.errors.InputError: The CRS EPSG:4326 is not projected in metres; ...
    """
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise InputError("The CRS {crs} is not known; give one as EPSG:n, for example --crs EPSG:6677.", crs=crs) from None
    if not known.is_projected or any(axis.unit_name != "metre" for axis in known.axis_info[:2]):
        raise InputError(
            "The CRS {crs} is not projected in metres; give a projected one, for example --crs EPSG:6677.", crs=crs
        )
