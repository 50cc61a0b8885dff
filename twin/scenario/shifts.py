"""The same scenario with its orders given earlier or later: what an hour of waiting costs."""

from __future__ import annotations

from collections.abc import Iterable

from twin.scenario.mobility import EvacuationOrder
from twin.scenario.scenario import Scenario

SHOWN = (-3600, -1800, 0, 1800, 3600)
"""Shifts shown side by side unless others are asked for, s."""


def with_shift(scenario: Scenario, seconds: int) -> Scenario:
    """The scenario with all of its evacuation orders given so much later, s; earlier when negative, but never before its start.

    An order that would come after the end of the run is not given. The water and all other measures stay as they are, so that
    only what hangs on the orders is computed anew.

    Examples
    --------
    >>> order = {"kind": "evacuation_order", "level": 4, "share": 0.3, "start": "30 min"}
    >>> asked = Scenario.model_validate({"name": "flood", "duration": 3600, "measures": [order]})
    >>> [with_shift(asked, shift).measures[0].start for shift in (-3600, -600, 600)]
    [0, 1200, 2400]
    >>> with_shift(asked, 3600).measures
    ()
    """
    measures = []
    for measure in scenario.measures:
        values = measure.model_dump()
        if isinstance(measure, EvacuationOrder):
            values["start"] = max(measure.start + seconds, 0)
            if measure.end is not None:
                values["end"] = max(measure.end + seconds, values["start"] + 1)
            if values["start"] > scenario.duration:
                continue
        measures.append(values)
    return Scenario.model_validate({**scenario.model_dump(), "measures": measures})


def with_shifts(scenario: Scenario, shifts: Iterable[int] = SHOWN) -> tuple[Scenario, ...]:
    """The scenario once for each shift of its orders, s."""
    return tuple(with_shift(scenario, shift) for shift in shifts)
