"""Where a city lies: its middle and CRS from the sources, and every layer brought into that CRS, strays found out."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geodata.crs import Bounds, check_axes, choose_crs, horizontal_part, named_crs, reproject
from geodata.errors import ContractError, InputError
from geodata.extent import spoken_bounds
from geodata.grid import require_metres
from geodata.phrase import phrase
from geodata.readers.repair import finite
from geodata.report import ImportReport
from geodata.source import SourceRaster, SourceTable
from geodata.tables import TABLES
from geodata.tables.contract import broken

FARTHEST = 50_000.0
"""An element further than this from the middle of the city is no part of it, m."""
_NEAR = 0.5  # degrees around the middle in which the layers of one city lie
# which layer says best where the city is
_TELLING = ("buildings", "roads", "areas", "road_surfaces", "crests", "water", "land_use", "flood_polygons", "shelters",
            "facilities", "sensors", "nodes")  # fmt: skip


def assume_crs(part: SourceTable, crs: str | None, report: ImportReport) -> SourceTable:
    """The table with a CRS: the one given by ``--crs`` where its source names none (reported).

    Raises
    ------
    InputError
        When the source names none and none was given.
    """
    frame = part.frame
    if not TABLES[part.table].geometry or frame.crs is not None:
        return part
    if crs is None:
        raise InputError(
            "The layer {layer} of {source} names no CRS; give one with --crs EPSG:n.",
            layer=part.table,
            source=part.provenance.source,
        )
    report.defaulted(
        part.table, "the source names no CRS: its coordinates are taken as {crs}", len(frame),
        source=part.provenance.source, values={"crs": crs},
    )  # fmt: skip
    return SourceTable(part.table, frame.set_crs(crs), part.provenance, part.heights)


def refuse_infinite(part: SourceTable) -> None:
    """Raise `ContractError` where coordinates are NaN or infinite: where such an element lies, nobody can say."""
    if not TABLES[part.table].geometry:
        return
    bad = ~finite(part.frame.geometry.to_numpy())
    if not bad.any():
        return
    rows = part.frame[bad].head(3)
    shown = ", ".join(str(value) for value in (rows["id"] if "id" in rows.columns else rows.index))
    raise ContractError(
        "{count} of {table} in {source} have coordinates that are NaN or infinite ({ids}); correct or remove them there.",
        faults=(broken("geometry", phrase("finite"), int(bad.sum()), shown),),
        count=int(bad.sum()),
        table=part.table,
        source=part.provenance.source,
        ids=shown,
    )


def centres(frame: geopandas.GeoDataFrame) -> NDArray[np.float64]:
    """Middle of the box around each element, [n, 2] as x, y; NaN for those without geometry."""
    bounds = shapely.bounds(frame.geometry.to_numpy())
    return np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])


def middle_of(tables: Sequence[SourceTable], rasters: Sequence[SourceRaster]) -> tuple[float, float] | None:
    """(longitude, latitude) of the middle of a city: the median of its most telling layer, or of the terrain; None for nothing.

    Raises
    ------
    InputError
        When that layer's coordinates cannot be x, y in its CRS.
    """
    for name in _TELLING:
        parts = [part for part in tables if part.table == name and len(part.frame)]
        places = []
        for part in parts:
            points = centres(part.frame)
            points = points[np.isfinite(points).all(axis=1)]
            if not len(points):
                continue
            west, south = _central(points)
            check_axes((west, south, west, south), part.frame.crs, layer=name)
            places.append((len(points), _degrees(west, south, part.frame.crs)))
        if places:
            # one far-off source shall not drag the middle into the sea: the median of places, each with its weight
            whole = sum(count for count, _ in places)
            weights = np.repeat(np.arange(len(places)), [max(1, round(100 * count / whole)) for count, _ in places])
            return _central(np.array([spot for _, spot in places])[weights])
    for raster in rasters:
        x, y = raster.data["x"].to_numpy().astype(float), raster.data["y"].to_numpy().astype(float)
        return _degrees(float(x.mean()), float(y.mean()), raster.data.rio.crs.to_wkt())
    return None


def _central(points: NDArray[np.float64]) -> tuple[float, float]:
    """The point nearest to the median: of two far-off clusters it is in one, not in the sea between them."""
    away = np.hypot(*(points - np.median(points, axis=0)).T)
    x, y = points[int(np.argmin(away))]
    return float(x), float(y)


def _degrees(x: float, y: float, crs: object) -> tuple[float, float]:
    turn = pyproj.Transformer.from_crs(horizontal_part(crs), "EPSG:4326", always_xy=True)
    longitude, latitude = turn.transform(x, y)
    return float(longitude), float(latitude)


def crs_for(place: tuple[float, float], given: str | None) -> str:
    """The city's CRS: the one given, in short form, else the one that fits the place.

    Examples
    --------
    >>> crs_for((139.73, 35.56), None), crs_for((139.73, 35.56), "epsg:6677")
    ('EPSG:6677', 'EPSG:6677')
    """
    if given is None:
        return choose_crs(*place)
    require_metres(given)
    return named_crs(given)


def placed_in(part: SourceTable, crs: str, place: tuple[float, float], report: ImportReport) -> geopandas.GeoDataFrame:
    """The table's frame in the city's CRS, without elements that lie more than `FARTHEST` from its middle (reported).

    Raises
    ------
    InputError
        When its axes are swapped, its CRS is wrong, or all of it lies elsewhere.
    """
    near: Bounds = (place[0] - _NEAR, place[1] - _NEAR, place[0] + _NEAR, place[1] + _NEAR)
    frame, table, source = part.frame, part.table, part.provenance.source
    points = centres(frame)
    present = np.isfinite(points).all(axis=1)
    far = present & ~(_distance(points, frame.crs, place) <= FARTHEST)
    inside = frame[~far] if (far != present).any() else frame
    usable = inside.geometry[~(inside.geometry.isna() | inside.geometry.is_empty)]
    if len(usable):
        west, south, east, north = (float(value) for value in usable.total_bounds)
        check_axes((west, south, east, north), frame.crs, layer=table, near=near)
    if far.any() and (far == present).all():
        low, high = points[present].min(axis=0), points[present].max(axis=0)
        raise InputError(
            "The layer {layer} of {source} lies at {extent}, more than {far} km from the rest of the city at {place} "
            "(longitude, latitude); check its CRS, or leave it out.",
            layer=table,
            source=source,
            extent=spoken_bounds((float(low[0]), float(low[1]), float(high[0]), float(high[1])), frame.crs),
            far=round(FARTHEST / 1000),
            place=f"{place[0]:.4f}, {place[1]:.4f}",
        )
    rows: pd.DataFrame = frame[far].head(5)
    report.dropped(
        table, "more than {far} km from the middle of the city", int(far.sum()), source=source,
        values={"far": round(FARTHEST / 1000)}, examples=rows["id"] if "id" in rows.columns else rows.index.astype(str),
    )  # fmt: skip
    return reproject(frame[~far], crs, report=report, layer=table)


def _distance(points: NDArray[np.float64], crs: object, place: tuple[float, float]) -> NDArray[np.float64]:
    """How far points lie from a place, m, on a sphere: which tells a city from the next; NaN where unknown."""
    turn = pyproj.Transformer.from_crs(horizontal_part(crs), "EPSG:4326", always_xy=True)
    longitude, latitude = turn.transform(points[:, 0], points[:, 1])
    with np.errstate(invalid="ignore"):
        north = np.radians(np.asarray(latitude) - place[1])
        east = np.radians((np.asarray(longitude) - place[0] + 180) % 360 - 180) * np.cos(np.radians(place[1]))
        distance: NDArray[np.float64] = np.hypot(north, east) * 6_371_000.0
    return distance
