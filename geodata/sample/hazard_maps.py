"""Official-style maps of river and inland flood depth, worked out from levee breaches over the city's own ground."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from geodata.sample.noise import Floats, Noise
from geodata.sample.plan import Plan
from geodata.sample.river import CREST, GRADIENT, PLANNED, River
from geodata.sample.terrain import ROWS_AT_ONCE, Terrain, raster_source
from geodata.source import SourceRaster

BREACH_STEP = 800.0  # between the breach points that a survey tries, m
UPSTREAM, DOWNSTREAM, SIDEWAYS = 1300.0, 2800.0, 5600.0  # how far one breach is followed, m
SHEET_REACH, SHEET_SLOPE = 420.0, 0.0046  # of the shallow flow behind a breach, m and m/m
LOSS_DOWNSTREAM, LOSS_SIDEWAYS = 0.00016, 0.00034  # of the water surface against the valley's fall, m/m
# scale: flood stage in the river, and water surface behind a breach, both above the floodplain plane, m
STAGES = {"L1": (PLANNED, 0.55), "L2": (PLANNED + 0.95, 1.60)}
NAMES = {
    "L1": ("川辺川洪水浸水想定区域(計画規模)", "Kawabe River flood, planned scale"),
    "L2": ("川辺川洪水浸水想定区域(想定最大規模)", "Kawabe River flood, largest assumed scale"),
}


@dataclass(frozen=True)
class HazardMaps:
    """Depths in metres; 0 = surveyed and dry, NaN = outside the survey."""

    plan: Plan
    river: River
    terrain: Terrain

    @cached_property
    def surveyed(self) -> NDArray[np.bool_]:
        """Cells that the survey covers: all but a strip along the northern hills, [y, x]."""
        grid = self.plan.grid
        noise = Noise(self.plan.random("survey"), grid.bounds, wavelength=420.0)
        width = 95.0 + 50.0 * noise(grid.x, np.full(grid.columns, grid.north))
        # at one place the strip reaches down to the last houses: what is not surveyed is unknown, not dry
        share = (grid.x - grid.west) / self.plan.width
        width = (width + 250.0 * np.exp(-(((share - 0.27) / 0.055) ** 2))) * self.plan.scale
        return np.asarray((grid.north - grid.y)[:, None] > width[None, :])

    @cached_property
    def depths(self) -> dict[str, NDArray[np.float32]]:
        """River flood depth by scale, [y, x], m."""
        planned = self._flood("L1")
        largest = np.maximum(self._flood("L2"), planned)
        made = {}
        for scale, found in (("L1", planned), ("L2", largest)):
            depth = np.where(found < 0.02, 0.0, found)
            made[scale] = np.where(self.surveyed, np.round(depth, 2), np.nan).astype(np.float32)
            made[scale].flags.writeable = False
        return made

    @cached_property
    def _bank(self) -> NDArray[np.int8]:
        """1 north of the river's levees, −1 south of them, 0 between, [y, x]."""
        grid = self.plan.grid
        bank = np.empty(grid.shape, dtype=np.int8)
        for first in range(0, grid.rows, ROWS_AT_ONCE):
            part = slice(first, first + ROWS_AT_ONCE)
            _, signed = self.river.locate(grid.x[None, :], grid.y[part, None])
            bank[part] = np.where(np.abs(signed) > CREST, np.sign(signed), 0)
        return bank

    def breach_points(self, scale: str) -> list[tuple[float, int]]:
        """(u, side) of the breaches tried: the planned flood breaks only where the levee is weak."""
        count = max(2, round(self.plan.width / BREACH_STEP))
        weak = [(u, side) for u, _, side in self.river.low_points]
        if scale == "L1":
            step = (np.arange(0.2, count, 2.0) + 0.15) / count
            return weak + [(float(share * self.plan.width), 1 if k % 2 else -1) for k, share in enumerate(step)]
        step = (np.arange(count) + 0.5) / count
        return weak + [(float(share * self.plan.width), side) for share in step for side in (1, -1)]

    def _flood(self, scale: str) -> NDArray[np.float32]:
        """The deepest water of all breaches: connected low ground under a surface that slopes with the valley."""
        grid, ground = self.plan.grid, self.terrain.raster
        stage, behind = STAGES[scale]
        depth = np.zeros(grid.shape, dtype=np.float32)
        for u, side in self.breach_points(scale):
            x, y = self.river.offset_line(side * (CREST + 25.0), np.array([u]))[0]
            columns = _window(grid.x, x - UPSTREAM, x + DOWNSTREAM)
            rows = _window(grid.y, y - (SIDEWAYS if side < 0 else 900.0), y + (SIDEWAYS if side > 0 else 900.0))
            px, py = grid.x[columns].astype(np.float32), grid.y[rows].astype(np.float32)
            along = px - np.float32(x)
            fall = np.where(along > 0, -(GRADIENT + LOSS_DOWNSTREAM) * along, 0.0)
            surface = float(self.river.plane(np.array([u]))[0]) + behind + fall[None, :]
            surface = surface - LOSS_SIDEWAYS * np.abs(py - y)[:, None]
            # just behind the breach the water runs down the natural levee as a shallow sheet before it gathers
            away = np.hypot(along[None, :], (py - y)[:, None])
            sheet = float(self.terrain.sample(np.array([x]), np.array([y]))[0]) + 0.75 - away * SHEET_SLOPE
            surface = np.where(away < SHEET_REACH, np.maximum(surface, sheet), surface)
            part = ground[rows, columns]
            wet = (surface > part) & (self._bank[rows, columns] == side)
            label, count = scipy.ndimage.label(wet)
            row, column = _nearest(py, y), _nearest(px, x)
            near = label[max(row - 8, 0) : row + 9, max(column - 8, 0) : column + 9]
            seeds = np.unique(near[near > 0])
            if len(seeds):
                joined = np.zeros(count + 1, dtype=bool)
                joined[seeds] = True
                reached = joined[label]
                window = depth[rows, columns]
                np.maximum(window, np.where(reached, surface - part, 0.0).astype(np.float32), out=window)
        self._fill_river(depth, stage)
        return depth

    def _fill_river(self, depth: NDArray[np.float32], stage: float) -> None:
        """Between the levees the water stands at the flood stage."""
        grid, ground = self.plan.grid, self.terrain.raster
        reach = float(np.abs(self.river.centre(grid.x - self.plan.west)).max()) + 2 * CREST
        rows = _window(grid.y, self.plan.base_y - reach, self.plan.base_y + reach)
        foot, signed = self.river.locate(grid.x[None, :], grid.y[rows, None])
        level = self.river.plane(foot) + stage
        inside = np.where(np.abs(signed) < CREST, np.maximum(level - ground[rows], 0.0), 0.0)
        np.maximum(depth[rows], inside.astype(np.float32), out=depth[rows])

    def inland(self) -> NDArray[np.float32]:
        """Depth where heavy rain gathers in hollows, [y, x], m: ground that lies lower than what surrounds it."""
        ground = self.terrain.raster
        around = scipy.ndimage.gaussian_filter(ground, 90.0 / self.plan.cell)
        depth = np.clip((around - ground - 0.22) * 1.3, 0.0, 1.4)
        river = scipy.ndimage.binary_dilation(self._bank == 0, iterations=round(30.0 / self.plan.cell))
        flat = np.abs(around - ground) < 3.0
        depth = np.where(~river & flat & (depth > 0.05), depth, 0.0)
        return np.where(self.surveyed, np.round(depth, 2), np.nan).astype(np.float32)

    def sample(self, scale: str, x: Floats, y: Floats) -> Floats:
        """Depth at points, m; NaN outside the survey."""
        cells = self.plan.grid.cells_of(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        return np.where(cells < 0, np.nan, self.depths[scale].ravel()[np.maximum(cells, 0)].astype(float))

    def sources(self) -> list[SourceRaster]:
        """The maps as readers hand them over."""
        made = []
        for scale, depth in self.depths.items():
            name, english = NAMES[scale]
            details: dict[str, object] = {"id": f"river-{scale.lower()}", "name": name, "name_en": english,
                                          "hazard": "river_flood", "scale": scale}  # fmt: skip
            made.append(raster_source(self.plan, "hazard", depth, details=details))
        details = {"id": "inland-l2", "name": "内水浸水想定区域(想定最大規模)", "name_en": "Inland flood, largest assumed rain",
                   "hazard": "inland_flood", "scale": "L2"}  # fmt: skip
        return [*made, raster_source(self.plan, "hazard", self.inland(), details=details)]


def _window(values: Floats, low: float, high: float) -> slice:
    inside = np.flatnonzero((values >= low) & (values <= high))
    return slice(int(inside[0]), int(inside[-1]) + 1)


def _nearest(values: NDArray[np.float32], value: float) -> int:
    return int(np.argmin(np.abs(values - value)))
