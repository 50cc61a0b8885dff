"""How much time is left to leave, for each building and group, at each moment of a run; when roads close and reopen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.analysis import AnalysisRead, Course, Series
from twin.hook import Parameters, Static
from twin.hooks.access import dry_speed, pace_of
from twin.hooks.travel import walking_speeds
from twin.mobility.departure import latest_departure, time_left
from twin.mobility.graph import Doors
from twin.mobility.network import BUILDING_READ, NETWORK_READS, Network, building_doors, network_digest, network_of
from twin.mobility.variables import (
    BUILDING_TIME_LEFT,
    BUILDING_TIME_LEFT_HIGH,
    FACILITY_TIME_LEFT,
    FACILITY_TIME_SPARE,
    ROAD_CLOSING,
    ROAD_DEADLINE,
    ROAD_REOPENING,
    ROAD_SLOWEST,
    ROAD_SPEED,
    SHELTER_DEADLINE,
)
from twin.mobility.windows import OpenAt, deadlines, first_closing
from twin.question import Question
from twin.scenario.rules import GROUPS, Group
from twin.variable import UNKNOWN_CODE, Variable
from twin.variables import BUILDING_DEPTH, FACILITY_DEPTH, SHELTER_USABLE

HELPERS: Group = "large_vehicle"
"""Who brings out people who need help."""
NEED_TIME = ("hospital", "care_home", "clinic", "nursery", "school")


def slowest_speed(course: Course, row: int, dry: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slowest speed at which each edge is passed at any output, m/s: an upper end of the time it takes.

    An edge that is never known to be open has its dry speed: whoever counts on it must have a reason of their own.
    """
    slowest = np.full(len(dry), np.inf)
    for number in range(len(course.times)):
        speed = course.at(ROAD_SPEED, number)[row]
        slowest = np.where(speed > 0, np.minimum(slowest, speed), slowest)
    return np.where(np.isinf(slowest), dry, slowest)


@dataclass(frozen=True, eq=False)
class Leaving:
    """When each node must be left, for one group and one end of the band.

    Parameters
    ----------
    latest
        Latest departure of each node for those who set out between an output and the next, by the output's number [nodes].
    edges, shelters
        Deadlines of edges and shelters at every output, s, float32 [outputs, edges] and [outputs, shelters]; empty when they
        are not kept.
    """

    latest: Callable[[int], NDArray[np.float64]]
    edges: NDArray[np.float32]
    shelters: NDArray[np.float32]


def leaving(
    network: Network, times: NDArray[np.float64], slot_times: NDArray[np.float64], roads_and_shelters: OpenAt, shelters: Doors,
    *, pace: float, late: bool,
) -> Leaving:  # fmt: skip
    """Latest departures of one group from every node; see `twin.mobility.departure.latest_departure`.

    Parameters
    ----------
    roads_and_shelters
        Whether edges, and after them shelters, are open at an output.
    shelters
        Their doors on this group's roads.
    late
        The upper end; its deadlines are not kept.
    """
    graph, end = network.graph, float(times[-1])
    goals = np.flatnonzero(shelters.node >= 0)
    walk = shelters.distance[goals] / pace
    found: dict[int, NDArray[np.float64]] = {}
    kept = np.empty((0 if late else len(times), graph.edges + len(shelters.node)), np.float32)
    for moment in deadlines(roads_and_shelters, times, late=late):
        if not late:
            kept[moment.number] = moment.deadline
        edges, goal_deadline = moment.deadline[: graph.edges], moment.deadline[graph.edges :][goals]
        # At the upper end a shelter closes at an output: a search for the one before lets those who stand in its door in then.
        shut = late and bool(np.isneginf(goal_deadline[walk == 0]).any())
        if moment.opened or shut:
            found[moment.number], _ = latest_departure(
                graph, slot_times, edges, shelters.node[goals], goal_deadline - walk, end=end
            )
    starts = np.array(sorted(found))
    return Leaving(
        lambda number: found[int(starts[np.searchsorted(starts, number, side="right") - 1])],
        kept[:, : graph.edges],
        kept[:, graph.edges :],
    )


@dataclass(frozen=True)
class MinutesLeftAnalysis:
    """Last safe departure: the end of the first unbroken window of feasible departures from now.

    It counts preparation, the way from the door to the road (which must not stand deeper in water than the group may pass),
    every road's closing on the way, and the shelter's own opening and flooding. Times on roads are free of queues and the
    slowest of the run. The lower end counts unknown roads, shelters and depths as closed, and closing times as rounded down to
    the last open output; the upper end does the opposite.
    """

    name: str = "minutes_left"
    version: str = "1"
    reads: tuple[AnalysisRead, ...] = (
        Series(ROAD_SPEED),
        Series(SHELTER_USABLE),
        Series(BUILDING_DEPTH),
        Series(FACILITY_DEPTH),
        *NETWORK_READS,
        BUILDING_READ,
        Static("shelters", ("geometry",)),
        Static("facilities", ("kind", "time_to_leave", "geometry")),
    )
    writes: tuple[Variable, ...] = (
        BUILDING_TIME_LEFT, BUILDING_TIME_LEFT_HIGH, FACILITY_TIME_LEFT, FACILITY_TIME_SPARE, ROAD_CLOSING, ROAD_REOPENING,
        ROAD_DEADLINE, ROAD_SLOWEST, SHELTER_DEADLINE,
    )  # fmt: skip

    def parameters(self, question: Question) -> Parameters:
        """Preparation, walking speeds, depth limits, and the name of the network's content."""
        scenario = question.scenario
        return {
            "network": network_digest(question.city),
            "preparation": scenario.mobility.preparation,
            "walking": walking_speeds(scenario, 0),
            "limits": {group: getattr(scenario.rules, group) for group in GROUPS},
        }

    def analyse(self, course: Course, parameters: Parameters) -> Mapping[str, NDArray[Any]]:
        """Time left at every output, and closing times."""
        network = network_of(parameters["network"], course)
        count, homes = len(course.times), course.size("building")
        ends = {late: np.empty((count, len(GROUPS), homes), np.float32) for late in (False, True)}
        kept = np.empty((count, len(GROUPS), network.graph.edges), np.float32)
        closing, reopening, slowest = [], [], []
        facility_left = np.empty((count, course.size("facility")))
        shelters = np.empty((count, course.size("shelter")), np.float32)
        for row, group in enumerate(GROUPS):
            one = _Group(network, course, parameters, group)
            slowest.append(slowest_speed(course, row, dry_speed(network, group, parameters["walking"])))
            doors = building_doors(parameters["network"], course, group)
            for late, values in ends.items():
                leaves = one.leaving(slowest[-1], late=late)
                values[:, row] = one.left(leaves, doors, BUILDING_DEPTH, late=late)
                if not late:
                    kept[:, row], shelters = leaves.edges, leaves.shelters
                    if group == HELPERS:
                        places = network.doors(course.table("facilities")["geometry"], group)
                        facility_left = one.left(leaves, places, FACILITY_DEPTH, late=False)
            closed, opened = first_closing(one.passable, course.times)
            first = course.at(ROAD_SPEED, 0)[row]
            states = [(np.isneginf(first), -np.inf), (np.isnan(first), np.nan)]
            closing.append(np.select([where for where, _ in states], [value for _, value in states], closed))
            reopening.append(np.select([where for where, _ in states], [value for _, value in states], opened))
        return {
            BUILDING_TIME_LEFT.name: ends[False],
            BUILDING_TIME_LEFT_HIGH.name: ends[True],
            FACILITY_TIME_LEFT.name: facility_left,
            FACILITY_TIME_SPARE.name: time_spare(facility_left, course.table("facilities")),
            ROAD_CLOSING.name: np.stack(closing),
            ROAD_REOPENING.name: np.stack(reopening),
            ROAD_DEADLINE.name: kept,
            ROAD_SLOWEST.name: np.stack(slowest),
            SHELTER_DEADLINE.name: shelters,
        }


def time_spare(left: NDArray[np.float64], facilities: pd.DataFrame) -> NDArray[np.float64]:
    """Time left minus the time needed, s, [outputs, facilities]; see `FACILITY_TIME_SPARE`.

    Examples
    --------
    >>> homes = pd.DataFrame({"kind": ["care_home"] * 3 + ["pump"], "time_to_leave": [600.0, 600.0, np.nan, 600.0]})
    >>> time_spare(np.array([[900.0, -np.inf, 900.0, 900.0]]), homes).tolist()
    [[300.0, -600.0, nan, -inf]]
    """
    needed = facilities["time_to_leave"].to_numpy(np.float64)
    concerned = np.isin(facilities["kind"].to_numpy(), NEED_TIME)
    return np.where(concerned, np.where(np.isposinf(left), np.inf, np.maximum(left, 0.0) - needed), -np.inf)


@dataclass(frozen=True, eq=False)
class _Group:
    """One group in one run."""

    network: Network
    course: Course
    parameters: Parameters
    group: Group

    @property
    def row(self) -> int:
        return GROUPS.index(self.group)

    @property
    def pace(self) -> float:
        return pace_of(self.group, self.parameters["walking"])

    def passable(self, number: int) -> NDArray[np.bool_]:
        """Edges known to be open at an output."""
        return np.asarray(self.course.at(ROAD_SPEED, number)[self.row] > 0)

    def leaving(self, speed: NDArray[np.float64], *, late: bool) -> Leaving:
        """Latest departures at one end of the band, at a speed on each edge."""
        course, network = self.course, self.network
        shelters = network.doors(course.table("shelters")["geometry"], self.group)

        def roads_and_shelters(number: int) -> NDArray[np.bool_]:
            now, usable = course.at(ROAD_SPEED, number)[self.row], course.at(SHELTER_USABLE, number)
            passable, open_now = now > 0, usable == 1
            if late:
                passable, open_now = passable | np.isnan(now), open_now | (usable == UNKNOWN_CODE)
            return np.concatenate([passable, open_now])

        times = network.slot_times(self.group, speed)
        return leaving(network, course.times, times, roads_and_shelters, shelters, pace=self.pace, late=late)

    def left(self, leaves: Leaving, homes: Doors, depth: Variable, *, late: bool) -> NDArray[np.float64]:
        """Time left at the doors of places whose depth is a field, [outputs, places]."""
        course, limit = self.course, self.parameters["limits"][self.group]

        def door_open(number: int) -> NDArray[np.bool_]:
            now = course.at(depth, number)
            return np.asarray((now <= limit) | (late & np.isnan(now)))

        return time_left(
            course.times, leaves.latest, homes, homes.distance / self.pace, deadlines(door_open, course.times, late=late),
            preparation=self.parameters["preparation"],
        )  # fmt: skip
