"""The ground: terrain with hillshade, dressed in water, land use and road surfaces as a calm base map without any network."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas
import numpy as np
import pandas as pd
import pydeck
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio.transform import from_bounds

from geodata.grid import Grid
from layers.blobs import Blobs
from layers.legend import Colour, Legend, LegendEntry
from layers.map_layer import MapLayer, relief_properties
from layers.relief import LARGEST_TEXTURE, Relief
from layers.wire.terrain import terrain_message


@dataclass(frozen=True)
class GroundClass:
    """A kind of ground: translation key and its colour in the light and the dark theme."""

    label: str
    light: Colour
    dark: Colour


#: The place in this tuple is the byte in the class raster.
GROUND_CLASSES: tuple[GroundClass, ...] = (
    GroundClass("land", (240, 239, 234), (46, 48, 52)),
    GroundClass("water", (174, 203, 224), (36, 58, 78)),
    GroundClass("homes", (236, 233, 227), (52, 53, 57)),
    GroundClass("shops and offices", (233, 228, 224), (58, 56, 60)),
    GroundClass("industry", (226, 226, 230), (50, 53, 62)),
    GroundClass("fields", (232, 234, 216), (52, 56, 48)),
    GroundClass("paddy fields", (224, 232, 218), (46, 56, 52)),
    GroundClass("woods", (208, 222, 204), (40, 56, 46)),
    GroundClass("grass and parks", (218, 230, 210), (46, 62, 48)),
    GroundClass("public grounds", (230, 228, 234), (56, 54, 64)),
    GroundClass("railway", (206, 204, 204), (72, 72, 74)),
    GroundClass("road surface", (252, 252, 250), (78, 80, 86)),
    GroundClass("bare ground", (234, 228, 214), (60, 56, 50)),
    GroundClass("height unknown", (222, 222, 226), (64, 64, 70)),
)
WATER_CLASS, ROAD_CLASS, HEIGHT_UNKNOWN_CLASS = 1, 11, 13
_LAND_USE: Mapping[str, int] = {
    "residential": 2, "commercial": 3, "industrial": 4, "farmland": 5, "paddy": 6, "forest": 7, "grass": 8, "park": 8,
    "water": 1, "road": 11, "railway": 10, "public": 9, "bare": 12, "other": 0, "": 0,
}  # fmt: skip


def ground_classes(
    grid: Grid,
    *,
    land_use: geopandas.GeoDataFrame | None = None,
    water: geopandas.GeoDataFrame | None = None,
    road_surfaces: geopandas.GeoDataFrame | None = None,
    largest: int = LARGEST_TEXTURE,
) -> NDArray[np.uint8]:
    """Codes of `GROUND_CLASSES` over the grid's bounds, uint8 [rows, columns], row 0 in the north; one cell without any shape.

    Land use lies lowest, then water, then road surfaces (bridges cross the river).
    """
    pixel = max(max(grid.shape) * grid.cell / largest, 1.0)
    rows, columns = round(grid.rows * grid.cell / pixel), round(grid.columns * grid.cell / pixel)
    rows, columns = max(rows, 1), max(columns, 1)
    shapes: list[tuple[shapely.Geometry, int]] = []
    if land_use is not None and len(land_use):
        codes = land_use["kind"].astype("str").map(_LAND_USE).fillna(0).astype(int)
        shapes += list(zip(land_use.geometry.to_numpy(), codes.tolist(), strict=True))
    for frame, code in ((water, WATER_CLASS), (road_surfaces, ROAD_CLASS)):
        if frame is not None and len(frame):
            shapes += [(shape, code) for shape in frame.geometry.to_numpy()]
    shapes = [(shape, code) for shape, code in shapes if shape is not None and not shape.is_empty]
    if not shapes:
        return np.zeros((1, 1), dtype=np.uint8)
    made: NDArray[np.uint8] = rasterio.features.rasterize(
        shapes, out_shape=(rows, columns), transform=from_bounds(*grid.bounds, columns, rows), fill=0, dtype="uint8"
    )
    return made


def mark_unknown_heights(classes: NDArray[np.uint8], relief: Relief) -> NDArray[np.uint8]:
    """The classes with a class of its own where the terrain is unknown, water excepted; unchanged without any terrain."""
    if relief.elevation is None or relief.known.all():
        return classes
    if classes.size == 1:
        classes = np.full(relief.known.shape, classes.flat[0], dtype=np.uint8)
    rows = np.minimum(np.arange(classes.shape[0]) * relief.known.shape[0] // classes.shape[0], relief.known.shape[0] - 1)
    columns = np.minimum(np.arange(classes.shape[1]) * relief.known.shape[1] // classes.shape[1], relief.known.shape[1] - 1)
    unknown = ~relief.known[np.ix_(rows, columns)]
    return np.where(unknown & (classes == 0), HEIGHT_UNKNOWN_CLASS, classes).astype(np.uint8)


def palette_text() -> dict[str, str]:
    """Colours of the classes as base64 of red, green, blue for 256 codes, by theme."""
    made = {}
    for theme in ("light", "dark"):
        table = np.zeros((256, 3), dtype=np.uint8)
        table[: len(GROUND_CLASSES)] = [getattr(entry, theme) for entry in GROUND_CLASSES]
        made[theme] = base64.b64encode(table.tobytes()).decode()
    return made


def ground_layer(
    relief: Relief,
    blobs: Blobs,
    *,
    fingerprint: str,
    land_use: geopandas.GeoDataFrame | None = None,
    water: geopandas.GeoDataFrame | None = None,
    road_surfaces: geopandas.GeoDataFrame | None = None,
) -> MapLayer:
    """The layer of the ground.

    Parameters
    ----------
    relief
        The terrain as drawn.
    blobs
        Where the message is promised.
    fingerprint
        Of terrain, land use, water and road surfaces.
    land_use, water, road_surfaces
        Contracts of the same names, in the grid's CRS.
    """

    def message() -> bytes:
        classes = ground_classes(relief.grid, land_use=land_use, water=water, road_surfaces=road_surfaces)
        return terrain_message(relief, mark_unknown_heights(classes, relief))

    layer = pydeck.Layer(
        "CityGround",
        id="ground",
        pickable=False,
        terrain=terrain_reference(blobs, fingerprint, message),
        palette=palette_text(),
        relief=relief_properties(relief),
    )
    present = _present(land_use, water, road_surfaces)
    entries = tuple(LegendEntry(GROUND_CLASSES[code].label, GROUND_CLASSES[code].light) for code in present)
    return MapLayer("ground", "Base map", layer, Legend("Base map", entries) if entries else None)


def terrain_reference(blobs: Blobs, fingerprint: str, message: object) -> dict[str, str]:
    """Name under which the browser fetches the terrain."""
    if not callable(message):
        raise TypeError("message must be a function that makes the bytes")
    return {"name": blobs.promise(("terrain", fingerprint), message)}


def _present(land_use: pd.DataFrame | None, water: pd.DataFrame | None, road_surfaces: pd.DataFrame | None) -> list[int]:
    codes = set()
    if land_use is not None and len(land_use):
        codes |= {_LAND_USE.get(kind, 0) for kind in land_use["kind"].astype("str").unique()}
    if water is not None and len(water):
        codes.add(WATER_CLASS)
    if road_surfaces is not None and len(road_surfaces):
        codes.add(ROAD_CLASS)
    return sorted(codes)
