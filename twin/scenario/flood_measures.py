"""What people do to the water while it runs: barriers, breaches, gates, culverts, pumps, storage, raised roads."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geodata.faults import FaultError
from twin.scenario.base import Seconds
from twin.scenario.engine import Line, Position
from twin.scenario.timed import TimedPart


class LeveeBreach(TimedPart):
    """A levee that gives way, growing in width and depth."""

    kind: Literal["levee_breach"]
    at: Position = Field(description="Longitude and latitude of the middle of the gap.")
    width: float = Field(gt=0, le=5000, description="Final width, m.")
    bottom: float | None = Field(
        default=None, description="Final elevation of its bottom, m; none = the ground beside the levee."
    )
    growth: Seconds = Field(default=1800, description="Time it takes to grow.")


class FloodBarrier(TimedPart):
    """A wall, boards or sandbags along a line; overtopped as a weir when the water is higher."""

    kind: Literal["flood_barrier"]
    line: Line = Field(description="Longitudes and latitudes.")
    crest: float | None = Field(default=None, description="Elevation of its crest, m above the city's datum.")
    height: float | None = Field(default=None, gt=0, le=50, description="Or its height above the ground, m.")

    @model_validator(mode="after")
    def _check_crest(self) -> Self:
        if (self.crest is None) == (self.height is None):
            raise FaultError("give a barrier either a crest or a height")
        return self


class RaisedRoad(TimedPart):
    """A road raised along a line."""

    kind: Literal["raised_road"]
    line: Line = Field(description="Longitudes and latitudes.")
    height: float = Field(gt=0, le=50, description="By how much, m.")


class Gate(TimedPart):
    """A gate that is shut while the measure acts, and open otherwise."""

    kind: Literal["gate_closed"]
    line: Line = Field(description="Longitudes and latitudes of the opening that it shuts.")
    crest: float = Field(description="Elevation of its top when shut, m above the city's datum.")


class CulvertPart(TimedPart):
    """A pipe under a levee or road; water flows by the levels at its ends."""

    kind: Literal["culvert"]
    ends: tuple[Position, Position] = Field(description="Longitude and latitude of both ends.")
    width: float = Field(gt=0, le=50, description="Width, m.")
    height: float = Field(gt=0, le=20, description="Height, m.")
    inverts: tuple[float, float] | None = Field(
        default=None, description="Elevation of its bottom at the ends, m; none = the ground."
    )
    coefficient: float = Field(default=0.7, gt=0, le=1, description="Discharge coefficient.")
    flap: bool = Field(default=False, description="Lets water pass from the first end to the second only.")


class PumpPart(TimedPart):
    """A pump; without power it stands still."""

    kind: Literal["pump"]
    at: Position = Field(description="Longitude and latitude of the intake.")
    outlet: Position | None = Field(default=None, description="Where it pours; none = out of the city.")
    capacity: float = Field(gt=0, le=1000, description="m³/s.")
    starts_at: float = Field(default=0.1, ge=0, le=20, description="Depth at the intake from which it runs, m.")
    facility: str = Field(default="", description="Id of the facility that powers it; empty = powered.")


class Storage(TimedPart):
    """Temporary storage: ground dug or pounded around a place to hold a volume."""

    kind: Literal["storage"]
    at: Position = Field(description="Longitude and latitude of its middle.")
    radius: float = Field(gt=0, le=2000, description="m.")
    volume: float = Field(gt=0, le=1e8, description="m³.")


FloodMeasure = LeveeBreach | FloodBarrier | RaisedRoad | Gate | CulvertPart | PumpPart | Storage
FLOOD_KINDS = frozenset({"levee_breach", "flood_barrier", "raised_road", "gate_closed", "culvert", "pump", "storage"})
