"""What a scenario says about moving: rules of pace and preparation, evacuation orders, demand of traffic."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from geodata.faults import FaultError
from twin.scenario.base import Part, Seconds
from twin.scenario.curve import CurvePoint, require_rising_times
from twin.scenario.timed import TimedPart

MINUTE = 60
RESPONSE = tuple(
    CurvePoint(at=at * MINUTE, value=share)
    for at, share in ((0, 0.0), (15, 0.1), (30, 0.3), (60, 0.65), (90, 0.85), (120, 1.0))
)
"""Share of those who go that has set out, by time since the order; a choice of this project, to be set by a city."""
Share = Annotated[float, Field(ge=0, le=1)]
LonLat = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]


class EvacuationOrder(TimedPart):
    """An order as the authorities give it; what people do after it is an assumption, and stands here too.

    Level 3 moves those who need time (households with people of 75 or more, or under 15), level 4 everyone in danger. Level 5
    sends nobody onto the roads: from then on those who have not set out stay. Orders of several levels may follow each other.
    There is no default for the share that goes: of 2.17 million people told to go in Hiroshima in 2018 about 0.3 % were
    counted in shelters. Show several shares (`twin.scenario.shares.with_shares`).
    """

    cuts_steps: ClassVar[bool] = False

    kind: Literal["evacuation_order"]
    level: Literal[3, 4, 5] = Field(description="Warning level.")
    areas: tuple[str, ...] = Field(default=(), description="Ids of areas; with no polygon and no area: the whole city.")
    polygon: tuple[LonLat, ...] = Field(default=(), description="Ring of longitude, latitude.")
    share: Share = Field(description="Share of those addressed that goes to a shelter.")
    by_car: Share = Field(default=0.0, description="Share of those who go that goes by car.")
    response: tuple[CurvePoint, ...] = Field(
        default=RESPONSE, min_length=2, description="Share of those who go that has set out, by time since the order."
    )
    response_careful: tuple[CurvePoint, ...] = Field(
        default=(), description="The same for those who need time; empty = as everyone."
    )

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.polygon and len(self.polygon) < 3:
            raise FaultError("the polygon has {count} corners; give at least 3", count=len(self.polygon))
        for curve in (self.response, self.response_careful):
            require_rising_times(curve)
            values = [point.value for point in curve]
            if any(not 0 <= value <= 1 for value in values) or any(b < a for a, b in pairwise(values)):
                raise FaultError(
                    "the shares {values} of the response do not rise from 0 to 1; people cannot come back", values=str(values)
                )
            if values and values[-1] != 1:
                raise FaultError(
                    "the response ends at {share}; end it at 1 and lower `share` for those who stay", share=values[-1]
                )
        return self


Zone = Literal["district", "ward", "school_district", "census"]
ZONES: tuple[Zone, ...] = get_args(Zone)
"""Kinds of area between which traffic can be estimated."""


class Trips(Part):
    """Vehicles on their way from one area to another on an ordinary day."""

    origin: str = Field(description="Id of an area.")
    destination: str = Field(description="Id of an area.")
    vehicles_per_hour: float = Field(ge=0, le=1e6)


class TrafficDemand(Part):
    """Everyone else's day: an origin–destination table, or an estimate by gravity from who lives and works where.

    The table stands in the scenario (``trips``), or was imported with the city (a CSV file with the columns ``origin``,
    ``destination``, ``vehicles_per_hour``).
    """

    source: Literal["auto", "table", "gravity"] = Field(
        default="auto", description='"auto": the trips of the scenario, else the table of the city, else gravity.'
    )

    areas: Zone = Field(default="district", description="Kind of area that serves as zone.")
    trips: tuple[Trips, ...] = Field(
        default=(), max_length=250_000, description="Origin–destination table; empty = that of the city, or gravity."
    )
    trips_per_resident: float = Field(default=0.1, ge=0, le=5, description="Gravity: car trips per resident and hour.")
    decay: float = Field(default=600.0, gt=0, description="Gravity: trips fall by a factor of e for each so many seconds.")


class MobilityRules(Part):
    """Pace and preparation: choices of this project (DOMAIN.md) that a city can change; every passport shows them."""

    night: Literal["auto", "day", "night"] = Field(
        default="auto",
        description='"auto": night from 18:00 to 06:00 of the scenario\'s own clock; timeless scenarios are by day.',
    )
    preparation: Seconds = Field(default=15 * MINUTE, description="Time from the decision to the door.")
    walking_speed: float = Field(default=1.0, gt=0, le=3, description="Walker, m/s.")
    careful_walking_speed: float = Field(default=0.5, gt=0, le=3, description="Older, or with a child, m/s.")
    night_factor: float = Field(default=0.8, gt=0, le=1, description="Walking speed at night, as a share of that by day.")
    people_per_car: float = Field(default=2.0, ge=1, le=9, description="People in one car.")
    careful_share: Share | None = Field(
        default=None,
        description="Share of people of unknown age (by day: everybody) who need more time; none = that of the residents.",
    )
    traffic: TrafficDemand | None = Field(default=None, description="Traffic of an ordinary day; none = not asked.")
