"""Places that matter in a flood: shelters, hospitals, care homes, schools, substations, pumps and the gate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.sample.buildings import building_ids
from geodata.sample.districts import Districts
from geodata.sample.hazard_maps import HazardMaps
from geodata.sample.lattice import Lattice
from geodata.sample.names import CARE_HOMES, CITY, CLINICS, SCHOOLS
from geodata.sample.noise import Floats
from geodata.sample.plan import CRS, Plan
from geodata.sample.plots import PATTERN, USE, Plots
from geodata.sample.river import CORRIDOR, CREST
from geodata.sample.terrain import Terrain

HOUR = 3600.0


@dataclass(frozen=True)
class Places:
    """Shelters and facilities, found among the plots that are already there."""

    plan: Plan
    lattice: Lattice
    plots: Plots
    districts: Districts
    terrain: Terrain
    hazards: HazardMaps

    @cached_property
    def _of(self) -> dict[str, NDArray[np.int64]]:
        """Positions of plots by what stands on them."""
        frame = self.plots.frame
        use, pattern = frame["use"].to_numpy(), frame["pattern"].to_numpy()
        random = self.plan.random("places")
        schools = np.flatnonzero((pattern == PATTERN["school"]) & (frame["number"] == 0))
        halls = np.flatnonzero((pattern == PATTERN["city_hall"]) & (frame["number"] == 0))
        hospitals = np.flatnonzero(use == USE["hospital"])
        shops = np.flatnonzero(
            np.isin(use, [USE["mixed"], USE["commercial"], USE["office"]]) & (pattern != PATTERN["roadside"])
        )
        thousands = self.plan.buildings / 1000
        homes = np.flatnonzero((use == USE["house"]) & np.isin(pattern, [PATTERN["house"], PATTERN["garden_house"]]))
        public = np.flatnonzero((use == USE["public"]) & (pattern != PATTERN["city_hall"]))

        def some(among: NDArray[np.int64], count: float) -> NDArray[np.int64]:
            number = min(len(among), max(1, round(count)))
            return np.sort(random.choice(among, number, replace=False)) if number else among

        return {
            "school": schools,
            "city_hall": halls if len(halls) else public[:1],
            "hospital": hospitals,
            "clinic": some(shops, 1.5 * thousands),
            "care_home": np.flatnonzero(use == USE["care"]),
            "nursery": some(homes, 0.8 * thousands),
            "fire_station": some(public, max(0.25 * thousands, 1)),
            "police": some(shops, max(0.4 * thousands, 1)),
            "public": public,
            "tower": np.flatnonzero((use == USE["apartment"]) & (pattern == PATTERN["slab"])),
        }

    def _xy(self, chosen: NDArray[np.int64]) -> Floats:
        return np.asarray(self.plots.frame[["x", "y"]].to_numpy()[chosen])

    def _area(self, chosen: NDArray[np.int64]) -> Floats:
        frame = self.plots.frame.iloc[chosen]
        return np.asarray(4 * frame["half_width"] * frame["half_depth"], dtype=float)

    def facility_frame(self) -> geopandas.GeoDataFrame:
        """Facilities; a care home's ``time_to_leave`` follows its plan for getting everyone out."""
        random = self.plan.random("facilities")
        rows: list[dict[str, Any]] = []
        for kind in ("hospital", "clinic", "care_home", "nursery", "school", "fire_station", "police", "city_hall"):
            chosen = self._of[kind]
            places, addresses, ids = self._xy(chosen), self.districts.addresses(self.plots, chosen), building_ids(chosen)
            area = self._area(chosen)
            for k in range(len(chosen)):
                name, english, values = _facility(kind, k, float(area[k]), random)
                rows.append(
                    {
                        "id": f"kawabe-f-{kind}-{k:04d}",
                        "name": name,
                        "name_en": english,
                        "address": addresses[k],
                        "kind": kind,
                        "building_id": ids[k],
                        "geometry": shapely.Point(np.round(places[k], 2)),
                        **values,
                    }
                )
        rows += self._substations(random) + self._water_works()
        return geopandas.GeoDataFrame(rows, geometry="geometry", crs=CRS)

    def _substations(self, random: np.random.Generator) -> list[dict[str, Any]]:
        """One for each district that is lived in, on low ground more often than one would wish."""
        frame = self.plots.frame
        district = self.districts.of_plots(self.plots)
        fit = np.isin(
            frame["use"].to_numpy(), [USE[name] for name in ("utility", "warehouse", "industrial", "commercial", "office")]
        )
        ground = self.terrain.sample(frame["x"].to_numpy(), frame["y"].to_numpy())
        rows = []
        for number, area_id in enumerate(self.districts.ids()):
            here = np.flatnonzero(district == number)
            if not len(here):
                continue
            likely = here[fit[here]] if fit[here].any() else here
            pick = likely[np.argsort(ground[likely], kind="stable")[int(random.integers(0, max(1, len(likely) // 3)))]]
            name, english = self.districts.names[number]
            rows.append(
                {
                    "id": f"kawabe-f-substation-{number:04d}",
                    "name": f"{name}変電所",
                    "name_en": f"{english} substation",
                    "address": self.districts.addresses(self.plots, np.array([pick]))[0],
                    "kind": "substation",
                    "critical_height": round(float(random.uniform(0.3, 1.2)), 2),
                    "area_id": area_id,
                    "building_id": building_ids(np.array([pick]))[0],
                    "geometry": shapely.Point(np.round(self._xy(np.array([pick]))[0], 2)),
                }
            )
        return rows

    def _water_works(self) -> list[dict[str, Any]]:
        """The gate and the pumps where the tributary meets the river, pumps in the lowlands, the intake upstream."""
        river, plan = self.terrain.river, self.plan
        mouth = (self.lattice.u[self.lattice.tributary_column] + self.lattice.u[self.lattice.tributary_column + 1]) / 2
        beside = mouth - 12.0
        places = [
            (
                "gate",
                "小川辺川水門",
                "Ko-Kawabe gate",
                river.offset_line(CREST, np.array([mouth]))[0],
                {"critical_height": 3.0},
            ),
            (
                "pump",
                "小川辺川排水機場",
                "Ko-Kawabe pump station",
                river.offset_line(CREST + 13.0, np.array([beside]))[0],
                {"pump_capacity": 12.0, "critical_height": 1.8, "backup_hours": 24.0},
            ),
            (
                "pump",
                "向島排水機場",
                "Mukojima pump station",
                river.offset_line(-(CREST + 14.0), np.array([0.52 * plan.width]))[0],
                {"pump_capacity": 5.0, "critical_height": 1.2, "backup_hours": 12.0},
            ),
            (
                "pump",
                "沖田ポンプ場",
                "Okita pump station",
                river.offset_line(CREST + 14.0, np.array([0.9 * plan.width]))[0],
                {"pump_capacity": 3.0, "critical_height": 0.9},
            ),
            (
                "water_works",
                "川辺浄水場",
                "Kawabe water works",
                river.offset_line(CORRIDOR - 4.0, np.array([0.05 * plan.width]))[0],
                {"critical_height": 1.0, "backup_hours": 24.0},
            ),
        ]
        return [
            {
                "id": f"kawabe-f-{kind}-{k:04d}",
                "name": name,
                "name_en": english,
                "kind": kind,
                "geometry": shapely.Point(np.round(at, 2)),
                **values,
            }
            for k, (kind, name, english, at, values) in enumerate(places)
        ]

    @property
    def _halls(self) -> NDArray[np.int64]:
        """The two largest public buildings of each district."""
        public = self._of["public"]
        order = public[np.lexsort((public, -self._area(public), self.districts.of_plots(self.plots)[public]))]
        district = self.districts.of_plots(self.plots)[order]
        rank = np.arange(len(order)) - np.searchsorted(district, district, side="left")
        return np.sort(order[rank < 2])

    def shelter_frame(self) -> geopandas.GeoDataFrame:
        """Shelters; whether one suits river floods was judged by its depth on the largest-scale map and its storeys."""
        random = self.plan.random("shelters")
        thousands = self.plan.buildings / 1000
        towers, care = self._of["tower"], self._of["care_home"]
        groups = (
            ("evacuation", self._of["school"], 1.0, 3.7, "体育館・校舎", "school"),
            ("evacuation", self._halls, 1.1, 0.6, "公民館", "community hall"),
            ("evacuation", self._of["city_hall"], 0.8, 0.6, "市役所", "city hall"),
            ("welfare", care[: max(1, round(0.25 * thousands))], 0.4, 0.4, "福祉避難所", "welfare shelter"),
            (
                "vertical",
                towers[:: max(1, len(towers) // max(1, round(0.4 * thousands)))][: max(1, round(0.4 * thousands))],
                0.5,
                8.8,
                "避難ビル",
                "evacuation building",
            ),
        )
        rows: list[dict[str, Any]] = []
        for kind, chosen, share, upper, word, english in groups:
            if not len(chosen):
                continue
            places, ids, addresses = self._xy(chosen), building_ids(chosen), self.districts.addresses(self.plots, chosen)
            capacity = np.maximum(np.round(self._area(chosen) * share / 1.65 / 5) * 5, 15)
            depth = self.hazards.sample("L2", places[:, 0], places[:, 1])
            near_scarp = np.abs(self.terrain.v(*places.T) - self.terrain.terrace_foot(places[:, 0])) < 45
            district = self.districts.of_plots(self.plots)[chosen]
            for k in range(len(chosen)):
                name, romanised = self.districts.names[district[k]]
                if english == "school":
                    name, romanised = (
                        f"{CITY}立{_ordinal(k)}小学校" if k % 3 else f"{CITY}立{_ordinal(k)}中学校",
                        f"School {k + 1}",
                    )
                suits = bool(depth[k] == 0 or upper > depth[k] + 0.5) if np.isfinite(depth[k]) else None
                unknown = random.random() < 0.06
                rows.append(
                    {
                        "id": f"kawabe-h-{len(rows):04d}",
                        "name": name if english == "school" else f"{name}{word}",
                        "name_en": f"{romanised} {english}",
                        "address": addresses[k],
                        "kind": kind,
                        "capacity": np.nan if random.random() < 0.07 else float(capacity[k]),
                        "river_flood": None if unknown else suits,
                        "inland_flood": None if unknown else bool(random.random() < 0.85),
                        "landslide": not bool(near_scarp[k]),
                        "earthquake": bool(random.random() < 0.94),
                        "large_fire": bool(english == "school"),
                        "high_tide": None,
                        "tsunami": None,
                        "volcano": None,
                        "floor_height": upper if suits and depth[k] > 0 else 0.4,
                        **_STORES[english][k % len(_STORES[english])],
                        "building_id": ids[k],
                        "geometry": shapely.Point(np.round(places[k], 2)),
                    }
                )
        rows += self._open_places(len(rows))
        return geopandas.GeoDataFrame(rows, geometry="geometry", crs=CRS)

    def _open_places(self, number: int) -> list[dict[str, Any]]:
        """Parks and school yards: for earthquakes and fires; on the lowland not for floods."""
        middle = self.districts.middle()
        depth = self.hazards.sample("L2", middle[:, 0], middle[:, 1])
        inhabited = np.bincount(self.districts.of_plots(self.plots), minlength=len(middle)) > 60
        rows: list[dict[str, Any]] = []
        for k in np.flatnonzero(inhabited[: len(middle)]):
            name, english = self.districts.names[k]
            rows.append(
                {
                    "id": f"kawabe-h-{number + len(rows):04d}",
                    "name": f"{name}中央公園",
                    "name_en": f"{english} central park",
                    "kind": "emergency",
                    "capacity": 1200.0,
                    "river_flood": bool(depth[k] == 0) if np.isfinite(depth[k]) else None,
                    "inland_flood": bool(depth[k] == 0) if np.isfinite(depth[k]) else None,
                    "earthquake": True,
                    "large_fire": True,
                    "landslide": True,
                    "floor_height": 0.0,
                    "geometry": shapely.Point(np.round(middle[k], 2)),
                }
            )
        return rows


_STORES: dict[str, tuple[dict[str, float], ...]] = {
    "school": ({"backup_hours": 24.0, "solar_share": 0.35}, {"backup_hours": 72.0}, {"backup_hours": 12.0}),
    "community hall": ({"backup_hours": 6.0}, {}, {"backup_hours": 12.0, "solar_share": 0.2}),
    "city hall": ({"backup_hours": 72.0},),
    "welfare shelter": ({"backup_hours": 24.0}, {}),
    "evacuation building": ({"backup_hours": 3.0}, {}),
}
"""Fuel, batteries and rooftop solar of shelters, in turn; {} = nobody says."""


def _ordinal(number: int) -> str:
    return SCHOOLS[number] if number < len(SCHOOLS) else f"第{number + 1}"


def _facility(kind: str, number: int, area: float, random: np.random.Generator) -> tuple[str, str, dict[str, Any]]:
    """(name, English name, values) of one facility."""
    if kind == "hospital":
        beds = float(np.clip(round(area / 9 / 10) * 10, 60, 420))
        return (
            f"{CITY}民病院" if number == 0 else f"川辺総合病院{number}",
            f"Kawabe hospital {number + 1}",
            {"users": beds, "time_to_leave": round(2.5 * HOUR + beds * 40.0), "critical_height": 0.8, "backup_hours": 72.0},
        )
    if kind == "clinic":
        name, english = CLINICS[number % len(CLINICS)]
        return (
            f"川辺{name}{number + 1}",
            f"Kawabe {english} {number + 1}",
            {"users": float(random.integers(0, 19)), "critical_height": 0.3},
        )
    if kind == "care_home":
        name, english = CARE_HOMES[number % len(CARE_HOMES)]
        again = "" if number < len(CARE_HOMES) else str(number // len(CARE_HOMES) + 1)
        users = float(np.clip(round(area / 14), 9, 110))
        values = {
            "users": users,
            "time_to_leave": round((1.0 + 0.035 * users) * HOUR, -2),
            "critical_height": 0.35,
            "backup_hours": float(random.choice([np.nan, 6.0, 24.0, 72.0])),
        }
        return f"特別養護老人ホーム{name}{again}", f"Care home {english} {again}".strip(), values
    if kind == "nursery":
        return (
            f"川辺第{number + 1}保育園",
            f"Kawabe nursery {number + 1}",
            {"users": float(random.integers(35, 140)), "time_to_leave": round(float(random.uniform(0.7, 1.6)) * HOUR, -2)},
        )
    if kind == "school":
        level, english = ("小学校", "primary school") if number % 3 else ("中学校", "junior high school")
        return (
            f"{CITY}立{_ordinal(number)}{level}",
            f"Kawabe {english} {number + 1}",
            {"users": float(random.integers(240, 720)), "time_to_leave": 1.0 * HOUR},
        )
    if kind == "fire_station":
        return f"川辺消防署{number + 1}", f"Kawabe fire station {number + 1}", {"critical_height": 0.4, "backup_hours": 72.0}
    if kind == "police":
        return f"川辺交番{number + 1}", f"Kawabe police box {number + 1}", {"critical_height": 0.3}
    return f"{CITY}役所", "Kawabe city hall", {"critical_height": 0.9, "backup_hours": 72.0}
