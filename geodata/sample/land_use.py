"""What the ground is used for, the smaller waters, and the surfaces of main roads and the railway, as areas."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.sample.blocks import Blocks
from geodata.sample.lattice import RAIL_HALF, Lattice
from geodata.sample.plan import CRS, Plan
from geodata.sample.plots import PATTERN, Plots
from geodata.sample.river import CHANNEL, CORRIDOR, NAME
from geodata.sample.terrain import TRIBUTARY_BED, Terrain
from geodata.sample.zones import Zones

MANNING = {
    "residential": 0.067,
    "commercial": 0.067,
    "industrial": 0.060,
    "public": 0.050,
    "park": 0.040,
    "paddy": 0.060,
    "farmland": 0.055,
    "forest": 0.100,
    "grass": 0.040,
    "railway": 0.040,
    "water": 0.025,
}
KIND = {
    "old": "residential",
    "station": "commercial",
    "residential": "residential",
    "new": "residential",
    "industrial": "industrial",
    "village": "residential",
    "school": "public",
    "hospital": "public",
    "city_hall": "public",
    "park": "park",
    "rail": "railway",
    "tributary": "grass",
    "forest": "forest",
    "paddy": "paddy",
    "farmland": "farmland",
}


def land_use_frame(
    plan: Plan, lattice: Lattice, zones: Zones, blocks: Blocks, plots: Plots, terrain: Terrain
) -> geopandas.GeoDataFrame:
    """Land use: one patch per block where the town is built, one per lattice cell elsewhere, the river's banks as grass."""
    zone, land = zones.zone.ravel(), zones.land.ravel()
    built_block = plots.built[blocks.cell]
    kind = np.array([KIND[name] for name in zone[blocks.cell[built_block]]], dtype=object)
    pattern = plots.pattern_of_block[built_block]
    first = np.r_[True, blocks.cell[1:] != blocks.cell[:-1]][built_block]
    rest = np.isin(zone[blocks.cell[built_block]], ["school", "hospital", "city_hall"]) & ~first
    kind = np.where(rest, "residential", kind)
    kind = np.where((pattern == PATTERN["open"]) & np.isin(kind, ["residential", "commercial"]), "park", kind)
    kind = np.where(pattern == PATTERN["roadside"], "commercial", kind)
    shapes = [shapely.polygons(blocks.corners[built_block])]
    rural = np.flatnonzero(~plots.built & (land != "river"))
    nodes = lattice.nodes
    corners = np.stack([nodes[:-1, :-1], nodes[1:, :-1], nodes[1:, 1:], nodes[:-1, 1:]], axis=2).reshape(-1, 4, 2)
    shapes.append(shapely.polygons(corners[rural]))
    kinds = [kind, np.array([KIND[name] for name in land[rural]], dtype=object)]
    steps = max(2, round(plan.width / 250.0))
    u = np.linspace(0, plan.width, steps * 10 + 1)
    for side in (1, -1):
        near, far = terrain.river.offset_line(side * (CHANNEL + 4.0), u), terrain.river.offset_line(side * (CORRIDOR - 3.0), u)
        at = np.arange(steps)[:, None] * 10 + np.arange(11)
        ring = np.concatenate([near[at], far[at[:, ::-1]]], axis=1)
        shapes.append(shapely.make_valid(shapely.polygons(np.round(ring, 2))))
        kinds.append(np.full(steps, "grass", dtype=object))
    kind = np.concatenate(kinds)
    frame = geopandas.GeoDataFrame(
        {
            "id": [f"kawabe-l-{k:06d}" for k in range(len(kind))],
            "kind": kind,
            "manning": [MANNING[name] for name in kind],
        },
        geometry=np.concatenate(shapes),
        crs=CRS,
    )
    west, south, east, north = plan.grid.bounds
    return frame[frame.geometry.is_valid & frame.intersects(shapely.box(west, south, east, north))].reset_index(drop=True)


def water_frame(plan: Plan, lattice: Lattice, zones: Zones, plots: Plots, terrain: Terrain) -> geopandas.GeoDataFrame:
    """The river's reaches, the tributary, irrigation canals between the fields, and ponds, each with its normal level."""
    parts = [
        terrain.river.water_frame(),
        _tributary(plan, lattice, terrain),
        _canals(lattice, zones, plots, terrain),
        _ponds(plan, zones, plots, terrain),
    ]
    return geopandas.GeoDataFrame(pd.concat([part for part in parts if len(part)], ignore_index=True), crs=CRS)


def _tributary(plan: Plan, lattice: Lattice, terrain: Terrain) -> geopandas.GeoDataFrame:
    line = lattice.tributary_line
    river = terrain.river
    _, signed = river.locate(line[:, 0], line[:, 1])
    line = line[(signed > CHANNEL - 3.0)]
    pieces = np.array_split(np.arange(len(line)), max(2, len(line) // 8))
    shapes, levels = [], []
    for piece in pieces:
        at = np.r_[piece, min(piece[-1] + 1, len(line) - 1)] if piece[-1] + 1 < len(line) else piece
        middle = line[at].mean(axis=0)
        shapes.append(shapely.buffer(shapely.LineString(line[at]), 6.5, cap_style="flat"))
        v = float(terrain.v(middle[:1], middle[1:])[0])
        bed = (
            float(river.plane(middle[:1] - plan.west)[0])
            + TRIBUTARY_BED
            + 0.0011 * max(v, 0.0)
            + 0.07 * max(v - lattice.hill_v, 0.0)
        )
        levels.append(round(bed + 0.7, 3))
    return geopandas.GeoDataFrame(
        {
            "id": [f"kawabe-w-tributary-{k:03d}" for k in range(len(shapes))],
            "name": "小川辺川",
            "name_en": "Ko-Kawabe River",
            "kind": "river",
            "level": levels,
        },
        geometry=shapely.set_precision(np.array(shapes, dtype=object), 0.01),
        crs=CRS,
    )


def _canals(lattice: Lattice, zones: Zones, plots: Plots, terrain: Terrain) -> geopandas.GeoDataFrame:
    """Canals 1.8 m wide beside every other row between two paddies."""
    built = plots.built.reshape(zones.land.shape)
    paddy = (zones.land == "paddy") & ~built
    both = paddy[:, 1:] & paddy[:, :-1]
    i, j = np.nonzero(both)
    keep = (j + 1) % 2 == 0
    i, j = i[keep], j[keep] + 1
    start, end = lattice.nodes[i, j], lattice.nodes[i + 1, j]
    along = (end - start) / np.maximum(np.linalg.norm(end - start, axis=1, keepdims=True), 1e-9)
    aside = np.stack([-along[:, 1], along[:, 0]], axis=1)
    a, b = start + 5.0 * along + 4.0 * aside, end - 5.0 * along + 4.0 * aside
    ring = np.round(np.stack([a, b, b + 1.8 * aside, a + 1.8 * aside], axis=1), 2)
    middle = ring.mean(axis=1)
    level = terrain.sample(middle[:, 0], middle[:, 1]) - 0.45
    return geopandas.GeoDataFrame(
        {
            "id": [f"kawabe-w-canal-{k:05d}" for k in range(len(i))],
            "name": "",
            "name_en": "",
            "kind": "canal",
            "level": np.round(level, 2),
        },
        geometry=shapely.polygons(ring),
        crs=CRS,
    )


def _ponds(plan: Plan, zones: Zones, plots: Plots, terrain: Terrain) -> geopandas.GeoDataFrame:
    random = plan.random("ponds")
    built = plots.built.reshape(zones.land.shape)
    wild = (zones.land == "farmland") & ~built
    x, y = zones.centres[..., 0], zones.centres[..., 1]
    wild &= terrain.v(x, y) > terrain.terrace_foot(x) + 40
    free = np.flatnonzero(wild.ravel())
    count = min(len(free), max(2, round(4 * plan.scale)))
    shapes, levels = [], []
    for cell in np.sort(random.choice(free, count, replace=False)) if count else ():
        middle = zones.centres.reshape(-1, 2)[cell]
        angle = np.linspace(0, 2 * np.pi, 33)[:-1]
        radius = 1 + 0.16 * np.sin(2 * angle + random.uniform(0, 6)) + 0.08 * np.sin(5 * angle + random.uniform(0, 6))
        long, wide = random.uniform(26, 40), random.uniform(18, 28)
        ring = middle + np.stack([long * radius * np.cos(angle), wide * radius * np.sin(angle)], axis=1)
        shapes.append(shapely.Polygon(np.round(ring, 2)))
        levels.append(round(float(np.nanmin(terrain.sample(ring[:, 0], ring[:, 1]))) - 0.2, 2))
    names = [f"ため池{k + 1}号" for k in range(len(shapes))]
    return geopandas.GeoDataFrame(
        {
            "id": [f"kawabe-w-pond-{k:03d}" for k in range(len(shapes))],
            "name": names,
            "name_en": [f"Irrigation pond {k + 1}" for k in range(len(shapes))],
            "kind": "pond",
            "level": levels,
        },
        geometry=shapes,
        crs=CRS,
    )


def road_surface_frame(lattice: Lattice, roads: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Carriageways of main roads, decks of bridges, the underpass, and the railway's bed."""
    shown = roads[roads["class"].isin(["trunk", "secondary", "tertiary"]) | roads["bridge"] | roads["tunnel"]]
    kind = np.select([shown["bridge"], shown["tunnel"]], ["bridge", "tunnel"], "carriageway").astype(object)
    shapes = shapely.buffer(shown.geometry.to_numpy(), shown["width"].to_numpy() / 2, cap_style="square", quad_segs=2)
    line = lattice.rail_line
    at = np.arange(0, len(line) - 1, 16)
    rails = [shapely.buffer(shapely.LineString(line[k : k + 17]), RAIL_HALF - 4.5, cap_style="flat") for k in at]
    every: NDArray[np.object_] = shapely.set_precision(np.concatenate([shapes, np.array(rails, dtype=object)]), 0.01)
    return geopandas.GeoDataFrame(
        {
            "id": [f"kawabe-s-{k:06d}" for k in range(len(every))],
            "name": [*shown["name"], *(["川辺線"] * len(rails))],
            "kind": [*kind, *(["rail"] * len(rails))],
        },
        geometry=every,
        crs=CRS,
    )


__all__ = ["NAME", "land_use_frame", "road_surface_frame", "water_frame"]
