"""Single points of failure: edges whose loss alone cuts people off from every shelter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geodata.overlays.kernel import kernel
from twin.mobility.graph import RoadGraph


@kernel
def depend(indptr, heads, slots, usable, people, shelters, lost):  # type: ignore[no-untyped-def]
    """Depth-first search for bridges (Tarjan 1974, doi 10.1016/0020-0190(74)90003-9); fills ``lost[edge]``.

    Below a bridge of the search tree lies a part that only it joins to the rest of its component: its loss leaves without a
    shelter the people of whichever side has none.
    """
    nodes = indptr.shape[0] - 1
    found = np.full(nodes, -1, np.int64)
    low = np.zeros(nodes, np.int64)
    parent_edge = np.full(nodes, -1, np.int64)
    parent = np.full(nodes, -1, np.int64)
    cursor = np.zeros(nodes, np.int64)
    below_people = people.copy()
    below_shelters = shelters.copy()
    order = np.empty(nodes, np.int64)
    clock = 0
    for root in range(nodes):
        if found[root] >= 0:
            continue
        first = clock
        found[root] = low[root] = clock
        order[clock] = root
        clock += 1
        cursor[root] = indptr[root]
        node = root
        while node >= 0:
            if cursor[node] < indptr[node + 1]:
                arc = cursor[node]
                cursor[node] += 1
                edge = slots[arc] // 2
                head = heads[arc]
                if not usable[edge] or edge == parent_edge[node]:
                    continue
                if found[head] < 0:
                    found[head] = low[head] = clock
                    order[clock] = head
                    clock += 1
                    parent[head], parent_edge[head] = node, edge
                    cursor[head] = indptr[head]
                    node = head
                else:
                    low[node] = min(low[node], found[head])
            else:
                above = parent[node]
                if above >= 0:
                    low[above] = min(low[above], low[node])
                    below_people[above] += below_people[node]
                    below_shelters[above] += below_shelters[node]
                node = above
        all_people, all_shelters = below_people[root], below_shelters[root]
        if all_shelters == 0:
            continue
        for place in range(first + 1, clock):
            node = order[place]
            if low[node] > found[parent[node]]:
                amount = 0.0
                if below_shelters[node] == 0:
                    amount = below_people[node]
                elif below_shelters[node] == all_shelters:
                    amount = all_people - below_people[node]
                lost[parent_edge[node]] = amount


def people_dependent(
    graph: RoadGraph, usable: NDArray[np.bool_], people: NDArray[np.float64], shelters: NDArray[np.int64]
) -> NDArray[np.float64]:
    """People who lose every way to a shelter if one edge alone is lost, [edges]. Ways are taken in both directions.

    Parameters
    ----------
    usable
        Edges that can be passed now, [edges].
    people, shelters
        At each node.

    Examples
    --------
    >>> from twin.mobility.graph import graph_of_arrays
    >>> chain = graph_of_arrays(3, [0, 1], [1, 2])
    >>> people_dependent(chain, np.ones(2, bool), np.array([5.0, 3.0, 1.0]), np.array([0, 0, 1])).tolist()
    [5.0, 8.0]
    """
    lost = np.zeros(graph.edges)
    depend(
        graph.indptr, graph.heads, graph.slots, np.asarray(usable, np.bool_), np.asarray(people, np.float64),
        np.asarray(shelters, np.int64), lost,
    )  # fmt: skip
    return lost
