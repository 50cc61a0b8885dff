"""From road lines to a network: edges between nodes, with stable ids, components and dead ends."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
import xxhash
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.errors import InputError
from geodata.network.cuts import cut_lines
from geodata.network.junctions import find_cuts, one_places
from geodata.network.limits import believed_limits
from geodata.report import ImportReport
from geodata.tables.roads import NODES, ROADS

TOLERANCE = 0.01
"""Ends nearer than this are one node, m."""


def build_network(
    roads: geopandas.GeoDataFrame, *, report: ImportReport, tolerance: float = TOLERANCE
) -> tuple[geopandas.GeoDataFrame, geopandas.GeoDataFrame]:
    """Make a road network of edges and nodes.

    Roads that all name ``from_node`` and ``to_node`` (OpenStreetMap) are a network already: their topology is kept. Plain
    lines are cut where they meet:

    - ends within ``tolerance`` of each other become one node, whatever their level: that is how a bridge joins the road;
    - an end on another line of the same level cuts that line;
    - lines of the same level that cross cut each other, and a line that crosses itself is cut there.

    The same level means equal ``level`` (unknown as 0), ``bridge`` and ``tunnel`` (unknown as no). So a road under a bridge
    is not joined to it. Where an end lies on the middle of a line of another level, nothing is joined and the report says
    so. Speed limits that nobody believes become unknown (`geodata.network.limits`). Duplicate and parallel edges stay; edges
    without length are dropped. A line that is cut gives edges named "id#1", "id#2" … in its direction, each with all of its
    attributes.

    Parameters
    ----------
    roads
        Roads by the contract ``ROADS`` (missing columns are added, others go to ``attributes``), in a projected CRS in
        metres. MultiLineStrings are taken apart. It is not changed.
    report
        Takes what was cut, dropped and found.
    tolerance
        Distance below which two places are the same, m.

    Returns
    -------
    roads, nodes
        Tables of the contracts ``ROADS`` and ``NODES``. Nodes of plain lines are named by a digest of their place, rounded
        to a tenth of the tolerance. Component 0 is the one with most nodes.

    Raises
    ------
    InputError
        When the table has no CRS in metres, or holds geometries that are not lines or not finite.

    Examples
    --------
    >>> lines = shapely.linestrings([[[0, 0], [10, 0]], [[5, -5], [5, 5]]])
    >>> crossing = geopandas.GeoDataFrame({"id": ["a", "b"]}, geometry=lines, crs="EPSG:6677")
    >>> edges, nodes = build_network(crossing, report=ImportReport())
    >>> edges["id"].tolist(), sorted(nodes["degree"].tolist())
    (['a#1', 'a#2', 'b#1', 'b#2'], [1, 1, 1, 1, 4])
    """
    _require_lines(roads)
    table, row = _single_lines(believed_limits(ROADS.completed(roads), report), report)
    named = (table["from_node"] != "") & (table["to_node"] != "")
    if named.all() and len(table) == len(np.unique(row)):
        edges, ids, places, ends = _named(table, report, tolerance)
    else:
        if named.any():
            report.noted(
                "roads", "edge that names its nodes, beside edges that do not: all are joined by place", int(named.sum())
            )
        edges, ids, places, ends = _joined(table, row, report, tolerance)
    return edges, _described(ids, places, ends, edges.crs, report)


def _require_lines(roads: geopandas.GeoDataFrame) -> None:
    crs = roads.crs
    if crs is None or not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info[:2]):
        raise InputError(
            "The roads are in {crs}, not in metres; project them first.", crs="no known CRS" if crs is None else crs.to_string()
        )
    shapes = roads.geometry.to_numpy()
    wrong = ~np.isin(shapely.get_type_id(shapes), (-1, 1, 2, 5))
    infinite = ~np.isfinite(shapely.bounds(shapes)).all(axis=1) & ~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)
    for bad, what in ((wrong, "are not lines"), (infinite, "have coordinates that are not finite")):
        if bad.any():
            raise InputError(
                "1 road is not a line, or has coordinates that are not finite ({first}); correct it or leave it out."
                if bad.sum() == 1
                else "{count} roads {what} (first: {first}); correct them or leave them out.",
                count=int(bad.sum()),
                what=what,
                first=str(roads["id"].iloc[int(np.flatnonzero(bad)[0])]),
            )


def _single_lines(table: geopandas.GeoDataFrame, report: ImportReport) -> tuple[geopandas.GeoDataFrame, NDArray[np.int64]]:
    """Lines one by one, with the row each comes from; those without geometry or length are dropped and reported."""
    shapes = table.geometry.to_numpy()
    ids = table["id"].to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    report.dropped("roads", "road without geometry", int(empty.sum()), examples=ids[empty])
    parts, row = shapely.get_parts(shapes, return_index=True)
    several = np.bincount(row, minlength=len(table)) > 1
    report.repaired("roads", "multi-line taken apart", int(several.sum()), examples=ids[several])
    parts, row = parts[~shapely.is_empty(parts)], row[~shapely.is_empty(parts)]
    for ring in np.flatnonzero(shapely.get_type_id(parts) == 2):
        parts[ring] = shapely.LineString(parts[ring])
    long = shapely.length(parts) > 0.0
    _report_short(report, ids[row[~long]])
    parts, row = parts[long], np.asarray(row[long], np.int64)
    return table.iloc[row].reset_index(drop=True).set_geometry(geopandas.GeoSeries(parts, crs=table.crs)), row


def _report_short(report: ImportReport, ids: NDArray[Any]) -> None:
    report.dropped("roads", "edge without length", len(ids), examples=ids)


_Network = tuple[geopandas.GeoDataFrame, NDArray[Any], NDArray[np.float64], NDArray[np.int64]]
"""Edges, ids of the nodes, where they are [nodes, 2], and the nodes of each edge [edges, 2]."""


def _named(table: geopandas.GeoDataFrame, report: ImportReport, tolerance: float) -> _Network:
    """The network that the source itself names."""
    count = len(table)
    codes, names = pd.factorize(pd.concat([table["from_node"], table["to_node"]], ignore_index=True))
    shapes = table.geometry.to_numpy()
    places = shapely.get_coordinates(np.concatenate([shapely.get_point(shapes, 0), shapely.get_point(shapes, -1)]))
    _, first = np.unique(codes, return_index=True)
    spots = places[first]
    away = np.hypot(*(places - spots[codes]).T) > tolerance
    report.noted(
        "roads",
        "edge that ends away from the place of the node it names",
        int(away.sum()),
        examples=table["id"].to_numpy()[np.flatnonzero(away) % max(count, 1)],
    )
    return table, np.asarray(names, dtype=object), spots, np.column_stack([codes[:count], codes[count:]]).astype(np.int64)


def _joined(table: geopandas.GeoDataFrame, row: NDArray[np.int64], report: ImportReport, tolerance: float) -> _Network:
    """The network of plain lines, joined by place."""
    lines = table.geometry.to_numpy()
    ids = table["id"].to_numpy()
    cuts, stray = find_cuts(lines, _levels(table), tolerance)
    report.noted(
        "roads", "road that ends on the middle of a road of another level: not joined", len(stray), examples=ids[stray]
    )
    starts, stops = (shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1))
    number, spots = one_places(np.concatenate([starts, stops, cuts.place]), tolerance)
    count = len(lines)
    ends = np.column_stack([number[:count], number[count : 2 * count]])
    edges = cut_lines(lines, ends, cuts.line, cuts.distance, number[2 * count :], spots, tolerance=tolerance)
    short = (edges.start == edges.stop) & (shapely.length(edges.shapes) <= 3.0 * tolerance)
    lost = np.setdiff1d(np.arange(count), edges.line[~short])
    _report_short(report, ids[lost])
    line, shapes, ends = edges.line[~short], edges.shapes[~short], np.column_stack([edges.start, edges.stop])[~short]

    source = row[line]
    parts = np.bincount(source, minlength=int(row.max(initial=-1)) + 1)
    nth = np.arange(len(source)) - np.searchsorted(source, source) + 1  # sources ascend
    made = table.iloc[line].reset_index(drop=True).set_geometry(geopandas.GeoSeries(shapes, crs=table.crs))
    cut = parts[source] > 1
    made["id"] = pd.Series(
        [f"{name}#{part}" if is_cut else name for name, part, is_cut in zip(made["id"], nth, cut, strict=True)], dtype="str"
    )
    report.noted("roads", "road cut where others meet it", int((parts > 1).sum()), examples=ids[np.flatnonzero(parts[row] > 1)])

    used, ends = np.unique(ends, return_inverse=True)
    spots, ends = spots[used], ends.reshape(-1, 2)
    step = tolerance / 10.0
    keys = np.rint(spots / step).astype(np.int64)
    names: NDArray[Any] = np.asarray(
        [f"n{xxhash.xxh3_64_hexdigest(f'{x}:{y}'.encode())}" for x, y in keys.tolist()], dtype=object
    )
    made["from_node"] = pd.Series(names[ends[:, 0]], dtype="str")
    made["to_node"] = pd.Series(names[ends[:, 1]], dtype="str")
    return made, names, spots, ends


def _levels(table: geopandas.GeoDataFrame) -> NDArray[np.int64]:
    level = table["level"].astype("Int64").fillna(0).to_numpy(np.int64)
    bridge, tunnel = (table[column].astype("boolean").fillna(False).to_numpy(bool) for column in ("bridge", "tunnel"))
    return np.asarray(level * 4 + bridge * 2 + tunnel, np.int64)


def _described(
    ids: NDArray[Any],
    places: NDArray[np.float64],
    ends: NDArray[np.int64],
    crs: object,
    report: ImportReport,
) -> geopandas.GeoDataFrame:
    """The node table: component and degree of each node."""
    count = len(ids)
    degree = np.bincount(ends.ravel(), minlength=count)
    links = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(count, count))
    found, label = connected_components(links, directed=False) if count else (0, np.empty(0, np.int32))
    size = np.bincount(label, minlength=found)
    _, first = np.unique(label, return_index=True)
    order = np.lexsort((first, -size))
    rank = np.empty(found, np.int64)
    rank[order] = np.arange(found)
    component = rank[label]
    report.noted("nodes", "part of the road network that is not joined to the largest one", max(found - 1, 0))
    report.noted("nodes", "node in a part that is not joined to the largest one", int((component > 0).sum()))
    report.noted("nodes", "dead end", int((degree == 1).sum()))
    frame = geopandas.GeoDataFrame(
        {"id": ids, "component": component, "degree": degree}, geometry=shapely.points(places), crs=crs
    )
    return NODES.completed(frame)
