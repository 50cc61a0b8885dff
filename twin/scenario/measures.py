"""What people do: each measure with a start and an end, acting exactly then."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from twin.scenario.flood_measures import FloodMeasure
from twin.scenario.mobility import EvacuationOrder
from twin.scenario.timed import TimedPart


class RoadClosure(TimedPart):
    """Roads closed to everyone."""

    kind: Literal["road_closure"]
    roads: tuple[str, ...] = Field(min_length=1, description="Ids of road edges.")


class RoadOpened(TimedPart):
    """Roads opened again although another measure closes them; what water closes stays closed, whatever anybody orders."""

    kind: Literal["road_opened"]
    roads: tuple[str, ...] = Field(min_length=1, description="Ids of road edges.")


class ShelterClosed(TimedPart):
    """Shelters that are not opened, or closed again."""

    kind: Literal["shelter_closed"]
    shelters: tuple[str, ...] = Field(min_length=1, description="Ids of shelters.")


class ShelterOpened(TimedPart):
    """Shelters opened although they are not designated for this hazard, because someone decided so."""

    kind: Literal["shelter_opened"]
    shelters: tuple[str, ...] = Field(min_length=1, description="Ids of shelters.")


Measure = Annotated[
    RoadClosure | RoadOpened | ShelterClosed | ShelterOpened | EvacuationOrder | FloodMeasure, Field(discriminator="kind")
]
