"""Where lines meet: crossings on one level, ends on other lines, places that are one."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree


class Cuts(NamedTuple):
    """Places at which lines are to be cut: which line, how far along it (m), where (x, y)."""

    line: NDArray[np.int64]
    distance: NDArray[np.float64]
    place: NDArray[np.float64]


def find_cuts(lines: NDArray[Any], level: NDArray[np.integer[Any]], tolerance: float) -> tuple[Cuts, NDArray[np.int64]]:
    """Find where lines of equal level cross, touch or come to lie on one another.

    Parameters
    ----------
    lines
        LineStrings, [n].
    level
        Lines of different level never cut each other, [n].
    tolerance
        An end this near to a line lies on it, m.

    Returns
    -------
    cuts, stray
        The cuts, ends of lines among them, in no particular order; and the lines of which an end lies on the middle of a
        line of another level, ascending.

    Examples
    --------
    >>> lines = shapely.linestrings([[[0, 0], [10, 0]], [[5, -5], [5, 5]], [[7, -5], [7, 5]]])
    >>> cuts, stray = find_cuts(lines, np.array([0, 0, 1]), 0.01)
    >>> sorted(zip(cuts.line.tolist(), cuts.distance.tolist()))
    [(0, 5.0), (1, 5.0)]
    """
    tree = shapely.STRtree(lines)
    crossings = _crossings(lines, level, tree)
    touches, stray = _touches(lines, level, tree, tolerance)
    tangled = ~shapely.is_simple(lines)
    found = _together(crossings, touches, _self_crossings(lines, np.flatnonzero(tangled)))
    several = tangled[found.line]
    once = Cuts(*(column[~several] for column in found))
    return _together(once, _every_pass(lines, Cuts(*(column[several] for column in found)), tolerance)), stray


def one_places(places: NDArray[np.float64], tolerance: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Number the places so that those within ``tolerance`` of each other (in chains too) share one.

    Parameters
    ----------
    places
        x, y, m, [n, 2].

    Returns
    -------
    number, spots
        Number of the spot of each place [n], and where the spots are [spots, 2]: each at its westernmost (then
        southernmost) place, so that the order of the input does not matter.

    Examples
    --------
    >>> number, spots = one_places(np.array([[5.0, 0.0], [0.0, 0.0], [5.004, 0.0]]), 0.01)
    >>> number.tolist(), spots.tolist()
    ([1, 0, 1], [[0.0, 0.0], [5.0, 0.0]])
    """
    keys, inverse = np.unique(places[:, 0] + 1j * places[:, 1], return_inverse=True)
    distinct = np.column_stack([keys.real, keys.imag])
    pairs = cKDTree(distinct).query_pairs(tolerance, output_type="ndarray") if len(distinct) else np.empty((0, 2), np.int64)
    links = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(distinct),) * 2)
    _, label = connected_components(links, directed=False)
    # Labels renumbered by their first, that is westernmost, place.
    _, first, renumbered = np.unique(label, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[renumbered][inverse], distinct[first[order]]


def _crossings(lines: NDArray[Any], level: NDArray[np.integer[Any]], tree: shapely.STRtree) -> Cuts:
    one, other = tree.query(lines, predicate="intersects")
    pair = (one < other) & (level[one] == level[other])
    one, other = one[pair], other[pair]
    shared = shapely.intersection(lines[one], lines[other])
    overlap = np.isin(shapely.get_type_id(shared), (1, 5))
    shared[overlap] = shapely.line_merge(shared[overlap])
    parts, source = shapely.get_parts(shared, return_index=True)
    ranges = shapely.get_dimensions(parts) == 1
    starts, stops = shapely.get_point(parts[ranges], 0), shapely.get_point(parts[ranges], -1)
    points = np.concatenate([parts[~ranges], starts, stops])
    source = np.concatenate([source[~ranges], source[ranges], source[ranges]])
    place = shapely.get_coordinates(points)
    line = np.concatenate([one[source], other[source]]).astype(np.int64)
    return Cuts(
        line,
        np.asarray(shapely.line_locate_point(lines[line], np.concatenate([points, points]))),
        np.concatenate([place, place]),
    )


def _touches(
    lines: NDArray[Any], level: NDArray[np.integer[Any]], tree: shapely.STRtree, tolerance: float
) -> tuple[Cuts, NDArray[np.int64]]:
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    owner = np.tile(np.arange(len(lines)), 2)
    end, line = tree.query(ends, predicate="dwithin", distance=tolerance)
    foreign = owner[end] != line
    end, line = end[foreign], line[foreign].astype(np.int64)
    distance = np.asarray(shapely.line_locate_point(lines[line], ends[end]))
    same = level[owner[end]] == level[line]
    middle = (distance > tolerance) & (distance < shapely.length(lines[line]) - tolerance)
    stray = np.unique(owner[end[~same & middle]]).astype(np.int64)
    return Cuts(line[same], distance[same], shapely.get_coordinates(ends[end[same]]).reshape(-1, 2)), stray


def _together(*cuts: Cuts) -> Cuts:
    return Cuts(*(np.concatenate(column) for column in zip(*cuts, strict=True)))


def _self_crossings(lines: NDArray[Any], tangled: NDArray[np.int64]) -> Cuts:
    """Where lines cross themselves. Such lines are few: one after the other."""
    found: list[tuple[int, float, float]] = []
    for number in tangled:
        points = shapely.get_coordinates(lines[number])
        pieces = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
        one, other = shapely.STRtree(pieces).query(pieces, predicate="intersects")
        apart = one + 1 < other
        shared = shapely.intersection(pieces[one[apart]], pieces[other[apart]])
        found += [(int(number), point.x, point.y) for point in shared if point.geom_type == "Point"]
    table = np.asarray(found, np.float64).reshape(-1, 3)
    return Cuts(table[:, 0].astype(np.int64), np.zeros(len(table)), table[:, 1:])


def _every_pass(lines: NDArray[Any], cuts: Cuts, tolerance: float) -> Cuts:
    """Cuts of lines that come by the same place more than once: one cut for each time they do."""
    found: list[Cuts] = []
    for line, place in zip(cuts.line, cuts.place, strict=True):
        points = shapely.get_coordinates(lines[line])
        step = np.diff(points, axis=0)
        length = np.hypot(*step.T)
        along = np.concatenate([[0.0], np.cumsum(length)[:-1]])
        reach = np.divide(((place - points[:-1]) * step).sum(axis=1), length, out=np.zeros(len(step)), where=length > 0.0)
        reach = np.clip(reach, 0.0, length)
        foot = points[:-1] + step * np.divide(reach, length, out=np.zeros(len(step)), where=length > 0.0)[:, None]
        near = np.hypot(*(place - foot).T) <= tolerance
        count = int(near.sum())
        found.append(Cuts(np.full(count, line), (along + reach)[near], np.tile(place, (count, 1))))
    return _together(*found) if found else cuts
