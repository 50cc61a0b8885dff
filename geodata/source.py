"""What a reader hands over: a table or a raster in the CRS and heights of its source, with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import xarray as xr

from geodata.provenance import Provenance

RasterRole = Literal["elevation", "roughness", "hazard", "observation", "rain"]


@dataclass(frozen=True)
class VerticalReference:
    """What a height is measured from.

    Parameters
    ----------
    datum
        A vertical CRS that pyproj reads ("EPSG:6695" = JGD2011 (vertical), i.e. T.P.), or a name of the domain ("T.P.",
        "A.P.", "O.P.", "NAVD88", "gauge zero"); "" = the source does not say.
    unit
        "m" or "ft" (international foot) or "us-ft".
    epoch
        Year or realisation where it matters ("JGD2011", "JGD2024"), "" = not stated.
    """

    datum: str = ""
    unit: str = "m"
    epoch: str = ""


@dataclass(frozen=True)
class SourceTable:
    """Elements of one table as a reader found them.

    Parameters
    ----------
    table
        Name of the contract in `geodata.tables.TABLES` that the columns follow. Columns of the contract that the source does
        not fill may be absent; further columns are kept by the importer as ``attributes``.
    frame
        A GeoDataFrame with its CRS set, x = longitude or easting, y = latitude or northing, 2D geometry (a DataFrame for
        tables without geometry). Unknown is missing (NaN, <NA>, "", NaT), never a sentinel.
    provenance
        Where it comes from.
    heights
        What its elevation columns (``ground_elevation``, ``crest_elevation``, ``gauge_zero``, ``level``, …) are measured
        from; None when it has none.
    """

    table: str
    frame: pd.DataFrame
    provenance: Provenance
    heights: VerticalReference | None = None


@dataclass(frozen=True)
class SourceRaster:
    """One raster as a reader found it.

    Parameters
    ----------
    role
        What the values are.
    data
        float32 [y, x] or [time, y, x], with coordinates ``x``, ``y`` at cell centres (y may run either way) and its CRS in
        ``data.rio.crs``; nodata is NaN.
    provenance
        Where it comes from.
    heights
        For elevations: what they are measured from.
    details
        For hazards: ``name``, ``hazard`` (as in `geodata.tables.buildings.HAZARDS`), ``scale`` ("L1", "L2", …), and ``kind``:
        "depth" in m, or "duration", hours for which water stands.
    """

    role: RasterRole
    data: xr.DataArray
    provenance: Provenance
    heights: VerticalReference | None = None
    details: dict[str, Any] | None = None


Source = SourceTable | SourceRaster
