"""Single points of failure: which road edges people depend on for any way to a shelter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.mobility.bridges import people_dependent
from twin.mobility.network import BUILDING_READ, NETWORK_READS, building_doors, group_number, network_digest, network_of
from twin.question import Question, Step
from twin.variable import Variable
from twin.variables import ROAD_PEOPLE_DEPENDENT, ROAD_SPEED, SHELTER_USABLE


@dataclass(frozen=True)
class CriticalRoadsHook:
    """Residents who would lose every way on foot to a usable shelter if one edge more were lost now."""

    name: str = "critical_roads"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(ROAD_SPEED),
        Current(SHELTER_USABLE),
        *NETWORK_READS,
        Static(BUILDING_READ.layer, (*BUILDING_READ.columns, "residents")),
        Static("shelters", ("geometry",)),
    )
    writes: tuple[Variable, ...] = (ROAD_PEOPLE_DEPENDENT,)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (roads and shelters tell all)
        """The name of the network's content."""
        return {"network": network_digest(question.city)}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """People by edge at the end of the step."""
        network = network_of(parameters["network"], inputs)
        homes = building_doors(parameters["network"], inputs, "walker")
        residents = np.nan_to_num(inputs.table("buildings")["residents"].to_numpy(np.float64))
        doors = network.doors(inputs.table("shelters")["geometry"], "walker")
        open_now = (inputs.current(SHELTER_USABLE) == 1) & (doors.node >= 0)
        count, there = network.graph.nodes, homes.node >= 0
        people = np.bincount(homes.node[there], residents[there], count)[:count].astype(np.float64)
        shelters = np.bincount(doors.node[open_now], minlength=count)[:count]
        usable = inputs.current(ROAD_SPEED)[group_number("walker")] > 0
        return {ROAD_PEOPLE_DEPENDENT.name: people_dependent(network.graph, usable, people, shelters)}
