"""Terrain: triangles and mass points of relief features, turned into a regular grid while they stream by."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyproj
import xarray as xr
from lxml import etree
from numpy.typing import NDArray

from geodata.crs import choose_crs
from geodata.provenance import Provenance
from geodata.readers.plateau.collector import Collector
from geodata.readers.plateau.geometry import FARTHEST, GeometryError, polygon_rings
from geodata.readers.plateau.namespaces import local_name
from geodata.readers.plateau.source_file import SourceFile
from geodata.report import ImportReport
from geodata.source import Source, SourceRaster, VerticalReference

TRIANGLES_AT_ONCE = 50_000
CANDIDATES_AT_ONCE = 2_000_000
_TILE = 256


class Relief(Collector):
    """Collects ``ReliefFeature`` objects into one elevation raster.

    Parameters
    ----------
    report
        Where counts go.
    cell
        Cell size of the raster, m.
    """

    table = "elevation"
    objects = frozenset({"ReliefFeature", "TINRelief", "MassPointRelief", "BreaklineRelief", "RasterRelief"})

    def __init__(self, report: ImportReport, *, cell: float) -> None:
        super().__init__(report)
        self.cell = cell
        self.crs = ""
        self.heights: VerticalReference | None = None
        self.tiles: dict[tuple[int, int], NDArray[np.float32]] = {}
        self.corners, self.points = array("d"), array("d")
        self.triangles = 0

    @property
    def drains(self) -> Mapping[str, Callable[[etree._Element], None]]:
        """Triangles and points are taken one by one."""
        return dict.fromkeys(self.objects, self._drain)

    def _drain(self, element: etree._Element) -> None:
        dimension = self.file.reference.dimension
        try:
            if local_name(element.tag) == "MultiPoint":
                for place in element.iter("{*}pos", "{*}posList"):
                    values = [float(word) for word in (place.text or "").split()]
                    if len(values) % 3 == 0:
                        self.points.extend(array("d", values))
                return
            rings = polygon_rings(element, dimension)
        except (GeometryError, ValueError) as fault:
            self.tally.count("dropped", "triangle left out: {reason}", values={"reason": str(fault)})
            return
        if not rings or rings[0][1] != 3 or len(rings[0][0]) not in {9, 12}:
            self.tally.count("dropped", "surface of the terrain that is no triangle with heights")
            return
        self.corners.extend(array("d", rings[0][0][:9]))
        self.triangles += 1
        if len(self.corners) >= 9 * TRIANGLES_AT_ONCE:
            self._flush()

    def add(self, element: etree._Element) -> None:
        """A relief feature is complete; control points of a Tin are all that is left in it."""
        self.found += 1
        for place in element.iter("{*}controlPoint"):
            try:
                values = [float(word) for leaf in place.iter("{*}posList", "{*}pos") for word in (leaf.text or "").split()]
            except ValueError:
                values = [math.nan]
            if len(values) % 3 == 0:
                self.points.extend(array("d", values))
            else:
                self.tally.count("dropped", "control points that do not come in triples of numbers")
        if any(local_name(part.tag) in {"RasterRelief", "grid"} for part in element.iter("*")):
            self.tally.count("dropped", "terrain given as a grid inside GML: give it as GeoTIFF")

    def end(self) -> None:
        """The file is read: grid what is left of it."""
        if not self.found:
            return
        self.files.append(self.file)
        self._flush()
        if self.points:
            self._flush_points()
        self.heights = self.heights or self.file.reference.heights
        self.report.read(self.table, self.found, source=self.file.label)
        self.report.noted(self.table, "terrain triangles gridded", self.triangles, source=self.file.label)
        self.triangles = 0
        self.tally.hand_over(self.report, source=self.file.label)

    def _projected(self, values: array[float]) -> NDArray[np.float64]:
        """Positions as (x, y, z) in the plane zone, metres; swapped axes put right."""
        positions = np.frombuffer(values).reshape(-1, 3)
        reference = self.file.reference
        x, y = (positions[:, 1], positions[:, 0]) if reference.north_first else (positions[:, 0], positions[:, 1])
        inside = reference.fits(x, y)
        if not inside.all() and reference.fits(y[~inside], x[~inside]).all():
            self.tally.count("repaired", "coordinates written the other way round: axes swapped", int((~inside).sum()))
            x, y = np.where(inside, x, y), np.where(inside, y, x)
        if not self.crs:
            self.crs = metric_crs(x, y, reference.crs)
        east, north = pyproj.Transformer.from_crs(reference.crs, self.crs, always_xy=True).transform(x, y)
        return np.column_stack([east, north, positions[:, 2]])

    def _flush(self) -> None:
        if not self.corners:
            return
        triangles = self._projected(self.corners).reshape(-1, 3, 3)
        self.corners = array("d")
        finite = (np.abs(triangles) < FARTHEST).all(axis=(1, 2))
        self.tally.count("dropped", "triangle with coordinates that are nowhere on Earth", int((~finite).sum()))
        for rows, columns, heights in cells_of_triangles(triangles[finite], self.cell):
            self._write(rows, columns, heights)

    def _flush_points(self) -> None:
        points = self._projected(self.points)
        self.points = array("d")
        points = points[(np.abs(points) < FARTHEST).all(axis=1)]
        if len(points) < 3:
            return
        self.report.noted(self.table, "mass points joined by Delaunay triangles", len(points), source=self.file.label)
        from scipy.interpolate import LinearNDInterpolator  # noqa: PLC0415  (slow to import, seldom needed)

        surface = LinearNDInterpolator(points[:, :2], points[:, 2])
        rows = np.arange(math.floor(points[:, 1].min() / self.cell), math.ceil(points[:, 1].max() / self.cell))
        columns = np.arange(math.floor(points[:, 0].min() / self.cell), math.ceil(points[:, 0].max() / self.cell))
        for row in rows:
            heights = surface((columns + 0.5) * self.cell, np.full(len(columns), (row + 0.5) * self.cell))
            known = np.isfinite(heights)
            self._write(np.full(known.sum(), row), columns[known], heights[known])

    def _write(self, rows: NDArray[Any], columns: NDArray[Any], heights: NDArray[np.float64]) -> None:
        """Put cell values (rows counted northward from 0) into the tiles they lie in."""
        tile_rows, tile_columns = rows // _TILE, columns // _TILE
        keys, of_cell = np.unique(np.column_stack([tile_rows, tile_columns]), axis=0, return_inverse=True)
        of_cell = of_cell.reshape(-1)
        for number, (row, column) in enumerate(keys.tolist()):
            tile = self.tiles.get((row, column))
            if tile is None:
                tile = self.tiles[row, column] = np.full((_TILE, _TILE), np.nan, dtype=np.float32)
            here = of_cell == number
            tile[rows[here] - row * _TILE, columns[here] - column * _TILE] = heights[here]

    def sources(self, provenance: Callable[[list[SourceFile]], Provenance]) -> list[Source]:
        """The elevation raster, NaN outside the triangles."""
        if not self.tiles:
            return []
        import rioxarray  # noqa: F401, PLC0415  (gives xarray its .rio accessor; slow to import, seldom needed)

        rows, columns = [key[0] for key in self.tiles], [key[1] for key in self.tiles]
        south, north, west, east = min(rows), max(rows) + 1, min(columns), max(columns) + 1
        values = np.full(((north - south) * _TILE, (east - west) * _TILE), np.nan, dtype=np.float32)
        for (row, column), tile in self.tiles.items():
            values[(row - south) * _TILE : (row - south + 1) * _TILE, (column - west) * _TILE : (column - west + 1) * _TILE] = (
                tile
            )
        self.tiles.clear()
        known = np.isfinite(values)
        used_rows, used_columns = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
        top, bottom, left, right = used_rows[-1] + 1, used_rows[0], used_columns[0], used_columns[-1] + 1
        values = np.ascontiguousarray(values[bottom:top, left:right][::-1])
        x = (west * _TILE + np.arange(left, right) + 0.5) * self.cell
        y = (south * _TILE + np.arange(bottom, top) + 0.5)[::-1] * self.cell
        data = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}, name="elevation", attrs={"units": "m"})
        data = data.rio.write_crs(self.crs).rio.write_nodata(np.nan)
        return [SourceRaster("elevation", data, provenance(self.files), self.heights)]


def cells_of_triangles(
    triangles: NDArray[np.float64], cell: float
) -> list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """Cells whose centres lie in triangles, with the height there, linear between the corners.

    Parameters
    ----------
    triangles
        [triangle, corner, (x, y, z)], m.
    cell
        Cell size, m. Cell (row, column) has its centre at ((column + ½) cell, (row + ½) cell): rows count northward.

    Returns
    -------
    list
        (rows, columns, heights) in pieces of bounded size.

    Examples
    --------
    >>> rows, columns, heights = cells_of_triangles(np.array([[[0.0, 0, 0], [2, 0, 2], [0, 2, 0]]]), 1.0)[0]
    >>> sorted(zip(rows.tolist(), columns.tolist(), heights.tolist()))
    [(0, 0, 0.5), (0, 1, 1.5), (1, 0, 0.5)]
    """
    low, high = triangles[:, :, :2].min(axis=1), triangles[:, :, :2].max(axis=1)
    first = np.ceil(low / cell - 0.5 - 1e-9).astype(np.int64)
    last = np.floor(high / cell - 0.5 + 1e-9).astype(np.int64)
    wide = np.maximum(last - first + 1, 0)
    count = wide[:, 0] * wide[:, 1]
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    count[np.abs(area) < 1e-12] = 0
    made = []
    pending = np.flatnonzero(count)
    ends = np.cumsum(count[pending])
    begin = 0
    while begin < len(pending):
        done = ends[begin - 1] if begin else 0
        stop = max(int(np.searchsorted(ends, done + CANDIDATES_AT_ONCE, side="right")), begin + 1)
        chosen = pending[begin:stop]
        begin = stop
        which = np.repeat(chosen, count[chosen])
        offset = np.arange(len(which)) - np.repeat(np.cumsum(count[chosen]) - count[chosen], count[chosen])
        columns = first[which, 0] + offset % wide[which, 0]
        rows = first[which, 1] + offset // wide[which, 0]
        x, y = (columns + 0.5) * cell, (rows + 0.5) * cell
        p, q, r = a[which], b[which], c[which]
        u = ((x - p[:, 0]) * (r[:, 1] - p[:, 1]) - (r[:, 0] - p[:, 0]) * (y - p[:, 1])) / area[which]
        v = ((q[:, 0] - p[:, 0]) * (y - p[:, 1]) - (x - p[:, 0]) * (q[:, 1] - p[:, 1])) / area[which]
        within = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9)
        heights = p[:, 2] + u * (q[:, 2] - p[:, 2]) + v * (r[:, 2] - p[:, 2])
        made.append((rows[within], columns[within], heights[within]))
    return made


def metric_crs(x: NDArray[np.float64], y: NDArray[np.float64], crs: str) -> str:
    """The CRS to grid positions in: their own if it is metric, else the plane rectangular or UTM zone around them.

    Examples
    --------
    >>> metric_crs(np.array([130.56]), np.array([32.93]), "EPSG:6668")
    'EPSG:6670'
    """
    known = pyproj.CRS(crs)
    if known.is_projected and known.axis_info[0].unit_name == "metre":
        return crs
    east, north = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(
        float(np.median(x)), float(np.median(y))
    )
    return choose_crs(east, north)
