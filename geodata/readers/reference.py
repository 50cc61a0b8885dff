"""Whether the coordinates of a layer can be what its reference system says they are."""

from __future__ import annotations

import math

import geopandas
import numpy as np
import pyproj

from geodata.errors import InputError
from geodata.report import ImportReport
from geodata.source import VerticalReference

Bounds = tuple[float, float, float, float]


def known_crs(text: str) -> pyproj.CRS:
    """The reference system of a name, URN or URL.

    Raises
    ------
    InputError
        When it is not known.

    Examples
    --------
    >>> known_crs("https://www.opengis.net/def/crs/EPSG/0/7415").to_epsg()
    7415
    >>> known_crs("urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709").is_compound
    True
    """
    cleaned = text.strip()
    for address in ("https://www.opengis.net/def/crs/", "http://www.opengis.net/def/crs/"):
        if cleaned.startswith(address) and "?" not in cleaned:
            authority, _, code = (
                cleaned.removeprefix(address).strip("/").split("/", 2) if cleaned.count("/") > 5 else ("", "", "")
            )
            cleaned = f"{authority}:{code}" if authority else cleaned
    try:
        return pyproj.CRS.from_user_input(cleaned)
    except pyproj.exceptions.CRSError:
        raise InputError("The reference system {crs} is not known; give one as EPSG:n with --crs.", crs=text) from None


def split_reference(crs: pyproj.CRS) -> tuple[pyproj.CRS, VerticalReference | None]:
    """The horizontal part of a reference system, and what its heights are measured from (None where it has none).

    Examples
    --------
    >>> horizontal, heights = split_reference(known_crs("EPSG:7415"))
    >>> horizontal.to_epsg(), heights.datum
    (28992, 'EPSG:5709')
    """
    if crs.is_compound:
        parts = crs.sub_crs_list
        vertical = next((part for part in parts if part.is_vertical), None)
        datum = "" if vertical is None else f"EPSG:{vertical.to_epsg()}" if vertical.to_epsg() else vertical.name
        units = {"metre": "m", "foot": "ft", "US survey foot": "us-ft"}
        unit = units.get(vertical.axis_info[0].unit_name, "m") if vertical is not None and vertical.axis_info else "m"
        return parts[0].to_2d(), VerticalReference(datum, unit)
    if len(crs.axis_info) > 2:
        return crs.to_2d(), VerticalReference(f"ellipsoid of {crs.name}", "m")
    return crs, None


def placed(
    frame: geopandas.GeoDataFrame, *, crs: str | None, near: Bounds | None, report: ImportReport, layer: str, source: str
) -> geopandas.GeoDataFrame:
    """The frame with a reference system that its coordinates can be in.

    Parameters
    ----------
    frame
        A layer as it was read.
    crs
        Used where the layer names none.
    near
        (west, south, east, north) in degrees of something that lies in the same place (another layer, the city), if known: axes
        that are only plausible when swapped are recognised by it.

    Raises
    ------
    InputError
        When there is no reference system, or the coordinates cannot be in it: swapped axes, degrees called metres.
    """
    if frame.crs is None:
        if crs is None:
            raise InputError(
                "{source} does not say which reference system its coordinates are in; give it with --crs EPSG:n.", source=source
            )
        frame = frame.set_crs(known_crs(crs))
        report.defaulted(
            layer, "reference system not named by the source, taken to be {crs}", len(frame), source=source, values={"crs": crs}
        )
    horizontal, _ = split_reference(frame.crs)
    if horizontal != frame.crs:
        frame = frame.set_crs(horizontal, allow_override=True)
    bounds = _finite_bounds(frame)
    if bounds is None:
        return frame
    if horizontal.is_geographic:
        swapped = _swapped_degrees(bounds, near, source)
    else:
        _check_metres(bounds, horizontal, source)
        swapped = (
            near is not None
            and not _meets(_to_degrees(bounds, horizontal), near)
            and _meets(_to_degrees(_turned(bounds), horizontal), near)
        )
    if swapped:
        raise InputError(
            "{source} has latitude and longitude (or northing and easting) swapped (x {west} to {east}, y {south} to {north}); "
            "write x (longitude, easting) first, or correct its reference system.",
            source=source, west=f"{bounds[0]:g}", south=f"{bounds[1]:g}", east=f"{bounds[2]:g}", north=f"{bounds[3]:g}",
        )  # fmt: skip
    return frame


def _finite_bounds(frame: geopandas.GeoDataFrame) -> Bounds | None:
    bounds = frame.geometry.bounds.to_numpy()
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if len(bounds) == 0:
        return None
    return float(bounds[:, 0].min()), float(bounds[:, 1].min()), float(bounds[:, 2].max()), float(bounds[:, 3].max())


def _turned(bounds: Bounds) -> Bounds:
    return bounds[1], bounds[0], bounds[3], bounds[2]


def _in_degrees(bounds: Bounds) -> bool:
    return bounds[0] >= -180.000001 and bounds[2] <= 360 and bounds[1] >= -90.000001 and bounds[3] <= 90.000001


def _swapped_degrees(bounds: Bounds, near: Bounds | None, source: str) -> bool:
    if not _in_degrees(bounds):
        if _in_degrees(_turned(bounds)):
            return True
        raise InputError(
            "The coordinates of {source} reach from {low} to {high}, which are no degrees as its reference system says; "
            "give the right one with --crs EPSG:n.",
            source=source, low=f"({bounds[0]:g}, {bounds[1]:g})", high=f"({bounds[2]:g}, {bounds[3]:g})",
        )  # fmt: skip
    if near is None or _meets(bounds, near):
        return False
    return _in_degrees(_turned(bounds)) and _meets(_turned(bounds), near)


def _check_metres(bounds: Bounds, crs: pyproj.CRS, source: str) -> None:
    area = crs.area_of_use
    # As degrees they lie where this reference system is used, as metres within 360 m of its origin: they are degrees.
    if _in_degrees(bounds) and area is not None and _meets(bounds, area.bounds):
        raise InputError(
            "The coordinates of {source} look like degrees ({x}, {y}), but it names {crs}, which is in metres; "
            "give the right one with --crs EPSG:n.",
            source=source, x=f"{bounds[0]:g}", y=f"{bounds[1]:g}", crs=crs.name,
        )  # fmt: skip
    if _to_degrees(bounds, crs) is None:
        raise InputError(
            "The coordinates of {source} ({x}, {y}) lie outside what {crs} can describe; give the right one with --crs EPSG:n.",
            source=source, x=f"{bounds[0]:g}", y=f"{bounds[1]:g}", crs=crs.name,
        )  # fmt: skip


def _to_degrees(bounds: Bounds, crs: pyproj.CRS) -> Bounds | None:
    transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    west, south = transformer.transform(bounds[0], bounds[1])
    east, north = transformer.transform(bounds[2], bounds[3])
    corners = (float(west), float(south), float(east), float(north))
    return corners if all(math.isfinite(value) for value in corners) else None


def _meets(one: Bounds | None, other: Bounds) -> bool:
    return one is not None and one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
