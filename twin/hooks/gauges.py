"""What each sensor would read in the scenario, beside what it did read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.question import Question, Step
from twin.variable import Variable
from twin.variables import SENSOR_OBSERVED, SENSOR_READING, WATER_DEPTH

LEVELS = ("river_level", "tide_level")
FAILED = (4, 9)
"""QARTOD flags of readings that are not used: fail and missing."""
OLDEST = 1800.0
"""A reading older than this, or than two intervals of its sensor, does not speak for the moment, s."""


def would_read(sensors: pd.DataFrame, depth: NDArray[Any], elevation: NDArray[Any]) -> NDArray[np.float64]:
    """Reading of each sensor in this water: −inf where the scenario has nothing to say of such a sensor, NaN unknown.

    A level is water surface minus gauge zero, and unknown without a gauge zero or where the gauge's cell is dry: hazard maps
    often leave out the river itself.

    Parameters
    ----------
    sensors
        Columns ``kind`` and ``gauge_zero``.
    depth, elevation
        At each sensor's cell, m.
    """
    level = np.where(depth > 0, elevation + depth - sensors["gauge_zero"].to_numpy(np.float64), np.nan)
    kind = sensors["kind"].to_numpy()
    return np.select([np.isin(kind, LEVELS), kind == "street_depth"], [level, depth.astype(np.float64)], -np.inf)


def did_read(sensors: pd.DataFrame, observations: pd.DataFrame, instant: pd.Timestamp) -> NDArray[np.float64]:
    """Latest good reading of each sensor at an instant, NaN where there is none recent enough.

    Parameters
    ----------
    sensors
        Columns ``id`` and ``interval`` (s).
    observations
        Columns ``sensor_id``, ``time`` (UTC), ``value``, ``flag``.
    instant
        The moment, with its offset from UTC.
    """
    limit = np.fmax(2 * sensors["interval"].to_numpy(np.float64), OLDEST)
    longest = float(np.nanmax(limit)) if len(limit) else OLDEST
    recent = observations[(observations["time"] <= instant) & (observations["time"] >= instant - pd.Timedelta(seconds=longest))]
    good = recent[recent["value"].notna() & ~recent["flag"].isin(FAILED)].sort_values("time", kind="stable")
    last = good.groupby("sensor_id").last().reindex(sensors["id"])
    age = (instant - last["time"]).dt.total_seconds().to_numpy(np.float64)
    return np.where(age <= limit, last["value"].to_numpy(np.float64), np.nan)


@dataclass(frozen=True)
class GaugesHook:
    """Readings that the water of the scenario would cause, and the observations of the same moment, if the scenario has one."""

    name: str = "gauges"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(WATER_DEPTH),
        Static("elevation"),
        Static("sensors", ("id", "kind", "gauge_zero", "interval", "geometry")),
    )
    writes: tuple[Variable, ...] = (SENSOR_READING, SENSOR_OBSERVED)

    def parameters(self, question: Question, step: Step) -> Parameters:
        """The instant and the observations, when the scenario is not timeless."""
        instant = question.scenario.instant(step.end)
        if instant is None or not question.city.count("observations"):
            return {"instant": None}
        columns = ("sensor_id", "time", "value", "flag")
        return {"instant": instant.isoformat(), "observations": question.asset("table", "observations", columns)}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Readings at the end of the step."""
        sensors = inputs.table("sensors")
        points = geopandas.GeoSeries(sensors["geometry"])
        cells = inputs.grid().cells_of(points.x.to_numpy(), points.y.to_numpy())
        there = np.maximum(cells, 0)
        depth, elevation = (
            np.where(cells >= 0, field.ravel()[there], np.nan)
            for field in (inputs.current(WATER_DEPTH), inputs.raster("elevation"))
        )
        observed = np.full(len(sensors), np.nan)
        if parameters["instant"] is not None:
            observed = did_read(sensors, inputs.asset(parameters["observations"]), pd.Timestamp(parameters["instant"]))
        return {SENSOR_READING.name: would_read(sensors, depth, elevation), SENSOR_OBSERVED.name: observed}
