"""Rules for going through water: choices of this project that a city can change, shown in every passport (DOMAIN.md)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from twin.scenario.base import Part

Group = Literal["walker", "careful_walker", "car", "large_vehicle"]
GROUPS: tuple[Group, ...] = ("walker", "careful_walker", "car", "large_vehicle")


class PassageRules(Part):
    """Depth, m, up to which each group may pass.

    Defaults: walkers by day 0.5; at night, with a child, or older 0.3; cars 0.15 (a small car moved at 0.15 m and 1 m/s in a
    full-scale test); large and emergency vehicles 0.3. They are choices of this project, behind which stand AIDR 7-3 and AR&R
    classes (secondary sources). The limits of hazard class (AIDR 7-3, H1–H6) and of depth × velocity are judged only where the
    flood engine solves the full equations: neither a hazard map, nor still water, nor the local inertial equations tell the
    velocity well enough.
    """

    walker: float = Field(default=0.5, gt=0, le=2, description="Walker by day, m.")
    careful_walker: float = Field(default=0.3, gt=0, le=2, description="At night, with a child, or older, m.")
    car: float = Field(default=0.15, gt=0, le=2, description="Car, m.")
    large_vehicle: float = Field(default=0.3, gt=0, le=3, description="Large or emergency vehicle, m.")
    walker_class: int = Field(default=2, ge=1, le=6, description="Highest hazard class that a walker passes by day.")
    careful_walker_class: int = Field(default=1, ge=1, le=6, description="The same at night, with a child, or older.")
    car_force: float = Field(default=0.15, gt=0, le=5, description="Greatest depth × velocity that a car passes, m²/s.")
    large_vehicle_force: float = Field(default=0.45, gt=0, le=5, description="The same for large or emergency vehicles, m²/s.")
    shelter_floor: float = Field(
        default=0.0, ge=0, le=5, description="Water above a shelter's floor that still leaves it usable, m."
    )
    wet: float = Field(default=0.01, gt=0, le=0.5, description="Depth from which a place counts as wet, m.")
