"""What to read of the files and folders that a person names: folders walked, order of trust, nothing left out silently."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geodata.errors import InputError
from geodata.formats import FOLDERS, raster_role, reader_of
from geodata.package import DOCUMENT, is_package
from geodata.reading import Context, Reader, Reading

# parts of other files, or papers about the data: no data of their own
_COMPANIONS = (".prj", ".dbf", ".shx", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".gfs", ".tfw", ".aux", ".ovr", ".lic", ".md",
               ".pdf", ".qgz", ".qml", ".sld", ".lyr", ".png", ".jpg", ".jpeg")  # fmt: skip
_PAPERS = ("sources.txt", "readme.txt", "license.txt", "licence.txt", "readme")


def plan_readings(paths: list[Path], context: Context) -> list[Reading]:
    """What to read of files and folders, in order of trust.

    A file that is named and not known is an error; one that a folder holds is reported as left out.

    Raises
    ------
    InputError
        When a path does not exist, a named file is of no known format, or a folder holds nothing that can be read.
    """
    found: list[Reading] = []
    for path in paths:
        if not path.exists():
            raise InputError("{path} does not exist; check the path.", path=path)
        if is_package(path):
            raise InputError(
                "{path} is a city package already; give the sources it was made from, or export it first.", path=path
            )
        if path.is_dir():
            readings = list(_walk(path, context))
            if not readings:
                raise InputError(
                    "{path} holds no file of a known format; give CityGML, CityJSON, OpenStreetMap, a vector file or a raster.",
                    path=path,
                )
            found += readings
            continue
        reader = reader_of(path, context)
        if reader is None:
            raise InputError(
                "{path} is not a known format; give CityGML, CityJSON, OpenStreetMap, a vector file, points or a raster.",
                path=path,
            )
        found.append(Reading(reader, (path,)))
    return _osm_together(sorted(found, key=lambda reading: reading.reader.rank))


def _osm_together(readings: list[Reading]) -> list[Reading]:
    """All OpenStreetMap extracts as one: a way that crosses the border of two is cut at junctions of both."""
    osm = [reading for reading in readings if reading.reader.name == "osm"]
    if len(osm) < 2:
        return readings
    paths = tuple(path for reading in osm for path in reading.paths)
    return [*(reading for reading in readings if reading.reader.name != "osm"), Reading(osm[0].reader, paths)]


def _walk(folder: Path, context: Context) -> Iterator[Reading]:
    """Every reading in a folder; a data set that is a folder is one reading."""
    report = context.report
    packages = [mark.parent for mark in sorted(folder.rglob(DOCUMENT)) if is_package(mark.parent)]
    for package in packages:
        report.noted(
            "files", "a city package lies in the folder: it is no source", source=package.relative_to(folder).as_posix()
        )
    claimed = {path for package in packages for path in package.rglob("*")}
    for reader, of_its_files in FOLDERS:
        for root in _roots(folder, reader, context):
            claimed |= {path for path in root.rglob("*") if of_its_files(path, root)}
            yield Reading(reader, (root,))
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        if not path.is_file() or any(part.startswith((".", "__MACOSX")) for part in below.parts):
            continue
        label = below.as_posix()
        if "codelists" in below.parts or "metadata" in below.parts:
            continue
        if path in claimed or path.resolve() in context.elsewhere:
            continue
        if path.suffix.lower() in _COMPANIONS or path.name.lower() in _PAPERS or path.name.lower().endswith(".aux.xml"):
            continue
        if context.mapping is not None and (context.mapping.ignored(path.name) or context.mapping.joined(path.name)):
            report.noted("files", "left alone: the mapping file joins it to another or says to ignore it", source=label)
            continue
        known = reader_of(path, context)
        if known is None:
            report.dropped("files", "not a known format", 1, source=label)
        elif known.name == "raster" and raster_role(path) is None:
            report.dropped(
                "files", "a raster of unknown meaning: give it with --terrain, --hazard or --duration", 1, source=label
            )
        else:
            yield Reading(known, (path,))


def _roots(folder: Path, reader: Reader, context: Context) -> list[Path]:
    """Folders in (or at) a folder that are one data set for a reader."""
    candidates = [folder, *sorted(path for path in folder.rglob("*") if path.is_dir() and not path.name.startswith("."))]
    found: list[Path] = []
    for candidate in candidates:
        inside = any(root == candidate or root in candidate.parents for root in found)
        if not inside and reader.knows(candidate, context):
            found.append(candidate)
    return found
