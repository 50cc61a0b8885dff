"""Curves over time, by points."""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field

from geodata.faults import FaultError
from twin.scenario.base import Part, Seconds


class CurvePoint(Part):
    """One point of a curve over time."""

    at: Seconds = Field(description="Time since the scenario's start.")
    value: float = Field(description="Value at that time; straight lines between points, constant before and after.")


def require_rising_times(points: tuple[CurvePoint, ...]) -> None:
    """Raise `FaultError` unless the times of a curve rise strictly."""
    times = [point.at for point in points]
    if any(later <= earlier for earlier, later in pairwise(times)):
        raise FaultError("the times {times} of the curve do not rise; give each time once, in order", times=str(times))
