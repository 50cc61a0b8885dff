"""Who should go to which shelter: everyone to the nearest with room, or all together as short as can be (min-cost flow)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.overlays.kernel import kernel

UNIT = 10
"""People are counted in tenths, since parties are not whole people."""


class Allocation(NamedTuple):
    """A plan of who goes where.

    Parameters
    ----------
    people
        People of each relation of home and shelter that was handed in.
    person_seconds
        Their travel time, all together.
    left_over
        People of each home for whom there is no room within reach.
    """

    people: NDArray[np.float64]
    person_seconds: float
    left_over: NDArray[np.float64]


def allocate(
    home: NDArray[np.int64],
    shelter: NDArray[np.int64],
    time: NDArray[np.float64],
    people: NDArray[np.float64],
    capacity: NDArray[np.float64],
) -> Allocation:
    """Fill shelters so that as many as possible find room, and their travel time together is least.

    Parameters
    ----------
    home, shelter, time
        Relations that may be used: row of the home, row of the shelter, time, s; a handful of near shelters for each home is
        enough. Those that are not finite are left out.
    people
        In each home.
    capacity
        Of each shelter, people; inf = takes all.

    Raises
    ------
    InputError
        When a row or number makes no sense.

    Examples
    --------
    Two homes of two, both nearest to a shelter of two; the second loses less by going to the other one:

    >>> home, shelter = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> plan = allocate(home, shelter, np.array([10.0, 100.0, 10.0, 20.0]), np.array([2.0, 2.0]), np.array([2.0, 9.0]))
    >>> plan.people.tolist(), plan.person_seconds
    ([2.0, 0.0, 0.0, 2.0], 60.0)
    """
    from ortools.graph.python import min_cost_flow  # noqa: PLC0415 (takes a second; only plans need it)

    _require(home, shelter, people, capacity)
    used = np.flatnonzero(np.isfinite(time))
    homes, shelters = len(people), len(capacity)
    supply = np.rint(people * UNIT).astype(np.int64)
    total = int(supply.sum())
    room = np.minimum(np.floor(np.minimum(capacity, people.sum() + 1.0) * UNIT), total).astype(np.int64)
    # Nodes: homes, shelters, then the sink. Staying without room costs more than any way.
    sink = homes + shelters
    seconds = np.rint(time[used]).astype(np.int64)
    dear = int(seconds.max(initial=0)) * 4 + 1000
    solver = min_cost_flow.SimpleMinCostFlow()
    relations = solver.add_arcs_with_capacity_and_unit_cost(home[used], homes + shelter[used], supply[home[used]], seconds)
    solver.add_arcs_with_capacity_and_unit_cost(
        np.arange(homes, sink), np.full(shelters, sink), room, np.zeros(shelters, np.int64)
    )
    staying = solver.add_arcs_with_capacity_and_unit_cost(
        np.arange(homes), np.full(homes, sink), supply, np.full(homes, dear, np.int64)
    )
    solver.set_nodes_supplies(np.arange(sink + 1), np.concatenate([supply, np.zeros(shelters, np.int64), [-total]]))
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise InputError("No allocation of people to shelters could be found ({status}); check the capacities.", status=status)
    flow = np.zeros(len(home))
    flow[used] = np.asarray(solver.flows(relations)) / UNIT
    left = np.asarray(solver.flows(staying)) / UNIT
    return Allocation(flow, float((flow[used] * time[used]).sum()), left)


def to_the_nearest(
    home: NDArray[np.int64],
    shelter: NDArray[np.int64],
    time: NDArray[np.float64],
    people: NDArray[np.float64],
    capacity: NDArray[np.float64],
) -> Allocation:
    """What happens without a plan: those who live nearest to a shelter are there first, the others go on to their next one.

    Parameters and result as for `allocate`.

    Examples
    --------
    >>> home, shelter = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> time = np.array([10.0, 100.0, 9.0, 20.0])
    >>> to_the_nearest(home, shelter, time, np.array([2.0, 2.0]), np.array([2.0, 9.0])).person_seconds
    218.0
    """
    _require(home, shelter, people, capacity)
    waiting = people.astype(np.float64)
    finite = np.isfinite(time)
    order = np.argsort(time, kind="stable")
    flow = np.zeros(len(home))
    _fill(order[finite[order]], home, shelter, capacity.astype(np.float64), waiting, flow)
    return Allocation(flow, float((flow[finite] * time[finite]).sum()), waiting)


@kernel
def _fill(order, home, shelter, room, waiting, flow):  # type: ignore[no-untyped-def]
    """Send as many as there is room for over one relation after the other; ``room``, ``waiting`` and ``flow`` are changed."""
    for place in range(len(order)):
        relation = order[place]
        amount = min(waiting[home[relation]], room[shelter[relation]])
        if amount > 0:
            flow[relation] = amount
            waiting[home[relation]] -= amount
            room[shelter[relation]] -= amount


def _require(
    home: NDArray[np.int64], shelter: NDArray[np.int64], people: NDArray[np.float64], capacity: NDArray[np.float64]
) -> None:
    if len(home) and (home.max() >= len(people) or shelter.max() >= len(capacity) or min(home.min(), shelter.min()) < 0):
        raise InputError("A relation names a home or shelter that is not there; look at the rows.")
    if (people < 0).any() or np.isnan(people).any() or (capacity < 0).any():
        raise InputError("People and capacities must be known and not negative; leave unknown homes out.")
