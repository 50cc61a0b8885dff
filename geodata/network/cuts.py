"""Lines cut into edges at given places, all at once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray


class Edges(NamedTuple):
    """Parts of lines in order: geometry, the line each comes from, the numbers of its two nodes."""

    shapes: NDArray[Any]
    line: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


def cut_lines(
    lines: NDArray[Any],
    ends: NDArray[np.int64],
    line: NDArray[np.int64],
    distance: NDArray[np.float64],
    node: NDArray[np.int64],
    spots: NDArray[np.float64],
    *,
    tolerance: float,
) -> Edges:
    """Cut lines and move their ends onto the nodes.

    Parameters
    ----------
    lines
        LineStrings, with z or without, [n].
    ends
        Node at the start and at the end of each line, [n, 2].
    line, distance, node
        The cuts: line, how far along it (m), node, [cuts] in any order. Repeated ones and those at the line's own ends are
        ignored.
    spots
        Where the nodes are, x, y, m, [nodes, 2].
    tolerance
        Vertices this near to a cut, along the line, give way to it, m.

    Returns
    -------
    Edges
        Ordered by line and along it. A z is interpolated at cuts. Edges that shrink to a point are left out.

    Examples
    --------
    >>> lines = shapely.linestrings([[[0, 0], [4, 0], [10, 0]]])
    >>> edges = cut_lines(lines, np.array([[0, 1]]), np.array([0]), np.array([7.0]), np.array([2]),
    ...                   np.array([[0.0, 0.0], [10.0, 0.0], [7.0, 0.0]]), tolerance=0.01)
    >>> [shape.wkt for shape in edges.shapes], edges.start.tolist(), edges.stop.tolist()
    (['LINESTRING (0 0, 4 0, 7 0)', 'LINESTRING (7 0, 10 0)'], [0, 2], [2, 1])
    """
    points, owner = shapely.get_coordinates(lines, include_z=True, return_index=True)
    first = np.searchsorted(owner, np.arange(len(lines)))
    last = np.searchsorted(owner, np.arange(len(lines)), side="right") - 1
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T))]) if len(points) else np.empty(0)
    line, distance, node = _needed(line, distance, node, ends, along[last] - along[first], tolerance)

    # Events along the lines, in order: vertices and cuts.
    height = _heights(points[:, 2], along, first[line], last[line], along[first[line]] + distance)
    along = along - along[first][owner]
    vertex_node = np.full(len(points), -1, np.int64)
    vertex_node[first], vertex_node[last] = ends[:, 0], ends[:, 1]
    event_line = np.concatenate([owner, line])
    event_along = np.concatenate([along, distance])
    event_node = np.concatenate([vertex_node, node])
    event_point = np.concatenate([points, np.column_stack([spots[node], height])])
    at_node = event_node >= 0
    event_point[at_node, :2] = spots[event_node[at_node]]
    # The first vertex sorts before and the last one after every cut at the same distance.
    place = np.zeros(len(event_line), np.int8)
    place[first], place[last] = -1, 1
    order = np.lexsort((place, event_along, event_line))
    event_line, event_along, event_node = event_line[order], event_along[order], event_node[order]
    event_point, place = event_point[order], place[order]

    # A vertex beside a cut gives way, lest an edge begin with a step of a millimetre in a random direction.
    vertex = event_node < 0
    near_next = np.zeros(len(vertex), bool)
    near_next[:-1] = (event_line[1:] == event_line[:-1]) & (np.diff(event_along) <= tolerance)
    gives_way = vertex.copy()
    gives_way[:-1] &= near_next[:-1] & ~vertex[1:]
    gives_way[-1:] = False
    gives_way[1:] |= vertex[1:] & near_next[:-1] & ~vertex[:-1]
    kept = np.flatnonzero(~gives_way)

    # Each cut ends one edge and begins the next.
    is_cut = (event_node[kept] >= 0) & (place[kept] == 0)
    rows = np.repeat(kept, np.where(is_cut, 2, 1))
    begins = place[rows] == -1
    begins[1:] |= rows[1:] == rows[:-1]
    part = np.cumsum(begins) - 1
    return _edges(lines, rows, part, event_line, event_node, event_point)


def _needed(
    line: NDArray[np.int64],
    distance: NDArray[np.float64],
    node: NDArray[np.int64],
    ends: NDArray[np.int64],
    length: NDArray[np.float64],
    tolerance: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """The cuts without repetitions and without those at the line's own ends, in order."""
    order = np.lexsort((node, distance, line))
    line, distance, node = line[order], distance[order], node[order]
    reach = 3.0 * tolerance  # two places of one node may lie two tolerances apart, and a little
    needed = ~((node == ends[line, 0]) & (distance <= reach)) & ~((node == ends[line, 1]) & (length[line] - distance <= reach))
    line, distance, node = line[needed], distance[needed], node[needed]
    fresh = np.ones(len(line), bool)
    fresh[1:] = (line[1:] != line[:-1]) | (node[1:] != node[:-1]) | (np.diff(distance) > reach)
    return line[fresh], distance[fresh], node[fresh]


def _heights(
    z: NDArray[np.float64],
    along: NDArray[np.float64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    target: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The z of cuts, between the vertices before and after them; NaN where the line has none."""
    if not len(target) or np.isnan(z).all():
        return np.full(len(target), np.nan)
    after = np.clip(np.searchsorted(along, target), first + 1, last)
    span = along[after] - along[after - 1]
    share = np.clip(np.divide(target - along[after - 1], span, out=np.zeros(len(target)), where=span > 0.0), 0.0, 1.0)
    return np.asarray(z[after - 1] + share * (z[after] - z[after - 1]))


def _edges(
    lines: NDArray[Any],
    rows: NDArray[np.int64],
    part: NDArray[np.int64],
    event_line: NDArray[np.int64],
    event_node: NDArray[np.int64],
    event_point: NDArray[np.float64],
) -> Edges:
    same_part = part[1:] == part[:-1]
    begin = np.flatnonzero(np.concatenate([[True], ~same_part])) if len(part) else np.empty(0, np.int64)
    end = np.append(begin[1:], len(part)) - 1
    start, stop = event_node[rows[begin]], event_node[rows[end]]
    repeated = np.zeros(len(part), bool)
    repeated[1:] = same_part & (event_point[rows[1:], :2] == event_point[rows[:-1], :2]).all(axis=1)
    rows, part = rows[~repeated], part[~repeated]
    whole = np.flatnonzero(np.bincount(part, minlength=len(begin)) >= 2)
    renumbered = np.full(len(begin), -1, np.int64)
    renumbered[whole] = np.arange(len(whole))
    rows, part = rows[renumbered[part] >= 0], renumbered[part][renumbered[part] >= 0]
    source = event_line[rows]
    shapes = np.empty(len(whole), dtype=object)
    owner = source[np.searchsorted(part, np.arange(len(whole)))]
    with_z = shapely.has_z(lines)
    for flat in (True, False):
        wanted = with_z[source] != flat
        edges = np.flatnonzero(with_z[owner] != flat)
        if len(edges):
            index = np.searchsorted(edges, part[wanted])
            shapes[edges] = shapely.linestrings(event_point[rows[wanted], : 2 if flat else 3], indices=index)
    return Edges(shapes, owner.astype(np.int64), start[whole], stop[whole])
