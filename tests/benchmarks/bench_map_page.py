"""The page of bench_map.py: a synthetic city of as many buildings as the link asks for."""

import json

import geopandas
import numpy as np
import shapely
import streamlit as st

from geodata.grid import Grid
from layers.blobs import shared_blobs
from layers.buildings import buildings_layer
from layers.flood import depth_codes, flood_layer
from layers.ground import ground_layer
from layers.map_component import Timeline, city_map
from layers.map_layer import put_values
from layers.relief import Relief
from layers.scales import OFFICIAL_DEPTH
from layers.view import View

STEPS = 4


@st.cache_resource
def city(count: int) -> tuple[list, Grid]:
    rng = np.random.default_rng(1)
    side = int(np.ceil(np.sqrt(count)))
    pitch = 22.0
    number = np.arange(count)
    # Blocks of 16 × 16 follow one another, so that chunks are compact as with Hilbert order.
    block, inside = number // 256, number % 256
    across = -(-side // 16)
    column, row = (block % across) * 16 + inside % 16, (block // across) * 16 + inside // 16
    x0, y0 = column * pitch + rng.uniform(0, 3, count), -(row * pitch) - rng.uniform(0, 3, count)
    wide, deep, turn = rng.uniform(8, 16, count), rng.uniform(8, 16, count), rng.uniform(0, 0.4, count)
    corners = np.array([[0, 0], [1, 0], [1, 0.5], [0.6, 0.5], [0.6, 1], [0, 1], [0, 0]])
    dx, dy = corners[:, 0] * wide[:, None], corners[:, 1] * deep[:, None]
    x = x0[:, None] + dx * np.cos(turn)[:, None] - dy * np.sin(turn)[:, None]
    y = y0[:, None] + dx * np.sin(turn)[:, None] + dy * np.cos(turn)[:, None] - 20
    shapes = shapely.polygons(np.stack([x, y], axis=2))
    size = across * 16 * pitch
    cell = max(5.0, size / 1000)
    cells = int(size / cell) + 4
    grid = Grid(west=-2 * cell, north=2 * cell, cell=cell, rows=cells, columns=cells, crs="EPSG:6677")
    east, north = np.meshgrid(grid.x, grid.y)
    ground = 20 + 6 * np.sin(east / 700) * np.cos(north / 900)
    relief, blobs, name = Relief(grid, ground), shared_blobs(), f"bench{count}"
    frame = geopandas.GeoDataFrame(
        {"height": rng.uniform(4, 25, count), "storeys": np.full(count, np.nan)}, geometry=shapes, crs=grid.crs
    )
    depths = [np.maximum(18 + 2 * step - ground, 0) for step in range(STEPS)]
    centre = grid.cells_of(x[:, 0], y[:, 0])
    values = put_values(blobs, [OFFICIAL_DEPTH.encode(depth.ravel()[centre]) for depth in depths])
    base = ground_layer(relief, blobs, fingerprint=name)
    water = put_values(blobs, [depth_codes(depth) for depth in depths])
    layers = [
        base,
        flood_layer(relief, terrain=base.deck.terrain, values=water),
        buildings_layer(frame, relief, blobs, fingerprint=name, scale=OFFICIAL_DEPTH, values=values),
    ]
    return layers, grid


st.set_page_config(layout="wide")
wanted = int(st.query_params.get("buildings", "0"))
if wanted:
    layers, grid = city(wanted)
    events = city_map(
        layers,
        View.of_bounds(grid.bounds_wgs84),
        key="map",
        fit=True,
        timeline=Timeline(tuple(f"+{s} h" for s in range(STEPS))),
    )
    st.button("Run again")
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.code(json.dumps({"runs": st.session_state["runs"]}))
else:
    st.write("nothing here")
