"""Shapes made fit for a table: missing and infinite ones dropped, invalid polygons made valid; everything reported."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.report import ImportReport

POLYGONS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")


def repaired_shapes(
    frame: geopandas.GeoDataFrame,
    *,
    geometry: tuple[str, ...],
    report: ImportReport,
    layer: str,
    source: str,
    ids: str | None = None,
) -> geopandas.GeoDataFrame:
    """The rows whose shapes a table can hold, in 2D.

    Parameters
    ----------
    frame
        A layer; it is not changed.
    geometry
        Geometry types the table allows, as in its contract.
    ids
        Column whose values name rows in the report, and get the part number where a multi-part line is taken apart.

    Raises
    ------
    InputError
        When coordinates are NaN or infinite.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> frame = geopandas.GeoDataFrame({"id": ["a", "b"]}, geometry=[bow, None], crs="EPSG:6677")
    >>> report = ImportReport()
    >>> good = repaired_shapes(frame, geometry=("Polygon", "MultiPolygon"), report=report, layer="buildings", source="x")
    >>> good.geometry.area.tolist()
    [2.0]
    >>> report.totals("dropped"), report.totals("repaired")
    ({'buildings': 1}, {'buildings': 1})
    """

    def names(rows: NDArray[np.bool_]) -> list[str]:
        values = frame[ids] if ids in frame.columns else frame.index.to_series()
        return [str(value) for value in values[rows].head(5)]

    def leave(rows: NDArray[np.bool_], why: str, **values: str) -> None:
        nonlocal frame
        if rows.any():
            report.dropped(layer, why, int(rows.sum()), source=source, values=values, examples=names(rows))
            frame = frame[~rows]

    shapes = frame.geometry.to_numpy()
    leave(np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes)), "no geometry")
    strange = ~finite(frame.geometry.to_numpy())
    if strange.any():
        # where such an element lies, nobody can say: to leave it out would hide a house
        raise InputError(
            "{count} of {layer} in {source} have coordinates that are NaN or infinite ({ids}); correct or remove them there.",
            count=int(strange.sum()), layer=layer, source=source, ids=", ".join(names(strange)[:3]),
        )  # fmt: skip
    shapes = frame.geometry.to_numpy()
    if shapely.has_z(shapes).any():
        frame = frame.assign(z_min=lowest_z(shapes)) if "z_min" not in frame.columns else frame
        frame = frame.set_geometry(shapely.force_2d(shapes), crs=frame.crs)
    polygonal = set(geometry) <= set(POLYGONS)
    if polygonal:
        invalid = ~frame.geometry.is_valid.to_numpy()
        if invalid.any():
            shapes = frame.geometry.to_numpy().copy()
            shapes[invalid] = polygonal_parts(shapely.make_valid(shapes[invalid]))
            empty = np.asarray(shapely.is_empty(shapes))
            report.repaired(
                layer,
                "invalid polygon made valid",
                int((invalid & ~empty).sum()),
                source=source,
                examples=names(invalid & ~empty),
            )
            frame = frame.set_geometry(shapes, crs=frame.crs)
            leave(empty, "invalid polygon without an area")
    kinds = frame.geometry.geom_type
    collections = (kinds == "GeometryCollection").to_numpy()
    if polygonal and collections.any():
        shapes = frame.geometry.to_numpy().copy()
        shapes[collections] = polygonal_parts(shapes[collections])
        report.repaired(
            layer,
            "polygons taken out of a geometry collection",
            int(collections.sum()),
            source=source,
            examples=names(collections),
        )
        frame = frame.set_geometry(shapes, crs=frame.crs)
        leave(np.asarray(shapely.is_empty(shapes)), "geometry collection without polygons")
    if "LineString" in geometry and "MultiLineString" not in geometry:
        frame = _lines_apart(frame, report=report, layer=layer, source=source, ids=ids)
    if geometry == ("Point",):
        frame = _as_points(frame, report=report, layer=layer, source=source)
    wrong = ~frame.geometry.geom_type.isin(geometry).to_numpy()
    for kind in sorted(set(frame.geometry.geom_type[wrong])):
        leave((frame.geometry.geom_type == kind).to_numpy(), "geometry is a {kind}, which this table does not hold", kind=kind)
    return frame


def finite(shapes: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether every x and y of each shape is a finite number, [n].

    Examples
    --------
    >>> finite(np.array([shapely.Point(0, 1), shapely.Point(0, float("inf"))])).tolist()
    [True, False]
    """
    points, rows = shapely.get_coordinates(shapes, return_index=True)
    good = np.ones(len(shapes), dtype=bool)
    good[rows[~np.isfinite(points).all(axis=1)]] = False
    return good


def lowest_z(shapes: NDArray[Any]) -> NDArray[np.float64]:
    """The lowest finite z of each shape, [n], in its own unit; NaN without one."""
    points, rows = shapely.get_coordinates(shapes, include_z=True, return_index=True)
    low = np.full(len(shapes), np.inf)
    heights = np.where(np.isfinite(points[:, 2]), points[:, 2], np.inf)
    np.minimum.at(low, rows, heights)
    return np.where(np.isfinite(low), low, np.nan)


def polygonal_parts(shapes: NDArray[Any]) -> NDArray[Any]:
    """The polygons in each shape, as one Polygon or MultiPolygon, [n]; an empty Polygon where there are none."""
    parts, rows = shapely.get_parts(shapes, return_index=True)
    # Collections hold multi-polygons: once more.
    inner, where = shapely.get_parts(parts, return_index=True)
    rows = rows[where]
    keep = (shapely.get_type_id(inner) == 3) & (shapely.area(inner) > 0)
    result = np.full(len(shapes), shapely.Polygon(), dtype=object)
    for row in np.unique(rows[keep]):
        mine = inner[keep & (rows == row)]
        whole = mine[0] if len(mine) == 1 else shapely.union_all(mine)
        result[row] = whole
    return result


def _lines_apart(
    frame: geopandas.GeoDataFrame, *, report: ImportReport, layer: str, source: str, ids: str | None
) -> geopandas.GeoDataFrame:
    merged = frame.geometry.to_numpy().copy()
    multi = np.asarray(shapely.get_type_id(merged) == 5)
    if not multi.any():
        return frame
    merged[multi] = shapely.line_merge(merged[multi])
    single = multi & (shapely.get_type_id(merged) == 1)
    frame = frame.set_geometry(merged, crs=frame.crs)
    report.repaired(layer, "multi-part line with touching parts merged into one", int(single.sum()), source=source)
    several = multi & ~single
    if several.any():
        report.repaired(layer, "multi-part line taken apart, parts numbered", int(several.sum()), source=source)
        rows = np.repeat(np.arange(len(frame)), np.maximum(shapely.get_num_geometries(merged), 1))
        frame = frame.explode(index_parts=False, ignore_index=True)
        if ids in frame.columns:
            number = np.concatenate([np.arange(count) + 1 for count in np.unique(rows, return_counts=True)[1]])
            many = np.isin(rows, np.flatnonzero(several))
            texts = frame[ids].astype("str")
            frame[ids] = [f"{text}#{part}" if cut else text for text, part, cut in zip(texts, number, many, strict=True)]
    return frame


def _as_points(frame: geopandas.GeoDataFrame, *, report: ImportReport, layer: str, source: str) -> geopandas.GeoDataFrame:
    shapes = frame.geometry.to_numpy().copy()
    kinds = shapely.get_type_id(shapes)
    lone = (kinds == 4) & (shapely.get_num_geometries(shapes) == 1)
    shapes[lone] = shapely.get_geometry(shapes[lone], 0)
    areas = np.isin(kinds, (3, 6))
    shapes[areas] = shapely.point_on_surface(shapes[areas])
    report.repaired(layer, "area stands as a point within it", int(areas.sum()), source=source)
    return frame.set_geometry(shapes, crs=frame.crs)
