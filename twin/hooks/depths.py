"""How deep the water stands on roads and at shelters: apart from what measures close, so that a closure leaves it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.overlays import SegmentCells, maximum
from twin.flood.variables import FLOW_FORCE, FLOW_HAZARD_NOW, ROAD_FLOW_FORCE, ROAD_FLOW_HAZARD
from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.hooks.places import depth_at_places
from twin.question import Question, Step
from twin.scenario import Engine, Scenario
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE, Variable
from twin.variables import BUILDING_DEPTH, ROAD_DEPTH, SHELTER_DEPTH, WATER_DEPTH


def deck_depth(rows: SegmentCells, depth: NDArray[Any], elevation: NDArray[Any], deck: NDArray[Any]) -> NDArray[np.float64]:
    """Depth of water over bridge decks, m: water below a deck does not close it.

    Parameters
    ----------
    rows
        Cells of the bridge edges only.
    depth, elevation
        Fields on the grid, m, [rows, columns].
    deck
        Elevation of each deck, m, NaN = unknown, [edges].

    Returns
    -------
    [edges]; 0 where all cells are dry, NaN where there is water and the deck's or the ground's elevation is unknown.
    """
    under = maximum(rows, depth).astype(np.float64)
    result = np.where(under == 0, 0.0, np.nan)
    surface = (depth + elevation).ravel()
    for edge in np.flatnonzero(under > 0):
        over = surface[rows.row(int(edge))] - deck[edge]
        result[edge] = np.nan if np.isnan(over).any() else max(float(over.max()), 0.0)
    return result


def judges_flow(scenario: Scenario) -> bool:
    """Whether the velocity of the water is known well enough to judge roads by: from the full equations only."""
    return isinstance(scenario.water, Engine) and scenario.water.solver == "full"


@dataclass(frozen=True)
class RoadDepthHook:
    """Greatest depth on each road edge, and how the water moves there where the full equations tell it."""

    name: str = "road_depth"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(WATER_DEPTH),
        Current(FLOW_FORCE),
        Current(FLOW_HAZARD_NOW),
        Static("road_cells"),
        Static("elevation"),
        Static("roads", ("bridge", "deck_elevation")),
    )
    writes: tuple[Variable, ...] = (ROAD_DEPTH, ROAD_FLOW_FORCE, ROAD_FLOW_HAZARD)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (the water tells the time)
        """Whether roads are judged by the velocity too."""
        return {"judges_flow": judges_flow(question.scenario)}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Depths at the end of the step."""
        roads = inputs.table("roads")
        rows = SegmentCells.from_arrays(inputs.overlay("road_cells"))
        field = inputs.current(WATER_DEPTH)
        depth = maximum(rows, field)
        bridges = np.flatnonzero(roads["bridge"].fillna(False).to_numpy(np.bool_))
        deck = roads["deck_elevation"].to_numpy(np.float64)[bridges]
        depth[bridges] = deck_depth(rows.take(bridges), field, inputs.raster("elevation"), deck)
        force, hazard = np.full(len(roads), -np.inf), np.full(len(roads), NOT_APPLICABLE_CODE, np.uint8)
        if parameters["judges_flow"]:
            force, hazard = flow_on(rows, inputs.current(FLOW_FORCE), inputs.current(FLOW_HAZARD_NOW))
        return {ROAD_DEPTH.name: depth, ROAD_FLOW_FORCE.name: force, ROAD_FLOW_HAZARD.name: hazard}


@dataclass(frozen=True)
class ShelterDepthHook:
    """Depth at each shelter: the deeper of its cell and of the building it is in."""

    name: str = "shelter_depth"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(WATER_DEPTH),
        Current(BUILDING_DEPTH),
        Static("place_buildings"),
        Static("shelters", ("geometry",)),
    )
    writes: tuple[Variable, ...] = (SHELTER_DEPTH,)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (the water tells all)
        """Nothing."""
        return {}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Depths at the end of the step."""
        depth = depth_at_places(
            inputs.table("shelters"), inputs.grid(), inputs.current(WATER_DEPTH), inputs.overlay("place_buildings")["shelters"],
            inputs.current(BUILDING_DEPTH),
        )  # fmt: skip
        return {SHELTER_DEPTH.name: depth}


def flow_on(rows: SegmentCells, force: NDArray[Any], hazard: NDArray[np.uint8]) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Greatest depth × velocity, m²/s, and highest hazard class on road edges, from fields on the grid [rows, columns]."""
    classes = np.where(hazard >= NOT_APPLICABLE_CODE, np.nan, hazard).astype(np.float32)
    known = np.where(np.isinf(force), np.nan, force).astype(np.float32)
    highest = maximum(rows, classes)
    return maximum(rows, known), np.where(np.isnan(highest), UNKNOWN_CODE, np.nan_to_num(highest)).astype(np.uint8)
