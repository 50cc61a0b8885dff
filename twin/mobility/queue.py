"""People on the roads: queues at the end of each road that pass so many a second and hold so many, with spillback.

The model is that of spatial queues (as in MATSim's QSim; Cetin, Burri and Nagel 2003): a party that enters an arc reaches its
end after the free time, stands in line there, leaves when the arc's capacity lets it and the next arc has room, and waits
otherwise, so that queues grow backwards over junctions. Room is free as soon as a party leaves (no backward wave). At a merge
those who wait longest go first. Events are handled in the order of their times: no time step, no chance.
"""

from __future__ import annotations

import numpy as np

from geodata.overlays.kernel import kernel
from twin.mobility.shortest import spread

AT_HOME, ON_THE_WAY, ARRIVED, CAUGHT, STRANDED, KEPT_IN = range(6)
"""Status of a party: has not set out, is on the roads, is in a shelter, is on a road that closed, found no way, has water at
the door."""


@kernel
def push(keys, ranks, items, size, key, rank, item):  # type: ignore[no-untyped-def]
    """Add an event to a heap ordered by time, then rank."""
    place = size
    while place > 0:
        parent = (place - 1) >> 1
        if keys[parent] < key or (keys[parent] == key and ranks[parent] <= rank):
            break
        keys[place], ranks[place], items[place] = keys[parent], ranks[parent], items[parent]
        place = parent
    keys[place], ranks[place], items[place] = key, rank, item
    return size + 1


@kernel
def pop(keys, ranks, items, size):  # type: ignore[no-untyped-def]
    """Remove the first event of a heap."""
    last = size - 1
    key, rank, item = keys[last], ranks[last], items[last]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= last:
            break
        other = child + 1
        if other < last and (keys[other] < keys[child] or (keys[other] == keys[child] and ranks[other] < ranks[child])):
            child = other
        if keys[child] > key or (keys[child] == key and ranks[child] >= rank):
            break
        keys[place], ranks[place], items[place] = keys[child], ranks[child], items[child]
        place = child
    keys[place], ranks[place], items[place] = key, rank, item
    return last


@kernel
def plan(indptr, heads, weights, nodes, goal_node, goal_walk, goal_layer, open_goal, onward, target):  # type: ignore[no-untyped-def]
    """For each node the arc to go on by (−1 = here or nowhere) and the goal (−1 = none), to the nearest open goals."""
    count = 0
    for goal in range(goal_node.shape[0]):
        if open_goal[goal_layer[goal]] and goal_node[goal] >= 0:
            count += 1
    sources = np.empty(count, np.int64)
    begin = np.empty(count, np.float64)
    names = np.empty(count, np.int64)
    count = 0
    for goal in range(goal_node.shape[0]):
        if open_goal[goal_layer[goal]] and goal_node[goal] >= 0:
            sources[count], begin[count], names[count] = goal_node[goal], goal_walk[goal], goal
            count += 1
    cost = np.full(nodes, np.inf)
    label = np.full(nodes, -1, np.int32)
    spread(indptr, heads, weights, np.zeros(0), sources, begin, cost, label, onward)
    for node in range(nodes):
        target[node] = names[label[node]] if label[node] >= 0 else -1


@kernel
def move(  # type: ignore[no-untyped-def]
    start, end,
    indptr, heads, twins, weights, free, capacity, room, sharing,
    goal_node, goal_walk, goal_layer, space,
    origin, entry, size, status, arc_of, ready, rank, goal_of, done,
    release, used, onward, target, turned,
):  # fmt: skip
    """Move all parties from ``start`` to ``end``, s; the arrays about parties and queues are changed in place.

    Parameters
    ----------
    indptr, heads, twins
        Arcs in compressed rows, and the arc of the opposite direction: a way to a goal is found from
        the goal, so the arc to travel is the twin of the arc that found it.
    weights
        Time of the twin of each arc, for planning, s; inf = closed.
    free, capacity, room, sharing
        Of each arc: free time, s; of each queue (``sharing[arc]``): people a second, and people it holds. Arcs of two kinds
        of walkers share one queue's capacity and room.
    goal_node, goal_walk, goal_layer
        Entrances of shelters: node, way to the door, s, and row of the shelter.
    space
        People each shelter can still take; inf = unknown, it takes all.
    origin, entry, size, status, arc_of, ready, rank, goal_of, done
        Of each party: node, moment at which it stands there, people, status, arc it is on (−1 none), moment at which it can
        leave it, order of entry, entrance it heads for (−1 none), moment at which it arrived.
    release, used
        Of each queue: moment from which it lets the next one go, people on it.
    onward, target
        Plan of the moment: arc and goal by node. Parties learn that a shelter is full at its door, all others with the next
        plan.
    turned
        Of each shelter: people turned away at its door.
    """
    arcs, parties, nodes = heads.shape[0], origin.shape[0], indptr.shape[0] - 1
    # An event is an arc whose first party may leave, or (arcs + i) a party that wants to enter from its door.
    keys = np.empty(arcs + parties + 1, np.float64)
    ranks = np.empty(arcs + parties + 1, np.float64)
    items = np.empty(arcs + parties + 1, np.int64)
    events = 0
    first = np.full(arcs, -1, np.int64)
    last = np.full(arcs, -1, np.int64)
    behind = np.full(parties, -1, np.int64)
    # Those who wait for room on a queue, first come first served.
    waiting_first = np.full(room.shape[0], -1, np.int64)
    waiting_last = np.full(room.shape[0], -1, np.int64)
    waiting_next = np.full(arcs + parties, -1, np.int64)
    onward_now, target_now = onward.copy(), target.copy()
    filled = np.zeros(space.shape[0], np.bool_)
    woken = np.zeros(arcs + parties, np.bool_)
    highest = 0.0
    # Only those who are on the roads, or leave their door in time, have anything to do.
    acting = np.empty(parties, np.int64)
    found = 0
    for party in range(parties):
        if status[party] == 1 or (status[party] == 0 and entry[party] < end):
            acting[found] = party
            found += 1
    acting = acting[:found]
    order = acting[np.argsort(rank[acting], kind="mergesort")]
    for place in range(found):
        party = order[place]
        if status[party] == 1:
            highest = max(highest, rank[party])
            arc = arc_of[party]
            if arc >= 0:
                if first[arc] < 0:
                    first[arc] = party
                else:
                    behind[last[arc]] = party
                last[arc] = party
            else:
                events = push(keys, ranks, items, events, max(entry[party], start), rank[party], arcs + party)
        elif status[party] == 0 and entry[party] < end:
            events = push(keys, ranks, items, events, max(entry[party], start), np.float64(party) - 1e9, arcs + party)
    for arc in range(arcs):
        if first[arc] >= 0:
            begin = max(ready[first[arc]], release[sharing[arc]], start)
            events = push(keys, ranks, items, events, begin, rank[first[arc]], arc)
    aware = np.zeros(parties, np.bool_)
    while events > 0 and keys[0] < end:
        now, item = keys[0], items[0]
        events = pop(keys, ranks, items, events)
        if item >= arcs:
            party, arc, queue = item - arcs, -1, -1
            node = origin[party]
            if status[party] == 0:
                status[party] = 1
        else:
            arc, queue = item, sharing[item]
            party = first[arc]
            begin = max(ready[party], release[queue])
            if begin > now:
                events = push(keys, ranks, items, events, begin, rank[party], arc)
                continue
            node = heads[arc]
        # Where to go from this node.
        following = -1
        while True:
            way, goal = (onward_now[node], target_now[node]) if aware[party] else (onward[node], target[node])
            goal_of[party] = goal
            if goal < 0:
                break
            if way >= 0:
                following = twins[way]
                break
            shelter = goal_layer[goal]
            if space[shelter] >= size[party] - 1e-9:
                space[shelter] -= size[party]
                status[party] = 2
                done[party] = now + goal_walk[goal]
                break
            turned[shelter] += size[party]
            if not filled[shelter]:
                filled[shelter] = True
                onward_now[:] = -1
                target_now[:] = -1
                plan(indptr, heads, weights, nodes, goal_node, goal_walk, goal_layer, ~filled, onward_now, target_now)
            aware[party] = True
        if status[party] == 2 or goal_of[party] < 0:
            if goal_of[party] < 0:
                # Nowhere to go from here: it stands at the node and asks again in the next step.
                origin[party], entry[party], status[party], arc_of[party] = node, end, 4, -1
        elif _must_wait(used, room, waiting_first, woken, sharing[following], size[party], item):
            wanted = sharing[following]
            woken[item] = False
            if waiting_first[wanted] < 0:
                waiting_first[wanted] = item
            else:
                waiting_next[waiting_last[wanted]] = item
            waiting_last[wanted] = item
            waiting_next[item] = -1
            continue
        else:
            highest += 1.0
            arc_of[party], ready[party], rank[party] = following, now + free[following], highest
            joined = sharing[following]
            used[joined] += size[party]
            woken[item] = False
            # A large party may have left room for several small ones.
            if waiting_first[joined] >= 0 and used[joined] < room[joined]:
                events = _wake(keys, ranks, items, events, now, joined, waiting_first, waiting_next, woken, rank, first, arcs)
        # It leaves what it was on.
        if arc >= 0:
            first[arc] = behind[party]
            if first[arc] < 0:
                last[arc] = -1
            release[queue] = now + size[party] / capacity[queue]
            used[queue] = max(used[queue] - size[party], 0.0)
            if first[arc] >= 0:
                head = first[arc]
                events = push(keys, ranks, items, events, max(ready[head], release[queue]), rank[head], arc)
            if waiting_first[queue] >= 0:
                events = _wake(keys, ranks, items, events, now, queue, waiting_first, waiting_next, woken, rank, first, arcs)
            if status[party] == 2 or status[party] == 4:
                arc_of[party] = -1
        if status[party] == 1:
            behind[party] = -1
            if first[following] < 0:
                first[following] = party
                events = push(
                    keys, ranks, items, events, max(ready[party], release[sharing[following]]), rank[party], following
                )
            else:
                behind[last[following]] = party
            last[following] = party
    # A queue that has let one go just now keeps the next one waiting in the next step too.
    for arc in range(arcs):
        if first[arc] >= 0:
            ready[first[arc]] = max(ready[first[arc]], release[sharing[arc]])


@kernel
def _must_wait(used, room, waiting_first, woken, queue, size, item):  # type: ignore[no-untyped-def]
    """Whether there is no room, or others have been waiting for it. An empty queue takes any party."""
    if used[queue] > 0.0 and used[queue] + size > room[queue] + 1e-9:
        return True
    return waiting_first[queue] >= 0 and not woken[item]


@kernel
def _wake(keys, ranks, items, events, now, queue, waiting_first, waiting_next, woken, rank, first, arcs):  # type: ignore[no-untyped-def]
    """Let the one who has waited longest try again."""
    freed = waiting_first[queue]
    waiting_first[queue] = waiting_next[freed]
    woken[freed] = True
    who = rank[first[freed]] if freed < arcs else rank[freed - arcs]
    return push(keys, ranks, items, events, now, who, freed)
