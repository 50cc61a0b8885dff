"""What each cell of the lattice is for: old town, station quarter, terraces of houses, works, villages, fields, hills."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geodata.sample.lattice import Lattice
from geodata.sample.noise import Floats, Noise, smoothstep
from geodata.sample.plan import Plan
from geodata.sample.terrain import Terrain

ZONES = ("river", "rail", "tributary", "forest", "paddy", "farmland", "old", "station", "residential", "new", "industrial",
         "village", "school", "hospital", "city_hall", "park")  # fmt: skip
BUILT = ("old", "station", "residential", "new", "industrial", "village", "school", "hospital", "city_hall", "park")
DENSITY = {"old": 40.0, "station": 18.5, "residential": 31.0, "new": 26.5, "industrial": 2.8, "village": 11.0}  # buildings/ha
MARGIN = 1.22  # so many more plots are laid out than asked for; the least urban ones stay fields


@dataclass(frozen=True)
class Zones:
    """Use of each lattice cell (column i, row j), before it is known which of them are really built."""

    plan: Plan
    lattice: Lattice
    terrain: Terrain

    @cached_property
    def centres(self) -> NDArray[np.float64]:
        """Middle of each cell, [i, j, 2]."""
        n = self.lattice.nodes
        return np.asarray((n[:-1, :-1] + n[1:, :-1] + n[1:, 1:] + n[:-1, 1:]) / 4)

    @cached_property
    def areas(self) -> Floats:
        """Area of each cell, m², [i, j]."""
        n = self.lattice.nodes
        one, two = n[1:, 1:] - n[:-1, :-1], n[:-1, 1:] - n[1:, :-1]
        return np.abs(one[..., 0] * two[..., 1] - one[..., 1] * two[..., 0]) / 2

    @cached_property
    def _uv(self) -> tuple[Floats, Floats]:
        u, v = self.lattice.u, self.lattice.v
        return np.meshgrid((u[1:] + u[:-1]) / 2, (v[1:] + v[:-1]) / 2, indexing="ij")

    @cached_property
    def land(self) -> NDArray[np.str_]:
        """What a cell would be if nobody built there, [i, j]."""
        lattice, (_, v) = self.lattice, self._uv
        x, y = self.centres[..., 0], self.centres[..., 1]
        foot = self.terrain.terrace_foot(x)
        plane = self.terrain.river.plane(x - self.plan.west)
        high = self.terrain.sample(x, y) - plane
        land = np.where(np.abs(v) < 260, "farmland", "paddy").astype("<U12")
        land[v > foot - 20] = "farmland"
        corner = np.stack([self.lattice.nodes[i : i + land.shape[0], j : j + land.shape[1]] for i in (0, 1) for j in (0, 1)])
        top = self.terrain.v(corner[..., 0], corner[..., 1]) > self.terrain.hill_foot(corner[..., 0]) + 10
        land[top.sum(axis=0) >= 2] = "forest"
        land[(v < 0) & (high > 5.0)] = "forest"
        land[:, lattice.rail_row] = "rail"
        land[:, lattice.river_row - 1 : lattice.river_row + 1] = "river"
        land[lattice.tributary_column, lattice.river_row + 1 :] = "tributary"
        return land

    @cached_property
    def potential(self) -> Floats:
        """How urban a cell wants to be, [i, j]; only the order counts."""
        lattice, (u, v), plan = self.lattice, self._uv, self.plan
        large = plan.scale > 1.5  # a plain with several towns rather than one town between river and terrace
        grow = plan.scale ** (0.55 if large else 0.3)
        noise = Noise(plan.random("potential"), (0.0, -plan.south_depth, plan.width, plan.north_depth), wavelength=480.0)
        wide = Noise(plan.random("potential", 1), (0.0, -plan.south_depth, plan.width, plan.north_depth), wavelength=2600.0)
        pull = 0.22 * noise(u, v) + (0.35 * wide(u, v) if large else 0.0)
        random = plan.random("centres")
        for k, station in enumerate(lattice.station_u):
            strength = 1.0 if k == self.main_station else random.uniform(0.35, 0.8)
            reach = (720.0 if k == self.main_station else 620.0) * grow
            pull = pull + strength * np.exp(-(((u - station) / reach) ** 2) - ((v - lattice.rail_v) / (0.8 * reach)) ** 2)
            old = ((u - station + 260) / 620.0) ** 2 + ((v - 250.0) / 330.0) ** 2
            pull = pull + 0.75 * strength * np.exp(-old)
        for column in lattice.bridges:
            head = ((u - lattice.u[column]) / 430.0) ** 2 + ((v + 240.0) / 300.0) ** 2
            pull = pull + 0.5 * np.exp(-head)
            pull = pull + 0.22 * np.exp(-(((u - lattice.u[column]) / 260.0) ** 2))
        terrace = smoothstep((v - lattice.terrace_v - 30) / 60.0)
        pull = pull + (0.34 if large else 0.52) * terrace + 0.18 * np.exp(-((np.abs(v) / 330.0) ** 2))
        x, y = self.centres[..., 0], self.centres[..., 1]
        above = self.terrain.sample(x, y) - self.terrain.river.plane(x - plan.west)
        pull = pull + (0.19 if large else 0.24) * np.clip(
            above, -1.4, 1.9
        )  # the old town kept to the higher ground; later ones did not always
        return np.asarray(pull - 0.12 * np.clip(np.abs(v) / plan.north_depth, 0, 1))

    @cached_property
    def main_station(self) -> int:
        """The station at which the centre lies."""
        return len(self.lattice.station_u) // 2

    @cached_property
    def wanted(self) -> NDArray[np.str_]:
        """What a cell would be if it were built, [i, j]; "" = never built."""
        lattice, (u, v), plan = self.lattice, self._uv, self.plan
        foot = self.terrain.terrace_foot(self.centres[..., 0])
        wanted = np.full(self.land.shape, "residential", dtype="<U12")
        wanted[v > foot - 30] = "new"
        reach = plan.scale**0.3
        for k, station in enumerate(lattice.station_u):
            size = reach if k == self.main_station else 0.7
            wanted[(np.abs(u - station + 260) < 560 * size) & (v > 0) & (v < min(430.0, 0.72 * lattice.rail_v))] = "old"
            near = np.hypot((u - station) / 1.25, v - lattice.rail_v) < 300 * size
            wanted[near] = "station"
        if plan.scale < 1.5:
            works = (u > 0.66 * plan.width) & (u < 0.93 * plan.width) & (v < -0.40 * plan.south_depth)
            works &= v > -0.86 * plan.south_depth
        else:
            noise = Noise(plan.random("works"), (0.0, -plan.south_depth, plan.width, plan.north_depth), wavelength=1700.0)
            works = (noise(u, v) > 0.52) & (self.potential < 0.75) & (v < foot - 200)
        wanted[works & (wanted == "residential")] = "industrial"
        noise = Noise(plan.random("villages"), (0.0, -plan.south_depth, plan.width, plan.north_depth), wavelength=330.0)
        village = (noise(u, v) > 0.5) & (self.potential < 0.42) & (wanted == "residential")
        wanted[village] = "village"
        wanted[np.isin(self.land, ["forest", "river", "rail", "tributary"])] = ""
        wanted[0, :] = wanted[-1, :] = wanted[:, 0] = wanted[:, -1] = ""
        return wanted

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Flat indices of cells that may be built, those to build first at the front."""
        wanted = self.wanted.ravel()
        rank = self.potential.ravel().copy()
        rank[np.isin(wanted, ["village", "industrial"])] += 0.9
        if self.plan.scale >= 1.5:  # industry and villages fill a fair share, not every place that would suit them
            rank[wanted == "village"] -= 0.25
        candidates = np.flatnonzero(wanted != "")
        return candidates[np.argsort(-rank[candidates], kind="stable")]

    @cached_property
    def zone(self) -> NDArray[np.str_]:
        """Zones of the cells that are laid out for building (a margin more than needed); elsewhere the land, [i, j]."""
        zone = self.land.copy().ravel()
        wanted, order = self.wanted.ravel(), self.order
        expected = np.array([DENSITY[name] for name in wanted[order]]) * self.areas.ravel()[order] / 1e4
        total = np.cumsum(expected)
        # schools, parks and the like take whole cells: room for some 55 buildings each
        sites = 55 * (5 + 10 * self.plan.buildings / 8000)
        laid_out = order[: int(np.searchsorted(total, self.plan.buildings * MARGIN + sites)) + 1]
        zone[laid_out] = wanted[laid_out]
        sure = order[: int(np.searchsorted(total, self.plan.buildings * 0.9)) + 1]
        self._place_sites(zone, sure)
        return zone.reshape(self.land.shape)

    def _place_sites(self, zone: NDArray[np.str_], sure: NDArray[np.int64]) -> None:
        """Give whole cells to schools, hospitals, the city hall and large parks, well spread over the built town."""
        centres = self.centres.reshape(-1, 2)
        free = sure[np.isin(zone[sure], ["old", "residential", "new", "station"])]
        if len(free) < 8:
            return
        thousands = self.plan.buildings / 8000
        station = self.lattice.at(np.array(self.lattice.station_u[self.main_station]), np.array(self.lattice.rail_v))
        for kind, count, near in (
            ("city_hall", 1, 230.0),
            ("hospital", max(1, round(1.0 * thousands**0.8)), 520.0),
            ("school", max(2, round(5 * thousands)), 0.0),
            ("park", max(1, round(3 * thousands)), 0.0),
        ):
            away = np.hypot(*(centres[free] - station).T)
            taken = np.flatnonzero(np.isin(zone, ["school", "hospital", "city_hall", "park"]))
            first = int(np.argmin(np.abs(away - near))) if near else int(np.argmin(np.abs(away - 600.0)))
            gap = np.hypot(*(centres[free] - centres[free[first]]).T)
            same = [free[first]]
            for _ in range(count - 1):
                spread = gap.copy()
                if len(taken):
                    closest = np.min(
                        np.hypot(*(centres[free][:, None] - centres[taken[-40:]][None]).transpose(2, 0, 1)), axis=1
                    )
                    spread = np.where(closest < 250.0, 0.0, spread)
                pick = int(np.argmax(np.minimum(spread, 2500.0 if count > 60 else 1e9)))
                same.append(free[pick])
                gap = np.minimum(gap, np.hypot(*(centres[free] - centres[free[pick]]).T))
            zone[np.array(same)] = kind
            free = free[~np.isin(free, same)]
