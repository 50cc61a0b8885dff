"""Where the water of a scenario comes from."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geodata.faults import FaultError
from twin.scenario.base import Part
from twin.scenario.curve import CurvePoint, require_rising_times
from twin.scenario.engine import Engine


class HazardMapWater(Part):
    """Depths of an official hazard map, let rise and recede.

    An official map knows the greatest depth, not when it comes. The curve is an assumption of ours: at share ``s`` the water
    surface of the map stands lowered by (1 − s) × the map's greatest depth, so that deep places fill first. 1 = the map itself.
    """

    source: Literal["hazard_map"]
    map: str = Field(
        default="", description="Id of one hazard map of the city; empty = all maps of the scale, the deepest counts."
    )
    scale: str = Field(default="L2", description='"L1" planned scale, "L2" largest assumed scale.')
    hazard: Literal["", "river_flood", "inland_flood", "high_tide", "tsunami", "reservoir"] = Field(
        default="", description="Only maps of this hazard; empty = every flood."
    )
    curve: tuple[CurvePoint, ...] = Field(
        default=(CurvePoint(at=0, value=1.0),),
        min_length=1,
        description="Share of the map's greatest depth, 0 to 1, over time.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_rising_times(self.curve)
        for point in self.curve:
            if not 0.0 <= point.value <= 1.0:
                raise FaultError("the share {share} lies outside 0 to 1; 1 is the map itself", share=point.value)
        return self


class Stage(Part):
    """Still water at a given level wherever it can reach from a river or the sea: a bathtub, no flow."""

    source: Literal["stage"]
    above: Literal["datum", "river"] = Field(
        default="datum",
        description='"datum": elevations in the city\'s datum; "river": rise above the normal river level nearby.',
    )
    levels: tuple[CurvePoint, ...] = Field(min_length=1, description="Level over time, m.")
    connected: bool = Field(
        default=True,
        description="Only ground that the water can reach from rivers and the sea gets wet (datum: also from the edge).",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_rising_times(self.levels)
        return self


Water = Annotated[HazardMapWater | Stage | Engine, Field(discriminator="source")]
