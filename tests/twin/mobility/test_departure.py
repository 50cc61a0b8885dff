"""Time left: by hand, and equal to brute force over every minute of departure, reopening roads included."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.hooks.minutes_left import leaving
from twin.mobility.departure import latest_departure, time_left
from twin.mobility.graph import Doors, directed, graph_of_arrays
from twin.mobility.windows import deadlines, first_closing

MINUTE = 60.0


class Roads:
    """A network that is nothing but its graph."""

    def __init__(self, graph):
        self.graph = graph


def left_in_minutes(
    graph, slot_times, times, roads, shelters, houses, doors, *, preparation=0.0, late=False, at=(0, 0.0), home_leg=0.0
):
    """Time left at every output, min, from states at outputs given as booleans [outputs, elements]."""
    states = np.concatenate([np.asarray(roads, bool), np.asarray(shelters, bool)], axis=1)
    goal, distance = at
    places = Doors(np.asarray(goal).reshape(-1), np.full(np.size(goal), distance))
    homes = Doors(np.asarray(houses), np.full(len(houses), home_leg))
    moments = np.asarray(times, float)
    leaves = leaving(Roads(graph), moments, slot_times, states.__getitem__, places, pace=1.0, late=late)
    doors_open = deadlines(np.asarray(doors, bool).__getitem__, moments, late=late)
    values = time_left(moments, leaves.latest, homes, homes.distance, doors_open, preparation=preparation)
    return values / MINUTE


def one_road(closed, *, end=720, every=60, **options):
    """A road of 10 min from a house at node 0 to a shelter at node 1, closed at some outputs (minutes)."""
    graph = graph_of_arrays(2, [0], [1])
    minutes = np.arange(0, end + 1, every)
    roads = [[minute not in closed] for minute in minutes]
    ones = np.ones((len(minutes), 1))
    slots = directed(np.array([10 * MINUTE]), None)
    return left_in_minutes(graph, slots, minutes * MINUTE, roads, ones, [0], ones, at=(1, 0.0), **options)


def test_a_road_shut_from_60_to_300_leaves_50_not_710():
    # Known to be open at minute 60 (the last open output), shut from 120 to 240, open again at 300.
    left = one_road({120, 180, 240})
    assert left[:, 0].tolist()[:2] == [50.0, -np.inf]
    assert np.isneginf(left[2:5, 0]).all()
    assert np.isposinf(left[5:, 0]).all(), "open again, and not closed within this run"


def test_the_upper_end_rounds_the_other_way():
    assert one_road({120, 180, 240}, late=True)[0, 0] == 110.0


def test_preparation_and_the_way_to_the_road_count():
    assert one_road({120, 180, 240}, preparation=15 * MINUTE)[0, 0] == 35.0
    assert one_road({120, 180, 240}, home_leg=2 * MINUTE)[0, 0] == 48.0
    # Ready only after the road has closed.
    assert np.isneginf(one_road({120, 180, 240}, preparation=51 * MINUTE)[0, 0])
    # Ready when it is open again.
    assert np.isposinf(one_road({120, 180, 240}, preparation=300 * MINUTE)[0, 0])


def test_past_the_end_of_the_run_nothing_is_said():
    assert np.isposinf(one_road(set())).all()
    assert np.isneginf(one_road(set(range(0, 721, 60)))).all()


def test_the_shelter_floods_and_opens_in_its_own_time():
    graph, slots = graph_of_arrays(2, [0], [1]), directed(np.array([10 * MINUTE]), None)
    times = np.array([0, 60, 120, 180]) * MINUTE
    ones = np.ones((4, 1))
    floods = [[1], [1], [0], [0]]
    left = left_in_minutes(graph, slots, times, ones, floods, [0], ones, at=(1, 2 * MINUTE))
    assert left[0, 0] == 48.0
    opens = [[0], [1], [1], [1]]
    left = left_in_minutes(graph, slots, times, ones, opens, [0], ones, at=(1, 0.0))
    assert left[:, 0].tolist() == [-np.inf, np.inf, np.inf, np.inf]


def test_the_own_door_under_water_ends_the_window():
    graph, slots = graph_of_arrays(2, [0], [1]), directed(np.array([10 * MINUTE]), None)
    times = np.array([0, 60, 120]) * MINUTE
    ones = np.ones((3, 1))
    left = left_in_minutes(graph, slots, times, ones, ones, [0], [[1], [1], [0]], at=(1, 0.0))
    assert left[:, 0].tolist() == [60.0, 0.0, -np.inf]


def test_a_second_way_that_opens_in_time_goes_on_with_the_window():
    # Way one (edge 0, 10 min) closes at 60; way two (edge 1, 30 min) is shut at 0, open from 40 on.
    graph = graph_of_arrays(2, [0, 0], [1, 1])
    slots = directed(np.array([10.0, 30.0]) * MINUTE, None)
    minutes = [0, 20, 40, 60, 80]
    roads = [[1, 0], [1, 0], [1, 1], [1, 1], [0, 1]]
    ones = np.ones((5, 1))
    left = left_in_minutes(graph, slots, np.array(minutes) * MINUTE, roads, ones, [0], ones, at=(1, 0.0))
    assert np.isposinf(left).all()
    roads = [[1, 0], [1, 0], [1, 0], [1, 1], [0, 1]]  # open again at 60 only: 50 to 60 is a hole
    left = left_in_minutes(graph, slots, np.array(minutes) * MINUTE, roads, ones, [0], ones, at=(1, 0.0))
    assert left[:, 0].tolist() == [50.0, 30.0, 10.0, np.inf, np.inf]


def test_a_way_around_beats_a_short_way_that_closes():
    graph = graph_of_arrays(3, [0, 0, 1], [2, 1, 2])
    slots = directed(np.array([5.0, 20.0, 20.0]) * MINUTE, None)
    latest, _ = latest_departure(
        graph, slots, np.array([1800.0, np.inf, np.inf]), np.array([2]), np.array([np.inf]), end=7200.0
    )
    assert np.isposinf(latest).all()
    latest, _ = latest_departure(
        graph, slots, np.array([1800.0, 3600.0, 6000.0]), np.array([2]), np.array([np.inf]), end=7200.0
    )
    assert latest.tolist() == [2400.0, 4800.0, np.inf]


def arrives(graph, slot_times, times, states, goals, goal_walk, home, leg, door, departure, late, side):
    """Whether setting out at a moment arrives: Dijkstra forward in time, by the definition alone.

    The upper end lets roads close just before the output that shows them closed: there the moment before counts.
    """
    number = max(int(np.searchsorted(times, departure, side=side)) - 1, 0)

    def until(column):
        """Moment until which something stays open for those who set out now; None when it is not counted on."""
        start = number
        if not column[start]:
            if not late or start + 1 >= len(times) or not column[start + 1]:
                return None
            start += 1
        while start + 1 < len(times) and column[start + 1]:
            start += 1
        if start + 1 == len(times):
            return np.inf
        return times[start + 1] if late else times[start]

    door_until = until(door)
    if door_until is None or departure > door_until:
        return False
    best = {home: departure + leg}
    queue = [(departure + leg, home)]
    edges = len(graph.start)
    while queue:
        now, node = heapq.heappop(queue)
        if now > best[node]:
            continue
        for number_of_goal, goal in enumerate(goals):
            closes = until(states[:, edges + number_of_goal])
            if node == goal and closes is not None and now + goal_walk <= closes:
                return True
        for arc in range(graph.indptr[node], graph.indptr[node + 1]):
            slot = graph.slots[arc]
            closes = until(states[:, slot // 2])
            arrival = now + slot_times[slot]
            if closes is not None and arrival <= closes and arrival < best.get(int(graph.heads[arc]), np.inf):
                best[int(graph.heads[arc])] = arrival
                heapq.heappush(queue, (arrival, int(graph.heads[arc])))
    return False


@st.composite
def floods(draw):
    nodes = draw(st.integers(2, 6))
    edges = draw(st.integers(1, 9))
    outputs = draw(st.integers(1, 6))
    node = st.integers(0, nodes - 1)
    graph = graph_of_arrays(
        nodes, draw(st.lists(node, min_size=edges, max_size=edges)), draw(st.lists(node, min_size=edges, max_size=edges))
    )
    minutes = draw(st.lists(st.integers(1, 9), min_size=edges, max_size=edges))
    ways = draw(st.lists(st.sampled_from(["", "forward"]), min_size=edges, max_size=edges))
    slots = directed(np.array(minutes) * MINUTE, np.array(ways, object))
    gaps = draw(st.lists(st.integers(2, 15), min_size=outputs - 1, max_size=outputs - 1))
    times = np.concatenate([[0], np.cumsum(gaps)]) * MINUTE if outputs > 1 else np.zeros(1)
    goals = draw(st.lists(node, min_size=1, max_size=2))
    column = st.lists(st.sampled_from([True, True, True, False]), min_size=outputs, max_size=outputs)
    states = np.array([draw(column) for _ in range(edges + len(goals))], bool).T
    doors = np.array([draw(column) for _ in range(nodes)], bool).T
    return graph, slots, times, states, goals, doors


def test_nobody_enters_a_shelter_at_the_moment_that_shows_it_closed():
    """Found by search: at the upper end, from a home in the very door of the shelter."""
    graph = graph_of_arrays(2, [0], [0])
    slots, moments = directed(np.array([MINUTE]), None), np.array([0.0, 2.0, 4.0]) * MINUTE
    roads, shelter, doors = np.ones((3, 1)), [[1], [1], [0]], np.ones((3, 1))
    left = left_in_minutes(graph, slots, moments, roads, shelter, [0], doors, late=True)
    assert left[:, 0].tolist() == [4.0, 2.0, -np.inf]


@settings(max_examples=300, deadline=None)
@given(floods(), st.booleans(), st.integers(0, 6), st.integers(0, 2), st.integers(0, 2))
def test_time_left_equals_brute_force_over_every_minute(flood, late, preparation, leg, goal_walk):
    graph, slots, times, states, goals, doors = flood
    homes = np.arange(graph.nodes)
    edges = len(graph.start)
    left = left_in_minutes(
        graph,
        slots,
        times,
        states[:, :edges],
        states[:, edges:],
        homes,
        doors,
        preparation=preparation * MINUTE,
        late=late,
        at=(np.array(goals), goal_walk * MINUTE),
        home_leg=leg * MINUTE,
    )
    end = int(times[-1] / MINUTE)
    for home in homes:
        for number, now in enumerate(times / MINUTE):
            minute = int(now) + preparation
            first = minute

            def goes(minute: float, side: str, home: int = int(home)) -> bool:
                return arrives(
                    graph, slots, times, states, goals, goal_walk * MINUTE, home, leg * MINUTE, doors[:, home], minute * MINUTE,
                    late, side,
                )  # fmt: skip

            # All times are whole minutes: half a minute before each tells of a gap that opens and shuts between two of them.
            while (
                minute <= max(end, first) + 1
                and (minute == first or goes(minute - 0.5, "right"))
                and goes(minute, "left" if late and minute > first else "right")
            ):
                minute += 1
            expected = -np.inf if minute == first else np.inf if minute > max(end, first) + 1 else minute - 1.0 - first
            assert left[number, home] == expected, (home, now)


def test_first_closing_rounds_down():
    states = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1]], bool)
    closed, opened = first_closing(states.__getitem__, np.array([0.0, 10.0, 20.0, 30.0]))
    assert closed.tolist() == [10.0, 0.0, 0.0]
    assert opened.tolist() == [30.0, 20.0, 30.0]
    assert [d.opened for d in deadlines(states.__getitem__, np.array([0.0, 10.0, 20.0, 30.0]))] == [True, True, False, True]
