"""The two ends of one stretch of an evacuation: who is on the roads when it begins, and what is remembered when it is over."""

from __future__ import annotations

import numpy as np

from geodata.overlays.kernel import kernel
from twin.mobility.queue import AT_HOME, CAUGHT, KEPT_IN, ON_THE_WAY, STRANDED

FIRST = 1e9
"""Who sets out comes before those who are on the roads already, in the order of the parties."""


@kernel
def begin(  # type: ignore[no-untyped-def]
    start, end, nodes, place, free, limits, depth,
    building, out, barred, order, layer, home, leg,
    status_before, ordered_before, left_before, node_before, slot_before, ready_before, rank_before, shelter_before,
    done_before,
):  # fmt: skip
    """The parties at the start of a stretch, with those who leave their doors before its end.

    Parameters
    ----------
    start, end
        Of the stretch, s.
    nodes
        Of one layer.
    place, free
        Arc of each slot in the first layer; free time of each arc of all layers, s, inf = closed.
    limits, depth
        Depth of water that each layer may pass, m; depth at each building, m, NaN = unknown.
    building, out, barred, order, layer, home, leg
        Of each party: its building, when it wants to set out, from when on it may not, and the start of the order that it
        follows (s, inf = never), how it moves, its node in the layers (−1 = no road near) and the time from its door to
        there, s.
    status_before, …
        Fields of the parties at the end of the step before, as `twin.mobility.variables` declares them.

    Returns
    -------
    status, node, entry, arc, ready, rank, shelter, done as `twin.mobility.crowd.Crowd` has them; when each party left its door
    and the order that it follows, s.
    """
    parties = building.shape[0]
    layers = limits.shape[0]
    arcs = free.shape[0] // layers
    status, node = np.empty(parties, np.int64), np.empty(parties, np.int64)
    arc, shelter = np.empty(parties, np.int64), np.empty(parties, np.int64)
    entry, ready, rank = np.empty(parties), np.empty(parties), np.empty(parties)
    done, left, ordered = np.empty(parties), np.empty(parties), np.empty(parties)
    for party in range(parties):
        now = int(status_before[party])
        left[party], rank[party] = left_before[party], rank_before[party]
        done[party], arc[party], ready[party] = done_before[party], -1, np.inf
        shelter[party] = np.int64(shelter_before[party]) if shelter_before[party] >= 0 else -1
        if now in (AT_HOME, KEPT_IN):
            now = AT_HOME
            node[party], entry[party], ordered[party] = home[party], np.inf, order[party]
            setting_out = max(out[party], start)  # who leaves late because water stood at the door goes when it is gone
            if setting_out < end and setting_out < barred[party]:
                if not depth[building[party]] <= limits[layer[party]]:
                    now = KEPT_IN  # unknown water keeps people in too
                elif home[party] < 0:
                    now = STRANDED
                else:
                    now = ON_THE_WAY
                    left[party] = setting_out
                    entry[party] = left[party] + leg[party]
                    rank[party] = np.float64(party) - FIRST
        else:
            node[party] = np.int64(node_before[party]) if node_before[party] >= 0 else -1
            entry[party], ordered[party] = ready_before[party], ordered_before[party]
            if now == ON_THE_WAY and slot_before[party] >= 0:
                own = node[party] // nodes if node[party] > 0 else 0
                on = own * arcs + place[np.int64(slot_before[party])]
                ready[party] = ready_before[party]
                if np.isfinite(free[on]):
                    arc[party] = on
                else:
                    now = CAUGHT
        if now == STRANDED:
            # It asks again in every step.
            entry[party] = start
            if node[party] >= 0:
                now = ON_THE_WAY
        if now == CAUGHT and np.isinf(done[party]):
            done[party] = start
        status[party] = now
    return status, node, entry, arc, ready, rank, shelter, done, left, ordered


@kernel
def remember(status, node, entry, arc, ready, shelter, slots, slot_before):  # type: ignore[no-untyped-def]
    """Fields of the parties at the end of a stretch: status, node, slot, ready, shelter; see `begin`. Who is caught stays."""
    parties = status.shape[0]
    code = np.empty(parties, np.uint8)
    at, slot, moment, inside = np.empty(parties), np.empty(parties), np.empty(parties), np.empty(parties)
    for party in range(parties):
        code[party] = status[party]
        at[party] = node[party] if node[party] >= 0 else -np.inf
        inside[party] = shelter[party] if shelter[party] >= 0 else -np.inf
        slot[party], moment[party] = -np.inf, entry[party]
        if arc[party] >= 0:
            slot[party], moment[party] = slots[arc[party]], ready[party]
        if status[party] == CAUGHT:
            slot[party] = slot_before[party] if slot_before[party] >= 0 else -np.inf
    return code, at, slot, moment, inside


@kernel
def count(status, node, slot, shelter, people, nodes, car, roads, shelters):  # type: ignore[no-untyped-def]
    """People in each shelter; on each road: on their way, of these against its line, of these by car; and caught there.

    Parameters
    ----------
    status, node, slot, shelter
        Fields of the parties.
    people
        In each party.
    nodes, car
        Nodes of a layer, and the layer of cars.
    roads, shelters
        How many there are.
    """
    inside, moving = np.zeros(shelters), np.zeros(roads)
    against, driving, caught = np.zeros(roads), np.zeros(roads), np.zeros(roads)
    for party in range(status.shape[0]):
        if shelter[party] >= 0:
            inside[np.int64(shelter[party])] += people[party]
        if slot[party] >= 0:
            edge = np.int64(slot[party]) // 2
            if status[party] == ON_THE_WAY:
                moving[edge] += people[party]
                if np.int64(slot[party]) % 2 == 1:
                    against[edge] += people[party]
                if node[party] > 0 and np.int64(node[party]) // nodes == car:
                    driving[edge] += people[party]
            elif status[party] == CAUGHT:
                caught[edge] += people[party]
    return inside, moving, against, driving, caught
