"""Water that the flood engine computes: rain, rivers, tides, what the ground takes, and how the flow is computed."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geodata.faults import FaultError
from geodata.phrase import Phrase
from twin.duration import Span
from twin.scenario.base import Part, Seconds
from twin.scenario.curve import CurvePoint, require_rising_times
from twin.scenario.storm import DesignStorm

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Position = tuple[Longitude, Latitude]
"""Longitude and latitude, degrees (WGS84)."""
Line = Annotated[tuple[Position, ...], Field(min_length=2, max_length=10_000)]
Side = Literal["north", "east", "south", "west"]
HEAVIEST_RAIN = 2000.0


class StormCell(Part):
    """A storm over one place: all of its rain falls in the middle, half of it at ``radius``, 1/16 at twice that distance."""

    at: Position = Field(description="Longitude and latitude of its middle.")
    radius: float = Field(gt=0, le=1e6, description="Distance at which half as much falls as in the middle, m.")


class Rain(Part):
    """Rain over the city: a hyetograph or a design storm, everywhere alike, about a place or by a pattern; or a rain field."""

    rates: tuple[CurvePoint, ...] = Field(
        default=(), description="Rate from each time on until the next, mm/h; the last one ends the rain (0)."
    )
    storm: DesignStorm | None = Field(default=None, description="A design storm in place of rates.")
    pattern: str = Field(
        default="", description="Name of a raster of the city with the share of the rain of each cell; empty = 1."
    )
    cell: StormCell | None = Field(default=None, description="Where the storm is; none = it rains everywhere alike.")
    field: str = Field(
        default="",
        description="Name of a rain field of the city (rates in space and time, imported with --rain) in place of rates.",
    )
    field_start: Seconds = Field(default=0, description="When the rain field begins.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.rates) + (self.storm is not None) + bool(self.field) != 1:
            raise FaultError("give rain either rates, a storm or a field")
        if bool(self.field) + bool(self.pattern) + (self.cell is not None) > 1:
            raise FaultError("a rain field, a pattern and a cell each say where it rains; give one of them")
        if self.field_start and not self.field:
            raise FaultError("field_start is without meaning where there is no rain field; leave it out")
        require_rising_times(self.rates)
        for point in self.rates:
            if not 0 <= point.value <= HEAVIEST_RAIN:
                raise FaultError(
                    "a rain of {value} mm/h at {time} lies outside 0 to {most} mm/h",
                    value=point.value, time=Span(point.at), most=HEAVIEST_RAIN,
                )  # fmt: skip
        return self


def _require_discharge(points: tuple[CurvePoint, ...]) -> None:
    require_rising_times(points)
    for point in points:
        if not 0 <= point.value <= 1e6:
            raise FaultError(
                "a discharge of {value} m³/s at {time} lies outside 0 to 1,000,000 m³/s", value=point.value, time=Span(point.at)
            )


class Inflow(Part):
    """A discharge that enters at a place or along a line: a river, a burst main, a ditch that spills."""

    name: str = Field(default="", description="What people call it.")
    at: Position | None = Field(default=None, description="Longitude and latitude.")
    line: tuple[Position, ...] = Field(
        default=(), max_length=10_000, description="Or a line: it enters evenly along all cells that the line crosses."
    )
    radius: float = Field(default=0.0, ge=0, le=10_000, description="It is spread over the cells within this distance, m.")
    discharge: tuple[CurvePoint, ...] = Field(min_length=1, description="Discharge over time, m³/s.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        _require_discharge(self.discharge)
        if (self.at is None) == (not self.line):
            raise FaultError("give an inflow either a place (at) or a line")
        if self.line and len(self.line) < 2:
            raise FaultError("the line of an inflow has one point only; give at least two, or a place (at)")
        return self

    @property
    def places(self) -> tuple[Position, ...]:
        """Its place, or the vertices of its line."""
        return self.line if self.at is None else (self.at,)


class InflowEdge(Part):
    """A stretch of the edge of the terrain over which a discharge enters: a river upstream, most where it is deepest."""

    name: str = Field(default="", description="What people call it.")
    sides: tuple[Side, ...] = Field(default=(), description="Whole sides of the terrain.")
    line: tuple[Position, ...] = Field(default=(), description="Or a line: the edge within `near` of it.")
    near: float = Field(default=50.0, gt=0, le=10_000, description="Distance from the line, m.")
    discharge: tuple[CurvePoint, ...] = Field(min_length=1, description="Discharge over time, m³/s.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        _require_discharge(self.discharge)
        _require_stretch(self.sides, self.line, Phrase("an inflow edge"))
        return self


def _require_stretch(sides: tuple[Side, ...], line: tuple[Position, ...], what: Phrase) -> None:
    if bool(sides) == bool(line):
        raise FaultError("give {what} either sides or a line", what=what)
    if line and len(line) < 2:
        raise FaultError("the line of {what} has one point only; give at least two", what=what)


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
        _require_stretch(self.sides, self.line, Phrase("a level edge"))
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
    inflow_edges: tuple[InflowEdge, ...] = Field(
        default=(), max_length=1000, description="Stretches of the edge over which a discharge enters: rivers upstream."
    )
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
    buildings: Literal["blocked", "raised", "porosity", "ignored"] = Field(
        default="blocked",
        description='"blocked": no water enters mostly built cells; "raised": they stand `raised_by` higher; "porosity": '
        'the built share of a cell holds no water and narrows its faces; "ignored".',
    )
    raised_by: float = Field(default=3.0, gt=0, le=100, description="m.")
    initial: Literal["dry", "rivers", "level"] = Field(
        default="dry",
        description='"rivers": water bodies stand `initial_level` above their normal level; "level": still water everywhere '
        "below `initial_level`.",
    )
    initial_level: float = Field(
        default=0.0, ge=-500, le=9000, description="Rivers: rise above normal, m. Level: elevation above the city's datum, m."
    )
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
            raise FaultError(
                "alpha {alpha} makes the {solver} solver unstable; give {most} at most",
                alpha=self.alpha, solver=self.solver, most=most,
            )  # fmt: skip
        if self.rain is not None and self.rain.field and self.infiltration and self.infiltration.law == "curve_number":
            raise FaultError("a curve number takes rain that is the same everywhere; give another law with a rain field")
        return self
