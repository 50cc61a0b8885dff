"""One table of a city from all sources that speak of it: cleaned, placed, named, without doubles, in Hilbert order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.heights import canonical, convert
from geodata.identity import with_ids, without_duplicates
from geodata.placement import centres, placed_in
from geodata.provenance import Provenance
from geodata.readers.repair import repaired_shapes
from geodata.report import ImportReport
from geodata.source import SourceTable, VerticalReference
from geodata.tables import TABLES

ELEVATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "buildings": ("ground_elevation",),
    "roads": ("deck_elevation",),
    "crests": ("crest_elevation",),
    "water": ("level",),
    "sensors": ("gauge_zero",),
})  # fmt: skip
"""Columns that hold elevations, by table: they are brought to the city's datum."""
OVERLAP = 0.5
"""Share of a footprint above which it is the same building as one from an earlier source."""
_HILBERT_LEVEL = 16


@dataclass(frozen=True)
class Frame:
    """What every layer of one city is brought into.

    Parameters
    ----------
    crs
        The city's CRS.
    place
        (longitude, latitude) of its middle.
    heights
        What its elevations are measured from.
    vertical_offset
        Metres that a person said must be added to heights whose datum is not the city's.
    """

    crs: str
    place: tuple[float, float]
    heights: VerticalReference
    vertical_offset: float | None = None


def merged_table(name: str, parts: Sequence[SourceTable], into: Frame, report: ImportReport) -> pd.DataFrame:
    """One completed table; order of ``parts`` is order of trust: an earlier source wins over a later one.

    Raises
    ------
    InputError, ContractError
        See `geodata.placement`, `geodata.heights.convert`, `geodata.identity.without_duplicates`.
    """
    contract = TABLES[name]
    if not contract.geometry:
        frames = [contract.completed(part.frame) for part in parts]
        return _without_equal_rows(pd.concat(frames, ignore_index=True), name, report)
    shapes = []
    for number, part in enumerate(parts):
        source = part.provenance.source
        frame = placed_in(part, into.crs, into.place, report)
        frame = repaired_shapes(frame, geometry=contract.geometry, report=report, layer=name, source=source, ids="id")
        frame = contract.completed(frame)
        if len(frame):
            frame = _levelled(frame, part, into, report)
        shapes.append(frame.assign(_publisher=_publisher(part.provenance), _part=number))
    whole = geopandas.GeoDataFrame(pd.concat(shapes, ignore_index=True), geometry="geometry", crs=into.crs)
    whole = with_ids(whole, name, report)
    whole = without_duplicates(whole, contract, report)
    if name == "buildings":
        whole = _without_overlaps(whole, name, report)
    return whole.drop(columns=["_publisher", "_part"]).reset_index(drop=True)


def _publisher(origin: Provenance) -> str:
    """Who answers for a source: its own elements are trusted to be different things, whatever files they come in."""
    return f"{origin.attribution}|{origin.licence}" if origin.attribution else origin.source


def _levelled(frame: geopandas.GeoDataFrame, part: SourceTable, into: Frame, report: ImportReport) -> geopandas.GeoDataFrame:
    """The frame with its elevations above the city's datum, m."""
    reference = part.heights or VerticalReference()
    known = [column for column in ELEVATIONS.get(part.table, ()) if frame[column].notna().any()]
    if not known:
        return frame
    points = centres(frame)
    return frame.assign(**{
        column: _converted(frame[column].to_numpy(float), points, reference, into, report, part.table) for column in known
    })  # fmt: skip


def _converted(
    values: NDArray[np.float64],
    points: NDArray[np.float64],
    reference: VerticalReference,
    into: Frame,
    report: ImportReport,
    layer: str,
) -> NDArray[np.float64]:
    own, city = canonical(reference), canonical(into.heights)
    same = (own.datum, own.epoch) == (city.datum, city.epoch)
    return convert(
        values,
        points[:, 0],
        points[:, 1],
        from_=reference,
        to=into.heights,
        crs=into.crs,
        report=report,
        layer=layer,
        # an offset is for heights that are not the city's; both unstated: they are taken as one, and the report says so
        offset=None if same and own.datum else into.vertical_offset,
        assume_same=same,
    )


def _without_equal_rows(frame: pd.DataFrame, name: str, report: ImportReport) -> pd.DataFrame:
    """Rows of a table without geometry once each; of records with one key but other values the gravest is kept."""
    twice = frame.duplicated(keep="first")
    report.dropped(name, "the same record again", int(twice.sum()))
    frame = frame[~twice]
    key = list(TABLES[name].unique)
    again = frame.duplicated(key, keep=False)
    if again.any() and name == "building_risks":
        # depth first, then rank, then duration: never understate
        order = frame.sort_values(["depth_high", "rank", "duration"], ascending=False, na_position="last", kind="stable")
        chosen = order.drop_duplicates(key, keep="first").sort_index()
        report.repaired(
            name, "several records of one building, hazard, name and scale: the gravest is kept", len(frame) - len(chosen)
        )
        frame = chosen
    return frame.reset_index(drop=True)


def _without_overlaps(frame: geopandas.GeoDataFrame, name: str, report: ImportReport) -> geopandas.GeoDataFrame:
    """Footprints without those that lie for more than half under one from another publisher's earlier source."""
    publishers = frame["_publisher"].to_numpy()
    if len(set(publishers)) < 2:
        return frame
    shapes = frame.geometry.to_numpy()
    order = frame["_part"].to_numpy()
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="intersects")
    rival = (order[other] < order[one]) & (publishers[other] != publishers[one])
    one, other = one[rival], other[rival]
    covered = np.zeros(len(frame))
    # several earlier buildings may share one later block: their parts add up
    np.add.at(covered, one, shapely.area(shapely.intersection(shapes[one], shapes[other])))
    double = covered > OVERLAP * shapely.area(shapes)
    report.dropped(
        name,
        "more than half of it lies under a building of an earlier source",
        int(double.sum()),
        examples=frame["id"][double].head(5),
    )
    return frame[~double]


def hilbert_sorted(frame: geopandas.GeoDataFrame, bounds: tuple[float, float, float, float]) -> geopandas.GeoDataFrame:
    """The table along a Hilbert curve over the city: neighbours in place are neighbours in the file; ties go by id."""
    if not len(frame):
        return frame
    distance = frame.geometry.hilbert_distance(total_bounds=bounds, level=_HILBERT_LEVEL).to_numpy()
    ids = frame["id"].to_numpy(dtype=object)
    order = np.lexsort((pd.factorize(ids, sort=True)[0], distance))
    return frame.iloc[order].reset_index(drop=True)


def table_bounds(tables: Mapping[str, Any], names: Sequence[str]) -> list[tuple[float, float, float, float]]:
    """(west, south, east, north) of each named table that has elements."""
    found = []
    for name in names:
        if name in tables and len(tables[name]):
            west, south, east, north = (float(value) for value in tables[name].total_bounds)
            found.append((west, south, east, north))
    return found
