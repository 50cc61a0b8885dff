"""The road network as arrays: directed arcs in compressed rows, and the way from a door to the road."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata.overlays.kernel import frozen, kernel

ROAD_COLUMNS = ("from_node", "to_node", "oneway", "class", "speed_limit", "cars", "walkers", "lanes", "width", "geometry")
"""What a network is made of; hooks that need one declare these columns of ``roads``, and `NODE_COLUMNS` of ``nodes``."""
NODE_COLUMNS = ("id", "geometry")
SHORTEST = 0.1
"""Edges shorter than this count as this long, m: a traversal always takes time, so that no cycle is free."""
FARTHEST_DOOR = 1000.0
"""A place farther from every usable road than this has no road, m (a choice of this project)."""


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """A road network. Each edge gives two arcs, one in each direction; what may be used is a matter of their times.

    Nodes are numbered along a space-filling curve, so that neighbours lie near each other in memory. Slot ``2 e`` is edge
    ``e`` (a row of ``roads``) along its line, ``2 e + 1`` against it; the slot of the opposite direction is ``slot ^ 1``.

    Parameters
    ----------
    indptr
        Arcs that leave node n are ``indptr[n]:indptr[n + 1]``, int64 [nodes + 1].
    heads
        Node at the end of each arc, int32 [arcs].
    slots
        Slot of each arc, int32 [arcs].
    start, end
        Node at either end of each edge, −1 where the table names none, int32 [edges].
    length
        Length of each edge, m, at least `SHORTEST`, float64 [edges].
    place
        x, y of each node, m, float64 [nodes, 2].
    number
        Number of each row of the node table, int32 [nodes].
    """

    indptr: NDArray[np.int64]
    heads: NDArray[np.int32]
    slots: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    length: NDArray[np.float64]
    place: NDArray[np.float64]
    number: NDArray[np.int32]

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1

    @property
    def edges(self) -> int:
        """Number of edges, those that are joined to no node included."""
        return len(self.start)

    def forward(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Time of each arc, s, from the times of the slots [2 edges]: for searches from a place to all others."""
        return np.asarray(times[self.slots])

    def backward(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Time of the opposite of each arc: for searches that start at the destination."""
        return np.asarray(times[self.slots ^ 1])


@dataclass(frozen=True, eq=False)
class Doors:
    """Where places enter the network: ``node`` (−1 = no road near) and the ``distance`` to it in a straight line, m."""

    node: NDArray[np.int64]
    distance: NDArray[np.float64]


def build_graph(roads: pd.DataFrame, nodes: pd.DataFrame) -> RoadGraph:
    """Make the graph of a city's tables.

    Parameters
    ----------
    roads
        Columns ``from_node``, ``to_node`` and ``geometry`` (metres). Edges that name no known node are in no arc.
    nodes
        Columns ``id`` and ``geometry``.

    Examples
    --------
    >>> import geopandas
    >>> nodes = geopandas.GeoDataFrame({"id": ["a", "b"]}, geometry=shapely.points([[0, 0], [30, 40]]))
    >>> line = shapely.linestrings([[[0, 0], [30, 40]]])
    >>> graph = build_graph(geopandas.GeoDataFrame({"from_node": ["a"], "to_node": ["b"]}, geometry=line), nodes)
    >>> graph.length.tolist(), graph.heads.tolist(), graph.slots.tolist()
    ([50.0], [1, 0], [0, 1])
    """
    count = len(nodes)
    place = shapely.get_coordinates(shapely.centroid(np.asarray(nodes["geometry"], dtype=object))).reshape(-1, 2)
    order = np.argsort(curve_order(place), kind="stable")
    number = np.empty(count, np.int32)
    number[order] = np.arange(count, dtype=np.int32)
    index = pd.Index(nodes["id"])
    ends = [_numbers(index, roads[column], number) for column in ("from_node", "to_node")]
    joined = (ends[0] >= 0) & (ends[1] >= 0)
    start, end = (np.where(joined, side, -1).astype(np.int32) for side in ends)
    length = np.maximum(np.nan_to_num(shapely.length(np.asarray(roads["geometry"], dtype=object))), SHORTEST)
    rows = np.flatnonzero(joined)
    tails = np.concatenate([start[rows], end[rows]])
    heads = np.concatenate([end[rows], start[rows]])
    slots = np.concatenate([2 * rows, 2 * rows + 1])
    by_tail = np.lexsort((slots, tails))
    indptr = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(tails, minlength=count), out=indptr[1:])
    return RoadGraph(
        frozen(indptr, np.int64),
        frozen(heads[by_tail], np.int32),
        frozen(slots[by_tail], np.int32),
        frozen(start, np.int32),
        frozen(end, np.int32),
        frozen(length, np.float64),
        frozen(place[order], np.float64),
        frozen(number, np.int32),
    )


def graph_of_arrays(nodes: int, start: Any, end: Any, length: Any = 1.0) -> RoadGraph:
    """A graph from node numbers alone, for tests and theory; node numbers stay as they are."""
    start, end = np.asarray(start, np.int32), np.asarray(end, np.int32)
    rows = np.arange(len(start))
    tails, heads = np.concatenate([start, end]), np.concatenate([end, start])
    slots = np.concatenate([2 * rows, 2 * rows + 1])
    by_tail = np.lexsort((slots, tails))
    indptr = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(tails, minlength=nodes), out=indptr[1:])
    return RoadGraph(
        indptr,
        heads[by_tail].astype(np.int32),
        slots[by_tail].astype(np.int32),
        start,
        end,
        np.broadcast_to(np.asarray(length, np.float64), start.shape).copy(),
        np.zeros((nodes, 2)),
        np.arange(nodes, dtype=np.int32),
    )


class Entries(NamedTuple):
    """The nodes at which somebody can enter the network: their numbers, and a tree of their places."""

    node: NDArray[np.int32]
    tree: cKDTree


def entries(graph: RoadGraph, usable: NDArray[np.bool_]) -> Entries:
    """The nodes with an edge that may be used at all when dry; ``usable`` [edges]."""
    edges = usable & (graph.start >= 0)
    allowed = np.unique(np.concatenate([graph.start[edges], graph.end[edges]]))
    return Entries(allowed, cKDTree(graph.place[allowed].reshape(-1, 2)))


def find_doors(found: Entries, places: NDArray[np.float64]) -> Doors:
    """The nearest entry for each place, none beyond `FARTHEST_DOOR`.

    Parameters
    ----------
    found
        Where one can enter.
    places
        x, y, m, NaN = unknown, [n, 2].
    """
    node, distance = np.full(len(places), -1, np.int64), np.full(len(places), np.nan)
    known = np.flatnonzero(np.isfinite(places).all(axis=1)) if len(places) else np.zeros(0, np.int64)
    if len(found.node) and len(known):
        near, row = found.tree.query(places[known])
        here = near <= FARTHEST_DOOR
        node[known[here]], distance[known[here]] = found.node[row[here]], near[here]
    return Doors(node, distance)


def directed(edge_times: NDArray[np.float64], oneway: NDArray[Any] | None) -> NDArray[np.float64]:
    """Times of the slots [2 edges] from those of the edges, s; ``inf`` against a one-way street. Walkers pass None.

    Examples
    --------
    >>> directed(np.array([5.0, 7.0, 9.0]), np.array(["", "forward", "backward"])).tolist()
    [5.0, 5.0, 7.0, inf, inf, 9.0]
    """
    times = np.repeat(np.asarray(edge_times, np.float64), 2)
    if oneway is not None:
        direction = np.asarray(oneway, dtype=object)
        times[1::2][direction == "forward"] = np.inf
        times[0::2][direction == "backward"] = np.inf
    return times


def curve_order(place: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Key of each place along a Z-order curve, uint64 [n]."""
    if not len(place):
        return np.zeros(0, np.uint64)
    clean = np.nan_to_num(place)
    low = clean.min(axis=0)
    span = max(float((clean.max(axis=0) - low).max()), 1e-9)
    keys = ((clean - low) * (65535.0 / span)).astype(np.uint32)
    result = np.zeros(len(place), np.uint64)
    _interleave(keys, result)
    return result


@kernel
def _interleave(keys, result):  # type: ignore[no-untyped-def]
    for i in range(keys.shape[0]):
        key = np.uint64(0)
        for bit in range(16):
            key |= np.uint64((keys[i, 0] >> bit) & 1) << np.uint64(2 * bit)
            key |= np.uint64((keys[i, 1] >> bit) & 1) << np.uint64(2 * bit + 1)
        result[i] = key


def _numbers(index: pd.Index, ids: pd.Series, number: NDArray[np.int32]) -> NDArray[np.int32]:
    row = index.get_indexer(pd.Index(ids))
    return np.where(row >= 0, number[np.maximum(row, 0)] if len(number) else -1, -1).astype(np.int32)
