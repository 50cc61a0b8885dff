"""Water from an official hazard map or from a given level, over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.hazard_map import HazardMap
from twin.hook import Inputs, Parameters, Read, Static
from twin.hooks.curve import value_at
from twin.hooks.reach import edge_cells, reached
from twin.question import Question, Step
from twin.scenario import HazardMapWater, Stage
from twin.variable import Variable
from twin.variables import BUILDING_WATER, BUILDING_WATER_LOW, WATER_DEPTH, WATER_DEPTH_LOW

RISK_COLUMNS = ("building_id", "hazard", "name", "scale", "depth_low", "depth_high")
Interval = tuple[NDArray[Any], NDArray[Any]]


def lowered(depth: NDArray[Any], drop: float) -> NDArray[Any]:
    """Depth after the water surface went down by ``drop`` m; unknown stays unknown, dry stays dry.

    Examples
    --------
    >>> lowered(np.array([2.0, 0.5, np.nan]), 1.0).tolist()
    [1.0, 0.0, nan]
    """
    return np.asarray(np.maximum(depth - np.asarray(drop, depth.dtype), np.asarray(0, depth.dtype)))


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


def still_water(
    level: NDArray[Any] | float, elevation: NDArray[Any], ground: NDArray[Any], sources: NDArray[np.bool_] | None
) -> NDArray[np.float32]:
    """Depth of still water at a level, m, [rows, columns]; NaN where the ground is unknown.

    Parameters
    ----------
    level
        Water level, m, a number or [rows, columns].
    elevation
        Ground without crests, m: depth is counted from it.
    ground
        Ground with the crests of levees and walls, m: water must rise above it to pass. Unknown ground lets water pass, since
        nobody knows that it holds.
    sources
        Where water comes from; None = it need not be connected.
    """
    with np.errstate(invalid="ignore"):
        passable = np.isnan(ground) | (ground < level)
        depth = np.maximum(level - elevation, 0)
    if sources is not None:
        passable = reached(passable, sources)
    return np.where(np.isnan(elevation), np.nan, np.where(passable, depth, 0.0)).astype(np.float32)


@dataclass(frozen=True)
class HazardHook:
    """Depth of water from official maps, official records of buildings, or a level of still water.

    An official map gives the greatest depth. Its course over time is the scenario's curve: at share s the water surface
    stands (1 − s) × greatest depth of the maps lower (see `twin.scenario.water.HazardMapWater`).
    """

    name: str = "hazard"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Static("elevation"),
        Static("ground"),
        Static("river_level"),
        Static("water_mask"),
        Static("buildings", ("id",)),
    )
    writes: tuple[Variable, ...] = (WATER_DEPTH, WATER_DEPTH_LOW, BUILDING_WATER, BUILDING_WATER_LOW)

    def parameters(self, question: Question, step: Step) -> Parameters:
        """Source of the water, and its share or level at the end of the step."""
        water = question.scenario.water
        if isinstance(water, HazardMapWater):
            maps, notes = question.hazard_maps()
            smaller = any(m.scale == "L1" for m in maps) and water.scale == "L2" and bool(notes)
            return {
                "source": "maps",
                "share": value_at(water.curve, step.end),
                "lower_bound": smaller,
                "maps": [_map_parameters(question, m, step) for m in maps],
            }
        if isinstance(water, Stage):
            needed = {"datum": ("elevation",), "river": ("elevation", "river_level")}[water.above]
            for layer in needed:
                if layer not in question.city.layers.names("raster"):
                    raise InputError(
                        "{city} has no {layer}, which a stage above the {above} needs; import it with {option}.",
                        city=question.city.name,
                        layer=layer.replace("_", " "),
                        above=water.above,
                        option="--terrain" if layer == "elevation" else "water bodies that state their level",
                    )
            return {
                "source": "stage",
                "level": value_at(water.levels, step.end),
                "above": water.above,
                "connected": water.connected,
            }
        return {"source": "none"}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002 (the parameters hold the moment)
        """Depths at the end of the step."""
        shape = (inputs.size("y"), inputs.size("x"))
        count = inputs.size("building")
        if parameters["source"] == "maps":
            cells, buildings = _from_maps(inputs, parameters, shape, count)
        else:
            depth = _from_stage(inputs, parameters) if parameters["source"] == "stage" else np.zeros(shape, np.float32)
            cells, buildings = (depth, depth), (_unknown(count), _unknown(count))
        return {
            WATER_DEPTH.name: cells[0],
            WATER_DEPTH_LOW.name: cells[1],
            BUILDING_WATER.name: buildings[0],
            BUILDING_WATER_LOW.name: buildings[1],
        }


def _unknown(*shape: int) -> NDArray[np.float32]:
    return np.full(shape, np.nan, np.float32)


def _map_parameters(question: Question, hazard_map: HazardMap, step: Step) -> dict[str, Any]:
    if hazard_map.kind == "attributes":
        return {
            "kind": "attributes",
            "records": question.asset("table", "building_risks", RISK_COLUMNS),
            "hazard": hazard_map.hazard,
            "name": hazard_map.name,
            "scale": hazard_map.scale,
        }
    if hazard_map.kind == "series":
        series = question.asset("raster", f"hazard/{hazard_map.id}/series")
        return {"kind": "series", "series": series, "times": list(hazard_map.times), "time": step.end}
    return {
        "kind": "depth",
        "high": question.asset("raster", f"hazard/{hazard_map.id}/high"),
        "low": question.asset("raster", f"hazard/{hazard_map.id}/low"),
    }


def _from_maps(inputs: Inputs, parameters: Parameters, shape: tuple[int, int], count: int) -> tuple[Interval, Interval]:
    cells: Interval = (_unknown(*shape), _unknown(*shape))
    buildings: Interval = (_unknown(count), _unknown(count))
    for part in parameters["maps"]:
        if part["kind"] == "attributes":
            records = inputs.asset(part["records"])
            found = _records(records, part, inputs.table("buildings")["id"])
            buildings = (deeper(buildings[0], found[0]), deeper(buildings[1], found[1]))
        elif part["kind"] == "series":
            depth = between(np.asarray(part["times"], np.float64), inputs.asset(part["series"]), part["time"])
            cells = (deeper(cells[0], depth), deeper(cells[1], depth))
        else:
            high, low = inputs.asset(part["high"]), inputs.asset(part["low"])
            cells = (deeper(cells[0], high), deeper(cells[1], low))
    greatest = max((float(np.nanmax(v)) for v in (cells[0], buildings[0]) if v.size and not np.isnan(v).all()), default=0.0)
    drop = (1.0 - parameters["share"]) * greatest
    made = [tuple(lowered(end, drop) for end in pair) for pair in (cells, buildings)]
    if parameters["lower_bound"]:
        made = [tuple(np.where(end > 0, end, np.asarray(np.nan, end.dtype)) for end in pair) for pair in made]
    return (made[0][0], made[0][1]), (made[1][0], made[1][1])


def _records(records: pd.DataFrame, part: Mapping[str, Any], ids: pd.Series) -> Interval:
    """Deepest record of each building among those of one map."""
    wanted = records[
        (records["hazard"] == part["hazard"]) & (records["name"] == part["name"]) & (records["scale"] == part["scale"])
    ]
    deepest = wanted.groupby("building_id")[["depth_high", "depth_low"]].max().reindex(ids)
    return deepest["depth_high"].to_numpy(np.float32), deepest["depth_low"].to_numpy(np.float32)


def _from_stage(inputs: Inputs, parameters: Parameters) -> NDArray[np.float32]:
    elevation, ground = inputs.raster("elevation"), inputs.raster("ground")
    level: NDArray[Any] | float = parameters["level"]
    if parameters["above"] == "river":
        level = inputs.raster("river_level") + np.float32(parameters["level"])
    sources = None
    if parameters["connected"]:
        water = inputs.raster("water_mask")
        sources = (np.nan_to_num(water) > 0) | edge_cells(elevation.shape)
    return still_water(level, elevation, np.fmax(ground, elevation), sources)
