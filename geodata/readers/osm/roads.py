"""Roads of OpenStreetMap as edges between nodes: cut where ways share a node, not where they cross without one."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import shapely

from geodata.mapping.osm_tags import ACCESS_NO, ACCESS_YES, OPEN_ROAD, ROAD_ACCESS, ROAD_CLASS, oneway_of
from geodata.mapping.quantity import lowest_quantity, parse_quantity
from geodata.readers.osm.attributes import attributes_of, name_of
from geodata.readers.osm.elements import Elements, Tags, Way
from geodata.report import ImportReport

# Speeds that a country's law gives where the tag names the zone only: OSM wiki, Key:maxspeed, "implicit" values. [M] km/h
IMPLICIT_SPEED: dict[str, dict[str, float]] = {
    "urban": {"RU": 60, "DE": 50, "AT": 50, "CH": 50, "FR": 50, "IT": 50, "ES": 50,
              "NL": 50, "BE": 50, "FI": 50, "PL": 50, "UA": 50, "CZ": 50},
    "rural": {"RU": 90, "DE": 100, "AT": 100, "CH": 80, "FR": 80, "IT": 90, "NL": 80, "FI": 80, "PL": 90, "UA": 90, "CZ": 90},
    "motorway": {"RU": 110, "FR": 130, "IT": 130, "AT": 130, "CH": 120, "NL": 100, "PL": 140, "CZ": 130},
    "living_street": {"RU": 20, "DE": 7, "NL": 15, "FI": 20, "PL": 20},
    "nsl_single": {"GB": 96.56064}, "nsl_dual": {"GB": 112.65408}, "nsl_restricted": {"GB": 48.28032},
}  # fmt: skip
WALK = 5 / 3.6  # m/s: "walk" on a sign; walking pace


def speed_of(value: str) -> float:
    """The posted limit, m/s; NaN where the tag gives no number ("none", "signals", "variable").

    Examples
    --------
    >>> [round(speed_of(text), 2) for text in ("50", "30 mph", "RU:urban", "DE:zone:30", "walk", "none", "50;30")]
    [13.89, 13.41, 16.67, 8.33, 1.39, nan, 8.33]
    """
    text = value.strip()
    if text.casefold() in ("walk", "walking"):
        return WALK
    number = lowest_quantity(text, default="km/h", wanted="m/s")
    if not np.isnan(number):
        return number if number > 0 else float("nan")
    country, _, zone = text.partition(":")
    zone = zone.casefold()
    digits = zone.removeprefix("zone").removeprefix(":") if zone.startswith("zone") else zone
    if country and digits.isascii() and digits.isdigit():
        return float(digits) / 3.6 if 0 < float(digits) <= 200 else float("nan")
    limit = IMPLICIT_SPEED.get(zone, {}).get(country.upper())
    return float("nan") if limit is None else limit / 3.6


def access_of(tags: Tags, keys: tuple[str, ...], default: bool | None) -> bool | None:
    """Whether a road is open by the first of the keys that says so, the most special first.

    Examples
    --------
    >>> access_of({"access": "no", "motorcar": "yes"}, ("motorcar", "access"), True)
    True
    >>> access_of({"access": "private"}, ("motorcar", "access"), True)   # those who live there must get out
    True
    """
    for key in keys:
        value = tags.get(key, "")
        if value in ACCESS_NO:
            return False
        if value in ACCESS_YES:
            # A private or destination-only way stays what its class makes it: a path is not opened to cars by `access=yes`.
            return default if key == "access" else True
    return default


def read_roads(elements: Elements, *, report: ImportReport, source: str) -> geopandas.GeoDataFrame | None:
    """Edges of the road network, EPSG:4326; None where the file has none."""
    ways = _road_ways(elements, report=report, source=source)
    if not ways:
        return None
    junctions = _junctions(ways)
    rows: list[dict[str, Any]] = []
    lines: list[Any] = []
    gaps: list[str] = []
    cut = 0
    for way in ways:
        points = elements.positions_of(way.nodes)
        known = ~np.isnan(points).any(axis=1)
        pieces = _pieces(way, known, junctions)
        if not known.all():
            gaps.append(f"way/{way.id}")
        cut += len(pieces) > 1
        values = _values(way.tags)
        for number, (start, stop) in enumerate(pieces, start=1):
            line = points[start : stop + 1]
            name = f"way/{way.id}" if len(pieces) == 1 else f"way/{way.id}#{number}"
            rows.append({"id": name, **values, "from_node": f"node/{way.nodes[start]}", "to_node": f"node/{way.nodes[stop]}"})
            lines.append(shapely.LineString(line))
    report.dropped(
        "roads", "stretch of a way without positions (clipped); the rest of it is kept", len(gaps), source=source, examples=gaps
    )
    report.noted("roads", "way cut into edges at junctions", cut, source=source)
    if not rows:
        return None
    frame = geopandas.GeoDataFrame(rows, geometry=lines, crs="EPSG:4326")
    pointlike = np.asarray(shapely.length(frame.geometry.to_numpy())) == 0
    report.dropped("roads", "road without length", int(pointlike.sum()), source=source, examples=frame.id[pointlike].head(5))
    frame = frame[~pointlike].reset_index(drop=True)
    for column in ("name", "oneway", "lanes", "width", "speed_limit"):
        filled = int(frame[column].notna().sum() if column not in ("name", "oneway") else (frame[column] != "").sum())
        report.mapped(
            "roads",
            column,
            {"oneway": "oneway, junction", "speed_limit": "maxspeed", "width": "width, est_width"}.get(column, column),
            filled,
            source=source,
        )
    return frame


def _road_ways(elements: Elements, *, report: ImportReport, source: str) -> list[Way]:
    ways: list[Way] = []
    unused: dict[str, list[str]] = {}
    unknown: dict[str, list[str]] = {}
    for way in elements.ways.values():
        kind = way.tags.get("highway")
        if kind is None or len(way.nodes) < 2:
            continue
        if way.tags.get("area") == "yes" and way.closed:
            continue  # a square: it is drawn as a surface
        if kind not in ROAD_CLASS:
            unused.setdefault(kind, []).append(f"way/{way.id}")
            continue
        ways.append(way)
        text = way.tags.get("maxspeed", "")
        if text and text not in ("none", "signals", "variable") and np.isnan(speed_of(text)):
            unknown.setdefault(text, []).append(f"way/{way.id}")
    report.read("roads", len(ways) + sum(len(names) for names in unused.values()), source=source)
    for kind, names in unused.items():
        report.dropped(
            "roads", "highway={value} is no road in use", len(names), source=source, values={"value": kind}, examples=names
        )
    for text, names in unknown.items():
        report.defaulted(
            "roads",
            "maxspeed={value} is not understood: limit unknown",
            len(names),
            source=source,
            values={"value": text},
            examples=names,
        )
    return ways


def _junctions(ways: list[Way]) -> set[int]:
    """Nodes where edges end: ends of ways, and nodes that occur more than once (in several ways, or twice in one)."""
    every = np.concatenate([way.nodes[:-1] if way.closed else way.nodes for way in ways])
    nodes, counts = np.unique(every, return_counts=True)
    ends = {int(node) for way in ways for node in (way.nodes[0], way.nodes[-1])}
    return {int(node) for node in nodes[counts > 1]} | ends


def _pieces(way: Way, known: Any, junctions: set[int]) -> list[tuple[int, int]]:
    """(first, last) positions of each edge along a way: between junctions, and never over a missing node."""
    pieces = []
    start: int | None = None
    for at, node in enumerate(way.nodes):
        if not known[at]:
            if start is not None and at - 1 > start:
                pieces.append((start, at - 1))
            start = None
        elif start is None:
            start = at
        elif int(node) in junctions or at == len(way.nodes) - 1:
            pieces.append((start, at))
            start = at
    return pieces


def _values(tags: Tags) -> dict[str, Any]:
    kind = tags["highway"]
    cars, walkers = ROAD_ACCESS.get(kind, OPEN_ROAD)
    if tags.get("motorroad") == "yes":
        walkers = False
    layer = parse_quantity(tags.get("layer", ""), default="1", wanted="1")
    lanes = lowest_quantity(tags.get("lanes", ""), default="1", wanted="1")
    width = lowest_quantity(
        tags.get("width") or tags.get("est_width") or tags.get("carriageway:width") or "", default="m", wanted="m"
    )
    bridge, tunnel = tags.get("bridge", "no"), tags.get("tunnel", "no")
    return {
        "name": name_of(tags) or tags.get("ref", ""),
        "class": ROAD_CLASS[kind],
        "oneway": oneway_of(tags.get("oneway", ""), junction=tags.get("junction", ""), highway=kind),
        "lanes": int(lanes) if 1 <= lanes <= 20 else None,
        "width": width if 0 < width <= 200 else float("nan"),
        "speed_limit": speed if (speed := speed_of(tags.get("maxspeed", ""))) <= 60 else float("nan"),
        "bridge": bridge not in ("no", "", "low_water_crossing"),
        "tunnel": tunnel not in ("no", "", "culvert") or (tags.get("covered") == "yes" and layer < 0),
        "level": int(layer) if -10 <= layer <= 10 else None,
        "cars": access_of(tags, ("motorcar", "motor_vehicle", "vehicle", "access"), cars),
        "walkers": access_of(tags, ("foot", "access"), walkers),
        "attributes": attributes_of(
            tags, {"name", "highway", "oneway", "lanes", "width", "maxspeed", "bridge", "tunnel", "layer"}
        ),
    }
