"""How fast each group moves on each road now: by day or by night, through shallow water, and not at all where it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.mobility.network import VEHICLES
from twin.mobility.speeds import slowed_by_water, vehicle_speed
from twin.mobility.variables import ROAD_SPEED
from twin.question import Question, Step
from twin.scenario import Scenario
from twin.scenario.rules import GROUPS
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE, Variable
from twin.variables import ROAD_DEPTH, ROAD_OPEN

NIGHT_FROM, NIGHT_TO = 18, 6


def is_night(scenario: Scenario, time: int) -> bool:
    """Whether a moment counts as night: by the scenario's rule, else from 18:00 to 06:00 of the clock it is written in.

    Examples
    --------
    >>> dusk = Scenario.model_validate({"name": "x", "duration": 7200, "start": "2026-09-14T17:00:00+09:00"})
    >>> is_night(dusk, 0), is_night(dusk, 3600)
    (False, True)
    """
    if scenario.mobility.night != "auto":
        return scenario.mobility.night == "night"
    instant = scenario.instant(time)
    return instant is not None and not NIGHT_TO <= instant.hour < NIGHT_FROM


def walking_speeds(scenario: Scenario, time: int) -> dict[str, float]:
    """Speed on foot by group, m/s, at a moment."""
    rules = scenario.mobility
    factor = rules.night_factor if is_night(scenario, time) else 1.0
    return {"walker": rules.walking_speed * factor, "careful_walker": rules.careful_walking_speed * factor}


def speed_where_open(speed: NDArray[Any], state: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Speed where a road is open, 0 where it is closed, NaN unknown, −inf where the group has no business.

    Examples
    --------
    >>> speed_where_open(np.full(4, 2.0), np.array([1, 0, 255, 254], np.uint8)).tolist()
    [2.0, 0.0, nan, -inf]
    """
    known = np.where(state == 1, speed, 0.0)
    return np.where(state == NOT_APPLICABLE_CODE, -np.inf, np.where(state == UNKNOWN_CODE, np.nan, known))


def speed_by_group(
    states: NDArray[np.uint8], depth: NDArray[Any], dry: NDArray[np.float64], *, walking: Mapping[str, float], night: bool
) -> NDArray[np.float64]:
    """Speed of every group on some edges, m/s, [groups, edges]; see `speed_where_open`.

    Parameters
    ----------
    states
        Codes of `ROAD_OPEN`, [groups, edges].
    depth, dry
        Depth of water, m, and dry speed of vehicles, m/s, [edges].
    walking
        Speed on foot by group, m/s.
    night
        Whether every walker is careful.
    """
    wet = slowed_by_water(dry, depth)
    rows = []
    for number, group in enumerate(GROUPS):
        state = states[number]
        if group in VEHICLES:
            # An edge closed or opened by a measure has a state although its depth may be unknown.
            speed = np.where(np.isnan(wet), np.minimum(dry, 1.0), wet)
        else:
            careful = states[GROUPS.index("careful_walker")] if night else state
            state, speed = careful, np.full(len(dry), walking[group])
        rows.append(speed_where_open(speed, state))
    return np.stack(rows)


@dataclass(frozen=True)
class TravelHook:
    """Speed by group: walkers at their pace, vehicles by road class and slowed by water. At night every walker is careful."""

    name: str = "travel"
    version: str = "1"
    reads: tuple[Read, ...] = (Current(ROAD_OPEN), Current(ROAD_DEPTH), Static("roads", ("class", "speed_limit")))
    writes: tuple[Variable, ...] = (ROAD_SPEED,)

    def parameters(self, question: Question, step: Step) -> Parameters:
        """Walking speeds at the end of the step, and whether it is night then."""
        scenario = question.scenario
        return {"walking": walking_speeds(scenario, step.end), "night": is_night(scenario, step.end)}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Speed at the end of the step."""
        dry = vehicle_speed(inputs.table("roads"))
        return {ROAD_SPEED.name: speed_by_group(inputs.current(ROAD_OPEN), inputs.current(ROAD_DEPTH), dry, **parameters)}
