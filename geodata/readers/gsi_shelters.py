"""Shelters of Japan: the GSI's 指定緊急避難場所・指定避難所 (GeoJSON or CSV) and the municipal 共通フォーマット CSV.

An emergency site (指定緊急避難場所) is named per hazard: "1" = suitable, empty = not named for that hazard, i.e. not suitable.
An evacuation shelter (指定避難所, where people stay afterwards) is named for no hazard: its suitability is unknown.
A place that is both appears in both files; the two become one shelter, if read together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import orjson
import pandas as pd
import pyproj
import shapely

from geodata.crs import Bounds, check_axes
from geodata.errors import InputError
from geodata.provenance import Provenance
from geodata.readers.text_table import decode, read_text_table, to_numbers
from geodata.report import ImportReport
from geodata.source import Source, SourceTable

HAZARD_OF_FLAG: Mapping[str, str] = {
    "洪水": "river_flood",
    "崖崩れ、土石流及び地滑り": "landslide",
    "高潮": "high_tide",
    "地震": "earthquake",
    "津波": "tsunami",
    "大規模な火事": "large_fire",
    "内水氾濫": "inland_flood",
    "火山現象": "volcano",
}
"""The eight kinds of hazard of 災害対策基本法 art. 49-4, as the GSI writes them → columns of the contract."""
SAME_PLACE = 100.0
"""Two entries of one name within this distance are one place,
m: the GSI's two files differ by some tens of metres for one school."""
SAME_GROUNDS = 500.0
"""With the same address too: gym and sports field of one campus (九州看護福祉大学 in Tamana: 258 m apart), m."""
_GEOD = pyproj.Geod(ellps="GRS80")
_NAMES = ("施設・場所名", "名称", "施設名", "施設名称", "避難所名")
_ADDRESSES = ("住所", "所在地_連結表記", "所在地", "住所表記")
_IDS = ("共通ID", "ID", "識別番号")
_CAPACITIES = ("想定収容人数", "収容人数", "最大収容人数")
_ATTRIBUTION = "国土地理院 指定緊急避難場所・指定避難所データ"


def is_gsi_shelters(path: Path) -> bool:
    """Whether a file is one of the GSI's shelter files, or a CSV in the same keys.

    Examples
    --------
    >>> is_gsi_shelters(Path("town.gpkg"))
    False
    """
    if path.is_dir():
        return any(is_gsi_shelters(file) for file in sorted(path.iterdir()) if file.is_file())
    if not path.is_file() or path.suffix.lower() not in (".json", ".geojson", ".csv"):
        return False
    with path.open("rb") as file:
        raw = file.read(4000)
    if path.suffix.lower() == ".csv":
        line = raw.split(b"\n", 1)[0]
        heads = [line.decode(encoding, errors="ignore") for encoding in ("utf-8-sig", "cp932")]
        keys = ("災害種別_洪水", "崖崩れ、土石流及び地滑り", "指定緊急避難場所との住所同一")
        return any(key in head for key in keys for head in heads)
    text = raw.decode("utf-8-sig", errors="ignore")
    return "共通ID" in text or "施設・場所名" in text or bool(re.match(r'\s*\{\s*"type"\s*:\s*"unavailable"', text))


def read_gsi_shelters(path: Path | Sequence[Path], *, report: ImportReport, near: Bounds | None = None) -> list[Source]:
    """Shelters from one file, several, or a folder of them.

    Parameters
    ----------
    path
        GeoJSON or CSV; emergency and evacuation files read together are joined where name and place agree.
    near
        (west, south, east, north) of the city in degrees, to find out swapped axes.

    Returns
    -------
    One "shelters" table in EPSG:6668, or nothing when the municipality has published none. A joined place keeps kind
    "emergency" and its flags; the column ``kinds`` then says "emergency;evacuation".

    Raises
    ------
    InputError
        For a file that is no shelter list, or swapped coordinates.
    """
    files = [path] if isinstance(path, Path) else list(path)
    if len(files) == 1 and files[0].is_dir():
        files = [file for file in sorted(files[0].iterdir()) if is_gsi_shelters(file)]
    records: list[dict[str, Any]] = []
    for file in files:
        records += _records(file, report)
    if not records:
        return []
    frame = pd.DataFrame(records)
    placed = np.isfinite(frame["x"]) & np.isfinite(frame["y"])
    names = ", ".join(file.name for file in files)
    report.dropped("shelters", "shelters without coordinates", int((~placed).sum()), source=names,
                   examples=frame.loc[~placed, "name"].head(5).tolist())  # fmt: skip
    frame = frame[placed].reset_index(drop=True)
    if frame.empty:
        raise InputError("{path} holds no shelter with coordinates; fill in 緯度 and 経度.", path=names)
    bounds = (float(frame["x"].min()), float(frame["y"].min()), float(frame["x"].max()), float(frame["y"].max()))
    check_axes(bounds, "EPSG:6668", layer=names, near=near)
    frame = _merged(frame, report, names)
    frame = _with_unique_ids(frame, report, names)
    shapes = shapely.points(frame["x"], frame["y"])
    made = geopandas.GeoDataFrame(frame.drop(columns=["x", "y", "place"]), geometry=shapes, crs="EPSG:6668")
    for hazard in HAZARD_OF_FLAG.values():
        made[hazard] = made[hazard].astype("boolean")
    return [SourceTable("shelters", made, Provenance(names, attribution=_ATTRIBUTION))]


def _records(file: Path, report: ImportReport) -> list[dict[str, Any]]:
    if file.suffix.lower() == ".csv":
        table = read_text_table(file)
        rows = table.frame.to_dict("records")
        x, y = (
            _first_column(table.frame, names) for names in (("経度", "経度（10進）", "lon"), ("緯度", "緯度（10進）", "lat"))
        )
        if x is None or y is None:
            raise InputError("{path} has no columns 緯度 and 経度; add them.", path=str(file))
        places = list(zip(to_numbers(table.frame[x]), to_numbers(table.frame[y]), strict=True))
    else:
        features = _features(file, report)
        rows = [feature.get("properties") or {} for feature in features]
        places = [_point(feature.get("geometry")) for feature in features]
    report.read("shelters", len(rows), source=file.name)
    return [_record(row, place, file) for row, place in zip(rows, places, strict=True)]


def _features(file: Path, report: ImportReport) -> list[dict[str, Any]]:
    text, _ = decode(file)
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InputError("{path} is no valid JSON; it may be truncated: fetch it again.", path=str(file)) from None
    if isinstance(content, dict) and content.get("type") == "unavailable":
        report.noted("shelters", "the municipality has published no such list (type: unavailable)", 1, source=file.name)
        return []
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise InputError("{path} is no GeoJSON FeatureCollection of shelters; give the GSI's file.", path=str(file))
    return [feature for feature in features if isinstance(feature, dict)]


def _point(geometry: Any) -> tuple[float, float]:
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    try:
        return float(coordinates[0]), float(coordinates[1])  # type: ignore[index]
    except (TypeError, ValueError, IndexError):
        return np.nan, np.nan


def _record(row: Mapping[str, Any], place: tuple[float, float], file: Path) -> dict[str, Any]:
    keys = {re.sub(r"^災害種別_", "", str(key).strip()): value for key, value in row.items()}
    flags = {column: _flag(keys[flag]) for flag, column in HAZARD_OF_FLAG.items() if flag in keys}
    name = _first(keys, _NAMES)
    kind = "emergency" if flags else "evacuation"
    if "福祉避難所" in name or "福祉避難所" in file.stem:
        kind = "welfare"
    used = {*_NAMES, *_ADDRESSES, *_IDS, *_CAPACITIES, *HAZARD_OF_FLAG, "NO", "緯度", "経度"}
    extra = {key: value for key, value in keys.items() if key not in used and value not in (None, "")}
    capacity = to_numbers(pd.Series([str(_first(keys, _CAPACITIES))])).iloc[0]
    made = {
        "id": _first(keys, _IDS) or f"{file.stem}-{keys.get('NO', '')}",
        "name": name,
        "address": _first(keys, _ADDRESSES),
        "kind": kind,
        "kinds": kind,
        "capacity": capacity,
        **{column: flags.get(column, pd.NA) for column in HAZARD_OF_FLAG.values()},
        "x": place[0],
        "y": place[1],
        "place": _plain_name(name),
    }
    return made | {key if key not in made else f"{key} (source)": value for key, value in extra.items()}


def _flag(value: Any) -> bool:
    """Whether a flag names the place: "1" (or ○) does; empty, 0 or × does not."""
    return unicodedata.normalize("NFKC", str(value if value is not None else "")).strip() in (
        "1",
        "1.0",
        "○",
        "〇",
        "◯",
        "true",
        "True",
    )


def _merged(frame: pd.DataFrame, report: ImportReport, source: str) -> pd.DataFrame:
    """One row per place: rows of the same name that are near are joined, the emergency row leading."""
    leading = {"emergency": 0, "welfare": 1}
    rows = sorted(frame.to_dict("records"), key=lambda row: leading.get(row["kind"], 2))
    kept: list[dict[str, Any]] = []
    by_name: dict[str, list[dict[str, Any]]] = {}
    joined = repeated = 0
    examples = []
    for row in rows:
        others = by_name.setdefault(row["place"], [])
        twin = next((other for other in others if row["place"] and _same_place(row, other)), None)
        if twin is None:
            others.append(row)
            kept.append(row)
            continue
        if row["kind"] in twin["kinds"].split(";"):
            repeated += 1
        else:
            joined += 1
            twin["kinds"] = f"{twin['kinds']};{row['kind']}"
        examples.append(row["name"])
        for hazard in HAZARD_OF_FLAG.values():
            if not pd.isna(twin[hazard]) and not pd.isna(row[hazard]) and twin[hazard] != row[hazard]:
                twin[hazard] = row[hazard] = False  # two lists disagree: the cautious one counts
        for column, value in row.items():
            if _empty(twin[column]):
                twin[column] = value
    report.repaired(
        "shelters", "places named in two lists were joined into one shelter", joined, source=source, examples=examples
    )
    report.dropped("shelters", "repeated entries of one place were joined", repeated, source=source, examples=examples)
    return pd.DataFrame(kept)


def _same_place(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    apart = _GEOD.inv(first["x"], first["y"], second["x"], second["y"])[2]
    return bool(apart <= SAME_PLACE or (apart <= SAME_GROUNDS and first["address"] and first["address"] == second["address"]))


def _with_unique_ids(frame: pd.DataFrame, report: ImportReport, source: str) -> pd.DataFrame:
    repeated = frame["id"].duplicated()
    if repeated.any():
        number = frame.groupby("id").cumcount()
        report.repaired("shelters", "ids repeated; a number was added", int(repeated.sum()), source=source,
                        examples=frame.loc[repeated, "id"].head(3).tolist())  # fmt: skip
        frame["id"] = [f"{own}#{count + 1}" if count else own for own, count in zip(frame["id"], number, strict=True)]
    return frame


def _empty(value: Any) -> bool:
    return not value if isinstance(value, (list, dict)) else bool(pd.isna(value)) or value == ""


def _plain_name(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).lower()


def _first(keys: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((str(keys[name]).strip() for name in names if keys.get(name) not in (None, "")), "")


def _first_column(frame: pd.DataFrame, names: Sequence[str]) -> str | None:
    return next((name for name in names if name in frame.columns), None)
