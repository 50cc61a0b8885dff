"""Sensors and a week of what they read: a storm, the river's answer, and the faults that real sensors have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.sample.lattice import Lattice
from geodata.sample.names import CITY
from geodata.sample.noise import Floats
from geodata.sample.plan import CRS, Plan
from geodata.sample.plots import Plots
from geodata.sample.river import BED, BERM, CREST_RISE, NORMAL, PLANNED
from geodata.sample.terrain import Terrain

WEEK_START, STEP, READINGS = "2025-06-09T00:00:00Z", 600, 7 * 144
STORM_HOURS = (76.0, 15.0)  # the rain's peak and its length, h after the start
PASS, NOT_EVALUATED, SUSPECT, FAIL, MISSING = 1, 2, 3, 4, 9


@dataclass(frozen=True)
class Gauges:
    """Three river gauges, two rain gauges and four street sensors."""

    plan: Plan
    lattice: Lattice
    plots: Plots
    terrain: Terrain

    @cached_property
    def _river_columns(self) -> list[int]:
        columns = sorted(self.lattice.bridges)
        return [columns[0], columns[len(columns) // 2], columns[-1]]

    def sensor_frame(self) -> geopandas.GeoDataFrame:
        """Where the sensors are; stages are read above the gauge's zero, which lies a little under the river bed."""
        rows = []
        for k, column in enumerate(self._river_columns):
            u = float(self.lattice.u[column])
            plane = float(self.terrain.river.plane(np.array([u]))[0])
            zero = round(plane + BED - 0.3, 2)
            levels = {
                "standby_level": BERM + 0.2,
                "caution_level": BERM + 1.3,
                "evacuation_level": PLANNED - 1.0,
                "danger_level": PLANNED - 0.5,
            }
            name, english = (("上流", "upstream"), ("川辺大橋", "Kawabe bridge"), ("下流", "downstream"))[k]
            rows.append(
                {
                    "id": f"kawabe-g-river-{k + 1}",
                    "name": f"{name}水位観測所",
                    "name_en": f"River gauge {english}",
                    "kind": "river_level",
                    "unit": "m",
                    "gauge_zero": zero,
                    "interval": float(STEP),
                    "operator": "川辺川河川事務所(架空)",
                    **{key: round(plane + value - zero, 2) for key, value in levels.items()},
                    "geometry": shapely.Point(np.round(self.terrain.river.offset_line(0.0, np.array([u + 12.0]))[0], 2)),
                }
            )
        station = self.lattice.at(
            np.array(self.lattice.station_u[len(self.lattice.station_u) // 2]), np.array(self.lattice.rail_v + 60)
        )
        hill = self.lattice.at(np.array(0.45 * self.plan.width), np.array(self.lattice.hill_v + 120.0))
        for k, (at, name, english) in enumerate(
            ((station, "市役所雨量計", "city hall"), (hill, "北山雨量計", "northern hills"))
        ):
            rows.append(
                {
                    "id": f"kawabe-g-rain-{k + 1}",
                    "name": name,
                    "name_en": f"Rain gauge {english}",
                    "kind": "rain",
                    "unit": "mm",
                    "gauge_zero": np.nan,
                    "interval": float(STEP),
                    "operator": CITY,
                    "geometry": shapely.Point(np.round(at, 2)),
                }
            )
        for k, at in enumerate(self._street_places):
            name, english = (
                ("本町アンダーパス冠水センサ", "underpass"),
                ("川端町冠水センサ", "old town"),
                ("沖田町冠水センサ", "lowland"),
                ("向島町冠水センサ", "south bank"),
            )[k]
            rows.append(
                {
                    "id": f"kawabe-g-street-{k + 1}",
                    "name": name,
                    "name_en": f"Street depth sensor {english}",
                    "kind": "street_depth",
                    "unit": "m",
                    "gauge_zero": round(float(self.terrain.sample(*at[:, None])[0]), 2),
                    "interval": float(STEP),
                    "operator": CITY,
                    "geometry": shapely.Point(np.round(at, 2)),
                }
            )
        return geopandas.GeoDataFrame(rows, geometry="geometry", crs=CRS)

    @cached_property
    def _street_places(self) -> list[Floats]:
        lattice = self.lattice
        column = lattice.underpass_columns[0] if lattice.underpass_columns else sorted(lattice.bridges)[0]
        ends = lattice.nodes[column, [lattice.rail_row - 1, lattice.rail_row + 2]]
        rail = lattice.rail_line
        y = float(np.interp(ends[:, 0].mean(), rail[:, 0], rail[:, 1]))
        places = [np.array([np.interp(y, ends[:, 1], ends[:, 0]), y])]
        frame = self.plots.frame
        xy = frame[["x", "y"]].to_numpy()
        above = self.terrain.sample(*xy.T) - self.terrain.river.plane(xy[:, 0] - self.plan.west)
        v = self.terrain.v(*xy.T)
        for low, high in (
            (70.0, 0.45 * lattice.rail_v),
            (0.5 * lattice.rail_v, lattice.terrace_v - 150),
            (-self.plan.south_depth, -200.0),
        ):
            here = np.flatnonzero((v > low) & (v < high))
            here = here if len(here) else np.arange(len(xy))
            pick = here[np.argmin(above[here])]
            along = frame[["ex", "ey"]].to_numpy()[pick]
            street = np.array([along[1], -along[0]]) * (frame["half_depth"].to_numpy()[pick] + 3.5)
            places.append(xy[pick] + street)
        return places

    @cached_property
    def rain(self) -> NDArray[np.float64]:
        """Rain at the two gauges, mm in each 10 min, [gauge, reading]."""
        random = self.plan.random("rain")
        hours = np.arange(READINGS) * STEP / 3600
        peak, length = STORM_HOURS
        shape = np.exp(-(((hours - peak) / (length / 2.6)) ** 2)) + 0.45 * np.exp(-(((hours - peak + 9) / 2.2) ** 2))
        shower = 0.30 * np.exp(-(((hours - 22) / 1.1) ** 2))
        made = []
        for factor in (1.0, 1.25):
            noise = random.gamma(4.0, 0.25, READINGS)
            amount = factor * 5.2 * (shape + shower) * noise
            made.append(np.round(np.where(amount < 0.25, 0.0, amount) * 2) / 2)  # a tipping bucket tips at 0.5 mm
        return np.stack(made)

    def observation_frame(self) -> pd.DataFrame:
        """A week of readings every 10 min, with faults; each (sensor, time) once."""
        random = self.plan.random("observations")
        time = pd.date_range(WEEK_START, periods=READINGS, freq=f"{STEP}s")
        rain = self.rain
        parts = [self._river(random, time, k, rain) for k in range(3)]
        for k in range(2):
            flag = np.full(READINGS, PASS)
            value = rain[k].copy()
            if k == 1:  # blocked by leaves, then nothing for 7 h
                value[620:662] = np.nan
                flag[620:662] = MISSING
            parts.append(_rows(f"kawabe-g-rain-{k + 1}", time, value, flag))
        parts += [self._street(random, time, k, rain[0]) for k in range(4)]
        return pd.concat(parts, ignore_index=True)

    def _river(self, random: np.random.Generator, time: pd.DatetimeIndex, k: int, rain: NDArray[np.float64]) -> pd.DataFrame:
        hours = np.arange(READINGS) * STEP / 3600
        lag, tail = 3.0 + 1.2 * k, 7.0
        unit = np.where(hours > lag, (hours - lag) * np.exp(-(hours - lag) / tail), 0.0)
        answer = np.convolve(rain.mean(axis=0), unit)[:READINGS]
        rise = (PLANNED - 1.25 - NORMAL) / answer.max() * answer
        stage = NORMAL - BED + 0.3 + rise + 0.03 * np.sin(2 * np.pi * hours / 24 + k) + random.normal(0, 0.008, READINGS)
        assert stage.max() < CREST_RISE - BED + 0.3
        flag = np.full(READINGS, PASS)
        if k == 0:  # an ultrasonic gauge: spikes, one of them caught, and 5 h without power at the worst moment
            stage[[211, 498, 770]] += (2.9, 3.4, -2.2)
            flag[498] = FAIL
            keep = np.ones(READINGS, dtype=bool)
            keep[505:535] = False
            return _rows("kawabe-g-river-1", time[keep], stage[keep], flag[keep])
        if k == 1:  # the float hung for 9 h while the water fell
            stage[560:614] = stage[560]
            flag[:] = NOT_EVALUATED
        else:  # mud on the pressure cell: it drifts by 0.4 m in the week
            stage += 0.4 * np.arange(READINGS) / READINGS
            flag[800:] = SUSPECT
        return _rows(f"kawabe-g-river-{k + 1}", time, stage, flag)

    def _street(self, random: np.random.Generator, time: pd.DatetimeIndex, k: int, rain: NDArray[np.float64]) -> pd.DataFrame:
        drain = (3.2, 4.6, 4.0, 4.4)[k]  # mm in 10 min that the sewer takes
        store = np.zeros(READINGS)
        for step in range(1, READINGS):
            store[step] = max(0.0, store[step - 1] * 0.985 + rain[step] - drain)
        depth = (1.5, 0.32, 0.55, 0.30)[k] * (1 - np.exp(-store / (32.0, 26.0, 24.0, 40.0)[k]))
        value = np.maximum(depth + random.normal(0, 0.002, READINGS) * (depth > 0), 0.0)
        keep = np.ones(READINGS, dtype=bool)
        if k == 2:
            keep[-288:] = False  # silent for the last two days
        if k == 3:
            value[300:318] = np.nan
        return _rows(f"kawabe-g-street-{k + 1}", time[keep], value[keep], None)


def _rows(sensor: str, time: pd.DatetimeIndex, value: Floats, flag: NDArray[np.int64] | None) -> pd.DataFrame:
    flags = pd.array([pd.NA] * len(time) if flag is None else flag, dtype="Int64")
    return pd.DataFrame({"sensor_id": sensor, "time": time, "value": np.round(value, 3), "flag": flags})
