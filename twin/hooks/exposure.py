"""What the water means for each building: depth, rank, first arrival, how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.overlays import FootprintCells, maximum, summarise
from twin.hook import Current, Inputs, Parameters, Previous, Read, Static
from twin.hooks.ranks import rank_of
from twin.question import Question, Step
from twin.variable import Variable
from twin.variables import (
    BUILDING_ARRIVAL,
    BUILDING_DEPTH,
    BUILDING_DEPTH_LOW,
    BUILDING_DEPTH_LOWEST,
    BUILDING_DEPTH_MEAN,
    BUILDING_DEPTH_PEAK,
    BUILDING_DEPTH_PEAK_LOW,
    BUILDING_RANK,
    BUILDING_RANK_PEAK,
    BUILDING_WATER,
    BUILDING_WATER_LOW,
    BUILDING_WET_TIME,
    WATER_DEPTH,
    WATER_DEPTH_LOW,
)


def highest_so_far(before: NDArray[Any], now: NDArray[Any]) -> NDArray[Any]:
    """Greatest depth so far: a wet value once known stays known; dry before and unknown now is unknown, and stays so.

    Examples
    --------
    >>> highest_so_far(np.array([0.0, 1.0, np.nan, np.nan]), np.array([np.nan, np.nan, 0.0, 2.0])).tolist()
    [nan, 1.0, nan, 2.0]
    """
    known = np.fmax(before, now)
    unknown = np.isnan(before) | np.isnan(now)
    return np.where(unknown & ~(known > 0), np.nan, known).astype(now.dtype)


def first_arrival(before: NDArray[Any], depth: NDArray[Any], *, wet: float, time: float) -> NDArray[np.float64]:
    """Start of the step in which water came: +inf = not yet, NaN = unknown since the depth was unknown at some time before.

    Parameters
    ----------
    before
        Arrival as known before the step, s.
    depth
        Depth at the end of the step, m.
    wet
        Depth from which a place counts as wet, m.
    time
        Start of the step, s.
    """
    waiting = np.isposinf(before)
    came = np.where(depth >= wet, float(time), np.where(np.isnan(depth), np.nan, np.inf))
    return np.where(waiting, came, before).astype(np.float64)


@dataclass(frozen=True)
class ExposureHook:
    """Depth at each building from the cells under its footprint (coverage of 1 % and more), or from its official record.

    Where both speak, the deeper one counts.
    """

    name: str = "exposure"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(WATER_DEPTH),
        Current(WATER_DEPTH_LOW),
        Current(BUILDING_WATER),
        Current(BUILDING_WATER_LOW),
        Previous(BUILDING_DEPTH_PEAK),
        Previous(BUILDING_DEPTH_PEAK_LOW),
        Previous(BUILDING_ARRIVAL),
        Previous(BUILDING_WET_TIME),
        Static("footprint_cells"),
        Static("lowest_cell"),
    )
    writes: tuple[Variable, ...] = (
        BUILDING_DEPTH,
        BUILDING_DEPTH_LOW,
        BUILDING_DEPTH_MEAN,
        BUILDING_DEPTH_LOWEST,
        BUILDING_RANK,
        BUILDING_DEPTH_PEAK,
        BUILDING_DEPTH_PEAK_LOW,
        BUILDING_RANK_PEAK,
        BUILDING_ARRIVAL,
        BUILDING_WET_TIME,
    )

    def parameters(self, question: Question, step: Step) -> Parameters:
        """Start of the step, and the depth that counts as wet."""
        return {"time": step.start, "wet": question.scenario.rules.wet}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:
        """Depths at the end of the step, and what has come about so far."""
        wet = parameters["wet"]
        rows = FootprintCells.from_arrays(inputs.overlay("footprint_cells"))
        field = inputs.current(WATER_DEPTH)
        under = summarise(rows, inputs.overlay("lowest_cell")["cell"], field)
        field_low = inputs.current(WATER_DEPTH_LOW)
        # Depths known exactly come as one field under two names.
        maximum_low = under.maximum if np.may_share_memory(field_low, field) else maximum(rows, field_low)
        high = np.fmax(under.maximum, inputs.current(BUILDING_WATER))
        low = np.fmax(maximum_low, inputs.current(BUILDING_WATER_LOW))
        peak = highest_so_far(inputs.previous(BUILDING_DEPTH_PEAK), high)
        peak_low = highest_so_far(inputs.previous(BUILDING_DEPTH_PEAK_LOW), low)
        time_wet = inputs.previous(BUILDING_WET_TIME) + np.where(np.isnan(high), np.nan, np.where(high >= wet, duration, 0))
        return {
            BUILDING_DEPTH.name: high,
            BUILDING_DEPTH_LOW.name: low,
            BUILDING_DEPTH_MEAN.name: under.mean,
            BUILDING_DEPTH_LOWEST.name: under.at,
            BUILDING_RANK.name: rank_of(high, low, wet=wet),
            BUILDING_DEPTH_PEAK.name: peak,
            BUILDING_DEPTH_PEAK_LOW.name: peak_low,
            BUILDING_RANK_PEAK.name: rank_of(peak, peak_low, wet=wet),
            BUILDING_ARRIVAL.name: first_arrival(inputs.previous(BUILDING_ARRIVAL), high, wet=wet, time=parameters["time"]),
            BUILDING_WET_TIME.name: time_wet,
        }
