"""Buildings: footprints on the plots, with storeys, structure, age, floors and residents; handed over tile by tile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.sample.districts import Districts
from geodata.sample.noise import Floats
from geodata.sample.people import by_day, settle
from geodata.sample.plan import CRS, Plan
from geodata.sample.plots import COURT, ELL, PATTERN, RECTANGLE, YOU, Plots
from geodata.sample.terrain import Terrain
from geodata.sample.zones import Zones
from geodata.tables.buildings import USES

TILE = 40_000  # buildings in one table: what bounds the memory of a large city
STOREY = {"wood": 2.85, "light_steel": 2.95, "steel": 3.5, "reinforced_concrete": 3.1, "steel_reinforced_concrete": 3.2}
YEARS = {
    "old": (1969, 18),
    "station": (1988, 16),
    "residential": (1987, 15),
    "new": (1994, 13),
    "industrial": (1986, 14),
    "village": (1976, 19),
}


def building_ids(positions: NDArray[np.int64]) -> list[str]:
    """Stable ids by position among the plots.

    Examples
    --------
    >>> building_ids(np.array([123]))
    ['kawabe-b-000123']
    """
    return [f"kawabe-b-{k:06d}" for k in positions]


@dataclass(frozen=True)
class Buildings:
    """All buildings of the city, made when asked for."""

    plan: Plan
    zones: Zones
    plots: Plots
    districts: Districts
    terrain: Terrain

    @cached_property
    def tiles(self) -> tuple[slice, ...]:
        """Runs of plots, each from a few neighbouring columns of the lattice."""
        count = len(self.plots.frame)
        parts = max(1, -(-count // TILE))
        edges = np.linspace(0, count, parts + 1).astype(int)
        return tuple(slice(int(a), int(b)) for a, b in pairwise(edges))

    def frames(self) -> Iterator[geopandas.GeoDataFrame]:
        """One table per tile."""
        for number in range(len(self.tiles)):
            yield self.frame(number)

    def frame(self, number: int) -> geopandas.GeoDataFrame:
        """The buildings of one tile."""
        tile = self.tiles[number]
        plots = self.plots.frame.iloc[tile]
        random = self.plan.random("buildings", number)
        shapes = footprints(plots)
        area = shapely.area(shapes)
        frame = self._attributes(random, plots, area)
        frame.insert(0, "id", building_ids(np.arange(tile.start, tile.stop)))
        frame["address"] = self.districts.addresses(self.plots, tile)
        frame["ground_elevation"] = np.round(self.terrain.sample(plots["x"].to_numpy(), plots["y"].to_numpy()), 2)
        frame = pd.concat([frame, settle(random, frame)], axis=1)
        # of a generator of its own, so that everything else is as it was before anybody counted by day
        frame["people_by_day"] = by_day(self.plan.random("people by day", number), frame)
        # what a land register would not know of every building
        missing = random.random((4, len(frame)))
        frame["year_built"] = frame.pop("built").astype("Int64").mask(missing[0] < 0.04)
        frame["structure"] = frame["structure"].mask(missing[1] < 0.02, "")
        frame["storeys"] = frame["storeys"].astype("Int64").mask(missing[2] < 0.01)
        frame["floor_height"] = frame["floor_height"].mask(missing[3] < 0.03)
        frame["district"] = np.array(self.districts.ids())[self.districts.of_plots(self.plots)[tile]]
        return geopandas.GeoDataFrame(frame, geometry=shapes, crs=CRS)

    def _attributes(self, random: np.random.Generator, plots: pd.DataFrame, area: Floats) -> pd.DataFrame:
        count = len(plots)
        zone = self.zones.zone.ravel()[plots["cell"].to_numpy()]
        use = np.array(USES)[plots["use"].to_numpy()]
        pattern = plots["pattern"].to_numpy()
        storeys = _storeys(random.random(count), use, pattern, zone, area)
        built = _years(random, zone, use, storeys)
        structure = _structures(random.random(count), use, storeys, built)
        each = np.array([STOREY[name] for name in structure])
        each = np.where(
            np.isin(use, ["industrial", "warehouse"]), 5.6, np.where(np.isin(use, ["school", "hospital"]), 3.7, each)
        )
        each = np.where(np.isin(pattern, [PATTERN["roadside"]]), 4.6, each)
        each = np.where((pattern == PATTERN["school"]) & (storeys == 1), 10.5, each)
        each = np.where(np.isin(use, ["religious"]), 5.4, np.where(use == "shed", 2.6, each))
        roof = np.where(np.isin(structure, ["wood", "light_steel"]), 1.7, 0.7) * np.where(use == "shed", 0.2, 1.0)
        height = storeys * each * random.uniform(0.96, 1.05, count) + roof * random.uniform(0.6, 1.3, count)
        floor = np.select(
            [
                np.isin(use, ["shed", "agricultural", "warehouse", "industrial", "transport"]),
                np.isin(use, ["commercial", "mixed", "office"]),
                structure == "wood",
            ],
            [0.15, 0.12, np.where(built < 1981, 0.45, 0.58)],
            0.25,
        )
        floor = np.where(np.isin(use, ["hospital", "care", "utility"]), 0.35, floor)
        return pd.DataFrame(
            {
                "name": "",
                "use": use,
                "structure": structure,
                "height": np.round(height, 1),
                "storeys": storeys,
                "storeys_below": np.where((storeys >= 8) & (random.random(count) < 0.45), 1, 0),
                "floor_height": np.round(np.maximum(floor + random.normal(0, 0.06, count), 0.0), 2),
                "floor_area": np.round(area * storeys * np.where(np.isin(use, ["house", "shed"]), 0.9, 0.95), 1),
                "built": built,
            }
        )


def footprints(plots: pd.DataFrame) -> NDArray[np.object_]:
    """Footprint polygons of plots, on whole centimetres: rectangles, L and U shapes, and some around a courtyard."""
    made = np.empty(len(plots), dtype=object)
    shape = plots["shape"].to_numpy()
    a, b = np.abs(plots["cut_a"].to_numpy()).astype(float), plots["cut_b"].to_numpy().astype(float)
    side = np.sign(plots["cut_a"].to_numpy()).astype(float)
    one = np.ones(len(plots))
    outer = [(-one, -one), (one, -one), (one, one), (-one, one)]
    ell = [
        (-side, -one),
        (side, -one),
        (side, one - 2 * b),
        (side * (1 - 2 * a), one - 2 * b),
        (side * (1 - 2 * a), one),
        (-side, one),
    ]
    you = [(-one, -one), (one, -one), (one, one), (a, one), (a, one - 2 * b), (-a, one - 2 * b), (-a, one), (-one, one)]
    hole = [(-a, -b), (a, -b), (a, b), (-a, b)]
    for code, ring in ((RECTANGLE, outer), (ELL, ell), (YOU, you), (COURT, outer)):
        here = shape == code
        if not here.any():
            continue
        shells = shapely.linearrings(_placed(plots[here], [(s[here], t[here]) for s, t in ring]))
        if code == COURT:
            inner = shapely.linearrings(_placed(plots[here], [(s[here], t[here]) for s, t in hole]))
            made[here] = shapely.polygons(shells, holes=inner[:, None])
        else:
            made[here] = shapely.polygons(shells)
    return np.asarray(shapely.normalize(made))


def _placed(plots: pd.DataFrame, ring: list[tuple[Floats, Floats]]) -> Floats:
    x, y, ex, ey, a, b = (plots[name].to_numpy()[:, None] for name in ("x", "y", "ex", "ey", "half_width", "half_depth"))
    s, t = np.stack([s for s, _ in ring], axis=1) * a, np.stack([t for _, t in ring], axis=1) * b
    return np.round(np.stack([x + s * ex - t * ey, y + s * ey + t * ex], axis=-1), 2)


def _storeys(
    draw: Floats, use: NDArray[np.str_], pattern: NDArray[np.int8], zone: NDArray[np.str_], area: Floats
) -> NDArray[np.int64]:
    central = zone == "station"
    high = np.where(central, 1.0, np.where(zone == "old", 0.55, 0.0))
    skew = draw**1.7  # few towers, many low houses
    storeys = np.where(draw < 0.10, 1, np.where(draw < 0.94 - 0.12 * high, 2, 3))
    apartment = np.where(area > 240, 3 + np.floor(skew * (5 + 8 * high)), 2 + np.floor(skew * (2 + 6 * high)))
    rules = {
        "apartment": apartment,
        "mixed": 2 + np.floor(skew * (2 + 5 * high)),
        "commercial": np.where(pattern == PATTERN["roadside"], 1 + (draw > 0.7), 1 + np.floor(draw * (2 + 4 * high))),
        "office": 2 + np.floor(skew * (3 + 9 * high)),
        "hotel": 6 + np.floor(draw * 9),
        "industrial": 1 + (draw > 0.6),
        "warehouse": 1 + (draw > 0.8),
        "public": 2 + np.floor(draw * 2.2) + (area > 900) * 2,
        "school": np.where(area < 900, 1, 3 + (draw > 0.6)),
        "hospital": 4 + np.floor(draw * 4),
        "care": 2 + np.floor(draw * 3),
        "religious": np.ones_like(draw),
        "transport": 1 + (draw > 0.8),
        "agricultural": np.ones_like(draw),
        "utility": np.ones_like(draw),
        "shed": np.ones_like(draw),
    }
    for name, values in rules.items():
        storeys = np.where(use == name, values, storeys)
    return np.asarray(storeys, dtype=np.int64)


def _years(
    random: np.random.Generator, zone: NDArray[np.str_], use: NDArray[np.str_], storeys: NDArray[np.int64]
) -> NDArray[np.int64]:
    middle = np.array([YEARS.get(name, (1985, 14))[0] for name in zone.tolist()], dtype=float)
    spread = np.array([YEARS.get(name, (1985, 14))[1] for name in zone.tolist()], dtype=float)
    rebuilt = random.random(len(zone)) < 0.22
    year = np.where(rebuilt, random.uniform(1998, 2025, len(zone)), random.normal(middle, spread))
    year = np.where(storeys >= 5, np.maximum(year, random.uniform(1972, 2022, len(zone))), year)
    old = (use == "religious") | ((zone == "old") & (random.random(len(zone)) < 0.03))
    year = np.where(old, random.uniform(1868, 1940, len(zone)), year)
    floor = np.where(zone == "new", 1968.0, 1868.0)
    return np.clip(year, np.where(old, 1868, np.maximum(floor, 1926)), 2025).astype(np.int64)


def _structures(draw: Floats, use: NDArray[np.str_], storeys: NDArray[np.int64], built: NDArray[np.int64]) -> NDArray[np.str_]:
    domestic = np.isin(use, ["house", "mixed", "shed", "agricultural", "religious", "apartment", "care", "commercial", "other"])
    low = np.where(draw < 0.86, "wood", np.where(draw < 0.96, "light_steel", "reinforced_concrete"))
    made = np.where(storeys <= 2, low, np.where(draw < 0.45, "wood", "light_steel"))
    made = np.where((use == "commercial") & (draw > 0.3), "steel", made)
    made = np.where(~domestic, np.where(draw < 0.6, "steel", "reinforced_concrete"), made)
    made = np.where(np.isin(use, ["school", "hospital", "public", "utility"]), "reinforced_concrete", made)
    made = np.where((storeys >= 3) & (use == "apartment") & (draw > 0.25), "reinforced_concrete", made)
    made = np.where((storeys >= 4) & np.isin(made, ["wood", "light_steel"]), "reinforced_concrete", made)
    made = np.where((storeys == 3) & (made == "wood") & (built < 1988), "light_steel", made)
    return np.where((storeys >= 10) & (draw < 0.7), "steel_reinforced_concrete", made)
