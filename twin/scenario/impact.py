"""How damage and outages are reckoned: choices that a city can change; every passport shows them."""

from __future__ import annotations

from pydantic import Field

from twin.scenario.base import Part


class ImpactRules(Part):
    """Damage curves and their errors, floors, and when water stops a facility."""

    curves: str = Field(
        default="MLIT",
        description="Set of depth–damage curves: MLIT (Japan's manual, built in), or a set that was imported with the city "
        "(JRC Asia, HAZUS, own).",
    )
    rate_error: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="Relative error of a damage rate whose source states none; a choice of this project.",
    )
    value_error: float = Field(
        default=0.2, ge=0, le=1, description="Relative error of a value whose source states none; a choice of this project."
    )
    floor_height: float = Field(default=0.5, ge=0, le=5, description="Ground floor above the ground where nobody says, m.")
    storey_height: float = Field(default=3.0, gt=1, le=10, description="Height of a storey, m.")
    critical_height: float = Field(
        default=0.3, ge=0, le=10, description="Water that stops a facility where nobody says, m above the ground."
    )
