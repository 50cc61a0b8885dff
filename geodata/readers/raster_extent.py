"""Whether a raster fits: in memory, and over the city."""

from __future__ import annotations

from pathlib import Path

from geodata.crs import Bounds, bounds_in_degrees, bounds_meet, find_transformer
from geodata.errors import InputError


def check_size(columns: int, rows: int, path: Path, largest: int) -> None:
    """Raise before a raster is unpacked that would not fit.

    Examples
    --------
    >>> check_size(10, 10, Path("small.tif"), 100)
    """
    if columns * rows > largest:
        raise InputError(
            "{path} would unpack to {columns} × {rows} cells, more than the {largest} allowed; cut out the city or "
            "coarsen it first.",
            path=str(path),
            columns=columns,
            rows=rows,
            largest=largest,
        )


def require_overlap(own: Bounds, crs: str, bounds: Bounds, path: Path) -> Bounds:
    """The city's extent (given in degrees) in the raster's CRS; raise, naming both extents, where they do not meet."""
    degrees = bounds_in_degrees(own, crs)
    if degrees is None or not bounds_meet(degrees, bounds):
        raise InputError(
            "{path} covers {covered}, the city {city} (west, south, east, north in degrees): they do not overlap; "
            "check the CRS of both.",
            path=str(path),
            covered=tuple(round(value, 4) for value in degrees) if degrees else "no known place",
            city=tuple(round(value, 4) for value in bounds),
        )
    turned = find_transformer("EPSG:4326", crs).transform_bounds(*bounds)
    west, south, east, north = (float(value) for value in turned)
    return west, south, east, north
