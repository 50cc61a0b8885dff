"""From files to a city package: find, read, assemble, match with the package that is replaced, write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from geodata.assemble import assemble
from geodata.atomic import refuse_foreign
from geodata.city import City
from geodata.crosswalk import make_crosswalk
from geodata.crs import Bounds
from geodata.dispatch import plan_readings
from geodata.errors import InputError
from geodata.formats import read_hazard, read_terrain
from geodata.mapping import read_mapping
from geodata.package import is_package, open_city, write_package
from geodata.placement import centres, middle_of
from geodata.progress import Progress, silent
from geodata.readers.rain import read_rain
from geodata.reading import Context
from geodata.report import ImportReport
from geodata.sample import sample_city
from geodata.source import Source, SourceRaster, SourceTable

_AROUND = 0.5  # degrees around the middle of what is known so far in which more of the city may lie
_EDGE = 0.02  # degrees added to the layers' extent when a part of a large hazard raster is read (about 2 km)


def import_city(
    sources: Sequence[Path],
    *,
    out: Path,
    name: str | None = None,
    terrain: Sequence[Path] = (),
    hazard: Sequence[Path] = (),
    duration: Sequence[Path] = (),
    rain: Sequence[Path] = (),
    crs: str | None = None,
    cell: float | None = None,
    mapping: Path | None = None,
    vertical_offset: float | None = None,
    progress: Progress | None = None,
) -> tuple[City, ImportReport]:
    """Read sources into a city package that appears whole or not at all.

    Parameters
    ----------
    sources
        Files or folders; where two tell of the same building, PLATEAU wins over CityJSON, over other vector files, over
        OpenStreetMap.
    out
        Folder of the package; an existing package is replaced, with a crosswalk of ids.
    name
        Name of the city; None = that of the first source.
    terrain, hazard
        Elevation rasters; official hazard maps of depth.
    duration
        Official maps of how long water stands, in hours unless they name another unit.
    rain
        Rain rates over time, see `geodata.readers.rain`.
    crs
        The city's CRS, and that of sources that name none.
    cell
        Cell size, m.
    mapping
        YAML file that says which column means what.
    vertical_offset
        Metres to add to heights whose datum is not the terrain's.
    progress
        Told how far it is.

    Returns
    -------
    The city as opened from the package, and the report.

    Raises
    ------
    InputError
        With one sentence on what is wrong with which source. Nothing is written then.
    """
    # long work shall not begin in vain
    refuse_foreign(out, may_replace=is_package, kind="city package")
    tell = progress or silent
    report = ImportReport()
    named = frozenset(path.resolve() for path in (*terrain, *hazard, *duration, *rain))
    context = Context(report, crs, None, read_mapping(mapping) if mapping is not None else None, tell, named)
    # a pipeline of its own generator: a source is read when the one before has been taken
    read = list(_read_all(list(sources), list(terrain), list(hazard), list(duration), list(rain), context))
    title = name or _title([*sources, *terrain])
    city = assemble(read, name=title, report=report, crs=crs, cell=cell, vertical_offset=vertical_offset, progress=tell)
    return _written(city, report, out, tell)


def import_sample(*, out: Path, buildings: int, seed: int, progress: Progress | None = None) -> tuple[City, ImportReport]:
    """Make the fictional sample city as a package; see `geodata.sample`."""
    refuse_foreign(out, may_replace=is_package, kind="city package")
    tell = progress or silent
    report = ImportReport()
    made = sample_city(buildings=buildings, seed=seed)
    city = assemble(_told(made.sources(), report), name="Kawabe", report=report, progress=tell)
    return _written(city, report, out, tell)


def _told(sources: Iterable[Source], report: ImportReport) -> Iterator[Source]:
    """The sources, with what they hold written to the report, as readers do."""
    for source in sources:
        if isinstance(source, SourceTable):
            report.read(source.table, len(source.frame), source=source.provenance.source)
        yield source


def _written(city: City, report: ImportReport, out: Path, tell: Progress) -> tuple[City, ImportReport]:
    crosswalk = None
    if is_package(out):
        try:
            before: City | None = open_city(out)
            crosswalk = make_crosswalk(before, city, report) if before is not None else None
        except InputError as fault:
            # a damaged package may be replaced, but its ids cannot be matched
            report.noted(
                "crosswalk",
                "no crosswalk, since the package that was replaced cannot be read: {reason}",
                values={"reason": str(fault)},
            )
    write_package(city, report, out, crosswalk=crosswalk, progress=tell)
    return open_city(out), report


def _title(paths: Sequence[Path]) -> str:
    first = paths[0].absolute()
    return first.name if first.is_dir() else first.name.split(".")[0]


def _read_all(
    sources: list[Path], terrain: list[Path], hazard: list[Path], duration: list[Path], rain: list[Path], context: Context
) -> Iterator[Source]:
    readings = plan_readings(sources, context)
    tables: list[SourceTable] = []
    rasters: list[SourceRaster] = []
    for done, reading in enumerate(readings):
        context.progress("read", done, len(readings))
        for source in reading.sources(context):
            (tables if isinstance(source, SourceTable) else rasters).append(source)  # type: ignore[arg-type]
            yield source
        if context.near is None:
            context = replace(context, near=_around(tables))
    for path in terrain:
        for source in read_terrain(path, context):
            if isinstance(source, SourceRaster):
                rasters.append(source)
            yield source
    for path in hazard:
        yield from read_hazard(path, context, bounds=_extent(tables, rasters), kind="depth")
    for path in duration:
        yield from read_hazard(path, context, bounds=_extent(tables, rasters), kind="duration")
    for path in rain:
        yield from read_rain(path, report=context.report, crs=context.crs, bounds=_extent(tables, rasters))


def _around(tables: Sequence[SourceTable]) -> Bounds | None:
    placed = [table for table in tables if getattr(table.frame, "crs", None) is not None and len(table.frame)]
    place = middle_of(placed, ()) if placed else None
    if place is None or not all(np.isfinite(place)):
        return None
    return place[0] - _AROUND, place[1] - _AROUND, place[0] + _AROUND, place[1] + _AROUND


def _extent(tables: Sequence[SourceTable], rasters: Sequence[SourceRaster]) -> Bounds | None:
    """Where layers and terrain lie, in degrees, strays left aside: the part of a large hazard raster that is wanted."""
    around = _around(tables)
    boxes: list[Bounds] = []
    for table in tables:
        frame = table.frame
        if around is None or getattr(frame, "crs", None) is None or not len(frame):
            continue
        points = centres(frame.to_crs("EPSG:4326"))
        west, south, east, north = around
        inside = (points[:, 0] >= west) & (points[:, 0] <= east) & (points[:, 1] >= south) & (points[:, 1] <= north)
        if inside.any():
            low, high = points[inside].min(axis=0), points[inside].max(axis=0)
            boxes.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
    for raster in rasters:
        if raster.role == "elevation":
            box = raster.data.rio.transform_bounds("EPSG:4326")
            boxes.append((float(box[0]), float(box[1]), float(box[2]), float(box[3])))
    if not boxes:
        return None
    array = np.asarray(boxes)
    west, south = array[:, :2].min(axis=0) - _EDGE
    east, north = array[:, 2:].max(axis=0) + _EDGE
    return float(west), float(south), float(east), float(north)
