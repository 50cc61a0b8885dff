"""A town of four houses that is evacuated before anybody asks, so that the kernels are compiled when somebody does."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import shapely

from geodata.city import City, LayersInMemory
from geodata.grid import Grid
from geodata.joins import stored_overlays
from geodata.network import build_network
from geodata.report import ImportReport
from geodata.tables import TABLES
from twin.model import Twin
from twin.scenario import Scenario
from twin.simulation import analyse
from twin.store import MemoryStore

CELLS, CELL, CRS = 12, 10.0, "EPSG:3857"
QUESTION = {
    "name": "rehearsal", "duration": 14_400, "step": 3600, "mobility": {"preparation": 0, "traffic": {"areas": "district"}},
    "water": {"source": "stage", "connected": False, "levels": [{"at": 0, "value": -1.0}, {"at": 14_400, "value": 0.5}]},
    "measures": [{"kind": "evacuation_order", "level": 4, "start": 0, "share": 1.0, "by_car": 0.5}],
}  # fmt: skip


def rehearse() -> None:
    """Take a small town through every hook and analysis of roads, access and evacuation."""
    city, store = small_city(), MemoryStore()
    twin, scenario = Twin(city, store), Scenario.model_validate(QUESTION)
    states = [state for state, _ in twin.run(scenario)]
    analyse(twin.ask(scenario), states, store)


def small_city() -> City:
    """Houses on both sides of a road from a shelter that floods to one that does not."""
    elevation = np.tile(np.linspace(0.0, 2.0, CELLS, dtype=np.float32), (CELLS, 1))
    grid = Grid(0.0, CELLS * CELL, CELL, CELLS, CELLS, CRS)
    road = [shapely.LineString([(x, 60), (x + 25, 60)]) for x in (10, 35, 60, 85)]
    roads, nodes = build_network(_table("roads", road, id=list("abcd"), lanes=[2, 2, 2, 2]), report=ImportReport())
    made = {
        "roads": roads,
        "nodes": nodes,
        "buildings": _table(
            "buildings", [shapely.box(x, 65, x + 8, 73) for x in (12, 36, 61, 90)], id=list("efgh"),
            residents=[3.0, 2.0, 4.0, 5.0], use=["house", "house", "office", "office"],
        ),
        "shelters": _table(
            "shelters", [shapely.Point(12, 55), shapely.Point(108, 55)], id=["i", "j"], capacity=[2.0, 100.0],
            river_flood=[True, True], high_tide=[True, True],
        ),
        "facilities": _table(
            "facilities", [shapely.Point(60, 55), shapely.Point(100, 55)], id=["k", "l"], kind=["hospital", "fire_station"],
        ),
        "areas": _table("areas", [shapely.box(x, 0, x + 60, 120) for x in (0, 60)], id=["m", "n"], kind=["district"] * 2),
    }  # fmt: skip
    rasters = {"elevation": elevation, "ground": elevation.copy()}
    return City("Rehearsal", grid, LayersInMemory(made, rasters, stored_overlays(made, elevation, grid)))


def _table(contract: str, geometry: list[shapely.Geometry], **columns: list[object]) -> pd.DataFrame:
    return TABLES[contract].completed(geopandas.GeoDataFrame(columns, geometry=geometry, crs=CRS))
