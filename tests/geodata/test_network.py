"""From lines to a network: junctions, levels, ids, components; against shapely's own noding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import geopandas.testing
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point

from geodata.errors import InputError
from geodata.network import build_network
from geodata.report import ImportReport
from geodata.tables.roads import NODES, ROADS

CRS = "EPSG:6677"


def table(lines: list, **columns: Any) -> geopandas.GeoDataFrame:
    ids = [chr(ord("a") + number) for number in range(len(lines))]
    return geopandas.GeoDataFrame({"id": ids, **columns}, geometry=lines, crs=CRS)


def build(lines: list, **columns: Any) -> tuple[geopandas.GeoDataFrame, geopandas.GeoDataFrame, ImportReport]:
    report = ImportReport()
    roads, nodes = build_network(table(lines, **columns), report=report)
    ROADS.check(roads)
    NODES.check(nodes)
    assert set(roads["from_node"]) | set(roads["to_node"]) == set(nodes["id"])
    where = dict(zip(nodes["id"], nodes.geometry, strict=True))
    for line, start, stop in zip(roads.geometry, roads["from_node"], roads["to_node"], strict=True):
        assert line.coords[0][:2] == where[start].coords[0]
        assert line.coords[-1][:2] == where[stop].coords[0]
    return roads, nodes, report


def said(report: ImportReport, deed: str, layer: str = "roads") -> dict[str, int]:
    return {line.text: line.count for line in report.lines if (line.deed, line.layer) == (deed, layer)}


def wkt(roads: geopandas.GeoDataFrame) -> dict[str, str]:
    return {name: line.wkt for name, line in zip(roads["id"], roads.geometry, strict=True)}


def test_a_crossing_is_a_node() -> None:
    roads, nodes, report = build([LineString([(0, 0), (10, 0)]), LineString([(4, -5), (4, 5)])], name=["High St", "Mill Ln"])
    assert wkt(roads) == {
        "a#1": "LINESTRING (0 0, 4 0)",
        "a#2": "LINESTRING (4 0, 10 0)",
        "b#1": "LINESTRING (4 -5, 4 0)",
        "b#2": "LINESTRING (4 0, 4 5)",
    }
    assert roads["name"].tolist() == ["High St", "High St", "Mill Ln", "Mill Ln"]
    assert nodes["degree"].tolist() == [1, 1, 4, 1, 1]  # west to east, south to north
    assert said(report, "noted") == {"road cut where others meet it": 2}
    assert said(report, "noted", "nodes") == {"dead end": 4}


def test_a_road_under_a_bridge_is_not_joined_but_its_ends_are() -> None:
    lines = [
        LineString([(0, 0), (10, 0)]),
        LineString([(10, 0), (20, 0)]),  # the bridge
        LineString([(20, 0), (30, 0)]),
        LineString([(15, -5), (15, 5)]),  # passes under it
        LineString([(15, -5), (25, -5), (25, 0)]),
    ]
    roads, nodes, _ = build(lines, bridge=pd.array([None, True, False, None, None], dtype="boolean"))
    assert roads["id"].tolist() == ["a", "b", "c#1", "c#2", "d", "e"]
    assert nodes["component"].unique().tolist() == [0]
    assert roads["bridge"].fillna(False).tolist() == [False, True, False, False, False, False]


@pytest.mark.parametrize(
    ("columns", "edges"),
    [
        ({"level": [0, 1]}, 2),
        ({"level": [1, 1]}, 4),
        ({"level": [None, 0]}, 4),
        ({"tunnel": [True, False]}, 2),
        ({"tunnel": [True, True]}, 4),
        ({"bridge": [True, None]}, 2),
    ],
)
def test_levels(columns: dict[str, list], edges: int) -> None:
    roads, _, _ = build([LineString([(0, 0), (10, 0)]), LineString([(5, -5), (5, 5)])], **columns)
    assert len(roads) == edges


def test_an_end_on_another_line_cuts_it() -> None:
    roads, nodes, _ = build([LineString([(0, 0), (10, 0)]), LineString([(3, 0.006), (3, 5)])])
    assert roads["id"].tolist() == ["a#1", "a#2", "b"]
    assert nodes["degree"].tolist() == [1, 3, 1, 1]


def test_an_end_on_a_line_of_another_level_is_reported() -> None:
    roads, _, report = build([LineString([(0, 0), (10, 0)]), LineString([(3, 0), (3, 5)])], bridge=[True, False])
    assert len(roads) == 2
    assert said(report, "noted")["road that ends on the middle of a road of another level: not joined"] == 1


def test_ends_within_the_tolerance_snap_and_others_do_not() -> None:
    roads, nodes, _ = build([LineString([(0, 0), (10, 0)]), LineString([(10.006, 0.004), (20, 0)])])
    assert nodes["degree"].tolist() == [1, 2, 1]
    assert roads.geometry[1].coords[0] == (10.0, 0.0)
    _, nodes, _ = build([LineString([(0, 0), (10, 0)]), LineString([(10.02, 0), (20, 0)])])
    assert nodes["degree"].tolist() == [1, 1, 1, 1]
    assert nodes["component"].tolist() == [0, 0, 1, 1]


def test_zero_length_edges_are_dropped_and_said() -> None:
    shapes = [
        LineString([(0, 0), (10, 0)]),
        LineString([(5, 5), (5, 5)]),
        LineString([(10, 0), (10.004, 0)]),
        None,
        LineString(),
    ]
    roads, _, report = build(shapes)
    assert roads["id"].tolist() == ["a"]
    assert said(report, "dropped") == {"road without geometry": 2, "edge without length": 2}


def test_duplicates_parallels_and_overlaps_stay() -> None:
    same = [LineString([(0, 0), (5, 1), (10, 0)]), LineString([(0, 0), (5, 1), (10, 0)]), LineString([(10, 0), (5, 1), (0, 0)])]
    roads, nodes, _ = build([*same, LineString([(0, 0), (5, -3), (10, 0)])])
    assert roads["id"].tolist() == ["a", "b", "c", "d"]
    assert nodes["degree"].tolist() == [4, 4]
    roads, nodes, _ = build([LineString([(0, 0), (10, 0)]), LineString([(4, 0), (14, 0)])])
    assert wkt(roads) == {
        "a#1": "LINESTRING (0 0, 4 0)",
        "a#2": "LINESTRING (4 0, 10 0)",
        "b#1": "LINESTRING (4 0, 10 0)",
        "b#2": "LINESTRING (10 0, 14 0)",
    }


def test_a_line_that_crosses_itself_and_a_ring() -> None:
    loop = LineString([(0, 0), (10, 0), (10, 5), (5, 5), (5, -5)])
    roads, nodes, _ = build([loop])
    assert wkt(roads) == {
        "a#1": "LINESTRING (0 0, 5 0)",
        "a#2": "LINESTRING (5 0, 10 0, 10 5, 5 5, 5 0)",
        "a#3": "LINESTRING (5 0, 5 -5)",
    }
    assert sorted(nodes["degree"]) == [1, 1, 4]
    roads, nodes, _ = build([shapely.LinearRing([(0, 0), (5, 0), (5, 5)])])
    assert roads["id"].tolist() == ["a"]
    assert nodes["degree"].tolist() == [2]
    roads, nodes, _ = build([LineString([(0, 0), (10, 0), (10, 5), (5, 5), (5, 0)])])  # ends on itself
    assert roads["id"].tolist() == ["a#1", "a#2"]
    assert sorted(nodes["degree"]) == [1, 3]


def test_a_line_that_comes_back_on_itself_is_cut_each_time() -> None:
    roads, nodes, _ = build([LineString([(0, 0), (10, 0), (0, 0)]), LineString([(4, -5), (4, 5)])])
    assert wkt(roads) == {
        "a#1": "LINESTRING (0 0, 4 0)",
        "a#2": "LINESTRING (4 0, 10 0, 4 0)",
        "a#3": "LINESTRING (4 0, 0 0)",
        "b#1": "LINESTRING (4 -5, 4 0)",
        "b#2": "LINESTRING (4 0, 4 5)",
    }
    assert sorted(nodes["degree"]) == [1, 1, 2, 6]


def test_multi_lines_are_taken_apart() -> None:
    roads, _, report = build([MultiLineString([[(0, 0), (5, 0)], [(7, 0), (9, 0)]]), LineString([(8, -1), (8, 1)])])
    assert roads["id"].tolist() == ["a#1", "a#2", "a#3", "b#1", "b#2"]
    assert said(report, "repaired") == {"multi-line taken apart": 1}


def test_heights_are_kept_and_interpolated() -> None:
    roads, _, _ = build([LineString([(0, 0, 1.0), (10, 0, 2.0)]), LineString([(4, -5), (4, 5)])])
    assert roads.geometry[0].coords[:] == [(0.0, 0.0, 1.0), (4.0, 0.0, 1.4)]
    assert roads.has_z.tolist() == [True, True, False, False]


def test_nodes_named_by_the_source_are_kept() -> None:
    lines = [LineString([(0, 0), (10, 0)]), LineString([(5, -5), (5, 5)]), LineString([(10, 0), (10, 9)])]
    roads, nodes, report = build(lines, from_node=["n1", "n3", "n2"], to_node=["n2", "n4", "n5"])
    assert roads["id"].tolist() == ["a", "b", "c"]
    assert nodes["id"].tolist() == ["n1", "n3", "n2", "n4", "n5"]
    assert nodes["component"].tolist() == [0, 1, 0, 1, 0]
    assert said(report, "noted", "nodes") == {
        "part of the road network that is not joined to the largest one": 1,
        "node in a part that is not joined to the largest one": 2,
        "dead end": 4,
    }


def test_a_named_node_in_two_places_is_said() -> None:
    report = ImportReport()
    lines = [LineString([(0, 0), (10, 0)]), LineString([(13, 0), (20, 0)])]
    build_network(table(lines, from_node=["n1", "n2"], to_node=["n2", "n3"]), report=report)
    assert said(report, "noted")["edge that ends away from the place of the node it names"] == 1


def test_a_mixture_of_named_and_plain_is_joined_by_place() -> None:
    roads, _, report = build(
        [LineString([(0, 0), (10, 0)]), LineString([(5, -5), (5, 5)])], from_node=["x", ""], to_node=["y", ""]
    )
    assert len(roads) == 4
    assert said(report, "noted")["edge that names its nodes, beside edges that do not: all are joined by place"] == 1


def test_nothing_in_nothing_out() -> None:
    roads, nodes, _ = build([])
    assert len(roads) == len(nodes) == 0


def test_bad_input_is_refused_in_a_sentence() -> None:
    report = ImportReport()
    line = LineString([(0, 0), (1, 0)])
    with pytest.raises(InputError, match="in no known CRS, not in metres"):
        build_network(table([line]).set_crs(None, allow_override=True), report=report)
    with pytest.raises(InputError, match="EPSG:4326, not in metres"):
        build_network(table([line]).set_crs("EPSG:4326", allow_override=True), report=report)
    with pytest.raises(InputError, match=r"1 road is not a line, .*\(b\)"):
        build_network(table([line, Point(0, 0)]), report=report)
    with np.errstate(invalid="ignore"):
        broken = shapely.linestrings([[0.0, 0.0], [np.inf, 1.0]])
    with pytest.raises(InputError, match=r"1 road .* has coordinates that are not finite"):
        build_network(table([line, broken]), report=report)


corners = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda xy: (xy[0] * 10.0, xy[1] * 10.0))
free = st.tuples(st.integers(0, 120), st.integers(0, 120)).map(lambda xy: (xy[0] * 0.5, xy[1] * 0.5))
city = st.lists(st.lists(st.one_of(corners, corners, free), min_size=2, max_size=4).map(LineString), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(city)
def test_edges_meet_at_nodes_only(lines: list) -> None:
    roads, nodes, _ = build(lines)
    # All ground is still covered, as often as before, by lines that run where they ran.
    lines = [line for line in lines if line.length > 0.0]
    before, after = shapely.MultiLineString(lines), shapely.MultiLineString(list(roads.geometry))
    assert after.length == pytest.approx(before.length, abs=0.1)
    if before.length > 0.0:
        assert shapely.hausdorff_distance(before, after) < 0.1
    # Two edges share nothing but nodes, or run along each other.
    places = shapely.union_all(nodes.geometry.to_numpy())
    shapes = roads.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for a, b in zip(one, other, strict=True):
        if a < b:
            shared = shapely.intersection(shapes[a], shapes[b])
            for part in shapely.get_parts(shared):
                if part.geom_type == "Point":
                    assert part.distance(places) < 0.05
    # Node ids are unique places; degrees add up.
    assert nodes["degree"].sum() == 2 * len(roads)


@settings(max_examples=40, deadline=None)
@given(city, st.randoms())
def test_building_again_or_in_another_order_changes_nothing(lines: list, random: Any) -> None:
    lines = [line for line in lines if line.length > 0.0]
    roads, nodes, _ = build(lines)
    again, nodes_again = build_network(roads, report=ImportReport())
    geopandas.testing.assert_geodataframe_equal(roads, again)
    assert set(nodes_again["id"]) == set(nodes["id"])
    shuffled = list(enumerate(lines))
    random.shuffle(shuffled)
    frame = table([line for _, line in shuffled]).assign(id=[chr(ord("a") + number) for number, _ in shuffled])
    _, other = build_network(frame, report=ImportReport())
    assert other["id"].tolist() == nodes["id"].tolist()


def test_a_grid_of_streets_has_the_nodes_it_should() -> None:
    count = 60
    lines = [LineString([(0, 10 * k), (10 * (count - 1), 10 * k)]) for k in range(count)]
    lines += [LineString([(10 * k, 0), (10 * k, 10 * (count - 1))]) for k in range(count)]
    report = ImportReport()
    frame = geopandas.GeoDataFrame({"id": [f"s{k}" for k in range(2 * count)]}, geometry=lines, crs=CRS)
    roads, nodes = build_network(frame, report=report)
    assert len(nodes) == count**2
    assert len(roads) == 2 * count * (count - 1)
    assert nodes["degree"].value_counts().to_dict() == {4: (count - 2) ** 2, 3: 4 * (count - 2), 2: 4}
    assert nodes["component"].max() == 0


@pytest.mark.realdata
def test_charleston_roads_join(realdata: Path) -> None:
    lines = geopandas.read_file(realdata / "charleston" / "roads.gpkg").to_crs("EPSG:32617")
    frame = geopandas.GeoDataFrame({"id": [f"r{k}" for k in range(len(lines))]}, geometry=lines.geometry)
    report = ImportReport()
    roads, nodes = build_network(frame, report=report)
    ROADS.check(roads)
    NODES.check(nodes)
    assert len(frame) == 148
    assert roads.length.sum() == pytest.approx(frame.length.sum(), rel=1e-4)
    assert (nodes["component"] == 0).mean() > 0.5
