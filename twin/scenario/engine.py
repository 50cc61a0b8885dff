"""Water that the flood engine computes: rain, rivers, tides, what the ground takes, and how the flow is computed."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from twin.scenario.base import Part, Seconds
from twin.scenario.curve import CurvePoint, require_rising_times

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Position = tuple[Longitude, Latitude]
"""Longitude and latitude, degrees (WGS84)."""
Line = Annotated[tuple[Position, ...], Field(min_length=2, max_length=10_000)]
Side = Literal["north", "east", "south", "west"]
HEAVIEST_RAIN = 2000.0


class StormDepth(Part):
    """One point of a depth–duration–frequency curve."""

    duration: Seconds = Field(gt=0, description="Duration.")
    depth: float = Field(ge=0, le=5000, description="Depth that falls within it, mm.")


class DesignStorm(Part):
    """A storm made from a depth–duration curve by alternating blocks: for every duration it holds the depth of the curve."""

    depths: tuple[StormDepth, ...] = Field(min_length=1, description="Depths by duration, of one return period.")
    interval: Seconds = Field(default=300, gt=0, description="Length of a block.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        spans, depths = [d.duration for d in self.depths], [d.depth for d in self.depths]
        if any(b <= a for a, b in pairwise(spans)) or any(b < a for a, b in pairwise(depths)):
            raise ValueError("the depths of a design storm must rise with their durations; give them in order")
        return self


class Rain(Part):
    """Rain over the whole city: a hyetograph or a design storm."""

    rates: tuple[CurvePoint, ...] = Field(
        default=(), description="Rate from each time on until the next, mm/h; the last one ends the rain (0)."
    )
    storm: DesignStorm | None = Field(default=None, description="A design storm in place of rates.")
    pattern: str = Field(
        default="", description="Name of a raster of the city with the share of the rain of each cell; empty = 1."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.rates) == (self.storm is not None):
            raise ValueError("give rain either rates or a storm")
        require_rising_times(self.rates)
        for point in self.rates:
            if not 0 <= point.value <= HEAVIEST_RAIN:
                raise ValueError(f"a rain of {point.value} mm/h at {point.at} s lies outside 0 to {HEAVIEST_RAIN:.0f} mm/h")
        return self


class Inflow(Part):
    """A discharge that enters at a place: a river, a burst main, a drain that spills."""

    name: str = Field(default="", description="What people call it.")
    at: Position = Field(description="Longitude and latitude.")
    radius: float = Field(default=0.0, ge=0, le=10_000, description="It is spread over the cells within this distance, m.")
    discharge: tuple[CurvePoint, ...] = Field(min_length=1, description="Discharge over time, m³/s.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_rising_times(self.discharge)
        for point in self.discharge:
            if not 0 <= point.value <= 1e6:
                raise ValueError(f"a discharge of {point.value} m³/s at {point.at} s lies outside 0 to 1,000,000 m³/s")
        return self


class LevelEdge(Part):
    """A stretch of the edge of the terrain where the water stands at a given level: a tide, a river downstream."""

    name: str = Field(default="", description="What people call it.")
    sides: tuple[Side, ...] = Field(default=(), description="Whole sides of the terrain.")
    line: tuple[Position, ...] = Field(default=(), description="Or a line: the edge within `near` of it.")
    near: float = Field(default=50.0, gt=0, le=10_000, description="Distance from the line, m.")
    levels: tuple[CurvePoint, ...] = Field(min_length=1, description="Level over time, m above the city's datum.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_rising_times(self.levels)
        if bool(self.sides) == bool(self.line):
            raise ValueError("give a level edge either sides or a line")
        if self.line and len(self.line) < 2:
            raise ValueError("the line of a level edge has one point only; give at least two")
        return self


class Infiltration(Part):
    """What the ground takes, everywhere but under buildings and on water."""

    law: Literal["constant", "horton", "green_ampt", "curve_number"] = Field(description="Which law it follows.")
    rate: float = Field(
        default=0.0, ge=0, le=1000, description="Constant: mm/h. Horton: last rate, mm/h. Green–Ampt: conductivity, mm/h."
    )
    first_rate: float = Field(default=0.0, ge=0, le=5000, description="Horton: first rate, mm/h.")
    decay: float = Field(default=2.0, gt=0, le=1000, description="Horton: decay, 1/h.")
    suction: float = Field(default=0.1, ge=0, le=10, description="Green–Ampt: suction head, m.")
    deficit: float = Field(default=0.3, ge=0, le=1, description="Green–Ampt: moisture deficit.")
    curve_number: float = Field(default=80.0, gt=0, le=100, description="SCS curve number.")


class Engine(Part):
    """Water computed by the flood engine from what comes in."""

    source: Literal["engine"]
    solver: Literal["local_inertial", "full"] = Field(
        default="local_inertial",
        description='"local_inertial": fast, trusted to a Froude number of 0.5; "full": shallow water with advection, for '
        "jets, steep ground and velocities.",
    )
    rain: Rain | None = Field(default=None, description="Rain over the city; none = none.")
    inflows: tuple[Inflow, ...] = Field(default=(), max_length=10_000, description="Discharges that enter at places.")
    level_edges: tuple[LevelEdge, ...] = Field(
        default=(), max_length=1000, description="Stretches of the edge at a given level: tides, rivers downstream."
    )
    open_edges: tuple[Side, ...] = Field(
        default=("north", "east", "south", "west"), description="Sides over which water may leave; the others are walls."
    )
    infiltration: Infiltration | None = Field(default=None, description="What the ground takes; none = nothing.")
    sewers: float = Field(default=0.0, ge=0, le=1000, description="What storm sewers take at most, mm/h.")
    sewer_areas: tuple[str, ...] = Field(default=(), description="Ids of the areas that have sewers; none = everywhere.")
    roughness: float = Field(default=0.05, ge=0.005, le=1.0, description="Manning's n where the city says nothing, s/m^(1/3).")
    buildings: Literal["blocked", "raised", "ignored"] = Field(
        default="blocked",
        description='"blocked": no water enters mostly built cells; "raised": they stand `raised_by` higher; "ignored".',
    )
    raised_by: float = Field(default=3.0, gt=0, le=100, description="m.")
    initial: Literal["dry", "rivers"] = Field(default="dry", description='"rivers": water bodies stand at their normal level.')
    holes: Literal["refuse", "fill"] = Field(
        default="refuse", description="Cells without elevation inside the terrain: refuse, or take the nearest known ground."
    )
    alpha: float | None = Field(
        default=None,
        gt=0,
        le=0.9,
        description="Share of the longest stable time step; none = 0.5 (local inertial), 0.4 (full).",
    )
    theta: float = Field(default=0.9, ge=0.5, le=1.0, description="Local inertial: weight of a face's own discharge.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        most = {"local_inertial": 0.7, "full": 0.45}[self.solver]
        if self.alpha is not None and self.alpha > most:
            raise ValueError(f"alpha {self.alpha} makes the {self.solver} solver unstable; give {most} at most")
        return self
