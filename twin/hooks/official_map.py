"""The greatest depth that the official maps chosen by the scenario give, before any course over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.hazard_map import HazardMap
from twin.hook import Inputs, Parameters, Read, Static
from twin.question import Question, Step
from twin.variable import Variable
from twin.variables import (
    OFFICIAL_BUILDING,
    OFFICIAL_BUILDING_LOW,
    OFFICIAL_DEPTH,
    OFFICIAL_DEPTH_LOW,
    OFFICIAL_GREATEST,
)

RISK_COLUMNS = ("building_id", "hazard", "name", "scale", "depth_low", "depth_high")
Interval = tuple[NDArray[Any], NDArray[Any]]


def deeper(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """The greater of two depths; a place is known when at least one of two maps covers it."""
    return np.asarray(np.fmax(one, other))


def between(times: NDArray[np.float64], rasters: NDArray[Any], time: float) -> NDArray[Any]:
    """A series [time, rows, columns] at a moment: straight lines between its instants, constant outside of them."""
    after = int(np.searchsorted(times, time))
    if after == 0:
        return np.asarray(rasters[0])
    if after == len(times):
        return np.asarray(rasters[-1])
    share = (time - times[after - 1]) / (times[after] - times[after - 1])
    return np.asarray((1 - share) * rasters[after - 1] + share * rasters[after], dtype=np.float32)


@dataclass(frozen=True)
class OfficialMapHook:
    """Depths of the official maps that the scenario's water comes from, the deepest of them where they overlap.

    It does not change with time (unless a map is a series), so it is computed once and every step takes it from the store.
    """

    name: str = "official_map"
    version: str = "1"
    reads: tuple[Read, ...] = (Static("buildings", ("id",)),)
    writes: tuple[Variable, ...] = (
        OFFICIAL_DEPTH,
        OFFICIAL_DEPTH_LOW,
        OFFICIAL_BUILDING,
        OFFICIAL_BUILDING_LOW,
        OFFICIAL_GREATEST,
    )

    def parameters(self, question: Question, step: Step) -> Parameters:
        """The maps; for a series of depths also the moment."""
        return {"maps": [_map_parameters(question, chosen, step) for chosen in question.hazard_maps()[0]]}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Greatest depths."""
        shape, count = (inputs.size("y"), inputs.size("x")), inputs.size("building")
        cells, buildings = _of_maps(inputs, parameters, shape, count)
        known = [float(np.nanmax(end)) for end in (cells[0], buildings[0]) if not np.isnan(end).all()]
        return {
            OFFICIAL_DEPTH.name: cells[0],
            OFFICIAL_DEPTH_LOW.name: cells[1],
            OFFICIAL_BUILDING.name: buildings[0],
            OFFICIAL_BUILDING_LOW.name: buildings[1],
            OFFICIAL_GREATEST.name: np.asarray(max(known, default=0.0)),
        }


def _map_parameters(question: Question, chosen: HazardMap, step: Step) -> dict[str, Any]:
    if chosen.kind == "attributes":
        return {
            "kind": "attributes",
            "records": question.asset("table", "building_risks", RISK_COLUMNS),
            "hazard": chosen.hazard,
            "name": chosen.name,
            "scale": chosen.scale,
        }
    if chosen.kind == "series":
        series = question.asset("raster", f"hazard/{chosen.id}/series")
        return {"kind": "series", "series": series, "times": list(chosen.times), "time": step.end}
    return {
        "kind": "depth",
        "high": question.asset("raster", f"hazard/{chosen.id}/high"),
        "low": question.asset("raster", f"hazard/{chosen.id}/low"),
    }


def _of_maps(inputs: Inputs, parameters: Parameters, shape: tuple[int, int], count: int) -> tuple[Interval, Interval]:
    cells: list[Interval] = []
    buildings: list[Interval] = []
    for part in parameters["maps"]:
        if part["kind"] == "attributes":
            buildings.append(_records(inputs.asset(part["records"]), part, inputs.table("buildings")["id"]))
        elif part["kind"] == "series":
            depth = between(np.asarray(part["times"], np.float64), inputs.asset(part["series"]), part["time"])
            cells.append((depth, depth))
        else:
            high = inputs.asset(part["high"])
            cells.append((high, high if part["low"].digest == part["high"].digest else inputs.asset(part["low"])))
    return _deepest(cells, shape), _deepest(buildings, (count,))


def _deepest(ends: list[Interval], shape: tuple[int, ...]) -> Interval:
    """The deepest of several depths; both ends stay one array where they are one in all of them."""
    unknown = np.full(shape, np.nan, np.float32)
    exact = all(high is low for high, low in ends)
    high = low = unknown
    for number, (one_high, one_low) in enumerate(ends):
        high = one_high if number == 0 else deeper(high, one_high)
        low = high if exact else one_low if number == 0 else deeper(low, one_low)
    return high, low


def _records(records: pd.DataFrame, part: Mapping[str, Any], ids: pd.Series) -> Interval:
    """Deepest record of each building among those of one map."""
    wanted = records[
        (records["hazard"] == part["hazard"]) & (records["name"] == part["name"]) & (records["scale"] == part["scale"])
    ]
    deepest = wanted.groupby("building_id")[["depth_high", "depth_low"]].max().reindex(ids)
    return deepest["depth_high"].to_numpy(np.float32), deepest["depth_low"].to_numpy(np.float32)
