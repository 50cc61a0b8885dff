"""Parts of a scenario that act for a while."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from geodata.faults import FaultError
from twin.duration import Span
from twin.scenario.base import Part, Seconds


class TimedPart(Part):
    """A measure acts from ``start`` until ``end`` (not included); without an end until the run is over."""

    cuts_steps: ClassVar[bool] = True
    """Whether steps end at its start and end, so that it acts exactly then; not when its hook works with the times themselves:
    then to move it leaves all steps what they were."""

    name: str = Field(default="", description="What people call it.")
    start: Seconds = Field(default=0, description="Time since the scenario's start.")
    end: Seconds | None = Field(default=None, description="Time since the scenario's start; none = until the end.")

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        if self.end is not None and self.end <= self.start:
            raise FaultError("it ends at {end}, not after its start at {start}", end=Span(self.end), start=Span(self.start))
        return self

    def acts_at(self, time: int) -> bool:
        """Whether it acts at a moment, seconds since the scenario's start."""
        return self.start <= time and (self.end is None or time < self.end)
