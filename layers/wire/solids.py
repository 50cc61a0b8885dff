"""Footprints as solids: one message per chunk of buildings, standing on the drawn terrain."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.relief import Relief
from layers.wire.container import pack
from layers.wire.quantise import quantise, quantise_heights

FOUNDATION = 1.0  # m below the lowest ground under the walls, so that no light falls between wall and terrain
LARGEST_RING = 65535


def solids_message(footprints: NDArray[np.object_], heights: NDArray[np.float64], relief: Relief, *, first: int = 0) -> bytes:
    """The message of some buildings.

    Arrays: ``counts`` uint16 vertices of each ring; ``elements`` uint16 step of the element number from ring to ring; ``dx``,
    ``dy`` position steps (see `layers.wire.quantise`), rings clockwise without the closing vertex; ``base`` uint16 per ring
    and ``top`` uint16 per ring, heights in ``height_step`` above ``height_zero``.

    Parameters
    ----------
    footprints
        Polygons or MultiPolygons in the CRS of the relief's grid, [building]; missing or empty ones draw nothing.
    heights
        Height above ground as drawn, m, [building], finite.
    relief
        What they stand on.
    first
        Number of the first of these buildings in its table.
    """
    rings, element = simple_rings(footprints)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    closing = np.flatnonzero(np.diff(ring, append=-1))
    coordinates, ring = np.delete(coordinates, closing, axis=0), np.delete(ring, closing)
    longitude, latitude = relief.grid.to_wgs84.transform(coordinates[:, 0], coordinates[:, 1])
    made = quantise(np.asarray(longitude), np.asarray(latitude))
    counts = np.bincount(ring, minlength=len(rings))
    ground = relief.height_at(coordinates[:, 0], coordinates[:, 1])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    if len(rings):
        lowest = np.minimum.reduceat(ground, starts) - FOUNDATION
        mean = np.add.reduceat(ground, starts) / counts
        top = mean + heights[element]
    else:
        lowest = top = np.zeros(0)
    codes, zero, step = quantise_heights(np.concatenate([lowest, top]))
    return pack(
        "solids",
        {
            "first": first,
            "count": len(footprints),
            "rings": len(rings),
            "vertices": len(coordinates),
            "origin": made.origin,
            "step": made.step,
            "height_zero": zero,
            "height_step": step,
        },
        {
            "counts": counts.astype(np.uint16),
            "elements": np.diff(element, prepend=0).astype(np.uint16),
            "dx": made.dx,
            "dy": made.dy,
            "base": codes[: len(rings)],
            "top": codes[len(rings) :],
        },
    )


def simple_rings(polygons: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Clockwise rings without holes that together cover the polygons, and the polygon each belongs to.

    A polygon with a courtyard is cut in two through the courtyard, again and again, until no piece has a hole: the browser
    fills simple rings only, and a filled courtyard would be a lie.

    Examples
    --------
    >>> yard = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    >>> rings, owner = simple_rings(np.array([yard, shapely.box(5, 5, 6, 6)]))
    >>> owner.tolist(), float(shapely.area(shapely.polygons(rings)).sum())
    ([0, 0, 1], 9.0)
    """
    parts, owner = shapely.get_parts(polygons, return_index=True)
    usable = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)
    parts, owner = parts[usable], owner[usable]
    holed = shapely.get_num_interior_rings(parts) > 0
    if holed.any():
        pieces, owners = [parts[~holed]], [owner[~holed]]
        for part, number in zip(parts[holed], owner[holed], strict=True):
            cut = _cut_open(part)
            pieces.append(np.array(cut, dtype=object))
            owners.append(np.full(len(cut), number))
        parts, owner = np.concatenate(pieces), np.concatenate(owners)
        order = np.argsort(owner, kind="stable")
        parts, owner = parts[order], owner[order]
    small = shapely.get_num_coordinates(parts) > LARGEST_RING
    if small.any():
        parts[small] = shapely.simplify(parts[small], 0.5)
    oriented = shapely.orient_polygons(parts, exterior_cw=True)
    return shapely.get_exterior_ring(oriented), owner


def _cut_open(polygon: shapely.Polygon) -> list[shapely.Polygon]:
    """The polygon as pieces without holes."""
    waiting, done = [polygon], []
    while waiting:
        piece = waiting.pop()
        if not piece.interiors:
            done.append(piece)
            continue
        west, south, east, north = piece.bounds
        middle = shapely.Polygon(piece.interiors[0]).centroid.x
        for half in (shapely.box(west - 1, south - 1, middle, north + 1), shapely.box(middle, south - 1, east + 1, north + 1)):
            waiting.extend(p for p in shapely.get_parts(piece.intersection(half)) if p.geom_type == "Polygon" and p.area > 0)
    return done
