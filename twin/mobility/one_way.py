"""The fastest way from one door, searched only as far as needed: while a person looks at a building."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geodata.overlays.kernel import kernel
from twin.mobility.graph import RoadGraph
from twin.mobility.queue import pop, push

ANY, FORWARD, BACKWARD = range(3)
"""Directions in which an edge may be travelled."""


class Found(NamedTuple):
    """A way from one node.

    Parameters
    ----------
    slots
        Slots of the road graph to travel, in order, int64.
    goal
        Number of the goal reached, −1 = none.
    arrival
        Moment at its door, s, inf = none.
    at
        Moment at the end of each slot, s.
    """

    slots: NDArray[np.int64]
    goal: int
    arrival: float
    at: NDArray[np.float64]


@kernel
def search(  # type: ignore[no-untyped-def]
    indptr, heads, slots, length, speed, direction, deadline, origin, begin, goal_of, goal_next, goal_walk, goal_deadline, cost,
    via, before,
):  # fmt: skip
    """Dijkstra's algorithm from ``origin`` at the moment ``begin`` until no goal can be nearer; fills ``cost, via, before``.

    An edge can be used when it is behind one by its ``deadline``, a goal when its door is reached by its own. Goals of a node
    are a chain: ``goal_of[node]``, then ``goal_next[goal]``, −1 at the end. Nobody waits.

    Returns
    -------
    The goal (−1 = none), and the moment at its door.
    """
    arcs = heads.shape[0]
    keys, ranks, items = np.empty(arcs + 2), np.empty(arcs + 2), np.empty(arcs + 2, np.int64)
    best, nearest_end = -1, np.inf
    cost[origin] = begin
    events = push(keys, ranks, items, 0, begin, 0.0, origin)
    while events > 0 and keys[0] < nearest_end:
        moment, node = keys[0], items[0]
        events = pop(keys, ranks, items, events)
        if moment > cost[node]:
            continue
        goal = goal_of[node]
        while goal >= 0:
            arrival = moment + goal_walk[goal]
            if arrival < nearest_end and arrival <= goal_deadline[goal]:
                best, nearest_end = goal, arrival
            goal = goal_next[goal]
        for arc in range(indptr[node], indptr[node + 1]):
            slot = slots[arc]
            edge = slot >> 1
            if not speed[edge] > 0.0 or (direction.shape[0] > 0 and direction[edge] == 2 - (slot & 1)):
                continue
            reached = moment + length[edge] / speed[edge]
            head = heads[arc]
            if reached < cost[head] and (deadline.shape[0] == 0 or reached <= deadline[edge]):
                cost[head], via[head], before[head] = reached, slot, node
                events = push(keys, ranks, items, events, reached, 0.0, head)
    return best, nearest_end


def way_from(
    graph: RoadGraph, speed: NDArray[Any], direction: NDArray[np.int8], origin: int, begin: float,
    goals: NDArray[np.int64], walk: NDArray[np.float64], *,
    deadline: NDArray[Any] | None = None, goal_deadline: NDArray[Any] | None = None,
) -> Found:  # fmt: skip
    """The fastest way from a node to the goal that is reached first.

    Parameters
    ----------
    speed
        On each edge, m/s; what is not above 0 is closed.
    direction
        `ANY`, `FORWARD` or `BACKWARD` for each edge; empty = all may be travelled both ways.
    origin, begin
        Node, and moment at which one stands there, s.
    goals, walk
        Nodes of the goals, and the way from there to their doors, s.
    deadline, goal_deadline
        Moments by which edges must be behind one, and doors reached, s; none = no matter when.

    Examples
    --------
    >>> from twin.mobility.graph import graph_of_arrays
    >>> chain = graph_of_arrays(3, [0, 1], [1, 2], 100.0)
    >>> found = way_from(chain, np.ones(2), np.zeros(0, np.int8), 0, 0.0, np.array([2]), np.array([5.0]))
    >>> found.slots.tolist(), found.arrival
    ([0, 2], 205.0)
    """
    goal_of, goal_next = np.full(graph.nodes, -1, np.int32), np.full(len(goals), -1, np.int32)
    for number, node in enumerate(goals):
        goal_next[number], goal_of[node] = goal_of[node], number
    cost = np.full(graph.nodes, np.inf)
    via, before = np.full(graph.nodes, -1, np.int64), np.full(graph.nodes, -1, np.int64)
    goal, arrival = search(
        graph.indptr, graph.heads, graph.slots, graph.length, np.asarray(speed, np.float64), direction,
        np.zeros(0) if deadline is None else np.asarray(deadline, np.float64), origin, begin, goal_of, goal_next,
        np.asarray(walk, np.float64),
        np.full(len(goals), np.inf) if goal_deadline is None else np.asarray(goal_deadline, np.float64),
        cost, via, before,
    )  # fmt: skip
    path: list[int] = []
    at: list[float] = []
    if goal >= 0:
        node = int(goals[goal])
        while node != origin:
            path.append(int(via[node]))
            at.append(float(cost[node]))
            node = int(before[node])
    return Found(np.array(path[::-1], np.int64), int(goal), float(arrival), np.array(at[::-1], np.float64))
