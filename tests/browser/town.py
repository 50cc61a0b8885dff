"""A small town for the browser tests: a river from west to east, a levee, blocks of houses, roads, a flood of four steps."""

from __future__ import annotations

from functools import cache

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.grid import Grid
from geodata.tables import TABLES
from layers.areas import areas_layer
from layers.blobs import Blobs
from layers.buildings import buildings_layer
from layers.coding import PASSABILITY, SENSOR_STATE, UNKNOWN, USABILITY
from layers.facilities import facilities_layer
from layers.flood import depth_codes, flood_layer
from layers.ground import ground_layer
from layers.map_layer import MapLayer, put_values
from layers.relief import Relief
from layers.roads import roads_layer
from layers.scales import DEPTH_SCALES, ROAD_PASSABILITY, scale_named
from layers.sensors import put_readings, sensors_layer
from layers.shelters import shelters_layer

CRS = "EPSG:6677"
GRID = Grid(west=-12000.0, north=-34000.0, cell=10.0, rows=140, columns=180, crs=CRS)
STEPS = 4


def terrain() -> NDArray[np.float64]:
    """Heights: a river bed across the middle, levees beside it, hills in the north, one unknown corner."""
    x, y = np.meshgrid(GRID.x - GRID.west, GRID.north - GRID.y)
    river = 800 + 60 * np.sin(x / 300)
    away = np.abs(y - river)
    ground = 3.0 + 0.004 * away + 45 * np.exp(-((y / 260) ** 2)) * (1 + 0.35 * np.sin(x / 230))
    ground = np.where(away < 45, 0.5, np.where(away < 75, 6.5, ground))
    return ground + 0.15 * np.sin(x / 37) * np.cos(y / 41)


def frame(table: str, rows: dict[str, list[object]], geometry: list[shapely.Geometry]) -> geopandas.GeoDataFrame:
    given = geopandas.GeoDataFrame({k: pd.Series(v) for k, v in rows.items()}, geometry=geometry, crs=CRS)
    made = TABLES[table].completed(given)
    return geopandas.GeoDataFrame(made, geometry="geometry", crs=CRS)


def at(x: float, y: float) -> shapely.Point:
    """A point by metres east of the western edge and south of the northern edge."""
    return shapely.Point(GRID.west + x, GRID.north - y)


def box(x: float, y: float, width: float, depth: float) -> shapely.Polygon:
    return shapely.box(GRID.west + x, GRID.north - y - depth, GRID.west + x + width, GRID.north - y)


@cache
def buildings() -> geopandas.GeoDataFrame:
    rng = np.random.default_rng(7)
    shapes, heights = [], []
    for block_x in range(80, 1700, 110):
        for block_y in [*range(330, 660, 90), *range(930, 1300, 90)]:
            for i in range(4):
                for j in range(3):
                    shapes.append(box(block_x + i * 23, block_y + j * 22, 14 + rng.uniform(0, 4), 12 + rng.uniform(0, 4)))
                    heights.append(float(rng.choice([6.0, 7.0, 9.0, 13.0, 22.0], p=[0.4, 0.3, 0.15, 0.1, 0.05])))
    yard = box(1300, 1150, 80, 70).difference(box(1320, 1170, 40, 30))
    shapes.append(yard)
    heights.append(16.0)
    return frame("buildings", {"id": [f"b{i}" for i in range(len(shapes))], "height": heights}, shapes)


@cache
def roads() -> geopandas.GeoDataFrame:
    lines, classes, bridge = [], [], []
    for x in range(68, 1720, 110):
        crossing = x in (398, 1058)
        for south, north in ((320, 720), (900, 1330)):
            lines.append(shapely.LineString([at(x, y) for y in np.linspace(south, north, 5)]))
            classes.append("secondary" if crossing else "residential")
            bridge.append(False)
        if crossing:
            lines.append(shapely.LineString([at(x, 720), at(x, 900)]))
            classes.append("secondary")
            bridge.append(True)
    for y in [*range(318, 700, 90), *range(918, 1340, 90)]:
        lines.append(shapely.LineString([at(x, y) for x in np.linspace(68, 1718, 16)]))
        classes.append("primary" if y in (678, 918) else "residential")
        bridge.append(False)
    count = len(lines)
    return frame("roads", {"id": [f"r{i}" for i in range(count)], "class": classes, "bridge": bridge}, lines)


@cache
def depths() -> tuple[NDArray[np.float64], ...]:
    """Depth by step: nothing, then the low south floods from the river; the eastern fifth is never known."""
    x, y = np.meshgrid(GRID.x - GRID.west, GRID.north - GRID.y)
    river = 800 + 60 * np.sin(x / 300)
    steps = []
    for level in (0.0, 4.2, 5.6, 8.5):
        away = y - river
        depth = np.where((away > 75) & (away < 560), np.maximum(level - terrain() - 0.002 * np.abs(x - 600), 0), 0.0)
        steps.append(np.where(x > 1450, np.nan, depth))
    return tuple(steps)


def depth_at(points: geopandas.GeoSeries, depth: NDArray[np.float64]) -> NDArray[np.float64]:
    cells = GRID.cells_of(points.x.to_numpy(), points.y.to_numpy())
    return depth.ravel()[cells]


def town_layers(blobs: Blobs, *, scale_name: str = "official") -> list[MapLayer]:
    """All layers of the town."""
    relief = Relief(GRID, terrain())
    scale = scale_named(scale_name, DEPTH_SCALES)
    wave = [at(x, 800 + 60 * np.sin(x / 300) - 45).coords[0] for x in range(0, 1801, 30)]
    back = [at(x, 800 + 60 * np.sin(x / 300) + 45).coords[0] for x in range(1800, -1, -30)]
    water = frame("water", {"id": ["w1"], "kind": ["river"]}, [shapely.Polygon(wave + back)])
    land_use = frame(
        "land_use",
        {"id": ["l1", "l2", "l3"], "kind": ["forest", "residential", "paddy"]},
        [box(0, 0, 1800, 240), box(60, 300, 1680, 1050), box(0, 1340, 1800, 60)],
    )
    ground = ground_layer(relief, blobs, fingerprint="town", land_use=land_use, water=water)
    houses, streets = buildings(), roads()
    centres = houses.geometry.centroid
    building_values = put_values(blobs, [scale.encode(depth_at(centres, depth)) for depth in depths()])
    road_codes = []
    for depth in depths():
        middle = depth_at(streets.geometry.interpolate(0.5, normalized=True), depth)
        code = np.select([middle > 0.5, middle > 0.15, middle > 0.02], [3.0, 2.0, 1.0], 0.0)
        road_codes.append(PASSABILITY.encode(np.where(np.isnan(middle), np.nan, code)))
    cells = put_values(blobs, [depth_codes(depth) for depth in depths()])
    shelters = frame(
        "shelters", {"id": ["s1", "s2", "s3"], "name": ["Hill school", "South hall", "East hall"]},
        [at(400, 300), at(620, 1000), at(1620, 1000)],
    )  # fmt: skip
    shelter_values = [USABILITY.encode(np.array([0.0, 0.0 if step == 0 else 1.0, np.nan])) for step in range(STEPS)]
    facilities = frame(
        "facilities", {"id": ["f1", "f2", "f3", "f4"], "kind": ["hospital", "school", "pump", "substation"]},
        [at(900, 420), at(1200, 560), at(300, 905), at(780, 1250)],
    )  # fmt: skip
    sensors = frame(
        "sensors", {"id": ["g1", "g2"], "kind": ["river_level", "rain"], "unit": ["m", "mm/h"], "name": ["Gauge", "Rain"]},
        [at(750, 745), at(1350, 480)],
    )  # fmt: skip
    readings = put_readings(blobs, [np.array([1.2 + step, np.nan if step == 2 else 5.0 * step]) for step in range(STEPS)])
    sensor_values = [SENSOR_STATE.encode(np.array([min(step, 2), 3.0])) for step in range(STEPS)]
    areas = frame(
        "areas", {"id": ["a1", "a2"], "kind": ["district", "district"]}, [box(60, 300, 800, 1050), box(860, 300, 880, 1050)]
    )
    return [
        ground,
        flood_layer(relief, terrain=ground.deck.terrain, values=cells, scale=scale),
        roads_layer(streets, relief, blobs, fingerprint="town", scale=ROAD_PASSABILITY, values=put_values(blobs, road_codes)),
        areas_layer(areas, relief, blobs, fingerprint="town"),
        buildings_layer(houses, relief, blobs, fingerprint="town", scale=scale, values=building_values, chunk=300),
        facilities_layer(facilities, relief, blobs, fingerprint="town"),
        shelters_layer(shelters, relief, blobs, fingerprint="town", values=put_values(blobs, shelter_values)),
        sensors_layer(sensors, relief, blobs, fingerprint="town", values=put_values(blobs, sensor_values), readings=readings),
    ]


assert UNKNOWN == 255
