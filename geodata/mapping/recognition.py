"""Column sets that are known by sight, so that nobody has to write a mapping file for them."""

# ruff: noqa: E501 - vocabularies are tables: a row is a line

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geodata.mapping.document import Mapping
from geodata.mapping.osm_tags import BUILDING_USE, FACILITY_KIND, OPEN_ROAD, ROAD_ACCESS, ROAD_CLASS, WATER_KIND
from geodata.tables import TABLES

CAME_LATER = ("people_by_day",)
"""Columns of our own that tables exported by earlier versions do not have."""
SENTINELS = (-9999, -9999.0, 9999, -999, "-9999", "-9999.0")
OSM_ATTRIBUTION = "© OpenStreetMap contributors"
OSM_LICENCE = "ODbL 1.0"

# NSI occupancy: the HAZUS classes, https doc "NSI technical documentation" (USACE). [M]
NSI_USE = {
    "RES1": "house", "RES2": "house", "RES3": "apartment", "RES4": "hotel", "RES5": "apartment", "RES6": "care", "COM1": "commercial",
    "COM2": "warehouse", "COM3": "commercial", "COM4": "office", "COM5": "office", "COM6": "hospital", "COM7": "hospital", "COM8": "commercial",
    "COM9": "commercial", "COM10": "transport", "IND1": "industrial", "IND2": "industrial", "IND3": "industrial", "IND4": "industrial",
    "IND5": "industrial", "IND6": "industrial", "AGR1": "agricultural", "REL1": "religious", "GOV1": "public", "GOV2": "public",
    "EDU1": "school", "EDU2": "school",
}  # fmt: skip
# Occupancies carry suffixes: storeys and basement for houses (RES1-2SNB), number of dwellings for apartments (RES3A).
OCCUPANCIES = {
    **NSI_USE,
    **{f"RES1-{storeys}S{base}B": "house" for storeys in (1, 2, 3) for base in "NW"},
    **{f"RES1-SL{base}B": "house" for base in "NW"},
    **{f"RES3{letter}": "apartment" for letter in "ABCDEF"},
    **{f"RES3{letter}I": "apartment" for letter in "ABCDEF"},
}
FIAT_KEYS = {"object_id": ("object_id", "Object ID"), "use": ("secondary_object_type", "Secondary Object Type"),
             "floor": ("ground_flht", "Ground Floor Height"), "ground": ("ground_elevtn", "Ground Elevation")}  # fmt: skip


@dataclass(frozen=True)
class _Sight:
    """What there is to see of a table: names of its columns, its rows, its kinds of geometry."""

    names: set[str]
    frame: pd.DataFrame
    kinds: set[str]


def recognise(frame: pd.DataFrame, *, file_name: str) -> Mapping | None:
    """The mapping for a table whose columns are known by sight; None where they are not.

    Known are: our own tables, PLATEAU tables as converters write them, OpenStreetMap tables, CityJSON attributes, the US
    National Structure Inventory, Delft-FIAT exposure, and Microsoft building footprints.

    Examples
    --------
    >>> recognise(pd.DataFrame({"osm_id": [1], "highway": ["primary"]}), file_name="roads.gpkg").table
    'roads'
    >>> recognise(pd.DataFrame({"a": [1]}), file_name="town.gpkg") is None
    True
    """
    seen = _Sight({str(name) for name in frame.columns}, frame, _kinds(frame))
    for attempt in _ATTEMPTS:
        found = attempt(seen)
        if found is not None:
            return Mapping.model_validate({"source": f"{found['origin']}, {file_name}", **found})
    return None


def _kinds(frame: pd.DataFrame) -> set[str]:
    shapes = getattr(frame, "geometry", None)
    return set() if shapes is None else {str(kind).removeprefix("Multi") for kind in shapes.geom_type.dropna().unique()}


def _optional(origins: str | list[str], **rule: Any) -> dict[str, Any]:
    return {"from": origins, "optional": True, **rule}


def _own(seen: _Sight) -> dict[str, Any] | None:
    """A table that this project exported: it has an id and every column of one contract, but for those that came in later."""
    for table, contract in TABLES.items():
        columns = set(contract.by_name)
        if columns - set(CAME_LATER) <= seen.names and len(columns) > 2:
            return {"table": table, "origin": "City Twin export", "id": ["id"] if "id" in columns else [],
                    "columns": {name: {"from": name, "optional": name in CAME_LATER} for name in columns if name != "id"}}  # fmt: skip
    return None


def _microsoft(seen: _Sight) -> dict[str, Any] | None:
    theirs = {"release", "capture_dates_range", "BF_FID", "height", "confidence"}
    rest = {name for name in seen.names - theirs if name != "geometry"}
    if rest or not {"capture_dates_range", "confidence"} & seen.names or not seen.kinds <= {"Polygon"}:
        return None
    # Ids of Microsoft's rows change from release to release: the geometry itself is the identity.
    return {"table": "buildings", "origin": "Microsoft building footprints", "licence": OSM_LICENCE,
            "attribution": "© Microsoft, ODbL", "columns": {"height": _optional("height", unit="m", missing=[-1])}}  # fmt: skip


def _structures(seen: _Sight) -> dict[str, Any] | None:
    """National Structure Inventory: floor heights in feet, areas in square feet, elevations in feet (ground_elv) or metres (_m)."""
    if not {"fd_id", "occtype"} <= seen.names:
        return None
    metric = "ground_elv_m" in seen.names
    return {
        "table": "buildings", "origin": "US National Structure Inventory", "id": "fd_id", "licence": "public domain",
        "attribution": "US Army Corps of Engineers, National Structure Inventory",
        "heights": {"datum": "NAVD88"},
        "columns": {
            "use": _optional("occtype", values=OCCUPANCIES, otherwise="other"),
            "structure": _optional("bldgtype", values={"W": "wood", "M": "masonry", "C": "reinforced_concrete", "S": "steel", "H": "other"}),
            "storeys": _optional("num_story", missing=SENTINELS),
            "floor_height": _optional("found_ht", unit="ft", missing=SENTINELS),
            "floor_area": _optional("sqft", unit="ft2", missing=SENTINELS),
            "year_built": _optional("med_yr_blt", missing=[0, *SENTINELS]),
            "ground_elevation": _optional(["ground_elv_m"] if metric else ["ground_elv"], unit="m" if metric else "ft", missing=SENTINELS),
        },
    }  # fmt: skip


def _exposure(seen: _Sight) -> dict[str, Any] | None:
    """Delft-FIAT exposure; its keys were renamed between versions (quirk 18). Floor heights in feet, elevations in metres."""
    if not any(key in seen.names for key in FIAT_KEYS["object_id"]) or not any(key in seen.names for key in FIAT_KEYS["use"]):
        return None
    if "Segment Length [m]" in seen.names or "segment_length" in seen.names or seen.kinds == {"LineString"}:
        return {"table": "roads", "origin": "Delft-FIAT exposure of roads", "id": list(FIAT_KEYS["object_id"]), "columns": {
            "class": _optional(list(FIAT_KEYS["use"]), values=dict(ROAD_CLASS)), "name": _optional(["Object Name", "object_name"]),
            "lanes": _optional("lanes")}}  # fmt: skip
    return {"table": "buildings", "origin": "Delft-FIAT exposure of buildings", "id": list(FIAT_KEYS["object_id"]), "columns": {
        "use": _optional(list(FIAT_KEYS["use"]), values=OCCUPANCIES),
        "floor_height": _optional(list(FIAT_KEYS["floor"]), unit="ft", missing=SENTINELS),
        "ground_elevation": _optional(list(FIAT_KEYS["ground"]), unit="m", missing=SENTINELS)}, "heights": {"datum": ""}}  # fmt: skip


def _plateau(seen: _Sight) -> dict[str, Any] | None:
    """Buildings that a converter took out of PLATEAU CityGML: GML seen.names, or their Japanese labels."""
    short = {re.split(r"[:.]", name)[-1]: name for name in seen.names}
    if not {"measuredHeight", "measured_height", "計測高さ"} & set(short) or not {
        "buildingID",
        "building_id",
        "gml_id",
        "建物ID",
    } & set(short):
        return None

    def origin(*spellings: str) -> list[str]:
        return [short[word] for word in spellings if word in short] or [spellings[0]]

    unknown = [*SENTINELS, "0001", "1"]
    return {
        "table": "buildings", "origin": "table made from PLATEAU CityGML", "attribution": "国土交通省 Project PLATEAU", "licence": "CC BY 4.0",
        "id": origin("buildingID", "building_id", "建物ID", "gml_id"),
        "columns": {
            "height": _optional(origin("measuredHeight", "measured_height", "計測高さ"), unit="m", missing=SENTINELS),
            "storeys": _optional(origin("storeysAboveGround", "storeys_above_ground", "地上階数"), missing=SENTINELS),
            "storeys_below": _optional(origin("storeysBelowGround", "storeys_below_ground", "地下階数"), missing=SENTINELS),
            "year_built": _optional(origin("yearOfConstruction", "year_of_construction", "建築年"), missing=unknown),
            "name": _optional(origin("name", "名称")),
            "address": _optional(origin("address", "住所")),
            "floor_area": _optional(origin("totalFloorArea", "total_floor_area", "延床面積"), unit="m2", missing=SENTINELS),
            "use": _optional(origin("usage", "用途"), values=PLATEAU_USE),
        },
    }  # fmt: skip


PLATEAU_USE = {
    "業務施設": "office", "401": "office", "商業施設": "commercial", "402": "commercial", "宿泊施設": "hotel", "403": "hotel",
    "商業系複合施設": "mixed", "404": "mixed", "住宅": "house", "411": "house", "共同住宅": "apartment", "412": "apartment",
    "店舗等併用住宅": "mixed", "413": "mixed", "店舗等併用共同住宅": "mixed", "414": "mixed", "作業所併用住宅": "mixed", "415": "mixed",
    "官公庁施設": "public", "421": "public", "文教厚生施設": "public", "422": "public", "運輸倉庫施設": "warehouse", "431": "warehouse",
    "工場": "industrial", "441": "industrial", "農林漁業用施設": "agricultural", "451": "agricultural", "供給処理施設": "utility",
    "452": "utility", "防衛施設": "public", "453": "public", "その他": "other", "454": "other",
}  # fmt: skip


def _openstreetmap(seen: _Sight) -> dict[str, Any] | None:
    if not {"osm_id", "osm_way_id", "full_id", "@id", "osmid"} & seen.names:
        return None
    kinds = seen.kinds
    common = {"origin": "table made from OpenStreetMap", "attribution": OSM_ATTRIBUTION, "licence": OSM_LICENCE,
              "id": ["full_id", "@id", "osm_id", "osm_way_id", "osmid"]}  # fmt: skip
    if "highway" in seen.names and kinds <= {"LineString"} and _filled(seen.frame, "highway"):
        access = {key: ROAD_ACCESS.get(key, OPEN_ROAD) for key in ROAD_CLASS}
        return {**common, "table": "roads", "columns": {
            "class": {"from": "highway", "values": dict(ROAD_CLASS), "otherwise": "other"}, "name": _optional(["name", "ref"]),
            "oneway": _optional("oneway", values={"yes": "forward", "true": "forward", "1": "forward", "F": "forward", "-1": "backward",
                                                  "reverse": "backward", "T": "backward", "no": "both", "false": "both", "0": "both", "B": "both"}),
            "speed_limit": _optional("maxspeed", unit="km/h", missing=[0]), "lanes": _optional("lanes", missing=[0]),
            "width": _optional("width", unit="m"), "level": _optional("layer"),
            "bridge": _optional("bridge", values={"viaduct": True, "aqueduct": True, "movable": True, "T": True, "F": False}),
            "tunnel": _optional("tunnel", values={"building_passage": True, "culvert": False, "T": True, "F": False}),
            "cars": {"from": "highway", "values": {key: cars for key, (cars, _) in access.items() if cars is not None}},
            "walkers": {"from": "highway", "values": {key: feet for key, (_, feet) in access.items() if feet is not None}}}}  # fmt: skip
    if "building" in seen.names and kinds <= {"Polygon"} and _filled(seen.frame, "building"):
        return {**common, "table": "buildings", "columns": {
            "use": {"from": "building", "values": dict(BUILDING_USE)}, "name": _optional("name"),
            "height": _optional("height", unit="m"), "storeys": _optional(["building:levels", "building_l", "levels"]),
            "storeys_below": _optional(["building:levels:underground"])}}  # fmt: skip
    if {"water", "waterway"} & seen.names and kinds <= {"Polygon"}:
        return {**common, "table": "water", "columns": {
            "kind": _optional(["water", "waterway"], values=dict(WATER_KIND), otherwise="other"), "name": _optional("name")}}  # fmt: skip
    if "amenity" in seen.names and kinds <= {"Point"} and _filled(seen.frame, "amenity"):
        wanted = {value: kind for (key, value), kind in FACILITY_KIND.items() if key == "amenity"}
        return {**common, "table": "facilities", "columns": {
            "kind": {"from": "amenity", "values": wanted, "otherwise": "other"}, "name": _optional("name")}}  # fmt: skip
    return None


def _filled(frame: pd.DataFrame, column: str) -> bool:
    return bool(frame[column].notna().any())


def _cityjson(seen: _Sight) -> dict[str, Any] | None:
    """Tables made from CityJSON: 3DBAG columns (b3_…), or CityGML attribute seen.names without a PLATEAU id."""
    bag = {"b3_h_maaiveld", "b3_h_dak_max"} <= seen.names
    plain = "measuredHeight" in seen.names and seen.kinds <= {"Polygon"}
    if not bag and not plain:
        return None
    return {
        "table": "buildings", "origin": "table made from 3DBAG" if bag else "table made from CityJSON",
        "id": ["identificatie", "id", "gml_id", "fid"],
        "columns": {
            **({} if bag else {"height": _optional("measuredHeight", unit="m", missing=SENTINELS)}),
            "ground_elevation": _optional(["b3_h_maaiveld", "TerrainHeight"], unit="m", missing=SENTINELS),
            "storeys": _optional(["b3_bouwlagen", "storeysAboveGround"], missing=SENTINELS),
            "year_built": _optional(["oorspronkelijkbouwjaar", "bouwjaar", "yearOfConstruction"], missing=[1005, *SENTINELS]),
        },
        **({"heights": {"datum": "EPSG:5709"}} if bag else {}),
    }  # fmt: skip


_ATTEMPTS: tuple[Callable[[_Sight], dict[str, Any] | None], ...] = (
    _own, _microsoft, _structures, _exposure, _plateau, _openstreetmap, _cityjson,
)  # fmt: skip
