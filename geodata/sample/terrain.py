"""The ground: floodplain with natural levees and low former channels, terraces with scarps, hills, levees, a railway bank."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import rioxarray  # noqa: F401  (gives DataArray its .rio accessor)
import xarray as xr
from numpy.typing import NDArray

from geodata.sample.lattice import Lattice
from geodata.sample.noise import Floats, Noise, smoothstep
from geodata.sample.plan import CRS, HEIGHTS, Plan
from geodata.sample.river import BED, BERM, CHANNEL, CREST, River
from geodata.source import RasterRole, SourceRaster

NATURAL_LEVEE, BACKSWAMP, OLD_CHANNEL = 2.3, 1.0, 1.9  # m above and below the floodplain plane
TERRACE = 8.5
RAIL_BANK = 1.9
TRIBUTARY_CREST, TRIBUTARY_BED = 2.3, -2.9
UNDERPASS_DEPTH = 4.2
ROWS_AT_ONCE = 256  # bounds the memory of a raster's making


@dataclass(frozen=True)
class Terrain:
    """Elevation of the ground, T.P. metres, at any point and as a raster."""

    plan: Plan
    river: River
    lattice: Lattice

    @cached_property
    def _fields(self) -> dict[str, Noise]:
        bounds = self.plan.grid.bounds
        waves = {"fine": 60.0, "small": 190.0, "wide": 750.0, "scarp": 620.0, "ridge": 310.0, "mountain": 1400.0}
        return {
            name: Noise(self.plan.random("terrain", k), bounds, wavelength=wavelength)
            for k, (name, wavelength) in enumerate(waves.items())
        }

    def v(self, x: Floats, y: Floats) -> Floats:
        """Distance north of the river as the lattice counts it, m; a good guess (it leaves the lattice's warp out)."""
        raw = y - self.plan.base_y
        return np.asarray(raw - self.river.centre(x - self.plan.west) * self.river.meander_share(raw))

    def terrace_foot(self, x: Floats) -> Floats:
        """Where the terrace begins, m north of the river: the scarp is an old river bank, so it swings too."""
        u, scale = x - self.plan.west, self.plan.scale
        swing = 70 * np.sin(2 * np.pi * u / (1900 * scale) + 0.8) + 28 * np.sin(2 * np.pi * u / 610 + 2)
        return np.asarray(self.lattice.terrace_v + min(scale, 3) * swing)

    def hill_foot(self, x: Floats) -> Floats:
        """Where the hills begin, m north of the river."""
        u, scale = x - self.plan.west, self.plan.scale
        swing = 75 * np.sin(2 * np.pi * u / (1300 * scale) + 2.6) + 35 * np.sin(2 * np.pi * u / 470)
        return np.asarray(self.lattice.hill_v + min(scale, 3) * swing)

    def at(self, x: Floats, y: Floats) -> Floats:
        """Elevation of points, T.P. m."""
        x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        foot, signed = self.river.locate(x, y)
        v, distance, plane = self.v(x, y), np.abs(signed), self.river.plane(x - self.plan.west)
        land = self._land(x, y, v, distance, plane)
        land = self._cut_tributary(x, y, v, land)
        land = self._raise_railway(x, y, plane, land)
        return self._shape_river(foot, signed, land)

    def _land(self, x: Floats, y: Floats, v: Floats, distance: Floats, plane: Floats) -> Floats:
        fields, scale, u = self._fields, self.plan.scale, x - self.plan.west
        foot = self.terrace_foot(x)
        lowland = 1 - smoothstep((v - foot + 160 * min(scale, 1.0)) / 160.0)
        away = smoothstep((distance - 90.0) / 200.0)
        wide = fields["wide"](x, y)
        z = plane + NATURAL_LEVEE * np.exp(-np.maximum(distance - CREST, 0) / 250.0) * (1 + 0.25 * wide)
        z = z - BACKSWAMP * smoothstep((distance - 220.0) / 330.0) * lowland * (0.7 + 0.3 * wide)
        for middle, swing, wavelength, first, last in (
            (0.34 * self.lattice.rail_v + 90, 95.0, 1450.0, 0.45, 0.98),
            (-0.40 * self.plan.south_depth, 120.0, 1900.0, 0.02, 0.86),
        ):
            course = middle + swing * np.sin(2 * np.pi * u / wavelength + 0.7)
            there = smoothstep((u / self.plan.width - first) / 0.05) * smoothstep((last - u / self.plan.width) / 0.05)
            z = z - OLD_CHANNEL * np.exp(-(((v - course) / 38.0) ** 2)) * there
        z = z + away * (0.22 * fields["small"](x, y) + 0.95 * wide) + 0.07 * fields["fine"](x, y)
        z = z + TERRACE * smoothstep((v - foot) / 42.0) + 0.008 * np.maximum(v - foot, 0)
        hill = np.maximum(v - self.hill_foot(x), 0.0)
        height = 78.0 * min(scale, 3.0) * (hill / (self.plan.north_depth - self.lattice.hill_v)) ** 1.15
        z = z + height * (0.80 + 0.75 * fields["ridge"](x, y) + 0.35 * fields["mountain"](x, y))
        z = z + 6.0 * smoothstep((v - self.hill_foot(x)) / 60.0)
        south = np.hypot(u - 0.10 * self.plan.width, (v + 0.97 * self.plan.south_depth) * 1.25) / (
            400.0 * scale
        ) + 0.22 * fields["ridge"](x, y)
        z = z + 34.0 * min(scale, 2) * smoothstep(1.0 - south) * (0.85 + 0.3 * fields["ridge"](x, y))
        rise = np.maximum(-v - 0.72 * self.plan.south_depth, 0.0)
        return np.asarray(z + np.minimum(0.011 * rise, 4.0))

    def _cut_tributary(self, x: Floats, y: Floats, v: Floats, land: Floats) -> Floats:
        line, lattice = self.lattice.tributary_line, self.lattice
        axis = np.interp(y, line[:, 1], line[:, 0])
        lean = np.interp(y, line[:, 1], np.gradient(line[:, 0], line[:, 1]))
        distance = np.abs(x - axis) / np.sqrt(1 + lean**2)
        base = self.river.plane(axis - self.plan.west)
        bed = base + TRIBUTARY_BED + 0.0011 * np.maximum(v, 0) + 0.07 * np.maximum(v - lattice.hill_v, 0)
        valley = bed + 2.6 + 0.05 * np.maximum(distance - 20, 0) + 0.22 * np.maximum(distance - 60, 0)
        north = v > CREST
        terrace = smoothstep((v - lattice.terrace_v + 260) / 120.0)
        z = np.where(north, np.minimum(land, np.where(terrace > 0, np.maximum(valley, land + (1 - terrace) * 50), land)), land)
        crest = base + TRIBUTARY_CREST + 0.0011 * v - np.maximum(np.abs(distance - 13.0) - self._crest_half, 0) / 2.0
        z = np.where(north & (v < lattice.terrace_v - 40) & (distance < 40), np.maximum(z, crest), z)
        channel = np.where(distance < 5.0, bed, bed + (distance - 5.0) / 1.4)
        return np.asarray(np.where(north & (distance < 13.0), np.minimum(z, channel), z))

    def _raise_railway(self, x: Floats, y: Floats, plane: Floats, land: Floats) -> Floats:
        line, lattice = self.lattice.rail_line, self.lattice
        axis = np.interp(x, line[:, 0], line[:, 1])
        distance = np.abs(y - axis)
        tributary = np.interp(y, lattice.tributary_line[:, 1], lattice.tributary_line[:, 0])
        over_water = np.abs(x - tributary) < 12.0
        bank = plane + RAIL_BANK - np.maximum(distance - 4.5, 0) / 1.5
        z = np.where((distance < 12.0) & ~over_water, np.maximum(land, bank), land)
        for column in lattice.underpass_columns:
            road = lattice.nodes[column, [lattice.rail_row - 1, lattice.rail_row + 2]]
            middle = np.interp(y, road[:, 1], road[:, 0])
            ramp = plane + 0.9 - UNDERPASS_DEPTH * (1 - smoothstep((distance - 10.0) / 62.0))
            inside = (np.abs(x - middle) < max(7.5, 0.8 * self.plan.cell)) & (distance < 72.0)
            z = np.where(inside, np.minimum(z, ramp), z)
        return np.asarray(z)

    @property
    def _crest_half(self) -> float:
        """Half the width of a crest: at least wide enough that no gap opens between cells on the diagonal."""
        return 0.75 * self.plan.cell

    def _shape_river(self, foot: Floats, signed: Floats, land: Floats) -> Floats:
        distance, plane = np.abs(signed), self.river.plane(foot)
        crest = np.where(signed > 0, self.river.crest(foot, 1), self.river.crest(foot, -1))
        levee = crest - np.maximum(np.abs(distance - CREST) - self._crest_half, 0) / 2.0
        berm = plane + BED + (BERM - BED) * smoothstep((distance - CHANNEL + 7.0) / 12.0)
        floor = np.where(distance < CREST, berm, land)
        return np.asarray(np.where(distance < CORRIDOR_OF_LEVEE, np.maximum(floor, levee), land))

    @cached_property
    def raster(self) -> NDArray[np.float32]:
        """Elevation at the cells of the plan's grid, [y, x], row 0 in the north, whole centimetres."""
        grid = self.plan.grid
        made = np.empty(grid.shape, dtype=np.float32)
        x, y = grid.x, grid.y
        for first in range(0, grid.rows, ROWS_AT_ONCE):
            part = slice(first, first + ROWS_AT_ONCE)
            made[part] = np.round(self.at(x[None, :], y[part, None]), 2)
        made.flags.writeable = False
        return made

    def sample(self, x: Floats, y: Floats) -> Floats:
        """Elevation of the cell under each point, T.P. m; NaN outside the grid."""
        cells = self.plan.grid.cells_of(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        values = self.raster.ravel()[np.maximum(cells, 0)].astype(float)
        return np.asarray(np.where(cells < 0, np.nan, values))

    def source(self) -> SourceRaster:
        """The elevation raster as readers hand it over."""
        return raster_source(self.plan, "elevation", self.raster)


CORRIDOR_OF_LEVEE = 78.0  # the land-side slope of the levee has met the ground by here, m


def raster_source(
    plan: Plan, role: RasterRole, values: NDArray[np.float32], *, details: dict[str, object] | None = None
) -> SourceRaster:
    """A raster on the plan's grid as readers hand it over."""
    grid = plan.grid
    data = xr.DataArray(values, dims=("y", "x"), coords={"y": grid.y, "x": grid.x}).rio.write_crs(CRS)
    return SourceRaster(role, data, plan.provenance, HEIGHTS if role == "elevation" else None, details)
