"""Single points of failure: which road edges people depend on for any way to a shelter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.mobility.bridges import people_dependent
from twin.mobility.network import (
    BUILDING_READ,
    NETWORK_READS,
    building_doors,
    doors_digest,
    group_number,
    network_digest,
    network_of,
    place_doors,
)
from twin.mobility.variables import ROAD_PEOPLE_DEPENDENT, ROAD_PEOPLE_DEPENDENT_BY_CAR, ROAD_SPEED
from twin.question import Question, Step
from twin.scenario.rules import Group
from twin.variable import Variable
from twin.variables import BUILDING_PEOPLE, SHELTER_USABLE

BY_GROUP: tuple[tuple[Group, Variable], ...] = (("walker", ROAD_PEOPLE_DEPENDENT), ("car", ROAD_PEOPLE_DEPENDENT_BY_CAR))


@dataclass(frozen=True)
class CriticalRoadsHook:
    """People who would lose every way to a usable shelter if one edge more were lost now: on foot, and by car."""

    name: str = "critical_roads"
    version: str = "2"
    reads: tuple[Read, ...] = (
        Current(ROAD_SPEED),
        Current(SHELTER_USABLE),
        *NETWORK_READS,
        Current(BUILDING_PEOPLE),
        BUILDING_READ,
        Static("shelters", ("geometry",)),
    )
    writes: tuple[Variable, ...] = tuple(variable for _, variable in BY_GROUP)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (roads and shelters tell all)
        """The name of the network's content."""
        return {"network": network_digest(question.city), "shelters": doors_digest(question.city, "shelters")}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """People by edge at the end of the step."""
        network = network_of(parameters["network"], inputs)
        known = np.nan_to_num(inputs.current(BUILDING_PEOPLE))
        count, written = network.graph.nodes, {}
        for group, variable in BY_GROUP:
            homes = building_doors(parameters["network"], inputs, group)
            doors = place_doors(parameters["network"], "shelters", parameters["shelters"], inputs, group)
            open_now, there = (inputs.current(SHELTER_USABLE) == 1) & (doors.node >= 0), homes.node >= 0
            people = np.bincount(homes.node[there], known[there], count)[:count].astype(np.float64)
            shelters = np.bincount(doors.node[open_now], minlength=count)[:count]
            usable = inputs.current(ROAD_SPEED)[group_number(group)] > 0
            written[variable.name] = people_dependent(network.graph, usable, people, shelters)
        return written
