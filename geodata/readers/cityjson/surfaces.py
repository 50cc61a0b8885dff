"""The geometry of city objects, flattened to faces; footprints are unions of faces seen from above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.readers.cityjson.document import Batch, Header
from geodata.readers.repair import polygonal_parts

# How deep the lists of boundaries are nested down to one surface.
_DEPTH = {"MultiSurface": 1, "CompositeSurface": 1, "Solid": 2, "MultiSolid": 3, "CompositeSolid": 3}
FLAT = 1e-6  # m²: a face with less area seen from above is a wall


@dataclass(frozen=True)
class Faces:
    """The faces of one geometry.

    ``rings``: for each face its rings, outer one first, as coordinates [n, 3]; ``kinds``: its semantic surface type ("" none).
    """

    detail: float
    rings: list[list[NDArray[np.float64]]]
    kinds: list[str]


def faces_of(geometry: dict[str, Any], batch: Batch, header: Header, *, path: Path, name: str) -> Faces | None:
    """The faces of a geometry in real coordinates; None for points and lines.

    Raises
    ------
    InputError
        When it refers to vertices or templates that are not there.
    """
    try:
        if geometry.get("type") == "GeometryInstance":
            return _instance(geometry, batch, header)
        return _faces(geometry, batch.vertices)
    except (IndexError, KeyError, TypeError, ValueError) as problem:
        raise InputError(
            "{path} is broken at {place}, object {name}: {reason}; export it again.",
            path=path, place=batch.place, name=name, reason=f"{type(problem).__name__} {problem}",
        ) from None  # fmt: skip


def detail_of(geometry: dict[str, Any]) -> float:
    """The level of detail as a number: 2 for 2, "2", "2.2" → 2.2.

    Examples
    --------
    >>> detail_of({"lod": "1.3"}), detail_of({"lod": 2}), detail_of({})
    (1.3, 2.0, 0.0)
    """
    try:
        return float(geometry.get("lod", 0))
    except (TypeError, ValueError):
        return 0.0


def _faces(geometry: dict[str, Any], vertices: NDArray[np.float64]) -> Faces | None:
    depth = _DEPTH.get(str(geometry.get("type")))
    if depth is None:
        return None
    surfaces = _flattened(geometry["boundaries"], depth)
    semantics = geometry.get("semantics")
    kinds = [""] * len(surfaces)
    if (
        isinstance(semantics, dict)
        and isinstance(semantics.get("surfaces"), list)
        and isinstance(semantics.get("values"), list)
    ):
        values = _flattened(semantics["values"], depth)
        names = [str(surface.get("type", "")) for surface in semantics["surfaces"]]
        if len(values) == len(surfaces):
            kinds = [names[value] if isinstance(value, int) and 0 <= value < len(names) else "" for value in values]
    rings = [[_picked(vertices, ring) for ring in surface] for surface in surfaces]
    return Faces(detail_of(geometry), rings, kinds)


def _flattened(values: Any, depth: int) -> list[Any]:
    for _ in range(depth - 1):
        values = [inner for outer in values if outer is not None for inner in outer]
    return list(values)


def _picked(vertices: NDArray[np.float64], ring: Sequence[int]) -> NDArray[np.float64]:
    numbers = np.asarray(ring, dtype=np.int64)
    if len(numbers) and (numbers.min() < 0 or numbers.max() >= len(vertices)):
        raise IndexError(f"vertex {int(numbers.max())} of {len(vertices)}")
    return vertices[numbers]


def _instance(geometry: dict[str, Any], batch: Batch, header: Header) -> Faces | None:
    template = header.templates[geometry["template"]]
    matrix = np.asarray(geometry["transformationMatrix"], dtype=np.float64).reshape(4, 4)
    anchor = _picked(batch.vertices, geometry["boundaries"])[0]
    turned = np.column_stack([header.template_vertices, np.ones(len(header.template_vertices))]) @ matrix.T
    return _faces(template, turned[:, :3] + anchor)


def chosen_faces(geometries: list[Faces]) -> tuple[list[list[NDArray[np.float64]]], str]:
    """The faces whose union is the footprint, and which they are: LOD0, else ground surfaces, else all of the best LOD."""
    flat = [faces for faces in geometries if faces.detail < 1]
    if flat:
        return [ring for faces in flat for ring in faces.rings], "LOD0"
    ground = [faces for faces in geometries if "GroundSurface" in faces.kinds]
    if ground:
        best = max(faces.detail for faces in ground)
        picked = [faces for faces in ground if faces.detail == best]
        return [
            ring for faces in picked for ring, kind in zip(faces.rings, faces.kinds, strict=True) if kind == "GroundSurface"
        ], "ground surfaces"
    best = max(faces.detail for faces in geometries)
    return [
        ring for faces in geometries if faces.detail == best for ring in faces.rings
    ], f"all faces of LOD{best:g}, seen from above"


def seen_from_above(groups: list[list[list[NDArray[np.float64]]]]) -> NDArray[Any]:
    """The union of each group of faces, seen from above, [n]; an empty polygon where nothing has an area.

    All rings of all groups become shapes in one call each; only the unions are made group by group.
    """
    rings: list[NDArray[np.float64]] = []
    ring_face: list[int] = []
    face_group: list[int] = []
    for number, faces in enumerate(groups):
        for face in faces:
            usable = [ring for ring in face if len(ring) > 2]
            if not face or len(face[0]) < 3:
                continue
            for ring in usable:
                rings.append(ring[:, :2])
                ring_face.append(len(face_group))
            face_group.append(number)
    result = np.full(len(groups), shapely.Polygon(), dtype=object)
    if not rings:
        return result
    index = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    lines = shapely.linearrings(np.concatenate(rings), indices=index)
    polygons = shapely.polygons(lines, indices=np.asarray(ring_face))
    owners = np.asarray(face_group)
    large = np.isfinite(shapely.area(polygons)) & (shapely.area(polygons) > FLAT)
    polygons, owners = polygons[large], owners[large]
    invalid = ~shapely.is_valid(polygons)
    polygons[invalid] = polygonal_parts(shapely.make_valid(polygons[invalid]))
    order = np.argsort(owners, kind="stable")
    polygons, owners = polygons[order], owners[order]
    starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if len(owners) else np.zeros(0, dtype=int)
    for start, stop in zip(starts, [*starts[1:], len(owners)], strict=True):
        mine = polygons[start:stop]
        result[owners[start]] = mine[0] if len(mine) == 1 else shapely.union_all(mine)
    return polygonal_parts(result)


def height_range(geometries: list[Faces]) -> tuple[float, float]:
    """Lowest and highest z over geometries with volume (LOD ≥ 1), else over all; NaN without any.

    LOD0 alone says nothing about height, and its z is often 0 because nobody set it.
    """
    solid = [faces for faces in geometries if faces.detail >= 1]
    heights = [ring[:, 2] for faces in solid for face in faces.rings for ring in face if len(ring)]
    if not heights:
        return float("nan"), float("nan")
    every = np.concatenate(heights)
    every = every[np.isfinite(every)]
    return (float(every.min()), float(every.max())) if len(every) else (float("nan"), float("nan"))
