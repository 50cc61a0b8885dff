"""One building as a city object says it: attributes, risk records, footprint polygons, heights."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from geodata.readers.plateau.attributes import address, generic_attributes, is_generic, number, year
from geodata.readers.plateau.codelists import Codelists
from geodata.readers.plateau.geometry import GeometryError, Ring, SurfaceFinder, polygon_rings
from geodata.readers.plateau.namespaces import gml_id, local_name
from geodata.readers.plateau.risks import Risk, is_risk, read_generic_risk, read_risk
from geodata.readers.plateau.tally import Tally
from geodata.readers.plateau.uses import building_structure, building_use

_FOOTPRINTS = ("lod0FootPrint", "lod0RoofEdge", "lod0MultiSurface")
_SOLIDS = ("lod1Solid", "lod1MultiSurface", "lod2Solid", "lod2MultiSurface", "lod3Solid", "lod3MultiSurface", "lod4Solid",
           "lod4MultiSurface")  # fmt: skip
_PARTS = frozenset({"consistsOfBuildingPart", "buildingPart"})
_DETAILS = frozenset({"buildingDetailAttribute", "buildingDetails"})
_EXTENDED = frozenset({"extendedAttribute", "keyValuePairAttribute", "bldgKeyValuePairAttribute"})
_DETAIL_TEXTS = {"fireproofStructureType": "fireproof", "detailedUsage": "detailed_usage", "orgUsage": "original_usage",
                 "orgUsage2": "original_usage_2", "majorUsage": "major_usage", "groundHazard": "", "surveyYear": "survey_year",
                 "districtsAndZonesType": "zoning",
                 "buildingRoofEdgeArea": "roof_area", "buildingFootprintArea": "footprint_area",
                 "vacancy": "vacancy", "buildingStructureOrgType": "original_structure"}  # fmt: skip


@dataclass
class BuildingRecord:
    """What is gathered of one building and its parts before it becomes a row.

    ``polygons`` are lists of rings (shell first); ``seen_from_above`` says that they are faces of a solid; ``placeholder``
    says that the solid was raised by a uniform height (取得不可のため一律値, 3 m) because nobody knew the real one.
    """

    gml_id: str = ""
    building_id: str = ""
    generic_id: str = ""
    known: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    risks: list[Risk] = field(default_factory=list)
    polygons: list[list[tuple[Ring, int]]] = field(default_factory=list)
    footprint_from: str = ""
    seen_from_above: bool = False
    lowest: float = math.inf
    highest: float = -math.inf
    parts: int = 0
    placeholder: bool = False
    unresolved: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """For messages: the building's id."""
        return self.building_id or self.generic_id or self.gml_id


def read_building(element: etree._Element, codelists: Codelists, tally: Tally, *, dimension: int | None) -> BuildingRecord:
    """Read a ``Building`` with its parts, any CityGML and i-UR.

    Parameters
    ----------
    element
        The Building.
    codelists
        Resolves its codes.
    tally
        Counts what was mapped, defaulted and repaired.
    dimension
        Numbers per position, if the file says.
    """
    record = BuildingRecord(gml_id=gml_id(element))
    named = next(element.iter("{*}buildingID"), None)  # read ahead, so that every message can name the building
    record.building_id = (named.text or "").strip() if named is not None else ""
    finder = SurfaceFinder(element)
    finder.check_links()
    record.unresolved = finder.unresolved
    if finder.not_surfaces:
        tally.count(
            "noted", "surface link to something that is no surface: ignored", len(finder.not_surfaces), example=record.gml_id
        )
    _read_into(record, element, finder, codelists, tally, dimension)
    return record


def _read_into(
    record: BuildingRecord,
    element: etree._Element,
    finder: SurfaceFinder,
    codelists: Codelists,
    tally: Tally,
    dimension: int | None,
) -> None:
    geometries: dict[str, etree._Element] = {}
    boundaries: list[etree._Element] = []
    risks: list[etree._Element] = []
    parts: list[etree._Element] = []
    for child in _properties(element):
        name = local_name(child.tag)
        if name.startswith("lod"):
            geometries[name] = child
        elif name in {"boundedBy", "boundary"}:
            boundaries.append(child)
        elif name in _PARTS:
            parts += list(child)
        elif is_generic(child):
            if local_name(child.tag).lower().endswith("attributeset") or (
                len(child) and local_name(child[0].tag) == "GenericAttributeSet"
            ):
                risks.append(child)
            else:
                _generic(record, child)
        elif len(child) and is_risk(child[0]):
            risks.append(child[0])
        else:
            _attribute(record, name, child, codelists, tally)
    _risks(record, risks, codelists, tally)
    _geometry(record, geometries, boundaries, finder, tally, dimension)
    for part in parts:
        record.parts += 1
        _read_into(record, part, finder, codelists, tally, dimension)


def _properties(element: etree._Element) -> Any:
    """Children of a city object, those inside CityGML 3's ``adeOf…`` hooks included."""
    for child in element:
        if local_name(child.tag).startswith("adeOf"):
            for hook in child:
                yield from hook
        else:
            yield child


def _attribute(record: BuildingRecord, name: str, child: etree._Element, codelists: Codelists, tally: Tally) -> None:
    values = record.known
    if name == "measuredHeight":
        _height(record, child.text, tally)
    elif name == "height":  # CityGML 3: con:height/con:Height/con:value
        value = next(child.iter("{*}value"), None)
        if value is not None:
            _height(record, value.text, tally)
    elif name in {"storeysAboveGround", "storeysBelowGround"}:
        _storeys(record, name, child.text, tally)
    elif name in {"yearOfConstruction", "dateOfConstruction"}:
        if (built := year(child.text)) is not None:
            values.setdefault("year_built", built)
        elif (child.text or "").strip():
            tally.count(
                "defaulted",
                "year of construction {value}: unknown",
                values={"value": (child.text or "").strip()},
                example=record.name,
            )
    elif name in {"usage", "function"}:
        words = codelists.text(child)
        if words:
            values.setdefault(name, words)
            if not values.get("use"):
                values["use"] = building_use(words)
    elif name == "class":
        values.setdefault("class", codelists.text(child))
    elif name == "name":
        values.setdefault("name", codelists.text(child))
    elif name == "address":
        values.setdefault("address", address(child))
    elif name == "buildingIDAttribute" or name == "buildingID":
        _identity(record, child)
    elif name in _DETAILS:
        _details(record, child, codelists, tally)
    elif name == "bldgDataQualityAttribute":
        kind = next(child.iter("{*}lod1HeightType"), None)
        record.placeholder |= kind is not None and "一律" in codelists.text(kind)
    elif name in _EXTENDED:
        _extended(record, child, codelists)
    elif name == "largeCustomerFacilityAttribute":
        label = next(child.iter("{*}name"), None)
        if label is not None and label.text:
            values.setdefault("name", label.text.strip())


def _height(record: BuildingRecord, text: str | None, tally: Tally) -> None:
    value = number(text)
    if value is None:
        tally.count(
            "defaulted", "height {value} is not a number: unknown", values={"value": (text or "").strip()}, example=record.name
        )
    elif math.isnan(value):
        if (text or "").strip():
            tally.count(
                "defaulted",
                "height {value} is a sentinel: unknown",
                values={"value": (text or "").strip()},
                example=record.name,
            )
    elif not 0 < value <= 1000:
        tally.count("defaulted", "height {value} m is impossible: unknown", values={"value": value}, example=record.name)
    else:
        record.known["height"] = max(value, record.known.get("height", 0.0))


def _storeys(record: BuildingRecord, name: str, text: str | None, tally: Tally) -> None:
    column, most = ("storeys", 200) if name == "storeysAboveGround" else ("storeys_below", 20)
    value = number(text)
    if value is not None and 0 <= value <= most and value == int(value):
        record.known[column] = max(int(value), record.known.get(column, 0))
    elif (text or "").strip():
        tally.count(
            "defaulted",
            "{column} {value}: unknown",
            values={"column": name, "value": (text or "").strip()},
            example=record.name,
        )


def _identity(record: BuildingRecord, child: etree._Element) -> None:
    for leaf in child.iter("*"):
        text = (leaf.text or "").strip()
        name = local_name(leaf.tag)
        if not text:
            continue
        if name == "buildingID":
            record.building_id = record.building_id or text
        elif name in {"branchID", "partID"}:
            record.attributes.setdefault(name, text)


def _details(record: BuildingRecord, child: etree._Element, codelists: Codelists, tally: Tally) -> None:
    values = record.known
    for leaf in child.iter("*"):
        if len(leaf):
            continue
        name = local_name(leaf.tag)
        if name == "totalFloorArea":
            area = number(leaf.text)
            if area is not None and area > 0:
                values["floor_area"] = max(area, values.get("floor_area", 0.0))
            elif (leaf.text or "").strip():
                tally.count(
                    "defaulted", "floor area {value}: unknown", values={"value": (leaf.text or "").strip()}, example=record.name
                )
        elif name == "buildingStructureType":
            words = codelists.text(leaf)
            values.setdefault("structure_text", words)
            values.setdefault("structure", building_structure(words))
        elif (column := _DETAIL_TEXTS.get(name)) and (words := codelists.text(leaf)) and words != "-9999":
            record.attributes.setdefault(column, words)


def _extended(record: BuildingRecord, child: etree._Element, codelists: Codelists) -> None:
    leaves = {local_name(leaf.tag): leaf for leaf in child.iter("*") if not len(leaf)}
    if (key := leaves.get("key")) is None:
        return
    value = next(
        (
            leaves[name]
            for name in ("codeValue", "stringValue", "intValue", "doubleValue", "measuredValue", "dateValue")
            if name in leaves
        ),
        None,
    )
    if value is not None and (words := codelists.text(value)):
        record.attributes.setdefault(codelists.text(key), words)


def _generic(record: BuildingRecord, child: etree._Element) -> None:
    for name, value, _ in generic_attributes(child):
        if not value:
            continue
        if name == "建物ID":
            record.generic_id = record.generic_id or value
        record.attributes.setdefault(name, value)


def _risks(record: BuildingRecord, elements: list[etree._Element], codelists: Codelists, tally: Tally) -> None:
    for element in elements:
        if is_risk(element):
            risk = read_risk(element, codelists, tally, owner=record.name)
        else:
            inner = element[0] if local_name(element.tag) == "genericAttribute" else element
            risk = read_generic_risk(inner, codelists, tally, owner=record.name)
            if risk is None:
                _generic(record, inner)
        if risk is not None:
            record.risks.append(risk)


def _geometry(
    record: BuildingRecord,
    geometries: dict[str, etree._Element],
    boundaries: list[etree._Element],
    finder: SurfaceFinder,
    tally: Tally,
    dimension: int | None,
) -> None:
    solid = next((geometries[name] for name in _SOLIDS if name in geometries), None)
    low, high = math.inf, -math.inf
    if solid is not None:
        low, high = _heights(solid, finder)
        if low == 0 and "lod2Solid" in geometries and solid is not geometries["lod2Solid"]:
            other = _heights(geometries["lod2Solid"], finder)
            if math.isfinite(other[0]) and other[0] > 0.5:  # an LOD1 block on 0 under an LOD2 house in the hills
                low, high = other
                tally.count("repaired", "LOD1 stands on 0 m where LOD2 does not: LOD2's ground taken", example=record.name)
    if not math.isfinite(low) and boundaries:
        for boundary in boundaries:
            below, above = _heights(boundary, finder)
            low, high = min(low, below), max(high, above)
    record.lowest, record.highest = min(record.lowest, low), max(record.highest, high)
    for name in _FOOTPRINTS:
        if name in geometries and _take(record, geometries[name], finder, tally, dimension, name):
            return
    for name in _SOLIDS:
        if name in geometries and _take_solid(record, geometries[name], finder, tally, dimension, name):
            return
    grounds = [boundary for boundary in boundaries if len(boundary) and local_name(boundary[0].tag) == "GroundSurface"]
    for boundary in grounds or boundaries:
        _take(record, boundary, finder, tally, dimension, "boundary surfaces", from_above=True)


def _heights(geometry: etree._Element, finder: SurfaceFinder) -> tuple[float, float]:
    """Lowest and highest third number of a geometry, (inf, −inf) where it has none."""
    heights = surface_heights(finder.polygons(geometry))
    return (min(heights), max(heights)) if heights else (math.inf, -math.inf)


def surface_heights(polygons: Iterable[etree._Element]) -> list[float]:
    """The different heights of the corners of polygons; [] where one is no number."""
    words: set[str] = set()
    for polygon in polygons:
        for positions in polygon.iter("{*}posList", "{*}pos"):
            words.update((positions.text or "").split()[2::3])
    try:
        return [value for word in words if math.isfinite(value := float(word))]
    except ValueError:
        return []


def _take(
    record: BuildingRecord,
    geometry: etree._Element,
    finder: SurfaceFinder,
    tally: Tally,
    dimension: int | None,
    origin: str,
    *,
    from_above: bool = False,
) -> bool:
    taken = _rings(geometry, finder, tally, dimension, record.name)
    return _keep(record, taken, origin, from_above=from_above)


def _take_solid(
    record: BuildingRecord, geometry: etree._Element, finder: SurfaceFinder, tally: Tally, dimension: int | None, origin: str
) -> bool:
    """Ground faces of a solid; all of its faces seen from above where none is level with the ground."""
    faces = _rings(geometry, finder, tally, dimension, record.name)
    lowest = min(
        (min(values[2::3]) for rings in faces for values, stride in rings[:1] if stride == 3 and values), default=math.nan
    )
    ground = [rings for rings in faces if rings and rings[0][1] == 3 and max(rings[0][0][2::3]) - lowest < 0.01]
    return _keep(record, ground or faces, origin, from_above=True)


def _rings(
    geometry: etree._Element, finder: SurfaceFinder, tally: Tally, dimension: int | None, example: str
) -> list[list[tuple[Ring, int]]]:
    found = []
    for polygon in finder.polygons(geometry):
        try:
            found.append(polygon_rings(polygon, dimension))
        except GeometryError as fault:
            tally.count("dropped", "polygon left out: {reason}", values={"reason": str(fault)}, example=example)
    return [rings for rings in found if rings]


def _keep(record: BuildingRecord, polygons: list[list[tuple[Ring, int]]], origin: str, *, from_above: bool) -> bool:
    if not polygons:
        return False
    record.polygons += polygons
    record.footprint_from = record.footprint_from or origin
    record.seen_from_above |= from_above
    return True
