"""Depth of water over time: from official maps let rise and recede, a level of still water, or the flood engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.errors import InputError
from twin.flood.variables import FLOW_WATER_DEPTH
from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.hooks.curve import value_at
from twin.hooks.reach import edge_cells, reached
from twin.question import Question, Step
from twin.scenario import Engine, HazardMapWater, Stage
from twin.variable import Variable
from twin.variables import (
    BUILDING_WATER,
    BUILDING_WATER_LOW,
    OFFICIAL_BUILDING,
    OFFICIAL_BUILDING_LOW,
    OFFICIAL_DEPTH,
    OFFICIAL_DEPTH_LOW,
    OFFICIAL_GREATEST,
    WATER_DEPTH,
    WATER_DEPTH_LOW,
)

Interval = tuple[NDArray[Any], NDArray[Any]]


def lowered(depth: NDArray[Any], drop: float) -> NDArray[Any]:
    """Depth after the water surface went down by ``drop`` m; unknown stays unknown, dry stays dry.

    Examples
    --------
    >>> lowered(np.array([2.0, 0.5, np.nan]), 1.0).tolist()
    [1.0, 0.0, nan]
    """
    result = depth - np.asarray(drop, depth.dtype)
    return np.asarray(np.maximum(result, np.asarray(0, depth.dtype), out=result))


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
    """Depth of water from official maps, official records of buildings, a level of still water, or the engine.

    An official map gives the greatest depth. Its course over time is the scenario's curve: at share s the water surface
    stands (1 − s) × greatest depth of the maps lower (see `twin.scenario.water.HazardMapWater`). A map of a smaller flood
    than asked for is a lower bound: what it leaves dry is unknown.
    """

    name: str = "hazard"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(OFFICIAL_DEPTH),
        Current(OFFICIAL_DEPTH_LOW),
        Current(OFFICIAL_BUILDING),
        Current(OFFICIAL_BUILDING_LOW),
        Current(OFFICIAL_GREATEST),
        Current(FLOW_WATER_DEPTH),
        Static("elevation"),
        Static("ground"),
        Static("river_level"),
        Static("water_mask"),
    )
    writes: tuple[Variable, ...] = (WATER_DEPTH, WATER_DEPTH_LOW, BUILDING_WATER, BUILDING_WATER_LOW)

    def parameters(self, question: Question, step: Step) -> Parameters:
        """Share of the maps or level of the stage at the end of the step."""
        water = question.scenario.water
        if isinstance(water, HazardMapWater):
            maps, notes = question.hazard_maps()
            smaller = any(m.scale == "L1" for m in maps) and water.scale == "L2" and bool(notes)
            return {"source": "maps", "share": value_at(water.curve, step.end), "lower_bound": smaller}
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
        return {"source": "engine" if isinstance(water, Engine) else "none"}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002 (the parameters hold the moment)
        """Depths at the end of the step."""
        buildings: Interval = (inputs.current(OFFICIAL_BUILDING), inputs.current(OFFICIAL_BUILDING_LOW))
        if parameters["source"] == "maps":
            cells = _course(inputs, (inputs.current(OFFICIAL_DEPTH), inputs.current(OFFICIAL_DEPTH_LOW)), parameters)
            buildings = _course(inputs, buildings, parameters)
        elif parameters["source"] == "stage":
            depth = _from_stage(inputs, parameters)
            cells = (depth, depth)
        elif parameters["source"] == "engine":
            depth = inputs.current(FLOW_WATER_DEPTH)
            cells = (depth, depth)
        else:
            dry = np.zeros((inputs.size("y"), inputs.size("x")), np.float32)
            cells = (dry, dry)
        return {
            WATER_DEPTH.name: cells[0],
            WATER_DEPTH_LOW.name: cells[1],
            BUILDING_WATER.name: buildings[0],
            BUILDING_WATER_LOW.name: buildings[1],
        }


def _course(inputs: Inputs, ends: Interval, parameters: Parameters) -> Interval:
    """The ends of the greatest depth as they stand at the moment's share."""
    drop = (1.0 - parameters["share"]) * float(inputs.current(OFFICIAL_GREATEST))
    high = lowered(ends[0], drop)
    # Where depths are known exactly, both ends are one array: one computation, and one field for those who read it.
    low = high if np.may_share_memory(*ends) else lowered(ends[1], drop)
    if parameters["lower_bound"]:
        high, low = (np.where(end > 0, end, np.asarray(np.nan, end.dtype)) for end in (high, low))
    return high, low


def _from_stage(inputs: Inputs, parameters: Parameters) -> NDArray[np.float32]:
    elevation, ground = inputs.raster("elevation"), inputs.raster("ground")
    level: NDArray[Any] | float = parameters["level"]
    if parameters["above"] == "river":
        level = inputs.raster("river_level") + np.float32(parameters["level"])
    sources = None
    if parameters["connected"]:
        water = inputs.raster("water_mask")
        sources = np.nan_to_num(water) > 0
        if parameters["above"] == "datum":  # the sea may lie beyond the edge of the terrain, a river is drawn
            sources |= edge_cells(elevation.shape)
    return still_water(level, elevation, np.fmax(ground, elevation), sources)
