"""Power and service: a flooded substation darkens its area, its pumps stop, hospitals and shelters live on their own store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
from numpy.typing import NDArray

from twin.hook import Current, Inputs, Parameters, Previous, Read, Static
from twin.impact.power import area_rows, endurance, mains_at, powered_areas, stopped_by_water
from twin.impact.variables import (
    AREA_POWERED,
    FACILITY_DARK_TIME,
    FACILITY_LASTS,
    FACILITY_OUT_TIME,
    FACILITY_POWERED,
    FACILITY_SERVICE,
)
from twin.question import Question, Step
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE, Variable
from twin.variables import WATER_DEPTH

OUT_BY_WATER, IN_SERVICE, ON_ITS_OWN, OUT_BY_POWER = 0, 1, 2, 3


@dataclass(frozen=True)
class PowerHook:
    """Service of facilities. It reads the water at each facility itself, so that pumps and flood engine can form a circle.

    Where no substation is known to serve a place, mains power counts as there: the map of the grid is not complete, and the
    page says so.
    """

    name: str = "power"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(WATER_DEPTH),
        Previous(FACILITY_OUT_TIME),
        Previous(FACILITY_DARK_TIME),
        Static("facilities", ("id", "kind", "critical_height", "backup_hours", "solar_share", "area_id", "geometry")),
        Static("areas", ("id", "geometry")),
    )
    writes: tuple[Variable, ...] = (
        FACILITY_POWERED, FACILITY_SERVICE, FACILITY_OUT_TIME, FACILITY_DARK_TIME, FACILITY_LASTS, AREA_POWERED,
    )  # fmt: skip

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (the same at every step)
        """The height of water that stops a facility where nobody says."""
        return {"critical_height": question.scenario.impact.critical_height}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:
        """Power and service at the end of the step."""
        facilities, areas = inputs.table("facilities"), inputs.table("areas")
        points = geopandas.GeoSeries(facilities["geometry"])
        cells = inputs.grid().cells_of(points.x.to_numpy(), points.y.to_numpy())
        depth = np.where(cells >= 0, inputs.current(WATER_DEPTH).ravel()[np.maximum(cells, 0)], np.nan).astype(np.float64)
        stopped = stopped_by_water(depth, facilities["critical_height"].to_numpy(np.float64), parameters["critical_height"])
        lit = powered_areas(facilities, areas, stopped)
        mains = mains_at(area_rows(np.asarray(points, dtype=object), areas, lit != NOT_APPLICABLE_CODE), lit)
        store = endurance(facilities["backup_hours"].to_numpy(np.float64), facilities["solar_share"].to_numpy(np.float64))
        dark = (mains == 0) | (mains == UNKNOWN_CODE)
        before = inputs.previous(FACILITY_DARK_TIME)
        dark_time = np.where(dark, before + duration, 0.0)
        left = np.maximum(store - dark_time, 0.0)
        own = np.where(np.isnan(left), UNKNOWN_CODE, left > 0).astype(np.uint8)
        surely_dark = mains == 0
        power = np.select(
            [~dark, surely_dark & (own == 1), surely_dark & (own == 0)], [1, 1, 0], UNKNOWN_CODE
        )  # fmt: skip
        service = np.select(
            [stopped == 1, stopped == UNKNOWN_CODE, ~dark, power == 1, power == 0],
            [OUT_BY_WATER, UNKNOWN_CODE, IN_SERVICE, ON_ITS_OWN, OUT_BY_POWER],
            UNKNOWN_CODE,
        )
        power = np.where(stopped == 1, 0, np.where(stopped == UNKNOWN_CODE, UNKNOWN_CODE, power))
        out = np.isin(service, (OUT_BY_WATER, OUT_BY_POWER))
        out_time = inputs.previous(FACILITY_OUT_TIME) + np.where(service == UNKNOWN_CODE, np.nan, np.where(out, duration, 0.0))
        return {
            FACILITY_POWERED.name: power.astype(np.uint8),
            FACILITY_SERVICE.name: service.astype(np.uint8),
            FACILITY_OUT_TIME.name: out_time,
            FACILITY_DARK_TIME.name: dark_time,
            FACILITY_LASTS.name: left,
            AREA_POWERED.name: lit,
        }
