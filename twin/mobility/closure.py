"""What closing or reopening some roads does to everybody, told at once from a state: nothing is run, nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import InputError
from twin.breakdown import people_by_area
from twin.flood.variables import ROAD_FLOW_FORCE, ROAD_FLOW_HAZARD
from twin.hooks.access import pace_of, usable_facilities
from twin.hooks.depths import judges_flow
from twin.hooks.passability import CLOSED, flow_of, states_by_rules
from twin.hooks.travel import is_night, speed_by_group, walking_speeds
from twin.mobility.network import building_doors, group_number, network_digest, network_of
from twin.mobility.reach import Service, times_to
from twin.mobility.variables import BUILDING_HOSPITAL_TIME, BUILDING_SHELTER, BUILDING_SHELTER_TIME, ROAD_SPEED
from twin.presence import people_of
from twin.question import Note, note
from twin.scenario import Scenario
from twin.scenario.rules import Group
from twin.state import State
from twin.variables import FACILITY_DEPTH, ROAD_DEPTH, SHELTER_USABLE

NOTICED = 1.0
"""Delays shorter than this are rounding, s."""
SHOWN: tuple[Group, ...] = ("walker", "careful_walker", "car")


@dataclass(frozen=True, eq=False)
class ClosureEffect:
    """Who is affected by roads that are closed or reopened, beside the state as it is.

    Parameters
    ----------
    state
        The state as it was before.
    roads
        Rows of the edges.
    groups
        Groups told of, in the order of the rows of the fields below.
    cut_off
        Buildings that lose their last known way to a usable shelter, bool [groups, buildings].
    joined
        Buildings that had no known way, and have one, bool [groups, buildings].
    other_shelter
        Buildings whose nearest usable shelter is another one, and can be reached, bool [groups, buildings].
    delay
        How much longer the way to the nearest usable shelter is, s: negative = shorter, inf = `cut_off`, −inf = `joined`,
        NaN = there was and is no known way, [groups, buildings].
    hospital_lost, hospital_delay
        The same of the way by car to the nearest hospital, [buildings].
    notes
        What a reader must know.
    """

    state: State
    roads: tuple[int, ...]
    groups: tuple[Group, ...]
    cut_off: NDArray[np.bool_]
    joined: NDArray[np.bool_]
    other_shelter: NDArray[np.bool_]
    delay: NDArray[np.float64]
    hospital_lost: NDArray[np.bool_]
    hospital_delay: NDArray[np.float64]
    notes: tuple[Note, ...]

    def affected(self, group: Group = "walker") -> NDArray[np.bool_]:
        """Buildings for whose people anything changes on the way to a shelter."""
        row = self.groups.index(group)
        with np.errstate(invalid="ignore"):
            return np.asarray((np.abs(self.delay[row]) >= NOTICED) | self.other_shelter[row])

    def figures(self, group: Group = "walker") -> dict[str, float]:
        """People cut off, joined, sent to another shelter, delayed; mean and longest delay, s; without a hospital."""
        row = self.groups.index(group)
        people = np.nan_to_num(people_of(self.state))
        delay = self.delay[row]
        delayed = np.isfinite(delay) & (delay >= NOTICED)
        count = float(people[delayed].sum())
        return {
            "people_cut_off": float(people[self.cut_off[row]].sum()),
            "people_joined": float(people[self.joined[row]].sum()),
            "people_other_shelter": float(people[self.other_shelter[row]].sum()),
            "people_delayed": count,
            "mean_delay_s": float((people * np.where(delayed, delay, 0.0)).sum() / count) if count > 0 else 0.0,
            "longest_delay_s": float(delay[delayed].max(initial=0.0)),
            "people_without_hospital": float(people[self.hospital_lost].sum()),
        }

    def table(self, group: Group = "walker", *, kind: str = "district") -> pd.DataFrame:
        """People cut off and people delayed, by area and age band.

        Returns
        -------
        One row for each effect ("cut off", "other shelter", "delayed") and area where it is felt, with the columns of
        `twin.breakdown.people_by_area` and ``mean_delay_s``, over the people delayed there.
        """
        row = self.groups.index(group)
        delay = self.delay[row]
        delayed = np.isfinite(delay) & (delay >= NOTICED)
        chosen = {"cut off": self.cut_off[row], "other shelter": self.other_shelter[row], "delayed": delayed}
        parts = [people_by_area(self.state, each, kind=kind).assign(effect=name) for name, each in chosen.items()]
        late = people_by_area(self.state, np.where(delayed, delay, 0.0), kind=kind)["people"]
        parts[-1]["mean_delay_s"] = late / parts[-1]["people"].where(parts[-1]["people"] > 0)
        table = pd.concat(parts, ignore_index=True)
        return table[table["buildings"] > 0].reset_index(drop=True)


def effect_of(
    state: State, scenario: Scenario, roads: Sequence[int], *, close: bool = True, groups: tuple[Group, ...] = SHOWN
) -> ClosureEffect:
    """Who is affected when roads are closed to everyone, or reopened, at the moment of a state.

    Parameters
    ----------
    state
        The state as it is.
    scenario
        The question, for the rules.
    roads
        Rows of the edges.
    close
        False to reopen: a closure by a measure ends; a road that water closes stays closed, and a note says so.
    groups
        Whom to tell of; each costs a search of the whole network.

    Raises
    ------
    InputError
        When there is no such road.
    """
    city = state.city
    rows = np.unique(np.asarray(roads, np.int64))
    if not len(rows) or rows[0] < 0 or rows[-1] >= len(city.table("roads")):
        raise InputError("{city} has no road of the row {row}; choose another.", city=city.name, row=list(roads)[:3])
    old = state.field(ROAD_SPEED)
    speed = old.astype(np.float64)
    notes: list[Note] = []
    if close:
        speed[:, rows] = np.where(np.isneginf(old[:, rows]), -np.inf, 0.0)
    else:
        reopened, wet = _reopened(state, scenario, rows)
        speed[:, rows] = reopened
        if wet:
            notes.append(
                note(
                    "Water closes 1 of these roads to cars; opening it does not help there."
                    if wet == 1
                    else "Water closes {count} of these roads to cars; opening them does not help there.",
                    count=wet,
                )
            )
    walking = walking_speeds(scenario, state.time)
    digest = network_digest(city)
    network = network_of(digest, city)
    usable = state.field(SHELTER_USABLE) == 1
    before, nearest = state.field(BUILDING_SHELTER_TIME).astype(np.float64), state.field(BUILDING_SHELTER)
    shape = (len(groups), before.shape[1])
    after, target = np.empty(shape), np.empty(shape)
    was, goal = (np.stack([field[group_number(group)] for group in groups]) for field in (before, nearest))
    for place, group in enumerate(groups):
        number = group_number(group)
        if np.array_equal(speed[number][rows], old[number][rows], equal_nan=True):
            after[place], target[place] = was[place], goal[place]
            continue
        service = Service(network.doors(city.table("shelters")["geometry"], group), usable)
        homes = building_doors(digest, city, group)
        found = times_to(network, group, speed[number], service, homes, pace=pace_of(group, walking))
        # In the precision of the state's field, so that what does not change differs by nothing.
        after[place] = found[0].astype(np.float32)
        target[place] = np.where(found[1] >= 0, found[1], np.inf)
    reached = np.isfinite(was)
    cut_off, joined = reached & np.isinf(after), ~reached & np.isfinite(after)
    with np.errstate(invalid="ignore"):
        delay = np.where(joined, -np.inf, np.where(reached, after - was, np.nan))
    hospital_lost, hospital_delay = _hospital(state, scenario, speed, digest)
    return ClosureEffect(
        state, tuple(rows.tolist()), groups, cut_off, joined, reached & np.isfinite(after) & (target != goal), delay,
        hospital_lost, hospital_delay, tuple(notes),
    )  # fmt: skip


def _reopened(state: State, scenario: Scenario, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], int]:
    """Speed of every group on edges without any closure by a measure, and how many of them water closes to cars."""
    city = state.city
    roads = city.table("roads").iloc[rows]
    depth = state.field(ROAD_DEPTH)[rows]
    flow = None
    if judges_flow(scenario):
        flow = flow_of(state.field(ROAD_FLOW_FORCE)[rows], state.field(ROAD_FLOW_HAZARD)[rows])
    states = states_by_rules(roads, depth, flow, scenario.rules.model_dump())
    dry = network_of(network_digest(city), city).vehicle_speed[rows]
    speed = speed_by_group(
        states, depth, dry, walking=walking_speeds(scenario, state.time), night=is_night(scenario, state.time)
    )
    return speed.astype(np.float32).astype(np.float64), int((states[group_number("car")] == CLOSED).sum())


def _hospital(
    state: State, scenario: Scenario, speed: NDArray[Any], digest: str
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:  # fmt: skip
    city, number = state.city, group_number("car")
    before = state.field(BUILDING_HOSPITAL_TIME).astype(np.float64)
    facilities = city.table("facilities")
    hospitals = facilities["kind"].to_numpy() == "hospital"
    if not hospitals.any() or np.array_equal(speed[number], state.field(ROAD_SPEED)[number], equal_nan=True):
        return np.zeros(len(before), np.bool_), np.where(np.isfinite(before), 0.0, np.nan)
    network = network_of(digest, city)
    working = hospitals & usable_facilities(
        state.field(FACILITY_DEPTH), facilities["critical_height"].to_numpy(np.float64), scenario.rules.wet
    )
    service = Service(network.doors(facilities["geometry"], "car"), working)
    pace = pace_of("car", walking_speeds(scenario, state.time))
    found, _ = times_to(network, "car", speed[number], service, building_doors(digest, city, "car"), pace=pace)
    after, known = found.astype(np.float32).astype(np.float64), np.isfinite(before)
    with np.errstate(invalid="ignore"):
        delay = np.where(known, after - before, np.where(np.isfinite(after), -np.inf, np.nan))
    return known & np.isinf(after), delay
