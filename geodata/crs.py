"""Coordinate reference systems: which one a city gets, strict transformation between them, and swapped axes found out.

Two CRSs never meet in one operation: `require_same_crs` is asked first.
"""

from __future__ import annotations

import math
import warnings
from functools import lru_cache
from typing import Any

import geopandas
import numpy as np
import pyproj
import shapely
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.datadir import get_user_data_dir  # type: ignore[attr-defined]  # documented, yet not in its __all__
from pyproj.transformer import AreaOfInterest as PlaceOfInterest
from pyproj.transformer import TransformerGroup

from geodata.errors import InputError
from geodata.report import ImportReport

WORST_ACCURACY = 5.0
"""Worst stated accuracy of a transformation that is still accepted, m: about the width of a small house. It lets NAD83 pass as
WGS 84 (4 m by EPSG, noted in the report) and stops NAD27 (8–20 m) and the old Tokyo datum (400 m)."""
NOTED_ACCURACY = 1.0
"""Accuracy from which on a transformation is noted in the report, m."""

Bounds = tuple[float, float, float, float]

# Japanese plane rectangular zone (1–19, of EPSG:6669–6687) at well-known towns (longitude, latitude); 0 = not Japan. The
# zones follow
# prefectures (国土地理院: 平面直角座標系), so the towns are the 47 prefectural seats and towns near borders where the
# seat misleads.
_ZONE_OF_TOWN: tuple[tuple[float, float, int], ...] = (
    (141.35, 43.06, 12), (140.74, 41.77, 11), (141.00, 43.19, 11), (140.97, 42.32, 12), (140.86, 42.47, 11),
    (142.37, 43.77, 12),
    (141.68, 45.42, 12), (141.60, 42.63, 12), (143.20, 42.92, 13), (144.38, 42.98, 13), (144.27, 44.02, 13),
    (143.35, 44.36, 12),
    (143.90, 43.80, 13), (142.77, 42.16, 12), (143.32, 42.29, 13), (145.58, 43.33, 13), (140.74, 40.82, 10),
    (141.15, 39.70, 10),
    (140.87, 38.27, 10), (140.10, 39.72, 10), (140.36, 38.24, 10), (139.83, 38.73, 10), (140.47, 37.75, 9), (139.93, 37.49, 9),
    (140.89, 37.05, 9), (140.45, 36.34, 9), (139.88, 36.57, 9), (139.06, 36.39, 9), (139.65, 35.86, 9), (140.12, 35.61, 9),
    (139.69, 35.69, 9), (139.64, 35.45, 9), (139.16, 35.26, 9), (139.79, 33.11, 9), (142.19, 27.09, 14), (139.02, 37.90, 8),
    (138.86, 37.11, 8), (138.25, 37.15, 8), (137.21, 36.70, 7), (136.63, 36.59, 7), (137.27, 37.44, 7), (136.22, 36.07, 6),
    (136.07, 35.65, 6), (138.57, 35.66, 8), (138.93, 35.61, 8), (138.19, 36.65, 8), (137.97, 36.24, 8), (137.82, 35.51, 8),
    (136.72, 35.39, 7), (137.25, 36.14, 7), (137.50, 35.49, 7), (138.38, 34.98, 8), (137.73, 34.71, 8), (138.86, 35.10, 8),
    (139.08, 35.10, 8), (136.91, 35.18, 7), (137.39, 34.77, 7), (136.51, 34.73, 6), (136.62, 34.97, 6), (136.68, 35.07, 6),
    (135.87, 35.00, 6), (136.26, 35.27, 6), (135.76, 35.02, 6), (135.19, 35.45, 6), (135.13, 35.30, 6), (135.50, 34.69, 6),
    (134.83, 34.69, 5), (135.18, 34.69, 5), (135.36, 34.73, 5), (134.69, 34.82, 5), (134.82, 35.54, 5), (134.89, 34.34, 5),
    (135.83, 34.68, 6), (135.17, 34.23, 6), (135.99, 33.72, 6), (134.24, 35.50, 5), (133.33, 35.43, 5), (133.05, 35.47, 3),
    (133.25, 35.43, 3), (131.84, 34.67, 3), (133.92, 34.66, 5), (133.51, 34.50, 5), (132.46, 34.40, 3), (133.36, 34.49, 3),
    (131.47, 34.19, 3), (130.94, 33.96, 3), (130.93, 34.02, 3), (132.24, 34.17, 3), (134.56, 34.07, 4), (134.04, 34.34, 4),
    (134.24, 34.48, 4), (132.77, 33.84, 4), (133.00, 34.07, 4), (133.53, 33.56, 4), (130.42, 33.61, 2), (130.96, 33.95, 2),
    (130.85, 33.88, 2), (130.30, 33.25, 2), (129.87, 32.75, 1), (129.72, 33.18, 1), (129.69, 33.75, 1), (129.29, 34.20, 1),
    (130.01, 32.84, 1), (130.37, 32.78, 1), (128.84, 32.70, 1), (129.97, 33.45, 2), (129.88, 33.27, 2), (130.71, 32.80, 2),
    (130.19, 32.46, 2), (131.61, 33.24, 2), (131.42, 31.91, 2), (130.56, 31.56, 2), (130.99, 30.73, 2), (130.65, 30.39, 2),
    (129.87, 29.85, 1), (129.49, 28.38, 1), (128.90, 27.40, 1), (127.68, 26.21, 15), (125.28, 24.81, 16), (124.16, 24.34, 16),
    (131.24, 25.84, 17), (136.08, 20.42, 18), (153.98, 24.29, 19), (128.43, 34.85, 0), (128.62, 34.88, 0),
)  # fmt: skip


def parse_crs(text: Any) -> pyproj.CRS:
    """The CRS that a text, EPSG number or CRS object names.

    Raises
    ------
    InputError
        When PROJ does not know it.

    Examples
    --------
    >>> parse_crs("EPSG:6670").name
    'JGD2011 / Japan Plane Rectangular CS II'
    """
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        raise InputError("The CRS {crs} is not known; give one as EPSG:n, for example --crs EPSG:6677.", crs=text) from None


def horizontal_part(crs: Any) -> pyproj.CRS:
    """The horizontal part of a CRS: EPSG:6697 (JGD2011 with heights) → EPSG:6668 (JGD2011).

    Examples
    --------
    >>> horizontal_part("EPSG:6697").to_authority()
    ('EPSG', '6668')
    """
    known = parse_crs(crs)
    if known.is_compound:
        known = known.sub_crs_list[0]
    return known.to_2d()


def named_crs(crs: Any) -> str:
    """A CRS as short text: "EPSG:n" where the definition is one of EPSG's (an Esri .prj included), else its WKT."""
    known = horizontal_part(crs)
    number = known.to_epsg(min_confidence=70)
    if number is None and (utm := known.utm_zone) and "WGS 84" in (known.geodetic_crs.name if known.geodetic_crs else ""):
        number = (32600 if utm.endswith("N") else 32700) + int(utm[:-1])
    if number is not None and _close(known, pyproj.CRS.from_epsg(number)):
        return f"EPSG:{number}"
    return str(known.to_wkt())


def _close(first: pyproj.CRS, second: pyproj.CRS) -> bool:
    """Whether two projected CRSs put the same ground within a millimetre (same projection under another name)."""
    if first.is_geographic or second.is_geographic:
        return True
    area = second.area_of_use
    if area is None:
        return False
    longitude, latitude = (area.west + area.east) / 2, (area.south + area.north) / 2
    points = []
    for crs in (first, second):
        base = crs.geodetic_crs
        assert base is not None  # a projected CRS has a base
        points.append(pyproj.Transformer.from_crs(base, crs, always_xy=True).transform(longitude, latitude))
    return bool(np.allclose(points[0], points[1], atol=1e-3))


def choose_crs(lon: float, lat: float) -> str:
    """One projected CRS in metres for a place: a Japanese plane rectangular zone (JGD2011) in Japan, else UTM on WGS 84.

    In Japan, zones follow prefectures. Candidates are the zones whose area of use in PROJ's database holds the place; if
    there are several, the zone of the nearest of some 120 towns decides, which may miss by a few kilometres at a
    prefectural border. The neighbouring zone is valid there too: its scale differs by less than 1 : 10,000.
    Elsewhere: the UTM zone, with the exceptions of south-western Norway and Svalbard.

    Parameters
    ----------
    lon, lat
        Degrees, WGS 84.

    Raises
    ------
    InputError
        When the place is not on Earth, or within the polar caps (north of 84°, south of 80° S).

    Examples
    --------
    >>> choose_crs(130.56, 32.93), choose_crs(139.73, 35.56)       # Tamana, Ōta
    ('EPSG:6670', 'EPSG:6677')
    >>> choose_crs(-79.93, 32.78), choose_crs(24.94, 60.17), choose_crs(151.75, -32.94)
    ('EPSG:32617', 'EPSG:32635', 'EPSG:32756')
    """
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise InputError(
            "Longitude {lon}, latitude {lat} is no place on Earth; check the CRS and the order of the axes, or give "
            "--crs EPSG:n.",
            lon=lon,
            lat=lat,
        )
    if lat >= 84 or lat <= -80:
        raise InputError(
            "Latitude {lat} lies outside the UTM zones (80° S to 84° N); give a projected CRS in metres with --crs EPSG:n.",
            lat=lat,
        )
    zones = [zone for zone, (west, south, east, north) in _japanese_zones() if west <= lon <= east and south <= lat <= north]
    if zones:
        towns = [town for town in _ZONE_OF_TOWN if town[2] in zones or town[2] == 0]
        shrink = math.cos(math.radians(lat))
        nearest = min(towns, key=lambda town: math.hypot((town[0] - lon) * shrink, town[1] - lat))
        if nearest[2]:
            return f"EPSG:{6668 + nearest[2]}"
    zone = min(int((lon + 180) // 6) + 1, 60)
    if 56 <= lat < 64 and 3 <= lon < 12:
        zone = 32
    elif lat >= 72 and 0 <= lon < 42:
        zone = 31 if lon < 9 else 33 if lon < 21 else 35 if lon < 33 else 37
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


@lru_cache(maxsize=1)
def _japanese_zones() -> tuple[tuple[int, Bounds], ...]:
    """Zone number and (west, south, east, north) of its area of use, from PROJ's database."""
    found: dict[int, Bounds] = {}
    for info in query_crs_info(auth_name="EPSG", area_of_interest=AreaOfInterest(122, 20, 155, 46)):
        number = int(info.code) if info.code.isdigit() else 0
        if 6669 <= number <= 6687 and info.area_of_use is not None:
            west, south, east, north = info.area_of_use.bounds
            found[number - 6668] = (west, south, east, north)
    return tuple(sorted(found.items()))


def find_transformer(
    source: Any, target: Any, *, area: Bounds | None = None, report: ImportReport | None = None, layer: str = ""
) -> pyproj.Transformer:
    """The best transformation between two horizontal CRSs that PROJ can do here, x first; never a ballpark one.

    Parameters
    ----------
    area
        (west, south, east, north) in degrees where the data lie: it decides which transformation is best.
    report, layer
        Where to note a stated accuracy above 1 m.

    Raises
    ------
    InputError
        When a grid file is needed and missing (it is named), or the accuracy is worse than 5 m.

    Examples
    --------
    >>> x, y = find_transformer("EPSG:6668", "EPSG:6670").transform(131.0, 33.0)
    >>> round(x, 3), round(y, 3)
    (0.0, 0.0)
    """
    first, second = horizontal_part(source), horizontal_part(target)
    interest = PlaceOfInterest(*area) if area is not None and all(map(math.isfinite, area)) else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PROJ's warning about a missing grid becomes our error or report line
        group = TransformerGroup(first, second, always_xy=True, allow_ballpark=False, area_of_interest=interest)
    grids = missing_grids(group)
    if not group.transformers:
        _refuse(first, second, grids)
    best = group.transformers[0]
    if best.accuracy > WORST_ACCURACY:
        if grids:
            _refuse(first, second, grids)
        raise InputError(
            "Positions in {source} can be turned into {target} only to about {accuracy} m; convert the layer with a "
            "better tool first.",
            source=first.name,
            target=second.name,
            accuracy=best.accuracy,
        )
    if report is not None and best.accuracy > NOTED_ACCURACY:
        report.noted(
            layer,
            "positions are good to about {accuracy} m: {source} was turned into {target} by {operation}; the grid "
            "{grid} would do better",
            values={
                "accuracy": best.accuracy,
                "source": first.name,
                "target": second.name,
                "operation": best.description,
                "grid": ", ".join(grids) or "-",
            },
        )
    return best


def missing_grids(group: TransformerGroup) -> list[str]:
    """File names of the grids that the unavailable operations of a group would need, in PROJ's order of preference."""
    names = [grid.short_name for operation in group.unavailable_operations for grid in operation.grids if not grid.available]
    return list(dict.fromkeys(names))[:3]


def _refuse(first: pyproj.CRS, second: pyproj.CRS, grids: list[str]) -> None:
    if grids:
        raise InputError(
            "Positions in {source} can be turned into {target} only with the grid {grid}, which is missing; "
            "put that file into {folder}, or convert the layer first.",
            source=first.name,
            target=second.name,
            grid=", ".join(grids),
            folder=get_user_data_dir(),
        )
    raise InputError(
        "PROJ knows no transformation from {source} to {target}; convert the layer to longitude/latitude (EPSG:4326) first.",
        source=first.name,
        target=second.name,
    )


def reproject(
    frame: geopandas.GeoDataFrame, to: Any, *, report: ImportReport | None = None, layer: str = "layer"
) -> geopandas.GeoDataFrame:
    """A copy of a frame in another CRS, x first, strictly transformed (see `find_transformer`); heights are left alone.

    Raises
    ------
    InputError
        When the frame has no CRS, the transformation is not possible here, or coordinates fall outside the target.

    Examples
    --------
    >>> town = geopandas.GeoDataFrame(geometry=[shapely.Point(131.0, 33.0)], crs="EPSG:6668")
    >>> reproject(town, "EPSG:6670").geometry.iloc[0].distance(shapely.Point(0, 0)) < 1e-6
    True
    """
    if frame.crs is None:
        raise InputError("The layer {layer} names no CRS; give one with --crs EPSG:n.", layer=layer)
    target = horizontal_part(to)
    source = horizontal_part(frame.crs)
    if source.equals(target, ignore_axis_order=True):
        return frame.copy().set_crs(target, allow_override=True)
    shapes = frame.geometry
    usable = shapes[~(shapes.isna() | shapes.is_empty)]
    area = None
    if len(usable):
        west, south, east, north = (float(value) for value in usable.total_bounds)
        bounds = (west, south, east, north)
        check_axes(bounds, source, layer=layer)
        area = bounds_in_degrees(bounds, source)
    transformer = find_transformer(source, target, area=area, report=report, layer=layer)

    def moved(points: Any) -> Any:
        x, y = transformer.transform(points[:, 0], points[:, 1])
        return np.column_stack([x, y])

    made = shapely.transform(shapes.to_numpy(), moved)
    lost = np.isinf(shapely.get_coordinates(made)).any()
    if lost:
        raise InputError(
            "Coordinates of {layer} lie outside {target}; check its CRS {source} and the order of the axes.",
            layer=layer,
            target=target.name,
            source=source.name,
        )
    return frame.set_geometry(geopandas.GeoSeries(made, index=frame.index, crs=target))


def bounds_in_degrees(bounds: Bounds, crs: Any) -> Bounds | None:
    """(west, south, east, north) in degrees for a box in any CRS; None where it cannot be told."""
    source = horizontal_part(crs)
    base = source.geodetic_crs
    if source.is_geographic or base is None:
        west, south, east, north = bounds
        return west, south, east, north
    turned = pyproj.Transformer.from_crs(source, base, always_xy=True).transform_bounds(*bounds)
    west, south, east, north = (float(value) for value in turned)
    return (west, south, east, north) if all(map(math.isfinite, (west, south, east, north))) else None


def check_axes(bounds: Bounds, crs: Any, *, layer: str = "layer", near: Bounds | None = None) -> None:
    """Raise when coordinates cannot be x, y of their CRS: latitude first, degrees called metres, metres called degrees.

    Parameters
    ----------
    bounds
        (west, south, east, north), x = longitude or easting.
    near
        (west, south, east, north) in degrees where the city lies, if known: data that miss it, but would meet it with their
        axes swapped, are named too.

    Raises
    ------
    InputError
        With what was found and what to do.

    Examples
    --------
    >>> check_axes((139.7, 35.5, 139.8, 35.6), "EPSG:6668")
    >>> check_axes((35.5, 139.7, 35.6, 139.8), "EPSG:6668", layer="shelters")
    Traceback (most recent call last):
    geodata.errors.InputError: The layer shelters has latitude and longitude swapped (x 35.5 to 35.6, y 139.7 to 139.8); ...
    """
    west, south, east, north = bounds
    source = horizontal_part(crs)
    facts: dict[str, object] = {
        "layer": layer, "west": f"{west:g}", "east": f"{east:g}", "south": f"{south:g}", "north": f"{north:g}",
        "crs": source.name,
    }  # fmt: skip
    if not all(map(math.isfinite, bounds)):
        raise InputError(
            "The layer {layer} has coordinates that are not finite (x {west} to {east}, y {south} to {north}); correct them.",
            **facts,
        )
    swapped_sentence = (
        "The layer {layer} has latitude and longitude swapped (x {west} to {east}, y {south} to {north}); "
        "write longitude (x) before latitude (y), or correct its CRS."
    )
    if source.is_geographic:
        if max(abs(south), abs(north)) > 90 and max(abs(west), abs(east)) <= 90 and max(abs(south), abs(north)) <= 180:
            raise InputError(swapped_sentence, **facts)
        if max(abs(south), abs(north)) > 90 or max(abs(west), abs(east)) > 360:
            raise InputError(
                "The layer {layer} is said to be in degrees ({crs}), yet its coordinates are not "
                "(x {west} to {east}, y {south} to {north}); give its true CRS with --crs EPSG:n.",
                **facts,
            )
        degrees: Bounds | None = bounds
    else:
        if max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 180 and not _spans_origin(source):
            raise InputError(
                "The layer {layer} is said to be in metres ({crs}), yet its coordinates look like degrees "
                "(x {west} to {east}, y {south} to {north}); give its true CRS with --crs EPSG:4326.",
                **facts,
            )
        degrees = bounds_in_degrees(bounds, source)
        if not _meets_area_of_use(degrees, source) and _meets_area_of_use(
            bounds_in_degrees((south, west, north, east), source), source
        ):
            raise InputError(
                "The layer {layer} has easting and northing swapped (x {west} to {east}, y {south} to {north}, {crs}); "
                "write easting (x) before northing (y), or correct its CRS.",
                **facts,
            )
    if near is not None and degrees is not None and not bounds_meet(degrees, near):
        other = bounds_in_degrees((south, west, north, east), source) if abs(west) <= 90 or not source.is_geographic else None
        if other is not None and bounds_meet(other, near):
            raise InputError(swapped_sentence, **facts)


def bounds_meet(first: Bounds, second: Bounds) -> bool:
    """Whether two boxes (west, south, east, north) share a point."""
    return first[0] <= second[2] and second[0] <= first[2] and first[1] <= second[3] and second[1] <= first[3]


def _spans_origin(crs: pyproj.CRS) -> bool:
    """Whether a place near (0, 0) m is inside the CRS's area of use, as in Japan's zones: small numbers may be metres there."""
    return _meets_area_of_use(bounds_in_degrees((-180.0, -180.0, 180.0, 180.0), crs), crs, margin=0.0)


def _meets_area_of_use(degrees: Bounds | None, crs: pyproj.CRS, *, margin: float = 3.0) -> bool:
    """Whether a box touches the area of use, widened: people stretch zones beyond it, by less than a zone's half width."""
    area = crs.area_of_use
    if degrees is None or area is None:
        return area is None
    west, south, east, north = area.bounds
    return bounds_meet(degrees, (west - margin, south - margin, east + margin, north + margin))


def require_same_crs(first: Any, second: Any, *, what: str) -> None:
    """Raise unless two CRSs put their coordinates in the same frame: two CRSs never meet.

    Examples
    --------
    >>> require_same_crs("EPSG:6677", "EPSG:6677", what="roads on the grid")
    >>> require_same_crs("EPSG:6677", "EPSG:4326", what="roads on the grid")
    Traceback (most recent call last):
    geodata.errors.InputError: Two CRSs meet in roads on the grid: JGD2011 / Japan Plane Rectangular CS IX and WGS 84; ...
    """
    one, two = horizontal_part(first), horizontal_part(second)
    if not one.equals(two, ignore_axis_order=True):
        raise InputError(
            "Two CRSs meet in {what}: {first} and {second}; reproject one of them first.",
            what=what,
            first=one.name,
            second=two.name,
        )
