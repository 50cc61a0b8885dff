"""How long everyone needs to the nearest of some places, and whether the answer hangs on roads nobody knows of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.mobility.graph import Doors
from twin.mobility.network import Network, facing
from twin.mobility.shortest import nearest, route
from twin.scenario.rules import Group


class Service(NamedTuple):
    """Places that people go to, or come from: where they enter the network, and which count."""

    doors: Doors
    usable: NDArray[np.bool_]


def times_to(
    network: Network, group: Group, speed: NDArray[Any], service: Service, homes: Doors, *, pace: float, towards: bool = True
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Time from each home to its nearest usable place, s (inf = unreachable), and the row of that place (−1).

    Parameters
    ----------
    speed
        On each edge, m/s; what is not above 0 is closed.
    service, homes
        The places and the homes, doors on this group's roads.
    pace
        Speed between a door and the road, m/s.
    towards
        False for times from the places to the homes.
    """
    graph = network.graph
    times = facing(graph, network.slot_times(group, speed), towards=towards)
    there = np.flatnonzero(service.usable & (service.doors.node >= 0))
    reach = nearest(graph.indptr, graph.heads, times, service.doors.node[there], service.doors.distance[there] / pace)
    return at_homes(reach.cost, homes, pace), _rows(reach.label, there, homes)


class Way(NamedTuple):
    """How somebody gets to the nearest usable place.

    Parameters
    ----------
    edges
        Rows of the road edges to travel, in order, int64.
    against
        Whether each is travelled against its line.
    place
        Row of the place, −1 = none can be reached.
    time
        Time from door to door, s, inf = unreachable.
    """

    edges: NDArray[np.int64]
    against: NDArray[np.bool_]
    place: int
    time: float


def way_to(
    network: Network, group: Group, speed: NDArray[Any], service: Service, homes: Doors, home: int, *, pace: float
) -> Way:
    """The way from one home to its nearest usable place; parameters as for `times_to`, and the row of the home."""
    graph, node = network.graph, int(homes.node[home])
    there = np.flatnonzero(service.usable & (service.doors.node >= 0))
    none = Way(np.zeros(0, np.int64), np.zeros(0, np.bool_), -1, np.inf)
    if node < 0 or not len(there):
        return none
    times = facing(graph, network.slot_times(group, speed), towards=True)
    reach = nearest(graph.indptr, graph.heads, times, service.doors.node[there], service.doors.distance[there] / pace)
    if not np.isfinite(reach.cost[node]):
        return none
    # The search came from the place: each of its arcs is travelled the other way.
    slots = graph.slots[route(reach.via, graph.indptr, node)] ^ 1
    time = float(reach.cost[node] + np.nan_to_num(homes.distance[home]) / pace)
    return Way((slots // 2).astype(np.int64), (slots % 2).astype(np.bool_), int(there[reach.label[node]]), time)


def at_homes(cost: NDArray[np.float64], homes: Doors, pace: float) -> NDArray[np.float64]:
    """Time at each home from that at its node, with the way from the door; inf without a road near."""
    if not len(cost):
        return np.full(len(homes.node), np.inf)
    return np.where(homes.node >= 0, cost[np.maximum(homes.node, 0)] + np.nan_to_num(homes.distance) / pace, np.inf)


def _rows(label: NDArray[np.int32], there: NDArray[np.int64], homes: Doors) -> NDArray[np.int64]:
    if not len(label) or not len(there):
        return np.full(len(homes.node), -1, np.int64)
    found = label[np.maximum(homes.node, 0)]
    return np.where((homes.node >= 0) & (found >= 0), there[np.maximum(found, 0)], -1)


def service_area(time: NDArray[Any], limit: float) -> NDArray[np.bool_]:
    """Homes within a time of a service, s: an isochrone, told by its homes.

    Examples
    --------
    >>> service_area(np.array([100.0, 600.0, np.inf]), 300.0).tolist()
    [True, False, False]
    """
    return np.asarray(time <= limit)
