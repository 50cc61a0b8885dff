"""User equilibrium against published optima: Sioux Falls and Braess."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from sioux_falls import KNOWN_FLOWS, PUBLISHED_OBJECTIVE, TOTAL_TRIPS, links, trips

from twin.mobility.assignment import Links, assign, gravity, link_time


def network():
    tail, head, capacity, free = links()
    return Links(np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=24))]), head.astype(np.int32), free, capacity)


def test_the_network_is_the_published_one():
    tail, _, _, _ = links()
    origin, destination, amount = trips()
    assert len(tail) == 76
    assert amount.sum() == TOTAL_TRIPS
    assert (origin != destination).all()


def test_sioux_falls_reaches_the_published_optimum():
    found = assign(network(), *trips(), gap=1e-6, most=2000)
    assert found.gap <= 1e-6
    assert found.objective == pytest.approx(PUBLISHED_OBJECTIVE, rel=1e-6)
    assert found.objective >= PUBLISHED_OBJECTIVE * (1 - 1e-12), "nothing lies below the optimum"
    assert found.unserved == 0
    tail, head, _, _ = links()
    flows = {(a + 1, b + 1): flow for a, b, flow in zip(tail, head, found.flow, strict=True)}
    for link, flow in KNOWN_FLOWS.items():
        assert flows[link] == pytest.approx(flow, rel=2e-3), link


def test_flow_is_conserved_at_every_node():
    found = assign(network(), *trips(), gap=1e-3)
    tail, head, _, _ = links()
    origin, destination, amount = trips()
    out, come = np.bincount(tail, found.flow, 24), np.bincount(head, found.flow, 24)
    made, drawn = np.bincount(origin, amount, 24), np.bincount(destination, amount, 24)
    assert out - come == pytest.approx(made - drawn, abs=1e-6)


def test_a_closed_link_takes_longer_for_all_and_what_is_cut_off_is_told():
    whole = assign(network(), *trips(), gap=1e-4)
    tail, head, _, _ = links()
    net = network()
    shut = net.free.copy()
    shut[((tail == 9) & (head == 14)) | ((tail == 14) & (head == 9))] = np.inf
    found = assign(net._replace(free=shut), *trips(), gap=1e-4)
    open_too = np.isfinite(found.time)
    assert (found.flow[open_too] @ found.time[open_too]) > (whole.flow @ whole.time)
    assert (found.flow[~open_too] == 0).all()
    alone = net.free.copy()
    alone[(tail == 0) | (head == 0)] = np.inf
    origin, destination, amount = trips()
    cut = assign(net._replace(free=alone), origin, destination, amount, gap=1e-3)
    assert cut.unserved == amount[(origin == 0) | (destination == 0)].sum()


def test_two_roads_in_closed_form():
    # 10 (1 + 0.15 (x/100)^4) = 12 (1 + 0.15 ((300 − x)/200)^4), solved by bisection here.
    low, high = 0.0, 300.0
    for _ in range(100):
        x = (low + high) / 2
        low, high = (x, high) if 10 * (1 + 0.15 * (x / 100) ** 4) < 12 * (1 + 0.15 * ((300 - x) / 200) ** 4) else (low, x)
    net = Links(np.array([0, 2, 2]), np.array([1, 1], np.int32), np.array([10.0, 12.0]), np.array([100.0, 200.0]))
    found = assign(net, np.array([0]), np.array([1]), np.array([300.0]), gap=1e-10)
    assert found.flow[0] == pytest.approx(x, rel=1e-4)
    assert link_time(net, found.flow)[0] == pytest.approx(link_time(net, found.flow)[1], rel=1e-4)


def test_gravity_keeps_what_zones_make_and_draw():
    random = np.random.default_rng(3)
    made, drawn, time = random.uniform(1, 9, 6), random.uniform(1, 9, 6), random.uniform(60, 1800, (6, 6))
    found = gravity(made, drawn, time, decay=600.0, rounds=500)
    assert found.sum(axis=1) == pytest.approx(made)
    assert found.sum(axis=0) == pytest.approx(drawn * made.sum() / drawn.sum(), rel=1e-6)
    time[0, :] = np.inf
    assert gravity(made, drawn, time, decay=600.0)[0].sum() == 0
