"""One stretch of an evacuation: parties on their way through queues to shelters, from one moment to another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from geodata.errors import CityTwinError
from geodata.overlays.kernel import frozen
from twin.mobility.layers import Layers
from twin.mobility.queue import ARRIVED, AT_HOME, ON_THE_WAY, move, plan
from twin.named import Named

TOLERANCE = 1e-6


class BudgetError(CityTwinError):
    """People were lost or made."""


@dataclass(frozen=True, eq=False)
class Ways:
    """What the roads allow during the stretch.

    Parameters
    ----------
    layers
        Graph of all ways of moving.
    free
        Free time of each arc, s, inf = closed, [arcs].
    sharing
        Queue of each arc, [arcs].
    flow, room
        People per second, and people held, of each queue.
    """

    layers: Layers
    free: NDArray[np.float64]
    sharing: NDArray[np.int64]
    flow: NDArray[np.float64]
    room: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Entrances:
    """Entrances of the shelters that are open: node in the layers, way to the door, s, and row of the shelter."""

    node: NDArray[np.int64]
    walk: NDArray[np.float64]
    shelter: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Crowd:
    """All parties; `advance` changes the arrays in place.

    Parameters
    ----------
    people
        In each party.
    status
        See `twin.mobility.queue`.
    node
        Node in the layers where the party stands or last stood.
    entry
        Moment at which it stands at its node, ready to enter the roads, s, inf = not foreseen.
    arc
        Arc it is on, −1 = none.
    ready
        Moment from which it can leave that arc, s.
    rank
        Order of entry into that arc.
    shelter
        Row of the shelter it is in, −1 = none.
    done
        Moment of arrival, s, inf = not yet.
    """

    people: NDArray[np.float64]
    status: NDArray[np.int64]
    node: NDArray[np.int64]
    entry: NDArray[np.float64]
    arc: NDArray[np.int64]
    ready: NDArray[np.float64]
    rank: NDArray[np.float64]
    shelter: NDArray[np.int64]
    done: NDArray[np.float64]


def new_crowd(people: NDArray[np.float64], node: NDArray[np.int64], entry: NDArray[np.float64]) -> Crowd:
    """Parties at home."""
    count = len(people)
    return Crowd(
        np.asarray(people, np.float64), np.zeros(count, np.int64), np.asarray(node, np.int64).copy(),
        np.asarray(entry, np.float64).copy(), np.full(count, -1, np.int64), np.full(count, np.inf), np.zeros(count),
        np.full(count, -1, np.int64), np.full(count, np.inf),
    )  # fmt: skip


def advance(
    ways: Ways, entrances: Entrances, space: NDArray[np.float64], crowd: Crowd, *, start: float, end: float
) -> NDArray[np.float64]:
    """Move the parties from ``start`` to ``end``, s, by the fastest ways to open entrances as the roads stand now.

    Parameters
    ----------
    space
        People that each shelter can still take; inf = capacity unknown. Reduced in place by those who arrive.

    Returns
    -------
    People turned away at the door of each shelter, [shelters].

    Raises
    ------
    BudgetError
        When people got lost: those on the roads, in shelters and elsewhere no longer add up.
    """
    layers = ways.layers
    if not ((crowd.status == ON_THE_WAY) | ((crowd.status == AT_HOME) & (crowd.entry < end))).any():
        return np.zeros(len(space))
    used = np.bincount(ways.sharing[crowd.arc[crowd.arc >= 0]], crowd.people[crowd.arc >= 0], len(ways.room)).astype(np.float64)
    release = np.full(len(ways.room), -np.inf)
    weights = ways.free[layers.twins]
    # Word has spread of shelters that a further household no longer fits into.
    largest = float(crowd.people.max(initial=0.0))
    goals = (entrances.node, entrances.walk, entrances.shelter)
    onward, target = _plan(layers, weights, entrances, space >= largest - 1e-9)
    turned = np.zeros(len(space))
    before, was = space.copy(), crowd.status.copy()
    heading = np.full(len(crowd.people), -1, np.int64)
    move(
        start, end, layers.indptr, layers.heads, layers.twins, weights, ways.free, ways.flow, ways.room,
        ways.sharing, *goals, space, crowd.node, crowd.entry, crowd.people, crowd.status, crowd.arc, crowd.ready, crowd.rank,
        heading, crowd.done, release, used, onward, target, turned,
    )  # fmt: skip
    came = (crowd.status == ARRIVED) & (was != ARRIVED)
    crowd.shelter[came] = entrances.shelter[heading[came]]
    _check(ways, crowd, came, before, space, used)
    return turned


def _plan(
    layers: Layers, weights: NDArray[np.float64], entrances: Entrances, room: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Arc to go on by, and entrance, of each node; see `twin.mobility.queue.plan`. Roads stay as they are for many a step."""
    goals = (entrances.node, entrances.walk, entrances.shelter, room)
    hasher = xxhash.xxh3_128()
    for values in (layers.indptr, layers.heads, weights, *goals):
        hasher.update(np.ascontiguousarray(values).data)
    return _planned(Named(hasher.digest(), (layers, weights, goals)))


# Memory, not state: a pure function of the arrays whose digest is the name.
@lru_cache(maxsize=48)
def _planned(asked: Named[tuple[Layers, NDArray[np.float64], tuple[Any, ...]]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    layers, weights, goals = asked.take()
    nodes = len(layers.indptr) - 1
    onward, target = np.full(nodes, -1, np.int32), np.full(nodes, -1, np.int64)
    plan(layers.indptr, layers.heads, weights, nodes, *goals, onward, target)
    return frozen(onward), frozen(target)


def _check(
    ways: Ways, crowd: Crowd, came: NDArray[np.bool_], before: NDArray[np.float64], space: NDArray[np.float64],
    used: NDArray[np.float64],
) -> None:  # fmt: skip
    moving = (crowd.status == ON_THE_WAY) & (crowd.arc >= 0)
    on_queues = np.bincount(ways.sharing[crowd.arc[moving]], crowd.people[moving], len(ways.room))
    taken = np.bincount(crowd.shelter[came], crowd.people[came], len(space))
    limited = np.isfinite(before)
    wrong = {
        "on the roads": float(np.abs(on_queues - used).max(initial=0.0)),
        "in shelters": float(np.abs(before[limited] - space[limited] - taken[limited]).max(initial=0.0)),
        "nowhere": float(crowd.people[(crowd.arc >= 0) & ((crowd.status == AT_HOME) | (crowd.status == ARRIVED))].sum()),
    }
    allowed = TOLERANCE * max(float(crowd.people.sum()), 1.0)
    for place, amount in wrong.items():
        if amount > allowed:
            raise BudgetError(
                "{people} people {place} are lost or counted twice; this is a fault of the program, please report it.",
                people=amount,
                place=place,
            )
