"""What drives the water, for the timeline."""

from __future__ import annotations

from collections.abc import Sequence

from layers.language import mark
from layers.timeline import Driving
from twin.flood.storm import hyetograph
from twin.hooks.curve import value_at
from twin.scenario import Engine, HazardMapWater, Scenario, Stage
from twin.state import State

MILLIMETRES_AN_HOUR = 3.6e6
"""Of a rate in m/s."""


def driving_of(scenario: Scenario, states: Sequence[State]) -> Driving | None:
    """What the scenario prescribes at the moments of the states: a level, a share, rain, a discharge; None on a dry day."""
    water, times = scenario.water, [state.time for state in states]
    if isinstance(water, Stage):
        label = mark("River above normal") if water.above == "river" else mark("Water level above the datum")
        return Driving(label, "m", tuple(value_at(water.levels, time) for time in times))
    if isinstance(water, HazardMapWater):
        return Driving(
            mark("Assumed course of the official map"), "%", tuple(100 * value_at(water.curve, time) for time in times)
        )
    if isinstance(water, Engine):
        return _engine_driving(water, times)
    return None


def _engine_driving(water: Engine, times: Sequence[int]) -> Driving:
    """The first of what the flood engine is driven by: rain, then discharges, then levels at the edge."""
    if water.rain is not None and not water.rain.field:
        bars = hyetograph(water.rain)
        rates = [bars.integral(time, time + 60) / 60 * MILLIMETRES_AN_HOUR for time in times]
        return Driving(mark("Rain"), "mm/h", tuple(round(rate, 3) for rate in rates))
    discharges = [*(inflow.discharge for inflow in water.inflows), *(edge.discharge for edge in water.inflow_edges)]
    for discharge in discharges:
        return Driving(mark("Discharge that enters"), "m³/s", tuple(value_at(discharge, time) for time in times))
    for edge in water.level_edges:
        label = mark("Water level at the edge of the terrain")
        return Driving(label, "m", tuple(value_at(edge.levels, time) for time in times))
    return Driving(mark("Rain"), "mm/h", tuple(None for _ in times))
