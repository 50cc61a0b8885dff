"""Polygons out of closed ways and multipolygon relations; clipped ones are counted, not guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.readers.osm.elements import Elements, Relation, Tags
from geodata.report import ImportReport


@dataclass(frozen=True)
class Area:
    """An area: "way/12" or "relation/7", its tags, its polygon in degrees, and the ways it was made of."""

    id: str
    tags: Tags
    shape: Any
    made_of: tuple[int, ...] = ()


def areas_where(
    elements: Elements,
    wanted: Callable[[Tags], bool],
    *,
    report: ImportReport,
    layer: str,
    source: str,
    keep_clipped: bool = False,
) -> list[Area]:
    """Every closed way and area relation whose tags are wanted, as a polygon.

    Ways that are not closed, nodes that the extract lacks, and relations whose ways it lacks are reported as dropped. A way
    that is the outline of a relation of the same meaning is not given twice. With ``keep_clipped``, a closed way that lacks
    some nodes is kept as the polygon of those it has (a building at the edge of an extract is still there), and marked in
    its tags.
    """
    found: list[Area] = []
    used: set[int] = set()
    clipped: list[str] = []
    failures: dict[str, list[str]] = {}
    for relation in elements.relations:
        if not wanted(relation.tags):
            continue
        name = f"relation/{relation.id}"
        shape, why = _relation_shape(elements, relation)
        if shape is None:
            failures.setdefault(why, []).append(name)
            continue
        outlines = tuple(ref for ref, role in relation.members if role in ("outer", "outline", ""))
        found.append(Area(name, relation.tags, shape, outlines))
        if relation.tags.get("type") in ("multipolygon", "building"):
            used.update(ref for ref in outlines)
    rings: list[NDArray[np.float64]] = []
    owners: list[tuple[int, Tags]] = []
    for way in elements.ways.values():
        if not way.tags or not wanted(way.tags) or way.id in used:
            continue
        if not way.closed:
            failures.setdefault("the way is not closed", []).append(f"way/{way.id}")
            continue
        points = elements.positions_of(way.nodes)
        missing = np.isnan(points).any(axis=1)
        tags = way.tags
        if missing.any():
            points = points[~missing]
            if not keep_clipped or len(np.unique(points, axis=0)) < 3:
                failures.setdefault("the extract lacks nodes of it (clipped)", []).append(f"way/{way.id}")
                continue
            points = points if (points[0] == points[-1]).all() else np.vstack([points, points[:1]])
            tags = {**tags, "clipped": "yes"}
            clipped.append(f"way/{way.id}")
        rings.append(points)
        owners.append((way.id, tags))
    if rings:
        index = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
        shapes = shapely.polygons(shapely.linearrings(np.concatenate(rings), indices=index))
        found += [
            Area(f"way/{identifier}", tags, shape, (identifier,))
            for (identifier, tags), shape in zip(owners, shapes, strict=True)
        ]
    report.repaired(layer, "corners outside the extract left out (clipped)", len(clipped), source=source, examples=clipped)
    for why, names in failures.items():
        report.dropped(layer, why, len(names), source=source, examples=names)
    return found


def _relation_shape(elements: Elements, relation: Relation) -> tuple[Any, str]:
    """The polygon of a relation by the even-odd rule, whatever its roles say; or None and why."""
    kind = relation.tags.get("type")
    roles = ("outline",) if kind == "building" and any(role == "outline" for _, role in relation.members) else None
    members = [
        ref
        for ref, role in relation.members
        if (role in roles if roles else role not in ("part", "label", "admin_centre", "subarea"))
    ]
    if not members:
        return None, "the relation has no ways"
    if any(ref not in elements.ways for ref in members):
        return None, "the extract lacks ways of the multipolygon (clipped)"
    lines = [elements.positions_of(elements.ways[ref].nodes) for ref in members if len(elements.ways[ref].nodes) > 1]
    if not lines or any(np.isnan(line).any() for line in lines):
        return None, "the extract lacks nodes of the multipolygon (clipped)"
    network = shapely.union_all(shapely.multilinestrings([shapely.linestrings(line) for line in lines]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    if len(faces) == 0:
        return None, "the rings of the multipolygon do not close"
    inside = np.asarray([_odd(face, lines) for face in faces])
    if not inside.any():
        return None, "the rings of the multipolygon do not close"
    return shapely.union_all(faces[inside]), ""


def _odd(face: Any, lines: list[NDArray[np.float64]]) -> bool:
    """Whether a ray from within the face crosses the rings an odd number of times."""
    point = shapely.point_on_surface(face)
    x, y = shapely.get_x(point), shapely.get_y(point)
    crossings = 0
    for line in lines:
        (x0, y0), (x1, y1) = line[:-1].T, line[1:].T
        spans = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
        crossings += int(np.sum(spans & (at > x)))
    return crossings % 2 == 1
