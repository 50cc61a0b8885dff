"""Which roads people and vehicles can pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import InputError
from twin.flood.variables import ROAD_FLOW_FORCE, ROAD_FLOW_HAZARD
from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.hooks.depths import judges_flow
from twin.question import Question, Step
from twin.scenario import RoadClosure, RoadOpened, Scenario
from twin.scenario.rules import GROUPS, Group
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE, Variable
from twin.variables import ROAD_DEPTH, ROAD_OPEN

CLOSED, OPEN = 0, 1


def open_for(depth: NDArray[Any], tunnel: NDArray[np.bool_], limit: float, wet: float) -> NDArray[np.uint8]:
    """1 open, 0 closed, 255 unknown: closed above the limit, a tunnel as soon as it is wet.

    Examples
    --------
    >>> open_for(np.array([0.1, 0.1, 0.2, np.nan]), np.array([False, True, False, False]), 0.15, 0.01).tolist()
    [1, 0, 0, 255]
    """
    passable = np.where(tunnel, depth < wet, depth <= limit)
    return np.where(np.isnan(depth), UNKNOWN_CODE, np.where(passable, OPEN, CLOSED)).astype(np.uint8)


class Flow(NamedTuple):
    """How the water moves on road edges: greatest depth × velocity, m²/s, and highest hazard class, NaN = unknown, [edges]."""

    force: NDArray[np.float64]
    hazard: NDArray[np.float64]


def flow_of(force: NDArray[Any], hazard: NDArray[np.uint8]) -> Flow:
    """The flow from the fields `ROAD_FLOW_FORCE` and `ROAD_FLOW_HAZARD`."""
    known = np.isfinite(force)
    return Flow(np.where(known, force, np.nan), np.where(hazard < NOT_APPLICABLE_CODE, hazard.astype(np.float64), np.nan))


def within_flow(group: Group, flow: Flow, rules: Mapping[str, Any]) -> NDArray[np.float64]:
    """1 where the moving water lets a group pass, 0 where not, NaN unknown, [edges].

    Examples
    --------
    >>> flow = Flow(np.array([0.1, 0.4, np.nan]), np.array([1.0, 3.0, np.nan]))
    >>> within_flow("car", flow, {"car_force": 0.15}).tolist(), within_flow("walker", flow, {"walker_class": 2}).tolist()
    ([1.0, 0.0, nan], [1.0, 0.0, nan])
    """
    values, limit = (flow.hazard, f"{group}_class") if "walker" in group else (flow.force, f"{group}_force")
    return np.where(np.isnan(values), np.nan, values <= rules[limit])


def states_by_rules(roads: pd.DataFrame, depth: NDArray[Any], flow: Flow | None, rules: Mapping[str, Any]) -> NDArray[np.uint8]:
    """Whether each group may pass each edge by the rules alone, without measures: codes of `ROAD_OPEN`, [groups, edges].

    Parameters
    ----------
    roads
        Columns ``tunnel``, ``cars`` and ``walkers``.
    depth
        Of the water on each edge, m, NaN = unknown.
    flow
        How the water moves; None = not known, depth alone is judged.
    rules
        Values of `twin.scenario.PassageRules`.
    """
    tunnel = roads["tunnel"].fillna(False).to_numpy(np.bool_)
    rows = []
    for group in GROUPS:
        state = open_for(depth, tunnel, rules[group], rules["wet"])
        if flow is not None:
            calm = np.where(depth > 0, within_flow(group, flow, rules), 1.0)
            state = np.where(state == OPEN, np.where(np.isnan(calm), UNKNOWN_CODE, np.where(calm == 1, OPEN, CLOSED)), state)
        allowed = roads["walkers" if "walker" in group else "cars"].fillna(True).to_numpy(np.bool_)
        rows.append(np.where(allowed, state, NOT_APPLICABLE_CODE))
    return np.stack(rows).astype(np.uint8)


def closed_roads(scenario: Scenario, time: int) -> list[str]:
    """Ids of roads that measures close at a moment and none opens again."""
    acting = [measure for measure in scenario.measures if measure.acts_at(time)]
    opened = {road for measure in acting if isinstance(measure, RoadOpened) for road in measure.roads}
    return sorted({road for measure in acting if isinstance(measure, RoadClosure) for road in measure.roads} - opened)


@dataclass(frozen=True)
class PassabilityHook:
    """Open or closed for each group by the rules of the scenario, and by measures.

    The velocity of the water is judged where the flood engine solves the full equations; elsewhere depth alone is.
    """

    name: str = "passability"
    version: str = "3"
    reads: tuple[Read, ...] = (
        Current(ROAD_DEPTH),
        Current(ROAD_FLOW_FORCE),
        Current(ROAD_FLOW_HAZARD),
        Static("roads", ("id", "tunnel", "cars", "walkers")),
    )
    writes: tuple[Variable, ...] = (ROAD_OPEN,)

    def parameters(self, question: Question, step: Step) -> Parameters:
        """The rules, and the roads that measures close at the end of the step."""
        scenario = question.scenario
        if step.end == 0:  # said once: the measures of all steps are the same
            named = {road for m in scenario.measures if isinstance(m, RoadClosure | RoadOpened) for road in m.roads}
            require_ids(question, "roads", sorted(named))
        return {
            "rules": scenario.rules.model_dump(mode="json", exclude={"shelter_floor"}),
            "judges_flow": judges_flow(scenario),
            "closed": closed_roads(scenario, step.end),
        }

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Who can pass at the end of the step."""
        roads, depth = inputs.table("roads"), inputs.current(ROAD_DEPTH)
        flow = None
        if parameters["judges_flow"]:
            flow = flow_of(inputs.current(ROAD_FLOW_FORCE), inputs.current(ROAD_FLOW_HAZARD))
        states = states_by_rules(roads, depth, flow, parameters["rules"])
        shut = roads["id"].isin(parameters["closed"]).to_numpy(np.bool_)
        states[:, shut] = np.where(states[:, shut] == NOT_APPLICABLE_CODE, NOT_APPLICABLE_CODE, CLOSED)
        return {ROAD_OPEN.name: states}


def require_ids(question: Question, table: str, ids: list[str]) -> None:
    """Raise `InputError` naming ids that the city's table does not have."""
    if not ids:
        return
    column = question.city.table(table)["id"]
    known = set(column[column.isin(ids)])
    absent = [value for value in ids if value not in known]
    if absent:
        raise InputError(
            "{city} has no {table} with the ids {ids}; look them up on the map or with city-twin export.",
            city=question.city.name,
            table=table,
            ids=", ".join(absent[:5]),
        )
