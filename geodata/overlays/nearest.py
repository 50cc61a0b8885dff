"""The nearest road node of each building: where its people enter the road network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata.errors import InputError
from geodata.overlays.kernel import frozen

SAME = 1e-6  # m: nodes this much further away are as near as the nearest one
_TIED = 8


@dataclass(frozen=True, eq=False)
class NearestNodes:
    """Building → node: ``node`` is a row of the node table (−1 none), ``distance`` is in metres (NaN none)."""

    node: NDArray[np.int64]
    distance: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        object.__setattr__(self, "node", frozen(self.node, np.int64))
        object.__setattr__(self, "distance", frozen(self.distance, np.float64))

    def __len__(self) -> int:
        """Number of buildings."""
        return len(self.node)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for storage."""
        return {"node": self.node, "distance": self.distance}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Read what `to_arrays` wrote."""
        if not {"node", "distance"} <= set(arrays) or len(arrays["node"]) != len(arrays["distance"]):
            raise InputError("The stored overlay is damaged; delete the overlays of the package, they will be made again.")
        return cls(arrays["node"], arrays["distance"])


def nearest_nodes(geometries: Any, nodes: Any, *, usable: NDArray[np.bool_] | None = None) -> NearestNodes:
    """Find the nearest usable node of each building, in a straight line from its centroid.

    Parameters
    ----------
    geometries
        Footprints or points, in metres (GeoSeries or array), [n]. None and empty ones have no node.
    nodes
        Points of the node table, in the same CRS (GeoSeries or array), [m].
    usable
        Nodes that may be chosen, such as `usable_nodes`, [m]; None = all.

    Returns
    -------
    NearestNodes
        Of nodes equally near (within a micrometre) the one that stands first in the table.

    Examples
    --------
    >>> found = nearest_nodes([shapely.Point(0, 0)], shapely.points([[5, 0], [0, 3]]), usable=np.array([True, False]))
    >>> found.node.tolist(), found.distance.tolist()
    ([0], [5.0])
    """
    places = shapely.get_coordinates(_points(shapely.centroid(np.asarray(geometries, dtype=object))))
    targets = shapely.get_coordinates(_points(np.asarray(nodes, dtype=object)))
    allowed = np.isfinite(targets).all(axis=1) if len(targets) else np.zeros(0, bool)
    if usable is not None:
        allowed &= np.asarray(usable, bool)
    known = np.flatnonzero(np.isfinite(places).all(axis=1)) if len(places) else np.zeros(0, np.int64)
    node, distance = np.full(len(places), -1, np.int64), np.full(len(places), np.nan)
    if not allowed.any() or not len(known):
        return NearestNodes(node, distance)
    rows = np.flatnonzero(allowed)
    # Nodes in the same place are one to the tree: the first of them.
    spots, first = np.unique(targets[rows], axis=0, return_index=True)
    rows = rows[first]
    tree = cKDTree(spots)
    near, found = tree.query(places[known], k=[1, 2], workers=-1)
    chosen = rows[found[:, 0]]
    # With one node in all, the second neighbour is at infinity.
    tied = np.flatnonzero(near[:, 1] - near[:, 0] <= SAME)
    if len(tied):
        several, who = tree.query(places[known[tied]], k=_TIED, workers=-1)
        candidates = np.where(several - several[:, :1] <= SAME, np.append(rows, len(targets))[who], len(targets))
        chosen[tied] = candidates.min(axis=1)
    node[known] = chosen
    distance[known] = np.hypot(*(places[known] - targets[chosen]).T)
    return NearestNodes(node, distance)


def usable_nodes(
    roads: geopandas.GeoDataFrame, nodes: geopandas.GeoDataFrame, *, column: str = "walkers", unknown: bool = True
) -> NDArray[np.bool_]:
    """Nodes at which at least one edge ends that may be used.

    Parameters
    ----------
    roads, nodes
        Tables as `geodata.network.build_network` makes them.
    column
        "walkers" or "cars".
    unknown
        Whether edges for which the column is unknown count as usable.

    Returns
    -------
    bool [nodes]
    """
    open_edges = roads[column].astype("boolean").fillna(unknown).to_numpy(bool)
    ends = {*roads["from_node"].to_numpy()[open_edges], *roads["to_node"].to_numpy()[open_edges]}
    return np.asarray(nodes["id"].isin(ends), dtype=bool)


def _points(shapes: NDArray[Any]) -> NDArray[Any]:
    """Points, with a point at NaN for None and empty ones, so that rows stay aligned."""
    absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return np.where(absent, shapely.Point(np.nan, np.nan), shapes)
