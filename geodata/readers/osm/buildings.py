"""Buildings of OpenStreetMap."""

from __future__ import annotations

import math
from typing import Any

import geopandas
import numpy as np

from geodata.mapping.osm_tags import AMENITY_USE, BUILDING_USE, MATERIAL_STRUCTURE
from geodata.mapping.quantity import lowest_quantity
from geodata.readers.osm.areas import areas_where
from geodata.readers.osm.attributes import address_of, attributes_of, name_of
from geodata.readers.osm.elements import Elements, Tags
from geodata.readers.repair import repaired_shapes
from geodata.report import ImportReport

NOT_A_BUILDING = frozenset({"no", "entrance", "demolished", "destroyed", "proposed", "planned"})
USED = {"building", "name", "building:levels", "building:levels:underground", "height", "start_date"}


def is_building(tags: Tags) -> bool:
    """Whether the tags say that this is a building that stands.

    Examples
    --------
    >>> is_building({"building": "yes"}), is_building({"building": "no"}), is_building({"type": "building", "height": "7"})
    (True, False, True)
    """
    kind = tags.get("building")
    if kind is None:
        return tags.get("type") == "building"
    return kind not in NOT_A_BUILDING


def read_buildings(elements: Elements, *, report: ImportReport, source: str) -> geopandas.GeoDataFrame | None:
    """Footprints with height, storeys, use, year and address, EPSG:4326; None where the file has none."""
    areas = areas_where(elements, is_building, report=report, layer="buildings", source=source, keep_clipped=True)
    points = [f"node/{place.id}" for place in elements.places if is_building(place.tags) and "building" in place.tags]
    dropped = sum(
        line.count for line in report.lines if line.deed == "dropped" and line.layer == "buildings" and line.source == source
    )
    report.read("buildings", len(areas) + dropped + len(points), source=source)
    report.dropped("buildings", "building is a point, without a footprint", len(points), source=source, examples=points)
    parts = sum(1 for way in elements.ways.values() if "building:part" in way.tags and "building" not in way.tags)
    report.noted("buildings", "building:part not used: the outline of the whole building is", parts, source=source)
    if not areas:
        return None
    rows = [{"id": area.id, **_values(area.tags)} for area in areas]
    frame = geopandas.GeoDataFrame(rows, geometry=[area.shape for area in areas], crs="EPSG:4326")
    for column, key in (("height", "height"), ("storeys", "building:levels"), ("year_built", "start_date")):
        given = np.asarray([key in area.tags for area in areas])
        usable = frame[column].notna().to_numpy()
        report.mapped("buildings", column, key, int(usable.sum()), source=source)
        bad = given & ~usable
        examples = [f"{area.id}: {area.tags[key]}" for area, wrong in zip(areas, bad, strict=True) if wrong][:5]
        report.defaulted("buildings", "{column}: {key} is not usable, set to unknown", int(bad.sum()), source=source,
                         values={"column": column, "key": key}, examples=examples)  # fmt: skip
    fractions = [area.id for area in areas if _fraction(area.tags.get("building:levels", ""))]
    report.repaired("buildings", "storeys: half a storey is not counted", len(fractions), source=source, examples=fractions)
    report.mapped("buildings", "use", "building, amenity", int((frame.use != "").sum()), source=source)
    report.mapped("buildings", "address", "addr:*", int((frame.address != "").sum()), source=source)
    return repaired_shapes(
        frame, geometry=("Polygon", "MultiPolygon"), report=report, layer="buildings", source=source, ids="id"
    )


def _fraction(text: str) -> bool:
    number = lowest_quantity(text, default="1", wanted="1")
    return not math.isnan(number) and number != math.floor(number)


def _whole(text: str, low: int, high: int) -> int | None:
    number = lowest_quantity(text, default="1", wanted="1")
    return math.floor(number) if low <= number <= high else None


def year_of(text: str) -> int | None:
    """The year a date begins with: "1998", "1998-04-01", "~1900"; None for centuries and words.

    Examples
    --------
    >>> year_of("1998-04-01"), year_of("~1900"), year_of("C19"), year_of("0001")
    (1998, 1900, None, None)
    """
    digits = text.strip().removeprefix("~").removeprefix("before ").strip()[:4]
    return int(digits) if digits.isascii() and digits.isdigit() and 1000 <= int(digits) <= 2100 else None


def _values(tags: Tags) -> dict[str, Any]:
    height = lowest_quantity(tags.get("height", ""), default="m", wanted="m")
    kind = tags.get("building", "")
    use = BUILDING_USE.get(kind) or AMENITY_USE.get(tags.get("amenity", "")) or ""
    if not use and kind in ("yes", ""):
        use = (
            "commercial"
            if "shop" in tags
            else "office"
            if "office" in tags
            else "hotel"
            if tags.get("tourism") in ("hotel", "hostel")
            else ""
        )
    return {
        "name": name_of(tags),
        "address": address_of(tags),
        "use": use,
        "structure": MATERIAL_STRUCTURE.get(tags.get("building:material", tags.get("building:structure", "")), ""),
        "height": height if 0 < height <= 1000 else math.nan,
        "storeys": _whole(tags.get("building:levels", ""), 0, 200),
        "storeys_below": _whole(tags.get("building:levels:underground", ""), 0, 20),
        "year_built": year_of(tags.get("start_date", "")),
        # `ele` is kept among the tags: which datum it has differs from mapper to mapper.
        "attributes": attributes_of(tags, USED - ({"building"} if kind not in ("yes", "") else set())),
    }
