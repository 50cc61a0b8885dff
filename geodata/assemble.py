"""From what readers hand over to one frozen City: one CRS, one datum, one grid, each element once, joins computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.city import City, LayersInMemory
from geodata.errors import ContractError, InputError
from geodata.extent import choose_grid, merged_bounds
from geodata.grid import Grid
from geodata.hazard_layers import hazard_layers
from geodata.heights import METRES_PER_UNIT
from geodata.joins import stored_overlays
from geodata.merge import ELEVATIONS, Frame, hilbert_sorted, merged_table, table_bounds
from geodata.network import build_network
from geodata.phrase import listed, phrase
from geodata.placement import assume_crs, crs_for, middle_of, refuse_infinite
from geodata.progress import Progress, silent
from geodata.provenance import Provenance
from geodata.rain_layers import rain_layers
from geodata.rasters import crest_raster, river_level_raster, roughness_raster, terrain_raster, water_mask
from geodata.report import ImportReport
from geodata.source import Source, SourceRaster, SourceTable, VerticalReference
from geodata.tables import TABLES
from geodata.timezone import time_zone_at

# the layers whose place the grid must cover; the others may reach beyond it, where their depth is unknown
_EXTENT = ("buildings", "roads", "crests", "road_surfaces")
_EXTENT_OTHERWISE = ("areas", "shelters", "facilities", "sensors", "water", "land_use", "flood_polygons")


def assemble(
    sources: Iterable[Source],
    *,
    name: str,
    report: ImportReport,
    crs: str | None = None,
    cell: float | None = None,
    vertical_offset: float | None = None,
    time_zone: str | None = None,
    progress: Progress | None = None,
) -> City:
    """Make a City from sources. The same sources in the same order give the same fingerprint.

    Parameters
    ----------
    sources
        Tables and rasters; where two tell of the same building, the earlier one wins.
    name
        Name of the city.
    report
        Takes everything that was done to the data.
    crs
        Projected CRS in metres; None = the Japanese plane rectangular zone or UTM zone of the place. Also the CRS of
        tables that name none.
    cell
        Cell size, m; None = the terrain's, or 5 m without terrain.
    vertical_offset
        Metres to add to heights whose datum is not the city's, given by a person.
    time_zone
        IANA name; None = from the place.
    progress
        Told of each stage.

    Raises
    ------
    InputError, ContractError
        When the sources hold nothing, do not fit together, or break a contract (all faults are named).

    Examples
    --------
    >>> from shapely import box
    >>> house = geopandas.GeoDataFrame({"id": ["h1"]}, geometry=[box(139.73, 35.56, 139.7301, 35.5601)], crs="EPSG:4326")
    >>> city = assemble([SourceTable("buildings", house, Provenance("house.gpkg"))], name="Ōta", report=ImportReport())
    >>> city.grid.crs, city.time_zone, len(city.buildings)
    ('EPSG:6677', 'Asia/Tokyo', 1)
    """
    tell = progress or silent
    parts, rasters = _sorted_out(sources, crs, report, tell)
    terrain = [raster for raster in rasters if raster.role == "elevation"]
    place = middle_of(parts, [*terrain, *rasters])
    if place is None:
        raise InputError("The sources hold no element with a place; give at least one building, road, area or terrain.")
    chosen = crs_for(place, crs)
    into = Frame(chosen, place, _heights_of(terrain, parts), vertical_offset)

    tables: dict[str, pd.DataFrame] = {}
    present = [table for table in TABLES if any(part.table == table for part in parts)]
    for done, table in enumerate(present):
        tell("merge", done, len(present))
        tables[table] = merged_table(table, [part for part in parts if part.table == table], into, report)
    _drop_orphans(tables, report)
    if not terrain and not any(len(frame) for frame in tables.values()):
        raise InputError(
            "Nothing is left of the sources after what had to be dropped; see what was found: {report}.", report=_told(report)
        )
    if "roads" in tables and len(tables["roads"]):
        tell("network", 0, 0)
        tables["roads"], tables["nodes"] = build_network(geopandas.GeoDataFrame(tables["roads"]), report=report)

    bounds = merged_bounds(table_bounds(tables, _EXTENT)) or merged_bounds(table_bounds(tables, _EXTENT_OTHERWISE))
    grid = choose_grid(terrain, bounds, crs=chosen, cell=cell, report=report)
    box = bounds or grid.bounds
    for table, frame in tables.items():
        tables[table] = hilbert_sorted(frame, box) if isinstance(frame, geopandas.GeoDataFrame) else _in_order(frame, table)
    _check(tables)
    _note_outside(tables, grid, report)

    tell("rasters", 0, 0)
    layers = _ground(terrain, rasters, tables, grid, into, report)
    provenance = _provenance(parts, rasters)
    maps, hazard_rasters = hazard_layers(
        rasters=[raster for raster in rasters if raster.role == "hazard"],
        polygons=_geo(tables.get("flood_polygons")),
        risks=tables.get("building_risks"),
        provenance=lambda table: provenance.get(table, Provenance("")),
        grid=grid,
        report=report,
    )
    provenance |= {f"hazard/{each.id}": each.provenance for each in maps.values()}
    rain, origins = rain_layers([raster for raster in rasters if raster.role == "rain"], grid, report)
    layers |= rain
    provenance |= origins
    overlays = stored_overlays(
        tables, layers.get("elevation"), grid, progress=lambda done, total: tell("overlays", done, total)
    )
    return City(
        name=name,
        grid=grid,
        layers=LayersInMemory(tables, layers | hazard_rasters, overlays),
        time_zone=time_zone or time_zone_at(*place),
        heights=into.heights,
        provenance=provenance,
        hazard_maps=maps,
    )


def _sorted_out(
    sources: Iterable[Source], crs: str | None, report: ImportReport, tell: Progress
) -> tuple[list[SourceTable], list[SourceRaster]]:
    """Tables and rasters apart; each with a CRS, none with coordinates that are no numbers."""
    tables: list[SourceTable] = []
    rasters: list[SourceRaster] = []
    for number, source in enumerate(sources):
        tell("read", number + 1, 0)
        if isinstance(source, SourceRaster):
            rasters.append(source)
            continue
        if source.table not in TABLES:
            raise InputError("There is no table {name}; the tables are {tables}.", name=source.table, tables=", ".join(TABLES))
        part = assume_crs(source, crs, report)
        refuse_infinite(part)
        tables.append(part)
    return tables, rasters


def _heights_of(terrain: Sequence[SourceRaster], parts: Sequence[SourceTable]) -> VerticalReference:
    """What the city measures from: as the terrain does, else as the first table that says so; always in metres.

    A terrain that names no datum does not set it: then every other height would be of unknown meaning with it.
    """
    stated = [raster.heights for raster in terrain if raster.heights is not None and raster.heights.datum][:1]
    if not stated:
        stated = [
            part.heights
            for table in ELEVATIONS
            for part in parts
            if part.table == table and part.heights is not None and part.heights.datum and _has_elevations(part)
        ][:1]
    found = stated[0] if stated else VerticalReference()
    assert found.unit in METRES_PER_UNIT
    return replace(found, unit="m")


def _has_elevations(part: SourceTable) -> bool:
    return any(column in part.frame.columns and part.frame[column].notna().any() for column in ELEVATIONS[part.table])


def _drop_orphans(tables: dict[str, pd.DataFrame], report: ImportReport) -> None:
    """Records of elements that are not there (any more) are dropped and reported."""
    for table, column, owner in (
        ("building_risks", "building_id", "buildings"), ("observations", "sensor_id", "sensors"),
        ("trips", "origin", "areas"), ("trips", "destination", "areas"),
    ):  # fmt: skip
        if table not in tables:
            continue
        known = tables[owner]["id"] if owner in tables else pd.Series([], dtype="str")
        lost = ~tables[table][column].isin(known)
        report.dropped(
            table, "it belongs to none of the {owner} that were kept", int(lost.sum()),
            values={"owner": owner}, examples=tables[table][column][lost].drop_duplicates().head(5),
        )  # fmt: skip
        tables[table] = tables[table][~lost].reset_index(drop=True)


def _in_order(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    return frame.sort_values(list(TABLES[table].unique), kind="stable").reset_index(drop=True)


def _check(tables: dict[str, pd.DataFrame]) -> None:
    """Check every table; all faults of all tables are named at once."""
    broken: list[ContractError] = []
    for table, frame in tables.items():
        try:
            TABLES[table].check(frame)
        except ContractError as fault:
            broken.append(fault)
    if len(broken) == 1:
        raise broken[0]
    if broken:
        raise ContractError(
            "{count} tables break their contracts: {listed}. Correct the sources or their mapping files.",
            faults=tuple(fault for error in broken for fault in error.faults),
            count=len(broken),
            listed=listed(
                phrase("{table}: {faults}", table=error.values["table"], faults=listed(error.faults))  # noqa: PD011 - no frame
                for error in broken
            ),
        )


def _note_outside(tables: dict[str, pd.DataFrame], grid: Grid, report: ImportReport) -> None:
    west, south, east, north = grid.bounds
    for table in ("buildings", "roads", "shelters", "facilities", "sensors"):
        if table in tables and len(tables[table]):
            box = tables[table].geometry.bounds
            out = (box["minx"] < west) | (box["miny"] < south) | (box["maxx"] > east) | (box["maxy"] > north)
            report.noted(
                table, "it reaches beyond the grid, where elevation and depth are unknown", int(out.sum()),
                examples=tables[table]["id"][out].head(5),
            )  # fmt: skip


def _ground(
    terrain: Sequence[SourceRaster],
    rasters: Sequence[SourceRaster],
    tables: dict[str, pd.DataFrame],
    grid: Grid,
    into: Frame,
    report: ImportReport,
) -> dict[str, NDArray[Any]]:
    elevation = terrain_raster(terrain, grid, into, report)
    crest = crest_raster(_geo(tables.get("crests")), grid)
    made = {
        "elevation": elevation,
        "roughness": roughness_raster([raster for raster in rasters if raster.role == "roughness"], grid, report),
        "crest": crest,
        # a crest counts where the terrain has a hole, too
        "ground": None if elevation is None else elevation if crest is None else np.fmax(elevation, crest),
        "river_level": river_level_raster(_geo(tables.get("water")), grid),
        "water_mask": water_mask(_geo(tables.get("water")), grid),
    }
    return {name: values for name, values in made.items() if values is not None}


def _provenance(parts: Sequence[SourceTable], rasters: Sequence[SourceRaster]) -> dict[str, Provenance]:
    """One origin per layer; several sources of one layer are named together."""
    found: dict[str, list[Provenance]] = {}
    for part in parts:
        found.setdefault(part.table, []).append(part.provenance)
    for raster in rasters:
        if raster.role in ("elevation", "roughness"):
            found.setdefault(raster.role, []).append(raster.provenance)
    made = {layer: _joined(origins) for layer, origins in found.items()}
    if "roads" in made:
        made["nodes"] = made["roads"]
    return made


def _joined(origins: Sequence[Provenance]) -> Provenance:
    def words(field: str) -> str:
        return "; ".join(dict.fromkeys(value for origin in origins if (value := getattr(origin, field))))

    return Provenance(
        words("source"),
        licence=words("licence"),
        attribution=words("attribution"),
        date=words("date"),
        fictional=any(origin.fictional for origin in origins),
        notes=tuple(dict.fromkeys(note for origin in origins for note in origin.notes)),
    )


def _geo(frame: pd.DataFrame | None) -> geopandas.GeoDataFrame | None:
    return None if frame is None else geopandas.GeoDataFrame(frame)


def _told(report: ImportReport) -> str:
    lines = [f"{line.count} {line.layer} {line.text}" for line in report.lines if line.deed in ("read", "dropped")]
    return "; ".join(lines[:5]) or "no element at all"
