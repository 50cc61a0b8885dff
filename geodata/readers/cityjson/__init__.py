"""CityJSON 1.0–2.0 and CityJSONSeq as tables of ours.

Standard: OGC 20-072r5, CityJSON Community Standard 2.0. Imports: document ← surfaces ← objects ← this file.
"""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import shapely

from geodata.errors import InputError
from geodata.provenance import Provenance
from geodata.readers.cityjson.document import Header, opened
from geodata.readers.cityjson.objects import Gathered, Tally, gather
from geodata.readers.cityjson.surfaces import seen_from_above
from geodata.readers.reference import known_crs, placed, split_reference
from geodata.readers.repair import repaired_shapes
from geodata.report import ImportReport
from geodata.source import Source, SourceTable, VerticalReference

__all__ = ["is_cityjson", "read_cityjson"]

SNIFFED = 8192
BATCHED = 2000  # objects whose faces are unioned at a time, so that a sequence of any length fits


def is_cityjson(path: Path) -> bool:
    """Whether a file is CityJSON or a CityJSONSeq, by its name and first (or last) bytes.

    Examples
    --------
    >>> is_cityjson(Path("town.gpkg"))
    False
    """
    name = path.name.casefold()
    if not name.endswith((".json", ".jsonl", ".cityjson")) or not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(SNIFFED)
        file.seek(0, 2)
        file.seek(max(file.tell() - SNIFFED, 0))
        end = file.read()
    # Writers put "type" where they like: Delft's file has it in the middle, behind all city objects.
    both = start + end
    return any(word in both for word in (b'"CityJSON"', b'"CityJSONFeature"', b'"CityObjects"'))


def read_cityjson(path: Path, *, report: ImportReport, crs: str | None = None) -> list[Source]:
    """Buildings, road surfaces, water and land use of a CityJSON file.

    The footprint of a building is its LOD0, else its ground surfaces, else its best LOD seen from above; parts are merged into
    their building. Heights are attributes where there are some, else the range of z.

    Parameters
    ----------
    path
        A CityJSON file (.json) or a CityJSONSeq (.jsonl, .city.jsonl), which is streamed.
    report
        Told everything that was done.
    crs
        Reference system where the file names none, "EPSG:n"; a compound one also says what heights are measured from.

    Raises
    ------
    InputError
        When the file is missing or malformed (with the place), names no reference system, or holds nothing of use.
    """
    header, batches = opened(path)
    stated = header.reference_system or crs
    if not stated:
        raise InputError(
            "{path} does not say which reference system its coordinates are in; give it with --crs EPSG:n.", path=path
        )
    horizontal, heights = split_reference(known_crs(stated))
    tables: dict[str, Gathered] = {}
    shapes: dict[str, list[object]] = {}
    tally = Tally()
    for batch in batches:
        gather(batch, header, tables, tally, path=path)
        _union(tables, shapes, least=BATCHED)
    _union(tables, shapes, least=1)
    _report(tables, tally, header, report, path.name)
    sources: list[Source] = []
    for table, gathered in tables.items():
        frame = geopandas.GeoDataFrame(gathered.rows, geometry=np.asarray(shapes[table], dtype=object), crs=horizontal)
        frame = placed(frame, crs=None, near=None, report=report, layer=table, source=path.name)
        if not header.reference_system:
            report.defaulted(
                table,
                "reference system not named by the source, taken to be {crs}",
                len(frame),
                source=path.name,
                values={"crs": crs},
            )
        frame = repaired_shapes(
            frame, geometry=("Polygon", "MultiPolygon"), report=report, layer=table, source=path.name, ids="id"
        )
        if len(frame):
            provenance = Provenance(header.title or path.name, date=header.date, notes=(f"CityJSON {header.version}",))
            of_table = (heights or VerticalReference()) if table == "buildings" else None
            sources.append(SourceTable(table, frame.reset_index(drop=True), provenance, of_table))
    if not sources:
        raise InputError("{path} holds no buildings, roads, water or land use with a geometry; give another file.", path=path)
    return sources


def _union(tables: dict[str, Gathered], shapes: dict[str, list[object]], *, least: int) -> None:
    for table, gathered in tables.items():
        if len(gathered.faces) >= least:
            made = seen_from_above(gathered.faces)
            shapes.setdefault(table, []).extend(shapely.normalize(made))
            gathered.faces.clear()


def _report(tables: dict[str, Gathered], tally: Tally, header: Header, report: ImportReport, source: str) -> None:
    for table, count in tally.read.items():
        report.read(table, count, source=source)
    for table, gathered in tables.items():
        for how, count in gathered.ways.items():
            report.mapped(table, "geometry", how, count, source=source)
    report.repaired("buildings", "parts merged into their building", len(tally.merged), source=source, examples=tally.merged)
    report.noted(
        "buildings",
        "part without its building in the file: stands alone",
        len(tally.orphans),
        source=source,
        examples=tally.orphans,
    )
    report.dropped(
        "objects",
        "object without a geometry, and its parts have none",
        len(tally.childless),
        source=source,
        examples=tally.childless,
    )
    report.noted("objects", "geometry made from a template", tally.instances, source=source)
    report.mapped("buildings", "height", "range of z", tally.height_from_shape, source=source)
    report.repaired(
        "buildings",
        "height: measuredHeight is the elevation of the roof here; min-height-surface taken off",
        tally.roof_elevations,
        source=source,
    )
    report.mapped("buildings", "ground_elevation", "lowest vertex", tally.ground_from_shape, source=source)
    for kind, count in sorted(tally.unused.items()):
        report.dropped("objects", "{kind} is not used", count, source=source, values={"kind": kind or "object without a type"})
    if not header.reference_system:
        report.noted("objects", "the file names no reference system", source=source)
