"""The main river: its course, its cross-section, its levels; water reaches, levee crests and house-collapse zones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.sample.noise import Floats, smoothstep
from geodata.sample.plan import CRS, Plan

NAME = "川辺川"
GRADIENT = 1 / 1300  # fall of the valley, m/m
MOUTH_ELEVATION = 6.2  # floodplain at the eastern edge, T.P. m
CHANNEL = 29.0  # half the low-water channel, m
CREST = 60.0  # levee crest from the centre line, m
CORRIDOR = 80.0  # the first street from the centre line, m
# heights above the floodplain plane, m
BED, NORMAL, BERM, PLANNED, CREST_RISE = -4.3, -2.6, 0.4, 3.9, 5.1
REACH = 100.0
NEAR = 200.0  # distance from the centre line within which distances are exact, m


@dataclass(frozen=True)
class River:
    """The river Kawabe: it flows from west to east.

    ``u`` is the distance from the western edge, m; ``v`` the distance north of the centre line measured along the y axis
    where the meander has died away. All elevations are T.P. metres.
    """

    plan: Plan

    @cached_property
    def _waves(self) -> tuple[tuple[float, float, float], ...]:
        """(amplitude m, wavelength m, phase) of the meanders."""
        random = self.plan.random("river")
        size = min(self.plan.scale, 1.0)
        long = 420.0 * min((self.plan.scale - 1) / 4, 1.0) if self.plan.scale > 1.2 else 0.0
        return (
            (150.0 * size, 2750.0 * size**0.5, random.uniform(0.5, 1.3)),
            (42.0 * size, 1310.0, random.uniform(0, 6.28)),
            (long, 11_000.0, random.uniform(0, 6.28)),
        )

    def centre(self, u: Floats) -> Floats:
        """Northward offset of the centre line from the base line, m."""
        return np.asarray(sum(a * np.sin(2 * np.pi * u / w + p) for a, w, p in self._waves))

    def slope(self, u: Floats) -> Floats:
        """Derivative of `centre`."""
        return np.asarray(sum(a * 2 * np.pi / w * np.cos(2 * np.pi * u / w + p) for a, w, p in self._waves))

    def stretch(self, u: Floats) -> Floats:
        """How much longer a step along y is than the same step square to the river."""
        return np.asarray(np.sqrt(1 + self.slope(u) ** 2))

    def meander_share(self, v: Floats) -> Floats:
        """How much of the meander the land at ``v`` follows: 1 at the river, 0 far from it."""
        reach = np.where(v < 0, self.plan.south_depth, self.plan.north_depth) * 0.8
        return smoothstep(1.0 - (np.abs(v) - 120.0) / np.minimum(reach, 2600.0))

    def offset_line(self, distance: float | Floats, u: Floats) -> NDArray[np.float64]:
        """Points at a distance north of the centre line (negative: south), square to it; [n, 2] in city coordinates."""
        slope, stretch = self.slope(u), self.stretch(u)
        x = self.plan.west + u - distance * slope / stretch
        y = self.plan.base_y + self.centre(u) + distance / stretch
        return np.stack([x, y], axis=-1)

    def locate(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Foot of the perpendicular on the centre line (as u) and signed distance from it, north positive, m.

        Exact near the river, a good guess farther away.
        """
        x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        u = x - self.plan.west
        # a raster's columns need their sines only once
        first = u[:1] if x.ndim == 2 and x.strides[0] == 0 else u
        slope, stretch = self.slope(first), self.stretch(first)
        north = y - self.plan.base_y - self.centre(first)
        signed = north / stretch
        foot = u + signed * slope / stretch
        near = np.abs(signed) < NEAR
        if near.any():
            # steps towards the foot of the perpendicular keep the levee's width even in the bends
            at, along, across = foot[near], u[near], y[near] - self.plan.base_y
            for _ in range(2):
                bend = self.slope(at)
                at = at + (along - at + (across - self.centre(at)) * bend) / (1 + bend**2)
            foot[near] = at
            signed[near] = np.sign(north[near]) * np.hypot(along - at, across - self.centre(at))
        return foot, np.asarray(signed)

    def plane(self, u: Floats) -> Floats:
        """The floodplain without its small forms: falls evenly from west to east, T.P. m."""
        return np.asarray(MOUTH_ELEVATION + GRADIENT * (self.plan.width - u))

    @cached_property
    def low_points(self) -> tuple[tuple[float, float, int], ...]:
        """(u, depth below the planned crest, side) of weak stretches: the levee works are not finished there."""
        width = self.plan.width
        count = max(1, round(self.plan.scale / 2))
        random = self.plan.random("low points")
        first = ((0.17 * width, 1.0, 1), (0.58 * width, 0.6, -1))
        more = tuple(
            (float(random.uniform(0.05, 0.95) * width), float(random.uniform(0.4, 1.0)), int(random.choice([-1, 1])))
            for _ in range(2 * (count - 1))
        )
        return first + more

    def crest(self, u: Floats, side: int) -> Floats:
        """Crest of the northern (+1) or southern (−1) levee, T.P. m."""
        level = self.plane(u) + CREST_RISE
        for where, missing, bank in self.low_points:
            if bank == side:
                level = level - missing * smoothstep(1.6 - np.abs(u - where) / 110.0)
        return np.asarray(level)

    def water_frame(self) -> geopandas.GeoDataFrame:
        """Reaches of about 100 m, each with its normal level, so that the surface falls downstream."""
        count = int(np.ceil(self.plan.width / REACH))
        fine = 4
        u = np.linspace(0.0, self.plan.width, count * fine + 1)
        half = CHANNEL + 3.5 * np.sin(2 * np.pi * u / 830.0) + 2.0 * np.sin(2 * np.pi * u / 310.0 + 1.0)
        north, south = np.round(self.offset_line(half, u), 2), np.round(self.offset_line(-half, u), 2)
        for line in (north, south):
            line[:, 0] = np.clip(line[:, 0], self.plan.west, self.plan.west + self.plan.width)
        start = np.arange(count) * fine
        steps = start[:, None] + np.arange(fine + 1)
        rings = np.concatenate([south[steps], north[steps[:, ::-1]]], axis=1)
        level = self.plane((u[start] + u[start + fine]) / 2) + NORMAL
        return geopandas.GeoDataFrame(
            {
                "id": [f"kawabe-w-river-{k:05d}" for k in range(count)],
                "name": NAME,
                "name_en": "Kawabe River",
                "kind": "river",
                "level": np.round(level, 3),
            },
            geometry=shapely.make_valid(shapely.polygons(rings)),
            crs=CRS,
        )

    def crest_frame(self) -> geopandas.GeoDataFrame:
        """Levee crests in pieces of about 50 m, each with the mean elevation of its crest."""
        count = int(np.ceil(self.plan.width / 50.0))
        u = np.linspace(0.0, self.plan.width, count * 2 + 1)
        frames = {"id": [], "name": [], "name_en": [], "crest_elevation": [], "geometry": []}  # type: dict[str, list[object]]
        for side, word, english in ((1, "左岸", "left bank"), (-1, "右岸", "right bank")):
            line = np.round(self.offset_line(side * CREST, u), 2)
            line[:, 0] = np.clip(line[:, 0], self.plan.west, self.plan.west + self.plan.width)
            steps = np.arange(count)[:, None] * 2 + np.arange(3)
            frames["geometry"] += list(shapely.linestrings(line[steps]))
            frames["crest_elevation"] += list(np.round(self.crest(u, side)[steps].mean(axis=1), 3))
            frames["id"] += [f"kawabe-c-{'left' if side > 0 else 'right'}-{k:05d}" for k in range(count)]
            frames["name"] += [f"{NAME}{word}堤防"] * count
            frames["name_en"] += [f"Kawabe River levee, {english}"] * count
        return geopandas.GeoDataFrame(
            {**{k: v for k, v in frames.items() if k != "geometry"}, "kind": "levee"}, geometry=frames["geometry"], crs=CRS
        )

    def collapse_zone_frame(self) -> geopandas.GeoDataFrame:
        """Zones where houses may be washed away (家屋倒壊等氾濫想定区域): by flow, and by erosion on outer banks."""
        count = max(2, round(self.plan.width / 500.0))
        fine = 10
        u = np.linspace(0.0, self.plan.width, count * fine + 1)
        width = 95.0 + 35.0 * np.sin(2 * np.pi * u / 1700.0 + 0.6) + 15.0 * np.sin(2 * np.pi * u / 640.0)
        rows: list[dict[str, object]] = []
        bend = -np.gradient(self.slope(u), u)  # positive where the outer bank lies north
        for side, word, english in ((1, "左岸", "left bank"), (-1, "右岸", "right bank")):
            erosion = np.where(bend * side > 4e-4, 38.0, 0.0)
            for cause, label, reach in (
                ("flow", "氾濫流", width),
                ("erosion", "河岸侵食", erosion),
            ):
                inner = self.offset_line(side * np.full_like(u, CREST), u)
                outer = self.offset_line(side * (CREST + reach), u)
                for part in range(count):
                    piece = slice(part * fine, (part + 1) * fine + 1)
                    if reach[piece].min() < 1.0:
                        continue
                    ring = shapely.make_valid(shapely.Polygon(np.round(np.concatenate([inner[piece], outer[piece][::-1]]), 2)))
                    rows.append({
                        "id": f"kawabe-z-{cause}-{'left' if side > 0 else 'right'}-{part:04d}",
                        "name": f"家屋倒壊等氾濫想定区域({label}){word}{part + 1}",
                        "name_en": f"House-collapse zone ({cause}), {english} {part + 1}",
                        "kind": "hazard_zone",
                        "hazard": "river_flood",
                        "cause": cause,
                        "geometry": ring,
                    })  # fmt: skip
        return geopandas.GeoDataFrame(rows, geometry="geometry", crs=CRS)
