"""The routes of one building: where each group would go now, until when that holds, and what ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.city import City
from geodata.errors import InputError
from twin.hooks.access import pace_of
from twin.hooks.travel import walking_speeds
from twin.mobility.graph import Doors
from twin.mobility.network import VEHICLES, Network, group_number, network_digest, network_of
from twin.mobility.one_way import Found, way_from
from twin.mobility.variables import (
    BUILDING_TIME_LEFT,
    BUILDING_TIME_LEFT_HIGH,
    ROAD_DEADLINE,
    ROAD_SLOWEST,
    ROAD_SPEED,
    SHELTER_DEADLINE,
)
from twin.scenario import Scenario
from twin.scenario.rules import GROUPS, Group
from twin.state import State
from twin.variables import SHELTER_USABLE

SLACK = 2.0
"""What closes within so many seconds of being passed is what ends the window; fields are kept in single precision."""


@dataclass(frozen=True, eq=False)
class Route:
    """A way from a building's door to that of a shelter.

    Parameters
    ----------
    shelter
        Row of the shelter.
    edges, against
        Rows of the road edges in order, and whether each is travelled against its line.
    departure, arrival
        When one leaves the door, and is at the shelter's, s since the scenario's start; preparation lies before the departure.
    path
        Longitude and latitude from door to door.
    """

    shelter: int
    edges: NDArray[np.int64]
    against: NDArray[np.bool_]
    departure: float
    arrival: float
    path: tuple[tuple[float, float], ...]

    @property
    def time(self) -> float:
        """From door to door, s, free of queues."""
        return self.arrival - self.departure


@dataclass(frozen=True)
class Limit:
    """What ends the time left: a road or shelter (its row) that closes, or water at the door.

    ``moment``: until when it can be counted on, s since the scenario's start; None for the door.
    """

    kind: Literal["road", "shelter", "door"]
    row: int
    moment: float | None


@dataclass(frozen=True, eq=False)
class Itinerary:
    """What one group can do from a building at a moment.

    Parameters
    ----------
    group
        Who.
    now
        The fastest way by the roads that are open at this moment, after preparation; None = no known way.
    holds
        Whether all of it stays open until it is behind one; None = not known before the whole run is.
    last
        The way of the last safe departure; the same as ``now`` would be, if nothing closes within the run. None = there is no
        safe departure, or the run is not finished.
    time_left, time_left_high
        Time left to decide to leave, s: lower and upper end. inf = not closed within this run, −inf = no safe departure,
        None = the run is not finished.
    limit
        What ends it; None when nothing does within the run, or it is not known.
    """

    group: Group
    now: Route | None
    holds: bool | None
    last: Route | None
    time_left: float | None
    time_left_high: float | None
    limit: Limit | None


def itineraries(states: Sequence[State], number: int, building: int, scenario: Scenario) -> tuple[Itinerary, ...]:
    """The routes of a building for each group. Nothing is stored; a tenth of a second in a large city.

    Parameters
    ----------
    states
        All states of a run in order (`twin.simulation.states_of`); they load only what is looked at. Of an unfinished run, or
        of one state alone, the way now is told and nothing that lies ahead.
    number
        Which of them one looks from.
    building
        Row of the building.
    scenario
        The question, for pace and preparation.

    Raises
    ------
    InputError
        When there is no such state or building, or the states know no roads.
    """
    if not 0 <= number < len(states) or not 0 <= building < len(states[number].city.table("buildings")):
        raise InputError(
            "There is no building {building} or no state {number} to look from; choose another.",
            building=building,
            number=number,
        )
    return tuple(_Look(states, number, building, scenario, group).itinerary() for group in GROUPS)


@dataclass(frozen=True, eq=False)
class _Look:
    """One group at one door."""

    states: Sequence[State]
    number: int
    building: int
    scenario: Scenario
    group: Group

    @property
    def state(self) -> State:
        return self.states[self.number]

    @property
    def city(self) -> City:
        return self.state.city

    @property
    def row(self) -> int:
        return group_number(self.group)

    def itinerary(self) -> Itinerary:
        network = network_of(network_digest(self.city), self.city)
        place = self.city.table("buildings")["geometry"].iloc[[self.building]]
        home, shelters = (network.doors(each, self.group) for each in (place, self.city.table("shelters")["geometry"]))
        left, high = self._left()
        if home.node[0] < 0:
            return Itinerary(self.group, None, None, None, left, high, None)
        time = self.state.time
        start = float(time + self.scenario.mobility.preparation)
        usable = self.state.field(SHELTER_USABLE) == 1
        speed = self.state.field(ROAD_SPEED)[self.row]
        pace = pace_of(self.group, walking_speeds(self.scenario, time))
        now = self._route(network, speed, home, shelters, usable, start, pace)
        if left is None:
            return Itinerary(self.group, now, None, None, left, high, None)
        holds = None if now is None else self._holds(network, speed, now, home, pace)
        last, limit = self._last(network, home, shelters, left, start)
        return Itinerary(self.group, now, holds, last, left, high, limit)

    def _left(self) -> tuple[float, float] | tuple[None, None]:
        if not self.state.has(BUILDING_TIME_LEFT) or not self.state.has(ROAD_DEADLINE):
            return None, None
        low, high = (self.state.field(v)[self.row, self.building] for v in (BUILDING_TIME_LEFT, BUILDING_TIME_LEFT_HIGH))
        return float(low), float(high)

    def _from(self, moment: float) -> State:
        """The last state that is not after a moment: who sets out then counts on what stays open from there."""
        times = [state.time for state in self.states]
        return self.states[max(int(np.searchsorted(times, moment, side="right")) - 1, 0)]

    def _route(
        self, network: Network, speed: NDArray[Any], home: Doors, shelters: Doors, usable: NDArray[np.bool_], start: float,
        pace: float, *, deadline: NDArray[Any] | None = None, goal_deadline: NDArray[Any] | None = None,
    ) -> Route | None:  # fmt: skip
        there = np.flatnonzero(usable & (shelters.node >= 0))
        begin = start + float(np.nan_to_num(home.distance[0])) / pace
        found = way_from(
            network.graph, speed, network.direction if self.group in VEHICLES else np.zeros(0, np.int8), int(home.node[0]),
            begin, shelters.node[there], shelters.distance[there] / pace, deadline=deadline,
            goal_deadline=None if goal_deadline is None else goal_deadline[there],
        )  # fmt: skip
        if found.goal < 0:
            return None
        shelter = int(there[found.goal])
        return Route(
            shelter, found.slots // 2, (found.slots % 2).astype(np.bool_), start, found.arrival, self._path(found, shelter)
        )

    def _holds(self, network: Network, speed: NDArray[Any], now: Route, home: Doors, pace: float) -> bool:
        ahead = self._from(now.departure)
        ends = self._ends(network, speed, now, home, pace)
        roads = bool((ends <= ahead.field(ROAD_DEADLINE)[self.row][now.edges]).all())
        return roads and now.arrival <= float(ahead.field(SHELTER_DEADLINE)[now.shelter])

    def _ends(self, network: Network, speed: NDArray[Any], route: Route, home: Doors, pace: float) -> NDArray[np.float64]:
        """When each edge of a route is behind one, s."""
        spent = np.cumsum(network.graph.length[route.edges] / speed[route.edges])
        return np.asarray(route.departure + float(np.nan_to_num(home.distance[0])) / pace + spent)

    def _last(
        self, network: Network, home: Doors, shelters: Doors, left: float, start: float
    ) -> tuple[Route | None, Limit | None]:
        if np.isneginf(left):
            return None, None
        # One second earlier: what is kept in single precision must not cost the way.
        departure = start if np.isposinf(left) else max(start + left - 1.0, start)
        ahead = self._from(departure)
        speed = self.state.field(ROAD_SLOWEST)[self.row]
        pace = pace_of(self.group, walking_speeds(self.scenario, 0))
        roads, doors = ahead.field(ROAD_DEADLINE)[self.row], ahead.field(SHELTER_DEADLINE)
        route = self._route(
            network, speed, home, shelters, doors > -np.inf, departure, pace, deadline=roads, goal_deadline=doors
        )
        if route is None or np.isposinf(left):
            return route, None
        slack = [*(roads[route.edges] - self._ends(network, speed, route, home, pace)), doors[route.shelter] - route.arrival]
        tightest = int(np.argmin(slack))
        if slack[tightest] > SLACK:
            return route, Limit("door", self.building, None)
        if tightest == len(route.edges):
            return route, Limit("shelter", route.shelter, float(doors[route.shelter]))
        edge = int(route.edges[tightest])
        return route, Limit("road", edge, float(roads[edge]))

    def _path(self, found: Found, shelter: int) -> tuple[tuple[float, float], ...]:
        lines = np.array(self.city.table("roads")["geometry"].iloc[found.slots // 2], dtype=object)
        backwards = (found.slots % 2).astype(np.bool_)
        lines[backwards] = shapely.reverse(lines[backwards])
        door = shapely.centroid(self.city.table("buildings")["geometry"].iloc[self.building])
        end = self.city.table("shelters")["geometry"].iloc[shelter]
        places = np.concatenate([shapely.get_coordinates(shape) for shape in (door, *lines, end)])
        fresh = np.concatenate([[True], (np.diff(places, axis=0) != 0).any(axis=1)])
        longitude, latitude = self.city.grid.to_wgs84.transform(*places[fresh].T)
        return tuple(zip(longitude.tolist(), latitude.tolist(), strict=True))
