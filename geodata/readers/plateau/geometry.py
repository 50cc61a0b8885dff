"""Rings, polygons and footprints: collected as plain numbers while a file streams by, made into geometries at its end."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from lxml import etree
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.readers.plateau.namespaces import XLINK_HREF, gml_id, local_name
from geodata.readers.plateau.reference import SpatialReference
from geodata.readers.plateau.tally import Tally

Ring = list[float]
FARTHEST = 1e9
"""No coordinate on Earth is as large as this, in degrees, metres or feet; sums of larger ones overflow."""
_SURFACES = frozenset({"Polygon", "Triangle", "Rectangle", "PolygonPatch", "OrientableSurface", "CompositeSurface",
                       "MultiSurface", "TriangulatedSurface", "Tin", "Surface", "Shell", "Solid"})  # fmt: skip
_POLYGON_TAGS = ("{*}Polygon", "{*}Triangle", "{*}Rectangle", "{*}PolygonPatch")
_HREFS = etree.XPath(".//*[@xlink:href]", namespaces={"xlink": "http://www.w3.org/1999/xlink"})


class GeometryError(ValueError):
    """A geometry of the source cannot be read; the text says why."""


def stride_of(values: Sequence[float], declared: int | None) -> int:
    """Numbers per position: as declared, else the one with which the ring closes.

    Examples
    --------
    >>> stride_of([35.0, 139.0, 35.1, 139.0, 35.0, 139.1, 35.0, 139.0], None)
    2
    """
    if declared not in {2, 3}:
        declared = None
    for stride in (declared,) if declared else (3, 2):
        if len(values) % stride == 0 and (declared or values[:2] == values[-stride:][:2]):
            return stride
    if declared and len(values) % (5 - declared) == 0:  # 5 − 3 = 2 and 5 − 2 = 3: the other one
        return 5 - declared
    raise GeometryError("coordinates do not come in pairs or triples")


def ring_positions(ring: etree._Element, dimension: int | None) -> tuple[Ring, int]:
    """All numbers of a LinearRing as (values, numbers per position); GML 3 posList or pos, GML 2 coordinates."""
    values: Ring = []
    stride = 0
    try:
        for child in ring:
            name = local_name(child.tag)
            if name == "posList":
                values = [float(word) for word in (child.text or "").split()]
                told = child.get("srsDimension")
                stride = stride_of(values, int(told) if told else dimension)
            elif name == "pos":
                point = [float(word) for word in (child.text or "").split()]
                stride = stride or len(point)
                values += point
            elif name == "coordinates":
                tuples = [entry.split(",") for entry in (child.text or "").split()]
                stride = len(tuples[0]) if tuples else 0
                values = [float(word) for entry in tuples for word in entry]
    except ValueError:
        raise GeometryError("a coordinate is not a number") from None
    if stride not in (2, 3) or len(values) % stride:
        raise GeometryError("coordinates do not come in pairs or triples")
    return values, stride


def polygon_rings(polygon: etree._Element, dimension: int | None) -> list[tuple[Ring, int]]:
    """Rings of a Polygon, Triangle or patch, shell first."""
    return [ring_positions(ring, dimension) for ring in polygon.iter("{*}LinearRing")]


@dataclass
class SurfaceFinder:
    """Finds the polygons of a geometry property inside one city object, through xlinks.

    ``links`` counts what the links did: unresolved ones are kept in ``unresolved`` for a look at the whole file.
    """

    feature: etree._Element
    unresolved: list[str] = field(default_factory=list)
    not_surfaces: list[str] = field(default_factory=list)
    _index: dict[str, etree._Element] | None = None

    def check_links(self) -> None:
        """Note every surface link of the object that leads nowhere within it, or to something that is no surface."""
        for element in _HREFS(self.feature):
            if (target := _surface_link(element)) is None:
                continue
            found = self._by_id().get(target)
            if found is None:
                self.unresolved.append(target)
            elif local_name(found.tag) not in _SURFACES:
                self.not_surfaces.append(target)

    def polygons(self, geometry: etree._Element) -> Iterator[etree._Element]:
        """Polygons below an element, linked ones included, each once."""
        yield from self._walk(geometry, set())

    def _walk(self, geometry: etree._Element, visited: set[str]) -> Iterator[etree._Element]:
        yield from geometry.iter(*_POLYGON_TAGS)
        for element in _HREFS(geometry):
            target = _surface_link(element)
            if target is None or target in visited:
                continue
            visited.add(target)
            found = self._by_id().get(target)
            if found is not None and local_name(found.tag) in _SURFACES:
                yield from self._walk(found, visited)

    def _by_id(self) -> dict[str, etree._Element]:
        if self._index is None:
            self._index = {name: element for element in self.feature.iter("*") if (name := gml_id(element))}
        return self._index


def _surface_link(element: etree._Element) -> str | None:
    href = element.get(XLINK_HREF, "")
    if not href.startswith("#") or local_name(element.tag) not in {"surfaceMember", "baseSurface", "exterior", "solidMember"}:
        return None
    return str(href[1:])


class ShapeBuffer:
    """Collects polygons for numbered elements and makes one geometry per element at the end.

    Parameters
    ----------
    reference
        How positions read.

    Examples
    --------
    >>> from geodata.readers.plateau.reference import spatial_reference
    >>> buffer = ShapeBuffer(spatial_reference("EPSG:6677", 2))
    >>> added = buffer.add(0, [([0.0, 0.0, 0.0, 4.0, 3.0, 4.0, 3.0, 0.0, 0.0, 0.0], 2)])  # northing, easting
    >>> buffer.geometries(1, Tally("land_use"), ["patch"])[0].bounds                      # x, y
    (0.0, 0.0, 4.0, 3.0)
    """

    def __init__(self, reference: SpatialReference) -> None:
        self.reference = reference
        self._first, self._second = array("d"), array("d")
        self._ring_sizes, self._ring_polygons = array("q"), array("q")
        self._owners = array("q")

    def add(self, owner: int, rings: Iterable[tuple[Ring, int]]) -> bool:
        """Add one polygon, shell first, to an element; False when its shell has fewer than three corners."""
        usable = []
        for number, (values, stride) in enumerate(rings):
            count = len(values) // stride
            if count > 3 or (count == 3 and values[:2] != values[-stride:][:2]):
                usable.append((values, stride))
            elif number == 0:
                return False
        if not usable:
            return False
        for values, stride in usable:
            self._first.extend(array("d", values[0::stride]))
            self._second.extend(array("d", values[1::stride]))
            self._ring_sizes.append(len(values) // stride)
            self._ring_polygons.append(len(self._owners))
        self._owners.append(owner)
        return True

    def absorb(self, owner: int, other: ShapeBuffer) -> None:
        """Take over all polygons of another buffer for one element."""
        before = len(self._owners)
        self._first.extend(other._first)
        self._second.extend(other._second)
        self._ring_sizes.extend(other._ring_sizes)
        self._ring_polygons.extend(array("q", (np.frombuffer(other._ring_polygons, dtype=np.int64) + before).tobytes()))
        self._owners.extend(array("q", [owner]) * len(other._owners))

    def geometries(
        self, count: int, tally: Tally, names: Sequence[str], *, projected: frozenset[int] = frozenset()
    ) -> NDArray[Any]:
        """One polygonal geometry per element, None where nothing with an area is left.

        Parameters
        ----------
        count
            Number of elements.
        tally
            Where repairs are counted.
        names
            Ids of the elements, for examples.
        projected
            Elements whose polygons are a solid seen from above: its walls have no area, which is no fault.
        """
        shapes: NDArray[Any] = np.full(count, None, dtype=object)
        if not len(self._owners):
            return shapes
        owners = np.frombuffer(self._owners, dtype=np.int64)
        polygons = self._polygons(owners, tally, names)
        present = np.flatnonzero(~shapely.is_missing(polygons))
        polygons, owners = polygons[present], owners[present]
        from_above = np.isin(owners, np.fromiter(projected, dtype=np.int64)) if projected else np.zeros(len(owners), dtype=bool)
        flat = from_above & (shapely.area(polygons) < 1e-3 * self.reference.square_metre)
        polygons, owners, from_above = polygons[~flat], owners[~flat], from_above[~flat]
        invalid = np.flatnonzero(~shapely.is_valid(polygons))
        if len(invalid):
            polygons = polygons.copy()
            mended = [polygonal(shape) for shape in shapely.make_valid(polygons[invalid])]
            polygons[invalid] = mended
            for position, shape in zip(invalid, mended, strict=True):
                if not from_above[position]:
                    deed, what = (
                        ("dropped", "polygon without an area") if shape is None else ("repaired", "invalid polygon made valid")
                    )
                    tally.count(deed, what, example=names[owners[position]])  # type: ignore[arg-type]
        order = np.argsort(owners, kind="stable")
        order = order[~shapely.is_missing(polygons[order])]
        polygons, owners = polygons[order], owners[order]
        starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if len(owners) else np.zeros(0, dtype=np.int64)
        for start, end in zip(starts, np.r_[starts[1:], len(owners)], strict=True):
            shapes[owners[start]] = polygons[start] if end - start == 1 else united(polygons[start:end])
        return shapes

    def _polygons(self, owners: NDArray[np.int64], tally: Tally, names: Sequence[str]) -> NDArray[Any]:
        first, second = np.frombuffer(self._first), np.frombuffer(self._second)
        x, y = (second, first) if self.reference.north_first else (first, second)
        sizes = np.frombuffer(self._ring_sizes, dtype=np.int64)
        of_polygon = np.frombuffer(self._ring_polygons, dtype=np.int64)
        x, y, broken = self._settled(x, y, sizes, of_polygon, owners, tally, names)
        xy = np.column_stack([x, y])
        keep = ~broken[of_polygon]
        polygons: NDArray[Any] = np.full(len(owners), None, dtype=object)
        if not keep.any():
            return polygons
        ring_of_position = np.repeat(np.arange(len(sizes)), sizes)
        kept_position = keep[ring_of_position]
        renumbered = np.cumsum(keep) - 1
        rings = shapely.linearrings(xy[kept_position], indices=renumbered[ring_of_position[kept_position]])
        numbers, compact = np.unique(of_polygon[keep], return_inverse=True)
        polygons[numbers] = shapely.polygons(rings, indices=compact)
        return polygons

    def _settled(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        sizes: NDArray[np.int64],
        of_polygon: NDArray[np.int64],
        owners: NDArray[np.int64],
        tally: Tally,
        names: Sequence[str],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Positions with swapped axes put right, and which polygons must be left out."""
        starts = np.r_[0, np.cumsum(sizes)[:-1]]
        with np.errstate(invalid="ignore"):
            finite = np.logical_and.reduceat((np.abs(x) < FARTHEST) & (np.abs(y) < FARTHEST), starts)
        first_ring = np.searchsorted(of_polygon, np.arange(len(owners)))
        broken = np.zeros(len(owners), dtype=np.bool_)
        np.logical_or.at(broken, of_polygon[~finite], True)
        self._count(broken, "dropped", "polygon with coordinates that are nowhere on Earth", owners, tally, names)
        corner = starts[first_ring]
        inside = self.reference.fits(x[corner], y[corner])
        if inside[~broken].all():
            return x, y, broken
        swapped = ~inside & ~broken & self.reference.fits(y[corner], x[corner])
        lost = ~inside & ~broken & ~swapped
        self._count(swapped, "repaired", "coordinates written the other way round: axes swapped", owners, tally, names)
        self._count(lost, "dropped", "polygon outside the area of its CRS", owners, tally, names)
        if lost.any() and lost.sum() == (~broken).sum():
            raise InputError(
                "No position of {layer} lies where {crs} is used, for example {x}, {y}; correct the srsName of the file.",
                layer=tally.layer,
                crs=self.reference.crs,
                x=float(x[corner[lost][0]]),
                y=float(y[corner[lost][0]]),
            )
        turn = np.repeat(swapped[of_polygon], sizes)
        return np.where(turn, y, x), np.where(turn, x, y), broken | lost

    @staticmethod
    def _count(
        which: NDArray[np.bool_], deed: Any, what: str, owners: NDArray[np.int64], tally: Tally, names: Sequence[str]
    ) -> None:
        numbers = np.unique(owners[which])
        for number in numbers[:5]:
            tally.count(deed, what, example=names[number])
        tally.count(deed, what, max(len(numbers) - 5, 0)) if len(numbers) > 5 else None


def polygonal(shape: Any) -> Any:
    """The polygonal part of a geometry, None where it has no area.

    Examples
    --------
    >>> polygonal(shapely.make_valid(shapely.from_wkt("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))"))).area
    2.0
    """
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape if shape.area > 0 else None
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in {"Polygon", "MultiPolygon"} and part.area > 0]
    return united(parts) if parts else None


def united(shapes: Any) -> Any:
    """The union of polygons, polygons only; None when nothing with an area is left."""
    return polygonal(shapely.union_all(np.asarray(shapes, dtype=object)))
