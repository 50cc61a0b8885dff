"""Depth at hospitals, care homes, substations, pumps and the like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.hooks.places import depth_at_places
from twin.question import Question, Step
from twin.variable import Variable
from twin.variables import BUILDING_DEPTH, FACILITY_DEPTH, WATER_DEPTH


@dataclass(frozen=True)
class FacilitiesHook:
    """Depth at each facility: the deeper of its cell and of the building it is in."""

    name: str = "facilities"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(WATER_DEPTH),
        Current(BUILDING_DEPTH),
        Static("place_buildings"),
        Static("facilities", ("geometry",)),
    )
    writes: tuple[Variable, ...] = (FACILITY_DEPTH,)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (the water tells all)
        """Nothing of the question but the water."""
        return {}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Depth at the end of the step."""
        facilities = inputs.table("facilities")
        depth = depth_at_places(
            facilities,
            inputs.grid(),
            inputs.current(WATER_DEPTH),
            inputs.overlay("place_buildings")["facilities"],
            inputs.current(BUILDING_DEPTH),
        )
        return {FACILITY_DEPTH.name: depth}
