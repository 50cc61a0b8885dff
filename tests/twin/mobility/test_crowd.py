"""Queues solved by hand: free flow, a bottleneck, a merge, spillback, full shelters; people conserved on any network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.mobility.crowd import Crowd, Entrances, Ways, advance, new_crowd
from twin.mobility.graph import directed, graph_of_arrays
from twin.mobility.layers import stack_layers
from twin.mobility.queue import ARRIVED, AT_HOME, ON_THE_WAY, STRANDED


def ways(nodes, start, end, times, flow=10.0, room=1e9, oneway=None):
    """One layer; each direction of each edge has a queue of its own."""
    graph = graph_of_arrays(nodes, start, end)
    layers = stack_layers(graph, 1)
    flows, rooms = (np.repeat(np.broadcast_to(np.asarray(v, float), (len(start),)), 2) for v in (flow, room))
    slots = directed(np.asarray(times, float), oneway)
    return Ways(layers, slots[layers.slots], layers.slots.astype(np.int64), flows, rooms)


def at(*nodes, walk=0.0):
    return Entrances(np.array(nodes, np.int64), np.full(len(nodes), walk), np.arange(len(nodes)))


def parties(node, entry, people=1.0):
    return new_crowd(np.full(len(entry), people), np.broadcast_to(node, (len(entry),)), np.array(entry, float))


def test_free_flow_takes_the_free_time_and_the_way_to_the_door():
    crowd = parties(0, [0.0, 100.0])
    advance(ways(3, [0, 1], [1, 2], [30, 20]), at(2, walk=5.0), np.array([np.inf]), crowd, start=0, end=1000)
    assert crowd.done.tolist() == [55.0, 155.0]
    assert crowd.status.tolist() == [ARRIVED, ARRIVED]


def test_a_bottleneck_lets_so_many_a_second_through():
    # 100 people at once over a road that passes one in 2 s: the first after 10 s, the last 198 s later.
    crowd = parties(0, [0.0] * 100)
    advance(ways(2, [0], [1], [10], flow=0.5), at(1), np.array([np.inf]), crowd, start=0, end=1000)
    assert sorted(crowd.done) == pytest.approx(10.0 + 2.0 * np.arange(100))


def test_a_merge_shares_the_bottleneck_evenly():
    # Two roads, 50 people each, into one road that holds 1 and passes one in 2 s: they take turns.
    net = ways(4, [0, 1, 2], [2, 2, 3], [10, 10, 10], flow=[10, 10, 0.5], room=[1e9, 1e9, 1])
    crowd = new_crowd(np.ones(100), np.repeat([0, 1], 50), np.zeros(100))
    advance(net, at(3), np.array([np.inf]), crowd, start=0, end=10_000)
    order = (np.argsort(crowd.done, kind="stable") >= 50).astype(int)
    assert all(abs(order[:count].sum() - count / 2) <= 1 for count in range(1, 101))
    # The road takes the next one only when the one before has gone: 10 s each.
    assert crowd.done.max() == pytest.approx(10 + 10 * 100)


def test_spillback_holds_the_road_behind():
    # Road 1 holds 5 and passes one in 10 s: road 0 can discharge only as fast, once road 1 is full.
    net = ways(3, [0, 1], [1, 2], [10, 10], flow=[1.0, 0.1], room=[1e9, 5])
    crowd = parties(0, [0.0] * 20)
    turned = advance(net, at(2), np.array([np.inf]), crowd, start=0, end=10_000)
    assert sorted(crowd.done) == pytest.approx(20.0 + 10.0 * np.arange(20))
    # Halfway: 5 stand on road 1, the others on road 0, none has vanished.
    half = parties(0, [0.0] * 20)
    advance(net, at(2), np.array([np.inf]), half, start=0, end=65)
    on = [int((half.arc == arc).sum()) for arc in np.flatnonzero(np.isin(net.layers.slots, (0, 2)))]
    assert sorted(on) == [5, 10]
    assert (half.status == ARRIVED).sum() == 5
    assert turned.tolist() == [0.0]


def test_spillback_reaches_those_who_only_cross():
    # Node 1: some go on to 2 (a road that is full), others to 3. Those for 3 stand behind those for 2: first in, first out.
    net = ways(4, [0, 1, 1], [1, 2, 3], [10, 1000, 10], flow=[10, 10, 10], room=[1e9, 1, 1e9], oneway=np.array(["forward"] * 3))
    crowd = parties(0, [0.0, 1.0, 2.0])
    advance(net, at(2), np.array([np.inf]), crowd, start=0, end=5000)
    assert sorted(crowd.done) == pytest.approx([1010, 2010, 3010])


def test_cutting_the_run_into_stretches_changes_little():
    net = ways(3, [0, 1], [1, 2], [10, 10], flow=[1.0, 0.1], room=[1e9, 5])
    whole, pieces = parties(0, np.arange(20.0)), parties(0, np.arange(20.0))
    advance(net, at(2), np.array([np.inf]), whole, start=0, end=1000)
    for start in range(0, 1000, 37):
        advance(net, at(2), np.array([np.inf]), pieces, start=start, end=start + 37)
    assert sorted(pieces.done) == pytest.approx(sorted(whole.done))


def test_a_full_shelter_turns_people_to_the_next():
    # Shelter A (node 1) takes 3, B (node 2) is 100 s further.
    space = np.array([3.0, np.inf])
    crowd = parties(0, [0.0, 1.0, 2.0, 3.0, 4.0])
    turned = advance(ways(3, [0, 1], [1, 2], [10, 100]), at(1, 2), space, crowd, start=0, end=1000)
    assert crowd.shelter.tolist() == [0, 0, 0, 1, 1]
    assert crowd.done.tolist() == [10, 11, 12, 113, 114]
    assert turned.tolist() == [2.0, 0.0]
    assert space[0] == 0.0


def test_with_no_room_anywhere_people_are_stranded_not_lost():
    crowd = parties(0, [0.0, 1.0])
    advance(ways(2, [0], [1], [10]), at(1), np.array([1.0]), crowd, start=0, end=1000)
    assert crowd.status.tolist() == [ARRIVED, STRANDED]
    assert crowd.node.tolist()[1] == 1


def test_those_who_are_not_due_stay_at_home():
    crowd = parties(0, [50.0, np.inf])
    advance(ways(2, [0], [1], [10]), at(1), np.array([np.inf]), crowd, start=0, end=40)
    assert crowd.status.tolist() == [AT_HOME, AT_HOME]
    advance(ways(2, [0], [1], [10]), at(1), np.array([np.inf]), crowd, start=40, end=55)
    assert crowd.status.tolist() == [ON_THE_WAY, AT_HOME]


@st.composite
def evacuations(draw):
    nodes = draw(st.integers(2, 7))
    edges = draw(st.integers(1, 12))
    node = st.integers(0, nodes - 1)
    listed = lambda values: draw(st.lists(values, min_size=edges, max_size=edges))  # noqa: E731
    net = ways(
        nodes,
        listed(node),
        listed(node),
        listed(st.sampled_from([1.0, 5.0, 30.0, np.inf])),
        flow=listed(st.sampled_from([0.05, 0.5, 3.0])),
        room=listed(st.sampled_from([1.0, 3.0, 50.0])),
    )
    goals = draw(st.lists(node, min_size=1, max_size=3))
    space = draw(st.lists(st.sampled_from([0.0, 2.0, 10.0, np.inf]), min_size=len(goals), max_size=len(goals)))
    count = draw(st.integers(0, 25))
    people = draw(st.lists(st.sampled_from([1.0, 2.5, 4.0]), min_size=count, max_size=count))
    homes = draw(st.lists(node, min_size=count, max_size=count))
    entry = draw(st.lists(st.sampled_from([0.0, 3.0, 50.0, np.inf]), min_size=count, max_size=count))
    return net, at(*goals, walk=2.0), np.array(space), new_crowd(np.array(people), np.array(homes, np.int64), np.array(entry))


@settings(max_examples=200, deadline=None)
@given(evacuations())
def test_people_are_conserved_and_shelters_never_overfull(evacuation):
    net, goals, space, crowd = evacuation
    capacity, total = space.copy(), crowd.people.sum()
    for start in range(0, 600, 60):
        advance(net, goals, space, crowd, start=start, end=start + 60)
        assert crowd.people.sum() == total
        inside = np.bincount(crowd.shelter[crowd.shelter >= 0], crowd.people[crowd.shelter >= 0], len(space))
        assert (inside <= capacity + 1e-9).all()
        assert ((crowd.status == ARRIVED) == (crowd.shelter >= 0)).all()
        assert ((crowd.arc >= 0) <= (crowd.status == ON_THE_WAY)).all()


def test_the_same_again_gives_the_same():
    def once() -> Crowd:
        net = ways(4, [0, 1, 2, 0], [1, 2, 3, 3], [10, 20, 5, 70], flow=0.2, room=8)
        crowd = parties(0, np.arange(60.0))
        advance(net, at(3, 2), np.array([20.0, 30.0]), crowd, start=0, end=900)
        return crowd

    assert once().done.tobytes() == once().done.tobytes()
