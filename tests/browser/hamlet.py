"""A hamlet for the tests of drawing and comparing: so small that a frame without a graphics card takes no second."""

from __future__ import annotations

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
from layers.coding import PASSABILITY, PEOPLE, USABILITY, Coding
from layers.evacuees import evacuees_layer
from layers.flood import depth_codes, flood_layer
from layers.ground import ground_layer
from layers.map_component import Other
from layers.map_layer import MapLayer, put_values
from layers.relief import Relief
from layers.roads import roads_layer
from layers.scales import OFFICIAL_DEPTH, ROAD_PASSABILITY, ColourClass, Scale
from layers.shelters import shelters_layer

CRS = "EPSG:6677"
GRID = Grid(west=-12000.0, north=-34000.0, cell=10.0, rows=60, columns=90, crs=CRS)
STEPS = 3
TIMES = (0, 1200, 3600)
CHANGE = Coding("change", "m", (-0.5, -0.05, 0.05, 0.5))
CHANGES = Scale(
    "change",
    "Difference in depth",
    CHANGE,
    (
        ColourClass("much shallower", (5, 113, 176)),
        ColourClass("shallower", (146, 197, 222), lower=-0.5),
        ColourClass("the same", (247, 247, 247), lower=-0.05, alpha=0),
        ColourClass("deeper", (244, 165, 130), lower=0.05),
        ColourClass("much deeper", (202, 0, 32), lower=0.5),
    ),
)


def terrain() -> NDArray[np.float64]:
    """A slope that rises to the north by 12 m, with a mound in the west."""
    x, y = np.meshgrid(GRID.x - GRID.west, GRID.north - GRID.y)
    heights: NDArray[np.float64] = 3.0 + 0.02 * (600 - y) + 8 * np.exp(-((x - 160) ** 2 + (y - 300) ** 2) / 6000)
    return heights


def frame(table: str, rows: dict[str, list[object]], geometry: list[shapely.Geometry]) -> geopandas.GeoDataFrame:
    given = geopandas.GeoDataFrame({k: pd.Series(v) for k, v in rows.items()}, geometry=geometry, crs=CRS)
    return geopandas.GeoDataFrame(TABLES[table].completed(given), geometry="geometry", crs=CRS)


def at(x: float, y: float) -> shapely.Point:
    """A point by metres east of the western edge and south of the northern edge."""
    return shapely.Point(GRID.west + x, GRID.north - y)


def box(x: float, y: float, width: float, depth: float) -> shapely.Polygon:
    return shapely.box(GRID.west + x, GRID.north - y - depth, GRID.west + x + width, GRID.north - y)


def place(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of `at`."""
    longitude, latitude = GRID.to_wgs84.transform(GRID.west + x, GRID.north - y)
    return float(longitude), float(latitude)


BUILDINGS = [(x, y) for y in (120, 200, 380, 460) for x in (300, 340, 380, 520, 560, 600)]


def depths(water: float) -> tuple[NDArray[np.float64], ...]:
    """Depth by step when the water rises to ``water`` above its first level."""
    return tuple(np.maximum(3.0 + water * step / (STEPS - 1) - terrain(), 0.0) for step in range(STEPS))


def values_of(blobs: Blobs, water: float) -> dict[str, object]:
    """Bytes by layer of a flood that rises by ``water`` metres."""
    centres = GRID.cells_of(
        np.array([GRID.west + x + 9 for x, _ in BUILDINGS]), np.array([GRID.north - y - 8 for _, y in BUILDINGS])
    )
    return {
        "flood": put_values(blobs, [depth_codes(depth) for depth in depths(water)]),
        "buildings": put_values(blobs, [OFFICIAL_DEPTH.encode(depth.ravel()[centres]) for depth in depths(water)]),
        "roads": put_values(
            blobs, [PASSABILITY.encode(np.full(3, 3.0 if water > 6 and step else 0.0)) for step in range(STEPS)]
        ),
        "shelters": put_values(
            blobs, [USABILITY.encode(np.array([1.0 if water > 6 and step else 0.0])) for step in range(STEPS)]
        ),
    }


def hamlet_layers(blobs: Blobs) -> list[MapLayer]:
    """The layers of the first answer: the water rises by 5 m."""
    relief = Relief(GRID, terrain())
    ground = ground_layer(relief, blobs, fingerprint="hamlet")
    values = values_of(blobs, 5.0)
    houses = frame(
        "buildings", {"id": [f"b{i}" for i in range(len(BUILDINGS))], "height": [8.0] * len(BUILDINGS)},
        [box(x, y, 18, 16) for x, y in BUILDINGS],
    )  # fmt: skip
    streets = frame(
        "roads", {"id": ["r0", "r1", "r2"], "class": ["primary", "residential", "residential"]},
        [shapely.LineString([at(60, y), at(840, y)]) for y in (300, 160)] + [shapely.LineString([at(460, 60), at(460, 560)])],
    )  # fmt: skip
    shelters = frame("shelters", {"id": ["s0"], "name": ["School"]}, [at(720, 240)])
    areas = frame("areas", {"id": ["a0", "a1"], "kind": ["district"] * 2}, [box(40, 40, 420, 520), box(460, 40, 400, 520)])
    # A hundred people go east along the main street, five north along the cross street, later nobody.
    people = [np.array([count, 0, 0, 0, 0, few], dtype=np.float64) for count, few in ((0, 0), (100, 5), (0, 0))]
    walking = put_values(blobs, [PEOPLE.encode(each) for each in people])
    return [
        ground,
        flood_layer(relief, terrain=ground.deck.terrain, values=values["flood"]),
        roads_layer(streets, relief, blobs, fingerprint="hamlet", scale=ROAD_PASSABILITY, values=values["roads"]),
        evacuees_layer(streets, relief, blobs, fingerprint="hamlet", values=walking),
        areas_layer(areas, relief, blobs, fingerprint="hamlet"),
        buildings_layer(houses, relief, blobs, fingerprint="hamlet", scale=OFFICIAL_DEPTH, values=values["buildings"]),
        shelters_layer(shelters, relief, blobs, fingerprint="hamlet", values=values["shelters"]),
    ]


def second_answer(blobs: Blobs) -> Other:
    """The water rises by 9 m: roads are closed, the shelter is not usable."""
    return Other(values_of(blobs, 9.0), "As it is: 5 m", "With a breach: 9 m")


def change(blobs: Blobs) -> Other:
    """The difference of the two on the ground."""
    pairs = zip(depths(5.0), depths(9.0), strict=True)
    values = put_values(blobs, [CHANGE.encode(later - now) for now, later in pairs])
    return Other({"flood": values}, "As it is", "With a breach", difference=True, scales={"flood": CHANGES})
