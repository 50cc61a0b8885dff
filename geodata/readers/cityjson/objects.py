"""City objects as rows: buildings with their parts merged, roads, water, land."""

# ruff: noqa: E501 - vocabularies are tables: a row is a line

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from geodata.mapping.quantity import parse_quantity
from geodata.readers.cityjson.document import Batch, Header
from geodata.readers.cityjson.surfaces import Faces, chosen_faces, faces_of, height_range

HEIGHT = ("measuredHeight", "measured_height", "measuredheight", "height")
ROOF = ("b3_h_dak_max", "h_dak_max", "b3_h_dak_70p", "h_dak_70p", "h_dak", "b3_h_dak_50p", "roof-max")
GROUND = (
    "b3_h_maaiveld",
    "h_maaiveld",
    "TerrainHeight",
    "terrainHeight",
    "min-height-surface",
    "ground-0.50",
    "ground_elevation",
)
STOREYS = ("storeysAboveGround", "storeys_above_ground", "b3_bouwlagen", "bouwlagen")
STOREYS_BELOW = ("storeysBelowGround", "storeys_below_ground")
YEAR = ("yearOfConstruction", "year_of_construction", "oorspronkelijkbouwjaar", "bouwjaar", "b3_bouwjaar")
UNKNOWN_YEARS = (1005, 9999)  # 1005 is the Dutch register's "older than anybody knows" [M]

# Uses in words, as CityGML's code list and national ones have them; the first word found decides. [M]
USES = (
    ("apartment", ("apartment", "multi-family", "mehrfamilien", "flat")), ("house", ("residential", "house", "wonen", "woonfunctie", "wohn", "dwelling")),
    ("school", ("school", "education", "onderwijs", "kindergarten")), ("hospital", ("hospital", "gezondheidszorg", "krankenhaus")),
    ("care", ("care", "nursing", "pflege")), ("office", ("office", "kantoor", "büro")), ("hotel", ("hotel", "logies")),
    ("commercial", ("retail", "shop", "commercial", "winkel", "handel")), ("warehouse", ("warehouse", "storage")),
    ("industrial", ("industr", "factory")), ("religious", ("church", "religious", "kirche", "kerk")),
    ("agricultural", ("farm", "agricult", "landwirtschaft")), ("transport", ("station", "transport", "parking", "garage")),
    ("public", ("public", "bijeenkomst", "sport", "government", "öffentlich")), ("other", ("overige",)),
)  # fmt: skip
ROAD_KINDS = (("pavement", ("voetpad", "footway", "sidewalk", "pavement", "pedestrian", "trottoir", "fietspad", "inrit")),
              ("rail", ("rail", "spoor", "tram")))  # fmt: skip
WATER_KINDS = (("canal", ("gracht", "canal", "kanaal", "sloot", "greppel")), ("river", ("river", "rivier", "waterloop", "stream", "beek")),
               ("lake", ("lake", "meer", "watervlakte", "plas")), ("sea", ("sea", "zee")), ("pond", ("pond", "vijver")))  # fmt: skip
LAND_KINDS = (
    ("residential", ("erf", "residential", "wohn")), ("paddy", ("paddy", "rice")), ("farmland", ("akker", "bouwland", "fruitteelt", "boomteelt", "agri", "farm")),
    ("forest", ("bos", "forest", "wood", "houtwal", "struiken")), ("park", ("park", "groenvoorziening", "garden")),
    ("grass", ("gras", "grass", "heide", "rietland", "moeras", "duin", "meadow")), ("industrial", ("industr",)),
    ("bare", ("zand", "sand", "bare", "onverhard", "gesloten", "verhard", "half")), ("water", ("water",)),
)  # fmt: skip

TABLE_OF = {
    "Building": "buildings", "BuildingPart": "buildings", "Road": "road_surfaces", "TransportSquare": "road_surfaces", "Railway": "road_surfaces",
    "Bridge": "road_surfaces", "BridgePart": "road_surfaces", "Tunnel": "road_surfaces", "TunnelPart": "road_surfaces", "WaterBody": "water",
    "LandUse": "land_use", "PlantCover": "land_use",
}  # fmt: skip
PART_OF_A_BUILDING = frozenset({"BuildingPart"})


@dataclass
class Gathered:
    """Rows of one table and the faces of their footprints, filled batch by batch."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    faces: list[list[list[NDArray[np.float64]]]] = field(default_factory=list)
    ways: dict[str, int] = field(default_factory=dict)


@dataclass
class Tally:
    """What happened while objects were gathered, for the report."""

    merged: list[str] = field(default_factory=list)
    childless: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    instances: int = 0
    unused: dict[str, int] = field(default_factory=dict)
    height_from_shape: int = 0
    ground_from_shape: int = 0
    roof_elevations: int = 0
    read: dict[str, int] = field(default_factory=dict)


def gather(batch: Batch, header: Header, tables: dict[str, Gathered], tally: Tally, *, path: Path) -> None:
    """Add the objects of a batch to the tables."""
    for name, thing in batch.objects.items():
        kind = str(thing.get("type", ""))
        table = TABLE_OF.get(kind)
        if table is None:
            tally.unused[kind] = tally.unused.get(kind, 0) + 1
            continue
        parents = [parent for parent in _names(thing.get("parents")) if parent in batch.objects]
        if kind in PART_OF_A_BUILDING | {"BridgePart", "TunnelPart"} and parents:
            continue  # merged into its parent
        if kind in PART_OF_A_BUILDING:
            tally.orphans.append(name)
        tally.read[table] = tally.read.get(table, 0) + 1
        parts = _parts(thing, batch)
        geometries = [
            faces
            for owner, one in ((name, thing), *parts)
            for geometry in one.get("geometry") or ()
            if isinstance(geometry, dict) and (faces := faces_of(geometry, batch, header, path=path, name=owner)) is not None
        ]
        tally.instances += sum(
            1 for _, one in ((name, thing), *parts) for geometry in one.get("geometry") or ()
            if isinstance(geometry, dict) and geometry.get("type") == "GeometryInstance"
        )  # fmt: skip
        if not geometries:
            tally.childless.append(name)
            continue
        if parts:
            tally.merged.append(name)
        gathered = tables.setdefault(table, Gathered())
        rings, how = chosen_faces(geometries)
        gathered.ways[how] = gathered.ways.get(how, 0) + 1
        attributes = _attributes(thing, [part for _, part in parts])
        row = _building(attributes, geometries, tally) if table == "buildings" else _surface(kind, attributes)
        row |= {"id": name, "address": _address(thing)} if table == "buildings" else {"id": name}
        row["attributes"] = orjson.dumps(
            {"cityjson_type": kind, **attributes}, default=str, option=orjson.OPT_SORT_KEYS
        ).decode()
        gathered.rows.append(row)
        gathered.faces.append(rings)


def _names(value: Any) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def _parts(thing: dict[str, Any], batch: Batch) -> list[tuple[str, dict[str, Any]]]:
    """Parts of a building, and parts of parts; installations and rooms are no part of the footprint."""
    found: list[tuple[str, dict[str, Any]]] = []
    seen: set[str] = set()
    queue = _names(thing.get("children"))
    while queue:
        name = queue.pop(0)
        part = batch.objects.get(name)
        if name in seen or part is None or not str(part.get("type", "")).endswith("Part"):
            continue
        seen.add(name)
        found.append((name, part))
        queue += _names(part.get("children"))
    return found


def _attributes(thing: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Attributes of an object; what it lacks and its parts agree on is theirs. Heights: the highest part's."""
    own = thing.get("attributes")
    merged = dict(own) if isinstance(own, dict) else {}
    given: dict[str, list[Any]] = {}
    for part in parts:
        of_part = part.get("attributes")
        for key, value in (of_part if isinstance(of_part, dict) else {}).items():
            given.setdefault(key, []).append(value)
    for key, values in given.items():
        if key in merged and merged[key] is not None:
            continue
        numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
        if key in (*HEIGHT, *ROOF, *STOREYS) and numbers:
            merged[key] = max(numbers)
        elif key in GROUND and numbers:
            merged[key] = min(numbers)
        elif all(value == values[0] for value in values):
            merged[key] = values[0]
    return merged


def _number(attributes: dict[str, Any], names: tuple[str, ...], low: float, high: float) -> float:
    for name in names:
        value = attributes.get(name)
        if isinstance(value, dict):  # {"value": 3.1, "uom": "m"}
            value = value.get("value")
        number = parse_quantity(value, default="m", wanted="m") if isinstance(value, str) else value
        if (
            isinstance(number, (int, float))
            and not isinstance(number, bool)
            and low <= number <= high
            and number not in (-9999, 9999)
        ):
            return float(number)
    return math.nan


def _building(attributes: dict[str, Any], geometries: list[Faces], tally: Tally) -> dict[str, Any]:
    lowest, highest = height_range(geometries)
    ground = _number(attributes, GROUND, -500, 9000)
    if math.isnan(ground) and not math.isnan(lowest):
        ground = lowest
        tally.ground_from_shape += 1
    height = _number(attributes, HEIGHT, 0.01, 1000)
    base = _number(attributes, ("min-height-surface",), -500, 9000)
    if not math.isnan(base) and abs(height - highest) < 0.01 and abs(base - lowest) < 0.01:
        # 3dfier writes the elevation of the roof under the name of CityGML's height above ground.
        height = height - base
        tally.roof_elevations += 1
    if math.isnan(height):
        roof = _number(attributes, ROOF, -500, 9000)
        height = roof - ground if roof > ground else math.nan
    if math.isnan(height) and highest > lowest:
        # From the ground where it is known, since a basement reaches below it.
        height = highest - (ground if lowest <= ground < highest else lowest)
        tally.height_from_shape += 1
    return {
        "name": str(attributes.get("name") or ""),
        "use": use_of(attributes),
        "height": height,
        "ground_elevation": ground,
        "storeys": _whole(_number(attributes, STOREYS, 0, 200)),
        "storeys_below": _whole(_number(attributes, STOREYS_BELOW, 0, 20)),
        "year_built": _year(attributes),
    }


def _whole(number: float) -> int | None:
    return None if math.isnan(number) else math.floor(number)


def _year(attributes: dict[str, Any]) -> int | None:
    for name in YEAR:
        text = str(attributes.get(name) or "").strip()[:4]
        if text.isascii() and text.isdigit() and 1000 <= int(text) <= 2100 and int(text) not in UNKNOWN_YEARS:
            return int(text)
    return None


def _worded(text: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    words = text.casefold()
    return next((kind for kind, spellings in table if any(spelling in words for spelling in spellings)), "")


def use_of(attributes: dict[str, Any]) -> str:
    """The use that usage, function or class name, "" unknown.

    Examples
    --------
    >>> use_of({"function": "residential building"}), use_of({"class": "1000"}), use_of({"usage": ["office"]})
    ('house', '', 'office')
    """
    for name in ("usage", "function", "gebruiksdoel", "class"):
        value = attributes.get(name)
        text = " ".join(str(one) for one in value) if isinstance(value, list) else str(value or "")
        found = _worded(text, USES)
        if found:
            return found
    return ""


def _surface(kind: str, attributes: dict[str, Any]) -> dict[str, Any]:
    words = " ".join(
        str(attributes.get(name) or "")
        for name in ("function", "usage", "class", "bgt_fysiekvoorkomen", "plus_fysiekvoorkomen", "plus_type")
    )
    if TABLE_OF[kind] == "road_surfaces":
        fixed = {"Railway": "rail", "Bridge": "bridge", "BridgePart": "bridge", "Tunnel": "tunnel", "TunnelPart": "tunnel"}
        return {
            "name": str(attributes.get("name") or ""),
            "kind": fixed.get(kind) or _worded(words, ROAD_KINDS) or "carriageway",
        }
    if kind == "WaterBody":
        return {"name": str(attributes.get("name") or ""), "kind": _worded(words, WATER_KINDS) or "other"}
    return {"kind": _worded(words, LAND_KINDS) or ("grass" if kind == "PlantCover" else "other")}


def _address(thing: dict[str, Any]) -> str:
    given = thing.get("address")
    entries = given if isinstance(given, list) else [given] if isinstance(given, dict) else []
    for entry in entries:
        if isinstance(entry, dict):
            words = {str(key).casefold(): str(value) for key, value in entry.items() if isinstance(value, (str, int, float))}
            street = " ".join(
                words[key] for key in ("thoroughfarename", "street", "thoroughfarenumber", "housenumber") if key in words
            )
            town = " ".join(words[key] for key in ("postalcode", "postcode", "localityname", "city") if key in words)
            text = ", ".join(part for part in (street, town) if part)
            if text:
                return text
    return ""
