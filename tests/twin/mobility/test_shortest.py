"""Shortest times: by hand, and equal to scipy on any graph."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from twin.mobility.graph import directed, graph_of_arrays
from twin.mobility.shortest import nearest, route


@st.composite
def networks(draw):
    """A random network with parallel edges, loops, closed and one-way streets, and some sources."""
    nodes = draw(st.integers(1, 12))
    edges = draw(st.integers(0, 30))
    node = st.integers(0, nodes - 1)
    start = draw(st.lists(node, min_size=edges, max_size=edges))
    end = draw(st.lists(node, min_size=edges, max_size=edges))
    time = draw(st.lists(st.sampled_from([0.5, 1.0, 2.0, 7.25, 100.0, 1e5, np.inf]), min_size=edges, max_size=edges))
    way = draw(st.lists(st.sampled_from(["", "both", "forward", "backward"]), min_size=edges, max_size=edges))
    sources = draw(st.lists(node, min_size=1, max_size=4))
    begin = draw(st.lists(st.sampled_from([0.0, 3.0, 500.0, np.inf]), min_size=len(sources), max_size=len(sources)))
    return graph_of_arrays(nodes, start, end), directed(np.array(time), np.array(way, object)), sources, begin


def reference(graph, weights, sources, begin):
    """Times by scipy, with one more node that stands before all sources."""
    dense = np.full((graph.nodes + 1, graph.nodes + 1), np.inf)
    tails = np.repeat(np.arange(graph.nodes), np.diff(graph.indptr))
    np.minimum.at(dense, (tails, graph.heads), weights)
    np.minimum.at(dense, (np.full(len(sources), graph.nodes), sources), np.array(begin) + 1.0)
    rows, columns = np.nonzero(np.isfinite(dense))
    matrix = csr_array((dense[rows, columns], (rows, columns)), shape=dense.shape)
    return dijkstra(matrix, indices=graph.nodes)[: graph.nodes] - 1.0


@settings(max_examples=300, deadline=None)
@given(networks())
def test_times_equal_those_of_scipy(network):
    graph, times, sources, begin = network
    weights = graph.forward(times)
    reach = nearest(graph.indptr, graph.heads, weights, sources, begin)
    np.testing.assert_allclose(reach.cost, reference(graph, weights, sources, begin), rtol=1e-12)
    # Label and way tell the same story as the time.
    for node in range(graph.nodes):
        if np.isfinite(reach.cost[node]):
            arcs = route(reach.via, graph.indptr, node)
            assert reach.cost[node] == pytest.approx(weights[arcs].sum() + begin[reach.label[node]])
        else:
            assert reach.label[node] == -1


@settings(max_examples=100, deadline=None)
@given(networks())
def test_times_to_a_place_are_those_from_it_with_all_streets_reversed(network):
    graph, times, sources, begin = network
    mirrored = graph_of_arrays(graph.nodes, graph.end, graph.start)
    there = nearest(graph.indptr, graph.heads, graph.backward(times), sources, begin).cost
    assert there.tolist() == nearest(mirrored.indptr, mirrored.heads, mirrored.forward(times), sources, begin).cost.tolist()


def test_unknown_times_are_closed_and_negative_ones_refused():
    graph = graph_of_arrays(3, [0, 1], [1, 2])
    closed = nearest(graph.indptr, graph.heads, graph.forward(directed(np.array([1.0, np.nan]), None)), [0])
    assert closed.cost.tolist() == [0.0, 1.0, np.inf]
    with pytest.raises(ValueError, match="zero or more"):
        nearest(graph.indptr, graph.heads, graph.forward(directed(np.array([1.0, -1.0]), None)), [0])


def test_very_unequal_times_do_not_need_memory_for_every_second():
    graph = graph_of_arrays(3, [0, 1], [1, 2])
    weights = graph.forward(directed(np.array([1e-3, 1e12]), None))
    assert nearest(graph.indptr, graph.heads, weights, [0]).cost.tolist() == [0.0, 1e-3, 1e12 + 1e-3]


def test_nothing_at_all():
    graph = graph_of_arrays(2, [], [])
    assert np.isinf(nearest(graph.indptr, graph.heads, graph.forward(np.zeros(0)), []).cost).all()
