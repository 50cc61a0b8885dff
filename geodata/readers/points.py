"""Points in delimited text (shelters, facilities, sensors, …), and polygons given as lists of vertices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely
import xxhash
from numpy.typing import NDArray

from geodata.crs import Bounds, check_axes, named_crs
from geodata.errors import InputError
from geodata.provenance import Provenance
from geodata.readers.text_table import SNIFFED_BYTES, TextTable, read_text_table, to_numbers
from geodata.report import ImportReport
from geodata.source import Source, SourceTable
from geodata.tables import TABLES, TableContract

SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".xyz")
LONGITUDES = ("longitude", "lon", "lng", "long", "経度", "dec_long_va", "x_lon", "経度（10進）", "施設所在地_経度")
LATITUDES = ("latitude", "lat", "緯度", "dec_lat_va", "y_lat", "緯度（10進）", "施設所在地_緯度")
EASTINGS = ("x", "easting", "east", "x_coord", "xcoord", "point_x", "x座標")
NORTHINGS = ("y", "northing", "north", "y_coord", "ycoord", "point_y", "y座標")
_ALIASES = {
    "id": ("id", "共通id", "no", "code", "station_reference", "site_no", "object id", "objectid", "施設番号", "識別番号"),
    "name": (
        "name",
        "名称",
        "施設名",
        "施設名称",
        "施設・場所名",
        "名前",
        "station_name",
        "station_nm",
        "facility",
        "施設の名称",
    ),
    "address": ("address", "住所", "所在地", "所在地_連結表記", "addr"),
    "capacity": ("capacity", "収容人数", "想定収容人数", "定員"),
}


def is_points(path: Path) -> bool:
    """Whether a file is delimited text with a header that names a pair of coordinates.

    Examples
    --------
    >>> is_points(Path("town.gpkg"))
    False
    """
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    try:
        table = read_text_table(path, at_most=SNIFFED_BYTES)
    except InputError:
        return False
    return table.header and find_coordinates(list(table.frame.columns)) is not None


def is_polygon_vertices(path: Path) -> bool:
    """Whether a file (or the first file of a folder) is a bare list of x, y vertices of one polygon."""
    if path.is_dir():
        files = sorted(path.glob("*.csv"))
        return bool(files) and is_polygon_vertices(files[0])
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    try:
        table = read_text_table(path, at_most=SNIFFED_BYTES)
    except InputError:
        return False
    frame = table.frame
    return not table.header and frame.shape[1] == 2 and len(frame) >= 3 and bool(frame.apply(to_numbers).notna().all(axis=None))


def find_coordinates(columns: Sequence[str]) -> tuple[str, str, bool] | None:
    """Names of the x and the y column, and whether they are degrees; None when there is no such pair.

    Examples
    --------
    >>> find_coordinates(["name", "緯度", "経度"])
    ('経度', '緯度', True)
    >>> find_coordinates(["X", "Y", "ID"])
    ('X', 'Y', False)
    """
    known = {_plain(name): name for name in reversed(list(columns))}
    for east, north, degrees in ((LONGITUDES, LATITUDES, True), (EASTINGS, NORTHINGS, False)):
        x = next((known[name] for name in east if name in known), None)
        y = next((known[name] for name in north if name in known), None)
        if x is not None and y is not None:
            return x, y, degrees
    return None


def read_points(
    path: Path,
    *,
    table: str,
    report: ImportReport,
    columns: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    crs: str | None = None,
    near: Bounds | None = None,
) -> list[Source]:
    """Read points from delimited text into one table.

    Parameters
    ----------
    table
        Name of the contract that the points follow ("shelters", "facilities", "sensors", …).
    columns
        Column of the contract (or "x", "y") → column of the file, where names are not recognised.
    names
        Names of the file's columns, for a file without a header line.
    crs
        The CRS of the coordinates. Degrees are WGS 84 unless given; x and y in metres need one.
    near
        (west, south, east, north) of the city in degrees, to find out swapped axes.

    Raises
    ------
    InputError
        When the coordinate columns are not found, name no CRS, or are swapped; when no point is left.
    """
    contract = TABLES[table]
    text = read_text_table(path, names=names)
    given = dict(columns or {})
    absent = [name for name in given.values() if name not in text.frame.columns]
    if absent:
        raise InputError(
            "{path} has no column {absent}; it has {present}.",
            path=str(path), absent=", ".join(absent), present=", ".join(text.frame.columns),
        )  # fmt: skip
    x_name, y_name, degrees = _coordinates_of(text, given, path)
    if crs is None and not degrees:
        raise InputError("{path} gives x and y without a CRS; give it with --crs EPSG:n.", path=str(path))
    name = named_crs(crs) if crs is not None else "EPSG:4326"
    if crs is None:
        report.noted(table, "the file names no CRS; its degrees are taken as WGS 84 (EPSG:4326)", 1, source=path.name)
    report.read(table, len(text.frame), source=path.name)
    x, y = _coordinate_values(text.frame[x_name]), _coordinate_values(text.frame[y_name])
    placed = np.isfinite(x) & np.isfinite(y)
    report.dropped(
        table, "points without usable coordinates", int((~placed).sum()), source=path.name,
        examples=[f"row {number + 1}" for number in np.flatnonzero(~placed)[:5]],
    )  # fmt: skip
    kept = text.frame[placed].reset_index(drop=True)
    if kept.empty:
        raise InputError("{path} holds no point with coordinates; fill in {x} and {y}.", path=str(path), x=x_name, y=y_name)
    x, y = x[placed], y[placed]
    check_axes((float(x.min()), float(y.min()), float(x.max()), float(y.max())), name, layer=path.name, near=near)
    frame = geopandas.GeoDataFrame(geometry=shapely.points(x, y), crs=name)
    _fill_columns(frame, kept.drop(columns=[x_name, y_name]), contract, given, report, path)
    _fill_ids(frame, table, path, report)
    _fill_kind(frame, contract, path, report)
    frame = frame[[column for column in frame.columns if column != "geometry"] + ["geometry"]]
    return [SourceTable(table, frame, Provenance(path.name))]


def _coordinates_of(text: TextTable, given: Mapping[str, str], path: Path) -> tuple[str, str, bool]:
    if "x" in given and "y" in given:
        return given["x"], given["y"], _plain(given["x"]) in LONGITUDES
    found = find_coordinates(list(text.frame.columns))
    if found is None:
        raise InputError(
            "{path} has no header line; name its columns (names) in the mapping file, x and y among them."
            if not text.header
            else "{path} has no pair of coordinate columns among {columns}; name x and y in the mapping file.",
            path=str(path),
            columns=", ".join(text.frame.columns),
        )
    return found


def _fill_columns(
    frame: geopandas.GeoDataFrame,
    texts: pd.DataFrame,
    contract: TableContract,
    given: Mapping[str, str],
    report: ImportReport,
    path: Path,
) -> None:
    """Columns of the contract in their kinds; the rest as they are, for ``attributes``."""
    known = {_plain(name): name for name in texts.columns}
    used = set()
    for column in contract.columns:
        candidates = (column.name, *_ALIASES.get(column.name, ()))
        origin = given.get(column.name) or next((known[name] for name in candidates if name in known), None)
        if origin is None or origin not in texts.columns:
            continue
        used.add(origin)
        values = texts[origin]
        if column.kind in ("number", "integer"):
            numbers = to_numbers(values)
            strange = numbers.isna() & (values.str.strip() != "")
            report.defaulted(
                contract.name, "{column} is no number: set to unknown", int(strange.sum()), source=path.name,
                values={"column": origin}, examples=values[strange].head(3).tolist(),
            )  # fmt: skip
            frame[column.name] = numbers.to_numpy()
        elif column.kind == "boolean":
            frame[column.name] = values.map(_truth).astype("boolean").to_numpy()
        else:
            frame[column.name] = values.to_numpy()
        if _plain(origin) != column.name:
            report.mapped(contract.name, column.name, origin, len(values), source=path.name)
    for name in texts.columns:
        if name not in used:
            frame[name if name not in contract.by_name and name != "geometry" else f"{name} (source)"] = texts[name].to_numpy()


def _fill_ids(frame: geopandas.GeoDataFrame, table: str, path: Path, report: ImportReport) -> None:
    if "id" not in frame:
        names = frame["name"] if "name" in frame else [""] * len(frame)
        places = zip(frame.geometry.x, frame.geometry.y, names, strict=True)
        keys = [f"{x:.7f} {y:.7f} {name}".encode() for x, y, name in places]
        frame["id"] = [f"{path.stem}-{xxhash.xxh64_hexdigest(key)[:10]}" for key in keys]
        report.defaulted(table, "ids were made from place and name", len(frame), source=path.name)
    repeated = frame["id"].duplicated()
    if repeated.any():
        number = frame.groupby("id").cumcount()
        report.repaired(
            table, "ids repeated; a number was added", int(repeated.sum()), source=path.name,
            examples=frame.loc[repeated, "id"].head(3).tolist(),
        )  # fmt: skip
        frame["id"] = [f"{own}#{count + 1}" if count else own for own, count in zip(frame["id"], number, strict=True)]


def _fill_kind(frame: geopandas.GeoDataFrame, contract: TableContract, path: Path, report: ImportReport) -> None:
    """A kind for elements whose file names none, or one that the contract doesn't know (which stays in an extra column)."""
    column = contract.by_name.get("kind")
    if column is None or not column.choices:
        return
    fallback = "carriageway" if "carriageway" in column.choices and "road" in path.stem.lower() else "other"
    if fallback not in column.choices:
        fallback = ""
    if "kind" not in frame:
        frame["kind"] = fallback
        unknown = np.ones(len(frame), dtype=bool)
    else:
        unknown = (~frame["kind"].isin(column.choices)).to_numpy()
        if unknown.any():
            frame["kind (source)"] = frame["kind"]
            frame["kind"] = frame["kind"].where(~unknown, fallback)
    report.defaulted(
        contract.name, "kind is not one of ours: set to {kind}", int(unknown.sum()), source=path.name,
        values={"kind": fallback or "unknown"},
    )  # fmt: skip


def _plain(name: str) -> str:
    return name.strip().strip('"').lower().replace("　", "")


def _truth(text: str) -> object:
    plain = text.strip().lower()
    if plain in ("1", "1.0", "true", "yes", "y", "t", "○", "〇", "◯", "有", "可"):
        return True
    return False if plain in ("0", "0.0", "false", "no", "n", "f", "×", "無", "不可") else pd.NA


_DMS = re.compile(
    r"""^\s*([+-]?\d{1,3})\s*[°度:]\s*(\d{1,2})\s*['′分:]\s*(\d{1,2}(?:\.\d+)?)\s*["″秒]?\s*([NSEW北南東西]?)\s*$"""
)


def _coordinate_values(texts: pd.Series) -> NDArray[np.float64]:
    """Decimal numbers, or degrees, minutes and seconds, as floats; NaN where neither."""
    numbers: NDArray[np.float64] = to_numbers(texts).to_numpy().copy()
    for place in np.flatnonzero(np.isnan(numbers)):
        if found := _DMS.match(str(texts.iloc[place])):
            degrees, minutes, seconds, side = found.groups()
            size = abs(int(degrees)) + int(minutes) / 60 + float(seconds) / 3600
            numbers[place] = -size if degrees.startswith("-") or side in ("S", "W", "南", "西") else size
    return numbers


def _on_shared_ground(frame: geopandas.GeoDataFrame) -> set[int]:
    """Rows that share more than a hundredth of the smaller one's area with another row."""
    shapes = frame.geometry.to_numpy()
    first, second = frame.sindex.query(shapes, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    common = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    real = common > 0.01 * np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
    return {*first[real].tolist(), *second[real].tolist()}


def read_polygon_vertices(
    path: Path, *, table: str, report: ImportReport, crs: str | None = None, near: Bounds | None = None
) -> list[Source]:
    """Polygons whose vertices stand in files of their own: one file per polygon, x and y per line, no header.

    Parameters
    ----------
    path
        One file, or a folder of them; the file's name becomes the id.
    table
        Name of the contract ("buildings", "areas", "road_surfaces", …).
    crs
        CRS of the vertices.

    Raises
    ------
    InputError
        Without a CRS, for a file that is no list of three or more vertices, or an empty folder.
    """
    files = sorted(file for file in path.glob("*") if file.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
    if not files:
        raise InputError("{path} holds no vertex files (.csv); check the folder.", path=str(path))
    if crs is None:
        raise InputError("{path} gives x and y without a CRS; give it with --crs EPSG:n.", path=str(path))
    shapes = []
    for file in files:
        frame = read_text_table(file).frame
        if frame.shape[1] < 2:
            raise InputError("{path} is no list of x, y vertices; give two columns.", path=str(file))
        points = np.column_stack([to_numbers(frame.iloc[:, 0]), to_numbers(frame.iloc[:, 1])])
        points = points[np.isfinite(points).all(axis=1)]
        if len(np.unique(points, axis=0)) < 3:
            raise InputError("{path} has fewer than three vertices; a polygon needs three.", path=str(file))
        shapes.append(shapely.Polygon(points))
    report.read(table, len(shapes), source=path.name)
    made = np.asarray(shapes, dtype=object)
    broken = ~shapely.is_valid(made)
    if broken.any():
        made[broken] = shapely.make_valid(made[broken], method="structure", keep_collapsed=False)
        report.repaired(
            table, "invalid polygons were made valid", int(broken.sum()), source=path.name,
            examples=[file.stem for file, bad in zip(files, broken, strict=True) if bad],
        )  # fmt: skip
    usable = np.isin(shapely.get_type_id(made), (3, 6)) & ~shapely.is_empty(made)
    report.dropped(table, "polygons without an area", int((~usable).sum()), source=path.name)
    frame = geopandas.GeoDataFrame(
        {"id": [file.stem for file, good in zip(files, usable, strict=True) if good]}, geometry=made[usable], crs=named_crs(crs)
    )
    if frame.empty:
        raise InputError("{path} holds no polygon with an area; check its vertices.", path=str(path))
    west, south, east, north = (float(value) for value in frame.total_bounds)
    check_axes((west, south, east, north), crs, layer=path.name, near=near)
    shared = _on_shared_ground(frame)
    report.noted(
        table,
        "polygons lie on ground of others",
        len(shared),
        source=path.name,
        examples=[str(frame["id"].iloc[i]) for i in sorted(shared)],
    )
    _fill_kind(frame, TABLES[table], path, report)
    return [SourceTable(table, frame, Provenance(path.name))]
