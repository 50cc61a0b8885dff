"""A hand-made town of nine houses on a slope, for tests: small enough to check by hand."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import rioxarray  # noqa: F401  (gives DataArray its .rio accessor)
import shapely
import xarray as xr

from geodata.assemble import assemble
from geodata.city import City
from geodata.provenance import Provenance
from geodata.report import ImportReport
from geodata.source import Source, SourceRaster, SourceTable, VerticalReference

CRS = "EPSG:6677"
HEIGHTS = VerticalReference("EPSG:6695", "m", "JGD2011")
MADE_UP = Provenance("tests", licence="CC0", attribution="nobody", fictional=True)


def houses(*, crs: str = CRS) -> geopandas.GeoDataFrame:
    """Nine houses of 10 m × 10 m, 20 m apart, from (5, 5) on."""
    places = [(5 + 20 * column, 5 + 20 * row) for row in range(3) for column in range(3)]
    frame = geopandas.GeoDataFrame(
        {
            "id": [f"house-{number}" for number in range(9)],
            "height": 6.0,
            "storeys": 2,
            "use": "house",
            "residents": np.arange(9.0),
            "colour": ["red", None, "blue"] * 3,
        },
        geometry=[shapely.box(x, y, x + 10, y + 10) for x, y in places],
        crs=CRS,
    )
    return frame.to_crs(crs)


def streets() -> geopandas.GeoDataFrame:
    """Two streets that cross at (20, 20)."""
    lines = [shapely.LineString([(0, 20), (60, 20)]), shapely.LineString([(20, 0), (20, 60)])]
    return geopandas.GeoDataFrame({"id": ["main", "side"], "cars": True, "walkers": True}, geometry=lines, crs=CRS)


def raster(values: np.ndarray, *, cell: float = 5.0, west: float = 0.0, north: float = 60.0, crs: str = CRS) -> xr.DataArray:
    """An array as a reader hands it over."""
    rows, columns = values.shape[-2:]
    coords = {"y": north - (np.arange(rows) + 0.5) * cell, "x": west + (np.arange(columns) + 0.5) * cell}
    dims = ("y", "x") if values.ndim == 2 else ("time", "y", "x")
    if values.ndim == 3:
        coords["time"] = np.arange(len(values)) * np.timedelta64(600, "s")
    return xr.DataArray(values.astype(np.float32), dims=dims, coords=coords).rio.write_crs(crs)


def slope() -> np.ndarray:
    """Terrain 12 × 12: 1 m in the west, rising 0.1 m per cell."""
    return np.tile(1.0 + 0.1 * np.arange(12), (12, 1))


def town_sources() -> list[Source]:
    """Everything of the town, as readers would hand it over."""
    water = geopandas.GeoDataFrame(
        {"id": ["river"], "kind": ["river"], "level": [0.5]}, geometry=[shapely.box(0, 0, 3, 60)], crs=CRS
    )
    crest = geopandas.GeoDataFrame(
        {"id": ["levee"], "kind": ["levee"], "crest_elevation": [3.0]},
        geometry=[shapely.LineString([(4, 1), (4, 59)])],
        crs=CRS,
    )
    risks = pd.DataFrame(
        {
            "building_id": ["house-0", "house-1"],
            "hazard": "river_flood",
            "name": "川",
            "scale": "L1",
            "authority": "",
            "rank": [1, 2],
            "depth_low": [0.0, 0.5],
            "depth_high": [0.5, 3.0],
        }
    )
    flood = np.full((12, 12), np.nan)
    flood[:, :6] = 1.0
    flood[:, 5] = 0.0
    return [
        SourceTable("buildings", houses(), MADE_UP),
        SourceTable("roads", streets(), MADE_UP),
        SourceTable("water", water, MADE_UP, HEIGHTS),
        SourceTable("crests", crest, MADE_UP, HEIGHTS),
        SourceTable("building_risks", risks, MADE_UP),
        SourceRaster("elevation", raster(slope()), MADE_UP, HEIGHTS),
        SourceRaster("hazard", raster(flood), MADE_UP, None, {"name": "川", "hazard": "river_flood", "scale": "L2"}),
    ]


def town(report: ImportReport | None = None) -> City:
    """The town as a City."""
    return assemble(town_sources(), name="Town", report=report or ImportReport())
