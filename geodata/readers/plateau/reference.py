"""What the coordinates of a file mean: CRS, axis order, heights, and whether they were written the wrong way round."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.source import VerticalReference

_CODE = re.compile(r"EPSG\D{1,2}(?:[\d.]+/|[\d.]*:)?(\d{4,6})(?!\d)")
_UNITS = {"metre": "m", "foot": "ft", "US survey foot": "us-ft"}
MARGIN = 0.5  # degrees around a CRS's area of use within which positions are believed


@dataclass(frozen=True)
class SpatialReference:
    """How the positions of one file read.

    Parameters
    ----------
    crs
        Horizontal CRS, "EPSG:6668".
    north_first
        Whether positions are (latitude, longitude) or (northing, easting), as EPSG says for most CRSs.
    geographic
        Whether the horizontal axes are degrees.
    heights
        What the third number is measured from; None in a CRS without heights.
    dimension
        Numbers per position, where the file says so.
    area
        (west, south, east, north) of the area of use in degrees, or None where EPSG names none.
    """

    crs: str
    north_first: bool
    geographic: bool
    heights: VerticalReference | None
    dimension: int | None
    area: tuple[float, float, float, float] | None

    @property
    def square_metre(self) -> float:
        """About one square metre in the square of the horizontal unit."""
        return 1e-10 if self.geographic else 1.0

    def fits(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which positions, x eastward and y northward, lie in the area of use (all, where EPSG names none)."""
        if self.area is None:
            return np.isfinite(x) & np.isfinite(y)
        west, south, east, north = self.area
        if not self.geographic:
            x, y = _to_degrees(self.crs).transform(x, y)
        with np.errstate(invalid="ignore"):
            return np.asarray(
                (x >= west - MARGIN) & (x <= east + MARGIN) & (y >= south - MARGIN) & (y <= north + MARGIN), dtype=np.bool_
            )


@lru_cache(maxsize=64)
def _to_degrees(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, pyproj.CRS(crs).geodetic_crs, always_xy=True)


def epsg_codes(srs_name: str) -> tuple[int, ...]:
    """The EPSG codes in a srsName: URL, URN, compound URN or short form.

    Examples
    --------
    >>> epsg_codes("http://www.opengis.net/def/crs/EPSG/0/6697")
    (6697,)
    >>> epsg_codes("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG:8.4:5783"), epsg_codes("EPSG:6677")
    ((25832, 5783), (6677,))
    """
    return tuple(int(code) for code in _CODE.findall(srs_name))


def spatial_reference(srs_name: str, dimension: int | None, *, path: str = "") -> SpatialReference:
    """Read a srsName with the axis order EPSG gives.

    Parameters
    ----------
    srs_name
        As the file writes it.
    dimension
        srsDimension of the file, if it says.
    path
        For messages.

    Raises
    ------
    InputError
        When the name is empty or no CRS that is known.

    Examples
    --------
    >>> reference = spatial_reference("http://www.opengis.net/def/crs/EPSG/0/6697", 3)
    >>> reference.crs, reference.north_first, reference.heights.datum
    ('EPSG:6668', True, 'EPSG:6695')
    """
    if not srs_name:
        raise InputError(
            "{path} names no CRS; write its srsName into the Envelope, for PLATEAU {example}.",
            path=path,
            example="http://www.opengis.net/def/crs/EPSG/0/6697",
        )
    codes = epsg_codes(srs_name)
    try:
        parts = [pyproj.CRS.from_epsg(code) for code in codes] or [pyproj.CRS.from_user_input(srs_name)]
    except pyproj.exceptions.CRSError:
        raise InputError(
            "{path} names the CRS {crs}, which is not known; correct its srsName.", path=path, crs=srs_name
        ) from None
    whole = parts[0]
    horizontal = whole.sub_crs_list[0] if whole.is_compound else whole
    vertical = whole.sub_crs_list[1] if whole.is_compound else next((part for part in parts[1:] if part.is_vertical), None)
    if not (horizontal.is_geographic or horizontal.is_projected):
        raise InputError(
            "{path} names the CRS {crs}, which has no map coordinates; correct its srsName.", path=path, crs=srs_name
        )
    heights = None
    if vertical is not None:
        heights = _vertical(vertical)
    elif len(horizontal.axis_info) == 3:
        heights = VerticalReference("ellipsoid", "m")
        horizontal = horizontal.to_2d()
    code = horizontal.to_epsg()
    area = horizontal.area_of_use
    return SpatialReference(
        f"EPSG:{code}" if code else horizontal.to_wkt(),
        horizontal.axis_info[0].direction == "north",
        bool(horizontal.is_geographic),
        heights,
        dimension,
        (area.west, area.south, area.east, area.north) if area else None,
    )


def _vertical(crs: pyproj.CRS) -> VerticalReference:
    code = crs.to_epsg()
    epoch = next((name for name in ("JGD2024", "JGD2011", "JGD2000") if name in crs.name), "")
    unit = _UNITS.get(crs.axis_info[0].unit_name, crs.axis_info[0].unit_name)
    return VerticalReference(f"EPSG:{code}" if code else crs.name, unit, epoch)
