"""Clearance beside UXsim, an independent simulator of traffic, on one small network.

Two roads of 1,000 m merge at b into one of 500 m; all free speeds 10 m/s, 7.5 m per standing car; 0.4 vehicles a second enter
each of the two for 600 s; b lets 0.25 a second through. UXsim 1.15.1, in an environment of its own (``World(deltan=1)``,
``addNode("b", …, flow_capacity=0.25)``), gave the arrivals below, s.
"""

from __future__ import annotations

import numpy as np
import pytest

from twin.mobility.crowd import Entrances, Ways, advance, new_crowd
from twin.mobility.graph import directed, graph_of_arrays
from twin.mobility.layers import stack_layers

UXSIM_FIRST, UXSIM_LAST = 152.0, 2067.0
UXSIM_ARRIVALS = {50: 351.0, 100: 551.0, 200: 951.0, 300: 1351.0, 400: 1751.0}
VEHICLES = 480


def test_a_merge_into_a_bottleneck_clears_as_in_uxsim():
    graph = graph_of_arrays(4, [0, 3, 1], [1, 1, 2])
    layers = stack_layers(graph, 1)
    times = directed(np.array([100.0, 100.0, 50.0]), np.array(["forward"] * 3, object))
    # The road behind the merge passes 0.25 a second; when it is full, the two before it hold the queue.
    flow, room = np.repeat([0.5, 0.5, 0.25], 2), np.repeat(np.array([1000.0, 1000.0, 500.0]) / 7.5, 2)
    ways = Ways(layers, times[layers.slots], layers.slots, flow, room)
    enter = np.arange(VEHICLES // 2) / 0.4
    crowd = new_crowd(np.ones(VEHICLES), np.repeat([0, 3], VEHICLES // 2), np.concatenate([enter, enter]))
    goal = Entrances(np.array([2]), np.zeros(1), np.zeros(1, np.int64))
    advance(ways, goal, np.array([np.inf]), crowd, start=0.0, end=4000.0)
    done = np.sort(crowd.done)
    assert np.isfinite(done).all()
    assert done[0] == pytest.approx(UXSIM_FIRST, abs=5)
    assert done[-1] == pytest.approx(UXSIM_LAST, rel=0.01)
    for number, arrival in UXSIM_ARRIVALS.items():
        assert done[number] == pytest.approx(arrival, rel=0.02)
