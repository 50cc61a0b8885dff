"""OpenStreetMap files, PBF and XML, as tables of ours.

Imports: elements ← areas, attributes ← buildings, roads, surroundings ← this file.
"""

from __future__ import annotations

from pathlib import Path

import geopandas

from geodata.errors import InputError
from geodata.mapping.recognition import OSM_ATTRIBUTION, OSM_LICENCE
from geodata.provenance import Provenance
from geodata.readers.osm.buildings import read_buildings
from geodata.readers.osm.elements import read_elements
from geodata.readers.osm.roads import read_roads
from geodata.readers.osm.surroundings import read_surroundings
from geodata.report import ImportReport
from geodata.source import Source, SourceTable

__all__ = ["is_osm", "read_osm"]

SUFFIXES = (".osm", ".pbf", ".osm.gz", ".osm.bz2", ".opl")
SNIFFED = 1024


def is_osm(path: Path) -> bool:
    """Whether a file looks like OpenStreetMap data, by its name, and for .xml by its first bytes.

    Examples
    --------
    >>> is_osm(Path("helsinki.osm.pbf")), is_osm(Path("town.gpkg"))
    (True, False)
    """
    name = path.name.casefold()
    if name.endswith(SUFFIXES):
        return True
    if not name.endswith(".xml") or not path.is_file():
        return False
    with path.open("rb") as file:
        return b"<osm" in file.read(SNIFFED)


def read_osm(path: Path, *, report: ImportReport) -> list[Source]:
    """Buildings, roads, water, land use, squares, districts and facilities of an OpenStreetMap file.

    Ids are "way/123", "relation/45", "node/6"; edges of a way that was cut at junctions are "way/123#2". Coordinates are
    longitude, latitude (EPSG:4326).

    Raises
    ------
    InputError
        When the file is missing, truncated, no OSM data, or holds nothing of a city.
    """
    elements = read_elements(path)
    buildings = read_buildings(elements, report=report, source=path.name)
    roads = read_roads(elements, report=report, source=path.name)
    tables: dict[str, geopandas.GeoDataFrame | None] = {"buildings": buildings, "roads": roads}
    tables |= read_surroundings(elements, report=report, source=path.name)
    provenance = Provenance(f"OpenStreetMap, {path.name}", licence=OSM_LICENCE, attribution=OSM_ATTRIBUTION, date=elements.date)
    sources: list[Source] = [
        SourceTable(table, frame.reset_index(drop=True), provenance)
        for table, frame in tables.items()
        if frame is not None and len(frame)
    ]
    if not sources:
        raise InputError("{path} holds no buildings, roads, water or facilities; give an extract of a town.", path=path)
    return sources
