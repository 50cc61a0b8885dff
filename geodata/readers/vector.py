"""Vector files that GDAL reads (GeoPackage, Shapefile, GeoJSON, FlatGeobuf, …) and GeoParquet, as tables of ours."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyarrow as pa
import pyogrio

from geodata.errors import InputError
from geodata.mapping import Mapping, MappingFile, apply_mapping, join_tables, recognise
from geodata.provenance import Provenance
from geodata.readers.archive import is_archive, opened_archive
from geodata.readers.digest import geometry_digests
from geodata.readers.reference import Bounds, placed, split_reference
from geodata.readers.repair import repaired_shapes
from geodata.report import ImportReport
from geodata.source import Source, SourceTable, VerticalReference
from geodata.tables import TABLES

SUFFIXES = (
    ".gpkg",
    ".shp",
    ".geojson",
    ".geojsonl",
    ".geojsons",
    ".fgb",
    ".parquet",
    ".geoparquet",
    ".gdb",
    ".tab",
    ".mif",
    ".kml",
    ".sqlite",
)
PARQUET = (".parquet", ".geoparquet")
SNIFFED = 4096

# Words in names of files and layers, tried in this order; whole words, since "roadhouse" is no road.
_HINTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("road_surfaces", r"road_?(surfaces?|areas?|polygons?)|pavements?|carriageways?|道路面|道路縁", ("Polygon",)),
    ("roads", r"roads?|streets?|highways?|道路|edges", ("LineString",)),
    ("buildings", r"buildings?|bldgs?|footprints?|houses?|建物|建築物|pand(en)?|batiments?", ("Polygon",)),
    ("land_use", r"land_?uses?|land_?cover|luse|土地利用", ("Polygon",)),
    (
        "areas",
        r"districts?|wards?|zones?|zoning|block_groups?|census|tracts?|areas?|boundary|neighbou?rhoods?|行政区域|町丁目|用途地域",
        ("Polygon",),
    ),
    ("water", r"waters?|waterbod(y|ies)|rivers?|lakes?|水域|河川", ("Polygon",)),
    ("crests", r"crests?|levees?|dikes?|dykes?|walls?|embankments?|堤防", ("LineString",)),
    ("shelters", r"shelters?|避難所|避難場所", ("Point", "Polygon")),
    ("facilities", r"facilit(y|ies)|hospitals?|schools?|施設", ("Point", "Polygon")),
    ("sensors", r"sensors?|gauges?|stations?|観測所", ("Point",)),
)
_AREA_KINDS = (("census", r"census|tracts?|block_groups?|町丁目"), ("zoning", r"zones?|zoning|用途地域"), ("ward", r"wards?"),
               ("school_district", r"school_districts?"), ("district", r"districts?|neighbou?rhoods?|行政区域"))  # fmt: skip


def is_vector(path: Path) -> bool:
    """Whether a file looks like one that `read_vector` reads, by its name, and for .json by its first bytes.

    Examples
    --------
    >>> is_vector(Path("town.gpkg")), is_vector(Path("town.tif"))
    (True, False)
    """
    suffix = path.suffix.casefold()
    if suffix in SUFFIXES:
        return True
    if suffix != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(SNIFFED)
    return b'"FeatureCollection"' in start and b'"SensorThings"' not in start


def read_vector(
    path: Path,
    *,
    report: ImportReport,
    table: str | None = None,
    mapping: MappingFile | None = None,
    crs: str | None = None,
    near: Bounds | None = None,
) -> list[Source]:
    """Every layer of a vector file as a table of ours.

    Which table a layer is comes from the mapping file, else from columns known by sight, else from its name and geometry. A
    layer that could be several is refused with the choices named.

    Parameters
    ----------
    path
        A file, a folder of one data set (.gdb), or a zip archive with such files in it.
    report
        Told everything that was done.
    table
        Name of a contract: what the file is, whatever it looks like.
    mapping
        A mapping file.
    crs
        Reference system of layers that name none, "EPSG:n".
    near
        (west, south, east, north) in degrees where the layers must lie, to recognise swapped axes.

    Raises
    ------
    InputError
        When the file is missing, damaged or empty, its reference system is absent or wrong, or nobody can tell what it is.
    """
    if table is not None and table not in TABLES:
        raise InputError("There is no table {table}; use one of {known}.", table=table, known=", ".join(TABLES))
    if not path.exists():
        raise InputError("{path} does not exist; check the path.", path=path)
    if is_archive(path):
        with opened_archive(path) as folder:
            return _read_folder(folder, path, report=report, table=table, mapping=mapping, crs=crs, near=near)
    if mapping is not None and (mapping.ignored(path.name) or mapping.joined(path.name)):
        report.noted("files", "left alone: the mapping file joins it to another or says to ignore it", source=path.name)
        return []
    sources: list[Source] = []
    for layer in layer_names(path):
        sources += _read_layer(path, layer, report=report, table=table, mapping=mapping, crs=crs, near=near)
    return sources


def _read_folder(folder: Path, archive: Path, *, report: ImportReport, **options: Any) -> list[Source]:
    files = [file for file in sorted(folder.rglob("*")) if is_vector(file) and file.is_file()]
    if not files:
        raise InputError(
            "{path} holds no vector file ({known}); unpack it and give what is in it.", path=archive, known=", ".join(SUFFIXES)
        )
    chosen: dict[str, Path] = {}
    for file in files:
        other = chosen.get(file.stem)
        if other is not None and {other.suffix, file.suffix} == {".shp", ".geojson"}:
            report.noted(
                "files",
                "{file} is the same data once more in another format: not read",
                source=archive.name,
                values={"file": file.name},
            )
            continue
        chosen[file.stem if other is None else str(file)] = file
    return [source for file in chosen.values() for source in read_vector(file, report=report, **options)]


def layer_names(path: Path) -> list[str]:
    """Names of the layers of a file that have features to read.

    Raises
    ------
    InputError
        When GDAL cannot open it.
    """
    if path.suffix.casefold() in PARQUET:
        return [path.stem]
    _require_whole(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what GDAL has to say is reported when the layer is read
            return [str(name) for name, _ in pyogrio.list_layers(path) if str(name) != "layer_styles"]
    except pyogrio.errors.DataSourceError as problem:
        raise _unreadable(path, problem) from None


def _require_whole(path: Path) -> None:
    """Raise where a GeoPackage is shorter than its header says: SQLite reads what is left and tells nobody.

    Reference: SQLite file format, section 1.3: page size at byte 16, number of pages at byte 28.
    """
    if path.suffix.casefold() not in (".gpkg", ".sqlite") or not path.is_file():
        return
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(b"SQLite format 3\x00") or head[24:28] != head[92:96]:
        return  # no SQLite: GDAL will say so; or written by a version that does not keep the number of pages
    size = int.from_bytes(head[16:18], "big")
    expected = (65536 if size == 1 else size) * int.from_bytes(head[28:32], "big")
    if path.stat().st_size < expected:
        raise InputError(
            "{path} is cut off: {found} of {expected} bytes are there; fetch or export it again.",
            path=path,
            found=path.stat().st_size,
            expected=expected,
        )


def _unreadable(path: Path, problem: Exception) -> InputError:
    reason = " ".join(str(problem).split())
    if path.suffix.casefold() == ".shp" and not path.with_suffix(".shx").exists():
        reason = f"{path.with_suffix('.shx').name} is missing beside it"
    return InputError("{path} cannot be read as a vector file ({reason}); fetch or export it again.", path=path, reason=reason)


def read_layer(path: Path, layer: str | None, *, report: ImportReport, source: str = "") -> pd.DataFrame:
    """One layer as GDAL or pyarrow gives it: a GeoDataFrame, or a DataFrame where it has no geometry. CSV tables are read too.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    try:
        if path.suffix.casefold() in (".csv", ".txt"):
            return pd.read_csv(path, skipinitialspace=True, encoding="utf-8-sig", low_memory=False).rename(columns=str.strip)
        if path.suffix.casefold() in PARQUET:
            return _read_parquet(path)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=layer, encoding=shapefile_encoding(path))
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.GeometryError,
        pyogrio.errors.FeatureError,
    ) as problem:
        raise _unreadable(path, problem) from None
    except (OSError, ValueError, pa.ArrowException) as problem:
        reason = " ".join(str(problem).split())[:200]
        raise InputError("{path} cannot be read ({reason}); fetch or export it again.", path=path, reason=reason) from None
    for message in sorted({str(one.message) for one in said if issubclass(one.category, RuntimeWarning)}):
        report.noted(layer or path.stem, "GDAL says: {message}", source=source or path.name, values={"message": message})
    if path.suffix.casefold() == ".shp" and not path.with_suffix(".dbf").exists():
        report.noted(layer or path.stem, "the Shapefile has no .dbf: shapes without attributes", source=source or path.name)
        frame = frame.drop(columns=[name for name in ("FID",) if name in frame.columns])
    return frame


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return geopandas.read_parquet(path)
    except ValueError as problem:
        if "geo metadata" not in str(problem):
            raise
        return pd.read_parquet(path)


def shapefile_encoding(path: Path) -> str | None:
    """The encoding of a Shapefile's texts where the file does not name it; None = GDAL knows.

    Many Japanese Shapefiles have neither a .cpg nor a language code in the .dbf: their bytes tell UTF-8 from cp932.
    """
    table = path.with_suffix(".dbf")
    if path.suffix.casefold() != ".shp" or not table.is_file() or path.with_suffix(".cpg").exists():
        return None
    with table.open("rb") as file:
        start = file.read(1 << 20)
    if len(start) < 32 or start[29] != 0:
        return None
    body = start[int.from_bytes(start[8:10], "little") :]
    # Records may be cut in the middle of a character at the end of what was read: leave the last bytes out.
    for encoding in ("ascii", "utf-8", "cp932"):
        try:
            body[: len(body) - 4].decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if encoding == "ascii" else encoding
    return None


def _read_layer(
    path: Path,
    layer: str,
    *,
    report: ImportReport,
    table: str | None,
    mapping: MappingFile | None,
    crs: str | None,
    near: Bounds | None,
) -> list[Source]:
    name = path.name if layer == path.stem else f"{path.name}:{layer}"
    frame = read_layer(path, layer, report=report, source=name)
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise InputError("{source} has no geometry; join it to a layer that has, with a mapping file (--mapping).", source=name)
    if len(frame) == 0:
        raise InputError("{source} holds no features; give a layer that has some, or leave the file out.", source=name)
    if frame.geometry.isna().all():
        raise InputError(
            "None of the features of {source} ({count}) has a geometry; export it again.", source=name, count=len(frame)
        )
    frame = _plain_columns(frame)
    told = mapping.for_layer(path.name, layer) if mapping is not None else None
    if (
        told is None
        and mapping is not None
        and table is None
        and any(one.fits(path.name, "*") or one.file == path.name for one in mapping.layers)
    ):
        report.noted("files", "layer not named in the mapping file: not read", source=name)
        return []
    rules = told or recognise(frame, file_name=path.name)
    kind = table or (rules.table if rules else None) or _hinted(frame, path, layer, name)
    if rules is None or rules.table != kind:
        own_id = ["id"] if "id" in frame.columns and frame["id"].notna().all() else []
        needed = _needed(kind, path, layer)
        rules = Mapping.model_validate({"table": kind, "origin": "name and geometry", "id": own_id, "constants": needed})
    if rules.origin:
        report.noted(
            kind, "layer taken for {table} by its {origin}", source=name, values={"table": kind, "origin": rules.origin}
        )
    report.read(kind, len(frame), source=name)
    stated = frame.crs
    frame = placed(frame, crs=rules.crs or crs, near=near, report=report, layer=kind, source=name)
    folders = (path.parent, *((mapping.folder,) if mapping is not None else ()))
    for join in rules.join:
        joined = join_tables(
            frame, join, folders=folders, read=lambda file, which: _second_table(file, which, report), report=report, table=kind
        )
        assert isinstance(joined, geopandas.GeoDataFrame)
        frame = joined
    geometry = TABLES[kind].geometry
    mapped = apply_mapping(frame, rules, report=report, source=name)
    if not isinstance(mapped, geopandas.GeoDataFrame) or not geometry:
        raise InputError(
            "The table {table} has no geometry, so {source} cannot be it; correct the mapping file.", table=kind, source=name
        )
    if "id" not in mapped.columns:
        mapped = _identified(mapped, report=report, layer=kind, source=name)
    mapped = repaired_shapes(mapped, geometry=geometry, report=report, layer=kind, source=name, ids="id")
    if len(mapped) == 0:
        raise InputError(
            "{source} holds no feature that can be one of {table} ({kinds}); give another layer, or use --mapping.",
            source=name,
            table=kind,
            kinds=" or ".join(geometry),
        )
    provenance = Provenance(
        rules.source or name, licence=rules.licence, attribution=rules.attribution, date=rules.date,
        notes=(f"recognised as {rules.origin}",) if rules.origin else (),
    )  # fmt: skip
    heights = rules.heights.reference() if rules.heights else _own_heights(stated, mapped)
    return [SourceTable(kind, mapped.reset_index(drop=True), provenance, heights)]


def _second_table(path: Path, layer: str | None, report: ImportReport) -> pd.DataFrame:
    if not path.is_file():
        raise InputError("{path} does not exist; correct the mapping file.", path=path)
    frame = read_layer(path, layer, report=report)
    return _plain_columns(frame)


def _plain_columns(frame: Any) -> Any:
    """Column names without the blanks that CSV headers and databases leave around them."""
    return frame.rename(columns={name: str(name).strip() for name in frame.columns if str(name) != str(name).strip()})


def _own_heights(stated: Any, frame: geopandas.GeoDataFrame) -> VerticalReference | None:
    """Elevations without a word about their datum stay that way: unknown, which the importer has to resolve."""
    elevations = {"ground_elevation", "crest_elevation", "gauge_zero", "level", "deck_elevation"} & set(frame.columns)
    if not elevations:
        return None
    _, heights = split_reference(stated) if stated is not None else (None, None)
    return heights or VerticalReference()


def _identified(frame: geopandas.GeoDataFrame, *, report: ImportReport, layer: str, source: str) -> geopandas.GeoDataFrame:
    shapes = frame.geometry.to_numpy()
    digests = geometry_digests(shapes, geographic=bool(frame.crs.is_geographic))
    others = [name for name in frame.columns if name != frame.geometry.name]
    twice = pd.Series(["-" in digest for digest in digests], index=frame.index)
    if twice.any() and not others:
        report.dropped(layer, "the same shape once more, without attributes", int(twice.sum()), source=source)
    elif twice.any():
        report.noted(layer, "the same shape more than once: ids numbered", int(twice.sum()), source=source)
    report.mapped(layer, "id", "digest of the geometry", len(frame), source=source)
    frame = frame.assign(id=digests)
    return frame if others else frame[~twice]


def _has(pattern: str, text: str) -> bool:
    return re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", text) is not None


def _hinted(frame: geopandas.GeoDataFrame, path: Path, layer: str, name: str) -> str:
    kinds = {
        str(kind).removeprefix("Multi").replace("LinearRing", "LineString")
        for kind in frame.geometry.geom_type.dropna().unique()
    }
    words = f"{path.stem} {layer}".casefold()
    for table, pattern, geometry in _HINTS:
        if kinds <= set(geometry) and _has(pattern, words):
            return table
    choices = [
        table
        for table, contract in TABLES.items()
        if contract.geometry and kinds & {one.removeprefix("Multi") for one in contract.geometry}
    ]
    raise InputError(
        "It is not clear what {source} is ({kinds}, columns {columns}): it could be {choices}. Say which with --mapping.",
        source=name,
        kinds=", ".join(sorted(kinds)),
        columns=", ".join(str(one) for one in frame.columns if one != frame.geometry.name) or "none",
        choices=", ".join(choices) or "nothing known",
    )


def _needed(table: str, path: Path, layer: str) -> dict[str, str]:
    """Values that a contract demands and a name can tell: the kind of an area."""
    if table == "areas":
        words = f"{path.stem} {layer}".casefold()
        return {"kind": next((kind for kind, pattern in _AREA_KINDS if _has(pattern, words)), "other")}
    return {"kind": "other"} if table in ("facilities", "sensors") else {"kind": "levee"} if table == "crests" else {}


def bounds_in_degrees(source: SourceTable) -> Bounds:
    """(west, south, east, north) of a table, degrees: what the next layer's axes can be compared with."""
    west, south, east, north = source.frame.to_crs("EPSG:4326").total_bounds
    return float(west), float(south), float(east), float(north)
