"""Which roads people and vehicles can pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.overlays import SegmentCells, maximum
from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.question import Question, Step
from twin.scenario import RoadClosure
from twin.scenario.rules import GROUPS
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE, Variable
from twin.variables import ROAD_DEPTH, ROAD_OPEN, WATER_DEPTH

CLOSED, OPEN = 0, 1


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


def open_for(depth: NDArray[Any], tunnel: NDArray[np.bool_], limit: float, wet: float) -> NDArray[np.uint8]:
    """1 open, 0 closed, 255 unknown: closed above the limit, a tunnel as soon as it is wet.

    Examples
    --------
    >>> open_for(np.array([0.1, 0.1, 0.2, np.nan]), np.array([False, True, False, False]), 0.15, 0.01).tolist()
    [1, 0, 0, 255]
    """
    passable = np.where(tunnel, depth < wet, depth <= limit)
    return np.where(np.isnan(depth), UNKNOWN_CODE, np.where(passable, OPEN, CLOSED)).astype(np.uint8)


@dataclass(frozen=True)
class PassabilityHook:
    """Open or closed for each group by the depth rules of the scenario; flow velocity is not known here and not judged."""

    name: str = "passability"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(WATER_DEPTH),
        Static("road_cells"),
        Static("elevation"),
        Static("roads", ("id", "bridge", "tunnel", "deck_elevation", "cars", "walkers")),
    )
    writes: tuple[Variable, ...] = (ROAD_DEPTH, ROAD_OPEN)

    def parameters(self, question: Question, step: Step) -> Parameters:
        """Depth limits, and the roads that measures close at the end of the step."""
        rules = question.scenario.rules
        acting = [m for m in question.scenario.measures if isinstance(m, RoadClosure) and m.acts_at(step.end)]
        closed = sorted({road for measure in acting for road in measure.roads})
        require_ids(question, "roads", closed)
        return {"limits": {group: getattr(rules, group) for group in GROUPS}, "wet": rules.wet, "closed": closed}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Depth on each edge, and who can pass, at the end of the step."""
        roads = inputs.table("roads")
        rows = SegmentCells.from_arrays(inputs.overlay("road_cells"))
        field = inputs.current(WATER_DEPTH)
        depth = maximum(rows, field)
        bridge, tunnel = (roads[name].fillna(False).to_numpy(np.bool_) for name in ("bridge", "tunnel"))
        bridges = np.flatnonzero(bridge)
        deck = roads["deck_elevation"].to_numpy(np.float64)[bridges]
        depth[bridges] = deck_depth(rows.take(bridges), field, inputs.raster("elevation"), deck)
        states = np.stack([open_for(depth, tunnel, parameters["limits"][group], parameters["wet"]) for group in GROUPS])
        states[:, roads["id"].isin(parameters["closed"]).to_numpy(np.bool_)] = CLOSED
        for number, group in enumerate(GROUPS):
            allowed = roads["walkers" if "walker" in group else "cars"].fillna(True).to_numpy(np.bool_)
            states[number, ~allowed] = NOT_APPLICABLE_CODE
        return {ROAD_DEPTH.name: depth, ROAD_OPEN.name: states}


def require_ids(question: Question, table: str, ids: list[str]) -> None:
    """Raise `InputError` naming ids that the city's table does not have."""
    if not ids:
        return
    known = set(question.city.table(table)["id"])
    absent = [value for value in ids if value not in known]
    if absent:
        raise InputError(
            "{city} has no {table} with the ids {ids}; look them up on the map or with city-twin export.",
            city=question.city.name,
            table=table,
            ids=", ".join(absent[:5]),
        )
