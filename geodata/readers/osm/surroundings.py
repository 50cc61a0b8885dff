"""What lies around buildings and roads in OpenStreetMap: water, land use, squares, districts, facilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas
import shapely

from geodata.mapping.osm_tags import FACILITY_KIND, LAND_USE_KIND, ROAD_CLASS, WATER_KIND
from geodata.readers.osm.areas import areas_where
from geodata.readers.osm.attributes import address_of, attributes_of, name_of
from geodata.readers.osm.buildings import is_building
from geodata.readers.osm.elements import Elements, Tags
from geodata.readers.repair import repaired_shapes
from geodata.report import ImportReport

# Closed ways with these tags are lines all the same, or areas of something else.
_LINES = frozenset({"coastline", "cliff", "ridge", "tree_row", "tree"})


def water_kind(tags: Tags) -> str:
    """Which kind of water an area is, "" for none."""
    natural, waterway = tags.get("natural", ""), tags.get("waterway", "")
    if natural == "water":
        return WATER_KIND.get(tags.get("water", ""), "other")
    if natural in ("bay", "strait"):
        return "sea"
    if waterway in ("riverbank", "dock") or (waterway in WATER_KIND and tags.get("area") == "yes"):
        return WATER_KIND[waterway]
    return "pond" if tags.get("landuse") == "basin" else "lake" if tags.get("landuse") == "reservoir" else ""


def land_use_kind(tags: Tags) -> str:
    """Which use of land an area has, "" for none."""
    if is_building(tags) and "building" in tags:
        return ""
    kinds = (LAND_USE_KIND.get((key, tags[key]), "") for key in ("landuse", "natural", "leisure", "amenity") if key in tags)
    return next((kind for kind in kinds if kind), "")


def facility_kind(tags: Tags) -> str:
    """Which facility this is, "" for none.

    Examples
    --------
    >>> facility_kind({"amenity": "social_facility", "social_facility": "nursing_home"}), facility_kind({"amenity": "shelter"})
    ('care_home', '')
    """
    keys = ("social_facility", "amenity", "healthcare", "power", "man_made", "waterway")
    return next((kind for key in keys if (kind := FACILITY_KIND.get((key, tags.get(key, "")), ""))), "")


def _square(tags: Tags) -> str:
    kind = tags.get("highway") or tags.get("area:highway") or ""
    if kind not in ROAD_CLASS or (
        "area:highway" not in tags and tags.get("area") != "yes" and tags.get("type") != "multipolygon"
    ):
        return ""
    return "pavement" if ROAD_CLASS[kind] in ("pedestrian", "footway", "path", "steps", "cycleway") else "carriageway"


def _district(tags: Tags) -> str:
    if tags.get("boundary") != "administrative" or not tags.get("admin_level", "").isdigit():
        return ""
    level = int(tags["admin_level"])
    return "district" if level >= 9 else "ward" if level >= 7 else "other"


def read_surroundings(elements: Elements, *, report: ImportReport, source: str) -> dict[str, geopandas.GeoDataFrame]:
    """Tables ``water``, ``land_use``, ``road_surfaces``, ``areas``, ``facilities`` as far as the file has them, EPSG:4326."""
    makers: dict[str, Callable[[Tags], str]] = {
        "water": water_kind, "land_use": land_use_kind, "road_surfaces": _square, "areas": _district,
    }  # fmt: skip
    found = {}
    for table, kind_of in makers.items():
        frame = _polygons(elements, kind_of, table, report=report, source=source)
        if frame is not None and len(frame):
            found[table] = frame
    facilities = _facilities(elements, report=report, source=source)
    if facilities is not None:
        found["facilities"] = facilities
    _note_the_rest(elements, report=report, source=source)
    return found


def _polygons(
    elements: Elements, kind_of: Callable[[Tags], str], table: str, *, report: ImportReport, source: str
) -> geopandas.GeoDataFrame | None:
    def wanted(tags: Tags) -> bool:
        return bool(kind_of(tags)) and tags.get("natural") not in _LINES

    areas = areas_where(elements, wanted, report=report, layer=table, source=source)
    dropped = sum(
        line.count for line in report.lines if line.deed == "dropped" and line.layer == table and line.source == source
    )
    if areas or dropped:
        report.read(table, len(areas) + dropped, source=source)
    if not areas:
        return None
    rows = [
        {
            "id": area.id,
            "name": name_of(area.tags),
            "kind": kind_of(area.tags),
            "attributes": attributes_of(area.tags, {"name"}),
        }
        for area in areas
    ]
    frame = geopandas.GeoDataFrame(rows, geometry=[area.shape for area in areas], crs="EPSG:4326")
    if table == "land_use":
        frame = frame.drop(columns="name")
    return repaired_shapes(frame, geometry=("Polygon", "MultiPolygon"), report=report, layer=table, source=source, ids="id")


def _facilities(elements: Elements, *, report: ImportReport, source: str) -> geopandas.GeoDataFrame | None:
    areas = areas_where(elements, lambda tags: bool(facility_kind(tags)), report=report, layer="facilities", source=source)
    rows: list[dict[str, Any]] = []
    points: list[Any] = []
    for area in areas:
        building = area.id if is_building(area.tags) and "building" in area.tags else ""
        rows.append(_facility(area.id, area.tags, building))
        points.append(shapely.point_on_surface(area.shape))
    for place in elements.places:
        if facility_kind(place.tags):
            rows.append(_facility(f"node/{place.id}", place.tags, ""))
            points.append(shapely.Point(place.longitude, place.latitude))
    dropped = sum(
        line.count for line in report.lines if line.deed == "dropped" and line.layer == "facilities" and line.source == source
    )
    if rows or dropped:
        report.read("facilities", len(rows) + dropped, source=source)
    if not rows:
        return None
    return geopandas.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")


def _facility(identifier: str, tags: Tags, building: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "name": name_of(tags),
        "address": address_of(tags),
        "kind": facility_kind(tags),
        "building_id": building,
        "attributes": attributes_of(tags, {"name"}),
    }


def _note_the_rest(elements: Elements, *, report: ImportReport, source: str) -> None:
    every = [way.tags for way in elements.ways.values()] + [place.tags for place in elements.places]

    def count(key: str, *values: str) -> int:
        return sum(1 for tags in every if tags.get(key) in values)

    shelters = count("amenity", "shelter")
    report.noted("shelters", "amenity=shelter is a roof against rain, no evacuation shelter: not used", shelters, source=source)
    points = count("emergency", "assembly_point")
    report.noted(
        "shelters",
        "emergency=assembly_point names where a site's people meet, no official shelter: not used",
        points,
        source=source,
    )
    other = sum(1 for tags in every if tags.get("amenity") == "social_facility" and not facility_kind(tags))
    report.noted(
        "facilities", "amenity=social_facility that is no home of people who need care: not used", other, source=source
    )
    report.noted(
        "water",
        "natural=coastline is a line: the sea is not an area of this file",
        count("natural", "coastline"),
        source=source,
    )
    lines = sum(
        1 for way in elements.ways.values() if way.tags.get("waterway") in ("river", "stream", "canal", "ditch", "drain")
    )
    report.noted("water", "waterway drawn as a line, without a width: not used", lines, source=source)
