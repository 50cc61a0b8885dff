"""Read PLATEAU: one file, a folder or an archive of CityGML becomes tables and a terrain raster."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

from geodata.errors import InputError
from geodata.readers.archive import opened_archive
from geodata.readers.plateau.bridges import Bridges
from geodata.readers.plateau.buildings import Buildings
from geodata.readers.plateau.collector import Collector
from geodata.readers.plateau.land_use import LandUse
from geodata.readers.plateau.metadata import provenance
from geodata.readers.plateau.namespaces import local_name
from geodata.readers.plateau.relief import Relief
from geodata.readers.plateau.source_file import THEMES, SourceFile
from geodata.readers.plateau.stream import features, read_header
from geodata.readers.plateau.transport import Transport
from geodata.readers.plateau.water import Water
from geodata.readers.plateau.zones import Zones
from geodata.report import ImportReport
from geodata.source import Source

Item = TypeVar("Item")
Progress = Callable[[str, int], None]
PROGRESS_EVERY = 500
_SUFFIXES = (".gml", ".citygml")
_UNPACKED = (*_SUFFIXES, ".xml")  # pictures and tables in an archive stay packed
_ZIPPED_HEAD = 1 << 16


def is_plateau(path: Path) -> bool:
    """Whether a file, folder or archive holds CityGML; looks at the heads of a few files only.

    Parameters
    ----------
    path
        A ``.gml`` file, a data set's folder (with ``udx``) or a part of it, or a ``.zip`` of either.
    """
    if path.is_dir():
        return any(_is_citygml(file) for file in _few(_gml_files(path)))
    if path.suffix.lower() == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                return any(b"/citygml/" in archive.open(name).read(_ZIPPED_HEAD) for name in _few(
                    iter(name for name in archive.namelist() if name.lower().endswith(_SUFFIXES))))  # fmt: skip
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
            return False
    return path.is_file() and path.suffix.lower() in {*_SUFFIXES, ".xml"} and _is_citygml(path)


def read_plateau(
    path: Path, *, report: ImportReport, progress: Progress | None = None, terrain_cell: float = 5.0
) -> list[Source]:
    """Read CityGML 2 or 3 with i-UR 1.4 to 4.0, streaming.

    Parameters
    ----------
    path
        A ``.gml`` file, a data set's folder (with ``udx`` and ``codelists``), a folder in it, or a ``.zip`` of these.
    report
        Collects what was read, mapped, defaulted, repaired and dropped.
    progress
        Called with a file's label and the number of its city objects read so far.
    terrain_cell
        Cell size of the elevation raster made from terrain triangles, m.

    Returns
    -------
    list of Source
        Tables ``buildings``, ``building_risks``, ``road_surfaces``, ``land_use``, ``water``, ``flood_polygons``, ``areas`` and
        an ``elevation`` raster, those of them that the source has. Geometry is 2D, x eastward, y northward, in the horizontal
        CRS of the files (EPSG:6668 for EPSG:6697); elevations are in the vertical CRS of the files.

    Raises
    ------
    InputError
        When the path is missing or holds no CityGML, or a file is broken, hostile, or names no CRS.

    References
    ----------
    OGC 12-019 (CityGML 2.0), OGC 20-010 (CityGML 3.0), 3D都市モデル標準製品仕様書 (i-UR, MLIT).
    """
    if not path.exists():
        raise InputError("{path} is not there; check the path.", path=str(path))
    with _opened(path) as folder:
        files = _source_files(folder, path, report)
        collectors: list[Collector] = [Buildings(report), Transport(report), Bridges(report), LandUse(report), Water(report),
                                       Zones(report), Relief(report, cell=terrain_cell)]  # fmt: skip
        for file in files:
            file.note(report)
            _read_file(file, collectors, report, progress)
            file.codelists.hand_over(report, source=file.label)
        made = [source for collector in collectors for source in collector.sources(lambda used: provenance(used, path))]
    if not made:
        raise InputError("{path} holds no building, road, land use, water, zone or terrain that can be used; try another.",
                         path=str(path))  # fmt: skip
    return made


def _read_file(file: SourceFile, collectors: list[Collector], report: ImportReport, progress: Progress | None) -> None:
    drains: dict[str, Callable[..., None]] = {}
    for collector in collectors:
        collector.begin(file)
        drains |= collector.drains
    unused: dict[str, int] = {}
    count = 0
    for element in features(file.path, drains=drains):
        count += 1
        taker = next((collector for collector in collectors if collector.takes(element, file)), None)
        if taker is not None:
            taker.add(element)
        else:
            name = local_name(element.tag)
            unused[name] = unused.get(name, 0) + 1
        if progress is not None and count % PROGRESS_EVERY == 0:
            progress(file.label, count)
    for collector in collectors:
        collector.end()
    for name, number in unused.items():
        report.dropped("city objects", "{kind}: not used", number, source=file.label, values={"kind": name})
    if count == 0:
        report.noted("files", "file without city objects", source=file.label)
    if progress is not None:
        progress(file.label, count)


@contextmanager
def _opened(path: Path) -> Iterator[Path]:
    """The path itself, or a temporary folder with what is in the archive."""
    if path.is_file() and path.suffix.lower() == ".zip":
        with opened_archive(path, suffixes=_UNPACKED) as folder:
            yield folder
    else:
        yield path


def _source_files(folder: Path, given: Path, report: ImportReport) -> list[SourceFile]:
    if folder.is_file():
        header = read_header(folder)
        if header is None:
            raise InputError(
                "{path} is no CityGML file (its root is not CityModel); give a .gml of CityGML 2 or 3.", path=str(given)
            )
        return [SourceFile(folder, folder.name, header)]
    found = []
    strange: dict[str, int] = {}
    for path in _gml_files(folder):
        below = path.relative_to(folder).parts
        label = "/".join(below)
        if "udx" in below[:-2] and (theme := below[below.index("udx") + 1]) not in THEMES:
            strange[theme] = strange.get(theme, 0) + 1
            continue
        header = read_header(path)
        if header is None:
            report.dropped("files", "GML file that is no CityGML: not read", 1, source=label)
        else:
            found.append(SourceFile(path, label, header))
    for theme, number in strange.items():
        report.dropped(
            "files", "folder udx/{folder} is no PLATEAU theme: not read, give it by itself", number, values={"folder": theme}
        )
    if not found:
        raise InputError("{path} holds no CityGML file; give a .gml file or a folder with udx.", path=str(given))
    return found


def _gml_files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file()
                      and not any(part.startswith((".", "__MACOSX")) for part in path.relative_to(folder).parts))  # fmt: skip


def _few(items: Iterator[Item]) -> list[Item]:
    return list(islice(items, 20))


def _is_citygml(path: Path) -> bool:
    try:
        return read_header(path) is not None
    except InputError:
        return True  # CityGML or not, the reader's own refusal says best what is wrong with it
