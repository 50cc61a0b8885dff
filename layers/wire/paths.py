"""Lines lying on the drawn terrain: roads, outlines of areas."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.relief import Relief
from layers.wire.container import pack
from layers.wire.quantise import quantise, quantise_heights

SHORTEST_SEGMENT = 30.0  # m; longer ones are divided so that the line follows the ground
WIDTH_STEP = 0.25  # m


def paths_message(
    lines: NDArray[np.object_],
    widths: NDArray[np.float64],
    relief: Relief,
    *,
    first: int = 0,
    spans: NDArray[np.bool_] | None = None,
) -> bytes:
    """The message of some lines.

    Arrays: ``counts`` uint16 vertices of each path; ``elements`` uint16 step of the element number from path to path; ``dx``,
    ``dy`` position steps; ``height`` uint16 per vertex; ``widths`` uint8 per path in quarters of a metre.

    Parameters
    ----------
    lines
        LineStrings or MultiLineStrings in the CRS of the relief's grid, [line].
    widths
        Width as drawn, m, [line], finite.
    relief
        What they lie on.
    first
        Number of the first of these lines in its table.
    spans
        True where the line spans from end to end in the air (a bridge) and does not follow the ground, [line].
    """
    parts, element = shapely.get_parts(lines, return_index=True)
    usable = (shapely.get_num_coordinates(parts) >= 2) & (shapely.length(parts) > 0)
    parts, element = parts[usable], element[usable]
    parts = shapely.segmentize(parts, max(SHORTEST_SEGMENT, 2 * relief.mesh_grid.cell))
    coordinates, path = shapely.get_coordinates(parts, return_index=True)
    counts = np.bincount(path, minlength=len(parts))
    longitude, latitude = relief.grid.to_wgs84.transform(coordinates[:, 0], coordinates[:, 1])
    made = quantise(np.asarray(longitude), np.asarray(latitude))
    ground = relief.height_at(coordinates[:, 0], coordinates[:, 1])
    if spans is not None and len(parts):
        ends = np.cumsum(counts)
        starts = ends - counts
        place = np.arange(len(ground)) - starts[path]
        share = place / np.maximum(counts[path] - 1, 1)
        straight = ground[starts][path] * (1 - share) + ground[ends - 1][path] * share
        ground = np.where(spans[element][path], np.maximum(straight, ground), ground)
    codes, zero, step = quantise_heights(ground)
    return pack(
        "paths",
        {
            "first": first,
            "count": len(lines),
            "paths": len(parts),
            "vertices": len(coordinates),
            "origin": made.origin,
            "step": made.step,
            "height_zero": zero,
            "height_step": step,
            "width_step": WIDTH_STEP,
        },
        {
            "counts": counts.astype(np.uint16),
            "elements": np.diff(element, prepend=0).astype(np.uint16),
            "dx": made.dx,
            "dy": made.dy,
            "height": codes,
            "widths": np.clip(np.rint(widths[element] / WIDTH_STEP), 1, 255).astype(np.uint8),
        },
    )
