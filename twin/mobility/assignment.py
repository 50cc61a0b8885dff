"""Everyone else's day: static user equilibrium of car traffic, and trips estimated by gravity.

User equilibrium (Wardrop 1952): nobody can be faster by another way. It is the flow that minimises Beckmann's objective, the
sum over links of the integral of their time; found by biconjugate Frank–Wolfe (Mitradjieva and Lindberg 2013,
doi 10.1287/trsc.1120.0409).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.overlays.kernel import kernel
from twin.mobility.shortest import spread

BPR_SHARE, BPR_POWER = 0.15, 4.0
"""Time on a link grows to 1.15 times the free one at capacity, with the fourth power (Bureau of Public Roads 1964)."""


class Links(NamedTuple):
    """A network of directed links, sorted by tail.

    Parameters
    ----------
    indptr, heads
        Compressed rows.
    free
        Free time, s; inf = closed.
    capacity
        Vehicles an hour (or any unit that the demand has too).
    """

    indptr: NDArray[np.int64]
    heads: NDArray[np.int32]
    free: NDArray[np.float64]
    capacity: NDArray[np.float64]


class Equilibrium(NamedTuple):
    """What an assignment gives.

    Parameters
    ----------
    flow
        Of each link, in the unit of demand.
    time
        Of each link at that flow.
    gap
        Relative gap: how much longer all travel than if everyone took the then fastest way.
    objective
        Beckmann's objective.
    unserved
        Demand between places that no open way joins: assigned nowhere, and told.
    """

    flow: NDArray[np.float64]
    time: NDArray[np.float64]
    gap: float
    objective: float
    unserved: float


def link_time(links: Links, flow: NDArray[np.float64]) -> NDArray[np.float64]:
    """Time of each link at a flow, s (BPR)."""
    return np.asarray(links.free * (1.0 + BPR_SHARE * (flow / links.capacity) ** BPR_POWER))


def beckmann(links: Links, flow: NDArray[np.float64]) -> float:
    """Sum over links of the integral of their time from 0 to the flow."""
    share = flow * _finite(links.free) * (1.0 + BPR_SHARE / (BPR_POWER + 1.0) * (flow / links.capacity) ** BPR_POWER)
    return float(share.sum())


def _finite(time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times with 0 for closed links, on which nobody travels."""
    return np.where(np.isfinite(time), time, 0.0)


@kernel
def load(indptr, heads, tails, time, origins, destinations, starts, trips, flow):  # type: ignore[no-untyped-def]
    """All trips onto their fastest way; ``flow`` comes in as zeros. Trips are sorted by origin: ``starts`` in rows.

    Returns
    -------
    Sum of trips × fastest time, and the trips that no way joins.
    """
    nodes = indptr.shape[0] - 1
    total, unserved = 0.0, 0.0
    for number in range(origins.shape[0]):
        cost = np.full(nodes, np.inf)
        label = np.full(nodes, -1, np.int32)
        via = np.full(nodes, -1, np.int32)
        spread(indptr, heads, time, np.zeros(0), origins[number : number + 1], np.zeros(1), cost, label, via)
        for row in range(starts[number], starts[number + 1]):
            node = destinations[row]
            if cost[node] == np.inf:
                unserved += trips[row]
                continue
            total += trips[row] * cost[node]
            while via[node] >= 0:
                flow[via[node]] += trips[row]
                node = tails[via[node]]
    return total, unserved


def assign(
    links: Links,
    origin: NDArray[np.int64],
    destination: NDArray[np.int64],
    trips: NDArray[np.float64],
    *,
    gap: float = 1e-4,
    most: int = 500,
) -> Equilibrium:
    """User equilibrium of some trips.

    Parameters
    ----------
    links
        The network.
    origin, destination, trips
        Node, node and amount of each relation.
    gap
        Relative gap at which to stop.
    most
        Rounds at which to stop anyway; the gap reached is told.

    Examples
    --------
    Two equal roads share the traffic:

    >>> links = Links(np.array([0, 2, 2]), np.array([1, 1], np.int32), np.array([10.0, 10.0]), np.array([100.0, 100.0]))
    >>> assign(links, np.array([0]), np.array([1]), np.array([100.0]), gap=1e-9).flow.round(3).tolist()
    [50.0, 50.0]
    """
    if (links.capacity <= 0).any() or (trips < 0).any():
        raise InputError("Traffic needs capacities above zero and no negative trips; correct the table of trips.")
    tails = np.repeat(np.arange(len(links.indptr) - 1, dtype=np.int64), np.diff(links.indptr))
    order = np.lexsort((destination, origin))
    origins, starts = np.unique(origin[order], return_index=True)
    rows = (origins.astype(np.int64), destination[order].astype(np.int64), np.append(starts, len(order)), trips[order])
    free = _finite(links.free)

    def fastest(time: NDArray[np.float64]) -> tuple[NDArray[np.float64], float, float]:
        flow = np.zeros(len(links.heads))
        total, unserved = load(links.indptr, links.heads, tails, time, *rows, flow)
        return flow, total, unserved

    flow, _, unserved = fastest(links.free)
    targets: list[NDArray[np.float64]] = []
    step, reached = 0.0, np.inf
    for _ in range(most):
        time = link_time(links, flow)
        best, total, _ = fastest(time)
        spent = float((flow * _finite(time)).sum())
        reached = (spent - total) / spent if spent > 0 else 0.0
        if reached <= gap:
            break
        slope = free * BPR_SHARE * BPR_POWER * flow ** (BPR_POWER - 1) / links.capacity**BPR_POWER
        target = _conjugate(flow, best, targets, slope, step)
        step = _line_search(links, flow, target - flow)
        # After a full step the direction is used up: begin anew.
        targets = [] if step >= 1.0 - 1e-9 else [target, *targets[:1]]
        flow = flow + step * (target - flow)
    return Equilibrium(flow, link_time(links, flow), float(reached), beckmann(links, flow), float(unserved))


def _conjugate(
    flow: NDArray[np.float64],
    best: NDArray[np.float64],
    targets: list[NDArray[np.float64]],
    slope: NDArray[np.float64],
    step: float,
) -> NDArray[np.float64]:
    """Where to head for: the all-or-nothing flow, made conjugate to the last one or two directions."""
    toward = best - flow
    if not targets:
        return best
    last = targets[0] - flow
    if len(targets) == 1:
        above, below = float((last * slope * toward).sum()), float((last * slope * (toward - last)).sum())
        alpha = np.clip(above / below, 0.0, 0.99) if below != 0 else 0.0
        return np.asarray(alpha * targets[0] + (1.0 - alpha) * best)
    before = step * targets[0] + (1.0 - step) * targets[1] - flow
    below = float((before * slope * (targets[1] - targets[0])).sum())
    mu = max(0.0, -float((before * slope * toward).sum()) / below) if below != 0 else 0.0
    below = float((last * slope * last).sum())
    nu = -float((last * slope * toward).sum()) / below + mu * step / (1.0 - step) if below != 0 else 0.0
    nu = max(0.0, nu)
    return np.asarray((best + nu * targets[0] + mu * targets[1]) / (1.0 + mu + nu))


def _line_search(links: Links, flow: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
    """Step at which the objective is least along a direction, by bisection of its slope."""
    moving = (direction != 0) & np.isfinite(links.free)
    few = Links(links.indptr, links.heads[moving], links.free[moving], links.capacity[moving])
    base, change = flow[moving], direction[moving]
    low, high = 0.0, 1.0
    if float((link_time(few, base + change) * change).sum()) <= 0:
        return 1.0
    for _ in range(50):
        middle = (low + high) / 2.0
        if float((link_time(few, base + middle * change) * change).sum()) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2.0


def gravity(
    made: NDArray[np.float64], drawn: NDArray[np.float64], time: NDArray[np.float64], *, decay: float, rounds: int = 100
) -> NDArray[np.float64]:
    """Trips between zones: as many as each makes and draws, fewer over longer ways (doubly constrained, Furness).

    Parameters
    ----------
    made, drawn
        Trips that begin and end in each zone, [zones]; drawn is scaled to the sum of made.
    time
        Between zones, s, inf = no way, [zones, zones].
    decay
        Trips fall by a factor of e for each so many seconds.

    Returns
    -------
    [zones, zones], from row to column; rows add up to ``made`` where any zone can be reached.

    Examples
    --------
    >>> gravity(np.array([10.0, 0.0]), np.array([1.0, 3.0]), np.array([[0.0, 0.0], [0.0, 0.0]]), decay=600.0).tolist()
    [[2.5, 7.5], [0.0, 0.0]]
    """
    weight = np.exp(-time / decay)
    wanted = drawn * (made.sum() / drawn.sum()) if drawn.sum() > 0 else np.zeros_like(drawn)
    column = np.ones(len(drawn))
    trips = np.zeros_like(weight)
    for _ in range(rounds):
        spread_out = weight * column * wanted
        rows = spread_out.sum(axis=1, keepdims=True)
        trips = np.divide(spread_out * made[:, None], rows, out=np.zeros_like(weight), where=rows > 0)
        got = trips.sum(axis=0)
        column *= np.divide(wanted, got, out=np.ones_like(got), where=got > 0)
    return trips
