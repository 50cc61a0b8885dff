"""Who reaches a shelter, a hospital, a fire station now, how long it takes, and who is cut off since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.hook import Current, Inputs, Parameters, Previous, Read, Static
from twin.hooks.shelters import NOT_DESIGNATED
from twin.hooks.travel import walking_speeds
from twin.mobility.graph import Doors
from twin.mobility.network import BUILDING_READ, NETWORK_READS, VEHICLES, Network, building_doors, network_digest, network_of
from twin.mobility.reach import Service, times_to
from twin.question import Question, Step
from twin.scenario.rules import GROUPS, Group
from twin.variable import UNKNOWN_CODE, Variable
from twin.variables import (
    BUILDING_ACCESS,
    BUILDING_CUT_OFF_SINCE,
    BUILDING_DETOUR,
    BUILDING_FIRE_RESPONSE_TIME,
    BUILDING_FIRE_STATION_TIME,
    BUILDING_HOSPITAL_TIME,
    BUILDING_SHELTER,
    BUILDING_SHELTER_TIME,
    FACILITY_DEPTH,
    ROAD_SPEED,
    SHELTER_REASON,
    SHELTER_USABLE,
)

REACHES, CUT_OFF, NEVER_JOINED, NO_ROAD = range(4)


def access_code(
    time: NDArray[np.float64], hopeful: NDArray[np.float64], dry: NDArray[np.float64], homes: Doors
) -> NDArray[np.uint8]:
    """Code of `BUILDING_ACCESS` from the times by known roads, by unknown ones too, and on a dry day."""
    code = np.where(np.isfinite(time), REACHES, np.where(np.isfinite(hopeful), UNKNOWN_CODE, CUT_OFF))
    code = np.where(np.isfinite(dry) | np.isfinite(time), code, NEVER_JOINED)
    return np.where(homes.node < 0, NO_ROAD, code).astype(np.uint8)


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
        doors = network.doors(inputs.table("shelters")["geometry"], group)
        usable, pace = inputs.current(SHELTER_USABLE), pace_of(group, parameters["walking"])
        speed = inputs.current(ROAD_SPEED)[GROUPS.index(group)]
        dry = dry_speed(network, group, parameters["walking"])
        time, row = times_to(network, group, speed, Service(doors, usable == 1), homes, pace=pace)
        hopeful = time
        if np.isnan(speed).any() or (usable == UNKNOWN_CODE).any():
            open_too = Service(doors, usable != 0)
            hopeful, _ = times_to(network, group, hopeful_speed(speed, dry), open_too, homes, pace=pace)
        designated = Service(doors, inputs.current(SHELTER_REASON) != NOT_DESIGNATED)
        on_dry_day, _ = times_to(network, group, dry, designated, homes, pace=pace)
        with np.errstate(invalid="ignore"):
            longer = np.maximum(time - on_dry_day, 0.0)
        detour = np.where(np.isfinite(on_dry_day), np.where(np.isfinite(time), longer, np.inf), -np.inf)
        code = access_code(time, hopeful, on_dry_day, homes)
        unknown = code == UNKNOWN_CODE
        return (
            np.where(unknown, np.nan, time),
            np.where(row >= 0, row, np.inf),
            np.where(unknown, np.nan, detour),
            code,
        )

    def _services(self, network: Network, inputs: Inputs, parameters: Parameters) -> dict[str, NDArray[Any]]:
        facilities = inputs.table("facilities")
        kind = facilities["kind"].to_numpy()
        working = usable_facilities(
            inputs.current(FACILITY_DEPTH), facilities["critical_height"].to_numpy(np.float64), parameters["wet"]
        )
        homes = building_doors(parameters["network"], inputs, "car")
        doors = network.doors(facilities["geometry"], "car")
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
