"""Building → nearest road node."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geodata.errors import InputError
from geodata.overlays import NearestNodes, nearest_nodes, usable_nodes

places = st.tuples(st.integers(0, 6), st.integers(0, 6))


@settings(deadline=None)
@given(st.lists(places, max_size=8), st.lists(st.tuples(places, st.booleans()), max_size=20))
def test_against_a_plain_loop(houses: list, nodes: list) -> None:
    shapes = [box(x - 1, y - 1, x + 1, y + 1) for x, y in houses]
    found = nearest_nodes(shapes, [Point(xy) for xy, _ in nodes], usable=np.array([flag for _, flag in nodes], bool))
    for i, (x, y) in enumerate(houses):
        able = [(np.hypot(u - x, v - y), number) for number, ((u, v), flag) in enumerate(nodes) if flag]
        if not able:
            assert found.node[i] == -1
            assert np.isnan(found.distance[i])
        elif sum(distance <= min(able)[0] + 1e-6 for distance, _ in able) <= 8:  # more than eight at once: any of them
            assert (found.distance[i], found.node[i]) == (pytest.approx(min(able)[0]), min(able)[1])


def test_missing_shapes_and_nodes_keep_their_rows() -> None:
    found = nearest_nodes([None, box(0, 0, 2, 2), shapely.Polygon()], [None, Point(1, 5), Point()])
    assert found.node.tolist() == [-1, 1, -1]
    np.testing.assert_allclose(found.distance, [np.nan, 4.0, np.nan])
    assert nearest_nodes([box(0, 0, 1, 1)], []).node.tolist() == [-1]
    assert len(nearest_nodes([], [Point(0, 0)])) == 0


def test_usable_nodes() -> None:
    roads = geopandas.GeoDataFrame(
        {
            "from_node": ["a", "b", "c"],
            "to_node": ["b", "c", "d"],
            "walkers": pd.array([True, False, pd.NA], dtype="boolean"),
        },
        geometry=shapely.linestrings([[[0, 0], [1, 0]]] * 3),
    )
    nodes = geopandas.GeoDataFrame({"id": ["a", "b", "c", "d", "e"]}, geometry=shapely.points(np.zeros((5, 2))))
    assert usable_nodes(roads, nodes).tolist() == [True, True, True, True, False]
    assert usable_nodes(roads, nodes, unknown=False).tolist() == [True, True, False, False, False]


def test_storage() -> None:
    found = nearest_nodes([box(0, 0, 2, 2)], [Point(1, 5)])
    back = NearestNodes.from_arrays(found.to_arrays())
    assert (back.node.tolist(), back.distance.tolist()) == ([0], [4.0])
    with pytest.raises(InputError, match="damaged"):
        NearestNodes.from_arrays({"node": found.node})
    with pytest.raises(ValueError, match="read-only"):
        found.node[0] = 1
