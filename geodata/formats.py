"""The formats that are read: how each is known by its content, who reads it, and in which order their word counts."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import osmium

from geodata.crs import Bounds
from geodata.errors import InputError
from geodata.readers.archive import is_archive
from geodata.readers.cityjson import is_cityjson, read_cityjson
from geodata.readers.damage import is_damage, read_damage
from geodata.readers.flood_polygons import is_flood_polygons, read_flood_polygons
from geodata.readers.gsi_shelters import is_gsi_shelters, read_gsi_shelters
from geodata.readers.osm import is_osm, read_osm
from geodata.readers.plateau import is_plateau, read_plateau
from geodata.readers.points import is_points, is_polygon_vertices, read_points, read_polygon_vertices
from geodata.readers.rain_statistics import is_rain_statistics, read_rain_statistics
from geodata.readers.raster import is_raster, read_raster
from geodata.readers.sensors import is_sensors, read_sensors
from geodata.readers.trips import is_trips, read_trips
from geodata.readers.vector import is_vector, read_vector
from geodata.reading import Context, Reader
from geodata.source import Source, SourceRaster

_ELEVATION_WORDS = r"dem|dtm|dsm|terrain|topo\w*|elev\w*|標高|地形"
_DURATION_WORDS = r"duration|keizoku|継続時間"
_DEPTH_WORDS = r"depth|shinsuishin|浸水深"
_HAZARD_WORDS = r"hazard|flood\w*|inundation|depth|浸水|洪水|津波|高潮"


def raster_role(path: Path) -> str | None:
    """What a raster is by its name: "hazard", "elevation", or None where the name does not say."""
    words = path.stem.casefold()
    for role, pattern in (("hazard", _HAZARD_WORDS), ("elevation", _ELEVATION_WORDS)):
        if re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", words):
            return role
    return None


def read_terrain(path: Path, context: Context) -> list[Source]:
    """An elevation raster named by ``--terrain``."""
    if not path.exists():
        raise InputError("{path} does not exist; check the path.", path=path)
    if not is_raster(path):
        raise InputError("{path} is not a raster that is known; give terrain as GeoTIFF, ASC, NetCDF or Zarr.", path=path)
    return read_raster(path, role="elevation", report=context.report, crs=context.crs)


def read_hazard(
    path: Path, context: Context, *, bounds: Bounds | None = None, kind: Literal["depth", "duration"] | None = None
) -> list[Source]:
    """An official hazard map: a raster of depths (``--hazard``) or of hours (``--duration``), or polygons that say which.

    Parameters
    ----------
    kind
        What a raster holds, as a person said; None = by its unit, else by its name.
    """
    if not path.exists():
        raise InputError("{path} does not exist; check the path.", path=path)
    if is_raster(path):
        named = named_duration(path)
        if kind == "depth" and named:
            raise InputError(
                "{path} is named as how long water stands, not how deep; give it with --duration, or rename it.",
                path=path,
            )
        details = hazard_details(path)
        if kind is not None or named:
            details["kind"] = kind or "duration"
        return read_raster(path, role="hazard", report=context.report, crs=context.crs, details=details, bounds=bounds)
    if is_flood_polygons(path):
        return read_flood_polygons(path, report=context.report, crs=context.crs, near=context.near)
    reader = reader_of(path, context) if path.is_file() else None
    made = reader.read(path, context) if reader is not None else []
    if not any(not isinstance(source, SourceRaster) and source.table == "flood_polygons" for source in made):
        raise InputError(
            "{path} is no hazard map that is known; give a raster of depths in metres, or polygons with depth ranks (A31).",
            path=path,
        )
    return made


def named_duration(path: Path) -> bool:
    """Whether the name of a raster says that it holds how long water stands.

    Examples
    --------
    >>> [named_duration(Path(name)) for name in ("浸水継続時間_L2.tif", "river_L2_duration.tif", "depth_storm_duration_6h.tif")]
    [True, True, False]
    """
    words = path.stem.casefold()
    return bool(re.search(_DURATION_WORDS, words)) and not re.search(_DEPTH_WORDS, words)


def hazard_details(path: Path) -> dict[str, str]:
    """What the name of a hazard raster says: which hazard, which scale.

    Examples
    --------
    >>> hazard_details(Path("kikuchi_L2_depth.tif"))
    {'name': 'kikuchi_L2_depth', 'hazard': 'river_flood', 'scale': 'L2'}
    """
    words = path.stem.casefold()
    kinds = {
        "tsunami": r"tsunami|津波",
        "high_tide": r"high.?tide|storm.?surge|surge|高潮",
        "inland_flood": r"inland|pluvial|内水",
        "reservoir": r"reservoir|ため池",
    }
    hazard = next((kind for kind, pattern in kinds.items() if re.search(pattern, words)), "river_flood")
    found = re.search(r"(?<![a-z0-9])l([12])(?![0-9])", words)
    scale = f"L{found[1]}" if found else "L1" if "計画規模" in words else "L2" if "想定最大" in words else ""
    return {"name": path.stem, "hazard": hazard, "scale": scale}


def _knows_plateau(path: Path, _: Context) -> bool:
    return is_plateau(path)


def _read_plateau(path: Path, context: Context) -> list[Source]:
    return read_plateau(path, report=context.report, progress=lambda label, count: context.progress(label, count, 0))


def _knows_cityjson(path: Path, _: Context) -> bool:
    return path.is_file() and is_cityjson(path)


def _read_cityjson(path: Path, context: Context) -> list[Source]:
    return read_cityjson(path, report=context.report, crs=context.crs)


def _knows_osm(path: Path, _: Context) -> bool:
    return path.is_file() and is_osm(path)


def _read_osm(path: Path, context: Context) -> list[Source]:
    return read_osm(path, report=context.report)


def _read_osm_together(paths: tuple[Path, ...], context: Context) -> list[Source]:
    names = " + ".join(path.name for path in paths)
    with tempfile.TemporaryDirectory(prefix="city-twin-") as folder:
        merged = Path(folder) / f"{paths[0].name.split('.')[0]}-and-{len(paths) - 1}-more.osm.pbf"
        together = osmium.MergeInputReader()
        try:
            for path in paths:
                together.add_file(str(path))
            with osmium.SimpleWriter(str(merged)) as writer:
                together.apply(writer)
        except RuntimeError as fault:
            raise InputError(
                "{paths} cannot be read as OpenStreetMap ({reason}); fetch the extracts again.", paths=names, reason=str(fault)
            ) from None
        context.report.noted(
            "files", "extracts of OpenStreetMap were put together: an object in several counts once", len(paths), source=names
        )
        made = _read_osm(merged, context)
    return [replace(source, provenance=replace(source.provenance, source=names)) for source in made]


def _knows_shelters(path: Path, _: Context) -> bool:
    if path.is_dir():
        # only a folder of nothing else: its emergency and evacuation lists become one
        files = [file for file in path.iterdir() if file.is_file() and not file.name.startswith(".")]
        return bool(files) and all(is_gsi_shelters(file) for file in files)
    return is_gsi_shelters(path)


def _read_shelters(path: Path, context: Context) -> list[Source]:
    return read_gsi_shelters(path, report=context.report, near=context.near)


def _knows_sensors(path: Path, _: Context) -> bool:
    return path.is_file() and is_sensors(path)


def _read_sensors(path: Path, context: Context) -> list[Source]:
    return read_sensors(path, report=context.report)


def _knows_flood(path: Path, _: Context) -> bool:
    return path.is_file() and is_flood_polygons(path)


def _read_flood(path: Path, context: Context) -> list[Source]:
    return read_flood_polygons(path, report=context.report, crs=context.crs, near=context.near)


def _knows_damage(path: Path, _: Context) -> bool:
    return is_damage(path)


def _read_damage(path: Path, context: Context) -> list[Source]:
    return read_damage(path, report=context.report)


def _knows_trips(path: Path, _: Context) -> bool:
    return is_trips(path)


def _read_trips(path: Path, context: Context) -> list[Source]:
    return read_trips(path, report=context.report)


def _knows_rain_statistics(path: Path, _: Context) -> bool:
    return is_rain_statistics(path)


def _read_rain_statistics(path: Path, context: Context) -> list[Source]:
    return read_rain_statistics(path, report=context.report)


def _knows_vector(path: Path, _: Context) -> bool:
    return is_vector(path) or (path.suffix.lower() == ".zip" and is_archive(path))


def _read_vector(path: Path, context: Context) -> list[Source]:
    return read_vector(path, report=context.report, mapping=context.mapping, crs=context.crs, near=context.near)


def _knows_vertices(path: Path, _: Context) -> bool:
    return is_polygon_vertices(path) and _table_of_vertices(path) is not None


def _table_of_vertices(path: Path) -> str | None:
    """What bare polygons are, by the words of their file and folder."""
    words = f"{path.name} {path.parent.name if path.is_file() else ''}".casefold()
    for table, pattern in (
        ("buildings", r"house|building|bldg"),
        ("road_surfaces", r"road|street"),
        ("water", r"water|river|lake"),
    ):
        if re.search(pattern, words):
            return table
    return None


def _read_vertices(path: Path, context: Context) -> list[Source]:
    table = _table_of_vertices(path)
    assert table is not None  # _knows_vertices asked before
    return read_polygon_vertices(path, table=table, report=context.report, crs=context.crs, near=context.near)


def _knows_points(path: Path, _: Context) -> bool:
    return _table_of_points(path) is not None and is_points(path)


def _table_of_points(path: Path) -> str | None:
    words = path.stem.casefold()
    for table, pattern in (
        ("shelters", r"shelter|避難"),
        ("sensors", r"sensor|gauge|station|observation|観測"),
        ("facilities", r"facilit|hospital|clinic|care|school|pump|施設|病院"),
    ):
        if re.search(pattern, words):
            return table
    return None


def _read_points(path: Path, context: Context) -> list[Source]:
    table = _table_of_points(path)
    assert table is not None  # _knows_points asked before
    return read_points(path, table=table, report=context.report, crs=context.crs, near=context.near)


def _knows_raster(path: Path, _: Context) -> bool:
    return is_raster(path)


def _read_raster(path: Path, context: Context) -> list[Source]:
    if raster_role(path) == "hazard":
        return read_hazard(path, context)
    return read_terrain(path, context)


# in the order in which they are asked; the rank says whose word counts
READERS: tuple[Reader, ...] = (
    Reader("plateau", 0, _knows_plateau, _read_plateau),
    Reader("cityjson", 1, _knows_cityjson, _read_cityjson),
    Reader("osm", 9, _knows_osm, _read_osm, _read_osm_together),
    Reader("shelters", 5, _knows_shelters, _read_shelters),
    Reader("damage", 10, _knows_damage, _read_damage),
    Reader("trips", 11, _knows_trips, _read_trips),
    Reader("rain statistics", 12, _knows_rain_statistics, _read_rain_statistics),
    Reader("sensors", 6, _knows_sensors, _read_sensors),
    Reader("flood polygons", 4, _knows_flood, _read_flood),
    Reader("vector", 2, _knows_vector, _read_vector),
    Reader("polygon vertices", 3, _knows_vertices, _read_vertices),
    Reader("points", 7, _knows_points, _read_points),
    Reader("raster", 8, _knows_raster, _read_raster),
)
_BY_NAME = {reader.name: reader for reader in READERS}
# formats whose data set is a folder, with which of its files belong to it: asked before the files one by one
FOLDERS: tuple[tuple[Reader, Callable[[Path, Path], bool]], ...] = (
    (_BY_NAME["plateau"], lambda path, _: path.suffix.lower() in (".gml", ".citygml")),
    (_BY_NAME["shelters"], lambda path, root: path.parent == root),
    (_BY_NAME["polygon vertices"], lambda path, root: path.parent == root and path.suffix.lower() == ".csv"),
)


def reader_of(path: Path, context: Context) -> Reader | None:
    """Who reads a file; None for no known format."""
    return next((reader for reader in READERS if reader.knows(path, context)), None)
