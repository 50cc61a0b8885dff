"""Who reaches a shelter, a hospital, a fire station now, how long it takes, and who is cut off since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.overlays.kernel import kernel
from twin.hook import Current, Inputs, Parameters, Previous, Read, Static
from twin.hooks.shelters import NOT_DESIGNATED
from twin.hooks.travel import walking_speeds
from twin.mobility.graph import Doors
from twin.mobility.network import (
    BUILDING_READ,
    NETWORK_READS,
    VEHICLES,
    Network,
    building_doors,
    doors_digest,
    network_digest,
    network_of,
    place_doors,
)
from twin.mobility.reach import Service, times_to
from twin.mobility.variables import (
    BUILDING_ACCESS,
    BUILDING_CUT_OFF_SINCE,
    BUILDING_DETOUR,
    BUILDING_FIRE_RESPONSE_TIME,
    BUILDING_FIRE_STATION_TIME,
    BUILDING_HOSPITAL_TIME,
    BUILDING_SHELTER,
    BUILDING_SHELTER_TIME,
    ROAD_SPEED,
)
from twin.question import Question, Step
from twin.scenario.rules import GROUPS, Group
from twin.variable import UNKNOWN_CODE, Variable
from twin.variables import FACILITY_DEPTH, SHELTER_REASON, SHELTER_USABLE

REACHES, CUT_OFF, NEVER_JOINED, NO_ROAD = range(4)


@kernel
def judged(time, hopeful, dry, row, node):  # type: ignore[no-untyped-def]
    """Fields of `AccessHook` about shelters: time, row of the shelter, detour, and code of `BUILDING_ACCESS`, [homes].

    Parameters
    ----------
    time, hopeful, dry
        By known roads, by unknown ones too, and on a dry day, s, inf = unreachable.
    row, node
        Of the nearest shelter, −1 = none; where the home enters the network, −1 = nowhere.
    """
    homes = len(time)
    told, shelter, detour = np.empty(homes), np.empty(homes), np.empty(homes)
    code = np.empty(homes, np.uint8)
    for home in range(homes):
        reached, was = time[home] < np.inf, dry[home] < np.inf
        told[home], detour[home] = time[home], -np.inf
        shelter[home] = row[home] if row[home] >= 0 else np.inf
        if was:
            detour[home] = max(time[home] - dry[home], 0.0) if reached else np.inf
        if node[home] < 0:
            code[home] = NO_ROAD
        elif not was and not reached:
            code[home] = NEVER_JOINED
        elif reached:
            code[home] = REACHES
        elif hopeful[home] < np.inf:
            code[home], told[home], detour[home] = UNKNOWN_CODE, np.nan, np.nan
        else:
            code[home] = CUT_OFF
    return told, shelter, detour, code


def dry_speed(network: Network, group: Group, walking: Mapping[str, float]) -> NDArray[np.float64]:
    """Speed on each edge on a dry day, m/s; 0 where the group has no business."""
    speed = network.vehicle_speed if group in VEHICLES else np.full(network.graph.edges, walking[group])
    return np.where(network.usable(group), speed, 0.0)


def pace_of(group: Group, walking: Mapping[str, float]) -> float:
    """Speed between door and road: people walk to their car."""
    return float(walking["careful_walker" if group == "careful_walker" else "walker"])


def hopeful_speed(speed: NDArray[Any], dry: NDArray[np.float64]) -> NDArray[np.float64]:
    """Speed if every unknown edge were passable."""
    return np.where(np.isnan(speed), dry, speed)


def usable_facilities(depth: NDArray[Any], critical: NDArray[np.float64], wet: float) -> NDArray[np.bool_]:
    """Facilities that water does not stop; an unknown depth does."""
    return np.asarray(depth < np.maximum(np.nan_to_num(critical), wet))


@dataclass(frozen=True)
class _DryDay:
    """The question how long everyone needs on a dry day; equal by what it hangs on, the rest follows from that."""

    digest: str
    group: Group
    pace: float
    places: tuple[bytes, bytes]
    network: Network = field(compare=False)
    speed: NDArray[np.float64] = field(compare=False)
    service: Service = field(compare=False)
    homes: Doors = field(compare=False)


# Memory, not state: a pure function of what makes two questions equal.
@lru_cache(maxsize=16)
def _dry_times(day: _DryDay) -> NDArray[np.float64]:
    found, _ = times_to(day.network, day.group, day.speed, day.service, day.homes, pace=day.pace)
    found.flags.writeable = False
    return found


@dataclass(frozen=True)
class AccessHook:
    """Access from every building by every group. Unknown roads and shelters are not counted on; where only they would help, it is unknown."""  # noqa: E501

    name: str = "access"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(ROAD_SPEED),
        Current(SHELTER_USABLE),
        Current(SHELTER_REASON),
        Current(FACILITY_DEPTH),
        *NETWORK_READS,
        BUILDING_READ,
        Static("shelters", ("geometry",)),
        Static("facilities", ("kind", "critical_height", "geometry")),
    )
    writes: tuple[Variable, ...] = (
        BUILDING_SHELTER_TIME,
        BUILDING_SHELTER,
        BUILDING_DETOUR,
        BUILDING_ACCESS,
        BUILDING_HOSPITAL_TIME,
        BUILDING_FIRE_STATION_TIME,
        BUILDING_FIRE_RESPONSE_TIME,
    )

    def parameters(self, question: Question, step: Step) -> Parameters:
        """Walking speeds, the depth that counts as wet, and the name of the network's content."""
        return {
            "network": network_digest(question.city),
            "places": {layer: doors_digest(question.city, layer) for layer in ("shelters", "facilities")},
            "walking": walking_speeds(question.scenario, step.end),
            "wet": question.scenario.rules.wet,
        }

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Times and states at the end of the step."""
        network = network_of(parameters["network"], inputs)
        by_group = [self._shelters(network, group, inputs, parameters) for group in GROUPS]
        names = (BUILDING_SHELTER_TIME.name, BUILDING_SHELTER.name, BUILDING_DETOUR.name, BUILDING_ACCESS.name)
        written = {name: np.stack([values[number] for values in by_group]) for number, name in enumerate(names)}
        return written | self._services(network, inputs, parameters)

    def _shelters(
        self, network: Network, group: Group, inputs: Inputs, parameters: Parameters
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
        homes = building_doors(parameters["network"], inputs, group)
        doors = place_doors(parameters["network"], "shelters", parameters["places"]["shelters"], inputs, group)
        usable, pace = inputs.current(SHELTER_USABLE), pace_of(group, parameters["walking"])
        speed = inputs.current(ROAD_SPEED)[GROUPS.index(group)]
        dry = dry_speed(network, group, parameters["walking"])
        time, row = times_to(network, group, speed, Service(doors, usable == 1), homes, pace=pace)
        designated = (inputs.current(SHELTER_REASON) != NOT_DESIGNATED) & (doors.node >= 0)
        places = (doors.node[designated].tobytes(), doors.distance[designated].tobytes())
        day = _DryDay(parameters["network"], group, pace, places, network, dry, Service(doors, designated), homes)
        on_dry_day = _dry_times(day)
        hopeful = time
        lost = np.isinf(time) & np.isfinite(on_dry_day)
        if lost.any() and (np.isnan(speed).any() or (usable == UNKNOWN_CODE).any()):
            open_too = Service(doors, usable != 0)
            hopeful, _ = times_to(network, group, hopeful_speed(speed, dry), open_too, homes, pace=pace)
        told, shelter, detour, code = judged(time, hopeful, on_dry_day, row, homes.node)
        return told, shelter, detour, code

    def _services(self, network: Network, inputs: Inputs, parameters: Parameters) -> dict[str, NDArray[Any]]:
        facilities = inputs.table("facilities")
        kind = facilities["kind"].to_numpy()
        working = usable_facilities(
            inputs.current(FACILITY_DEPTH), facilities["critical_height"].to_numpy(np.float64), parameters["wet"]
        )
        homes = building_doors(parameters["network"], inputs, "car")
        doors = place_doors(parameters["network"], "facilities", parameters["places"]["facilities"], inputs, "car")
        pace = pace_of("car", parameters["walking"])
        wanted: tuple[tuple[Variable, str, Group, bool], ...] = (
            (BUILDING_HOSPITAL_TIME, "hospital", "car", True),
            (BUILDING_FIRE_STATION_TIME, "fire_station", "car", True),
            (BUILDING_FIRE_RESPONSE_TIME, "fire_station", "large_vehicle", False),
        )
        written = {}
        for variable, name, group, towards in wanted:
            if not (kind == name).any():
                written[variable.name] = np.full(len(homes.node), -np.inf)
                continue
            service = Service(doors, (kind == name) & working)
            speed = inputs.current(ROAD_SPEED)[GROUPS.index(group)]
            written[variable.name], _ = times_to(network, group, speed, service, homes, pace=pace, towards=towards)
        return written


@dataclass(frozen=True)
class CutOffSinceHook:
    """Since when a building has had no known way to a shelter: the start of the step in which the way was lost."""

    name: str = "cut_off_since"
    version: str = "1"
    reads: tuple[Read, ...] = (Current(BUILDING_ACCESS), Previous(BUILDING_CUT_OFF_SINCE))
    writes: tuple[Variable, ...] = (BUILDING_CUT_OFF_SINCE,)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (only the clock)
        """Start of the step."""
        return {"time": step.start}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Moments, s; never where there is a way, or never was one."""
        code, before = inputs.current(BUILDING_ACCESS), inputs.previous(BUILDING_CUT_OFF_SINCE)
        lost = (code == CUT_OFF) | (code == UNKNOWN_CODE)
        return {BUILDING_CUT_OFF_SINCE.name: np.where(lost, np.where(np.isinf(before), parameters["time"], before), np.inf)}
