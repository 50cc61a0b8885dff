"""Japan's national flood polygons: 国土数値情報 A31 (洪水浸水想定区域). A rank is an interval of depth, never one number.

Attribute names and codes, from secondary copies of the specification (the official pages name them; they were not at hand) [S]:

* 2012 (v1.1), polygons by prefecture: ``A31_001`` = depth code, five classes 11–15 (0–0.5, 0.5–1, 1–2, 2–5, ≥ 5 m) or
  seven classes 21–27 (0–0.5, 0.5–1, 1–2, 2–3, 3–4, 4–5, ≥ 5 m).
* 2019–2021 (v2, v3), by river: ``A31_101``…``A31_105`` for the planned scale (L1), ``A31_201``…``A31_205`` for the largest
  assumed scale (L2), ``A31_3xx`` for how long water stands under L2, ``A31_4xx`` for house-collapse zones. In each: x01 river
  code, x02 river name, x03 code and x04 name of the river's manager, x05 the rank.
* 2023 on, by river: the same as ``A31a_101`` …; by mesh (v4 of 2022 as ``A31_101``, later ``A31b_101``): x01 alone is the rank.
* rank 1–6: < 0.5, 0.5–3, 3–5, 5–10, 10–20, ≥ 20 m (DOMAIN.md [P]); collapse 1 flow, 2 bank erosion, 3 both; how long water
  stands 1–7: < 12, 12–24, 24–72, 72–168, 168–336, 336–672, ≥ 672 hours (three secondary copies of the code list agree).

The 2012 data predate the law of 2015 that asks for the largest assumed scale; they do not name theirs, so it stays unknown.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.provenance import Provenance
from geodata.readers.archive import is_archive, opened_archive
from geodata.readers.digest import geometry_digests
from geodata.readers.reference import Bounds, placed
from geodata.readers.repair import repaired_shapes
from geodata.readers.vector import is_vector, layer_names, read_layer
from geodata.report import ImportReport
from geodata.source import Source, SourceTable

Interval = tuple[float, float]

RANKS: MappingProxyType[int, Interval] = MappingProxyType(
    {1: (0.0, 0.5), 2: (0.5, 3.0), 3: (3.0, 5.0), 4: (5.0, 10.0), 5: (10.0, 20.0), 6: (20.0, 20.0)}
)
"""Rank of the official maps → depth from, to, m. The top rank is open: its upper end equals its lower end."""

CODES_2012: MappingProxyType[int, Interval] = MappingProxyType({
    11: (0.0, 0.5), 12: (0.5, 1.0), 13: (1.0, 2.0), 14: (2.0, 5.0), 15: (5.0, 5.0),
    21: (0.0, 0.5), 22: (0.5, 1.0), 23: (1.0, 2.0), 24: (2.0, 3.0), 25: (3.0, 4.0), 26: (4.0, 5.0), 27: (5.0, 5.0),
})  # fmt: skip

DURATIONS: MappingProxyType[int, Interval] = MappingProxyType({
    1: (0.0, 12.0), 2: (12.0, 24.0), 3: (24.0, 72.0), 4: (72.0, 168.0), 5: (168.0, 336.0), 6: (336.0, 672.0), 7: (672.0, 672.0),
})  # fmt: skip
"""Code of how long water stands → from, to, hours. The last is open: its upper end equals its lower end."""

_COLUMN = re.compile(r"^A31([ab]?)_(\d)(\d\d)$", re.IGNORECASE)
# The law asks for the time that water stands at the largest assumed scale (水防法施行規則 art. 2) [M].
_SCALE_OF_GROUP = {"1": "L1", "2": "L2", "3": "L2"}
_COLLAPSE = {1: "氾濫流", 2: "河岸侵食", 3: "氾濫流・河岸侵食"}


@dataclass(frozen=True)
class Scheme:
    """Which columns of a layer say what.

    ``kind`` is "depth", "duration" or "collapse"; ``codes`` the codes of depth, m, or duration, h; ``scale`` "L1", "L2" or "".
    """

    kind: str
    value: str
    codes: MappingProxyType[int, Interval]
    scale: str
    river: str = ""
    river_id: str = ""
    authority: str = ""


def rank_of(low: float, high: float) -> int | None:
    """The official rank whose interval holds a depth interval, None where it lies across two or is open below 20 m.

    Examples
    --------
    >>> rank_of(0.5, 1.0), rank_of(2.0, 5.0), rank_of(5.0, 5.0), rank_of(20.0, 20.0)
    (2, None, None, 6)
    """
    if low == high:
        return 6 if low >= RANKS[6][0] else None
    return next((rank for rank, (least, most) in RANKS.items() if least <= low and high <= most), None)


def depth_interval(text: str) -> Interval | None:
    """The interval that words name, m; an open upper end equals the lower; None where they name none.

    Examples
    --------
    >>> depth_interval("0.5m以上3.0m未満"), depth_interval("０．５ｍ未満"), depth_interval("5.0m以上"), depth_interval("2～5m")
    ((0.5, 3.0), (0.0, 0.5), (5.0, 5.0), (2.0, 5.0))
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", plain)]
    if len(numbers) == 2 and numbers[0] < numbers[1]:
        return numbers[0], numbers[1]
    if len(numbers) == 1 and re.search(r"未満|以下", plain):
        return 0.0, numbers[0]
    if len(numbers) == 1 and re.search(r"以上|超|[~～〜-]$", plain):
        return numbers[0], numbers[0]
    return None


def scheme_of(columns: list[str], *, file_name: str) -> Scheme | None:
    """What the columns of a layer mean; None where they are not A31.

    Examples
    --------
    >>> scheme_of(["A31a_201", "A31a_202", "A31a_205"], file_name="A31a-20-24_10.geojson").scale
    'L2'
    >>> scheme_of(["A31_001"], file_name="A31-12_43.shp").codes[14]
    (2.0, 5.0)
    """
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for name in columns:
        found = _COLUMN.match(name)
        if found:
            groups.setdefault((found[1].lower(), found[2]), {})[found[3]] = name
    for (_, group), members in sorted(groups.items()):
        if group == "0" and "01" in members:
            return Scheme("depth", members["01"], CODES_2012, "")
        kind = {"1": "depth", "2": "depth", "3": "duration", "4": "collapse"}.get(group)
        if kind is None:
            continue
        # With an x05 the row is a river's: x01 is its code. Without, x01 is the rank itself.
        value = members.get("05") or members.get("01")
        if value is None:
            continue
        of_river = "05" in members
        return Scheme(
            kind,
            value,
            DURATIONS if kind == "duration" else RANKS,
            _SCALE_OF_GROUP.get(group, _scale_in(file_name)),
            members.get("02", "") if of_river else "",
            members.get("01", "") if of_river else "",
            members.get("04", "") if of_river else "",
        )
    return None


def _scale_in(name: str) -> str:
    return "L2" if re.search(r"想定最大|[-_]20[-_]", name) else "L1" if re.search(r"計画規模|[-_]10[-_]", name) else ""


def is_flood_polygons(path: Path) -> bool:
    """Whether a file is A31, by its name, and by its columns where it is open to look.

    Examples
    --------
    >>> is_flood_polygons(Path("town.gpkg"))
    False
    """
    if not re.match(r"^A31[ab]?[-_]", path.name, re.IGNORECASE):
        return False
    return is_archive(path) or is_vector(path)


def read_flood_polygons(
    path: Path, *, report: ImportReport, crs: str | None = None, near: Bounds | None = None
) -> list[Source]:
    """Official flood depths and durations as polygons of intervals, and house-collapse zones as areas.

    Parameters
    ----------
    path
        A Shapefile, GeoJSON or GeoPackage, or the zip archive as it is downloaded.
    report
        Told everything that was done.
    crs
        Reference system of files that name none ("EPSG:6668" from 2019 on, "EPSG:4612" before).
    near
        (west, south, east, north) in degrees where they must lie, to recognise swapped axes.

    Returns
    -------
    list
        Tables ``flood_polygons`` with id, hazard, name (river), scale ("L1", "L2", "" unknown), authority, rank (1–6, missing
        where the interval fits no rank), depth_low, depth_high (m; equal where open) or duration_low, duration_high (h),
        geometry; and ``areas`` of kind "hazard_zone".

    Raises
    ------
    InputError
        When the file is missing, damaged or not A31.
    """
    if not path.exists():
        raise InputError("{path} does not exist; check the path.", path=path)
    if is_archive(path):
        with opened_archive(path) as folder:
            return _read_folder(folder, path, report=report, crs=crs, near=near)
    sources: list[Source] = []
    for layer in layer_names(path):
        sources += _read_layer(path, layer, report=report, crs=crs, near=near)
    return sources


def _read_folder(folder: Path, archive: Path, *, report: ImportReport, crs: str | None, near: Bounds | None) -> list[Source]:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and is_vector(file)]
    # The archives hold the same polygons as GeoJSON and as Shapefile: one of them is enough.
    stems = {file.stem for file in files if file.suffix.casefold() == ".geojson"}
    chosen = [file for file in files if file.suffix.casefold() == ".geojson" or file.stem not in stems]
    report.noted(
        "flood_polygons", "the same data once more in another format: not read", len(files) - len(chosen), source=archive.name
    )
    if not chosen:
        raise InputError("{path} holds no Shapefile, GeoJSON or GeoPackage; fetch it again.", path=archive)
    sources: list[Source] = []
    for file in chosen:
        for layer in layer_names(file):
            sources += _read_layer(file, layer, report=report, crs=crs, near=near)
    return sources


def _read_layer(path: Path, layer: str, *, report: ImportReport, crs: str | None, near: Bounds | None) -> list[Source]:
    frame = read_layer(path, layer, report=report)
    scheme = scheme_of([str(name) for name in frame.columns], file_name=str(Path(path.parent.name) / path.name))
    if not isinstance(frame, geopandas.GeoDataFrame) or scheme is None:
        raise InputError(
            "{path} has none of the columns of 国土数値情報 A31 (A31_001, A31a_205, A31b_201, …); import it with --mapping.",
            path=path,
        )
    if len(frame) == 0:
        raise InputError("{path} holds no features; leave the file out, or fetch it again.", path=path)
    table = "areas" if scheme.kind == "collapse" else "flood_polygons"
    report.read(table, len(frame), source=path.name)
    frame = placed(frame, crs=crs, near=near, report=report, layer=table, source=path.name)
    if scheme.kind == "collapse":
        made = _zones(frame, scheme)
    elif scheme.kind == "duration":
        made = _durations(frame, scheme, report=report, path=path)
    else:
        made = _depths(frame, scheme, report=report, path=path)
    made = repaired_shapes(made, geometry=("Polygon", "MultiPolygon"), report=report, layer=table, source=path.name)
    if len(made) == 0:
        raise InputError("{path} holds no polygon with a known code; check that it is 国土数値情報 A31.", path=path)
    digests = geometry_digests(made.geometry.to_numpy(), geographic=bool(made.crs.is_geographic))
    prefix = "-".join(part for part in (scheme.scale, "" if scheme.kind == "depth" else path.stem) if part)
    made = made.assign(id=[f"{prefix}{'/' if prefix else ''}{digest}" for digest in digests])
    report.mapped(table, "id", "digest of the geometry", len(made), source=path.name)
    provenance = Provenance(
        f"国土数値情報 洪水浸水想定区域データ (A31), {path.name}",
        attribution="国土数値情報（洪水浸水想定区域）国土交通省",
        notes=() if scheme.scale or table == "areas" else ("scale (L1 or L2) not named by the source",),
    )
    return [SourceTable(table, made.reset_index(drop=True), provenance)]


def _texts(frame: pd.DataFrame, column: str) -> pd.Series:
    if not column:
        return pd.Series("", index=frame.index, dtype="object")
    return frame[column].astype("object").where(frame[column].notna(), "").astype("str").str.strip()


def _depths(frame: geopandas.GeoDataFrame, scheme: Scheme, *, report: ImportReport, path: Path) -> geopandas.GeoDataFrame:
    intervals = _intervals(frame, scheme, report=report, path=path)
    low, high = _ends(intervals)
    ranks = [None if interval is None else rank_of(*interval) for interval in intervals]
    made = frame.assign(
        hazard="river_flood", name=_texts(frame, scheme.river), scale=scheme.scale, authority=_texts(frame, scheme.authority),
        rank=pd.array(ranks, dtype="Int64"), depth_low=low, depth_high=high,
    )[~np.isnan(low)]  # fmt: skip
    open_ended = int(sum(a == b for a, b in zip(made.depth_low, made.depth_high, strict=True)))
    report.mapped("flood_polygons", "depth_low, depth_high", scheme.value, len(made), source=path.name)
    report.noted("flood_polygons", "depth is open upwards: depth_high equals depth_low", open_ended, source=path.name)
    report.noted(
        "flood_polygons",
        "interval of depth fits no official rank: rank unknown",
        int(made["rank"].isna().sum()),
        source=path.name,
    )
    return made


def _durations(frame: geopandas.GeoDataFrame, scheme: Scheme, *, report: ImportReport, path: Path) -> geopandas.GeoDataFrame:
    low, high = _ends(_intervals(frame, scheme, report=report, path=path))
    report.mapped("flood_polygons", "duration_low, duration_high", scheme.value, int((~np.isnan(low)).sum()), source=path.name)
    return frame.assign(
        hazard="river_flood", name=_texts(frame, scheme.river), scale=scheme.scale, authority=_texts(frame, scheme.authority),
        duration_low=low, duration_high=high,
    )[~np.isnan(low)]  # fmt: skip


def _intervals(frame: pd.DataFrame, scheme: Scheme, *, report: ImportReport, path: Path) -> list[Interval | None]:
    """The interval of each row; a code that no list knows is reported."""
    intervals = [_interval(value, scheme) for value in frame[scheme.value]]
    strange = np.asarray([interval is None for interval in intervals])
    codes = sorted({str(value) for value in frame[scheme.value][strange]})
    report.dropped("flood_polygons", "code in {column} is in no known list", int(strange.sum()), source=path.name,
                   values={"column": scheme.value}, examples=codes[:5])  # fmt: skip
    return intervals


def _ends(intervals: list[Interval | None]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    pairs = np.asarray([interval or (math.nan, math.nan) for interval in intervals], dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _interval(value: object, scheme: Scheme) -> Interval | None:
    text = "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value).strip()
    number = re.fullmatch(r"(\d{1,3})(?:\.0+)?", unicodedata.normalize("NFKC", text))
    if number:
        return scheme.codes.get(int(number[1]))
    return depth_interval(text) if scheme.kind == "depth" else None


def _zones(frame: geopandas.GeoDataFrame, scheme: Scheme) -> geopandas.GeoDataFrame:
    codes = pd.to_numeric(frame[scheme.value], errors="coerce")
    words = codes.map(lambda code: _COLLAPSE.get(int(code), "") if not math.isnan(code) else "")
    rivers = _texts(frame, scheme.river)
    names = [f"家屋倒壊等氾濫想定区域（{word or '種別不明'}）{river}" for word, river in zip(words, rivers, strict=True)]
    return frame.assign(name=names, kind="hazard_zone")
