"""Small towns for the tests of the twin, made by hand so that a person can check every number."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
from shapely import LineString, Point, box

from geodata.city import City, LayersInMemory
from geodata.grid import Grid
from geodata.hazard_map import HazardMap
from geodata.joins import stored_overlays
from geodata.provenance import Provenance
from geodata.tables import TABLES

CRS = "EPSG:6677"


def table(contract: str, geometry: list | None = None, /, **columns: list) -> pd.DataFrame:
    """A completed table of a contract."""
    frame = pd.DataFrame(columns) if geometry is None else geopandas.GeoDataFrame(columns, geometry=geometry, crs=CRS)
    return TABLES[contract].completed(frame)


def small_town(
    *, hazard_high=None, hazard_low=None, elevation=None, tables=None, hazard_id: str = "river-l2", scale: str = "L2"
):
    """Four buildings in a row on a grid of 4 × 8 cells of 10 m, a road along the south, a shelter, a sensor.

    Ground rises by 1 m per column eastward; the hazard map is 3 m deep in the west and falls to 0 in the east.
    """
    grid = Grid(0.0, 40.0, 10.0, 4, 8, CRS)
    slope = np.tile(np.arange(8, dtype=np.float32), (4, 1)) if elevation is None else np.asarray(elevation, np.float32)
    high = np.maximum(3.0 - slope, 0).astype(np.float32) if hazard_high is None else np.asarray(hazard_high, np.float32)
    low = high if hazard_low is None else np.asarray(hazard_low, np.float32)
    buildings = table(
        "buildings",
        [box(x + 1, 21, x + 9, 29) for x in (0, 20, 40, 60)],
        id=["b0", "b1", "b2", "b3"],
        residents=[2.0, 3.0, 4.0, np.nan],
        residents_0_14=[1.0, 0, 1, np.nan],
        name=["Alder", "Birch", "Cedar", "Elm"],
    )
    roads = table(
        "roads",
        [LineString([(5, 5), (35, 5)]), LineString([(35, 5), (75, 5)]), LineString([(5, 15), (35, 15)])],
        id=["r0", "r1", "bridge"],
        bridge=[False, False, True],
        tunnel=[False, True, False],
        deck_elevation=[np.nan, np.nan, 10.0],
        cars=[True, True, True],
        walkers=[True, True, False],
    )
    shelters = table(
        "shelters",
        [Point(5, 35), Point(75, 35), Point(65, 35)],
        id=["s0", "s1", "s2"],
        name=["Low", "High", "Fire only"],
        river_flood=[True, True, False],
    )
    sensors = table(
        "sensors",
        [Point(5, 5), Point(75, 5)],
        id=["g0", "g1"],
        kind=["river_level", "street_depth"],
        unit=["m", "m"],
        gauge_zero=[-1.0, np.nan],
        interval=[600.0, 600.0],
    )
    facilities = table("facilities", [Point(25, 25)], id=["f0"], kind=["care_home"], building_id=["b1"])
    made = {
        "buildings": buildings,
        "roads": roads,
        "shelters": shelters,
        "sensors": sensors,
        "facilities": facilities,
        **(tables or {}),
    }
    rasters = {"elevation": slope, "ground": slope.copy(), f"hazard/{hazard_id}/high": high, f"hazard/{hazard_id}/low": low}
    layers = LayersInMemory(made, rasters, stored_overlays(made, slope, grid))
    hazard = HazardMap(hazard_id, "the river", "river_flood", scale, "depth", Provenance("made by hand", fictional=True))
    return City(
        "Smalltown",
        grid,
        layers,
        time_zone="Asia/Tokyo",
        hazard_maps={hazard_id: hazard},
        provenance={"buildings": Provenance("made by hand", fictional=True)},
    )
