"""Towns with a road network, small enough to solve by hand."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas
import numpy as np
from shapely import LineString, Point, box
from towns import CRS, table

from geodata.city import City, LayersInMemory
from geodata.grid import Grid
from geodata.hazard_map import HazardMap
from geodata.joins import stored_overlays
from geodata.network import build_network
from geodata.provenance import Provenance
from geodata.report import ImportReport
from twin.flood.products import hazard_class
from twin.flood.variables import FLOW_FORCE, FLOW_HAZARD_NOW
from twin.hook import Static
from twin.hooks.curve import value_at
from twin.hooks.depths import RoadDepthHook, ShelterDepthHook
from twin.hooks.exposure import ExposureHook
from twin.hooks.facilities import FacilitiesHook
from twin.hooks.passability import PassabilityHook
from twin.hooks.presence import PresenceHook
from twin.hooks.shelters import SheltersHook
from twin.variables import BUILDING_WATER, BUILDING_WATER_LOW, WATER_DEPTH, WATER_DEPTH_LOW

COLUMNS = 40


@dataclass(frozen=True)
class WaterHook:
    """Water for the tests of roads: the official depth, lowered by what the curve lacks; nothing else of the water chain.

    With a speed, m/s, it tells as much of the flow as the engine does.
    """

    name: str = "water"
    version: str = "1"
    reads: tuple = (Static("hazard/river-l2/high"),)
    writes: tuple = (WATER_DEPTH, WATER_DEPTH_LOW, BUILDING_WATER, BUILDING_WATER_LOW, FLOW_FORCE, FLOW_HAZARD_NOW)
    speed: float | None = None

    def parameters(self, question, step):
        curve = getattr(question.scenario.water, "curve", None)
        return {"share": value_at(curve, step.end) if curve else 1.0 if self.speed is not None else 0.0}

    def step(self, inputs, parameters, duration):
        high = inputs.raster("hazard/river-l2/high")
        drop = (1 - parameters["share"]) * np.nanmax(high, initial=0.0)
        depth = np.maximum(high - np.float32(drop), 0)
        none = np.full(inputs.size("building"), np.nan)
        still = {"flow_force": np.full(depth.shape, -np.inf), "flow_hazard_now": np.full(depth.shape, 254, np.uint8)}
        if self.speed is not None:
            still = {"flow_force": depth * self.speed, "flow_hazard_now": hazard_class(depth, np.full_like(depth, self.speed))}
        return {"water_depth": depth, "water_depth_low": depth, "building_water": none, "building_water_low": none, **still}


WATER_HOOKS = (
    WaterHook(), ExposureHook(), FacilitiesHook(), RoadDepthHook(), ShelterDepthHook(), PassabilityHook(), SheltersHook(),
    PresenceHook(),
)  # fmt: skip


def road_table(lines, **columns):
    """Roads and nodes from lines, by the importer's own network builder."""
    names = columns.pop("id", [f"r{number}" for number in range(len(lines))])
    frame = geopandas.GeoDataFrame({"id": names, **columns}, geometry=[LineString(line) for line in lines], crs=CRS)
    return build_network(
        table("roads", list(frame.geometry), **{c: frame[c].tolist() for c in frame.columns if c != "geometry"}),
        report=ImportReport(),
    )


def town(lines, houses, shelters, *, high=None, road_columns=None, shelter_columns=None, tables=None, residents=None):
    """A town of 40 × 40 cells of 10 m: houses are 4 m squares around points, shelters stand at points.

    Parameters
    ----------
    high
        Official depth by column of the grid, m, [40]; none = dry.
    """
    grid = Grid(0.0, 400.0, 10.0, COLUMNS, COLUMNS, CRS)
    roads, nodes = road_table(lines, **(road_columns or {}))
    buildings = table(
        "buildings",
        [box(x - 2, y - 2, x + 2, y + 2) for x, y in houses],
        id=[f"b{number}" for number in range(len(houses))],
        residents=residents or [2.0] * len(houses),
    )
    stands = table(
        "shelters",
        [Point(place) for place in shelters],
        id=[f"s{number}" for number in range(len(shelters))],
        **{"river_flood": [True] * len(shelters), **(shelter_columns or {})},
    )
    depth = np.zeros(COLUMNS, np.float32) if high is None else np.asarray(high, np.float32)
    field = np.tile(depth, (COLUMNS, 1))
    ground = np.zeros((COLUMNS, COLUMNS), np.float32)
    made = {"buildings": buildings, "roads": roads, "nodes": nodes, "shelters": stands, **(tables or {})}
    rasters = {"elevation": ground, "ground": ground.copy(), "hazard/river-l2/high": field, "hazard/river-l2/low": field}
    layers = LayersInMemory(made, rasters, stored_overlays(made, ground, grid))
    hazard = HazardMap("river-l2", "the river", "river_flood", "L2", "depth", Provenance("made by hand", fictional=True))
    return City("Networktown", grid, layers, hazard_maps={"river-l2": hazard})


def pool(first, last, depth):
    """Depth by column: water in some columns only."""
    result = np.zeros(COLUMNS, np.float32)
    result[first : last + 1] = depth
    return result
