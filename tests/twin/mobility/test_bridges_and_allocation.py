"""Single points of failure and plans for shelters, against brute force and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.errors import InputError
from twin.mobility.allocation import allocate, to_the_nearest
from twin.mobility.bridges import people_dependent
from twin.mobility.graph import graph_of_arrays


@st.composite
def towns(draw):
    nodes = draw(st.integers(1, 9))
    edges = draw(st.integers(0, 14))
    node = st.integers(0, nodes - 1)
    listed = lambda values, size: draw(st.lists(values, min_size=size, max_size=size))  # noqa: E731
    return (
        graph_of_arrays(nodes, listed(node, edges), listed(node, edges)),
        np.array(listed(st.booleans(), edges), bool),
        np.array(listed(st.integers(0, 9), nodes), float),
        np.array(listed(st.sampled_from([0, 0, 0, 1]), nodes), np.int64),
    )


def without(graph, usable, people, shelters):
    """People in components without a shelter."""
    start, end = graph.start[usable], graph.end[usable]
    _, label = connected_components(coo_array((np.ones(len(start)), (start, end)), shape=(graph.nodes,) * 2), directed=False)
    has = np.bincount(label, shelters) > 0
    return people[~has[label]].sum()


@settings(max_examples=200, deadline=None)
@given(towns())
def test_dependence_equals_taking_each_edge_away(town):
    graph, usable, people, shelters = town
    found = people_dependent(graph, usable, people, shelters)
    whole = without(graph, usable, people, shelters)
    for edge in range(graph.edges):
        taken = usable.copy()
        taken[edge] = False
        assert found[edge] == without(graph, taken, people, shelters) - whole


@st.composite
def plans(draw):
    homes, shelters = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    people = np.array(draw(st.lists(st.integers(0, 8), min_size=homes, max_size=homes)), float)
    capacity = np.array(draw(st.lists(st.sampled_from([0.0, 3.0, 10.0, np.inf]), min_size=shelters, max_size=shelters)))
    home, shelter = (each.ravel() for each in np.meshgrid(range(homes), range(shelters), indexing="ij"))
    times = draw(st.lists(st.sampled_from([10.0, 60.0, 300.0, np.inf]), min_size=len(home), max_size=len(home)))
    return home, shelter, np.array(times), people, capacity


@settings(max_examples=150, deadline=None)
@given(plans())
def test_plans_are_optimal_and_respect_room(plan):
    home, shelter, time, people, capacity = plan
    best, nearest = allocate(*plan), to_the_nearest(*plan)
    for found in (best, nearest):
        assert np.bincount(home, found.people, len(people)) + found.left_over == pytest.approx(people)
        assert (np.bincount(shelter, found.people, len(capacity)) <= capacity + 1e-9).all()
    # The same as a linear programme: as many as possible first, then least time.
    used = np.isfinite(time)
    cost = np.where(used, time - 10_000.0, 1.0)
    rows = np.concatenate([home[None] == np.arange(len(people))[:, None], shelter[None] == np.arange(len(capacity))[:, None]])
    limit = np.concatenate([people, np.where(np.isinf(capacity), people.sum(), capacity)])
    exact = linprog(cost, A_ub=rows.astype(float), b_ub=limit, bounds=[(0, None if ok else 0) for ok in used])
    assert best.people[used] @ cost[used] == pytest.approx(exact.fun, abs=1e-6)
    if best.left_over.sum() == pytest.approx(nearest.left_over.sum()):
        assert best.person_seconds <= nearest.person_seconds + 1e-6


def test_nonsense_is_refused():
    with pytest.raises(InputError, match="not there"):
        allocate(np.array([3]), np.array([0]), np.array([1.0]), np.array([1.0]), np.array([1.0]))
    with pytest.raises(InputError, match="must be known"):
        allocate(np.array([0]), np.array([0]), np.array([1.0]), np.array([np.nan]), np.array([1.0]))
