"""What drives the water, for the timeline."""

from __future__ import annotations

from collections.abc import Sequence

from layers.language import mark
from layers.map_component import Driving
from twin.hooks.curve import value_at
from twin.scenario import HazardMapWater, Scenario, Stage
from twin.state import State


def driving_of(scenario: Scenario, states: Sequence[State]) -> Driving | None:
    """The level or share that the scenario prescribes at the moments of the states; None on a dry day."""
    water = scenario.water
    if isinstance(water, Stage):
        label = mark("River above normal") if water.above == "river" else mark("Water level above the datum")
        return Driving(label, "m", tuple(value_at(water.levels, state.time) for state in states))
    if isinstance(water, HazardMapWater):
        return Driving(
            mark("Assumed course of the official map"), "%", tuple(100 * value_at(water.curve, state.time) for state in states)
        )
    return None
