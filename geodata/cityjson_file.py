"""Buildings as CityJSON 2.0: extrusions of their footprints (LoD1), or the footprint alone (LoD0) where no height is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.polygon import orient

from geodata.city import City

_SCALE = 0.001  # vertices are whole millimetres
_ATTRIBUTES = {
    "name": "name",
    "use": "function",
    "storeys": "storeysAboveGround",
    "storeys_below": "storeysBelowGround",
    "height": "measuredHeight",
    "year_built": "yearOfConstruction",
    "structure": "structure",
    "address": "postalAddress",
    "ground_elevation": "groundElevation",
    "residents": "residents",
    "people_by_day": "peopleByDay",
}
Ring = NDArray[np.float64]


def write_cityjson(city: City, path: Path) -> int:
    """Write the buildings of a city, and return how many.

    The base of a building is its ground elevation, else the lowest terrain cell under it; where neither is known z counts
    from the ground and the attribute ``groundUnknown`` says so.

    References
    ----------
    CityJSON 2.0 (OGC 20-072r5).
    """
    buildings = city.buildings
    base = _base(city, buildings)
    west, south, _, _ = city.grid.bounds if not len(buildings) else buildings.total_bounds
    low = float(np.nanmin(base)) if np.isfinite(base).any() else 0.0
    translate = [float(np.floor(west)), float(np.floor(south)), float(np.floor(low))]
    vertices = _Vertices(translate)
    objects = {}
    known = [name for name in _ATTRIBUTES if name in buildings.columns]
    for row, shape, ground in zip(buildings.to_dict("records"), buildings.geometry.to_numpy(), base, strict=True):
        attributes = {_ATTRIBUTES[name]: _plain(row[name]) for name in known if not _unknown(row[name])}
        if np.isnan(ground):
            attributes["groundUnknown"] = True
        bottom = 0.0 if np.isnan(ground) else float(ground)
        height = row["height"]
        objects[row["id"]] = {
            "type": "Building",
            "attributes": attributes,
            "geometry": [_extruded(shape, bottom, bottom + height, vertices)]
            if height == height and height > 0
            else [_footprint(shape, bottom, vertices)],
        }
    document = {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": _metadata(city),
        "transform": {"scale": [_SCALE] * 3, "translate": translate},
        "CityObjects": objects,
        "vertices": vertices.found,
    }
    path.write_bytes(orjson.dumps(document))
    return len(objects)


def _metadata(city: City) -> dict[str, Any]:
    fictional = " (fictional)" if city.fictional else ""
    heights = city.heights.datum or "a datum that is not stated"
    metadata: dict[str, Any] = {"title": f"{city.name}{fictional}; heights above {heights}"}
    authority, _, code = city.grid.crs.partition(":")
    if authority == "EPSG" and code.isdigit():
        # the form that CityJSON prescribes; a name, nothing is fetched
        metadata["referenceSystem"] = f"https://www.opengis.net/def/crs/EPSG/0/{code}"
    return metadata


def _base(city: City, buildings: pd.DataFrame) -> NDArray[np.float64]:
    base: NDArray[np.float64] = buildings["ground_elevation"].to_numpy(dtype=float, copy=True)
    if city.has("lowest_cell") and city.has("elevation"):
        cell = city.overlay("lowest_cell")["cell"]
        terrain = np.where(cell >= 0, city.elevation.ravel()[np.maximum(cell, 0)], np.nan)
        base = np.where(np.isnan(base), terrain, base)
    return base


class _Vertices:
    """Vertices in whole steps, each once."""

    def __init__(self, translate: list[float]) -> None:
        self._translate = np.array(translate)
        self._numbers: dict[tuple[int, int, int], int] = {}
        self.found: list[tuple[int, int, int]] = []

    def ring(self, points: Ring, z: float) -> list[int]:
        """Numbers of the vertices of an open ring at one height, without repeats in a row."""
        spots = np.column_stack([points, np.full(len(points), z)])
        steps = np.rint((spots - self._translate) / _SCALE).astype(np.int64)
        made: list[int] = []
        for step in steps.tolist():
            key = (step[0], step[1], step[2])
            number = self._numbers.get(key)
            if number is None:
                number = self._numbers[key] = len(self.found)
                self.found.append(key)
            if not made or made[-1] != number:
                made.append(number)
        return made[:-1] if len(made) > 1 and made[0] == made[-1] else made


def _rings(shape: Any) -> Iterator[list[Ring]]:
    """Open rings of each polygon: shell counter-clockwise, holes clockwise."""
    for polygon in shapely.get_parts(shape):
        turned = orient(polygon)
        yield [shapely.get_coordinates(ring)[:-1] for ring in (turned.exterior, *turned.interiors)]


def _footprint(shape: Any, z: float, vertices: _Vertices) -> dict[str, Any]:
    surfaces = [[vertices.ring(ring, z) for ring in rings] for rings in _rings(shape)]
    return {"type": "MultiSurface", "lod": "0", "boundaries": surfaces}


def _extruded(shape: Any, bottom: float, top: float, vertices: _Vertices) -> dict[str, Any]:
    """A solid per polygon, every face counter-clockwise seen from outside."""
    solids = []
    for rings in _rings(shape):
        lower = [vertices.ring(ring, bottom) for ring in rings]
        upper = [vertices.ring(ring, top) for ring in rings]
        faces = [[ring[::-1] for ring in lower], upper]
        for below, above in zip(lower, upper, strict=True):
            faces += [
                [[below[i], below[(i + 1) % len(below)], above[(i + 1) % len(above)], above[i]]] for i in range(len(below))
            ]
        solids.append([faces])
    if len(solids) == 1:
        return {"type": "Solid", "lod": "1", "boundaries": solids[0]}
    return {"type": "MultiSolid", "lod": "1", "boundaries": solids}


def _unknown(value: Any) -> bool:
    return value is None or value is pd.NA or value == "" or value != value


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
