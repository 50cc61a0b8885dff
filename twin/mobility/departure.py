"""Until when one can leave: the end of the first unbroken window of departures that arrive, for everyone at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from twin.mobility.graph import Doors, RoadGraph
from twin.mobility.shortest import Reach, nearest
from twin.mobility.windows import Deadlines, lasting

FAR = 1.0e7
"""Stands for "open for ever" as so long after the run's end, s: longer than any journey."""


def latest_departure(
    graph: RoadGraph,
    slot_times: NDArray[np.float64],
    edge_deadline: NDArray[np.float64],
    goals: NDArray[np.int64],
    goal_deadline: NDArray[np.float64],
    *,
    end: float,
) -> tuple[NDArray[np.float64], Reach]:
    """Latest moment to leave every node so that each edge is behind one by its deadline and the goal is reached by its own.

    A search from the goals backwards in time, exact: with deadlines alone it never helps to wait. Of ways that do not close
    within the run the fastest counts.

    Parameters
    ----------
    slot_times
        Time of each slot, s, inf = closed, [2 edges].
    edge_deadline
        Moment until which each edge stays open, s; inf = to the end of the run and after, −inf = closed, [edges].
    goals, goal_deadline
        Nodes, and the moment by which one must be there, s, as above.
    end
        End of the run, s.

    Returns
    -------
    latest, reach
        Moment for each node, s: inf = not closed within this run, −inf = no way; and the search, whose ``via`` tells the way.

    Examples
    --------
    A road of 10 min that closes at minute 60 must be entered by minute 50:

    >>> from twin.mobility.graph import graph_of_arrays
    >>> graph = graph_of_arrays(2, [0], [1])
    >>> goal, always = np.array([1]), np.array([np.inf])
    >>> latest, _ = latest_departure(graph, np.full(2, 600.0), np.array([3600.0]), goal, always, end=7200.0)
    >>> latest.tolist()
    [3000.0, inf]
    """
    horizon = end + FAR
    by_slot = np.repeat(edge_deadline, 2)
    times = np.where(by_slot == -np.inf, np.inf, slot_times)
    floors = np.where(np.isfinite(by_slot), horizon - by_slot, 0.0)
    begin = np.where(goal_deadline == -np.inf, np.inf, np.maximum(horizon - goal_deadline, 0.0))
    reach = nearest(graph.indptr, graph.heads, graph.backward(times), goals, begin, floors=graph.backward(floors))
    return lasting(horizon - reach.cost, end), reach


def time_left(
    times: NDArray[np.float64],
    node_latest: Callable[[int], NDArray[np.float64]],
    homes: Doors,
    leg: NDArray[np.float64],
    doors: Iterable[Deadlines],
    *,
    preparation: float,
) -> NDArray[np.float64]:
    """Time left to decide to leave, at every output, for every home.

    Whoever decides at t sets out at t + preparation. The window ends at the first moment at which setting out no longer
    arrives, even if it would again later: a road shut from minute 60 to 300 leaves 50, not 710.

    Parameters
    ----------
    times
        Moments of the outputs, s, rising [outputs].
    node_latest
        For the number of an output: latest departure from each node for those who set out between it and the next.
    homes
        Where homes enter the network; node −1 = nowhere.
    leg
        Time from each door to its node, s.
    doors
        When one can step out of each home, as `twin.mobility.windows.deadlines` gives it, the last output first.
    preparation
        Time from the decision to setting out, s.

    Returns
    -------
    [outputs, homes] in s: inf = not closed within this run, −inf = no safe departure at that moment.
    """
    count, there = len(times), homes.node >= 0
    left = np.full((count, len(homes.node)), -np.inf)
    setting_out = times + preparation
    interval = np.searchsorted(times, setting_out, side="right") - 1
    latest: dict[int, NDArray[np.float64]] = {}
    window_end: dict[int, NDArray[np.float64]] = {}
    for door in doors:
        number = door.number
        nodes = node_latest(number)
        at_node = np.where(there, nodes[np.maximum(homes.node, 0)], -np.inf) if len(nodes) else np.full(len(leg), -np.inf)
        # The door must be passed while it is open; the leg to the road comes after it.
        own = np.minimum(at_node - np.nan_to_num(leg), door.deadline)
        latest[number] = own
        if number == count - 1:
            window_end[number] = own
        else:
            following = times[number + 1]
            goes_on = (own >= following) & (latest[number + 1] >= following)
            window_end[number] = np.where(goes_on, window_end[number + 1], np.minimum(own, following))
        later = int(interval[number])
        moment = setting_out[number]
        with np.errstate(invalid="ignore"):
            left[number] = np.where(latest[later] >= moment, window_end[later] - moment, -np.inf)
        for done in [kept for kept in latest if kept > max(later, number)]:
            del latest[done], window_end[done]
    return left
