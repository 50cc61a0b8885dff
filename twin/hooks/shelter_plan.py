"""Who should go to which shelter: the best use of all room, beside everyone to the nearest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.analysis import AnalysisRead, Course, Series
from twin.hook import Parameters, Static
from twin.hooks.access import pace_of
from twin.hooks.travel import walking_speeds
from twin.mobility.allocation import allocate, to_the_nearest
from twin.mobility.graph import Doors
from twin.mobility.network import (
    BUILDING_READ,
    NETWORK_READS,
    Network,
    building_doors,
    group_number,
    network_digest,
    network_of,
)
from twin.mobility.reach import at_homes
from twin.mobility.shortest import nearest
from twin.mobility.variables import (
    BUILDING_PLANNED_SHELTER,
    BUILDING_PLANNED_TIME,
    NEAREST_LEFT_OVER,
    NEAREST_PERSON_SECONDS,
    PLAN_LEFT_OVER,
    PLAN_PERSON_SECONDS,
    ROAD_SPEED,
)
from twin.question import Question
from twin.variable import Variable
from twin.variables import BUILDING_PEOPLE, SHELTER_USABLE

CHOICES = 8
"""Shelters considered for each home: its nearest ones."""


def near_shelters(
    network: Network, speed: NDArray[Any], doors: Doors, usable: NDArray[np.bool_], homes: Doors, *, pace: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The nearest `CHOICES` shelters of each home on foot: row of the home, row of the shelter, time, s."""
    graph = network.graph
    times = graph.backward(network.slot_times("walker", speed))
    there = np.flatnonzero(usable & (doors.node >= 0))
    best = np.full((len(homes.node), CHOICES), np.inf)
    which = np.full((len(homes.node), CHOICES), -1, np.int64)
    for shelter in there:
        place = doors.node[shelter : shelter + 1]
        reach = nearest(graph.indptr, graph.heads, times, place, doors.distance[shelter : shelter + 1] / pace)
        cost = at_homes(reach.cost, homes, pace)
        last = best.argmax(axis=1)
        rows = np.flatnonzero(cost < best[np.arange(len(best)), last])
        best[rows, last[rows]], which[rows, last[rows]] = cost[rows], shelter
    home, column = np.nonzero(np.isfinite(best))
    return home, which[home, column], best[home, column]


@dataclass(frozen=True)
class ShelterPlanAnalysis:
    """A plan for the start of the run: only shelters known to be usable at all of its outputs, on foot, by roads open at its start.

    Shelters of unknown capacity take nobody in a plan; buildings of which nobody says how many people are there are not in it.
    """  # noqa: E501 (the summary is one line)

    name: str = "shelter_plan"
    version: str = "1"
    reads: tuple[AnalysisRead, ...] = (
        Series(ROAD_SPEED),
        Series(SHELTER_USABLE),
        *NETWORK_READS,
        Series(BUILDING_PEOPLE),
        BUILDING_READ,
        Static("shelters", ("geometry", "capacity")),
    )
    writes: tuple[Variable, ...] = (
        BUILDING_PLANNED_SHELTER, BUILDING_PLANNED_TIME, PLAN_PERSON_SECONDS, PLAN_LEFT_OVER, NEAREST_PERSON_SECONDS,
        NEAREST_LEFT_OVER,
    )  # fmt: skip

    def parameters(self, question: Question) -> Parameters:
        """Walking speed, and the name of the network's content."""
        return {"network": network_digest(question.city), "walking": walking_speeds(question.scenario, 0)}

    def analyse(self, course: Course, parameters: Parameters) -> Mapping[str, NDArray[Any]]:
        """The plan, and both sums."""
        network = network_of(parameters["network"], course)
        shelters = course.table("shelters")
        pace = pace_of("walker", parameters["walking"])
        usable = np.ones(len(shelters), np.bool_)
        for number in range(len(course.times)):
            usable &= course.at(SHELTER_USABLE, number) == 1
        capacity = np.nan_to_num(shelters["capacity"].to_numpy(np.float64))
        people = np.nan_to_num(course.at(BUILDING_PEOPLE, 0))
        homes = building_doors(parameters["network"], course, "walker")
        speed = course.at(ROAD_SPEED, 0)[group_number("walker")]
        doors = network.doors(shelters["geometry"], "walker")
        relations = near_shelters(network, speed, doors, usable & (capacity > 0), homes, pace=pace)
        best, usual = allocate(*relations, people, capacity), to_the_nearest(*relations, people, capacity)
        planned, time = np.full(len(people), np.inf), np.full(len(people), np.inf)
        # The relation with most people is written last.
        order = np.argsort(best.people, kind="stable")
        order = order[best.people[order] > 0]
        planned[relations[0][order]], time[relations[0][order]] = relations[1][order], relations[2][order]
        empty = people <= 0
        return {
            BUILDING_PLANNED_SHELTER.name: np.where(empty, -np.inf, planned),
            BUILDING_PLANNED_TIME.name: np.where(empty, -np.inf, time),
            PLAN_PERSON_SECONDS.name: np.asarray(best.person_seconds),
            PLAN_LEFT_OVER.name: np.asarray(best.left_over.sum()),
            NEAREST_PERSON_SECONDS.name: np.asarray(usual.person_seconds),
            NEAREST_LEFT_OVER.name: np.asarray(usual.left_over.sum()),
        }
